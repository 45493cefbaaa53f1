"""Doors that have to be closed, on every operation; and reads of what nobody can make through the API."""

from __future__ import annotations

from typing import Any

from contract_tests.clients import BOOKINGS
from contract_tests.consistency.actors import Headers
from contract_tests.consistency.host import ANYBODY, attendee, host, person
from contract_tests.consistency.life import NO_KEY, NO_TOKEN
from contract_tests.consistency.resource import Fields, nowhere
from contract_tests.consistency.session import UNKNOWN_VERSION, Session
from contract_tests.http import Reply
from contract_tests.nonexistent import NO_CLIENT, NO_NUMBER, NO_TEXT

HEEDED = "filters_and_pages_are_heeded"
TEXTS = (
    "bookingUid",
    "uid",
    "webhookId",
    "attributeId",
    "optionId",
    "attributeOptionId",
    "routingFormId",
    "credentialId",
)
SORTS = {"sortCreatedAt": "createdAt", "sortUpdatedAt": "updatedAt"}
FORMS = "/v2/organizations/{orgId}/routing-forms"
TEAM = "/v2/organizations/{orgId}/teams/{teamId}"


def nothing_of(path: str, scope: Fields) -> Fields:
    """Ids of nothing for all parameters of a path but for those of the credentials' own organization and client."""
    known = {"clientId": NO_CLIENT, "app": "zoom", "calendar": "google", **dict.fromkeys(TEXTS, NO_TEXT)}
    known |= {name: value for name, value in scope.items() if value is not None and not path.endswith(f"{{{name}}}")}
    parts = [each.strip("{}") for each in path.split("/") if each.startswith("{")]
    return {each: known.get(each, NO_NUMBER) for each in parts}


def closed_doors(session: Session) -> None:
    """No operation that needs credentials works without, or with bad ones; none is there under a version of its own."""
    with nowhere(session) as scope:
        needing = [each for each in session.description if any(rule.name == "authenticated" for rule in each.access)]
        for operation in session.some(needing):
            ids = nothing_of(operation.path, scope)
            body = None if operation.body_schema is None else {}
            version = max(operation.versions) if operation.versions else None
            for headers in (ANYBODY, NO_KEY, NO_TOKEN):
                reply = session.call(operation.method, operation.path, headers, ids=ids, body=body, version=version)
                name = "bad_credentials_are_refused" if headers else "credentials_are_needed"
                session.check(name, reply.status in (401, 403), reply, "is not refused with 401 or 403")
        if session.strict:
            _versions(session, scope)


def _versions(session: Session, scope: Fields) -> None:
    for operation in session.description:
        for version in (None, UNKNOWN_VERSION) if operation.versions else ():
            ids = nothing_of(operation.path, scope)
            body = None if operation.body_schema is None else {}
            reply = session.call(operation.method, operation.path, ANYBODY, ids=ids, body=body, version=version)
            error = (reply.content or {}).get("error") if isinstance(reply.content, dict) else None
            message = error.get("message", "") if isinstance(error, dict) else ""
            passed = reply.status == 404 and message.startswith("Cannot ")
            session.check("versions_are_honoured", passed, reply, f"is there under version {version}")


def routing_forms(session: Session) -> None:
    """Routing forms and their responses, of an organization and of its teams."""
    owner = session.actors.organization
    with nowhere(session) as ids:
        forms = _read_list(session, FORMS, owner, ids)
        for form in forms[:2]:
            _read_list(session, f"{FORMS}/{{routingFormId}}/responses", owner, {**ids, "routingFormId": form["id"]})
        teams = session.succeed("GET", "/v2/organizations/{orgId}/teams", owner, ids=ids, query={"take": 3}).data
        for team in teams:
            known = {**ids, "teamId": team["id"]}
            for form in _read_list(session, f"{TEAM}/routing-forms", owner, known)[:2]:
                path, one = f"{TEAM}/routing-forms/{{routingFormId}}/responses", {**known, "routingFormId": form["id"]}
                _read_list(session, path, owner, one)
                told = session.succeed("GET", FORMS, owner, ids=ids, query={"teamIds": team["id"]})
                of_team = all(each["teamId"] == team["id"] for each in told.data)
                session.check(HEEDED, of_team, told, f"forms of other teams than {team['id']}")


def _read_list(session: Session, path: str, headers: Headers, ids: Fields) -> list[Fields]:
    """A list that is read again, page by page, in all orders, and with wrong queries."""
    reply = session.succeed("GET", path, headers, ids=ids)
    _repeats(session, path, headers, ids, reply)
    names = reply.operation.query_types
    for name, field in SORTS.items():
        for way in ("asc", "desc") if name in names else ():
            told = session.succeed("GET", path, headers, ids=ids, query={name: way})
            seen = [each[field] for each in told.data if each.get(field) is not None]
            session.check(HEEDED, seen == sorted(seen, reverse=way == "desc"), told, f"{name} {way}: {seen}")
    whole = [each["id"] for each in reply.data]
    for take, skip in ((1, 0), (1, 1), (2, 1)) if "take" in names else ():
        told = session.succeed("GET", path, headers, ids=ids, query={"take": take, "skip": skip})
        seen = [each["id"] for each in told.data]
        session.check("pages_fit_together", seen == whole[skip : skip + take], told, f"{take} from {skip} on")
    if "sortCreatedAt" in names:
        told = session.call("GET", path, headers, ids=ids, query={"sortCreatedAt": "sideways"})
        session.check("invalid_queries_are_refused", told.status == 400, told, "a way to sort that is none")
    return reply.data


def _repeats(session: Session, path: str, headers: Headers, ids: Fields, reply: Reply, **options: Any) -> None:
    again = session.succeed("GET", path, headers, ids=ids, **options)
    session.check("reads_repeat", again.data == reply.data, again, "answered otherwise before")
    tag = again.headers.get("etag")
    if tag:
        same = session.call("GET", path, {**headers, "If-None-Match": tag}, ids=ids, **options)
        session.check("conditional_reads_are_true", same.status == 304, same, "nothing has changed")
        other = session.call("GET", path, {**headers, "If-None-Match": 'W/"of-something-else"'}, ids=ids, **options)
        session.check("conditional_reads_are_true", other.status == 200, other, "is said not to have changed")


def apps(session: Session) -> None:
    """Video apps and Stripe of somebody who has connected none, and of the teams of an organization."""
    with person(session, "caller") as someone:
        mine = someone.headers
        listed = session.succeed("GET", "/v2/conferencing", mine)
        session.check("strangers_are_kept_out", listed.data == [], listed, "a new person has apps already")
        _repeats(session, "/v2/conferencing", mine, {}, listed)
        default = session.succeed("GET", "/v2/conferencing/default", mine)
        session.check("strangers_are_kept_out", not default.data, default, "a new person has a default already")
        for method, path in (
            ("POST", "/v2/conferencing/{app}/default"), ("DELETE", "/v2/conferencing/{app}/disconnect"),
        ):  # fmt: skip
            reply = session.call(method, path, mine, ids={"app": "zoom"})
            session.check("unknown_things_are_not_found", reply.status == 400, reply, "an app that is not connected")
        places = {"returnTo": "https://app.example.org/done", "onErrorReturnTo": "https://app.example.org/failed"}
        for app in ("zoom", "msteams"):
            path = "/v2/conferencing/{app}/oauth/auth-url"
            reply = session.call("GET", path, mine, ids={"app": app}, query=places)
            if reply.succeeded:
                right = str(reply.data.get("url", "")).startswith("http")
                session.check("replies_repeat_what_was_sent", right, reply, "is no address to go to")
        reply = session.call("GET", "/v2/stripe/check", mine)
        session.check("unknown_things_are_not_found", not reply.succeeded, reply, "Stripe was never connected")


def reassignments(session: Session) -> None:
    """A booking of a team goes from one host to another."""
    with person(session, "lead") as lead, person(session, "ann") as ann, person(session, "bob") as bob:
        team = session.succeed("POST", "/v2/teams", lead.headers, body={"name": session.title("Team")}).data["id"]
        ids = {"teamId": team}
        try:
            for someone in (ann, bob):
                body = {"userId": someone.id, "accepted": True}
                session.succeed("POST", "/v2/teams/{teamId}/memberships", lead.headers, ids=ids, body=body)
            body = {
                "title": "Call", "slug": session.unique("call"), "lengthInMinutes": 30, "minimumBookingNotice": 0,
                "schedulingType": "roundRobin", "hosts": [{"userId": ann.id}, {"userId": bob.id}],
            }  # fmt: skip
            made = session.succeed("POST", "/v2/teams/{teamId}/event-types", lead.headers, ids=ids, body=body).data
            with host(session) as here:
                for days, action in ((1, "reassign"), (2, "reassign/{userId}")):
                    _reassign(session, made, f"{here.at(10, days=days)}", action, lead.headers, [ann.id, bob.id])
        finally:
            session.call("DELETE", "/v2/teams/{teamId}", lead.headers, ids=ids)


def _reassign(session: Session, event_type: Fields, start: str, action: str, lead: Headers, users: list[int]) -> None:
    body = {"eventTypeId": event_type["id"], "start": start, "attendee": attendee(session)}
    booked = session.succeed("POST", "/v2/bookings", ANYBODY, body=body, version=BOOKINGS).data
    first = booked["hosts"][0]["id"]
    other = next(each for each in users if each != first)
    ids = {"bookingUid": booked["uid"], "userId": other}
    path = f"/v2/bookings/{{bookingUid}}/{action}"
    reply = session.succeed("POST", path, lead, ids=ids, body={"reason": "ill"}, version=BOOKINGS)
    right = (reply.data["bookingUid"], reply.data["reassignedTo"]["id"]) == (booked["uid"], other)
    session.check("replies_repeat_what_was_sent", right, reply, f"should go to {other}")
    told = session.succeed("GET", "/v2/bookings/{bookingUid}", ANYBODY, ids=ids, version=BOOKINGS)
    hosts = [each["id"] for each in told.data["hosts"]]
    session.check("reads_repeat_what_was_written", hosts == [other], told, f"the hosts are {hosts}, not {[other]}")
    same = {name: booked[name] for name in ("uid", "start", "end", "status")}
    wrong = {name: told.data[name] for name, value in same.items() if told.data[name] != value}
    session.check("updates_leave_the_rest", not wrong, told, f"changed too: {wrong}")

"""Credentials and versions of every operation, and areas without a lifecycle: routing forms, apps, reassignments."""

from __future__ import annotations

from typing import Any

from contract_tests.clients import BOOKINGS
from contract_tests.consistency.actors import Headers
from contract_tests.consistency.crud_lifecycle import NO_KEY, NO_TOKEN
from contract_tests.consistency.host import ANONYMOUS, attendee, host, managed_user
from contract_tests.consistency.resource import Fields, no_context
from contract_tests.consistency.resources import A_TEAM_EVENT_TYPE_OF_AN_ORGANIZATION
from contract_tests.consistency.session import Session
from contract_tests.consistency.teams import team_led_by
from contract_tests.http import Reply
from contract_tests.nonexistent import NO_CLIENT, NO_NUMBER, NO_TEXT
from mock_server.runtime.json_values import is_object

APPLIED = "filters_and_pages_are_applied"
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


def unknown_ids(path: str, scope: Fields) -> Fields:
    """Unknown ids for all path parameters except the credentials' own organization and client."""
    known = {"clientId": NO_CLIENT, "app": "zoom", "calendar": "google", **dict.fromkeys(TEXTS, NO_TEXT)}
    known |= {name: value for name, value in scope.items() if value is not None and not path.endswith(f"{{{name}}}")}
    parts = [each.strip("{}") for each in path.split("/") if each.startswith("{")]
    return {each: known.get(each, NO_NUMBER) for each in parts}


def credentials_and_versions(session: Session) -> None:
    """Operations reject missing and bad credentials, and do not exist under other versions."""
    with no_context(session) as scope:
        needing = [each for each in session.description if any(rule.name == "authenticated" for rule in each.access)]
        for operation in session.some(needing):
            ids = unknown_ids(operation.path, scope)
            body: Fields | None = None if operation.body_schema is None else {}
            version = max(operation.versions) if operation.versions else None
            for headers in (ANONYMOUS, NO_KEY, NO_TOKEN):
                reply = session.call(operation.method, operation.path, headers, ids=ids, body=body, version=version)
                name = "bad_credentials_are_refused" if headers else "credentials_are_needed"
                session.check(name, reply.status in (401, 403), reply, "is not refused with 401 or 403")
        if session.strict:
            _versions(session, scope)


def _versions(session: Session, scope: Fields) -> None:
    for operation in session.some(session.description):
        for version in session.unserved_versions(operation.method, operation.path):
            ids = unknown_ids(operation.path, scope)
            body: Fields | None = None if operation.body_schema is None else {}
            reply = session.call(operation.method, operation.path, ANONYMOUS, ids=ids, body=body, version=version)
            error = (reply.content or {}).get("error") if is_object(reply.content) else None
            message = error.get("message", "") if is_object(error) else ""
            passed = reply.status == 404 and message.startswith("Cannot ")
            session.check("versions_are_required", passed, reply, f"is there under version {version}")


def routing_forms(session: Session) -> None:
    """Routing forms and their responses, of an organization and of its teams."""
    owner = session.actors.organization
    with no_context(session) as ids:
        forms = _read_list(session, FORMS, owner, ids)
        for form in forms[:2]:
            _read_list(session, f"{FORMS}/{{routingFormId}}/responses", owner, {**ids, "routingFormId": form["id"]})
        teams = session.succeed("GET", "/v2/organizations/{orgId}/teams", owner, ids=ids, query={"take": 3}).data
        for team in teams:
            known = {**ids, "teamId": team["id"]}
            for form in _read_list(session, f"{TEAM}/routing-forms", owner, known)[:2]:
                path, one = f"{TEAM}/routing-forms/{{routingFormId}}/responses", {**known, "routingFormId": form["id"]}
                _read_list(session, path, owner, one)
                shown = session.succeed("GET", FORMS, owner, ids=ids, query={"teamIds": team["id"]})
                of_team = all(each["teamId"] == team["id"] for each in shown.data)
                session.check(APPLIED, of_team, shown, f"forms of other teams than {team['id']}")


def _read_list(session: Session, path: str, headers: Headers, ids: Fields) -> list[Fields]:
    """Reads a list repeatedly: by pages, in all orders, and with invalid queries."""
    reply = session.succeed("GET", path, headers, ids=ids)
    _repeats(session, path, headers, ids, reply)
    names = reply.operation.query_types
    for name, field in SORTS.items():
        for way in ("asc", "desc") if name in names else ():
            shown = session.succeed("GET", path, headers, ids=ids, query={name: way})
            seen = [each[field] for each in shown.data if each.get(field) is not None]
            session.check(APPLIED, seen == sorted(seen, reverse=way == "desc"), shown, f"{name} {way}: {seen}")
    whole = [each["id"] for each in reply.data]
    for take, skip in ((1, 0), (1, 1), (2, 1)) if "take" in names else ():
        shown = session.succeed("GET", path, headers, ids=ids, query={"take": take, "skip": skip})
        seen = [each["id"] for each in shown.data]
        session.check("pages_fit_together", seen == whole[skip : skip + take], shown, f"{take} from {skip} on")
    if "sortCreatedAt" in names:
        shown = session.call("GET", path, headers, ids=ids, query={"sortCreatedAt": "sideways"})
        session.check("invalid_queries_are_refused", shown.status == 400, shown, "a way to sort that is none")
    return reply.data


def _repeats(session: Session, path: str, headers: Headers, ids: Fields, reply: Reply, **options: Any) -> None:
    again = session.succeed("GET", path, headers, ids=ids, **options)
    session.check("reads_repeat", again.data == reply.data, again, "differs from an earlier reply")
    tag = again.headers.get("etag")
    if tag:
        same = session.call("GET", path, {**headers, "If-None-Match": tag}, ids=ids, **options)
        session.check("conditional_reads_are_correct", same.status == 304, same, "nothing has changed")
        other = session.call("GET", path, {**headers, "If-None-Match": 'W/"of-something-else"'}, ids=ids, **options)
        session.check("conditional_reads_are_correct", other.status == 200, other, "is said not to have changed")


def apps(session: Session) -> None:
    """Conferencing apps and Stripe of a user without connections."""
    with managed_user(session, "caller") as user:
        mine = user.headers
        listed = session.succeed("GET", "/v2/conferencing", mine)
        session.check("other_users_are_refused", listed.data == [], listed, "a new user already has apps")
        _repeats(session, "/v2/conferencing", mine, {}, listed)
        default = session.succeed("GET", "/v2/conferencing/default", mine)
        session.check("other_users_are_refused", not default.data, default, "a new user already has a default")
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
                session.check("replies_echo_the_request", right, reply, "is no address to go to")
        reply = session.call("GET", "/v2/stripe/check", mine)
        session.check("unknown_things_are_not_found", not reply.succeeded, reply, "Stripe was never connected")


def private_links(session: Session) -> None:
    """Each event type lists its own private links."""
    path = "/v2/event-types/{eventTypeId}/private-links"
    if not any(each.path == path for each in session.description):
        session.leave_out("this edition has no private links")
        return
    with host(session) as here:
        _keep_apart(session, path, here.headers, [{"eventTypeId": here.offer()["id"]} for _ in range(2)])


def private_links_of_teams(session: Session) -> None:
    """Each event type of a team lists its own private links."""
    path = f"{TEAM}/event-types/{{eventTypeId}}/private-links"
    if not any(each.path == path for each in session.description):
        session.leave_out("this edition has no private links")
        return
    within = A_TEAM_EVENT_TYPE_OF_AN_ORGANIZATION
    with within(session) as one, within(session) as other:
        _keep_apart(session, path, session.actors.organization, [one, other])


def _keep_apart(session: Session, path: str, headers: Headers, event_types: list[Fields]) -> None:
    """Checks that each of the event types lists the links that it was given, one valid and one expired."""
    limits: list[Fields] = [{"maxUsageCount": 3}, {"expiresAt": "2020-01-01T00:00:00.000Z"}]
    made = [
        [session.succeed("POST", path, headers, ids=ids, body=limit).data["linkId"] for limit in limits]
        for ids in event_types
    ]
    for ids, links in zip(event_types, made, strict=True):
        listed = session.succeed("GET", path, headers, ids=ids)
        seen = {each["linkId"]: each["isExpired"] for each in listed.data}
        session.check("lists_are_complete", seen.keys() == set(links), listed, f"{[*seen]} in place of {links}")
        expired = [seen.get(link) for link in links]
        session.check("settings_take_effect", expired == [False, True], listed, f"{expired} for {limits}")


def reassignments(session: Session) -> None:
    """A team's booking is reassigned to another host."""
    with (
        managed_user(session, "lead") as lead,
        managed_user(session, "ann") as ann,
        managed_user(session, "bob") as bob,
        team_led_by(session, lead) as ids,
    ):
        for user in (ann, bob):
            body = {"userId": user.id, "accepted": True}
            session.succeed("POST", "/v2/teams/{teamId}/memberships", lead.headers, ids=ids, body=body)
        body = {
            "title": "Call", "slug": session.unique("call"), "lengthInMinutes": 30, "minimumBookingNotice": 0,
            "schedulingType": "roundRobin", "hosts": [{"userId": ann.id}, {"userId": bob.id}],
        }  # fmt: skip
        made = session.succeed("POST", "/v2/teams/{teamId}/event-types", lead.headers, ids=ids, body=body).data
        with host(session) as here:
            for days, action in ((1, "reassign"), (2, "reassign/{userId}")):
                _reassign(session, made, f"{here.at(10, days=days)}", action, lead.headers, [ann.id, bob.id])


def _reassign(session: Session, event_type: Fields, start: str, action: str, lead: Headers, users: list[int]) -> None:
    body = {"eventTypeId": event_type["id"], "start": start, "attendee": attendee(session)}
    booked = session.succeed("POST", "/v2/bookings", ANONYMOUS, body=body, version=BOOKINGS).data
    first = booked["hosts"][0]["id"]
    other = next(each for each in users if each != first)
    ids = {"bookingUid": booked["uid"], "userId": other}
    path = f"/v2/bookings/{{bookingUid}}/{action}"
    reply = session.succeed("POST", path, lead, ids=ids, body={"reason": "ill"}, version=BOOKINGS)
    right = (reply.data["bookingUid"], reply.data["reassignedTo"]["id"]) == (booked["uid"], other)
    session.check("replies_echo_the_request", right, reply, f"should go to {other}")
    shown = session.succeed("GET", "/v2/bookings/{bookingUid}", ANONYMOUS, ids=ids, version=BOOKINGS)
    hosts = [each["id"] for each in shown.data["hosts"]]
    session.check("reads_return_what_was_written", hosts == [other], shown, f"the hosts are {hosts}, not {[other]}")
    same = {name: booked[name] for name in ("uid", "start", "end", "status")}
    wrong = {name: shown.data[name] for name, value in same.items() if shown.data[name] != value}
    session.check("updates_leave_the_rest", not wrong, shown, f"changed too: {wrong}")

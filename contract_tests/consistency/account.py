"""Stories of the caller's account: profile, calendars, attributes, memberships, plain reads, rate limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from contract_tests.clients import BOOKINGS, SCHEDULES, SLOTS
from contract_tests.consistency.crud_lifecycle import NO_KEY, NO_TOKEN, REFUSED, UNKNOWN_FIELD
from contract_tests.consistency.resource import Fields, no_context
from contract_tests.consistency.resources import A_USER, AN_ATTRIBUTE, DAYS, ZONES
from contract_tests.consistency.session import Session, differing
from contract_tests.http import Reply
from mock_server.runtime.json_values import is_list, is_object

DAY = 24 * 3600


def own_profile(session: Session) -> None:
    """A managed user reads and changes their own profile."""
    headers = session.actors.client
    with no_context(session) as ids:
        path, body = (
            "/v2/oauth-clients/{clientId}/users",
            {"email": f"{session.unique('me')}@example.com", "name": "Me"},
        )
        made = session.succeed("POST", path, headers, ids=ids, body=body).data
    try:
        _profile_of(session, {"Authorization": f"Bearer {made['accessToken']}"}, made["user"])
        _judge_tokens(session, made, ids)
    finally:
        session.call("DELETE", f"{path}/{{userId}}", headers, ids={**ids, "userId": made["user"]["id"]})


def _profile_of(session: Session, mine: Fields, user: Fields) -> None:
    for _ in range(3):
        _same(session, user, session.succeed("GET", "/v2/me", mine))
    for timing in (12, 24):
        change = {
            "timeZone": session.random.choice(ZONES),
            "weekStart": session.random.choice(DAYS),
            "timeFormat": timing,
            "email": f"{session.unique('renamed')}@example.com",
        }
        changed = session.succeed("PATCH", "/v2/me", mine, body=change | UNKNOWN_FIELD)
        _same(session, change, changed, "replies_echo_the_request")
        rest = {name: user[name] for name in ("id", "username", "defaultScheduleId")}
        _same(session, rest, changed, "updates_leave_the_rest")
        _same(session, changed.data, session.succeed("GET", "/v2/me", mine))
        _same(session, changed.data, session.succeed("PATCH", "/v2/me", mine, body=change), "updates_may_be_repeated")
    _check_access(session, "GET", "/v2/me", {})
    _check_access(session, "PATCH", "/v2/me", {}, body={"timeFormat": 24, "weekStart": "Sunday"})
    _refuse(session, "PATCH", "/v2/me", mine, {"weekStart": "Someday"}, more={"timeFormat": 24 if timing == 12 else 12})
    _same(session, changed.data, session.succeed("GET", "/v2/me", mine), "rejected_writes_change_nothing")


def _judge_tokens(session: Session, made: Fields, ids: Fields) -> None:
    """A refresh token can be used once; forced refreshes revoke earlier tokens."""
    headers = session.actors.client
    path, body = "/v2/oauth/{clientId}/refresh", {"refreshToken": made["refreshToken"]}
    fresh = session.succeed("POST", path, headers, ids=ids, body=body)
    for name in ("accessToken", "refreshToken"):
        session.check("tokens_are_fresh", fresh.data[name] != made[name], fresh, f"{name} is the old one")
    mine = {"Authorization": f"Bearer {fresh.data['accessToken']}"}
    session.succeed("GET", "/v2/me", mine)
    again = session.call("POST", path, headers, ids=ids, body=body)
    session.check("refresh_tokens_are_used_once", again.status == 400, again, "a used refresh token is taken again")
    _refuse(session, "POST", path, headers, {"refreshToken": 17}, ids=ids)
    forced_path = "/v2/oauth-clients/{clientId}/users/{userId}/force-refresh"
    forced = session.succeed("POST", forced_path, headers, ids={**ids, "userId": made["user"]["id"]})
    old = session.call("GET", "/v2/me", mine)
    session.check("refresh_tokens_are_used_once", old.status == 401, old, "a token is good after a forced refresh")
    session.succeed("GET", "/v2/me", {"Authorization": f"Bearer {forced.data['accessToken']}"})
    for template in (path, forced_path):
        _check_access(session, "POST", template, {**ids, "userId": made["user"]["id"]}, body=body)


def calendars(session: Session) -> None:
    """The destination calendar and the selected calendars follow the last choice."""
    mine = session.actors.personal
    seen = session.succeed("GET", "/v2/calendars", mine).data
    owned = [each for connection in seen["connectedCalendars"] for each in connection.get("calendars", [])]
    writable = [each for each in owned if not each["readOnly"]]
    before = seen["destinationCalendar"]
    if not writable or not before:
        session.leave_out("the user has no calendar to write in")
        return
    names = ("integration", "externalId")
    kept = {name: before[name] for name in names}
    for body in (*({name: each[name] for name in names} for each in writable[:3]), kept):
        for _ in range(2):
            reply = session.succeed("PUT", "/v2/destination-calendars", mine, body=body)
            _same(session, body, reply, "replies_echo_the_request")
            shown = session.succeed("GET", "/v2/calendars", mine)
            right = not differing(body, shown.data["destinationCalendar"])
            session.check("reads_return_what_was_written", right, shown, "the destination calendar is not that one")
    foreign = {"integration": "google_calendar", "externalId": f"{session.unique('nobody')}@example.com"}
    reply = session.call("PUT", "/v2/destination-calendars", mine, body=foreign)
    session.check("unknown_things_are_not_found", reply.status == 404, reply, "a foreign calendar is not a 404")
    _check_access(session, "PUT", "/v2/destination-calendars", {}, body=foreign)
    _check_access(session, "GET", "/v2/calendars", {})
    _refuse(session, "PUT", "/v2/destination-calendars", mine, {"integration": "no_calendar"}, more=foreign)
    after = session.succeed("GET", "/v2/calendars", mine)
    as_it_was = not differing(kept, after.data["destinationCalendar"])
    session.check("rejected_writes_change_nothing", as_it_was, after, "it is not as it was")
    for unselected in [each for each in writable if not each["isSelected"]][:2]:
        _select(session, {name: unselected[name] for name in ("integration", "externalId", "credentialId")})


def _select(session: Session, chosen: Fields) -> None:
    mine, path = session.actors.personal, "/v2/selected-calendars"
    texts = {name: str(value) for name, value in chosen.items()}
    _check_access(session, "POST", path, {}, body=chosen)
    _refuse(session, "POST", path, mine, {"externalId": 17}, more=chosen)
    _judge_selected(session, chosen, False)
    _same(session, chosen, session.succeed("POST", path, mine, body=chosen), "replies_echo_the_request")
    _judge_selected(session, chosen, True)
    _check_access(session, "DELETE", path, {}, query=texts)
    _judge_selected(session, chosen, True)
    _same(session, chosen, session.succeed("DELETE", path, mine, query=texts), "replies_echo_the_request")
    _judge_selected(session, chosen, False)
    again = session.call("DELETE", path, mine, query=texts)
    session.check("deleted_things_are_gone", not again.succeeded, again, "can be deselected again")
    _judge_selected(session, chosen, False)


def _judge_selected(session: Session, chosen: Fields, expected: bool) -> None:
    reply = session.succeed("GET", "/v2/calendars", session.actors.personal)
    [shown] = [
        each["isSelected"]
        for connection in reply.data["connectedCalendars"]
        for each in connection.get("calendars", [])
        if not differing(chosen, each)
    ]
    session.check("reads_return_what_was_written", shown == expected, reply, f"selected is {shown}")


def assigned_attributes(session: Session) -> None:
    """Options of an attribute are assigned to a user and unassigned."""
    owner = session.actors.organization
    base = "/v2/organizations/{orgId}/attributes"
    with AN_ATTRIBUTE(session) as ids, A_USER(session) as user:
        known = {**ids, **user}
        options = session.succeed("GET", f"{base}/{{attributeId}}/options", owner, ids=known).data
        path = f"{base}/options/{{userId}}"
        body = {"attributeId": ids["attributeId"], "attributeOptionId": options[0]["id"]}
        _check_access(session, "POST", path, known, body=body)
        _refuse(session, "POST", path, owner, {"attributeId": False}, ids=known, more=body)
        _judge_assigned(session, path, known, [])
        made = session.succeed("POST", path, owner, ids=known, body=body)
        _same(session, {"attributeOptionId": options[0]["id"]}, made, "replies_echo_the_request")
        _check_access(session, "GET", path, known)
        for _ in range(2):
            _judge_assigned(session, path, known, [options[0]["id"]])
        known["attributeOptionId"] = options[0]["id"]
        one = f"{path}/{{attributeOptionId}}"
        _check_access(session, "DELETE", one, known)
        gone = session.succeed("DELETE", one, owner, ids=known)
        _same(session, {"attributeOptionId": options[0]["id"]}, gone, "replies_echo_the_request")
        _judge_assigned(session, path, known, [])
        again = session.call("DELETE", one, owner, ids=known)
        session.check("deleted_things_are_gone", not again.succeeded, again, "can be taken away again")


def _judge_assigned(session: Session, path: str, ids: Fields, expected: list[str]) -> None:
    reply = session.succeed("GET", path, session.actors.organization, ids=ids)
    seen = [each["id"] for each in reply.data]
    session.check("reads_return_what_was_written", seen == expected, reply, f"{seen} in place of {expected}")


FOLLOWS_A_CHANGE = ("updatedAt", "customRoleId")
"""Fields of a membership that the server sets when its role changes."""


def organization_memberships(session: Session) -> None:
    """The membership of a new user of an organization is read, updated and deleted."""
    owner, path = session.actors.organization, "/v2/organizations/{orgId}/memberships"
    with A_USER(session) as ids:
        listed = session.succeed("GET", path, owner, ids=ids).data
        found = next(each for each in listed if each["userId"] == ids["userId"])
        membership = {name: value for name, value in found.items() if name not in FOLLOWS_A_CHANGE}
        known, one = {**ids, "membershipId": membership["id"]}, f"{path}/{{membershipId}}"
        for _ in range(3):
            _same(session, membership, session.succeed("GET", one, owner, ids=known))
        _refuse(session, "PATCH", one, owner, {"role": "KING"}, ids=known, more={"accepted": False})
        for method, body in (("GET", None), ("PATCH", {"role": "ADMIN"}), ("DELETE", None)):
            _check_access(session, method, one, known, body=body)
        _check_access(session, "GET", path, known)
        _same(session, membership, session.succeed("GET", one, owner, ids=known), "rejected_writes_change_nothing")
        for role, protected in (("ADMIN", True), ("MEMBER", membership["disableImpersonation"])):
            change = {"role": role, "disableImpersonation": protected}
            for _ in range(2):
                changed = session.succeed("PATCH", one, owner, ids=known, body=change)
                _same(session, {**_lasting(membership), **change}, changed, "replies_echo_the_request")
                _same(session, changed.data, session.succeed("GET", one, owner, ids=known))
        ended = session.succeed("DELETE", one, owner, ids=known)
        _same(session, _lasting(membership), ended)
        for method in ("GET", "DELETE", "GET"):
            reply = session.call(method, one, owner, ids=known)
            session.check("deleted_things_are_gone", reply.status == 404, reply, "is still there")
        left = session.succeed("GET", path, owner, ids=ids)
        others = [each["id"] for each in listed if each["id"] != membership["id"]]
        session.check("deleted_things_are_gone", _ids(left) == others, left, "the list is not the rest")


def _lasting(membership: Fields) -> Fields:
    """The fields of a membership that only change when they are sent."""
    return {key: value for key, value in membership.items() if key not in ("customRoleId", "updatedAt")}


PLAIN_READS: tuple[tuple[str, str, str | None], ...] = (
    ("/v2/me", "personal", None),
    ("/v2/schedules", "personal", SCHEDULES),
    ("/v2/schedules/default", "personal", SCHEDULES),
    ("/v2/bookings", "personal", BOOKINGS),
    ("/v2/webhooks", "personal", None),
    ("/v2/calendars", "personal", None),
    ("/v2/conferencing", "personal", None),
    ("/v2/conferencing/default", "personal", None),
    ("/v2/teams", "organization", None),
    ("/v2/oauth-clients", "organization", None),
    ("/v2/organizations/{orgId}/attributes", "organization", None),
    ("/v2/organizations/{orgId}/bookings", "organization", None),
    ("/v2/organizations/{orgId}/memberships", "organization", None),
    ("/v2/organizations/{orgId}/organizations", "organization", None),
    ("/v2/organizations/{orgId}/routing-forms", "organization", None),
    ("/v2/organizations/{orgId}/schedules", "organization", None),
    ("/v2/organizations/{orgId}/teams", "organization", None),
    ("/v2/organizations/{orgId}/teams/me", "organization", None),
    ("/v2/organizations/{orgId}/teams/event-types", "organization", None),
    ("/v2/organizations/{orgId}/users", "organization", None),
    ("/v2/organizations/{orgId}/webhooks", "organization", None),
    ("/v2/oauth-clients/{clientId}/users", "client", None),
    ("/v2/bookings", "personal", None),
    ("/v2/schedules", "personal", None),
    ("/v2/schedules/default", "personal", None),
    ("/v2/event-types", "personal", None),
    ("/v2/verified-resources/emails", "personal", None),
    ("/v2/verified-resources/phones", "personal", None),
    ("/v2/organizations/{orgId}/roles", "organization", None),
    ("/v2/organizations/{orgId}/ooo", "organization", None),
    ("/v2/oauth-clients/{clientId}", "client", None),
    ("/v2/oauth-clients/{clientId}/webhooks", "client", None),
    ("/v2/me/ooo", "personal", None),
    ("/v2/me/team-booking-limits", "personal", None),
    ("/v2/credits/available", "personal", None),
    ("/v2/workflows", "member", None),
    ("/v2/organizations/{orgId}/delegation-credentials", "organization", None),
    ("/v2/organizations/{orgId}/attributes/sync-history", "organization", None),
)
"""Reads that need no items, in any edition: path, purpose, version."""

WITH_A_QUERY: tuple[tuple[str, str, str | None], ...] = (
    ("/v2/slots", "personal", SLOTS),
    ("/v2/slots/available", "personal", None),
    ("/v2/calendars/busy-times", "personal", None),
    ("/v2/stripe/check", "personal", None),
    ("/v2/stripe/connect", "personal", None),
    ("/v2/events", "personal", None),
)
"""Reads that may be refused as they are, and are counted all the same."""


def plain_reads_of(
    session: Session, reads_of: Sequence[tuple[str, str, str | None]] = PLAIN_READS
) -> Iterator[tuple[str, str, str | None]]:
    """The reads that the edition has and that may be called with the credentials."""
    reads = [each for each in session.description if each.method == "GET" and each.id not in session.unavailable]
    for path, purpose, version in reads_of:
        served = any(each.path == path and session.description.serves(each, version) for each in reads)
        if served and session.actors.of(purpose):
            yield path, purpose, version


SAME_FOR_ALL = frozenset({"/v2/conferencing/default", "/v2/credits/available"})
"""Paths whose replies may be the same for two users."""

SETS_DEFAULT_ON_READ = frozenset({"/v2/calendars"})
"""Paths whose first read may set a default destination calendar."""


def plain_reads(session: Session) -> None:
    """Reads are repeatable, refused to others and versioned, and conditional reads are answered with 304."""
    with no_context(session) as ids:
        for path, purpose, version in plain_reads_of(session):
            headers = session.actors.of(purpose)
            if path in SETS_DEFAULT_ON_READ:
                session.succeed("GET", path, headers, ids=ids, version=version)
            first = session.succeed("GET", path, headers, ids=ids, version=version)
            again = session.succeed("GET", path, headers, ids=ids, version=version)
            session.check("reads_repeat", first.data == again.data, again, "differs from an earlier reply")
            _check_access(session, "GET", path, ids, version=version, purpose=purpose)
            tag = first.headers.get("etag")
            if tag:
                same = session.call("GET", path, {**headers, "If-None-Match": tag}, ids=ids, version=version)
                session.check("conditional_reads_are_correct", same.status == 304, same, "nothing has changed")
            if version is not None:
                session.require_versions("GET", path, headers, ids=ids)
            names = first.operation.query_types.keys()
            if is_list(first.data) and {"take", "skip"} <= names:
                _page_through(session, path, headers, ids, version, first)


def _page_through(session: Session, path: str, headers: Fields, ids: Fields, version: Any, whole: Reply) -> None:
    for skip in range(min(len(whole.data), 4) + 1):
        reply = session.succeed("GET", path, headers, ids=ids, version=version, query={"take": 1, "skip": skip})
        expected = _ids(whole)[skip : skip + 1]
        session.check("pages_fit_together", _ids(reply) == expected, reply, f"the page should be {expected}")
    two = session.succeed("GET", path, headers, ids=ids, version=version, query={"take": 2, "skip": 1})
    session.check("pages_fit_together", _ids(two) == _ids(whole)[1:3], two, "not the two after the first")
    bounded = whole.operation.query_schema["properties"]
    for name in [name for name in ("take", "skip") if "minimum" in bounded[name]]:
        query = {name: bounded[name]["minimum"] - 1}
        reply = session.call("GET", path, headers, ids=ids, version=version, query=query)
        session.check("invalid_queries_are_refused", reply.status == 400, reply, f"{query} is not refused")


def rate_limits(session: Session) -> None:
    """Rate-limit headers are complete, and the remaining number decreases."""
    shown: defaultdict[str, list[tuple[Reply, Fields]]] = defaultdict(list)
    with no_context(session) as ids:
        for path, purpose, version in plain_reads_of(session, (*PLAIN_READS, *WITH_A_QUERY)):
            for _ in range(2):
                reply = session.call("GET", path, session.actors.of(purpose), ids=ids, version=version)
                shown[purpose].append((reply, _limits(reply)))
    if not any(limits for replies in shown.values() for _, limits in replies):
        session.leave_out("the server sends no rate-limit headers")
        return
    for replies in shown.values():
        left, ends = None, 0
        for reply, limits in replies:
            session.check(
                "rate_limits_are_reported", limits.keys() >= {"limit", "remaining", "reset"}, reply, f"{limits}"
            )
            remaining, reset = limits.get("remaining", -1), limits.get("reset", -1)
            fits = 0 <= remaining < limits.get("limit", 0) and 0 <= reset <= DAY
            session.check("rate_limits_make_sense", fits, reply, f"{limits}")
            # A window that ends later than the last one is a new one.
            falls = left is None or remaining < left or reset > ends
            session.check("rate_limits_decrease", falls, reply, f"{remaining} are left; there were {left}")
            left, ends = remaining, reset


def _limits(reply: Reply) -> Fields:
    found: Fields = {}
    for name, value in reply.headers.items():
        if name.startswith("x-ratelimit-") and value.isdecimal():
            found[name.split("-")[2]] = int(value)
    return found


# -- what several stories do ----------------------------------------------------------------------------------------


def _ids(reply: Reply) -> list[Any]:
    return [each.get("id") for each in reply.data]


def _same(session: Session, known: Fields, reply: Reply, name: str = "reads_return_what_was_written") -> None:
    """Checks that a reply shows the known values."""
    found = differing(known, reply.data)
    session.check(name, not found, reply, f"should be otherwise: {found}")


def _check_access(
    session: Session, method: str, path: str, ids: Fields, *, purpose: str = "personal", **options: Any
) -> None:
    """Checks that missing and bad credentials are refused, and in an organization those of other users."""
    for headers in ({}, NO_KEY, NO_TOKEN):
        reply = session.call(method, path, headers, ids=ids, **options)
        name = "bad_credentials_are_refused" if headers else "credentials_are_needed"
        session.check(name, reply.status in (401, 403), reply, "is not refused with 401 or 403")
    stranger = session.actors.stranger_to_organization
    if "{orgId}" in path and stranger:
        reply = session.call(method, path, stranger, ids=ids, **options)
        session.check("other_users_are_refused", reply.status in REFUSED, reply, "another user is not refused")
    elif session.actors.stranger_to(purpose) and method == "GET" and purpose == "personal":
        theirs = session.call(method, path, session.actors.stranger_to(purpose), ids=ids, **options)
        mine = session.call(method, path, session.actors.of(purpose), ids=ids, **options)
        kept_apart = not _has_values(theirs.data) or theirs.data != mine.data or path in SAME_FOR_ALL
        session.check("other_users_are_refused", kept_apart, theirs, "another user sees the items of another user")


def _has_values(data: Any) -> bool:
    """Whether it contains any value but zero, false and the empty text."""
    if is_object(data):
        return any(map(_has_values, data.values()))
    if is_list(data):
        return any(map(_has_values, data))
    return bool(data)


def _refuse(
    session: Session, method: str, path: str, headers: Fields, wrong: Fields, *, ids: Fields | None = None,
    more: Fields | None = None,
) -> None:  # fmt: skip
    """Checks that an invalid body is rejected."""
    reply = session.call(method, path, headers, ids=ids, body={**(more or {}), **wrong})
    session.check("invalid_bodies_are_refused", reply.status == 400, reply, f"{wrong} is not refused with 400")
    details = reply.content.get("error", {}).get("details") if is_object(reply.content) else None
    if reply.status == 400 and is_object(details) and "errors" in details:
        named = {each.get("property") for each in details["errors"]}
        session.check(
            "errors_name_the_invalid_fields", named == set(wrong), reply, f"{wrong} is wrong, {named} is named"
        )

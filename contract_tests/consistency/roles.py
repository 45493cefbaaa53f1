"""Roles: the rights of members, admins and owners in teams and organizations."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES
from contract_tests.consistency.actors import Headers
from contract_tests.consistency.host import ANONYMOUS, MANAGED_USERS, ManagedUser, hosting, managed_user
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.consistency.teams import team_led_by
from contract_tests.nonexistent import NO_NUMBER, NO_TEXT
from mock_server.runtime.description import Operation

APPLIED = "roles_are_enforced"
LADDER = ("MEMBER", "ADMIN", "OWNER")
REFUSED = (401, 403, 404)
MEMBERSHIPS = "/v2/organizations/{orgId}/memberships"
MEMBERSHIP = f"{MEMBERSHIPS}/{{membershipId}}"
NEVER_TRIED = frozenset(
    {
        "create_team_event_type_phone_call",
        "create_team_event_type_phone_call_2026_06_12",
        "create_organization_team_event_type_phone_call",
        "create_organization_team_event_type_phone_call_2026_06_12",
    }
)
"""Operations that would make a phone call if they were not refused."""
UNKNOWN_ITEMS_FORBIDDEN = frozenset({"update_team_user_out_of_office", "create_team_routing_form_response"})
"""Operations that answer 403 to every role for the unknown item in their path, so permitted roles do not try them."""


def team_roles(session: Session) -> None:
    """Each operation on a team is allowed from its role on."""
    with (
        managed_user(session, "owner") as owner, managed_user(session, "admin") as admin,
        managed_user(session, "member") as member, managed_user(session, "stranger") as stranger,
        _team(session, owner, {"ADMIN": admin, "MEMBER": member}) as ids,
    ):  # fmt: skip
        steps = {"OWNER": owner.headers, "ADMIN": admin.headers, "MEMBER": member.headers}
        for operation in session.description:
            needed = _role(operation, "TEAM_")
            if needed is None or not operation.path.startswith("/v2/teams/{teamId}") or operation.id in NEVER_TRIED:
                continue
            if operation.id in session.unavailable:
                continue
            for role, headers in steps.items():
                _try(session, operation, ids, headers, role, allowed=LADDER.index(role) >= LADDER.index(needed))
            _try(session, operation, ids, stranger.headers, "stranger", allowed=False)
            _try(session, operation, ids, ANONYMOUS, "anonymous", allowed=False)
        reply = session.succeed("GET", "/v2/teams/{teamId}", owner.headers, ids=ids)
        session.check(APPLIED, reply.data["name"] == ids["name"], reply, "another user has changed the team")
        _up_and_down(session, owner.headers, member.headers, ids)


def _up_and_down(session: Session, owner: Headers, member: Headers, ids: Fields) -> None:
    """A member has the rights of an admin from the promotion to the demotion.

    The live service caches for five minutes that the user was an admin.
    """
    memberships = "/v2/teams/{teamId}/memberships"
    for role, allowed in (("ADMIN", True), ("MEMBER", False)):
        session.succeed("PATCH", f"{memberships}/{{membershipId}}", owner, ids=ids, body={"role": role})
        if allowed or session.strict:
            reply = session.call("GET", memberships, member, ids=ids)
            right = reply.succeeded if allowed else reply.status == 403
            session.check(APPLIED, right, reply, f"has become {role} and is answered {reply.status}")


@contextmanager
def _team(session: Session, owner: ManagedUser, others: dict[str, ManagedUser]) -> Generator[Fields]:
    """A team with an event type, and the others as members with their roles."""
    with team_led_by(session, owner) as team:
        ids = {**_unknown_ids(session), **team}
        for role, user in others.items():
            body = {"userId": user.id, "accepted": True, "role": role}
            made = session.succeed("POST", "/v2/teams/{teamId}/memberships", owner.headers, ids=ids, body=body)
            ids |= {"membershipId": made.data["id"], "userId": user.id}
        body = {
            "title": "Call", "slug": session.unique("call"), "lengthInMinutes": 60, "schedulingType": "collective",
            "hosts": [{"userId": owner.id}],
        }  # fmt: skip
        made = session.succeed("POST", "/v2/teams/{teamId}/event-types", owner.headers, ids=ids, body=body)
        ids["eventTypeId"] = made.data["id"]
        yield ids


def _role(operation: Operation, prefix: str) -> str | None:
    """The lowest role that an operation needs."""
    if prefix == "TEAM_" and any(rule.name == "team-event-type-webhook" for rule in operation.access):
        return "ADMIN"
    for rule in operation.access:
        if rule.name == "role" and str(rule.argument).startswith(prefix):
            return str(rule.argument).removeprefix(prefix)
    return None


def _try(session: Session, operation: Operation, ids: Fields, headers: Headers, who: str, *, allowed: bool) -> None:
    """All roles try reads; writes are tried without the role, or with an invalid body."""
    if allowed and (operation.method == "DELETE" or operation.id in UNKNOWN_ITEMS_FORBIDDEN):
        return
    body: Fields | None = {} if operation.method in ("POST", "PATCH", "PUT") else None
    if not allowed and operation.method in ("POST", "PATCH"):
        body = {"name": "Taken over", "title": "Taken over"}
    elif operation.method == "POST" and operation.body_schema is None:
        return
    reply = session.call(
        operation.method, operation.path, headers, ids=ids, body=body, version=max(operation.versions or [""]) or None
    )
    if allowed:
        refused = reply.status in (401, 403)
        session.check(APPLIED, not refused, reply, f"{who} should be allowed")
    else:
        session.check(APPLIED, reply.status in REFUSED, reply, f"{who} should be refused")


def organization_roles(session: Session) -> None:
    """Each operation on an organization is allowed from its role on."""
    owner, scope = session.actors.organization, {"orgId": session.actors.organization_id}
    with managed_user(session, "climber") as climber, managed_user(session, "other") as other:
        membership = _membership(session, owner, scope, climber.id)
        if membership is None:
            session.leave_out("the new user is no member of the organization")
            return
        ids = {**_unknown_ids(session), **scope, "userId": other.id, "membershipId": membership}
        for role in ("MEMBER", "ADMIN"):
            session.succeed("PATCH", MEMBERSHIP, owner, ids=ids, body={"role": role})
            for operation in session.description:
                needed = _role(operation, "ORG_")
                tried = (
                    operation.path.startswith("/v2/organizations/{orgId}") and operation.id not in session.unavailable
                )
                if needed is None or not tried:
                    continue
                allowed = LADDER.index(role) >= LADDER.index(needed)
                if allowed and (operation.method != "GET" or operation.path.count("{") > 1):
                    continue
                _try(session, operation, ids, climber.headers, role, allowed=allowed)
        session.succeed("PATCH", MEMBERSHIP, owner, ids=ids, body={"role": "MEMBER"})
        _expect_refusal(session, climber.headers, scope, "a member again should be refused again")
        _leave(session, owner, climber.headers, ids)


def _leave(session: Session, owner: Headers, climber: Headers, ids: Fields) -> None:
    """An admin whose membership is deleted has no access to the organization any more."""
    session.succeed("PATCH", MEMBERSHIP, owner, ids=ids, body={"role": "ADMIN"})
    known = session.succeed("GET", MEMBERSHIP, owner, ids=ids)
    session.check("reads_return_what_was_written", known.data["role"] == "ADMIN", known, "should be an admin")
    session.succeed("DELETE", MEMBERSHIP, owner, ids=ids)
    gone = session.call("GET", MEMBERSHIP, owner, ids=ids)
    session.check("deleted_things_are_gone", gone.status == 404, gone, "the membership can still be read")
    _expect_refusal(session, climber, ids, "a former admin should be refused")


def _expect_refusal(session: Session, former_admin: Headers, ids: Fields, text: str) -> None:
    """Checks that a user who was an admin is refused. The live service caches for five minutes that the user was not.

    Source: Cal.com API v2, access: positive results of role rules are cached.
    """
    if session.strict:
        reply = session.call("GET", MEMBERSHIPS, former_admin, ids=ids)
        session.check(APPLIED, reply.status == 403, reply, text)


def _unknown_ids(session: Session) -> Fields:
    """Unknown ids for all path parameters."""
    kinds = {name: kind for each in session.description for name, kind in each.path_types.items()}
    unknown: Fields = {name: NO_NUMBER if kind == "integer" else NO_TEXT for name, kind in kinds.items()}
    return {**unknown, "app": "zoom", "clientId": session.actors.client_id}


def _membership(session: Session, owner: Headers, scope: Fields, user: int) -> int | None:
    skip = 0
    while True:
        query = {"take": 250, "skip": skip}
        reply = session.succeed("GET", MEMBERSHIPS, owner, ids=scope, query=query)
        for each in reply.data:
            if each["userId"] == user:
                return each["id"]
        if len(reply.data) < 250:
            return None
        skip += 250


def other_users(session: Session) -> None:
    """Other users have no access to a user's items; only the host confirms bookings."""
    with (
        managed_user(session, "mine") as me,
        managed_user(session, "stranger") as stranger,
        hosting(session, me) as here,
    ):
        asked = here.offer(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": False})
        waiting = here.book(asked, here.at(10))
        hook: Fields = {"subscriberUrl": "https://hooks.example.com/mine", "triggers": [], "active": False}
        mine = session.succeed("POST", "/v2/webhooks", here.headers, body=hook).data
        number, hooks = {"eventTypeId": asked["id"]}, "/v2/event-types/{eventTypeId}/webhooks"
        own = session.succeed(
            "POST", "/v2/event-types/{eventTypeId}/webhooks", here.headers, ids=number, body=hook
        ).data
        schedule = {"scheduleId": here.schedule}
        cases: list[tuple[str, str, Fields, Any, str | None]] = [
            ("GET", "/v2/schedules/{scheduleId}", schedule, None, SCHEDULES),
            ("PATCH", "/v2/schedules/{scheduleId}", schedule, {"name": "Taken"}, SCHEDULES),
            ("DELETE", "/v2/schedules/{scheduleId}", schedule, None, SCHEDULES),
            ("GET", "/v2/event-types/{eventTypeId}", number, None, EVENT_TYPES),
            ("PATCH", "/v2/event-types/{eventTypeId}", number, {"title": "Taken"}, EVENT_TYPES),
            ("DELETE", "/v2/event-types/{eventTypeId}", number, None, EVENT_TYPES),
            ("GET", "/v2/webhooks/{webhookId}", {"webhookId": mine["id"]}, None, None),
            ("PATCH", "/v2/webhooks/{webhookId}", {"webhookId": mine["id"]}, {"active": True}, None),
            ("DELETE", "/v2/webhooks/{webhookId}", {"webhookId": mine["id"]}, None, None),
            ("GET", hooks, number, None, None),
            ("GET", f"{hooks}/{{webhookId}}", {**number, "webhookId": own["id"]}, None, None),
            ("DELETE", hooks, number, None, None),
            ("POST", "/v2/bookings/{bookingUid}/confirm", {"bookingUid": waiting["uid"]}, {}, BOOKINGS),
            ("POST", "/v2/bookings/{bookingUid}/decline", {"bookingUid": waiting["uid"]}, {}, BOOKINGS),
        ]  # fmt: skip
        for method, path, ids, body, version in cases:
            for headers in (stranger.headers, ANONYMOUS):
                reply = session.call(method, path, headers, ids=ids, body=body, version=version)
                session.check("other_users_are_refused", reply.status in REFUSED, reply, "another user is not refused")
        for path, version in (("/v2/schedules", SCHEDULES), ("/v2/webhooks", None), ("/v2/bookings", BOOKINGS)):
            session.succeed("GET", path, here.headers, version=version)
            reply = session.succeed("GET", path, stranger.headers, version=version)
            session.check("other_users_are_refused", not reply.data, reply, "a new user already has some")
        if session.strict:  # The live service answers a server error.
            path, ids = "/v2/bookings/{bookingUid}/mark-absent", {"bookingUid": waiting["uid"]}
            reply = session.call("POST", path, stranger.headers, ids=ids, body={"host": True}, version=BOOKINGS)
            refused = reply.status in (400, *REFUSED)
            session.check("other_users_are_refused", refused, reply, "another user marks the host as absent")
        shown = here.read(waiting)
        session.check(
            "rejected_writes_change_nothing",
            shown.data["status"] == "pending",
            shown,
            "the booking was confirmed or declined",
        )


def client_access(session: Session) -> None:
    """An OAuth client is accessible to admins only, with good credentials."""
    client, wrong = session.actors.client, {**session.actors.client, "x-cal-secret-key": "not-the-secret"}
    with managed_user(session, "member") as user, managed_user(session, "other") as other:
        ids = {**_unknown_ids(session), "userId": other.id}
        for operation in session.description:
            roles = _organization_roles(operation)
            if roles is None or operation.id in session.unavailable:
                continue
            if not session.strict and operation.method != "GET" and operation.path.endswith("{clientId}"):
                continue  # The client of a deployment is not put at risk.
            closed = {"no credentials": ANONYMOUS}
            if "{clientId}" in operation.path:
                closed["a wrong secret"] = wrong
            if "MEMBER" not in roles:
                closed["a member"] = user.headers
            body: Fields | None = {} if operation.method in ("POST", "PATCH") else None
            for who, headers in closed.items():
                reply = session.call(operation.method, operation.path, headers, ids=ids, body=body)
                session.check(APPLIED, reply.status in REFUSED, reply, f"{who} should be refused")
        for secret in _nearly(client["x-cal-secret-key"]):
            headers = {**client, "x-cal-secret-key": secret}
            reply = session.call("GET", MANAGED_USERS, headers, ids=ids)
            session.check(APPLIED, reply.status in REFUSED, reply, "nearly the client's secret should be refused")
        for each in (user, other):
            reply = session.succeed("GET", "/v2/me", each.headers)
            session.check(APPLIED, reply.data["id"] == each.id, reply, "is another user")
        session.succeed("GET", "/v2/oauth-clients/{clientId}/users/{userId}", client, ids=ids)


def _nearly(secret: str) -> list[str]:
    """Texts that differ little from a secret."""
    return [each for each in (secret.swapcase(), secret[:-1], secret[1:], f"{secret}x") if each != secret]


def _organization_roles(operation: Operation) -> list[str] | None:
    return next((rule.argument for rule in operation.access if rule.name == "organization-roles"), None)

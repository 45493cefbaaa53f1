"""The permissions of custom roles, the assigned options of attributes, and invitations to teams."""

from __future__ import annotations

from datetime import datetime

from contract_tests.consistency.actors import Headers
from contract_tests.consistency.crud_lifecycle import RECENTLY, REFUSED
from contract_tests.consistency.host import ANONYMOUS
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.resources import (
    A_ROLE,
    A_TEAM,
    A_TEAM_ROLE,
    A_USER,
    AN_ATTRIBUTE,
    AN_ORGANIZATION_TEAM,
)
from contract_tests.consistency.session import Session, differing
from contract_tests.http import Reply

TEAM, OWN_TEAM = "/v2/organizations/{orgId}/teams/{teamId}", "/v2/teams/{teamId}"
ROLES = "/v2/organizations/{orgId}/roles"
ATTRIBUTES = "/v2/organizations/{orgId}/attributes"


def role_permissions(session: Session) -> None:
    """Permissions are added to a role, replaced and removed, and unknown ones are refused."""
    if session.lacks(ROLES):
        return
    # Those of a team first: a deployment may have the suite make no roles of a whole organization.
    for within, roles in ((A_TEAM_ROLE, f"{TEAM}/roles"), (A_ROLE, ROLES)):
        with within(session) as ids:
            _permissions(session, f"{roles}/{{roleId}}/permissions", session.actors.organization, ids)


def _permissions(session: Session, path: str, owner: Headers, ids: Fields) -> None:
    def expect(*expected: str) -> None:
        for _ in range(2):
            _judge(session, session.succeed("GET", path, owner, ids=ids), set(expected))

    expect("booking.read", "eventType.read")
    added = session.succeed("POST", path, owner, ids=ids, body={"permissions": ["role.read", "booking.read"]})
    _judge(session, added, {"booking.read", "eventType.read", "role.read"})
    for body in ({"permissions": ["role.fly"]}, {"permissions": ["role.read", "ooo.read"]}, {}):
        for method in ("POST", "PUT"):
            reply = session.call(method, path, owner, ids=ids, body=body)
            session.check("invalid_bodies_are_refused", reply.status == 400, reply, "unknown permissions")
    expect("booking.read", "eventType.read", "role.read")
    put = session.succeed("PUT", path, owner, ids=ids, body={"permissions": ["webhook.read", "role.read"]})
    _judge(session, put, {"webhook.read", "role.read"})
    session.succeed("DELETE", f"{path}/{{permission}}", owner, ids={**ids, "permission": "webhook.read"})
    expect("role.read")
    session.succeed("DELETE", path, owner, ids=ids, query={"permissions": "role.read,eventType.read"})
    expect()


def assigned_options(session: Session) -> None:
    """The options of an attribute are listed with the users who have them, and users are found by them."""
    assigned = f"{ATTRIBUTES}/{{attributeId}}/options/assigned"
    if session.lacks(assigned):
        return
    owner, users = session.actors.organization, "/v2/organizations/{orgId}/users"
    with AN_ATTRIBUTE(session) as ids, A_USER(session) as user:
        attribute = session.succeed("GET", f"{ATTRIBUTES}/{{attributeId}}", owner, ids=ids).data
        known = {**ids, **user, "attributeSlug": attribute["slug"]}
        paths = (assigned, f"{ATTRIBUTES}/slugs/{{attributeSlug}}/options/assigned")
        for path in paths:
            _judge(session, session.succeed("GET", path, owner, ids=known), set())
        option = session.succeed("GET", f"{ATTRIBUTES}/{{attributeId}}/options", owner, ids=known).data[0]["id"]
        body = {"attributeId": ids["attributeId"], "attributeOptionId": option}
        session.succeed("POST", f"{ATTRIBUTES}/options/{{userId}}", owner, ids=known, body=body)
        for path in paths:
            reply = session.succeed("GET", path, owner, ids=known)
            seen = [(each["id"], each["assignedUserIds"]) for each in reply.data]
            right = seen == [(option, [known["userId"]])]
            session.check("reads_return_what_was_written", right, reply, f"{seen} in place of the user with the option")
        found = session.succeed("GET", users, owner, ids=known, query={"assignedOptionIds": option})
        _judge_users(session, found, {known["userId"]})
        query = {"assignedOptionIds": option, "attributeQueryOperator": "NONE"}
        others = session.succeed("GET", users, owner, ids=known, query=query)
        is_left_out = known["userId"] not in {each["id"] for each in others.data}
        session.check("filters_and_pages_are_applied", is_left_out, others, "the user has the option")


def assignment_history(session: Session) -> None:
    """The history of a user's attributes has an entry for each change, the newest first, with the weights."""
    history = f"{ATTRIBUTES}/assignments/{{userId}}/history"
    if session.lacks(history):
        return
    owner = session.actors.organization
    with AN_ATTRIBUTE(session) as ids, A_USER(session) as user:
        known = {**ids, **user}
        option = session.succeed("GET", f"{ATTRIBUTES}/{{attributeId}}/options", owner, ids=known).data[0]["id"]
        known["attributeOptionId"] = option
        body = {"attributeId": ids["attributeId"], "attributeOptionId": option, "weight": 20}
        one = f"{ATTRIBUTES}/options/{{userId}}/{{attributeOptionId}}"
        made = session.succeed("POST", f"{ATTRIBUTES}/options/{{userId}}", owner, ids=known, body=body)
        _judge_change(session, made, session.succeed("PATCH", one, owner, ids=known, body={"weight": 50.5}))
        session.succeed("DELETE", one, owner, ids=known)
        page = session.succeed("GET", history, owner, ids=known, query={"limit": 2})
        if not session.check("pages_fit_together", page.data["hasMore"], page, "there should be a third change"):
            return
        rest = session.succeed("GET", history, owner, ids=known, query={"cursor": page.data["nextCursor"]})
        session.check("pages_fit_together", not rest.data["hasMore"], rest, "the second page should be the last")
        changes = [each["changes"][0] for each in (*page.data["auditLogs"], *rest.data["auditLogs"])]
        seen = [(each["type"], _weight(each["previous"]), _weight(each["current"])) for each in changes]
        expected = [("REMOVED", 50.5, None), ("UPDATED", 20, 50.5), ("ASSIGNED", None, 20)]
        session.check("reads_return_what_was_written", seen == expected, rest, f"{seen} in place of {expected}")
        stranger = session.actors.stranger_to_organization
        for headers in (ANONYMOUS, stranger) if stranger else (ANONYMOUS,):
            reply = session.call("GET", history, headers, ids=known)
            session.check("other_users_are_refused", reply.status in (401, 403), reply, "is not refused")


def _judge_change(session: Session, made: Reply, changed: Reply) -> None:
    """Checks that another weight changes nothing else of an assignment, and that it was changed just now."""
    kept = {name: value for name, value in made.data.items() if name != "weight" and not name.startswith("updated")}
    found = differing(kept, changed.data)
    session.check("updates_leave_the_rest", not found, changed, f"changed too: {found}")
    shown = changed.data["updatedAt"] or changed.data["createdAt"]
    first, last = (datetime.fromisoformat(each) for each in (made.data["createdAt"], shown))
    seconds = (last - first).total_seconds()
    right = 0 <= seconds < RECENTLY
    session.check("timestamps_are_correct", right, changed, f"changed {seconds:.0f} seconds after it was made")


def _weight(assignment: Fields | None) -> float | None:
    return None if assignment is None else assignment["weight"]


def invitations(session: Session) -> None:
    """Every invitation to a team has a token of its own."""
    if session.lacks(f"{TEAM}/invite"):
        return
    owner, actors = session.actors.organization, session.actors
    places = (
        (AN_ORGANIZATION_TEAM, TEAM, actors.stranger_to_organization), (A_TEAM, OWN_TEAM, actors.stranger_to_team),
    )  # fmt: skip
    for within, team, stranger in places:
        with within(session) as ids:
            invite = f"{team}/invite"
            replies = [session.succeed("POST", invite, owner, ids=ids) for _ in range(2)]
            tokens = {each.data["token"] for each in replies}
            session.check(
                "tokens_are_fresh", len(tokens) == len(replies), replies[-1], "the token of an earlier invitation"
            )
            for reply in replies:
                leads_on = reply.data["token"] in reply.data["inviteLink"]
                session.check("replies_agree_with_themselves", leads_on, reply, "the link does not have the token")
            for headers in (ANONYMOUS, stranger) if stranger else (ANONYMOUS,):
                reply = session.call("POST", invite, headers, ids=ids)
                session.check("other_users_are_refused", reply.status in REFUSED, reply, "is not refused")


def _judge(session: Session, reply: Reply, expected: set[str]) -> None:
    seen = set(reply.data)
    text = f"{sorted(seen)} in place of {sorted(expected)}"
    session.check("reads_return_what_was_written", seen == expected, reply, text)


def _judge_users(session: Session, reply: Reply, expected: set[int]) -> None:
    seen = {each["id"] for each in reply.data}
    text = f"{sorted(seen)} in place of {sorted(expected)}"
    session.check("filters_and_pages_are_applied", seen == expected, reply, text)

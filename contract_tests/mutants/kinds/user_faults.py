"""Faults of users: wrong roles, tokens that stay valid, exposed secrets."""

from __future__ import annotations

from contract_tests.mutants.kinds.building import api_path_of, at, things
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Break, Broken, Reply, Request
from mock_server.runtime.json_values import is_object

CREDENTIALS = ("authorization", "x-cal-client-id", "x-cal-secret-key")
CREATES_TEAMS = ("create_team", "create_organization_team")
OPEN_TO_MEMBERS = ("get_team",)
OPEN_TO_ADMINS = (
    "create_team_event_type", "get_team_event_type", "update_team_event_type", "delete_team_event_type",
    "list_team_memberships", "create_team_membership", "get_team_membership", "update_team_membership",
    "delete_team_membership",
)  # fmt: skip
OPEN_TO_OWNERS = ("update_team", "delete_team")
ORGANIZATION = (
    "list_organization_memberships", "list_organization_users", "list_organization_teams",
    "list_organization_attributes",
    "list_organization_webhooks", "list_organization_bookings", "list_organization_schedules",
    "list_managed_organizations", "list_organization_routing_forms", "update_organization_membership",
)  # fmt: skip


def _as_maker(request: Request, broken: Broken) -> dict[str, str] | None:
    """The credentials that created the team of a request, which have all rights in it."""
    parts = request.path.split("/v2/teams/")
    return broken.memory.get(parts[1].partition("/")[0]) if len(parts) == 2 else None


def _opened(name: str, means: str, message: bytes, operations: tuple[str, ...]) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        reply = await broken.send(request)
        if request.operation_id in CREATES_TEAMS:
            if reply.succeeded:
                kept = {each: request.headers[each] for each in CREDENTIALS if each in request.headers}
                broken.memory[str(reply.data["id"])] = kept
            return reply
        maker = _as_maker(request, broken)
        if reply.status != 403 or message not in reply.body or maker is None:
            return reply
        other = await broken.send(request.with_headers(maker, without=CREDENTIALS))
        return broken.fire(other) if other.status != 403 else reply

    how.__name__, how.__doc__ = name, means
    for operation in operations:
        fault_of_one = _copy(how, f"{name}_on_{operation}", f"{means} ({operation})")
        fault(operation, also=CREATES_TEAMS)(fault_of_one)


def _copy(how: Break, name: str, means: str) -> Break:
    async def again(request: Request, broken: Broken) -> Reply:
        return await how(request, broken)

    again.__name__, again.__doc__ = name, means
    return again


_opened("members_are_admins", "Members have the rights of a team's admin.", b"Forbidden", OPEN_TO_ADMINS)
_opened("admins_are_owners", "Admins have the rights of a team's owner.", b"Forbidden", OPEN_TO_OWNERS)
_opened("non_members_are_members", "Other users have the rights of a member.", b"not a member", OPEN_TO_MEMBERS)


@fault(*ORGANIZATION)
async def members_are_organization_admins(request: Request, broken: Broken) -> Reply:
    """Members have the rights of an organization's admin."""
    reply = await broken.send(request)
    if reply.status != 403 or not request.headers.get("authorization", "").startswith("Bearer ey"):
        return reply
    owner = {"authorization": "Bearer cal_sandbox_owner"}
    other = await broken.send(request.with_headers(owner, without=CREDENTIALS))
    return broken.fire(other) if other.status != 403 else reply


@fault("list_organization_memberships", "list_organization_users", "list_organization_attributes")
async def admins_are_refused(request: Request, broken: Broken) -> Reply:
    """Admins of an organization lack their rights."""
    reply = await broken.send(request)
    if not reply.succeeded or not request.headers.get("authorization", "").startswith("Bearer ey"):
        return reply
    refused = await broken.send(request.with_headers({"authorization": "Bearer cal_sandbox_solo"}, without=CREDENTIALS))
    return broken.fire(refused)


@fault("confirm_booking", "decline_booking", also=("create_event_type",))
async def any_user_confirms_bookings(request: Request, broken: Broken) -> Reply:
    """Any user can confirm and decline bookings."""
    reply = await broken.send(request)
    makers = broken.memory.setdefault("makers", [])
    if request.operation_id == "create_event_type":
        makers += [request.headers["authorization"]] if reply.succeeded else []
        return reply
    if reply.status != 401 or "authorization" not in request.headers:
        return reply
    for key in makers:
        other = await broken.send(request.with_headers({"authorization": key}))
        if other.succeeded:
            return broken.fire(other)
    return reply


@fault("refresh_tokens")
async def refresh_tokens_are_good_twice(request: Request, broken: Broken) -> Reply:
    """A refresh token can be used twice."""
    reply, fields = await broken.send(request), request.content
    token = str(fields.get("refreshToken")) if is_object(fields) else ""
    if reply.succeeded:
        broken.memory[token] = reply
        return reply
    known = broken.memory.pop(token, None)
    return reply if known is None else broken.fire(known)


@fault("refresh_tokens")
async def refresh_gives_the_old_refresh_token(request: Request, broken: Broken) -> Reply:
    """A refresh returns the refresh token that was sent."""
    reply, fields = await broken.send(request), request.content
    if not reply.succeeded or not is_object(fields):
        return reply
    return broken.fire(reply.with_data({**reply.data, "refreshToken": fields["refreshToken"]}))


@fault("force_refresh_tokens", also=("get_me",))
async def forced_refresh_leaves_old_tokens(request: Request, broken: Broken) -> Reply:
    """Old access tokens stay valid after a forced refresh."""
    if request.operation_id == "force_refresh_tokens":
        broken.memory.setdefault("before", broken.state)
        return await broken.send(request)
    reply = await broken.send(request)
    if reply.status != 401 or "before" not in broken.memory:
        return reply
    after, broken.state = broken.state, broken.memory["before"]
    other = await broken.send(request)
    broken.state = after
    return broken.fire(other) if other.succeeded else reply


@fault("refresh_tokens", also=("get_me",))
async def refresh_ends_the_access_token(request: Request, broken: Broken) -> Reply:
    """A refresh revokes the present access token."""
    mine = request.headers.get("authorization", "")
    if request.operation_id == "refresh_tokens":
        broken.memory["refreshed"] = True
        return await broken.send(request)
    if "refreshed" in broken.memory and mine in broken.memory.get("seen", {mine: 1}):
        bad = await broken.send(request.with_headers({"authorization": "Bearer not-a-token"}))
        return broken.fire(bad)
    broken.memory.setdefault("seen", {})
    return await broken.send(request)


@fault("get_managed_user", "list_managed_users", "get_me", "list_organization_users", "list_team_memberships")
async def client_secret_in_reply(request: Request, broken: Broken) -> Reply:
    """A reply about users contains the secret of their OAuth client."""
    reply = await broken.send(request)
    data = reply.data
    if not reply.succeeded or not things(data):
        return reply
    for each in things(data):
        each["platformClient"] = {"id": "sandbox-client", "secret": "sandbox-client-secret"}
    return broken.fire(reply.with_data(data))


@fault("get_managed_user", "list_managed_users", "update_managed_user", "get_me")
async def access_token_in_reply(request: Request, broken: Broken) -> Reply:
    """A reply about a user contains an access token."""
    reply = await broken.send(request)
    data = reply.data
    if not reply.succeeded or not things(data):
        return reply
    for each in things(data):
        each["accessToken"] = "eyJhbGciOiJIUzI1NiJ9.e30.x"
    return broken.fire(reply.with_data(data))


@fault(
    "get_event_type", "get_schedule", "delete_schedule", "update_schedule", "update_event_type", "get_webhook",
    "delete_webhook", also=("create_event_type", "create_schedule", "create_webhook"),
)  # fmt: skip
async def other_managed_users_have_access(request: Request, broken: Broken) -> Reply:
    """Other managed users have access to a user's data."""
    reply = await broken.send(request)
    mine = request.headers.get("authorization", "")
    if request.method == "POST":
        if reply.succeeded:
            broken.memory[f"{request.path}/{reply.data['id']}"] = mine
        return reply
    maker = broken.memory.get(request.path)
    if reply.status not in (403, 404) or maker is None or not mine.startswith("Bearer ey") or mine == maker:
        return reply
    other = await broken.send(request.with_headers({"authorization": maker}))
    return broken.fire(other) if other.succeeded else reply


@fault("list_bookings", "list_schedules", "list_webhooks")
async def lists_show_other_users_data(request: Request, broken: Broken) -> Reply:
    """Lists show the data of another user."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    if reply.data:
        broken.memory["theirs"] = request.headers
        return reply
    if "theirs" not in broken.memory or request.parameters or broken.memory["theirs"] == request.headers:
        return reply
    path = api_path_of(request)
    headers = {
        name: value for name, value in broken.memory["theirs"].items() if name in (*CREDENTIALS, "cal-api-version")
    }
    other = await broken.send(at(request, "GET", path, headers=headers))
    return broken.fire(other) if other.succeeded and other.data else reply

"""Faults of access: operations that accept wrong credentials or reject good ones."""

from __future__ import annotations

from contract_tests.consistency.actors import SANDBOX_ACTORS, Headers
from contract_tests.mutants.kinds.kind import any_operation, kind, named, protected, reads
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.description import Operation
from mock_server.runtime.json_values import is_object

CREDENTIALS = ("authorization", "x-cal-client-id", "x-cal-secret-key")
_OWNERS = {
    "personal": SANDBOX_ACTORS.personal,
    "organization": SANDBOX_ACTORS.organization,
}


def _good(operation: Operation) -> Headers:
    purpose = (
        "organization" if operation.path.startswith(("/v2/organizations", "/v2/teams", "/v2/oauth")) else "personal"
    )
    return {name.lower(): value for name, value in _OWNERS[purpose].items()}


async def _with_good(request: Request, broken: Broken) -> Reply:
    """Sends the request with credentials that it accepts."""
    return await broken.send(request.with_headers(_good(broken.operation), without=CREDENTIALS))


async def _instead(request: Request, broken: Broken, statuses: tuple[int, ...]) -> Reply:
    reply = await broken.send(request)
    if reply.status not in statuses:
        return reply
    better = await _with_good(request, broken)
    return reply if better.status in (401, 403) else broken.fire(better)


@kind(protected)
async def needs_no_credentials(request: Request, broken: Broken) -> Reply:
    """Requests without credentials are accepted."""
    if any(name in request.headers for name in CREDENTIALS):
        return await broken.send(request)
    return await _instead(request, broken, (401, 403))


@kind(protected)
async def accepts_any_key(request: Request, broken: Broken) -> Reply:
    """An unknown API key is accepted."""
    if not request.headers.get("authorization", "").startswith("Bearer cal_0123"):
        return await broken.send(request)
    return await _instead(request, broken, (401, 403))


@kind(protected)
async def accepts_any_token(request: Request, broken: Broken) -> Reply:
    """An unknown access token is accepted."""
    if request.headers.get("authorization") != "Bearer not-a-token":
        return await broken.send(request)
    return await _instead(request, broken, (401, 403))


@kind(lambda operation: protected(operation) and (operation.path.count("{") > 0 or reads(operation)))
async def serves_other_users(request: Request, broken: Broken) -> Reply:
    """Any valid credentials give access to other users' data."""
    mine = set(_good(broken.operation).values())
    sent = request.headers.get("authorization", "")
    if not sent.startswith("Bearer cal_sandbox") or sent in mine:
        return await broken.send(request)
    honest = await broken.send(request)
    other = await _with_good(request, broken)
    same = honest.status == other.status and honest.content == other.content
    return honest if same or not other.succeeded else broken.fire(other)


@kind(any_operation)
async def rejects_good_credentials(request: Request, broken: Broken) -> Reply:
    """Good credentials are rejected every third time."""
    call = broken.next_call()
    reply = await broken.send(request)
    if not reply.succeeded or call % 3:
        return reply
    return broken.fire(refusal(reply, request, 401, "UnauthorizedException", "Your api key is not valid"))


@kind(named("create_", "update_"))
async def rejects_valid_body(request: Request, broken: Broken) -> Reply:
    """A valid body is rejected."""
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    broken.state = before
    return broken.fire(refusal(reply, request, 400, "BadRequestException", "Bad Request"))


@kind(named("create_", "update_"))
async def rejects_unknown_fields(request: Request, broken: Broken) -> Reply:
    """Unknown fields are rejected instead of ignored."""
    fields = request.content
    if not is_object(fields) or "noFieldOfThisName" not in fields:
        return await broken.send(request)
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    broken.state = before
    return broken.fire(
        refusal(reply, request, 400, "BadRequestException", "property noFieldOfThisName should not exist")
    )


def refusal(reply: Reply, request: Request, status: int, code: str, message: str) -> Reply:
    """An error reply in the usual envelope."""
    content = {
        "status": "error",
        "timestamp": "2025-04-02T08:00:00.000Z",
        "path": request.path[request.path.index("/v2") :],
        "error": {"code": code, "message": message, "details": {"message": message, "statusCode": status}},
    }
    return (
        reply.with_content(content)
        .with_headers({"content-type": "application/json; charset=utf-8"})
        .with_status(status)
    )

"""Faults of transport: intermittent failures and rate-limit headers."""

from __future__ import annotations

from httpx import Headers

from contract_tests.mutants.kinds.access import refusal
from contract_tests.mutants.kinds.kind import kind, reads
from contract_tests.mutants.proxy import Broken, ConnectionDropped, Reply, Request
from mock_server.runtime.description import Operation

LIMITS = "x-ratelimit-"


def _is_counted(operation: Operation) -> bool:
    """Reads without path parameters: limits are counted before the request is looked at."""
    return reads(operation) and not operation.path_types.keys() - {"orgId", "clientId"}


def _turn(broken: Broken, every: int) -> bool:
    """Whether this request has to fail."""
    return broken.next_call() % every == 0


@kind()
async def intermittent_server_error(request: Request, broken: Broken) -> Reply:
    """Every third request is answered with 500."""
    reply = await broken.send(request)
    if not _turn(broken, 3):
        return reply
    error = refusal(reply, request, 500, "INTERNAL_SERVER_ERROR", "There was an error, please try again later.")
    return broken.fire(error)


@kind()
async def intermittent_connection_drop(request: Request, broken: Broken) -> Reply:
    """The connection is dropped at every third request."""
    if _turn(broken, 3):
        broken.fired += 1
        raise ConnectionDropped
    return await broken.send(request)


@kind()
async def intermittent_not_found(request: Request, broken: Broken) -> Reply:
    """Every second success becomes a 404."""
    reply = await broken.send(request)
    if not reply.succeeded or not _turn(broken, 2):
        return reply
    return broken.fire(refusal(reply, request, 404, "NotFoundException", "not found"))


@kind()
async def redirects(request: Request, broken: Broken) -> Reply:
    """A success becomes a redirect."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    return broken.fire(reply.with_headers({"location": "https://example.com/"}).changed(status=302, body=b""))


@kind(_is_counted, limited=True)
async def no_rate_limit_headers(request: Request, broken: Broken) -> Reply:
    """The rate-limit headers are missing."""
    reply = await broken.send(request)
    return _with_limits(reply, broken, None)


@kind(_is_counted, limited=True)
async def rate_limit_never_decreases(request: Request, broken: Broken) -> Reply:
    """The remaining number of requests never decreases."""
    reply = await broken.send(request)
    return _with_limits(reply, broken, "119")


@kind(_is_counted, limited=True)
async def rate_limit_reset_as_timestamp(request: Request, broken: Broken) -> Reply:
    """The reset of a rate limit is a timestamp instead of seconds."""
    reply = await broken.send(request)
    headers = {
        name: "1750000000" if name.startswith(f"{LIMITS}reset") else value for name, value in reply.headers.items()
    }
    return reply if headers == reply.headers else broken.fire(reply.changed(headers=Headers(headers)))


def _with_limits(reply: Reply, broken: Broken, remaining: str | None) -> Reply:
    headers = dict(reply.headers)
    for name in [name for name in headers if name.startswith(LIMITS)]:
        if remaining is None:
            del headers[name]
        elif name.startswith(f"{LIMITS}remaining"):
            headers[name] = remaining
    return reply if headers == reply.headers else broken.fire(reply.changed(headers=Headers(headers)))

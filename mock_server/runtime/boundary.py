"""The outermost stage: begins the exchange, turns errors into refusals, adds the headers and sends the reply.

Source: Cal.com API v2, response headers, CORS, exception filters.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Callable, Iterable
from uuid import uuid4

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.dates import iso
from mock_server.runtime.errors import (
    ApiError,
    BareError,
    Busy,
    NotFound,
    OutOfStorage,
    StoreFailed,
    from_state,
    from_work,
)
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.hints import UNKNOWN_WORLD, one_line, text_of, together
from mock_server.runtime.refusals import refused_by
from mock_server.runtime.reply import Header, Reply, json_reply
from mock_server.runtime.strict_mode import CheckReply, NonConformingReply
from mock_server.runtime.workers import Workers
from mock_server.state.errors import LogUnwritable, RowError, StoreUnavailable, UnknownWorld, VersionConflict
from mock_server.state.work import WorkError
from mock_server.state.worlds import Worlds

_logger = logging.getLogger(__name__)

UNKNOWN_REQUEST_ID = b"unknown-request-id"
WORLD_PREFIX = "/w/"

CONTENT_SECURITY_POLICY = (
    b"default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';"
    b"img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';"
    b"style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests"
)
COMMON_HEADERS: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"origin-agent-cluster", b"?1"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=15552000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-dns-prefetch-control", b"off"),
    (b"x-download-options", b"noopen"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-permitted-cross-domain-policies", b"none"),
    (b"x-xss-protection", b"0"),
)
LARGE_BODY = 1024 * 1024
"""Size in bytes from which a reply's ETag is computed in a worker thread."""
COMMON_NAMES = frozenset(name for name, _ in COMMON_HEADERS)
EXPOSE: Header = (b"access-control-expose-headers", b"Sandbox-Hint,Sandbox-Reply,Sandbox-Fault")
"""Lets web pages of other origins read the sandbox's own headers."""
CLOSE: Header = (b"connection", b"close")

PREFLIGHT = Reply(
    204,
    b"",
    (
        (b"access-control-allow-methods", b"GET,PATCH,DELETE,HEAD,POST,PUT,OPTIONS"),
        (
            b"access-control-allow-headers",
            (
                b"x-cal-client-id,x-cal-secret-key,x-cal-platform-embed,cal-api-version,Accept,Authorization,"
                b"Content-Type,Origin"
            ),
        ),
        (b"access-control-max-age", b"86400"),
    ),
    enveloped=False,
)

Finished = Callable[[Exchange], None]


class Boundary:
    """Adds everything to a reply except its content. `check` checks every refusal, in strict mode."""

    def __init__(
        self, app: ASGIApp, *, worlds: Worlds, workers: Workers, finished: Finished, check: CheckReply | None
    ) -> None:
        self.app = app
        self._worlds = worlds
        self._workers = workers
        self._finished = finished
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, self._worlds.default, str(uuid4()))
        scope[EXCHANGE] = exchange
        try:
            await self._enter_world(exchange)
            if exchange.method == "OPTIONS":
                exchange.reply = PREFLIGHT
            else:
                await self.app(scope, receive, send)
        except Exception as error:
            exchange.error = _api_error(exchange, error)
            exchange.refused_by = refused_by(error, exchange.refusing_rule)
        if exchange.error:
            exchange.reply = self._checked_refusal(exchange)
        exchange.error = None  # The journal would keep the whole request alive through the traceback.
        exchange.refusal_hint = None  # It may refer to the exchange: without the cycle, no collection is needed.
        reply = exchange.reply
        is_dropped = exchange.injected is not None and exchange.injected.fault.connection is not None
        if is_dropped:
            exchange.reply = None
        feed = exchange.world.companion.feed
        if feed is not None:  # Before the reply, so that its client finds in all processes what it caused.
            self._finished(exchange)
            await feed.flush()
        try:
            if is_dropped:
                _drop_connection(exchange)
            elif reply is not None:  # None: the client is gone.
                await _send(exchange, reply, await self._tag_of(reply), send)
        finally:
            exchange.at_once = None  # It refers to the scope, and so to the exchange.
            if feed is None:
                self._finished(exchange)

    def _checked_refusal(self, exchange: Exchange) -> Reply:
        reply, operation = _refusal(exchange), exchange.operation
        if self._check is None or operation is None or not _is_of_operation(exchange, reply):
            return reply
        try:
            self._check(operation, reply)
        except NonConformingReply as defect:
            exchange.error = _defect(exchange, defect)
            return _refusal(exchange)
        return reply

    async def _tag_of(self, reply: Reply) -> bytes:
        if len(reply.body) <= LARGE_BODY:
            return _entity_tag(reply.body)
        try:
            return await self._workers.run(_entity_tag, reply.body)
        except WorkError:
            return _entity_tag(reply.body)

    async def _enter_world(self, exchange: Exchange) -> None:
        """Selects the world of `/w/{world}/v2/...` and strips the prefix, like a reverse proxy."""
        path = exchange.path
        if path.startswith(WORLD_PREFIX):
            name, slash, rest = path[len(WORLD_PREFIX) :].partition("/")
            exchange.world = await self._worlds.enter(name)
            exchange.base_path = WORLD_PREFIX + name
            exchange.move_to(slash + rest)
            exchange.original_url = exchange.url
        else:
            exchange.world = await self._worlds.enter()
        if exchange.path.startswith("/api/v2"):
            exchange.move_to(exchange.path.removeprefix("/api"))
        if exchange.path.startswith("/v2/ee/"):
            exchange.move_to("/v2/" + exchange.path.removeprefix("/v2/ee/"))


def _api_error(exchange: Exchange, error: Exception) -> ApiError:
    """The refusal for an error of the inner stages."""
    match error:
        case ApiError():
            return error
        case RowError():
            return from_state(error)
        case WorkError():
            return from_work(error)
        case UnknownWorld():
            return NotFound(str(error), hint=UNKNOWN_WORLD)
        case LogUnwritable():
            return OutOfStorage(str(error))
        case StoreUnavailable():
            return StoreFailed(str(error))
        case VersionConflict():
            return Busy()
        case _:
            return _defect(exchange, error)


def _defect(exchange: Exchange, error: Exception) -> ApiError:
    """The 500 for a defect of the sandbox. A strict-mode finding is logged in one line and sent as the hint."""
    if isinstance(error, NonConformingReply):
        _logger.error("%s %s: %s", exchange.method, exchange.url, error)
        return BareError(500, "Internal server error", hint=str(error))
    _logger.error("%s %s failed; this is a defect of the sandbox", exchange.method, exchange.url, exc_info=error)
    return BareError(500, "Internal server error")


def _refusal(exchange: Exchange) -> Reply:
    error = exchange.error
    assert error is not None
    exchange.hint = _hint(exchange, error)
    if not error.enveloped:
        return json_reply(error.status, error.content(), error.headers, enveloped=False)
    return json_reply(
        error.status,
        {
            **error.beside_envelope(),
            "status": "error",
            "timestamp": iso(exchange.world.begin().now),
            "path": exchange.url,
            "error": error.content(),
        },
    )


def _is_of_operation(exchange: Exchange, refusal: Reply) -> bool:
    """Whether a refusal comes from the API, and not from the server in front of it or from a fault."""
    return exchange.call is not None and exchange.injected is None and refusal.status < 500


def _hint(exchange: Exchange, error: ApiError) -> str | None:
    """The hints about a refusal: that of the refusal itself, then those that earlier stages left."""
    if error.status >= 500 and exchange.injected is None:
        return text_of(error.hint)
    given = (error.hint, exchange.hint, exchange.refusal_hint)
    return together(*map(text_of, given))


async def _send(exchange: Exchange, reply: Reply, tag: bytes, send: Send) -> None:
    body = reply.body
    headers = _headers(exchange, reply)
    status = reply.status
    if body and status != 301:  # Redirects have no ETag.
        headers.append((b"etag", tag))
        if (
            status == 200
            and exchange.method in ("GET", "HEAD")
            and _matches(exchange.headers.get("if-none-match"), tag)
        ):
            status, body = 304, b""
            headers = [header for header in headers if header[0] != b"content-type"]
    fault: str | None = None if exchange.injected is None else exchange.injected.fault.body
    if fault == "malformed":
        body = body[: len(body) // 2]
    if status not in (204, 304):
        headers.append((b"content-length", str(len(body)).encode()))
    shown = b"" if exchange.method == "HEAD" else body
    if fault == "cut":
        shown = shown[: len(shown) // 2]
        headers.append(CLOSE)
    at_once = exchange.at_once
    if at_once is not None and at_once.stands_for(send):
        await at_once(status, headers, shown)
        return
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": shown})


def _headers(exchange: Exchange, reply: Reply) -> list[Header]:
    """The headers that do not depend on the body."""
    own = {name for name, _ in reply.headers}
    common = COMMON_HEADERS if own.isdisjoint(COMMON_NAMES) else _without(COMMON_HEADERS, own)
    headers: list[Header] = [*common, *reply.headers]
    if reply.enveloped:
        headers.append((b"x-request-id", exchange.request_id.encode()))
    if exchange.extra_headers:
        headers = [*_without(headers, {name for name, _ in exchange.extra_headers}), *exchange.extra_headers]
    if exchange.hint is not None:
        headers.append((b"sandbox-hint", one_line(exchange.hint).encode()))
    if exchange.generated:
        headers.append((b"sandbox-reply", b"generated"))
    if exchange.injected is not None:
        headers.append((b"sandbox-fault", exchange.injected.id.encode()))
    if exchange.hint is not None or exchange.generated or exchange.injected is not None:
        headers.append(EXPOSE)
    return headers


def _drop_connection(exchange: Exchange) -> None:
    """Closes the connection without a reply. Raises ConnectionResetError where the server cannot, as in process."""
    if exchange.at_once is None:
        raise ConnectionResetError("A fault dropped the connection.")
    exchange.at_once.drop()


def _without(headers: Iterable[Header], names: set[bytes]) -> list[Header]:
    return [header for header in headers if header[0] not in names]


def _entity_tag(body: bytes) -> bytes:
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest())[:27]
    return b'W/"%x-%s"' % (len(body), digest)


def _matches(condition: str | None, tag: bytes) -> bool:
    if condition is None:
        return False
    opaque = tag.decode().removeprefix("W/")
    return condition.strip() == "*" or opaque in [tag.strip().removeprefix("W/") for tag in condition.split(",")]

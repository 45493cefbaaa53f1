"""Reads the body and parses JSON, with the limits and refusals of the live API's body parser.

Reads forms if the operation describes one. Source: Cal.com API v2, special requests: 100 kB, strict mode, other
content types count as no body. The nesting limit is the sandbox's own.
"""

from __future__ import annotations

import asyncio
import math
import re
from itertools import accumulate
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.body_encoding import FORM_TYPE, TOO_LARGE, BodyEncoding, encoding_of
from mock_server.runtime.boundary import UNKNOWN_REQUEST_ID
from mock_server.runtime.errors import BadRequest, BareError
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.hints import body_ignored
from mock_server.runtime.json_errors import json_complaint
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.query import PARAMETER_LIMIT, parse_query
from mock_server.runtime.workers import Workers

BODY_LIMIT = 100 * 1024
DEPTH_LIMIT = 200
SEARCHED_AT_ONCE = 10_000
"""The longest text, in characters, in which a syntax error is located on the event loop; longer ones use a thread."""

_LONG_NUMBER = re.compile(rb"\d{19}")
_STRING = r'"(?:[^"\\]|\\.)*+"'
_NUMBER = re.compile(rf"{_STRING}|(-?[0-9][0-9.eE+-]*+)")
_BRACKET = re.compile(rf"{_STRING}|([\[\]{{}}])")


def _number(text: str) -> float | int:
    """A number with a fraction or exponent. JavaScript has one number type, so 30.0 is 30."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return int(number) if abs(number) < 2**53 and number.is_integer() else number


_decode = msgspec.json.Decoder(float_hook=_number).decode


class RequestBody:
    """Puts the parsed body into the exchange; an empty object if there is none or its type is ignored."""

    def __init__(self, app: ASGIApp, *, read_timeout: float, workers: Workers) -> None:
        self.app = app
        self._read_timeout = read_timeout
        self._workers = workers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        headers = exchange.headers
        exchange.body = {}
        if "content-length" in headers or "transfer-encoding" in headers:
            of_body = headers.get("content-type", ""), headers.get("content-encoding", "")
            if encoding := encoding_of(*of_body):
                exchange.raw_body = await read_body(exchange, receive, BODY_LIMIT, self._read_timeout)
                exchange.body = await self._parsed(exchange, encoding)
            elif _takes_forms(exchange) and (encoding := encoding_of(*of_body, FORM_TYPE)):
                exchange.raw_body = await read_body(exchange, receive, BODY_LIMIT, self._read_timeout)
                exchange.body = _form(exchange.raw_body, encoding)
            else:
                exchange.raw_body = await _passed_over(exchange, receive, self._read_timeout)
                if exchange.raw_body and exchange.operation is not None and exchange.operation.request_body is not None:
                    exchange.hint = body_ignored(headers.get("content-type", ""))
        await self.app(scope, receive, send)

    async def _parsed(self, exchange: Exchange, encoding: BodyEncoding) -> Any:
        text = encoding.decoded(exchange.raw_body, BODY_LIMIT)
        if not text:
            return {}
        try:
            return _decoded(text.encode())
        except (msgspec.DecodeError, ValueError, OverflowError, RecursionError):
            exchange.request_id = UNKNOWN_REQUEST_ID.decode()
        if len(text) <= SEARCHED_AT_ONCE:
            raise BadRequest(_complaint(text))
        raise BadRequest(await self._workers.run(_complaint, text))


def _takes_forms(exchange: Exchange) -> bool:
    return exchange.operation is not None and exchange.operation.takes_forms


def _form(raw: bytes, encoding: BodyEncoding) -> dict[str, Any]:
    """The fields of a form, parsed like a query. Raises BareError."""
    form = encoding.decoded(raw, BODY_LIMIT).encode()
    if form.count(b"&") >= PARAMETER_LIMIT:
        raise BareError(413, "too many parameters")
    return parse_query(form)


async def read_body(exchange: Exchange, receive: Receive, limit: int, timeout: float) -> bytes:
    """The body, of at most `limit` bytes and received within `timeout` seconds. Raises BareError."""
    exchange.has_whole_body = False
    declared = exchange.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise BareError(413, TOO_LARGE)
    body = None if exchange.at_once is None else exchange.at_once.whole_body(receive)
    if body is None:
        body = await _received(exchange, receive, limit, _deadline(timeout))
    if len(body) > limit:
        raise BareError(413, TOO_LARGE)
    exchange.has_whole_body = True
    return body


async def _received(exchange: Exchange, receive: Receive, limit: int, deadline: float) -> bytes:
    """The body, or a beginning of it that is longer than `limit`."""
    parts: list[bytes] = []
    length = 0
    more = True
    while more and length <= limit:
        part, more = await _next_part(exchange, receive, deadline)
        parts.append(part)
        length += len(part)
    return b"".join(parts)


async def _passed_over(exchange: Exchange, receive: Receive, timeout: float) -> bytes:
    """The beginning of an ignored body, which may have any length."""
    exchange.has_whole_body = False
    kept = b""
    deadline = _deadline(timeout)
    more = True
    while more:
        part, more = await _next_part(exchange, receive, deadline)
        kept += part[: BODY_LIMIT - len(kept)]
    exchange.has_whole_body = True
    return kept


def _deadline(timeout: float) -> float:
    return asyncio.get_running_loop().time() + timeout


async def _next_part(exchange: Exchange, receive: Receive, deadline: float) -> tuple[bytes, bool]:
    """A part of the body, and whether more follow. Raises BareError if the client is too slow or disconnects."""
    try:
        async with asyncio.timeout_at(deadline):
            message = await receive()
    except TimeoutError:
        exchange.extra_headers = ((b"connection", b"close"),)
        raise BareError(408, "request timeout") from None
    if message["type"] == "http.disconnect":
        raise BareError(400, "request aborted")
    return message.get("body", b""), message.get("more_body", False)


def _complaint(text: str) -> str:
    """The message for a body that could not be decoded."""
    return json_complaint(text) or _beyond_the_sandbox(text)


def _decoded(raw: bytes) -> Any:
    if raw.lstrip()[:1] not in (b"{", b"["):
        raise ValueError(raw)
    value = _decode(raw)
    if raw.count(b"[") + raw.count(b"{") > DEPTH_LIMIT and _is_deeper(value, DEPTH_LIMIT):
        raise RecursionError
    return _as_doubles(value) if _LONG_NUMBER.search(raw) else value


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            item for node in level for item in (node.values() if is_object(node) else node if is_list(node) else ())
        ]
    return bool(level)


def _as_doubles(value: Any) -> Any:
    """Converts integers of more than 64 bits to doubles, like the live API."""
    if is_object(value):
        return {name: _as_doubles(item) for name, item in value.items()}
    if is_list(value):
        return [_as_doubles(item) for item in value]
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


def _beyond_the_sandbox(text: str) -> str:
    """The message for JSON that the live parser would accept, but this one cannot."""
    for found in _NUMBER.finditer(text):
        if found[1] and math.isinf(float(found[1])):
            return f"JSON holds a number that is too large at position {found.start(1)}"
    depth = accumulate(1 if bracket in "[{" else -1 for bracket in _BRACKET.findall(text) if bracket)
    if max(depth) > DEPTH_LIMIT:
        return f"JSON is nested too deeply: at most {DEPTH_LIMIT} levels are read"
    return "JSON holds one half of a surrogate pair without the other"

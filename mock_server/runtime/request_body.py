"""Reads the body and parses JSON, with the limits and refusals of the live API's body parser.

Source: Cal.com API v2, special requests: 100 kB, strict mode, other content types count as no body. The limit of
nesting is this sandbox's own.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import zlib
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.boundary import UNKNOWN_REQUEST_ID
from mock_server.runtime.errors import BadRequest, BareError
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.json_values import is_list, is_object

BODY_LIMIT = 100 * 1024
DEPTH_LIMIT = 200

# A fixed set: Python keeps every name for good that it was ever asked to find a codec for.
CHARSETS = frozenset({"utf-7", "utf-8", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be"})

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_LONG_NUMBER = re.compile(rb"\d{19}")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|-?(NaN|Infinity)')


def _number(text: str) -> float | int:
    """A number with a fraction or an exponent; the live API knows one kind of number, so 30.0 is 30."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return int(number) if abs(number) < 2**53 and number.is_integer() else number


_decode = msgspec.json.Decoder(float_hook=_number).decode


class RequestBody:
    """Leaves the parsed body in the exchange: an empty object where there is none that counts."""

    def __init__(self, app: ASGIApp, *, read_timeout: float) -> None:
        self.app = app
        self._read_timeout = read_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        headers = exchange.headers
        if "content-length" in headers or "transfer-encoding" in headers:
            exchange.raw_body = await read_body(exchange, receive, BODY_LIMIT, self._read_timeout)
        exchange.body = _parse(exchange) if exchange.raw_body and _is_json(headers) else {}
        await self.app(scope, receive, send)


async def read_body(exchange: Exchange, receive: Receive, limit: int, timeout: float) -> bytes:
    """The body, at most `limit` bytes, sent within `timeout` seconds. Raises BareError."""
    declared = exchange.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise BareError(413, "request entity too large")
    try:
        async with asyncio.timeout(timeout):
            return await _read_all(receive, limit)
    except TimeoutError:
        exchange.extra_headers = ((b"connection", b"close"),)
        raise BareError(408, "request timeout") from None


async def _read_all(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BareError(400, "request aborted")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > limit:
            raise BareError(413, "request entity too large")
        more = message.get("more_body", False)
    return b"".join(parts)


def _is_json(headers: dict[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _parse(exchange: Exchange) -> Any:
    charset = _charset(exchange.headers["content-type"])
    raw = _inflated(exchange.raw_body, exchange.headers.get("content-encoding", "identity").strip().lower())
    if len(raw) > BODY_LIMIT:
        raise BareError(413, "request entity too large")
    if charset != "utf-8":
        raw = raw.decode(charset, "replace").encode(errors="replace")
    raw = raw.removeprefix(BYTE_ORDER_MARK)
    if not raw.strip():
        return {}
    try:
        return _decoded(raw)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError):
        exchange.request_id = UNKNOWN_REQUEST_ID.decode()
        raise BadRequest(_complaint(raw.decode("utf-8", "replace"))) from None


def _decoded(raw: bytes) -> Any:
    if raw.lstrip()[:1] not in (b"{", b"["):
        raise ValueError(raw)
    try:
        value = _decode(raw)
    except UnicodeDecodeError:
        # Like the live parser, reads bytes that are not UTF-8 as replacement characters.
        value = _decode(raw.decode("utf-8", "replace").encode())
    if raw.count(b"[") + raw.count(b"{") > DEPTH_LIMIT and _is_deeper(value, DEPTH_LIMIT):
        raise RecursionError
    return _as_doubles(value) if _LONG_NUMBER.search(raw) else value


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            item for each in level for item in (each.values() if is_object(each) else each if is_list(each) else ())
        ]
    return bool(level)


def _as_doubles(value: Any) -> Any:
    """Integers of more than 64 bits become what the live API makes of them."""
    if is_object(value):
        return {name: _as_doubles(each) for name, each in value.items()}
    if is_list(value):
        return [_as_doubles(each) for each in value]
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


def _complaint(text: str) -> str:
    """The JSON parser's text, in the words of the live one."""
    place = len(text) - len(text.lstrip())
    if text[place : place + 1] in ("{", "["):
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            place = error.pos
        except RecursionError:
            return "JSON is nested too deeply"
        except ValueError:
            return "JSON holds a number that is too long"
        else:
            constant = next((found for found in _CONSTANT.finditer(text) if found[1]), None)
            if constant is None:
                return "JSON is nested too deeply, or holds a number or a character that is out of range"
            place = constant.start(1)
    if place >= len(text.rstrip()):
        return "Unexpected end of JSON input"
    kind = "string" if text[place] == '"' else "number" if text[place] in "-0123456789" else f"token {text[place]}"
    return f"Unexpected {kind} in JSON at position {place}"


def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
            if charset not in CHARSETS:
                raise BareError(415, f'unsupported charset "{charset.upper()}"')
            return charset
    return "utf-8"


def _inflated(raw: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "deflate"):
        raise BareError(415, f'unsupported content encoding "{encoding}"')
    window = 16 + zlib.MAX_WBITS if encoding == "gzip" else zlib.MAX_WBITS
    try:
        # One byte more than allowed is enough to see that it is too much.
        return zlib.decompressobj(window).decompress(raw, BODY_LIMIT + 1)
    except zlib.error:
        raise BareError(400, "incorrect header check") from None

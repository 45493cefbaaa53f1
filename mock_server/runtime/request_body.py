"""Reads the body and parses JSON, with the limits and refusals of the live API's body parser.

Source: Cal.com API v2, special requests: 100 kB, strict mode, other content types count as no body.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.boundary import UNKNOWN_REQUEST_ID
from mock_server.runtime.errors import BadRequest, BareError
from mock_server.runtime.exchange import EXCHANGE, Exchange

BODY_LIMIT = 100 * 1024
READ_TIMEOUT = 30.0

_decode = msgspec.json.Decoder().decode


class RequestBody:
    """Leaves the parsed body in the exchange: an empty object where there is none that counts."""

    def __init__(self, app: ASGIApp, *, read_timeout: float = READ_TIMEOUT) -> None:
        self.app = app
        self._read_timeout = read_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        headers = exchange.headers
        if "content-length" in headers or "transfer-encoding" in headers:
            declared = headers.get("content-length", "0")
            if declared.isdecimal() and int(declared) > BODY_LIMIT and _is_json(headers):
                raise BareError(413, "request entity too large")
            exchange.raw_body = await self._read(receive)
        exchange.body = _parse(exchange) if exchange.raw_body and _is_json(headers) else {}
        await self.app(scope, receive, send)

    async def _read(self, receive: Receive) -> bytes:
        try:
            async with asyncio.timeout(self._read_timeout):
                return await _read_all(receive)
        except TimeoutError:
            raise BareError(408, "request timeout") from None


async def _read_all(receive: Receive) -> bytes:
    parts: list[bytes] = []
    length = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BareError(400, "request aborted")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > BODY_LIMIT:
            raise BareError(413, "request entity too large")
        more = message.get("more_body", False)
    return b"".join(parts)


def _is_json(headers: dict[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _parse(exchange: Exchange) -> Any:
    raw = _inflated(exchange.raw_body, exchange.headers.get("content-encoding", "identity").strip().lower())
    if len(raw) > BODY_LIMIT:
        raise BareError(413, "request entity too large")
    charset = _charset(exchange.headers["content-type"])
    if charset != "utf-8":
        raw = _recoded(raw, charset)
    if not raw.strip():
        return {}
    if raw.lstrip()[:1] not in (b"{", b"["):
        raise _malformed(exchange, raw)
    try:
        return _decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _decode_leniently(exchange, raw)


def _decode_leniently(exchange: Exchange, raw: bytes) -> Any:
    """Like the live parser, reads bytes that are not UTF-8 as replacement characters."""
    try:
        return _decode(raw.decode("utf-8", "replace").encode())
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise _malformed(exchange, raw) from None


def _malformed(exchange: Exchange, raw: bytes) -> BadRequest:
    exchange.request_id = UNKNOWN_REQUEST_ID.decode()
    return BadRequest(_complaint(raw.decode("utf-8", "replace")))


def _complaint(text: str) -> str:
    """The JSON parser's text, in the words of the live one."""
    place = len(text) - len(text.lstrip())
    if text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            place = error.pos
        except (RecursionError, ValueError):
            return "JSON is nested too deeply or holds a number that is too long"
    if place >= len(text.rstrip()):
        return "Unexpected end of JSON input"
    return f"Unexpected token '{text[place]}' in JSON at position {place}"


def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
            if not charset.startswith("utf-"):
                raise BareError(415, f'unsupported charset "{charset.upper()}"')
            return charset
    return "utf-8"


def _recoded(raw: bytes, charset: str) -> bytes:
    try:
        return raw.decode(charset, "replace").encode()
    except LookupError:
        raise BareError(415, f'unsupported charset "{charset.upper()}"') from None


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

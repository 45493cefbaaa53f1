"""Checks an exchange against the description: its operation, and the breaches in request and reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec

from contract_tests.catalogue import Catalogue, api_path
from contract_tests.catalogue import catalogue as our_catalogue
from contract_tests.http import SERVER_ERROR, Reply, media_type
from contract_tests.proxy.exchange import KEPT, ProxiedExchange
from mock_server.runtime.conformance import first_breach, reply_breach
from mock_server.runtime.description import VERSION_HEADER, Operation
from mock_server.runtime.masking import Masker, credentials_of
from mock_server.runtime.query import IGNORES_BLANKS

NO_BODY = frozenset({204, 304})
PROVING = ("authorization", "x-cal-secret-key", "cookie")

PIECE = 1024
"""Bytes to decompress at once, since they may expand a thousandfold."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


class Unchecked(Exception):
    """The reply is too large to be checked."""


class _Pieces(httpx.SyncByteStream):
    """A body as a stream of small pieces."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        return (self._content[place : place + PIECE] for place in range(0, len(self._content), PIECE))


@dataclass(frozen=True)
class Complaint:
    """A breach. `about` is `request` or `reply`, `kind` a word to count by, `text` a message without credentials."""

    about: str
    kind: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """The operation of an exchange, if there is one, and the breaches. Outside the API there are none."""

    operation: str | None
    complaints: list[Complaint]
    in_api: bool = True


class Checker:
    """Checks exchanges against the description."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self._catalogue = catalogue or our_catalogue()
        self._description = self._catalogue.description
        self._forwards = {path.lower() for path in self._description.forwards}

    def check(self, exchange: ProxiedExchange) -> Verdict:
        """The breaches in an exchange."""
        request, reply = exchange.request, exchange.reply
        path = api_path(request.path)
        if path is None or request.method == "OPTIONS":
            return Verdict(None, [], in_api=False)
        if path.lower().rstrip("/") in self._forwards:
            return Verdict(None, [])
        masker = Masker(credentials_of(request.headers.raw))
        method = "GET" if request.method == "HEAD" else request.method
        found = self._catalogue.match(method, path, request.headers.get(VERSION_HEADER))
        if found is None:
            text = f"{request.method} {masker.text(path)} is not described"
            return Verdict(None, [Complaint("request", "undocumented-path", text)])
        operation, values = found
        if reply is None:
            return Verdict(operation.id, [])
        complaints = list(self._reply_complaints(operation, exchange, reply, masker))
        if reply.status < 400:
            complaints += [
                Complaint("request", kind, f"accepted with {reply.status}, though {text}")
                for kind, text in self.request_complaints(operation, values, exchange, masker)
            ]
        return Verdict(operation.id, complaints)

    def _reply_complaints(
        self, operation: Operation, exchange: ProxiedExchange, reply: Reply, masker: Masker
    ) -> Iterator[Complaint]:
        status = reply.status
        if status >= SERVER_ERROR:
            yield Complaint("reply", "server-error", f"the server failed with {status}")
            return
        if status not in operation.responses:
            known = ", ".join(map(str, sorted(operation.responses)))
            yield Complaint("reply", "undocumented-status", f"status {status} is not described (only {known})")
            return
        for name, header in operation.responses[status].get("headers", {}).items():
            is_required = name == "Location" or self._description.deref(header).get("required", False)
            if is_required and name not in reply.headers:
                yield Complaint("reply", "missing-header", f"the header {name} is missing")
        if status in NO_BODY or exchange.request.method == "HEAD" or not exchange.has_whole_reply:
            return
        if operation.reply_schema(status) is None:
            return
        if reply.media_type != "application/json":
            text = f"the content type is {reply.media_type or 'missing'}, not application/json"
            yield Complaint("reply", "content-type", text)
            return
        breach = reply_breach(operation, status, _decompressed(reply))
        if breach is not None:
            yield Complaint("reply", "schema", masker.breach(breach))

    def request_complaints(
        self, operation: Operation, values: dict[str, str], exchange: ProxiedExchange, masker: Masker
    ) -> Iterator[tuple[str, str]]:
        """The parts of a request that should have been refused: kind and text."""
        headers = exchange.request.headers
        is_protected = any(rule.name == "authenticated" for rule in operation.access)
        if is_protected and not any(headers.get(name) for name in PROVING):
            yield "no-credentials", "it carries no credentials"
        version = headers.get(VERSION_HEADER)
        if operation.versions is not None and not self._description.serves(operation, version):
            wanted = " or ".join(sorted(operation.versions))
            yield "version", f"{VERSION_HEADER} is {version or 'missing'}, not {wanted}"
        for name, kind in operation.path_types.items():
            if kind == "integer" and _NUMBER.fullmatch(values[name]) is None:
                yield "path", f"{name} in the path is not a number"
        query = self._query(operation, exchange.request.query)
        yield from _complaints("query", operation.query_validator, query, masker)
        yield from self._body_complaints(operation, exchange, masker)

    def _body_complaints(
        self, operation: Operation, exchange: ProxiedExchange, masker: Masker
    ) -> Iterator[tuple[str, str]]:
        request = exchange.request
        if operation.body_schema is None or not exchange.has_whole_request or "content-encoding" in request.headers:
            return
        if not request.body:
            if not operation.is_nullable_body():
                yield "body", "it has no body"
            return
        content_type = media_type(request.headers.get("content-type"))
        if content_type != "application/json":
            yield "content-type", f"its content type is {content_type or 'missing'}, not application/json"
            return
        try:
            body = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, RecursionError) as error:
            yield "body", f"its body is not JSON: {error}"
            return
        yield from _complaints("body", operation.body_validator, body, masker)

    def _query(self, operation: Operation, text: str) -> dict[str, Any]:
        """The described parameters of a query, converted to their described types."""
        sent: dict[str, list[str]] = {}
        nested: dict[str, dict[str, dict[str, str]]] = {}
        for key, value in parse_qsl(text, keep_blank_values=True):
            match = _KEY.fullmatch(key)
            parts = match[2].strip("[]").split("][") if match and match[2] else []
            if match and len(parts) == 2:
                nested.setdefault(match[1], {}).setdefault(parts[0], {})[parts[1]] = value
            else:
                sent.setdefault(match[1] if match else key, []).append(value)
        query = {
            name: self._typed(parameter, sent[name])
            for name, parameter in operation.query_types.items()
            if name in sent
        }
        for name, items in nested.items():
            if name in operation.query_types:
                query[name] = [self._typed_item(operation.query_types[name], each) for each in items.values()]
        return query

    def _typed_item(self, parameter: dict[str, Any], item: dict[str, str]) -> dict[str, Any]:
        """An object of a list, written `name[0][field]=value`."""
        components = self._description.components
        fields = components.properties(components.resolve(parameter["schema"]).get("items", {}))
        return {
            name: _scalar(components.resolve(fields.get(name, {})).get("type"), value) for name, value in item.items()
        }

    def _typed(self, parameter: dict[str, Any], values: list[str]) -> Any:
        resolve = self._description.components.resolve
        schema = resolve(parameter["schema"])
        if schema.get("type") == "array":
            items = resolve(schema.get("items", {}))
            if parameter.get("explode") is False and len(values) == 1:
                values = values[0].split(",")
            if parameter.get(IGNORES_BLANKS):
                values = [trimmed for each in values if (trimmed := each.strip())]
            return [_scalar(items.get("type"), each) for each in values]
        return _scalar(schema.get("type"), values[0]) if len(values) == 1 else values


def _scalar(kind: str | None, text: str) -> Any:
    if kind in ("integer", "number") and _NUMBER.fullmatch(text):
        number = float(text)
        return int(number) if number.is_integer() else number
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def _complaints(kind: str, validator: Any, value: Any, masker: Masker) -> Iterator[tuple[str, str]]:
    breach = None if validator is None else first_breach(validator, value)
    if breach is not None:
        yield kind, f"its {kind} is wrong at {masker.breach(breach)}"


def _decompressed(packed: Reply) -> bytes:
    """The reply's body without its content encoding."""
    raw, encoding = packed.body, packed.headers.get("content-encoding")
    if encoding is None:
        return raw
    if "," in encoding:
        raise Unchecked("The reply is compressed more than once.")
    reply = httpx.Response(200, headers={"content-encoding": encoding}, stream=_Pieces(raw))
    body = bytearray()
    for part in reply.iter_bytes():
        body += part
        if len(body) > KEPT:
            raise Unchecked(f"The reply decompresses to more than {KEPT} bytes.")
    return bytes(body)

"""What a failing request needs: the earlier requests that made what it works on, and those that remove it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from httpx import Headers

from contract_tests.catalogue import catalogue, version_of
from contract_tests.http import Exchange, Request, request_to
from contract_tests.links import Answered, at_item, evaluate, reads_reply, value_at
from mock_server.runtime.description import VERSION_HEADER, Operation
from mock_server.runtime.json_values import is_list, is_object

LONGEST = 40
"""Requests of a set-up at most."""
LISTED = 100
"""Items of a list whose ids are looked at."""

_MADE_UP = re.compile(r"(?=.*\d)[\w.~+/=-]{8,2000}", re.ASCII)
"""Texts that servers make up, such as uids and tokens: they are known by their value alone."""
_SECRET_HEADERS = frozenset({"authorization", "x-cal-secret-key", "x-cal-client-id"})

Value = tuple[str, str]
"""A name, such as ``scheduleId``, and a value as text. The name is empty where the value is enough."""


class Origin(NamedTuple):
    """Where a value comes from: the reply of the request at this place, at a JSON pointer."""

    place: int
    pointer: str


class Removal(NamedTuple):
    """The request that removes what an earlier one made. It needs the `values` of that one's reply."""

    request: Request
    values: list[Value]


@dataclass(frozen=True)
class Replay:
    """A failing request, and what was exchanged before it in the same world, the oldest first."""

    failing: Exchange
    earlier: Sequence[Exchange] = ()

    @cached_property
    def requests(self) -> list[Exchange]:
        """The requests to send: the set-up in its order, and the failing one."""
        return [*(self.earlier[place] for place in self._needed()), self.failing]

    @cached_property
    def origins(self) -> dict[Value, Origin]:
        """The values that replies of `requests` give, with where they stand."""
        return origins(self.requests)

    def removals(self) -> Iterator[Removal]:
        """What removes the things that the requests make, the newest first."""
        for exchange in reversed(self.requests):
            request, reply = exchange.request, exchange.reply
            found = operation_of(request)
            if found is None or reply.status >= 400 or request.method == "GET":
                continue
            operation, path_values = found
            answered = Answered(path_values, request.content, reply.content)
            for link in catalogue().removals(operation):
                values = evaluate(link.parameters, answered)
                if len(values) == len(link.parameters):
                    given = [(name, str(values[name])) for name in values if reads_reply(link.parameters[name])]
                    yield Removal(_removal(catalogue().operations[link.target], values, request), given)

    def _needed(self) -> list[int]:
        """Places of the set-up: what gave the ids that are used, and what was written to the same things since."""
        known = origins(self.earlier)
        needed: list[int] = []
        used = set(_known_values(self.failing.request, known))
        wanted = {known[value].place for value in used}
        made = {value for value in used if self.earlier[known[value].place].request.method != "GET"}
        for place in reversed(range(len(self.earlier))):
            request = self.earlier[place].request
            if self.earlier[place].reply.status >= 400 or len(needed) == LONGEST:
                continue
            writes = request.method != "GET" and (
                self._is_written_here(request) or not made.isdisjoint(_path_values(request, known))
            )
            if writes or place in wanted:
                needed.insert(0, place)
                sources = (known[value].place for value in _known_values(request, known))
                wanted |= {source for source in sources if source < place}
        return needed

    def _is_written_here(self, request: Request) -> bool:
        """Whether a read fails where the request has written."""
        return self.failing.request.method == "GET" and request.path == self.failing.request.path


def origins(exchanges: Sequence[Exchange]) -> dict[Value, Origin]:
    """All values that replies give, each with the first reply that does."""
    found: dict[Value, Origin] = {}
    for place, exchange in enumerate(exchanges):
        if exchange.reply.status < 400:
            own = {value for _, value in uses(exchange.request)}
            for value, pointer in _given(exchange):
                if value[1] not in own:
                    found.setdefault(value, Origin(place, pointer))
    return found


def origin_of(value: Value, known: dict[Value, Origin]) -> Value | None:
    """The value of `known` that `value` is: the same text, and a name that agrees, such as toUserId with userId."""
    name, text = value
    if ("", text) in known:
        return "", text
    for other, same in known:
        if other and same == text and name.lower().endswith(other.lower()):
            return other, same
    return None


def uses(request: Request) -> Iterator[Value]:
    """The values in a request's path, query, body and credentials."""
    found = operation_of(request)
    yield from found[1].items() if found is not None else ()
    yield from parse_qsl(request.query)
    yield from ((name, str(value)) for name, value in _leaves(request.content, ""))
    for name, value in request.headers.raw:
        if name.decode("latin-1").lower() in _SECRET_HEADERS:
            yield "", value.decode("latin-1").removeprefix("Bearer ")


def operation_of(request: Request) -> tuple[Operation, dict[str, str]] | None:
    """The operation that a request reaches, and its path parameters."""
    return catalogue().match(request.method, request.path, request.headers.get(VERSION_HEADER))


def with_values(request: Request, known: dict[Value, Any], place: Any) -> Request:
    """The request with `place(value, is_number)` in place of each value of `known`."""

    def placed(name: str, value: str) -> str | None:
        origin = origin_of((name, value), known)
        return None if origin is None else place(origin, is_number=False)

    found = operation_of(request)
    names = {} if found is None else {text: name for name, text in found[1].items()}
    path, mark, query = request.target.partition("?")
    segments = [
        (placed(names[unquote(each)], unquote(each)) if unquote(each) in names else None) or each
        for each in path.split("/")
    ]
    pairs = [each.partition("=") for each in query.split("&")]
    shown = [f"{name}{sign}{placed(unquote(name), unquote(text)) or text}" for name, sign, text in pairs]
    headers = Headers([(name, _header(name, value, placed)) for name, value in request.headers.raw])
    body = request.body
    if body and request.content is not None:
        written = _placed(request.content, "", known, place)
        body = body if written == request.content else json.dumps(written, ensure_ascii=False).encode()
    target = "/".join(segments) + mark + "&".join(shown)
    return replace(request, target=target, headers=headers, body=body)


def _header(name: bytes, value: bytes, placed: Any) -> bytes:
    scheme, blank, credential = value.decode("latin-1").rpartition(" ")
    if name.decode("latin-1").lower() not in _SECRET_HEADERS:
        return value
    found = placed("", credential)
    return value if found is None else f"{scheme}{blank}{found}".encode()


def _placed(value: Any, name: str, known: dict[Value, Any], place: Any) -> Any:
    if is_object(value):
        return {key: _placed(each, key, known, place) for key, each in value.items()}
    if is_list(value):
        return [_placed(each, name, known, place) for each in value]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    origin = origin_of((name, str(value)), known)
    return value if origin is None else place(origin, is_number=isinstance(value, int))


def _known_values(request: Request, known: dict[Value, Origin]) -> Iterator[Value]:
    for value in uses(request):
        origin = origin_of(value, known)
        if origin is not None:
            yield origin


def _path_values(request: Request, known: dict[Value, Origin]) -> Iterator[Value]:
    found = operation_of(request)
    for value in found[1].items() if found is not None else ():
        origin = origin_of(value, known)
        if origin is not None:
            yield origin


def _given(exchange: Exchange) -> Iterator[tuple[Value, str]]:
    """The values that a reply gives, and their pointers: those that links name, and texts that the server made up."""
    found, content = operation_of(exchange.request), exchange.reply.content
    for link in catalogue().links(found[0]) if found is not None else ():
        for name, expression in {**link.parameters, **link.body}.items():
            if isinstance(expression, str) and reads_reply(expression):
                yield from _at_each(name, expression.partition("#")[2], content)
    for pointer, value in _pointers(content, ""):
        if isinstance(value, str) and _MADE_UP.fullmatch(value):
            yield ("", value), pointer


def _at_each(name: str, pointer: str, content: Any) -> Iterator[tuple[Value, str]]:
    """The same for every item of a list whose first one the pointer names."""
    data = content.get("data") if is_object(content) else None
    for index in range(min(len(data), LISTED) if is_list(data) else 1):
        placed = at_item(pointer, index)
        value = value_at(content, placed)
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield (name, str(value)), placed


def _pointers(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if is_object(value):
        for key, each in value.items():
            yield from _pointers(each, f"{pointer}/{key}") if "/" not in key else ()
    elif is_list(value):
        for place, each in enumerate(value[:LISTED]):
            yield from _pointers(each, f"{pointer}/{place}")
    else:
        yield pointer, value


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if is_object(value):
        for key, each in value.items():
            yield from _leaves(each, key)
    elif is_list(value):
        for each in value:
            yield from _leaves(each, name)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield name, value


def _removal(remover: Operation, values: dict[str, Any], made: Request) -> Request:
    """The request that removes a thing, with the credentials that created it."""
    kept = {
        name: value
        for name, value in made.headers.items()
        if name not in ("content-type", "content-length", VERSION_HEADER)
    }
    body: dict[str, Any] | None = {} if remover.method == "POST" else None
    return request_to(remover.method, remover.path, kept, ids=values, body=body, version=version_of(remover))

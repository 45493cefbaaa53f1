"""What a failing request needs: the earlier requests that made what it works on, and those that remove it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from contract_tests.fuzzing.links import at, evaluated, is_of_reply
from contract_tests.profiles.catalogue import VERSION_HEADER, Catalogue, Operation
from contract_tests.reports.exchanges import Exchange
from mock_server.runtime.bundle import load_bundle

LONGEST = 40
"""Requests of a set-up at most."""
LISTED = 100
"""Items of a list whose ids are looked at."""

_MADE_UP = re.compile(r"(?=.*\d)[\w.~+/=-]{8,2000}", re.ASCII)
"""Texts that servers make up, such as uids and tokens: they are known by their value alone."""
_FIRST = re.compile(r"/0(?=/)")
_SECRET_HEADERS = frozenset({"authorization", "x-cal-secret-key", "x-cal-client-id"})

Value = tuple[str, str]
"""A name, such as ``scheduleId``, and a value as text. The name is empty where the value is enough."""


class Origin(NamedTuple):
    """Where a value comes from: the reply of the request at this place, at a JSON pointer."""

    place: int
    pointer: str


class Removal(NamedTuple):
    """The request that removes what an earlier one made. It needs the `values` of that one's reply."""

    request: Exchange
    values: list[Value]


@cache
def catalogue() -> Catalogue:
    """The operations of our description."""
    return Catalogue(load_bundle())


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
        for request in reversed(self.requests):
            found = operation_of(request)
            if found is None or not request.succeeded or request.method == "GET":
                continue
            operation, path_values = found
            for link in catalogue().removals(operation):
                expressions = link["parameters"]
                values = dict(evaluated(expressions, path_values, request.sent, request.content))
                if len(values) == len(expressions):
                    remover = catalogue().operations[link["operationId"]]
                    given = [(name, str(values[name])) for name in values if is_of_reply(expressions[name])]
                    yield Removal(_removal(remover, values, request), given)

    def _needed(self) -> list[int]:
        """Places of the set-up: what gave the ids that are used, and what was written to the same things since."""
        known = origins(self.earlier)
        needed: list[int] = []
        used = set(_known_values(self.failing, known))
        wanted = {known[value].place for value in used}
        made = {value for value in used if self.earlier[known[value].place].method != "GET"}
        for place in reversed(range(len(self.earlier))):
            request = self.earlier[place]
            if not request.succeeded or len(needed) == LONGEST:
                continue
            writes = request.method != "GET" and (
                self._is_written_here(request) or not made.isdisjoint(_path_values(request, known))
            )
            if writes or place in wanted:
                needed.insert(0, place)
                sources = (known[value].place for value in _known_values(request, known))
                wanted |= {source for source in sources if source < place}
        return needed

    def _is_written_here(self, request: Exchange) -> bool:
        """Whether a read fails where the request has written."""
        return self.failing.method == "GET" and request.path == self.failing.path


def origins(requests: Sequence[Exchange]) -> dict[Value, Origin]:
    """All values that replies give, each with the first reply that does."""
    found: dict[Value, Origin] = {}
    for place, request in enumerate(requests):
        if request.succeeded:
            own = {value for _, value in uses(request)}
            for value, pointer in _given(request):
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


def uses(request: Exchange) -> Iterator[Value]:
    """The values in a request's path, query, body and credentials."""
    found = operation_of(request)
    yield from found[1].items() if found is not None else ()
    yield from parse_qsl(request.target.partition("?")[2])
    yield from ((name, str(value)) for name, value in _leaves(request.sent, ""))
    for name, value in request.request_headers:
        if name.decode("latin-1").lower() in _SECRET_HEADERS:
            yield "", value.decode("latin-1").removeprefix("Bearer ")


def operation_of(request: Exchange) -> tuple[Operation, dict[str, str]] | None:
    """The operation that a request reaches, and its path parameters."""
    return catalogue().match(request.method, request.path)


def with_values(request: Exchange, known: dict[Value, Any], place: Any) -> Exchange:
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
    headers = [
        (name, _header(name, value, placed)) for name, value in request.request_headers
    ]  # fmt: skip
    body = request.request_body
    if body and request.sent is not None:
        written = _placed(request.sent, "", known, place)
        body = body if written == request.sent else json.dumps(written, ensure_ascii=False).encode()
    target = "/".join(segments) + mark + "&".join(shown)
    return replace(request, target=target, request_headers=headers, request_body=body)


def _header(name: bytes, value: bytes, placed: Any) -> bytes:
    scheme, blank, credential = value.decode("latin-1").rpartition(" ")
    if name.decode("latin-1").lower() not in _SECRET_HEADERS:
        return value
    found = placed("", credential)
    return value if found is None else f"{scheme}{blank}{found}".encode()


def _placed(value: Any, name: str, known: dict[Value, Any], place: Any) -> Any:
    if isinstance(value, dict):
        return {key: _placed(each, key, known, place) for key, each in value.items()}
    if isinstance(value, list):
        return [_placed(each, name, known, place) for each in value]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    origin = origin_of((name, str(value)), known)
    return value if origin is None else place(origin, is_number=isinstance(value, int))


def _known_values(request: Exchange, known: dict[Value, Origin]) -> Iterator[Value]:
    for value in uses(request):
        origin = origin_of(value, known)
        if origin is not None:
            yield origin


def _path_values(request: Exchange, known: dict[Value, Origin]) -> Iterator[Value]:
    found = operation_of(request)
    for value in found[1].items() if found is not None else ():
        origin = origin_of(value, known)
        if origin is not None:
            yield origin


def _given(request: Exchange) -> Iterator[tuple[Value, str]]:
    """The values that a reply gives, and their pointers: those that links name, and texts that the server made up."""
    found, content = operation_of(request), request.content
    for link in catalogue().links(found[0]) if found is not None else ():
        for name, expression in {**link.get("parameters", {}), **_fields(link)}.items():
            if is_of_reply(expression):
                yield from _at_each(name.rpartition(".")[2], expression.partition("#")[2], content)
    for pointer, value in _pointers(content, ""):
        if isinstance(value, str) and _MADE_UP.fullmatch(value):
            yield ("", value), pointer


def _fields(link: dict[str, Any]) -> dict[str, Any]:
    body = link.get("requestBody")
    return body if isinstance(body, dict) else {}


def _at_each(name: str, pointer: str, content: Any) -> Iterator[tuple[Value, str]]:
    """The same for every item of a list whose first one the pointer names."""
    data = content.get("data") if isinstance(content, dict) else None
    for place in range(min(len(data), LISTED) if isinstance(data, list) else 1):
        placed = _FIRST.sub(f"/{place}", pointer, count=1)
        value = at(content, placed)
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield (name, str(value)), placed


def _pointers(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _pointers(each, f"{pointer}/{key}") if "/" not in key else ()
    elif isinstance(value, list):
        for place, each in enumerate(value[:LISTED]):
            yield from _pointers(each, f"{pointer}/{place}")
    else:
        yield pointer, value


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield name, value


def _removal(remover: Operation, values: dict[str, Any], made: Exchange) -> Exchange:
    """The request that removes, in the name of the one who made."""
    kept = [
        (name, value)
        for name, value in made.request_headers
        if name.decode("latin-1").lower() not in ("content-type", "content-length", VERSION_HEADER)
    ]
    if remover.version is not None:
        kept.append((VERSION_HEADER.encode(), remover.version.encode()))
    body = b""
    if remover.method == "POST":
        kept.append((b"content-type", b"application/json"))
        body = b"{}"
    path = re.sub(r"{(\w+)}", lambda found: quote(str(values[found[1]]), safe=""), remover.path)
    return replace(made, method=remover.method, target=path, url=path, request_headers=kept, request_body=body)

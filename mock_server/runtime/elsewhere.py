"""Hints for clients that send parts of the API which only other editions have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.router import Router
from mock_server.state.edition import EDITIONS, is_later


class _Known(msgspec.Struct, frozen=True):
    """The fields, and values of enumerations, of body and query that only another edition has for an operation."""

    edition: str
    body: frozenset[str]
    query: frozenset[str]


class Elsewhere:
    """The parts missing from the edition `own`. `differences` come from Sources; without them there are no hints."""

    def __init__(self, own: str, differences: Mapping[str, Any] | None = None) -> None:
        self._own = own
        self._differences = differences or {}

    def operation_hint(self, method: str, path: str) -> str | None:
        """The edition that has an operation which this one lacks."""
        try:
            found = self._router.find(method, path)
        except BadRequest:
            return None
        return None if found is None else f"{method} {found[0][1]} exists {_since(self._own, found[0][0])}."

    def version_hint(self, method: str, path: str, version: str) -> str | None:
        """The edition in which a path has a version that it lacks in this one. `path` is a template."""
        edition = self._versions.get((method, path, version))
        return None if edition is None else f"The version {version} of this path exists {_since(self._own, edition)}."

    def input_hint(self, operation_id: str, query: Mapping[str, Any], body: Any) -> str | None:
        """The sent fields, and values of enumerations, that belong to another edition."""
        for known in self._inputs.get(operation_id, ()):
            names = [name for name in sorted(known.query) if _is_sent(query, name)]
            names += [name for name in sorted(known.body) if _is_sent(body, name)]
            if names:
                verb = "exists" if len(names) == 1 else "exist"
                return f"{', '.join(names)} {verb} {_since(self._own, known.edition)}."
        return None

    def knows_inputs(self, operation_id: str) -> bool:
        """Whether another edition accepts input that the operation does not accept here."""
        return operation_id in self._inputs

    def _others(self) -> Iterator[tuple[str, str, Any]]:
        """The other editions, nearest first, with the differences to each and the key of the parts that only it has."""
        place = EDITIONS.index(self._own)
        for edition in sorted(EDITIONS, key=lambda other: abs(EDITIONS.index(other) - place)):
            pair = f"{edition} {self._own}" if is_later(self._own, edition) else f"{self._own} {edition}"
            if pair in self._differences:
                yield edition, "removed" if is_later(self._own, edition) else "added", self._differences[pair]

    @cached_property
    def _router(self) -> Router[tuple[str, str]]:
        router: Router[tuple[str, str]] = Router()
        for edition, more, differences in reversed(list(self._others())):
            for operation in differences[more]:
                router.add(operation["method"], operation["path"], (edition, operation["path"]))
        return router

    @cached_property
    def _versions(self) -> dict[tuple[str, str, str], str]:
        found: dict[tuple[str, str, str], str] = {}
        for edition, more, differences in self._others():
            operations = [(operation, operation["versions"]) for operation in differences[more]]
            operations += [
                (operation, operation["changes"].get("versions", {}).get(more, ()))
                for operation in differences["changed"]
            ]
            for operation, versions in operations:
                for version in versions:
                    found.setdefault((operation["method"], operation["path"], version), edition)
        return found

    @cached_property
    def _inputs(self) -> dict[str, tuple[_Known, ...]]:
        found: dict[str, tuple[_Known, ...]] = {}
        for edition, more, differences in self._others():
            for operation in differences["changed"]:
                changes = operation["changes"]
                body = frozenset(changes.get("body", {}).get(more, ()))
                parameters = changes.get("parameters", {}).get(more, ())
                query = frozenset(
                    parameter.removeprefix("query.") for parameter in parameters if parameter.startswith("query.")
                )
                if body or query:
                    found[operation["id"]] = (*found.get(operation["id"], ()), _Known(edition, body, query))
        return found


def _is_sent(value: Any, name: str) -> bool:
    """Whether a JSON value has a field such as ``hosts[].email``, or a field's value: ``status = 'accepted'``."""
    field, equals, wanted = name.partition(" = ")
    return any(not equals or repr(found) == wanted for found in _values(value, field))


def _values(value: Any, field: str) -> Iterator[Any]:
    """All values of a field in a JSON value."""
    if not field:
        yield value
    elif field.startswith("[]"):
        for item in value if is_list(value) else ():
            yield from _values(item, field[2:].removeprefix("."))
    elif is_object(value):
        name, dot, rest = field.partition(".")
        own, brackets, inner = name.partition("[]")
        if own in value:
            yield from _values(value[own], f"{brackets}{inner}{dot}{rest}" if brackets else rest)


def _since(own: str, edition: str) -> str:
    where = f"from edition {edition} on" if is_later(edition, own) else f"up to edition {edition}"
    return f"{where}; this sandbox serves {own} (--edition chooses)"

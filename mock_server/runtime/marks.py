"""Selects the parts of a description file that belong to an edition, by `x-since`, `x-until` and `x-by-edition`.

`openapi/README.md` documents these marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_server.runtime.json_values import is_list, is_object
from mock_server.state.edition import EDITIONS

SINCE, UNTIL, BY_EDITION, VALUE = "x-since", "x-until", "x-by-edition", "value"

NARROWED = "x-narrowed"
"""Set on schemas that lack a part of another edition. Internal to the bundler, which removes it."""

ABSENT: Any = object()
"""Stands for a part that the edition does not have."""

_MARKS = frozenset({SINCE, UNTIL})
_NAME_MAPS = frozenset({
    "properties", "responses", "content", "headers", "links", "examples", "mapping", "paths", "components", "schemas",
    "parameters", "requestBodies", "securitySchemes",
})  # fmt: skip
"""Objects whose keys are names, not OpenAPI keywords: no mark may be added to them."""

_VALUE_LISTS = frozenset({"enum", "required"})
"""Lists whose items are not schemas: dropping one of them does not narrow the values' shape."""


def select(node: Any, edition: str) -> Any:
    """`node` as of `edition`, without marks; ABSENT if the edition does not have it. The marks must be valid."""
    return _Selection(edition).of(node)[0]


def faults(node: Any, place: str = "") -> Iterator[str]:
    """The faults of the marks in a file, each with its place as a JSON pointer."""
    if is_list(node):
        for number, child in enumerate(node):
            yield from faults(child, f"{place}/{number}")
    elif is_object(node):
        yield from (f"{place}: {fault}" for fault in _faults_here(node))
        for key, child in node.items():
            yield from faults(child, f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}")


class _Selection:
    def __init__(self, edition: str) -> None:
        self._now = EDITIONS.index(edition)

    def of(self, node: Any, key: str = "") -> tuple[Any, bool]:
        """The edition's part of `node`, and whether it lacks something without being marked as narrowed itself."""
        if is_list(node):
            items = [self._item(item) for item in node]
            lacks = key not in _VALUE_LISTS and any(lacks for _, lacks in items)
            return [item for item, _ in items if item is not ABSENT], lacks
        if not is_object(node):
            return node, False
        if not self._is_there(node):
            return ABSENT, True
        if BY_EDITION in node:
            return self._variant(node[BY_EDITION])
        return self._object(node, key)

    def _item(self, item: Any) -> tuple[Any, bool]:
        if is_object(item) and VALUE in item and item.keys() & _MARKS and item.keys() <= _MARKS | {VALUE}:
            return self.of(item[VALUE]) if self._is_there(item) else (ABSENT, True)
        return self.of(item)

    def _object(self, node: dict[str, Any], key: str) -> tuple[Any, bool]:
        found = {str(name): self.of(child, str(name)) for name, child in node.items() if name not in _MARKS}
        result = {name: child for name, (child, _) in found.items() if child is not ABSENT}
        lacks = any(child for _, child in found.values())
        if lacks:
            _forget_properties(node, result)
            _forget_alternatives(result)
        if result.get("required") == []:
            del result["required"]
        if not lacks or key in _NAME_MAPS or "$ref" in result:
            return result, lacks
        return {**result, NARROWED: True}, False

    def _variant(self, variants: dict[str, Any]) -> tuple[Any, bool]:
        """The value of the latest edition up to this one."""
        known = [name for name in variants if EDITIONS.index(name) <= self._now]
        value = self.of(variants[max(known, key=EDITIONS.index)])[0] if known else ABSENT
        return value, True

    def _is_there(self, node: dict[str, Any]) -> bool:
        is_too_early = SINCE in node and self._now < EDITIONS.index(node[SINCE])
        return not is_too_early and not (UNTIL in node and self._now >= EDITIONS.index(node[UNTIL]))


def _forget_properties(node: dict[str, Any], result: dict[str, Any]) -> None:
    """Removes properties that the edition does not have from `required`."""
    if is_list(result.get("required")) and is_object(node.get("properties")):
        gone = node["properties"].keys() - result["properties"].keys()
        result["required"] = [name for name in result["required"] if name not in gone]


def _forget_alternatives(result: dict[str, Any]) -> None:
    """Removes alternatives that the edition does not have from the discriminator's mapping."""
    if is_object(result.get("discriminator")) and "mapping" in result["discriminator"]:
        alternatives = {alternative.get("$ref") for key in ("oneOf", "anyOf") for alternative in result.get(key, ())}
        mapping = result["discriminator"]["mapping"]
        kept = {name: reference for name, reference in mapping.items() if reference in alternatives}
        result["discriminator"] = {**result["discriminator"], "mapping": kept}


def _faults_here(node: dict[str, Any]) -> Iterator[str]:
    names = [(mark, node[mark]) for mark in (SINCE, UNTIL) if mark in node]
    if BY_EDITION in node:
        if len(node) > 1:
            yield f"{BY_EDITION} must stand alone, without {', '.join(sorted(map(str, node.keys() - {BY_EDITION})))}"
        if not is_object(node[BY_EDITION]):
            yield f"{BY_EDITION} takes an object of values by the edition since which they apply"
            return
        names += [(BY_EDITION, name) for name in node[BY_EDITION]]
    unknown = [(mark, name) for mark, name in names if name not in EDITIONS]
    for mark, name in unknown:
        yield f"{mark} has the unknown edition {name}. The editions are: {', '.join(EDITIONS)}"
    if not unknown and SINCE in node and UNTIL in node and EDITIONS.index(node[SINCE]) >= EDITIONS.index(node[UNTIL]):
        yield f"{SINCE} {node[SINCE]} does not come before {UNTIL} {node[UNTIL]}, so no edition has it"

"""Expands the bundle's nullable schemas as OpenAPI 3.0.3 requires, so that all tools agree on them.

In the files, `nullable: true` beside a reference or an enum is enough. Strictly, it only applies beside a `type`,
cannot relax the target of an `allOf`, and requires null among the values of an enum.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.json_values import is_list, is_object

_VALUES = frozenset({"example", "value", "default", "enum"})


def write_out_nullables(bundle: dict[str, Any]) -> None:
    """Changes `bundle` in place, and drops schemas that are no longer referenced."""
    schemas = bundle["components"]["schemas"]
    _write_out(bundle, schemas)
    while unused := set(schemas) - _named(bundle):
        for name in unused:
            del schemas[name]


def _write_out(node: Any, schemas: dict[str, Any]) -> None:
    if is_list(node):
        for child in node:
            _write_out(child, schemas)
    elif is_object(node):
        if node.get("nullable") is True:
            _loosen(node, schemas)
        for key, value in node.items():
            if key == "properties":
                _write_out(list(value.values()), schemas)
            elif key not in _VALUES:
                _write_out(value, schemas)


def _loosen(node: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Replaces the reference by its target, except for a union, which stays a reference."""
    if "type" not in node and len(node.get("allOf", ())) == 1:
        target = node["allOf"][0]
        while "$ref" in target:
            target = schemas[target["$ref"].rpartition("/")[2]]
        if "type" in target:
            del node["allOf"]
            for key, value in target.items():
                node.setdefault(key, value)
        else:
            node["type"] = "object"
    if "enum" in node and None not in node["enum"]:
        node["enum"] = [*node["enum"], None]


def _named(node: Any) -> set[str]:
    """The names of all referenced schemas."""
    names: set[str] = set()
    if is_list(node):
        names.update(*map(_named, node))
    elif is_object(node):
        names.update(*map(_named, node.values()))
        references = [node.get("$ref")]
        if is_object(node.get("mapping")):
            references += node["mapping"].values()
        names.update(
            reference.rpartition("/")[2]
            for reference in references
            if isinstance(reference, str) and "/schemas/" in reference
        )
    return names

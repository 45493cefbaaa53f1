"""The collections and fields of world files, from their JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from docs.builder.markdown import code, table
from mock_server import areas
from mock_server.worlds.json_schema import world_schema

Schema = dict[str, Any]
MARKS = ("x-since", "x-until")
"""Fields that every entry may have; the page explains them once."""


def collections() -> str:
    """Every collection with the fields of its entries."""
    schema = world_schema(areas.schema())
    return "\n".join(_parts(schema, schema["$defs"]))


def _parts(schema: Schema, definitions: Schema) -> Iterator[str]:
    for name, content in schema["properties"].items():
        entry = definitions.get(content.get("items", {}).get("$ref", "").rpartition("/")[2])
        yield f"## {name}\n"
        yield f"{(entry or content).get('description', '')}\n"
        if entry is not None:
            required = entry.get("required", ())
            rows = [
                (code(field), _type(each), _default(field, each, required), each.get("description", ""))
                for field, each in entry["properties"].items()
                if field not in MARKS
            ]
            yield table(("Field", "Type", "Default", "Meaning"), rows)


def _default(field: str, schema: Schema, required: list[str]) -> str:
    if field in required:
        return "required"
    return code(_json(schema["default"])) if "default" in schema else ""


def _json(value: object) -> str:
    import json

    return json.dumps(value)


def _type(schema: Schema) -> str:
    """The type of a value in words, such as `string or null`."""
    if "$ref" in schema:
        return code(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return ", ".join(code(_json(each)) for each in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(cast("list[str]", kind))
    if kind == "array" and isinstance(schema.get("items"), dict):
        return f"list of {_type(schema['items'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)

"""The JSON Schema of world files, generated from the entities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from mock_server.state.clock import Clock
from mock_server.state.collection import Collection, Schema
from mock_server.state.edition import EDITIONS
from mock_server.state.snapshot import Count
from mock_server.worlds.defaults import has_default
from mock_server.worlds.entries import ENTRY_FORMS, TIME_OF_DAY

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEFAULT_SEED = "cal-sandbox"
SINCE, UNTIL = "x-since", "x-until"
SETTINGS = ("seed", "complete", "drawn", "sequences", "clock")
"""The top-level names of a world file that are no collections."""

_TEMPLATE = "#/$defs/{name}"
_FORMATS: dict[type, dict[str, Any]] = {
    dt.datetime: {"format": "date-time"},
    dt.date: {"format": "date"},
    dt.time: {"pattern": TIME_OF_DAY},
}


def world_schema(schema: Schema) -> dict[str, Any]:
    """The JSON Schema (2020-12) of world files with the collections of `schema`. Unknown names are refused."""
    collections = list(schema.collections.values())
    _, definitions = msgspec.json.schema_components([each.entity for each in collections], ref_template=_TEMPLATE)
    for struct in _structs(collections):
        _complete(definitions[struct.__name__], struct)
    for collection in collections:
        _allow_entries(definitions[collection.entity.__name__], collection)
    return {
        "$schema": DIALECT,
        "title": "World file",
        "description": "A start world of the Cal.com API v2 sandbox. Each name but the first five is a collection.",
        "type": "object",
        "properties": {**_settings(), **{each.name: _list_of(each) for each in collections}},
        "additionalProperties": False,
        "$defs": definitions,
    }


def _settings() -> dict[str, Any]:
    _, definitions = msgspec.json.schema_components([Clock])
    (clock,) = definitions.values()
    clock["additionalProperties"] = False
    count = msgspec.json.schema(Count)
    return {
        "seed": {
            "type": ["string", "number"],
            "default": DEFAULT_SEED,
            "description": "Ids that are drawn at random follow from it.",
        },
        "complete": {
            "type": "boolean",
            "default": False,
            "description": "Whether all entries are there: no schedules, profiles and memberships are added.",
        },
        "drawn": {**count, "default": 0, "description": "How many random ids have been drawn."},
        "sequences": {
            "type": "object",
            "additionalProperties": count,
            "description": "The last number assigned in a collection, where that is not the highest in use.",
        },
        "clock": {**clock, "description": "The world's time where it is not real time."},
    }


def _list_of(collection: Collection[Any]) -> dict[str, Any]:
    items = {"$ref": _TEMPLATE.format(name=collection.entity.__name__)}
    return {"type": ["array", "null"], "items": items}


def _structs(collections: list[Collection[Any]]) -> list[type[msgspec.Struct]]:
    """All structs that occur in the entities."""
    found: dict[type[msgspec.Struct], None] = {}
    for collection in collections:
        _collect(collection.entity, found)
    return list(found)


def _collect(kind: Any, found: dict[type[msgspec.Struct], None]) -> None:
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        for argument in get_args(kind):
            _collect(argument, found)
    elif kind not in found:
        found[kind] = None
        for field in msgspec.structs.fields(kind):
            _collect(field.type, found)


def _complete(definition: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    """Refuses unknown names, and adds the formats of times, which msgspec leaves out."""
    definition["additionalProperties"] = False
    if "description" in definition:
        definition["description"] = "\n".join(map(str.strip, definition["description"].splitlines()))
    for field in msgspec.structs.fields(struct):
        for kind, addition in _FORMATS.items():
            if _mentions(field.type, kind):
                _add_to_texts(definition["properties"][field.encode_name], addition)


def _mentions(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_mentions(argument, kind) for argument in get_args(annotation))


def _add_to_texts(schema: dict[str, Any], addition: Mapping[str, Any]) -> None:
    if schema.get("type") == "string":
        schema.update(addition)
    for alternative in schema.get("anyOf", ()):
        _add_to_texts(alternative, addition)


def _allow_entries(definition: dict[str, Any], collection: Collection[Any]) -> None:
    """Makes the schema of an entity that of entries: with their own fields, marks of editions, and defaults."""
    properties = definition["properties"]
    form = ENTRY_FORMS.get(collection.name)
    if form is not None:
        properties.update(form.fields)
        if form.either:
            definition["anyOf"] = [{"required": [name]} for name in form.either]
    optional = form.either if form else ()
    properties[SINCE] = {"enum": list(EDITIONS), "description": "The edition from which on the entry is there."}
    properties[UNTIL] = {"enum": list(EDITIONS), "description": "The first edition in which the entry is gone."}
    definition["required"] = [
        name for name in definition["required"] if name not in optional and not has_default(collection, name)
    ]

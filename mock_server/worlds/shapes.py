"""Checks the names and the types of values in world files by their JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from mock_server.identity.model import API_KEY_PREFIX
from mock_server.runtime.suggestions import did_you_mean
from mock_server.state.collection import Collection, Schema
from mock_server.worlds.entries import TIME_OF_DAY
from mock_server.worlds.json_schema import world_schema
from mock_server.worlds.yaml_text import Path

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}
_FORMATS = {
    "date-time": "a time with its time zone, such as 2025-04-01T08:00:00Z",
    "date": "a date, such as 2025-04-01",
}
_PATTERNS = {
    TIME_OF_DAY: "a time of day, such as 09:00",
    f"^{API_KEY_PREFIX}": f"a key that begins with {API_KEY_PREFIX}",
}
_LONGEST = 60


class Misfit(NamedTuple):
    """A value at `path` that does not fit the schema, and what would."""

    path: Path
    text: str


class Shapes:
    """The JSON Schema of the world files of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._document = world_schema(schema)
        self._validator = jsonschema_rs.Draft202012Validator(self._document, validate_formats=True)

    def misfits(self, document: Any) -> list[Misfit]:
        """All values that do not fit, in the order of the document."""
        found = [misfit for error in self._validator.iter_errors(document) for misfit in self._explain(error)]
        return list(dict.fromkeys(found))

    def _explain(self, error: Any) -> Iterator[Misfit]:
        """Says what is wrong in the words of a world file."""
        kind, path = error.kind, tuple(error.instance_path)
        if isinstance(kind, jsonschema_rs.ValidationErrorKind.AnyOf):
            yield from self._explain_alternatives(error, path)
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
            known = self._names_at(path)
            for name in kind.unexpected:
                yield Misfit((*path, name), f"There is no `{name}`{did_you_mean(name, known) or _listed(known)}")
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
            yield Misfit(path, f"`{kind.property}` is missing.")
        else:
            yield Misfit(path, _sentence(error.instance, _expected(error)))

    def _explain_alternatives(self, error: Any, path: Path) -> Iterator[Misfit]:
        """Explains by the alternatives of the value's type; where there are none, names all types."""
        branches = [branch for branch in error.kind.context if not _is_type_error(branch, path)]
        if branches:
            missing = [each.kind.property for branch in branches for each in branch if _is_missing(each, path)]
            if len(missing) == len(branches) > 1:
                yield Misfit(path, f"One of {', '.join(f'`{name}`' for name in missing)} is missing.")
                return
            for inner in branches[0]:
                yield from self._explain(inner)
            return
        expected = [_expected(branch[0]) for branch in error.kind.context]
        yield Misfit(path, _sentence(error.instance, " or ".join(dict.fromkeys(expected))))

    def _names_at(self, path: Path) -> list[str]:
        schemas = [self._document]
        for step in path:
            schemas = [below for schema in schemas for below in self._below(schema, step)]
        return list(
            dict.fromkeys(name for schema in schemas for each in self._resolved(schema) for name in _names(each))
        )

    def _below(self, schema: Mapping[str, Any], step: str | int) -> Iterator[Any]:
        for each in self._resolved(schema):
            if isinstance(step, int) and "items" in each:
                yield each["items"]
            elif step in each.get("properties", {}):
                yield each["properties"][step]

    def _resolved(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        if "$ref" in schema:
            yield self._document["$defs"][schema["$ref"].rpartition("/")[2]]
        elif "properties" in schema or "items" in schema:
            yield schema
        else:
            for alternative in schema.get("anyOf", ()):
                yield from self._resolved(alternative)


def shapes_of(schema: Schema) -> Shapes:
    """The shapes of the world files of `schema`, generated once for the same collections."""
    return _shapes(tuple(schema.collections.values()))


@cache
def _shapes(collections: tuple[Collection[Any], ...]) -> Shapes:
    return Shapes(Schema(collections))


def _names(schema: Mapping[str, Any]) -> list[str]:
    return list(schema.get("properties", ()))


def _is_type_error(branch: list[Any], path: Path) -> bool:
    return any(
        isinstance(each.kind, jsonschema_rs.ValidationErrorKind.Type) and tuple(each.instance_path) == path
        for each in branch
    )


def _is_missing(error: Any, path: Path) -> bool:
    return isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required) and tuple(error.instance_path) == path


def _expected(error: Any) -> str:
    """What would fit in place of a value."""
    kind = error.kind
    match kind:
        case jsonschema_rs.ValidationErrorKind.Type():
            return " or ".join(_TYPES[name] for name in sorted(kind.types, key=lambda name: (name == "null", name)))
        case jsonschema_rs.ValidationErrorKind.Enum():
            options = [str(each) for each in kind.options]
            return f"one of {', '.join(options)}{did_you_mean(str(error.instance), options)}"
        case jsonschema_rs.ValidationErrorKind.Format():
            return _FORMATS.get(kind.format, f"a {kind.format}")
        case jsonschema_rs.ValidationErrorKind.Pattern():
            return _PATTERNS.get(kind.pattern, f"a text that matches {kind.pattern}")
        case _:
            return f"possible: {error.message}"


def _sentence(value: Any, expected: str) -> str:
    return f"{_shown(value)} is not {expected}{'' if expected.endswith('?') else '.'}"


def _shown(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _listed(names: list[str]) -> str:
    return f". There are: {', '.join(names)}."

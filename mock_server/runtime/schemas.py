"""Schemas of the description, made ready for work: compiled validators, and the dropping of unknown fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import jsonschema_rs

from mock_server.runtime.dates import is_day, is_moment
from mock_server.runtime.iso_dates import is_iso_date
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.time_zones import is_time_zone
from mock_server.state.work import spend

Schema = dict[str, Any]
Resolve = Callable[[Schema], Schema]

_PREFIX = "#/components/schemas/"
BRANCH_COST = 5
"""Of looking at one value, or at one alternative for it, in units of work."""
_KEPT_AS_IS = frozenset({"enum", "default", "required"})
_LEFT_OUT = frozenset({"nullable", "example", "discriminator", "readOnly", "writeOnly", "description", "title", "xml"})

LONGEST_NAME = "x-max-name-length"
"""Says of an object with free properties how long their names may be, which OpenAPI 3.0 has no word for."""

CHOSEN_BY = "x-chosen-by"
"""Says for each alternative of an `anyOf` but the last which property chooses it: a name, or a name with its value."""


class Components:
    """The named schemas of the description."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas

    def resolve(self, schema: Schema) -> Schema:
        """Follows references, and unwraps a lone `allOf` that only gives a reference some siblings."""
        while True:
            reference = schema.get("$ref")
            if reference is not None:
                schema = self._schemas[reference.removeprefix(_PREFIX)]
            elif len(schema.get("allOf", ())) == 1:
                inner = self.resolve(schema["allOf"][0])
                schema = {**inner, **{key: value for key, value in schema.items() if key != "allOf"}}
            else:
                return schema

    def compile(self, schema: Schema, *, closed: bool = False, request: bool = False) -> jsonschema_rs.Draft4Validator:
        """A validator of `schema`. A `closed` one refuses properties that an object with properties does not name.

        That of a `request` passes over properties with `x-rules: []`: refusing these is up to the operation. Its days
        and moments are those that operations can read.
        """
        translation = _Draft4(self, closed=closed, request=request)
        body = translation.of(schema)
        document: Schema = {"allOf": [body]} if "$ref" in body else body
        document = {**document, "definitions": translation.definitions}
        formats = REQUEST_FORMATS if request else FORMATS
        return jsonschema_rs.Draft4Validator(document, validate_formats=True, formats=formats)

    def named(self, name: str) -> Schema:
        """The schema of a component."""
        return self._schemas[name]

    def is_unruled(self, schema: Schema) -> bool:
        """Whether refusing a property of this schema is left to the operation."""
        return self.resolve(schema).get("x-rules") == []

    def merged(self, schema: Schema) -> Schema:
        """`allOf` joined into one object, so that closing it does not make its parts refuse each other."""
        merged: Schema = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            for key, value in self.resolve(part).items():
                if key == "properties":
                    merged[key] = {**value, **merged.get(key, {})}
                elif key == "required":
                    merged[key] = [*value, *merged.get(key, [])]
                else:
                    merged.setdefault(key, value)
        return merged

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """All properties that an object of this schema may have, over all alternatives."""
        schema = self.resolve(schema)
        found: dict[str, Schema] = {}
        for branch in self.branches(schema):
            found.update(self.properties(branch))
        found.update(schema.get("properties", {}))
        return found

    def branches(self, schema: Schema) -> Iterator[Schema]:
        """The alternatives and parts of a resolved schema."""
        for key in ("allOf", "anyOf", "oneOf"):
            yield from schema.get(key, ())

    def branch_for(self, schema: Schema, value: Any) -> Schema:
        """The alternative that `x-chosen-by` or a discriminator names for `value`; else the schema itself."""
        schema = self.resolve(schema)
        if not is_object(value):
            return schema
        if CHOSEN_BY in schema:
            return self.branch_for(_chosen(schema, value), value)
        discriminator = schema.get("discriminator")
        if discriminator is None:
            return schema
        name = discriminator["propertyName"]
        for branch in self.branches(schema):
            spend(BRANCH_COST)
            resolved = self.resolve(branch)
            named = self.resolve(resolved.get("properties", {}).get(name, {}))
            if value.get(name) in named.get("enum", ()):
                return resolved
        return schema

    def likely_branch(self, schema: Schema, value: Any) -> Schema:
        """The alternative that a discriminator names; else of alternative objects the one that names most fields."""
        schema = self.branch_for(schema, value)
        branches = [self.resolve(each) for each in self.branches(schema)]
        if "properties" in schema or not is_object(value) or not branches:
            return schema
        return max(branches, key=lambda each: len(value.keys() & self.properties(each).keys()))

    def is_free(self, schema: Schema) -> bool:
        """Whether an object of this schema may have properties of any name."""
        schema = self.resolve(schema)
        if "additionalProperties" in schema:
            return schema["additionalProperties"] is not False
        return not self.properties(schema)

    def without_unknown(self, schema: Schema, value: Any) -> Any:
        """`value` without the properties that the schema does not know, at every depth."""
        schema = self.branch_for(schema, value)
        spend(BRANCH_COST)
        if is_list(value):
            items = schema.get("items")
            return value if items is None else [self.without_unknown(items, item) for item in value]
        if not is_object(value) or self.is_free(schema):
            return value
        known = self.properties(schema)
        # Where the description refuses unknown properties, they stay, to be refused.
        refuses = any(
            self.resolve(each).get("additionalProperties") is False for each in (schema, *self.branches(schema))
        )
        return {
            name: self.without_unknown(known[name], each) if name in known else each
            for name, each in value.items()
            if name in known or refuses
        }


class _Draft4:
    """One translation of OpenAPI's dialect to JSON Schema draft 4; collects what is referred to in `definitions`."""

    def __init__(self, components: Components, *, closed: bool, request: bool) -> None:
        self.definitions: dict[str, Any] = {}
        self._components = components
        self._closed = closed
        self._request = request

    def of(self, schema: Any) -> Any:
        """The same schema in draft 4."""
        if is_list(schema):
            return [self.of(item) for item in schema]
        if not is_object(schema):
            return schema
        if "$ref" in schema:
            return self._reference(schema["$ref"])
        if "allOf" in schema:
            schema = self._components.merged(schema)
        result = self._keywords(schema)
        if LONGEST_NAME in schema:
            result["patternProperties"] = {rf"^[\s\S]{{{schema[LONGEST_NAME] + 1},}}$": {"not": {}}}
        if self._closed and "properties" in result:
            result.setdefault("additionalProperties", False)
        if schema.get("nullable"):
            return {"anyOf": [result, {"type": "null"}]}
        return result

    def _keywords(self, schema: Schema) -> Schema:
        properties: dict[str, Schema] = schema.get("properties", {})
        passed_over = {name for name, each in properties.items() if self._request and self._components.is_unruled(each)}
        result: Schema = {}
        for key, value in schema.items():
            if key == "properties":
                result[key] = {name: {} if name in passed_over else self.of(each) for name, each in properties.items()}
            elif key == "required":
                required = [name for name in value if name not in passed_over]
                if required:  # Draft 4 knows no empty list of required properties.
                    result[key] = required
            elif key == "anyOf" and CHOSEN_BY in schema:
                result[key] = self._exclusive(value, schema[CHOSEN_BY])
            elif key not in _LEFT_OUT and not key.startswith("x-"):
                result[key] = value if key in _KEPT_AS_IS else self.of(value)
        return result

    def _exclusive(self, alternatives: list[Schema], choices: list[Any]) -> list[Schema]:
        """The alternatives, each for those values only that choose it."""
        exclusive: list[Schema] = []
        passed: list[Schema] = []
        for alternative, choice in zip(alternatives, [*map(_condition, choices), {}], strict=True):
            exclusive.append({"allOf": [*passed, choice, self.of(alternative)]})
            passed.append({"not": choice})
        return exclusive

    def _reference(self, reference: str) -> Schema:
        name = reference.removeprefix(_PREFIX)
        if name not in self.definitions:
            self.definitions[name] = {}  # Holds the place for schemas that refer to themselves.
            self.definitions[name] = self.of(self._components.named(name))
        return {"$ref": f"#/definitions/{name}"}


def _chosen(schema: Schema, value: dict[str, Any]) -> Schema:
    """The alternative of a schema with `x-chosen-by` that the properties of `value` choose."""
    *others, last = schema["anyOf"]
    for alternative, choice in zip(others, schema[CHOSEN_BY], strict=True):
        if _makes(choice, value):
            return alternative
    return last


def _makes(choice: str | dict[str, Any], value: dict[str, Any]) -> bool:
    if isinstance(choice, str):
        return choice in value
    # Python takes 1 for equal to true, JSON does not.
    return all(type(value.get(name)) is type(wanted) and value[name] == wanted for name, wanted in choice.items())


def _condition(choice: str | dict[str, Any]) -> Schema:
    """What a value that makes this choice fits, in draft 4."""
    if isinstance(choice, str):
        return {"required": [choice]}
    return {"required": list(choice), "properties": {name: {"enum": [wanted]} for name, wanted in choice.items()}}


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\]\\]+@[^\s@.]+(\.[^\s@.]+)+")
# Capitals are written out: ignoring the case of a range as large as this one takes long to compile.
_URL = re.compile(
    r"((?i:https?|ftp)://)?([^\s:@/]+(:[^\s@/]*)?@)?"
    r"([a-zA-Z0-9_\-\u00a1-\uffff]+\.)+[a-zA-Z\u00a1-\uffff]{2,}(:\d+)?([/?#]\S*)?"
)


def is_email(value: str) -> bool:
    """Whether `value` looks like an address with a domain that has a dot."""
    return len(value) <= 320 and _EMAIL.fullmatch(value) is not None


def is_url(value: str) -> bool:
    """Whether `value` is a web address with a top-level domain; the scheme may be missing."""
    return len(value) <= 2083 and _URL.fullmatch(value) is not None


FORMATS: dict[str, Callable[[str], bool]] = {
    "uuid": _is_uuid,
    "iso-8601": is_iso_date,
    "time-zone": is_time_zone,
    "email": is_email,
    "url": is_url,
    "uri": is_url,
}

REQUEST_FORMATS: dict[str, Callable[[str], bool]] = {
    **FORMATS,
    "date": is_day,
    "date-time": is_moment,
}
"""Operations have to be able to read what is sent: the validator's own formats know a year 0 and leap seconds."""

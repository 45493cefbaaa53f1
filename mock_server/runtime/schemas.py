"""Schemas of the description: compiles validators, and drops unknown fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import jsonschema_rs

from mock_server.runtime.dates import is_day, is_moment
from mock_server.runtime.iso_dates import is_iso_date, is_real_iso_date
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.phone_numbers import is_phone_number
from mock_server.runtime.time_zones import is_time_zone
from mock_server.state.work import spend

Schema = dict[str, Any]
Resolve = Callable[[Schema], Schema]

_PREFIX = "#/components/schemas/"
BRANCH_COST = 10
"""The cost of processing one value, or one alternative for it, in units of work."""
_KEPT_AS_IS = frozenset({"enum", "default", "required"})
_LEFT_OUT = frozenset({"nullable", "example", "discriminator", "readOnly", "writeOnly", "description", "title", "xml"})

LONGEST_NAME = "x-max-name-length"
"""The maximum length of property names of a free-form object, for which OpenAPI 3.0 has no keyword."""

CHOSEN_BY = "x-chosen-by"
"""For all alternatives of an `anyOf` but the last, the property that selects it: a name, or a name and value."""

UNDECIDED = "x-undecided"
"""The text for a value that chooses none of the alternatives of a union with a discriminator."""


class _Memo:
    """Memoizes a function of a schema. Schemas belong to the description, which does not change.

    Walking through their alternatives again for thousands of values would dominate the cost of a request.
    """

    def __init__(self, make: Callable[[Schema], Schema]) -> None:
        self._make = make
        self._made: dict[int, tuple[Schema, Schema]] = {}  # Holds the schema as well, so that its id is not reused.

    def of(self, schema: Schema) -> Schema:
        if not schema:
            return schema
        made = self._made.get(id(schema))
        if made is None:
            made = self._made[id(schema)] = (schema, self._make(schema))
        return made[1]


class Components:
    """The named schemas of the description."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas
        self._unwrapped = _Memo(self._unwrap)
        self._properties = _Memo(self._find_properties)

    def resolve(self, schema: Schema) -> Schema:
        """Follows references, and unwraps an `allOf` of one reference, merging its siblings."""
        while True:
            reference = schema.get("$ref")
            if reference is not None:
                schema = self._schemas[reference.removeprefix(_PREFIX)]
            elif len(schema.get("allOf", ())) == 1:
                schema = self._unwrapped.of(schema)
            else:
                return schema

    def compile(self, schema: Schema, *, closed: bool = False, request: bool = False) -> jsonschema_rs.Draft4Validator:
        """A validator of `schema`. A `closed` one refuses undeclared properties of objects that declare any.

        One for a `request` ignores properties and items with `x-rules: []`, which the operation validates itself. Its
        dates and date-times are limited to those that operations can parse.
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
        """Whether the operation validates properties of this schema itself."""
        return self.resolve(schema).get("x-rules") == []

    def merged(self, schema: Schema) -> Schema:
        """`allOf` merged into one object; otherwise closed parts would refuse each other's properties."""
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
        """All properties that an object of this schema may have, across all alternatives."""
        return self._properties.of(self.resolve(schema))

    def _unwrap(self, schema: Schema) -> Schema:
        inner = self.resolve(schema["allOf"][0])
        return {**inner, **{key: value for key, value in schema.items() if key != "allOf"}}

    def _find_properties(self, schema: Schema) -> dict[str, Schema]:
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
        """The alternative that `x-chosen-by` or a discriminator selects for `value`; else the schema itself."""
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
        """The alternative selected by a discriminator; else the object alternative that declares most of the fields.

        Where a text names the alternatives, a value that chooses none of them has only their shared properties.
        """
        schema = self.branch_for(schema, value)
        if is_object(value) and UNDECIDED in schema:
            return {"type": "object", "properties": self._shared_properties(schema)}
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
        """`value` without undeclared properties, at every depth.

        What the operation has to refuse, because it chooses no alternative, stays as it is.
        """
        schema = self.branch_for(schema, value)
        spend(BRANCH_COST)
        if "discriminator" in schema and self.is_unruled(schema):
            return value
        if is_list(value):
            items = schema.get("items")
            return value if items is None else [self.without_unknown(items, item) for item in value]
        if not is_object(value) or self.is_free(schema):
            return value
        known = self._shared_properties(schema) if UNDECIDED in schema else self.properties(schema)
        # Unknown properties that the description refuses are kept, to be refused.
        refuses = any(
            self.resolve(each).get("additionalProperties") is False for each in (schema, *self.branches(schema))
        )
        return {
            name: self.without_unknown(known[name], each) if name in known else each
            for name, each in value.items()
            if name in known or refuses
        }

    def _shared_properties(self, union: Schema) -> dict[str, Schema]:
        """The properties that all alternatives declare alike, and the one that chooses among them."""
        first, *others = [self.properties(branch) for branch in self.branches(union)]
        chooser = union["discriminator"]["propertyName"]
        return {
            name: declared
            for name, declared in first.items()
            if name == chooser or all(other.get(name) == declared for other in others)
        }


class _Draft4:
    """Translates OpenAPI's dialect to JSON Schema draft 4; collects referenced schemas in `definitions`."""

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
                if required:  # Draft 4 does not allow an empty `required`.
                    result[key] = required
            elif key == "items" and self._request and self._components.is_unruled(value):
                result[key] = {}
            elif key == "anyOf" and CHOSEN_BY in schema:
                result[key] = self._exclusive(value, schema[CHOSEN_BY])
            elif key not in _LEFT_OUT and not key.startswith("x-"):
                result[key] = value if key in _KEPT_AS_IS else self.of(value)
        return result

    def _exclusive(self, alternatives: list[Schema], choices: list[Any]) -> list[Schema]:
        """The alternatives, each restricted to the values that select it."""
        exclusive: list[Schema] = []
        passed: list[Schema] = []
        for alternative, choice in zip(alternatives, [*map(_condition, choices), {}], strict=True):
            exclusive.append({"allOf": [*passed, choice, self.of(alternative)]})
            passed.append({"not": choice})
        return exclusive

    def _reference(self, reference: str) -> Schema:
        name = reference.removeprefix(_PREFIX)
        if name not in self.definitions:
            self.definitions[name] = {}  # A placeholder for schemas that refer to themselves.
            self.definitions[name] = self.of(self._components.named(name))
        return {"$ref": f"#/definitions/{name}"}


def _chosen(schema: Schema, value: dict[str, Any]) -> Schema:
    """The alternative of a schema with `x-chosen-by` that the properties of `value` select."""
    *others, last = schema["anyOf"]
    for alternative, choice in zip(others, schema[CHOSEN_BY], strict=True):
        if _makes(choice, value):
            return alternative
    return last


def _makes(choice: str | dict[str, Any], value: dict[str, Any]) -> bool:
    if isinstance(choice, str):
        return choice in value
    # In Python, 1 equals True; in JSON it does not.
    return all(type(value.get(name)) is type(wanted) and value[name] == wanted for name, wanted in choice.items())


def _condition(choice: str | dict[str, Any]) -> Schema:
    """The draft 4 schema of values that make this choice."""
    if isinstance(choice, str):
        return {"required": [choice]}
    return {"required": list(choice), "properties": {name: {"enum": [wanted]} for name, wanted in choice.items()}}


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\]\\]+@[^\s@.]+(\.[^\s@.]+)+")
# Lists capitals explicitly: ignoring case in a range this large is slow to compile.
_URL = re.compile(
    r"((?i:https?|ftp)://)?([^\s:@/]+(:[^\s@/]*)?@)?"
    r"([a-zA-Z0-9_\-\u00a1-\uffff]+\.)+[a-zA-Z\u00a1-\uffff]{2,}(:\d+)?([/?#]\S*)?"
)


def is_email(value: str) -> bool:
    """Whether `value` looks like an e-mail address whose domain has a dot."""
    return len(value) <= 320 and _EMAIL.fullmatch(value) is not None


def is_url(value: str) -> bool:
    """Whether `value` is a URL with a top-level domain; the scheme is optional."""
    return len(value) <= 2083 and _URL.fullmatch(value) is not None


FORMATS: dict[str, Callable[[str], bool]] = {
    "uuid": _is_uuid,
    "iso-8601": is_iso_date,
    "iso-8601-strict": is_real_iso_date,
    "time-zone": is_time_zone,
    "email": is_email,
    "url": is_url,
    "uri": is_url,
}

REQUEST_FORMATS: dict[str, Callable[[str], bool]] = {
    **FORMATS,
    "date": is_day,
    "date-time": is_moment,
    "phone": is_phone_number,
}
"""Limited to values that operations can parse: the validator's own formats accept year 0 and leap seconds."""

"""Projects values onto a schema: replies and examples of older editions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.schemas import Components, Schema

Project = Callable[[Any], Any]
"""Returns a value without the parts that the schema does not describe. The value itself is not changed."""


class Projections:
    """Compiles schemas to projections. None stands for a schema that leaves every value unchanged.

    Objects keep the properties that their schema declares; free-form objects keep all. A union uses the alternative
    selected by its discriminator, else the fitting one that keeps most of the value.
    """

    def __init__(self, components: Components) -> None:
        self._components = components
        self._made: dict[str, Project | None] = {}

    def of(self, schema: Schema) -> Project | None:
        """The projection onto `schema`."""
        if "$ref" in schema:
            return self._component(schema["$ref"].rpartition("/")[2])
        if "allOf" in schema:
            schema = self._components.merged(schema)
        if "properties" in schema:
            return self._object(schema)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self._union(schema, schema[key])
        if "items" in schema:
            return _each_item(self.of(schema["items"]))
        values = schema.get("additionalProperties")
        return _each_value(self.of(values)) if is_object(values) else None

    def _component(self, name: str) -> Project | None:
        if name not in self._made:
            # A recursive schema looks up the finished projection when called.
            self._made[name] = lambda value: (self._made[name] or _identity)(value)
            self._made[name] = self.of(self._components.named(name))
        return self._made[name]

    def _object(self, schema: Schema) -> Project:
        known = {name: self.of(declared) for name, declared in self._components.properties(schema).items()}
        deeper = {name: project for name, project in known.items() if project is not None}
        is_open = schema.get("additionalProperties", False) is not False

        def project(value: Any) -> Any:
            if not is_object(value):
                return value
            return {
                name: deeper[name](item) if name in deeper else item
                for name, item in value.items()
                if is_open or name in known
            }

        return project

    def _union(self, schema: Schema, alternatives: list[Schema]) -> Project | None:
        projects = [self.of(alternative) for alternative in alternatives]
        if not any(projects):
            return None
        named = self._by_discriminator(schema, alternatives)
        checks = [self._components.compile(each, closed=True).is_valid for each in alternatives]
        required = [frozenset(self._components.resolve(each).get("required", ())) for each in alternatives]

        def project(value: Any) -> Any:
            if is_object(value) and named is not None:
                place = named[1].get(value.get(named[0]))
                if place is not None:
                    return (projects[place] or _identity)(value)
            given = value.keys() if is_object(value) else None
            places = [place for place, names in enumerate(required) if given is None or names <= given]
            candidates = [((projects[place] or _identity)(value), checks[place]) for place in places]
            # Validating costs most, so the largest are validated first.
            candidates.sort(key=lambda each: _size(each[0]), reverse=True)
            return next((each for each, fits in candidates if fits(msgspec.to_builtins(each))), value)

        return project

    def _by_discriminator(self, schema: Schema, alternatives: list[Schema]) -> tuple[str, dict[Any, int]] | None:
        """The property that distinguishes the alternatives, and the alternative selected by each of its values."""
        if "discriminator" not in schema:
            return None
        name: str = schema["discriminator"]["propertyName"]
        values: dict[Any, int] = {}
        for place, alternative in enumerate(alternatives):
            own = self._components.properties(alternative).get(name, {})
            values |= dict.fromkeys(self._components.resolve(own).get("enum", ()), place)
        return name, values


def _each_item(project: Project | None) -> Project | None:
    if project is None:
        return None
    return lambda value: [project(item) for item in value] if is_list(value) else value


def _each_value(project: Project | None) -> Project | None:
    if project is None:
        return None
    return lambda value: {name: project(item) for name, item in value.items()} if is_object(value) else value


def _identity(value: Any) -> Any:
    return value


def _size(value: Any) -> int:
    """The number of values in a JSON value."""
    if is_object(value):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if is_list(value) else 1

"""The body in the form in which the live API validates it: with defaults, and some texts transformed.

Refusals show the body in this form. The description declares the changes by `default` and `x-read-as`.
Source: Cal.com API v2, global validation pipe, initial values and transforms of the inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.schemas import Components, Schema

ABSENT: Any = object()
"""A transform's result for a value that it drops."""

UNSEEN_DEFAULT = "x-default-unseen"
"""Marks a default that the live API applies after validation, so that refusals do not show it."""

_READ_AS = "x-read-as"


def as_read(components: Components, schema: Schema, value: Any) -> Any:
    """`value` in the form shown by refusals. Objects and lists keep their positions."""
    schema = components.likely_branch(schema, value)
    if is_list(value) and "items" in schema:
        return [as_read(components, schema["items"], item) for item in value]
    if not is_object(value):
        return _transformed(schema, value)
    known = components.properties(schema)
    read = {name: as_read(components, known[name], item) if name in known else item for name, item in value.items()}
    defaults = {name: default for name in known if (default := _default(components.resolve(known[name]))) is not ABSENT}
    return {name: item for name, item in {**defaults, **read}.items() if item is not ABSENT}


def shown_as_read(errors: list[dict[str, Any]], body: Any, read: Any) -> list[dict[str, Any]]:
    """The errors that an operation found in `body`, restated for its form `read`."""
    forms = dict(_forms(body, read))
    return [_reworded(error, forms) for error in errors]


def _default(schema: Schema) -> Any:
    return ABSENT if schema.get(UNSEEN_DEFAULT) else schema.get("default", ABSENT)


def _transformed(schema: Schema, value: Any) -> Any:
    rule = schema.get(_READ_AS)
    if rule is None or value is None:
        return value
    if is_object(rule):
        return rule.get(value, value) if isinstance(value, str) else value
    return _TRANSFORMS[rule](value)


def _lower_case(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else ABSENT


def _at(clock: str) -> Callable[[Any], Any]:
    """Sets the time of a UTC date-time to `clock`. An invalid date becomes null, as in JSON."""

    def move(value: Any) -> Any:
        try:
            return f"{datetime.fromisoformat(value).date().isoformat()}T{clock}Z"
        except (TypeError, ValueError):
            return None

    return move


_TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "lower-case": _lower_case,
    "first-moment-of-day": _at("00:00:00.000"),
    "last-moment-of-day": _at("23:59:59.999"),
}


def _forms(value: Any, read: Any) -> list[tuple[int, Any]]:
    """The read form of each object and list in `value`, by its identity."""
    found: list[tuple[int, Any]] = []
    if is_object(value) and is_object(read):
        found = [(id(value), read)]
        for name in value:
            found += _forms(value[name], read.get(name))
    elif is_list(value) and is_list(read):
        found = [(id(value), read)]
        for item, form in zip(value, read, strict=True):
            found += _forms(item, form)
    return found


def _reworded(error: dict[str, Any], forms: dict[int, Any]) -> dict[str, Any]:
    target = forms.get(id(error["target"]), error["target"])
    result = {**error, "target": target, "children": [_reworded(child, forms) for child in error["children"]]}
    if "value" in error and is_object(target):
        result["value"] = target.get(error["property"], error["value"])
    return result

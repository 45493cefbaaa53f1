"""Reports the validation rules that a request breaks, with class-validator's names, texts and nesting.

Compiled validators decide whether a request is valid (see schemas); this module runs only if it is not.
Source: Cal.com API v2, global validation pipe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mock_server.runtime.errors import property_error
from mock_server.runtime.integers import LARGEST, is_own_bound
from mock_server.runtime.iso_dates import is_iso_date, is_real_iso_date
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.phone_numbers import is_phone_number
from mock_server.runtime.schemas import UNDECIDED, Components, Schema, is_email, is_url
from mock_server.runtime.time_zones import is_time_zone
from mock_server.state.work import spend

Errors = list[dict[str, Any]]
Texts = dict[str, str]

MISSING: Any = object()
STRICT_DATE = "iso-8601-strict"
"""Stands for a property that was not sent."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return _is_number(value) and (isinstance(value, int) or value.is_integer()) and abs(value) <= LARGEST


def _is_listed(value: Any, schema: Schema) -> bool:
    return any(
        choice == value and isinstance(choice, bool) == isinstance(value, bool) for choice in schema.get("enum", ())
    )


def _listed(schema: Schema) -> str:
    return ", ".join("" if choice is None else str(choice) for choice in schema.get("enum", ()) if choice is not None)


def _length_text(schema: Schema, value: Any) -> str:
    """Mentions the bound that `value` violates; both bounds, even an undefined one, if it has no length."""
    shortest, longest = schema.get("minLength", "undefined"), schema.get("maxLength", "undefined")
    length = len(value) if isinstance(value, str) or is_list(value) else None
    is_falsy = value is MISSING or (not value and not is_list(value) and not is_object(value))
    if "minLength" in schema and (is_falsy or (length is not None and length < shortest)):
        return f"$property must be longer than or equal to {shortest} characters"
    if "maxLength" in schema and length is not None and length > longest:
        return f"$property must be shorter than or equal to {longest} characters"
    return f"$property must be longer than or equal to {shortest} and shorter than or equal to {longest} characters"


class Rule:
    """A rule of class-validator: its predicate, given the property's schema, and its text."""

    def __init__(
        self,
        accepts: Callable[[Any, Schema], bool],
        text: str | Callable[[Schema, Any], str],
    ) -> None:
        self.accepts = accepts
        self._text = text

    def text(self, schema: Schema, value: Any) -> str:
        """The text, with `$property` in place of the property's name."""
        return self._text if isinstance(self._text, str) else self._text(schema, value)


RULES: Mapping[str, Rule] = {
    "isString": Rule(lambda v, _: isinstance(v, str), "$property must be a string"),
    "isNumber": Rule(lambda v, _: _is_number(v), "$property must be a number conforming to the specified constraints"),
    "isInt": Rule(lambda v, _: _is_integer(v), "$property must be an integer number"),
    "isBoolean": Rule(lambda v, _: isinstance(v, bool), "$property must be a boolean value"),
    "isArray": Rule(lambda v, _: isinstance(v, list), "$property must be an array"),
    "isObject": Rule(lambda v, _: isinstance(v, dict), "$property must be an object"),
    "isEnum": Rule(_is_listed, lambda s, _: f"$property must be one of the following values: {_listed(s)}"),
    "isIn": Rule(_is_listed, lambda s, _: f"$property must be one of the following values: {_listed(s)}"),
    "min": Rule(
        lambda v, s: _is_number(v) and v >= s.get("minimum", v),
        lambda s, _: f"$property must not be less than {s['minimum']}",
    ),
    "max": Rule(
        lambda v, s: _is_number(v) and v <= s.get("maximum", v),
        lambda s, _: f"$property must not be greater than {s['maximum']}",
    ),
    "isPositive": Rule(lambda v, _: _is_number(v) and v > 0, "$property must be a positive number"),
    "minLength": Rule(
        lambda v, s: isinstance(v, str) and len(v) >= s.get("minLength", 0),
        lambda s, _: f"$property must be longer than or equal to {s['minLength']} characters",
    ),
    "maxLength": Rule(
        lambda v, s: isinstance(v, str) and len(v) <= s.get("maxLength", len(v)),
        lambda s, _: f"$property must be shorter than or equal to {s['maxLength']} characters",
    ),
    "isLength": Rule(
        lambda v, s: isinstance(v, str) and s.get("minLength", 0) <= len(v) <= s.get("maxLength", len(v)), _length_text
    ),
    "isDefined": Rule(lambda v, _: v not in (None, MISSING), "$property should not be null or undefined"),
    "isNotEmpty": Rule(lambda v, _: v not in ("", None, MISSING), "$property should not be empty"),
    "arrayNotEmpty": Rule(lambda v, _: is_list(v) and len(v) > 0, "$property should not be empty"),
    "arrayMinSize": Rule(
        lambda v, s: is_list(v) and len(v) >= s.get("minItems", 0),
        lambda s, _: f"$property must contain at least {s['minItems']} elements",
    ),
    "arrayMaxSize": Rule(
        lambda v, s: is_list(v) and len(v) <= s.get("maxItems", len(v)),
        lambda s, _: f"$property must contain no more than {s['maxItems']} elements",
    ),
    "arrayUnique": Rule(
        lambda v, _: is_list(v) and len({repr(item) for item in v}) == len(v),
        "All $property's elements must be unique",
    ),
    "isEmail": Rule(lambda v, _: isinstance(v, str) and is_email(v), "$property must be an email"),
    "isUrl": Rule(lambda v, _: isinstance(v, str) and is_url(v), "$property must be a URL address"),
    "isPhoneNumber": Rule(
        lambda v, _: isinstance(v, str) and is_phone_number(v), "$property must be a valid phone number"
    ),
    "isUuid": Rule(lambda v, _: isinstance(v, str) and _UUID.fullmatch(v) is not None, "$property must be a UUID"),
    "isIso8601": Rule(
        lambda v, _: isinstance(v, str) and is_iso_date(v),
        "$property must be a valid ISO 8601 date string",
    ),
    "isDateString": Rule(
        lambda v, s: isinstance(v, str) and (is_real_iso_date if s.get("format") == STRICT_DATE else is_iso_date)(v),
        "$property must be a valid ISO 8601 date string",
    ),
    "isDate": Rule(lambda v, _: isinstance(v, str) and is_iso_date(v), "$property must be a Date instance"),
    "isTimeZone": Rule(lambda v, _: isinstance(v, str) and is_time_zone(v), "$property must be a valid IANA time-zone"),
    "matches": Rule(
        lambda v, s: isinstance(v, str) and re.search(s.get("pattern", ""), v) is not None,
        lambda s, _: f"$property must match /{s.get('pattern', '')}/ regular expression",
    ),
}

_BY_TYPE = {"string": "isString", "integer": "isInt", "number": "isNumber", "boolean": "isBoolean", "array": "isArray"}
_BY_FORMAT = {
    "email": "isEmail",
    "phone": "isPhoneNumber",
    "uri": "isUrl",
    "url": "isUrl",
    "uuid": "isUuid",
    "date-time": "isIso8601",
    "date": "isIso8601",
    "iso-8601": "isDateString",
    STRICT_DATE: "isDateString",
    "time-zone": "isTimeZone",
}
_BY_KEYWORD = {
    "minimum": "min",
    "maximum": "max",
    "minLength": "minLength",
    "maxLength": "maxLength",
    "pattern": "matches",
    "minItems": "arrayMinSize",
    "maxItems": "arrayMaxSize",
}


def rules_of(schema: Schema) -> dict[str, str | None]:
    """The rules of a property, each with its own text or None: from `x-rules`, else from its keywords."""
    given = schema.get("x-rules")
    if is_object(given):
        return dict(given)
    if is_list(given):
        return {key: text for rule in given for key, text in (rule.items() if is_object(rule) else [(rule, None)])}
    names: list[str] = []
    if "enum" in schema:
        names.append("isEnum")
    elif schema.get("format") in _BY_FORMAT:
        names.append(_BY_FORMAT[schema["format"]])
    elif schema.get("type") in _BY_TYPE:
        names.append(_BY_TYPE[schema["type"]])
    names += [rule for keyword, rule in _BY_KEYWORD.items() if keyword in schema and is_own_bound(schema[keyword])]
    return dict.fromkeys(names)


def joined(errors: Errors) -> str:
    """The failed properties as a single text, the format of some operations."""
    return ", ".join(
        f"{error['property']} property is wrong,{', '.join(error.get('constraints', {}).values())} "
        f"{joined(error['children'])}"
        for error in errors
    )


def failed_property(name: str, messages: Iterable[str] = (), children: Errors | None = None) -> dict[str, Any]:
    """A failed property for `joined`, with messages that belong to no rule."""
    return {"property": name, "constraints": {text: text for text in messages}, "children": children or []}


LISTED_PARTS = 10_000
FIT_COST = 5
"""The cost of validating one value against its schema, in units of work."""


def _unknown(name: str, target: dict[str, Any]) -> dict[str, Any]:
    constraints = {"whitelistValidation": f"property {name} should not exist"}
    return property_error(target, name, constraints)


def _most_listed(target: Any) -> int:
    """The number of failures in `target` to list. Each repeats all of it, so the reply would grow quadratically."""
    return max(LISTED_PARTS // max(len(target), 1), 1)


def _not_nested(name: str) -> Texts:
    return {"nestedValidation": f"each value in nested property {name} must be either object or array"}


def _undecided(schema: Schema, target: dict[str, Any]) -> dict[str, Any]:
    return property_error(target, schema["discriminator"]["propertyName"], {"isIn": schema[UNDECIDED]})


class ValidationErrorReporter:
    """Lists the validation errors of a request as class-validator does."""

    def __init__(self, components: Components) -> None:
        self._components = components
        self._validators: dict[int, Any] = {}

    def errors(self, schema: Schema, target: dict[str, Any]) -> Errors:
        """The failed properties of `target`, whose unknown fields have been dropped or must be refused.

        For a union of which no alternative was chosen, reports its own text for this, else the alternative with the
        fewest failures. Unknown fields to be refused come first.
        """
        schema = self._components.branch_for(schema, target)
        branches = [branch for branch in self._components.branches(schema) if self._is_nested(branch)]
        if branches and "properties" not in schema:
            if UNDECIDED in schema:
                return [_undecided(schema, target)]
            return min((self.errors(branch, target) for branch in branches), key=len)
        required = set(schema.get("required", ()))
        known = self._components.properties(schema)
        errors: Errors = []
        if schema.get("additionalProperties") is False:
            unknown = [name for name in target if name not in known]
            errors += [_unknown(name, target) for name in unknown[: _most_listed(target)]]
        for name, declared in known.items():
            value = target.get(name, MISSING)
            if (value is MISSING and name not in required) or self._components.is_unruled(declared):
                continue
            errors += self._property(declared, name, value, target)
        if not errors and is_object(schema.get("x-rules")) and not self._fits(schema, target):
            failed = schema.get("x-failed-property", next(iter(known)))
            errors = [property_error(target, failed, schema["x-rules"], shows_value=False)]
        return errors

    def _property(self, declared: Schema, name: str, value: Any, target: Any) -> Errors:
        schema = self._components.resolve(declared)
        if (value is None and schema.get("nullable")) or self._fits(declared, value):
            return []
        constraints = self._broken(schema, name, value)
        # A custom rule of the API covers the whole value, so its contents are not checked.
        children = self._children(schema, name, value) if rules_of(schema).keys() <= RULES.keys() else []
        if not constraints and not children:
            constraints = self._fallback(schema, name, value)
        error: dict[str, Any] = {"target": target}
        if value is not MISSING:
            error["value"] = value
        error |= {"property": name, "children": children}
        if constraints:
            error["constraints"] = constraints
        return [error]

    def _broken(self, schema: Schema, name: str, value: Any) -> Texts:
        broken: Texts = {}
        for key, own_text in rules_of(schema).items():
            rule = RULES.get(key)
            # A custom rule stands for the whole schema, which the value violates.
            if rule is None or not rule.accepts(value, schema):
                text = own_text or (rule.text(schema, value) if rule else f"{name} is not valid")
                broken[key] = text.replace("$property", name)
        if "items" in schema:
            broken.update(self._broken_items(schema["items"], name, value))
        return broken

    def _broken_items(self, declared: Schema, name: str, value: Any) -> Texts:
        """The violated rules of an array's items. A value that is not an array is checked like an item."""
        schema = self._components.resolve(declared)
        if self._is_nested(schema):
            is_scalar = value is not MISSING and value is not None and not is_list(value) and not is_object(value)
            return _not_nested(name) if is_scalar else {}
        broken: Texts = {}
        for key, own_text in rules_of(schema).items():
            rule = RULES.get(key)
            for item in value if is_list(value) else [value]:
                if not (rule.accepts(item, schema) if rule else self._fits(declared, item)):
                    default = f"each value in {rule.text(schema, item)}" if rule else f"{name} is not valid"
                    broken[key] = (own_text or default).replace("$property", name)
                    break
        return broken

    def _children(self, schema: Schema, name: str, value: Any) -> Errors:
        """The errors inside a value. An object in place of an array is checked like an item."""
        if "items" in schema and self._is_nested(self._components.resolve(schema["items"])):
            if is_object(value):
                return self.errors(schema["items"], value)
            return self._item_errors(schema["items"], name, value) if is_list(value) else []
        if is_object(value) and self._is_nested(schema):
            return self.errors(schema, value)
        return []

    def _item_errors(self, declared: Schema, name: str, values: list[Any]) -> Errors:
        errors: Errors = []
        for place, item in enumerate(values):
            if self._fits(declared, item):
                continue
            error: dict[str, Any] = {"target": values, "value": item, "property": str(place), "children": []}
            if is_object(item):
                error["children"] = self.errors(declared, item)
            else:
                error["constraints"] = _not_nested(name)
            if error["children"] or "constraints" in error:
                errors.append(error)
            if len(errors) == _most_listed(values):
                break
        return errors

    def _is_nested(self, schema: Schema) -> bool:
        return bool(self._components.properties(schema))

    def _fallback(self, schema: Schema, name: str, value: Any) -> Texts:
        if self._is_nested(schema):
            return {"nestedValidation": f"nested property {name} must be either object or array"}
        if schema.get("type") == "object":
            return {"isObject": f"{name} must be an object"}
        for key, own_text in rules_of(schema).items():  # The schema is stricter than its rule.
            if key in RULES:
                return {key: (own_text or RULES[key].text(schema, value)).replace("$property", name)}
        return {"isDefined": f"{name} is not valid"}

    def _fits(self, declared: Schema, value: Any) -> bool:
        if value is MISSING:
            return False
        spend(FIT_COST)
        validator = self._validators.get(id(declared))
        if validator is None:
            # The description outlives this reporter, so the ids of its parts are not reused.
            validator = self._validators[id(declared)] = self._components.compile(declared, request=True)
        return validator.is_valid(value)

"""Evaluates the conditions of routes, as the query builder of the web application stores them.

A condition is a group of rules and groups, joined by AND or OR. Texts are compared without regard to case.
Source: Cal.com API v2, routing forms: routes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mock_server.runtime.json_values import is_list, is_object

Values = Sequence[Any]
Operator = Callable[[Any, Values], bool]
"""Whether an answer matches the values of a rule."""

MAX_DEPTH = 30


def matches(condition: Any, answers: Mapping[str, Any], *, depth: int = 0) -> bool:
    """Whether the answers, by field id, satisfy a group. An empty group is always satisfied."""
    if not is_object(condition) or depth > MAX_DEPTH:
        return True
    properties = condition.get("properties")
    settings = properties if is_object(properties) else {}
    results = [_satisfied(each, answers, depth) for each in _children(condition) if _is_complete(each)]
    joined = any(results) if settings.get("conjunction") == "OR" and results else all(results)
    return joined != bool(settings.get("not"))


def has_rules(condition: Any, *, depth: int = 0) -> bool:
    """Whether a group contains at least one complete rule."""
    if not is_object(condition) or depth > MAX_DEPTH:
        return False
    return any(
        has_rules(each, depth=depth + 1) if _is_group(each) else _is_complete(each) for each in _children(condition)
    )


def _children(group: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = group.get("children1")
    for each in found.values() if is_object(found) else found if is_list(found) else ():
        if is_object(each):
            yield each


def _is_group(entry: Mapping[str, Any]) -> bool:
    return entry.get("type") in ("group", "rule_group")


def _is_complete(entry: Mapping[str, Any]) -> bool:
    """Rules that are not filled in yet do not count."""
    if _is_group(entry):
        return True
    properties = entry.get("properties")
    if not is_object(properties) or not properties.get("field") or properties.get("operator") not in OPERATORS:
        return False
    return properties["operator"] in _WITHOUT_VALUE or any(each is not None for each in _values(properties))


def _satisfied(entry: Mapping[str, Any], answers: Mapping[str, Any], depth: int) -> bool:
    if _is_group(entry):
        return matches(entry, answers, depth=depth + 1)
    properties = entry["properties"]
    answer = _folded(answers.get(str(properties["field"]), ""))
    values = [_folded(each) for each in _resolved(properties, answers)]
    return OPERATORS[properties["operator"]](answer, values)


def _values(properties: Mapping[str, Any]) -> list[Any]:
    """The values of a rule; those of choices are lists within the list."""
    found = properties.get("value")
    given = found if is_list(found) else [found]
    return [inner for each in given for inner in (each if is_list(each) else [each])]


def _resolved(properties: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Any]:
    sources = properties.get("valueSrc")
    if is_list(sources) and "field" in sources:
        return [answers.get(str(each), "") for each in _values(properties)]
    return _values(properties)


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower()
    return [_folded(each) for each in value] if is_list(value) else value


def _chosen(answer: Any) -> list[Any]:
    return list(answer) if is_list(answer) else [] if answer in ("", None) else [answer]


def _equal(answer: Any, values: Values) -> bool:
    return bool(values) and str(answer) == str(values[0])


def _text(answer: Any) -> str:
    return ",".join(map(str, answer)) if is_list(answer) else str(answer)


def _compared(compare: Callable[[float, float], bool]) -> Operator:
    def operator(answer: Any, values: Values) -> bool:
        numbers = _numbers([answer, *values[:1]])
        return len(numbers) == 2 and compare(*numbers)

    return operator


def _between(answer: Any, values: Values) -> bool:
    numbers = _numbers([answer, *values[:2]])
    return len(numbers) == 3 and numbers[1] <= numbers[0] <= numbers[2]


def _numbers(values: Values) -> list[float]:
    """The values as numbers; none if one of them is no number, or too large."""
    try:
        return [float(each) for each in values]
    except (TypeError, ValueError, OverflowError):
        return []


def _opposite(operator: Operator) -> Operator:
    return lambda answer, values: not operator(answer, values)


def _is_empty(answer: Any, _: Values) -> bool:
    return not _chosen(answer)


def _contains(answer: Any, values: Values) -> bool:
    return bool(values) and str(values[0]) in _text(answer)


def _any_in(answer: Any, values: Values) -> bool:
    return any(each in values for each in _chosen(answer))


def _all_in(answer: Any, values: Values) -> bool:
    return bool(_chosen(answer)) and all(each in values for each in _chosen(answer))


_WITHOUT_VALUE = frozenset({"is_empty", "is_not_empty", "is_null", "is_not_null"})

OPERATORS: dict[str, Operator] = {
    "equal": _equal,
    "not_equal": _opposite(_equal),
    "like": _contains,
    "not_like": _opposite(_contains),
    "starts_with": lambda answer, values: bool(values) and _text(answer).startswith(str(values[0])),
    "ends_with": lambda answer, values: bool(values) and _text(answer).endswith(str(values[0])),
    "is_empty": _is_empty,
    "is_not_empty": _opposite(_is_empty),
    "is_null": _is_empty,
    "is_not_null": _opposite(_is_empty),
    "less": _compared(lambda answer, value: answer < value),
    "less_or_equal": _compared(lambda answer, value: answer <= value),
    "greater": _compared(lambda answer, value: answer > value),
    "greater_or_equal": _compared(lambda answer, value: answer >= value),
    "between": _between,
    "not_between": _opposite(_between),
    "select_equals": _equal,
    "select_not_equals": _opposite(_equal),
    "select_any_in": _any_in,
    "select_not_any_in": _opposite(_any_in),
    "multiselect_equals": _all_in,
    "multiselect_not_equals": _opposite(_all_in),
    "multiselect_some_in": _any_in,
    "multiselect_not_some_in": _opposite(_any_in),
}
"""The operators of rules, by their names in the query builder."""

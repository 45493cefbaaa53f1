"""The filters of insights: by one or several values, by text, by number, or by a range of dates.

Source: Cal.com API v2, insights: columnFilters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mock_server.insights.periods import DateRange, read_range
from mock_server.runtime.json_values import is_list, is_object

Value = object
"""What a column holds: a text, a number, None, or a list of these, of which one has to match."""


class ColumnFilter(msgspec.Struct, frozen=True):
    """A condition on the column `id`. `kind` is ss, ms, t, n or dr."""

    id: str
    kind: str
    data: object

    def matches(self, value: Value) -> bool:
        """Whether the value of the column meets the condition."""
        values = value if is_list(value) else [value]
        match self.kind:
            case "ss":
                return any(_as_text(each) == _as_text(_wrapped(self.data)) for each in values)
            case "ms":
                wanted = [_as_text(each) for each in (self.data if is_list(self.data) else [])]
                return not wanted or any(_as_text(each) in wanted for each in values)
            case "t":
                return _matches_operator(_TEXT_OPERATORS, self.data, [_as_text(each) for each in values])
            case "n":
                numbers = [each for each in values if isinstance(each, int | float)]
                return _matches_operator(_NUMBER_OPERATORS, self.data, numbers)
            case _:
                return True

    def date_range(self, zone: str) -> DateRange | None:
        """The days of a filter by dates. Raises BadRequest for what are no dates."""
        if self.kind != "dr" or not is_object(self.data):
            return None
        if self.data.get("startDate") is None or self.data.get("endDate") is None:
            return None
        return read_range(self.data["startDate"], self.data["endDate"], zone)


def read_column_filters(body: Mapping[str, Any]) -> tuple[ColumnFilter, ...]:
    """The filters of a request."""
    return tuple(
        ColumnFilter(str(each.get("id")), str(value.get("type")), value.get("data"))
        for each in body.get("columnFilters") or ()
        if is_object(value := each.get("value"))
    )


def all_match(filters: Iterable[ColumnFilter], columns: Mapping[str, Callable[[], Value]]) -> bool:
    """Whether the values of `columns` meet all filters. As upstream, filters by other columns are ignored."""
    return all(each.matches(columns[each.id]()) for each in filters if each.id in columns)


def _wrapped(data: object) -> object:
    """The value of a filter by one value, also where it stands in an object."""
    return data.get("value") if is_object(data) else data


def _as_text(value: object) -> str:
    return "" if value is None else str(value).lower()


def _matches_operator(
    operators: Mapping[str, Callable[[Any, Any], bool]], data: object, values: Sequence[object]
) -> bool:
    if not is_object(data) or data.get("operator") not in operators:
        return True
    operator, operand = operators[str(data["operator"])], data.get("operand")
    if operators is _TEXT_OPERATORS:
        operand = _as_text(operand)
    elif not isinstance(operand, int | float):
        return True
    return any(operator(each, operand) for each in values)


_TEXT_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, operand: value == operand,
    "notEquals": lambda value, operand: value != operand,
    "contains": lambda value, operand: operand in value,
    "notContains": lambda value, operand: operand not in value,
    "startsWith": lambda value, operand: value.startswith(operand),
    "endsWith": lambda value, operand: value.endswith(operand),
    "isEmpty": lambda value, _: not value,
    "isNotEmpty": lambda value, _: bool(value),
}
_NUMBER_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, operand: value == operand,
    "neq": lambda value, operand: value != operand,
    "gt": lambda value, operand: value > operand,
    "gte": lambda value, operand: value >= operand,
    "lt": lambda value, operand: value < operand,
    "lte": lambda value, operand: value <= operand,
}

"""Limits on the number, or total minutes, of bookings per day, week, month and year.

Source: Cal.com API v2, event types: booking limits.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any, TypeGuard, get_args

from mock_server.event_types.model import Limit, Period
from mock_server.runtime.errors import shared_library_error
from mock_server.runtime.json_values import is_object

PERIODS: tuple[Period, ...] = get_args(Period)
"""From the shortest to the longest."""


NEEDS_A_LIMIT = (
    "When disabled is false {disabled: false} at least one other property must be provided, because it means that the "
    "property is enabled but then other properties must be provided too."
)


def are_valid_limits(limits: object) -> bool:
    """Whether limits are off, or an object whose periods have numbers. Other keys are ignored."""
    if not is_object(limits):
        return False
    return limits.get("disabled") is True or all(_is_number(limits[period]) for period in PERIODS if period in limits)


def read_limits(limits: dict[str, Any], refusal: str) -> tuple[Limit, ...]:
    """The valid limits of a request, in its order; none where they are disabled.

    Raises BAD_REQUEST of the shared libraries, with the text `refusal`, where a longer period comes before a shorter
    one with the same limit.
    """
    if limits.get("disabled") is True:
        return ()
    given: dict[Period, int | float] = {period: value for period, value in limits.items() if period in PERIODS}
    if not _ascend(given):
        raise shared_library_error("BAD_REQUEST", text=refusal)
    return _limits(given)


def read_older_limits(limits: object) -> tuple[Limit, ...]:
    """The limits of a request before 2026-03, which refused other keys beside them.

    Raises BAD_REQUEST of the shared libraries for errors that `find_exceeded_limit` does not report.
    """
    if is_object(limits) and limits.get("disabled") is True:
        return ()
    if not is_object(limits) or not _are_limits(limits) or not _ascend(limits):
        raise shared_library_error("BAD_REQUEST")
    return _limits(limits)


def find_exceeded_limit(limits: object) -> tuple[Period, Period] | None:
    """The first period whose limit exceeds that of a longer period, and the longer period."""
    if not is_object(limits) or limits.get("disabled") is True:
        return None
    given: list[Period] = [period for period in PERIODS if _is_number(limits.get(period))]
    for shorter, longer in combinations(given, 2):
        if limits[shorter] > limits[longer]:
            return shorter, longer
    return None


def limits_view(limits: tuple[Limit, ...]) -> dict[str, int | float]:
    """The limits in the order of the request."""
    return {limit.period: limit.value for limit in limits}


def _limits(given: dict[Period, int | float]) -> tuple[Limit, ...]:
    return tuple(Limit(period=period, value=value) for period, value in given.items())


def _ascend(limits: dict[Period, int | float]) -> bool:
    """Whether no longer period comes before a shorter one, by their limits."""
    by_value = sorted(limits, key=limits.__getitem__)
    return all(PERIODS.index(first) <= PERIODS.index(second) for first, second in pairwise(by_value))


def _are_limits(limits: dict[str, Any]) -> TypeGuard[dict[Period, int | float]]:
    return all(period in PERIODS and _is_number(value) for period, value in limits.items())


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

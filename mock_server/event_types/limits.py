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


def read_limits(limits: object) -> tuple[Limit, ...]:
    """The limits in the order of the request; none where they are disabled.

    Raises BAD_REQUEST of the shared libraries for errors that `find_exceeded_limit` does not report.
    """
    if not is_object(limits):
        raise shared_library_error("BAD_REQUEST")
    if limits.get("disabled") is True:
        return ()
    if not _are_limits(limits):
        raise shared_library_error("BAD_REQUEST")
    by_value = sorted(limits, key=limits.__getitem__)
    if any(PERIODS.index(first) > PERIODS.index(second) for first, second in pairwise(by_value)):
        raise shared_library_error("BAD_REQUEST")
    return tuple(Limit(period=period, value=value) for period, value in limits.items())


def find_exceeded_limit(limits: object) -> tuple[Period, Period] | None:
    """The first period whose limit exceeds that of a longer period, and the longer period."""
    if not is_object(limits) or "disabled" in limits:
        return None
    given: list[Period] = [period for period in PERIODS if _is_number(limits.get(period))]
    for shorter, longer in combinations(given, 2):
        if limits[shorter] > limits[longer]:
            return shorter, longer
    return None


def limits_view(limits: tuple[Limit, ...]) -> dict[str, int | float]:
    """The limits in the order of the request."""
    return {limit.period: limit.value for limit in limits}


def _are_limits(limits: dict[str, Any]) -> TypeGuard[dict[Period, int | float]]:
    return all(period in PERIODS and _is_number(value) for period, value in limits.items())


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

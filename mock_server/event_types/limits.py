"""How many bookings, or minutes of bookings, an event type takes in a day, a week, a month and a year.

Source: Cal.com API v2, event types: booking limits.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any, get_args

from mock_server.event_types.model import Limit, Period
from mock_server.runtime.errors import shared_library_error

PERIODS: tuple[Period, ...] = get_args(Period)
"""From the shortest to the longest."""


def read_limits(limits: Any) -> tuple[Limit, ...]:
    """The limits in the order in which they were sent; none where they are turned off.

    Raises the shared libraries' refusal for what `exceeding` does not find.
    """
    if not isinstance(limits, dict):
        raise shared_library_error("BAD_REQUEST")
    if limits.get("disabled") is True:
        return ()
    if not all(period in PERIODS and _is_number(value) for period, value in limits.items()):
        raise shared_library_error("BAD_REQUEST")
    by_value = sorted(limits, key=lambda period: limits[period])
    if any(PERIODS.index(first) > PERIODS.index(second) for first, second in pairwise(by_value)):
        raise shared_library_error("BAD_REQUEST")
    return tuple(Limit(period=period, value=value) for period, value in limits.items())


def exceeding(limits: Any) -> tuple[str, str] | None:
    """The first shorter period whose limit exceeds that of a longer one, with the latter."""
    if not isinstance(limits, dict) or "disabled" in limits:
        return None
    given = [period for period in PERIODS if _is_number(limits.get(period))]
    for shorter, longer in combinations(given, 2):
        if limits[shorter] > limits[longer]:
            return shorter, longer
    return None


def limits_view(limits: tuple[Limit, ...]) -> dict[str, int | float]:
    """The limits in the order in which they were sent."""
    return {limit.period: limit.value for limit in limits}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

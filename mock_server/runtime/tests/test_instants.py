"""Time zones over instants: many instants at once read as each would alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.runtime.instants import DAY, HOUR, MINUTE, milliseconds, zone_named

NEW_YEAR = datetime(2031, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/Rome", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu")


@pytest.mark.parametrize("name", ZONES)
def test_the_clock_times_of_many_instants_are_those_of_each(name: str) -> None:
    zone = zone_named(name)
    start = milliseconds(NEW_YEAR - timedelta(days=400))
    instants = list(range(start, start + 1200 * DAY, 3 * HOUR + 7 * MINUTE))
    assert zone.clocks_at(instants) == [zone.clock_at(instant) for instant in instants]


def test_an_offset_is_in_force_from_the_change_on() -> None:
    change = milliseconds(datetime(2031, 3, 30, 1, tzinfo=UTC))
    back = milliseconds(datetime(2031, 10, 26, 1, tzinfo=UTC))
    instants = [change - 1, change, change, back - 1, back]
    assert list(zone_named("Europe/Rome").by_offset(instants)) == [
        (HOUR, [change - 1]),
        (2 * HOUR, [change, change, back - 1]),
        (HOUR, [back]),
    ]


def test_no_instants_have_no_offset() -> None:
    assert zone_named("Europe/Rome").clocks_at([]) == []

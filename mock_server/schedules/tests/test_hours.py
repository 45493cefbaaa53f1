"""Dates of overrides in the forms of ISO 8601."""

from __future__ import annotations

import datetime as dt

import pytest

from mock_server.schedules.hours import utc_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-05-01", dt.date(2026, 5, 1)),
        ("2026-05", dt.date(2026, 5, 1)),
        ("2026-05-01T23:59", dt.date(2026, 5, 1)),
        ("2026-05-01T23:59:59.1234567Z", dt.date(2026, 5, 1)),
        ("2026-05-01T00:30:00+02:00", dt.date(2026, 4, 30)),
        ("2026-05-01t20:00:00-05:00", dt.date(2026, 5, 2)),
    ],
)
def test_a_date_time_is_read_as_its_utc_day(text: str, date: dt.date) -> None:
    assert utc_date(text) == date


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13", "2026-05-01T24:30"])
def test_impossible_dates_are_errors(text: str) -> None:
    with pytest.raises(ValueError):
        utc_date(text)

"""Local dates and times of slots as texts."""

from __future__ import annotations

import pytest

from mock_server.runtime.instants import DAY, HOUR, MINUTE
from mock_server.slots.local_times import SlotTimes, date_text
from mock_server.slots.tests.builders import utc


@pytest.mark.parametrize(
    ("zone", "date", "text"),
    [
        (None, "2031-06-02", "2031-06-02T21:05:09.007Z"),
        ("UTC", "2031-06-02", "2031-06-02T21:05:09.007Z"),
        ("GMT", "2031-06-02", "2031-06-02T21:05:09.007Z"),
        ("Etc/UTC", "2031-06-02", "2031-06-02T21:05:09.007+00:00"),
        ("Europe/Rome", "2031-06-02", "2031-06-02T23:05:09.007+02:00"),
        ("Asia/Kathmandu", "2031-06-03", "2031-06-03T02:50:09.007+05:45"),
        ("America/St_Johns", "2031-06-02", "2031-06-02T18:35:09.007-02:30"),
        ("Pacific/Kiritimati", "2031-06-03", "2031-06-03T11:05:09.007+14:00"),
    ],
)
def test_an_instant_is_written_in_the_zone_with_its_offset(zone: str | None, date: str, text: str) -> None:
    instant = utc("2031-06-02T21:05:09") + 7
    times = SlotTimes(zone)
    assert times.local(instant) == (date, text)
    assert list(times.by_date([instant])) == [(date, [text])]
    assert times.all_of([instant]) == [text]


def test_instants_are_grouped_by_local_date() -> None:
    midnight = utc("2031-06-01T22:00")  # In Rome.
    found = list(SlotTimes("Europe/Rome").by_date([midnight - 1, midnight, midnight + DAY - 1, midnight + DAY]))
    assert found == [
        ("2031-06-01", ["2031-06-01T23:59:59.999+02:00"]),
        ("2031-06-02", ["2031-06-02T00:00:00.000+02:00", "2031-06-02T23:59:59.999+02:00"]),
        ("2031-06-03", ["2031-06-03T00:00:00.000+02:00"]),
    ]


def test_the_date_of_a_clock_change_comes_with_both_offsets() -> None:
    change = utc("2031-03-30T01:00")
    assert list(SlotTimes("Europe/Rome").by_date([change - MINUTE, change])) == [
        ("2031-03-30", ["2031-03-30T01:59:00.000+01:00"]),
        ("2031-03-30", ["2031-03-30T03:00:00.000+02:00"]),
    ]


def test_many_instants_are_written_as_each_is() -> None:
    times = SlotTimes("America/New_York")
    instants = list(range(utc("2031-10-01"), utc("2032-04-01"), 7 * HOUR + 11 * MINUTE))
    assert [(date, text) for date, texts in times.by_date(instants) for text in texts] == [
        times.local(instant) for instant in instants
    ]


def test_days_are_counted_from_1970() -> None:
    assert [date_text(day) for day in (-1, 0, 31)] == ["1969-12-31", "1970-01-01", "1970-02-01"]

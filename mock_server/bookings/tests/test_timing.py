"""Time checks of bookings: starts, notice, windows, limits, and the occurrences of a series."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mock_server.bookings.creation import initial_status
from mock_server.bookings.model import BOOKINGS
from mock_server.bookings.request_fields import read_start
from mock_server.bookings.tests.builders import (
    NOW,
    SOLO,
    add_booking,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    create_bookings,
)
from mock_server.bookings.timing import check_limits, check_start, end_time
from mock_server.event_types.model import BookingWindow, Limit, NoticeThreshold, Recurrence, Seats
from mock_server.identity.model import USERS
from mock_server.runtime.errors import ApiError, BareError, CodeError
from mock_server.schedules.model import SCHEDULES


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-01-07T10:00:00Z", "2030-01-07T10:00:00+00:00"),
        ("2030-01-07T10:00:00.999Z", "2030-01-07T10:00:00+00:00"),
        ("2030-01-07T10:00:00+02:00", "2030-01-07T08:00:00+00:00"),
        ("2030-01-07T10:00:00-0330", "2030-01-07T13:30:00+00:00"),
        ("2030-01-07T10:00", "2030-01-07T10:00:00+00:00"),
        ("2030-01-07", "2030-01-07T00:00:00+00:00"),
        ("20300107T100000Z", "2030-01-07T10:00:00+00:00"),
        ("2030-W02-1T10:00:00", "2030-01-07T10:00:00+00:00"),
        ("2030-007T10:00+01:00", "2030-01-07T09:00:00+00:00"),
    ],
)
def test_starts_are_read_as_instants(text: str, moment: str) -> None:
    assert read_start(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text", ["2030-01-07 10:00:00", "2030-01-07 10:00:00Z", "2030-02-30T10:00:00Z", "0001-01-01T00:00:00+05:00"]
)
def test_impossible_starts_are_refused(text: str) -> None:
    with pytest.raises(CodeError) as refusal:
        read_start(text)
    assert refusal.value.message == "start - Expected string, received null, end - Expected string, received null, "


def refusal(start: datetime, zone: str = "Europe/London", **fields: Any) -> str | None:
    tx = begin()
    try:
        check_start(tx, add_event_type(tx, **fields), start, zone)
    except BareError as error:
        assert error.status == 400
        return error.message
    return None


def test_past_starts_and_starts_within_the_minimum_notice_are_refused() -> None:
    assert refusal(NOW - timedelta(seconds=1)) == "Attempting to book a meeting in the past."
    assert refusal(NOW + timedelta(minutes=119)) == "booking_time_out_of_bounds_error"
    assert refusal(NOW + timedelta(minutes=120)) is None
    assert refusal(NOW, minimum_booking_notice=0) is None


def test_the_booking_window_includes_its_whole_last_day() -> None:
    window = BookingWindow(type="calendarDays", days=7, rolling=False)
    assert refusal(at(23, 59), booking_window=window) is None
    assert refusal(at(0, days=1), booking_window=window) == "booking_time_out_of_bounds_error"


def test_a_rolling_window_does_not_restrict_bookings() -> None:
    assert refusal(at(0, days=90), booking_window=BookingWindow(type="calendarDays", days=7, rolling=True)) is None


def test_a_range_includes_its_first_and_last_day() -> None:
    window = BookingWindow(type="range", start=at(0), end=at(0, days=1))
    assert refusal(at(0), booking_window=window) is None
    assert refusal(at(23, 59, days=1), booking_window=window) is None
    assert refusal(at(0, 1, days=2), booking_window=window) == "booking_time_out_of_bounds_error"
    assert refusal(at(23, 59, days=-1), booking_window=window) == "booking_time_out_of_bounds_error"


def test_an_end_after_the_year_9999_is_refused() -> None:
    with pytest.raises(BareError, match="booking_time_out_of_bounds_error", check=lambda error: error.status == 400):
        end_time(read_start("9999-12-31T23:50:00Z"), 30)


@pytest.mark.parametrize(
    ("edition", "own_zone", "default_zone", "first"),
    [
        ("2025-04", "America/New_York", "Asia/Tokyo", at(5, days=-1)),
        ("2026-03", "America/New_York", "Asia/Tokyo", at(5, days=-1)),
        ("2025-04", None, "Asia/Tokyo", at(0)),
        ("2026-03", None, "Asia/Tokyo", at(15, days=-1)),
        ("2026-03", None, None, at(0)),
    ],
)
def test_the_days_of_a_range_are_those_of_a_schedule(
    edition: str, own_zone: str | None, default_zone: str | None, first: datetime
) -> None:
    """The event type's own schedule; since 2026-03 the owner's default schedule where it has none."""
    tx = begin(edition=edition)
    tx[SCHEDULES].update(tx[USERS].require(SOLO).default_schedule_id or 0, time_zone=default_zone)
    own = own_zone and tx[SCHEDULES].create(user_id=SOLO, name="Own", time_zone=own_zone).id
    window = BookingWindow(type="range", start=at(0), end=at(0, days=1))
    event_type = add_event_type(tx, booking_window=window, schedule_id=own)
    check_start(tx, event_type, first, "Europe/London")
    with pytest.raises(BareError, match="booking_time_out_of_bounds_error"):
        check_start(tx, event_type, first - timedelta(seconds=1), "Europe/London")


def test_the_days_of_a_teams_range_are_those_of_utc() -> None:
    tx = begin(edition="2026-03")
    event_type = add_team_event_type(tx, {SOLO: {}}, booking_window=BookingWindow(type="range", start=at(0), end=at(0)))
    check_start(tx, event_type, at(0), "Asia/Tokyo")


def test_a_booking_counts_towards_a_period_if_it_lies_in_it_wholly() -> None:
    tx = begin()
    limited = add_event_type(tx, booking_limits=(Limit(period="day", value=1),))
    across_midnight = at(23, 30, days=-1), at(0, 30)
    check_limits(tx, limited, [across_midnight, (at(1), at(2))])
    until_midnight = at(23), at(0, days=1)
    add_booking(tx, *until_midnight, event_type_id=limited.id)
    with pytest.raises(BareError, match="booking_limit_reached"):
        check_limits(tx, limited, [(at(1), at(2))])


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"booking_limits": (Limit(period="day", value=2),)}, "booking_limit_reached"),
        ({"duration_limits": (Limit(period="day", value=120),)}, "duration_limit_reached"),
        ({"booking_limits": (Limit(period="month", value=2),)}, "booking_limit_reached"),
    ],
)
def test_used_up_limits_refuse_further_bookings(limits: dict[str, Any], message: str) -> None:
    tx = begin()
    event_type = add_event_type(tx, **limits)
    book(tx, event_type, at(9))
    check_limits(tx, event_type, [(at(11), at(12))])
    book(tx, event_type, at(10))
    with pytest.raises(BareError) as refused:
        check_limits(tx, event_type, [(at(11), at(12))])
    assert (refused.value.status, refused.value.message) == (401, message)
    check_limits(tx, event_type, [(at(11, days=31), at(12, days=31))])


def test_a_booking_at_midnight_counts_towards_the_day_it_starts() -> None:
    tx = begin()
    limited = add_event_type(tx, booking_limits=(Limit(period="day", value=1),))
    midnight, week = at(0, days=1), timedelta(days=7)
    check_limits(tx, limited, [(midnight, midnight + timedelta(hours=1))])
    later = midnight + timedelta(hours=9)
    with pytest.raises(BareError, match="booking_limit_reached"):
        check_limits(tx, limited, [(each, each + timedelta(hours=1)) for each in (midnight, later)])
    check_limits(tx, limited, [(each, each + timedelta(hours=1)) for each in (midnight, midnight + week)])


@pytest.mark.parametrize(
    ("threshold", "days", "status"),
    [
        (None, 7, "pending"),
        (NoticeThreshold(unit="days", count=7), 7, "pending"),
        (NoticeThreshold(unit="days", count=6), 7, "accepted"),
        (NoticeThreshold(unit="hours", count=168), 7, "pending"),
        (NoticeThreshold(unit="minutes", count=30), 7, "accepted"),
    ],
)
def test_confirmation_is_required_only_within_the_threshold(
    threshold: NoticeThreshold | None, days: int, status: str
) -> None:
    tx = begin()
    event_type = add_event_type(tx, requires_confirmation=True, confirmation_threshold=threshold)
    assert initial_status(tx, event_type, NOW + timedelta(days=days)) == status


def test_a_series_keeps_the_booker_s_local_time_across_a_clock_change() -> None:
    tx = begin()
    event_type = add_event_type(tx, recurrence=Recurrence(interval=1, occurrences=2, frequency="weekly"))
    series = create_bookings(tx, event_type, datetime.fromisoformat("2030-03-25T10:00:00Z"))
    assert [each.booking.start.isoformat() for each in series] == [
        "2030-03-25T10:00:00+00:00",
        "2030-04-01T09:00:00+00:00",
    ]
    assert len({each.booking.recurring_event_id for each in series}) == 1


def test_monthly_occurrences_are_clamped_to_the_end_of_the_month() -> None:
    tx = begin()
    event_type = add_event_type(tx, recurrence=Recurrence(interval=1, occurrences=3, frequency="monthly"))
    series = create_bookings(
        tx, event_type, datetime.fromisoformat("2030-01-31T10:00:00Z"), attendee={"timeZone": "UTC"}
    )
    assert [each.booking.start.date().isoformat() for each in series] == ["2030-01-31", "2030-02-28", "2030-03-31"]


def test_only_the_first_two_occurrences_are_checked_for_availability() -> None:
    tx = begin()
    event_type = add_event_type(tx, recurrence=Recurrence(interval=1, occurrences=3, frequency="weekly"))
    single = add_event_type(tx)
    book(tx, single, at(10, days=14))
    with pytest.raises(ApiError, match="not available"):
        create_bookings(tx, event_type, at(10, days=7))
    assert len(create_bookings(tx, event_type, at(10))) == 3


SEATS = Seats(per_time_slot=3)


@pytest.mark.parametrize("seats", [None, SEATS], ids=["unseated", "seated"])
@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"booking_limits": (Limit(period="month", value=3),)}, (401, "booking_limit_reached")),
        ({"booking_limits": (Limit(period="year", value=3),)}, (401, "booking_limit_reached")),
        ({"duration_limits": (Limit(period="month", value=180),)}, (401, "duration_limit_reached")),
        (
            {"booking_window": BookingWindow(type="calendarDays", days=21, rolling=False)},
            (400, "booking_time_out_of_bounds_error"),
        ),
        (
            {"booking_window": BookingWindow(type="range", start=at(0), end=at(0, days=20))},
            (400, "booking_time_out_of_bounds_error"),
        ),
    ],
)
def test_limits_and_windows_apply_to_every_occurrence_of_a_series(
    fields: dict[str, Any], refusal: tuple[int, str], seats: Seats | None
) -> None:
    tx = begin()
    weekly = Recurrence(interval=1, occurrences=4, frequency="weekly")
    event_type = add_event_type(tx, recurrence=weekly, seats=seats, **fields)
    with pytest.raises(BareError) as refused:
        create_bookings(tx, event_type, at(10))
    assert (refused.value.status, refused.value.message) == refusal
    assert tx[BOOKINGS].count() == 0
    assert len(create_bookings(tx, event_type, at(10), recurrenceCount=3)) == 3


def test_occurrences_in_different_periods_do_not_use_up_each_other_s_limits() -> None:
    tx = begin()
    weekly = Recurrence(interval=1, occurrences=4, frequency="weekly")
    event_type = add_event_type(tx, recurrence=weekly, booking_limits=(Limit(period="week", value=1),))
    book(tx, event_type, at(10, days=28), recurrenceCount=1)
    assert len(create_bookings(tx, event_type, at(10))) == 4
    with pytest.raises(BareError, match="booking_limit_reached"):
        create_bookings(tx, event_type, at(12, days=28))

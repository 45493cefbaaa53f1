"""Recurring bookings: created together, changed one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, Client, error
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, ROME, Host, as_read

WEEKLY = {"interval": 1, "occurrences": 4, "frequency": "weekly"}


@pytest.fixture
def lesson(host: Host) -> int:
    return host.offer(recurrence=WEEKLY)


def states(bookings: list[dict[str, Any]]) -> list[str]:
    return [each["status"] for each in bookings]


def test_a_series_is_booked_with_one_request(host: Host, lesson: int) -> None:
    made = host.book(lesson, "10:00")
    assert len(made) == WEEKLY["occurrences"]
    [series] = {each["recurringBookingUid"] for each in made}
    local = [datetime.fromisoformat(each["start"]).astimezone(ROME) for each in made]
    assert [(each.date() - host.monday).days for each in local] == [0, 7, 14, 21]
    assert {f"{each:%H:%M}" for each in local} == {"10:00"}, "on the booker's clock, whatever clocks do meanwhile"
    assert host.read(series) == [as_read(each) for each in made]
    for weeks in range(4):
        assert "10:00" not in host.clocks(lesson, days=7 * weeks)


def test_fewer_occurrences_can_be_requested_but_not_more(host: Host, lesson: int) -> None:
    assert len(host.book(lesson, "10:00", recurrenceCount=2)) == 2
    refusal = error(host.ask(lesson, "12:00", recurrenceCount=5), 400)
    assert refusal["message"] == "Provided recurrence count is higher than the event type's recurring event count."


@pytest.mark.until("2026-03", "first-occurrence-checked")
def test_no_booking_is_created_if_one_occurrence_is_taken(host: Host, lesson: int) -> None:
    host.book(host.offer(), "10:00", days=7)
    error(host.ask(lesson, "10:00"), 400)
    assert host.listed(eventTypeId=lesson) == []


def test_cancelling_one_the_rest_and_all(host: Host, lesson: int, anonymous: Client) -> None:
    made = host.book(lesson, "10:00")
    series = made[0]["recurringBookingUid"]
    assert host.act(made[1]["uid"], "cancel", anonymous)["status"] == "cancelled"
    assert states(host.read(series)) == ["accepted", "cancelled", "accepted", "accepted"]

    rest = host.act(made[2]["uid"], "cancel", anonymous, cancelSubsequentBookings=True)
    assert states(rest) == ["accepted", "cancelled", "cancelled", "cancelled"]
    body = {"cancelSubsequentBookings": True}
    error(anonymous.post(f"{BOOKING_PATH}/{series}/cancel", json=body, v=BOOKINGS), 400)

    assert states(host.act(series, "cancel", anonymous)) == ["cancelled"] * 4
    assert "10:00" in host.clocks(lesson)


def test_one_occurrence_moves_and_stays_in_the_series(host: Host, lesson: int, anonymous: Client) -> None:
    made = host.book(lesson, "10:00")
    moved = host.act(made[1]["uid"], "reschedule", anonymous, 201, start=host.at("15:00", days=8))
    assert moved["recurringBookingUid"] == made[0]["recurringBookingUid"]
    found = host.read(moved["recurringBookingUid"])
    assert [each["uid"] for each in found] == [
        *(each["uid"] for each in made[:2]),
        moved["uid"],
        *(each["uid"] for each in made[2:]),
    ]
    error(
        anonymous.post(
            f"{BOOKING_PATH}/{moved['recurringBookingUid']}/reschedule", json={"start": host.at("9:00")}, v=BOOKINGS
        ),
        404,
    )


def test_lists_have_a_status_for_recurring_bookings(host: Host, lesson: int) -> None:
    made = host.book(lesson, "10:00")
    single = host.book(host.offer(), "14:00")
    assert set(host.listed(status="recurring", eventTypeId=lesson)) == {each["uid"] for each in made}
    assert single["uid"] not in host.listed(status="recurring", take=250)


@pytest.mark.until("2026-03", "unbookable-event-types-refused")
def test_a_series_of_seats(host: Host, anonymous: Client) -> None:
    seats = {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}
    course = host.offer(recurrence=WEEKLY | {"occurrences": 2}, seats=seats)
    ann, bob = host.book(course, "10:00"), host.book(course, "10:00")
    assert [each["uid"] for each in ann] == [each["uid"] for each in bob]
    assert len({each["seatUid"] for each in (*ann, *bob)}) == 4
    gone = host.act(bob[1]["uid"], "cancel", anonymous, seatUid=bob[1]["seatUid"])
    assert [each["seatUid"] for each in gone["attendees"]] == [ann[1]["seatUid"]]
    assert len(host.read(bob[0]["uid"])["attendees"]) == 2

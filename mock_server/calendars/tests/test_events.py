"""Changes of calendar events through the calendar service, and their effect on busy times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.calendars.events import EventContent, EventRefused, add_details, change_event, moment, rewrite_event
from mock_server.calendars.model import BUSY_EVENTS, CALENDAR_EVENTS, CalendarEvent, EventAttendee, EventTime
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world

NINE = datetime(2025, 6, 2, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
GUEST = EventAttendee(email="guest@example.com", name="Guest", response_status="accepted")
CONTENT = EventContent(
    title="Call",
    start=NINE,
    end=TEN,
    time_zone="Europe/Rome",
    owner_email="owner@acme.example",
    description="By phone",
    location="+39 06 1",
    attendees=(GUEST,),
)


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), NINE)


@pytest.fixture
def event(tx: Transaction) -> CalendarEvent:
    """The event of a booking."""
    written = tx[BUSY_EVENTS].create(calendar_id=1, start=NINE, end=TEN, title="Call")
    return add_details(tx, "event-1", written, CONTENT)


def busy(tx: Transaction, event: CalendarEvent) -> tuple[str | None, datetime, datetime, bool]:
    """The title, start and end of the event's busy time, and whether the time is free."""
    row = tx[BUSY_EVENTS].require(event.busy_event_id)
    return row.title, row.start, row.end, row.is_free


def at(text: str, zone: str = "UTC") -> dict[str, str]:
    return {"time": text, "timeZone": zone}


def test_an_event_shows_its_booking_in_the_organizers_time_zone(tx: Transaction, event: CalendarEvent) -> None:
    assert event == CalendarEvent(
        id="event-1",
        busy_event_id=event.busy_event_id,
        title="Call",
        start=EventTime("2025-06-02T11:00:00+02:00", "Europe/Rome"),
        end=EventTime("2025-06-02T12:00:00+02:00", "Europe/Rome"),
        owner_email="owner@acme.example",
        description="By phone",
        location="+39 06 1",
        attendees=(GUEST,),
        status="confirmed",
        is_moved=False,
    )
    assert tx[CALENDAR_EVENTS].require("event-1") == event


def test_times_in_utc_end_with_z(tx: Transaction) -> None:
    written = tx[BUSY_EVENTS].create(calendar_id=1, start=NINE, end=TEN)
    winter = EventContent(
        title="Call",
        start=datetime(2025, 1, 1, tzinfo=UTC),
        end=TEN,
        time_zone="Europe/London",
        owner_email="",
        description=None,
        location=None,
        attendees=(),
    )
    event = add_details(tx, "event-2", written, winter)
    assert (event.start.text, event.end.text) == ("2025-01-01T00:00:00Z", "2025-06-02T11:00:00+01:00")


def test_the_given_fields_are_changed_and_the_others_kept(tx: Transaction, event: CalendarEvent) -> None:
    changed = change_event(tx, event, {"title": "Talk"})
    assert changed.title == "Talk"
    assert (changed.description, changed.attendees, changed.is_moved) == ("By phone", (GUEST,), False)
    assert busy(tx, event) == ("Talk", NINE, TEN, False)
    assert change_event(tx, changed, {"description": None}).description is None


def test_an_event_can_be_moved_in_its_calendar(tx: Transaction, event: CalendarEvent) -> None:
    changed = change_event(tx, event, {"end": at("2025-06-02T13:00:00", "Europe/Rome")})
    assert (changed.start, changed.is_moved) == (event.start, True)
    assert changed.end == EventTime("2025-06-02T13:00:00", "Europe/Rome")
    assert busy(tx, event) == ("Call", NINE, NINE + timedelta(hours=2), False)
    changed = change_event(tx, changed, {"start": at("2025-06-02T08:00:00-01:00", "Europe/Rome")})
    assert busy(tx, event) == ("Call", NINE, NINE + timedelta(hours=2), False), "an offset overrides the time zone"


def test_start_and_end_can_be_moved_together(tx: Transaction, event: CalendarEvent) -> None:
    changed = change_event(tx, event, {"start": at("2025-06-02T12:00:00Z"), "end": at("2025-06-02T12:30:00Z")})
    noon = NINE + timedelta(hours=3)
    assert busy(tx, event) == ("Call", noon, noon + timedelta(minutes=30), False)
    assert (changed.start.text, changed.end.text) == ("2025-06-02T12:00:00Z", "2025-06-02T12:30:00Z")


@pytest.mark.parametrize(
    "change",
    [
        {"end": at("2025-06-02T09:00:00Z")},
        {"start": at("2025-06-02T10:00:01Z")},
        {"start": at("tomorrow")},
        {"start": {"timeZone": "UTC"}},
        {"start": at("2025-06-02T09:30:00Z", "Mars/Olympus")},
        {"start": {"time": "2025-06-02T09:30:00Z"}},
        {"end": at("9999-12-31T23:59:59-10:00")},
    ],
)
def test_times_that_no_calendar_service_accepts_are_refused(
    tx: Transaction, event: CalendarEvent, change: dict[str, Any]
) -> None:
    with pytest.raises(EventRefused):
        change_event(tx, event, {"title": "Never", **change})
    assert tx[CALENDAR_EVENTS].require(event.id) == event
    assert busy(tx, event) == ("Call", NINE, TEN, False)


def test_a_time_without_offset_is_in_its_time_zone() -> None:
    assert moment(EventTime("2025-06-02T11:00:00", "Europe/Rome")) == NINE
    assert moment(EventTime("2025-06-02T11:00:00", "Europe/Rome")).tzinfo is UTC


@pytest.mark.parametrize(
    ("status", "stored", "is_free"),
    [
        ("accepted", "confirmed", False),
        (None, "confirmed", False),
        ("pending", "tentative", False),
        ("declined", "cancelled", True),
        ("cancelled", "cancelled", True),
    ],
)
def test_only_cancelled_events_leave_their_time_free(
    tx: Transaction, event: CalendarEvent, status: str | None, stored: str, is_free: bool
) -> None:
    changed = change_event(tx, event, {"status": status})
    assert changed.status == stored
    assert busy(tx, event)[3] == is_free
    assert change_event(tx, changed, {"title": "Talk"}).status == stored
    assert busy(tx, event)[3] == is_free


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({}, EventAttendee(email="a@example.com")),
        ({"name": "A", "responseStatus": None}, EventAttendee(email="a@example.com", name="A")),
        (
            {"responseStatus": "pending", "self": True, "optional": False, "host": True},
            EventAttendee(
                email="a@example.com", response_status="tentative", is_self=True, is_optional=False, is_host=True
            ),
        ),
        ({"responseStatus": "accepted"}, EventAttendee(email="a@example.com", response_status="accepted")),
        ({"responseStatus": "declined"}, EventAttendee(email="a@example.com", response_status="declined")),
        ({"responseStatus": "needsAction"}, EventAttendee(email="a@example.com", response_status="needsAction")),
    ],
)
def test_attendees_are_replaced(
    tx: Transaction, event: CalendarEvent, given: dict[str, Any], stored: EventAttendee
) -> None:
    changed = change_event(tx, event, {"attendees": [{"email": "a@example.com", **given}]})
    assert changed.attendees == (stored,)


def test_a_rescheduled_booking_overwrites_changes_in_the_calendar(tx: Transaction, event: CalendarEvent) -> None:
    change_event(tx, event, {"start": at("2025-06-02T09:30:00Z"), "status": "cancelled", "title": "Never"})
    later = EventContent(
        title="Later",
        start=TEN,
        end=TEN + timedelta(hours=1),
        time_zone="UTC",
        owner_email="host@acme.example",
        description=None,
        location=None,
        attendees=(),
    )
    rewrite_event(tx, event.busy_event_id, later)
    assert tx[CALENDAR_EVENTS].require(event.id) == CalendarEvent(
        id="event-1",
        busy_event_id=event.busy_event_id,
        title="Later",
        start=EventTime("2025-06-02T10:00:00Z", "UTC"),
        end=EventTime("2025-06-02T11:00:00Z", "UTC"),
        owner_email="host@acme.example",
    )
    assert busy(tx, event) == ("Later", TEN, TEN + timedelta(hours=1), False)
    rewrite_event(tx, None, later)

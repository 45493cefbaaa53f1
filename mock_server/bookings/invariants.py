"""Invariants of bookings, which hold in every world."""

from __future__ import annotations

from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS
from mock_server.calendars.model import BUSY_EVENTS
from mock_server.state.transaction import Transaction


def bookings_start_before_they_end(tx: Transaction) -> list[str]:
    """The start of a booking is before its end."""
    return [
        f"booking {each.id} does not start before it ends"
        for each in tx.table(BOOKINGS).rows.values()
        if each.end <= each.start
    ]


def only_instant_meetings_lack_an_organizer(tx: Transaction) -> list[str]:
    """A booking without an organizer was created as an instant meeting, which is never part of a series."""
    violations: list[str] = []
    for each in tx.table(BOOKINGS).rows.values():
        if each.status == "awaiting_host" and each.user_id is not None:
            violations.append(f"booking {each.id} awaits a host but has an organizer")
        if each.user_id is None and each.recurring_event_id is not None:
            violations.append(f"booking {each.id} of a series has no organizer")
    return violations


def attendees_repeat_the_start(tx: Transaction) -> list[str]:
    """Attendees repeat the start of their booking, so that indexes by e-mail are in order."""
    return [
        f"attendee {each.id} has another start than booking {each.booking_id}"
        for each in tx.table(ATTENDEES).rows.values()
        if each.start != tx[BOOKINGS].require(each.booking_id).start
    ]


def seats_share_the_booking_of_their_attendee(tx: Transaction) -> list[str]:
    """A seat and its attendee belong to the same booking."""
    return [
        f"seat {each.id} is in booking {each.booking_id} but its attendee is not"
        for each in tx.table(BOOKING_SEATS).rows.values()
        if tx[ATTENDEES].require(each.attendee_id).booking_id != each.booking_id
    ]


def calendar_events_match_their_bookings(tx: Transaction) -> list[str]:
    """Only accepted bookings have calendar events, at their own time, and not shared with other bookings."""
    violations: list[str] = []
    owners: dict[int, int] = {}
    for each in tx.table(BOOKINGS).rows.values():
        event = tx[BUSY_EVENTS].get(each.busy_event_id)
        if event is None:
            continue
        if each.status != "accepted" or (event.start, event.end) != (each.start, each.end):
            violations.append(f"booking {each.id} does not match its calendar event {event.id}")
        if owners.setdefault(event.id, each.id) != each.id:
            violations.append(f"bookings {owners[event.id]} and {each.id} share the calendar event {event.id}")
    return violations


def rescheduled_bookings_are_cancelled(tx: Transaction) -> list[str]:
    """A booking ended by a reschedule is cancelled."""
    return [
        f"booking {each.id} was rescheduled but is {each.status}"
        for each in tx.table(BOOKINGS).rows.values()
        if each.rescheduled and each.status != "cancelled"
    ]


CHECKS = (
    bookings_start_before_they_end,
    only_instant_meetings_lack_an_organizer,
    attendees_repeat_the_start,
    seats_share_the_booking_of_their_attendee,
    calendar_events_match_their_bookings,
    rescheduled_bookings_are_cancelled,
)

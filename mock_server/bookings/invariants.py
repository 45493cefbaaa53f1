"""What holds for bookings in every world."""

from __future__ import annotations

from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS
from mock_server.calendars.model import BUSY_EVENTS
from mock_server.state.transaction import Transaction


def time_goes_forward(tx: Transaction) -> list[str]:
    """A booking begins before it ends."""
    return [
        f"booking {each.id} ends before it begins"
        for each in tx.table(BOOKINGS).rows.values()
        if each.end <= each.start
    ]


def only_instant_meetings_wait_for_a_host(tx: Transaction) -> list[str]:
    """A booking without an organizer began as an instant meeting, which never has a series or seats."""
    complaints: list[str] = []
    for each in tx.table(BOOKINGS).rows.values():
        if each.status == "awaiting_host" and each.user_id is not None:
            complaints.append(f"booking {each.id} awaits a host and has one")
        if each.user_id is None and each.recurring_event_id is not None:
            complaints.append(f"booking {each.id} of a series has no organizer")
    return complaints


def attendees_come_when_it_begins(tx: Transaction) -> list[str]:
    """Attendees know their booking's start, so that lists by e-mail are in order."""
    return [
        f"attendee {each.id} comes at another time than booking {each.booking_id} begins"
        for each in tx.table(ATTENDEES).rows.values()
        if each.start != tx[BOOKINGS].require(each.booking_id).start
    ]


def seats_are_in_the_booking_of_their_attendee(tx: Transaction) -> list[str]:
    """Whoever has a seat attends the booking that the seat is in."""
    return [
        f"seat {each.id} is in booking {each.booking_id}, and its attendee is not"
        for each in tx.table(BOOKING_SEATS).rows.values()
        if tx[ATTENDEES].require(each.attendee_id).booking_id != each.booking_id
    ]


def calendars_hold_what_takes_place(tx: Transaction) -> list[str]:
    """Only accepted bookings are in a calendar, at their own time, and each by itself."""
    complaints: list[str] = []
    owners: dict[int, int] = {}
    for each in tx.table(BOOKINGS).rows.values():
        event = tx[BUSY_EVENTS].get(each.busy_event_id)
        if event is None:
            continue
        if each.status != "accepted" or (event.start, event.end) != (each.start, each.end):
            complaints.append(f"booking {each.id} is in a calendar as event {event.id}, which does not fit it")
        if owners.setdefault(event.id, each.id) != each.id:
            complaints.append(f"bookings {owners[event.id]} and {each.id} are the same event {event.id}")
    return complaints


def rescheduled_ones_are_over(tx: Transaction) -> list[str]:
    """A booking that was ended by a reschedule is cancelled."""
    return [
        f"booking {each.id} was rescheduled and is {each.status}"
        for each in tx.table(BOOKINGS).rows.values()
        if each.rescheduled and each.status != "cancelled"
    ]


CHECKS = (
    time_goes_forward,
    only_instant_meetings_wait_for_a_host,
    attendees_come_when_it_begins,
    seats_are_in_the_booking_of_their_attendee,
    calendars_hold_what_takes_place,
    rescheduled_ones_are_over,
)

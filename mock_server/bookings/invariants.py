"""Invariants of bookings, which hold in every world."""

from __future__ import annotations

from mock_server.bookings.blocklist import blocked_value
from mock_server.bookings.model import (
    ATTENDEES,
    BLOCKLIST,
    BOOKING_REFERENCES,
    BOOKING_REPORTS,
    BOOKING_SEATS,
    BOOKINGS,
)
from mock_server.bookings.references import references_of
from mock_server.calendars.events import moment
from mock_server.calendars.model import BUSY_EVENTS, CALENDAR_EVENTS
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
    """Only accepted bookings have calendar events, and none share one.

    An event is at the time of its booking, unless it was moved in the calendar.
    """
    violations: list[str] = []
    owners: dict[int, int] = {}
    for each in tx.table(BOOKINGS).rows.values():
        event = tx[BUSY_EVENTS].get(each.busy_event_id)
        if event is None:
            continue
        details = tx[CALENDAR_EVENTS].first(busy_event_id=event.id)
        is_elsewhere = (event.start, event.end) != (each.start, each.end) and not (details and details.is_moved)
        if each.status != "accepted" or is_elsewhere:
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


def references_match_their_bookings(tx: Transaction) -> list[str]:
    """References that are not deleted belong to bookings that are accepted, or that a reschedule replaced.

    The calendar event of an accepted booking has the id in the booking's reference.
    """
    violations: list[str] = []
    for each in tx.table(BOOKING_REFERENCES).rows.values():
        booking = tx[BOOKINGS].require(each.booking_id)
        if not each.deleted and booking.status != "accepted" and not booking.rescheduled:
            violations.append(f"reference {each.id} is not deleted, but booking {booking.id} is {booking.status}")
    for event in tx.table(CALENDAR_EVENTS).rows.values():
        owner = tx[BOOKINGS].first(busy_event_id=event.busy_event_id)
        if owner is None or all(each.uid != event.id for each in references_of(tx, owner)):
            violations.append(f"no reference of a booking has the calendar event {event.id}")
    return violations


def calendar_events_take_their_time(tx: Transaction) -> list[str]:
    """A calendar event is at the time that it takes."""
    violations: list[str] = []
    for each in tx.table(CALENDAR_EVENTS).rows.values():
        busy = tx[BUSY_EVENTS].require(each.busy_event_id)
        if (moment(each.start), moment(each.end)) != (busy.start, busy.end):
            violations.append(f"calendar event {each.id} is not at the time of busy event {busy.id}")
    return violations


def blocklists_hold_bare_values(tx: Transaction) -> list[str]:
    """Entries of blocklists are addresses without a tag, or domains, in lower case."""
    return [
        f"blocklist entry {each.id} is no {each.kind.lower()} in its bare form: {each.value}"
        for each in tx.table(BLOCKLIST).rows.values()
        if ("@" in each.value) != (each.kind == "EMAIL")
        or (each.kind == "EMAIL" and blocked_value(each.value, "EMAIL") != each.value)
        or each.value != each.value.lower()
    ]


def reports_follow_their_bookings(tx: Transaction) -> list[str]:
    """A booking is reported after it was made."""
    return [
        f"report {each.id} is older than booking {each.booking_id}"
        for each in tx.table(BOOKING_REPORTS).rows.values()
        if tx[BOOKINGS].require(each.booking_id).created_at > each.created_at
    ]


CHECKS = (
    bookings_start_before_they_end,
    only_instant_meetings_lack_an_organizer,
    attendees_repeat_the_start,
    seats_share_the_booking_of_their_attendee,
    calendar_events_match_their_bookings,
    rescheduled_bookings_are_cancelled,
    references_match_their_bookings,
    calendar_events_take_their_time,
    blocklists_hold_bare_values,
    reports_follow_their_bookings,
)

"""Writes accepted bookings to destination calendars, and removes them; keeps their references.

The destination calendar is that of the event type, else that of the organizer, else none.
"""

from __future__ import annotations

from mock_server.bookings.locations import is_integration
from mock_server.bookings.model import ATTENDEES, BOOKING_REFERENCES, BOOKINGS, Booking
from mock_server.bookings.references import (
    add_video_reference,
    calendar_reference,
    delete_calendar_references,
    delete_references,
)
from mock_server.bookings.video_jobs import drop_video_job, schedule_video_job
from mock_server.calendars.busy import (
    credential_behind,
    destination_of,
    remove_booking_event,
    write_booking_event,
)
from mock_server.calendars.events import EventContent, add_details, rewrite_event
from mock_server.calendars.integrations import ICAL_DOMAINS
from mock_server.calendars.model import BUSY_EVENTS, CALENDAR_EVENTS, BusyEvent, DestinationCalendar, EventAttendee
from mock_server.identity.managed_users import writes_calendar_events
from mock_server.identity.model import USERS, User
from mock_server.state.transaction import Transaction

EVENT_ID_LENGTH = 26


def ical_uid(uid: str) -> str:
    """The iCalendar UID of a booking's event."""
    return f"{uid}@Cal.com"


def write_event(tx: Transaction, booking: Booking, replaced: Booking | None = None) -> Booking:
    """Writes the booking to its destination calendar if it is accepted. Returns it with the event's id.

    If it replaces a rescheduled booking, event and video meeting keep their ids.
    """
    organizer = tx[USERS].get(booking.user_id)
    if booking.status != "accepted" or organizer is None or booking.busy_event_id is not None:
        return booking
    if tx.has("booking-references") and add_video_reference(tx, booking, replaced) is not None:
        schedule_video_job(tx, booking)
    destination = destination_of(tx, organizer.id, booking.event_type_id)
    event = None
    if destination is not None and writes_calendar_events(tx, organizer):
        times = {"start": booking.start, "end": booking.end}
        event = write_booking_event(tx, destination, organizer, **times, title=booking.title)
    if destination is None or event is None:
        delete_calendar_references(tx, booking)
        return booking
    if tx.has("booking-references"):
        booking = _refer_to_event(tx, booking, replaced, organizer, destination, event)
    return tx[BOOKINGS].update(booking.id, busy_event_id=event.id)


def rewrite(tx: Transaction, booking: Booking) -> None:
    """Writes a booking whose attendees or location have changed to its calendar again."""
    organizer = tx[USERS].get(booking.user_id)
    if organizer is not None and booking.busy_event_id is not None:
        rewrite_event(tx, booking.busy_event_id, _content(tx, booking, organizer))


def remove_event(tx: Transaction, booking: Booking) -> Booking:
    """Removes a booking that has ended early from its destination calendar, and its references."""
    delete_references(tx, booking)
    return withdraw_event(tx, booking)


def withdraw_event(tx: Transaction, booking: Booking) -> Booking:
    """Removes a booking that will be written again from its destination calendar. Its references stay."""
    drop_video_job(tx, booking)
    remove_booking_event(tx, booking.busy_event_id)
    return tx[BOOKINGS].update(booking.id, busy_event_id=None)


def _refer_to_event(
    tx: Transaction,
    booking: Booking,
    replaced: Booking | None,
    organizer: User,
    destination: DestinationCalendar,
    event: BusyEvent,
) -> Booking:
    """Adds the reference to the event, under the id that the booking, or the one it replaced, had there before.

    A booking that is accepted again gets another id if the event has passed on to the booking that replaced it. The
    first event of a booking determines its iCalendar UID.
    """
    kind, calendar_id = destination.integration, destination.external_id
    own = calendar_reference(tx, booking, kind, calendar_id)
    earlier = own or (None if replaced is None else calendar_reference(tx, replaced, kind, calendar_id))
    is_free = earlier is not None and tx[CALENDAR_EVENTS].get(earlier.uid) is None
    event_id = earlier.uid if earlier is not None and is_free else tx.identifiers.hex(EVENT_ID_LENGTH)
    is_first = replaced is None and not tx[BOOKING_REFERENCES].find(booking_id=booking.id, type=kind)
    if own is None or own.deleted or own.uid != event_id:
        credential = credential_behind(tx, event, organizer)
        own = tx[BOOKING_REFERENCES].create(
            booking_id=booking.id,
            type=kind,
            uid=event_id,
            external_calendar_id=calendar_id,
            credential_id=None if credential is None else credential.id,
            delegation_credential_id=destination.delegation_credential_id if credential is None else None,
        )
    delete_calendar_references(tx, booking, but=own.id)
    add_details(tx, event_id, tx[BUSY_EVENTS].require(event.id), _content(tx, booking, organizer))
    if not is_first:
        return booking
    return tx[BOOKINGS].update(booking.id, ical_uid=f"{event_id}@{ICAL_DOMAINS[kind]}")


def _content(tx: Transaction, booking: Booking, organizer: User) -> EventContent:
    host = EventAttendee(email=organizer.email, response_status="accepted", is_self=True, is_host=True)
    others = (
        EventAttendee(email=attendee.email, name=attendee.name or None)
        for attendee in tx[ATTENDEES].find(booking_id=booking.id)
    )
    location = booking.location or ""
    return EventContent(
        title=booking.title,
        start=booking.start,
        end=booking.end,
        time_zone=organizer.time_zone,
        owner_email=organizer.email,
        description=booking.description or None,
        location=(booking.meeting_url if is_integration(location) else location) or None,
        attendees=(host, *others),
    )

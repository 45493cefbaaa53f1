"""The payload that all webhook events about bookings have since 2026-09, and the invitations that go with it.

Source: Cal.com API v2, webhooks: recorded deliveries of version 2026-07-27.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from mock_server.bookings import webhook_payloads as parts
from mock_server.bookings.answers import Answers
from mock_server.bookings.event_type_lookup import oauth_client_of
from mock_server.bookings.invitations import UNNAMED, Invitation, Participant, invitation_file
from mock_server.bookings.model import BOOKING_SEATS, Attendee, Booking, BookingSeat
from mock_server.bookings.organizer_privacy import HIDDEN_ADDRESS
from mock_server.bookings.titles import NAMELESS
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import USERS
from mock_server.runtime.dates import iso
from mock_server.state.transaction import Transaction
from mock_server.webhooks import payloads
from mock_server.webhooks.events import Audience, emit
from mock_server.webhooks.model import INVITATIONS_VERSION
from mock_server.webhooks.payloads import Trigger
from mock_server.webhooks.subscribers import subscribers

BOTH_SIDES = "HOST_AND_ATTENDEE"
"""Whom a disabled cancellation or rescheduling binds. This API cannot set it."""
WITH_INVITATIONS: frozenset[Trigger] = frozenset(
    {"BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_REASSIGNED", "BOOKING_CANCELLED", "BOOKING_PAID"}
)


def booking_event(
    tx: Transaction,
    booking: Booking,
    change: payloads.EventChange | None = None,
    *,
    seat: BookingSeat | None = None,
    attendees: Sequence[Attendee] | None = None,
) -> payloads.BookingEvent:
    """The payload of an event about a booking or a seat. `attendees` replace those that the booking has now.

    `change` is what only this kind of event says.
    """
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    everyone = parts.attendees_of(tx, booking, seat) if attendees is None else attendees
    guests, hosts = parts.guests_and_hosts(tx, event_type, everyone)
    answers = _answers(booking, seat)
    needs_confirmation = event_type is not None and event_type.requires_confirmation
    return {
        **_page(booking, event_type, answers),
        **_settings(event_type),
        "organizer": parts.organizer_payload(tx, booking),
        "attendees": [_attendee(tx, each, booking, seat) for each in guests],
        **parts.team_part(tx, event_type, [parts.team_member(tx, each, booking.start) for each in hosts]),
        "customInputs": {},
        **parts.form_responses(tx, event_type, answers, phone_after_email=True),
        "location": booking.location,
        **parts.conference_part(tx, booking),
        "iCalUID": booking.ical_uid,
        "iCalSequence": _sequence(booking),
        "requiresConfirmation": needs_confirmation,
        "oneTimePassword": str(uuid.uuid5(uuid.NAMESPACE_URL, booking.uid)) if needs_confirmation else None,
        **_platform(tx, event_type),
        **_recurrence(booking, event_type, everyone),
        "uid": booking.uid,
        "organizationId": parts.organization_part(tx, booking, event_type).get("organizationId"),
        "hashedLink": booking.private_link,
        "cancellationReason": booking.cancellation_reason,
        "rejectionReason": booking.rejection_reason,
        "hideBranding": False,
        **_seat_uid(booking, seat),
        "bookingId": booking.id,
        "status": booking.status.upper(),
        **_facts(event_type, booking),
        "destinationCalendar": _calendars(tx, booking, event_type, hosts),
        **(change or {}),
        **_metadata(booking, seat),
    }


def has_booking_events(tx: Transaction) -> bool:
    """Whether all events about bookings have the payload of `booking_event`."""
    return tx.has("one-booking-payload")


def emit_booking_event(
    tx: Transaction, trigger: Trigger, booking: Booking, payload: payloads.BookingEvent, audience: Audience
) -> None:
    """Puts the event into the outbox, with invitations if a subscriber receives them."""
    invitations: payloads.Invitations = {}
    if trigger in WITH_INVITATIONS and any(
        each.version == INVITATIONS_VERSION for each in subscribers(tx, trigger, audience)
    ):
        invitations = _invitations(tx, booking, payload)
    emit(tx, trigger, payload, audience, invitations)


def _answers(booking: Booking, seat: BookingSeat | None) -> Answers:
    """The answers to the form. A cancelled seat has the address as its location, and its notes even if empty."""
    answers = parts.location_answer(booking) | parts.answers_of(booking, seat)
    if seat is None or booking.status != "cancelled":
        return answers
    address = booking.location or ""
    return {**answers, "location": {"value": address, "optionValue": address}, "notes": seat.description or ""}


def _seat_uid(booking: Booking, seat: BookingSeat | None) -> parts.SeatPart:
    return {} if seat is None or booking.status == "cancelled" else {"attendeeSeatId": seat.reference_uid}


def _page(booking: Booking, event_type: EventType | None, answers: Answers) -> payloads.EventPage:
    notes = answers.get("notes") or ""
    return {
        "bookerUrl": parts.BOOKER_URL,
        "title": booking.title,
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "additionalNotes": notes,
        "type": event_type.slug if event_type else "",
        "eventTypeTitle": event_type.title if event_type else "",
        "description": (event_type.description if event_type else None) or notes,
        "eventTypeId": booking.event_type_id,
    }


def _settings(event_type: EventType | None) -> payloads.EventSettings:
    seats = event_type.seats if event_type else None
    return {
        "hideCalendarNotes": event_type is not None and event_type.hide_calendar_notes,
        "hideCalendarEventDetails": event_type is not None and event_type.hide_calendar_event_details,
        "privateNoteEnabled": event_type is not None and event_type.private_note_enabled,
        "privateNoteMode": event_type.private_note_mode if event_type else None,
        "privateNoteTemplate": event_type.private_note_template if event_type else None,
        "hideOrganizerEmail": event_type is not None and event_type.hide_organizer_email,
        "schedulingType": parts.SCHEDULING.get((event_type.scheduling_type if event_type else None) or ""),
        "seatsPerTimeSlot": seats.per_time_slot if seats else None,
        "seatsShowAttendees": seats.show_attendees if seats else True,
        "seatsShowAvailabilityCount": seats.show_availability_count if seats else True,
        "customReplyToEmail": None,
        "disableRescheduling": event_type is not None and event_type.rescheduling_disabled,
        "disableReschedulingScope": BOTH_SIDES,
        "disableCancelling": event_type is not None and event_type.cancelling_disabled,
        "disableCancellingScope": BOTH_SIDES,
    }


def _attendee(
    tx: Transaction, attendee: Attendee, booking: Booking, about: BookingSeat | None
) -> payloads.BookingEventAttendee:
    """An attendee, with the seat that the event is `about`, which may be gone, or the one that they have now."""
    first, _, last = attendee.name.partition(" ")
    is_about = about is not None and about.attendee_id == attendee.id
    seat = about if is_about else tx[BOOKING_SEATS].first(attendee_id=attendee.id)
    return {
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.time_zone,
        "language": parts.language_of(attendee.locale),
        "phoneNumber": attendee.phone_number,
        "bookingSeat": None if seat is None else _stored_seat(seat),
        "utcOffset": parts.utc_offset(attendee.time_zone, booking.start),
        "firstName": first,
        "lastName": last,
    }


def _stored_seat(seat: BookingSeat) -> payloads.BookedSeat:
    return {
        "id": seat.id,
        "referenceUid": seat.reference_uid,
        "bookingId": seat.booking_id,
        "attendeeId": seat.attendee_id,
        "data": {"responses": seat.responses, "description": seat.description or ""},
        "metadata": seat.metadata,
    }


def _sequence(booking: Booking) -> int:
    """A cancellation counts as a change, except in a series."""
    is_change = booking.status == "cancelled" and booking.recurring_event_id is None
    return booking.ical_sequence + is_change


def _platform(tx: Transaction, event_type: EventType | None) -> payloads.EventPlatform:
    none: payloads.EventPlatform = {
        "platformClientId": "",
        "platformRescheduleUrl": "",
        "platformCancelUrl": "",
        "platformBookingUrl": "",
    }
    client_id = None if event_type is None else oauth_client_of(tx, event_type)
    return {**none, **parts.platform_links(tx, client_id)}


def _recurrence(
    booking: Booking, event_type: EventType | None, attendees: Sequence[Attendee]
) -> payloads.EventRecurrence:
    """The recurrence of a series, and the booker's time zone. A cancellation has only the time zone."""
    if booking.recurring_event_id is None:
        return {}
    zone: payloads.EventRecurrence = {"recurrenceTimeZone": attendees[0].time_zone} if attendees else {}
    if booking.status == "cancelled":
        return zone
    return {**parts.recurrence_part(event_type, booking, with_count=True), **zone}


def _facts(event_type: EventType | None, booking: Booking) -> payloads.EventFacts:
    return {
        "eventTitle": event_type.title if event_type else "",
        "eventDescription": event_type.description if event_type else None,
        "price": event_type.price if event_type else 0,
        "currency": event_type.currency if event_type else "usd",
        "length": booking.minutes,
        "assignmentReason": [],
    }


def _calendars(
    tx: Transaction, booking: Booking, event_type: EventType | None, hosts: Sequence[Attendee]
) -> list[payloads.DestinationCalendar] | None:
    """The destination calendars; null if there are none, but an empty list after a rejection."""
    is_collective = event_type is not None and event_type.scheduling_type == "collective"
    found = parts.destination_calendars(tx, booking, hosts if is_collective else ())
    return found if found or booking.status == "rejected" else None


def _metadata(booking: Booking, seat: BookingSeat | None) -> payloads.EventMetadata:
    if booking.status == "rejected":
        return {}
    own = seat.metadata if seat else booking.metadata
    return {"metadata": (own or {}) | parts.video_call_url(booking)}


def _invitations(tx: Transaction, booking: Booking, payload: payloads.BookingEvent) -> payloads.Invitations:
    """The calendar files for mails to the attendees and to the organizer."""
    organizer = tx[USERS].get(booking.user_id)
    if organizer is None:
        return {}
    host = Participant(organizer.name or NAMELESS, organizer.email)
    hidden = Participant(host.name, HIDDEN_ADDRESS) if payload["hideOrganizerEmail"] else host
    people = tuple(Participant(each["name"] or UNNAMED, each["email"]) for each in payload["attendees"])
    return {
        "attendeeIcsContent": _invitation(tx, booking, payload, hidden, people, is_for_organizer=False),
        "organizerIcsContent": _invitation(tx, booking, payload, host, (host,), is_for_organizer=True),
    }


def _invitation(
    tx: Transaction,
    booking: Booking,
    payload: payloads.BookingEvent,
    organizer: Participant,
    attendees: tuple[Participant, ...],
    *,
    is_for_organizer: bool,
) -> str:
    return invitation_file(
        Invitation(
            uid=booking.ical_uid or booking.uid,
            sequence=payload["iCalSequence"],
            status="CANCELLED" if booking.status == "cancelled" else "CONFIRMED",
            method="CANCEL" if booking.status == "cancelled" else "REQUEST",
            summary=booking.title,
            description=payload["description"],
            location=booking.meeting_url or booking.location or "",
            created=tx.now,
            start=booking.start,
            end=booking.end,
            organizer=organizer,
            attendees=attendees,
            is_for_organizer=is_for_organizer,
        )
    )

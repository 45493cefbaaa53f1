"""Tells webhooks what happens to bookings, and plans the triggers of meetings that start and end.

Source: Cal.com API v2, webhooks: which call fires what; payload fields.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from mock_server.bookings import webhook_payloads as parts
from mock_server.bookings.event_type_lookup import client_of
from mock_server.bookings.locations import WEB_APP
from mock_server.bookings.model import BOOKINGS, INSTANT_MEETING_TOKENS, Attendee, Booking, BookingSeat
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import MANAGED_USER_LINKS, USERS
from mock_server.runtime.dates import iso
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import Audience, booking_audience, instant_meeting_audience, tell
from mock_server.webhooks.jobs import drop_meeting, schedule_meeting

Payload = dict[str, Any]


def tell_booked(tx: Transaction, booking: Booking, seat_uid: str | None = None, *, is_new: bool = True) -> None:
    """A booking was made, or a further seat in it taken: created, or requested where it has to be confirmed."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    payload = _booked(tx, booking, event_type, parts.seat_named(tx, seat_uid), is_new=is_new)
    audience = booking_audience(tx, event_type, booking.user_id)
    tell(tx, "BOOKING_CREATED" if booking.status == "accepted" else "BOOKING_REQUESTED", payload, audience)
    if is_new:
        _plan(tx, booking, audience, _row(tx, booking, event_type))


def tell_rescheduled(tx: Transaction, old: Booking, new: Booking, seat_uid: str | None = None) -> None:
    """A booking, or a seat, has another time: rescheduled, or requested where that has to be confirmed."""
    event_type = tx[EVENT_TYPES].get(new.event_type_id)
    payload = {
        **_booked(tx, new, event_type, parts.seat_named(tx, seat_uid)),
        "rescheduleId": old.id,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": parts.seconds(old.start),
        "rescheduleEndTime": parts.seconds(old.end),
    }
    audience = _wide_audience(tx, event_type, new)
    tell(tx, "BOOKING_RESCHEDULED" if new.status == "accepted" else "BOOKING_REQUESTED", payload, audience)
    for booking in (tx[BOOKINGS].require(old.id), new):
        if booking.status != "accepted" or booking.id == new.id:
            drop_meeting(tx, booking.id)
    _plan(tx, new, audience, _row(tx, new, event_type))


def tell_confirmed(tx: Transaction, booking: Booking, changed: Sequence[Booking]) -> None:
    """A request was accepted: one event, also for a series, of which every meeting is planned."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    audience = _wide_audience(tx, event_type, booking)
    payload = _decided(tx, booking, event_type)
    if parts.calendar_in_use(tx, booking) is not None:
        payload["iCalUID"] = booking.ical_uid
    link = parts.video_link(booking)
    payload |= parts.conference_part(booking) | ({"metadata": link} if link else {})
    tell(tx, "BOOKING_CREATED", payload | {"status": "ACCEPTED"}, audience)
    for each in changed:
        _plan(tx, each, audience, _confirmed_row(tx, each, event_type))


def tell_rejected(tx: Transaction, booking: Booking) -> None:
    """A request was declined: one event, also for a series. Its organizer hears of it in any case."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    payload = _decided(tx, booking, event_type)
    if booking.rejection_reason is not None:
        payload["rejectionReason"] = booking.rejection_reason
    audience = msgspec.structs.replace(_wide_audience(tx, event_type, booking), user_id=booking.user_id)
    tell(tx, "BOOKING_REJECTED", payload | {"status": "REJECTED"}, audience)


def tell_cancelled(
    tx: Transaction, booking: Booking, attendees: Sequence[Attendee], *, is_whole_series: bool = False
) -> None:
    """A booking was cancelled, or one seat. `attendees` are those of before, or whose seat it was."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    guests, hosts = parts.guests_and_hosts(tx, event_type, attendees)
    seats = event_type.seats if event_type else None
    payload = {
        **_meeting(booking, event_type),
        **_description(booking),
        "startTime": parts.offset_seconds(booking.start),
        "endTime": parts.offset_seconds(booking.end),
        "organizer": parts.organizer_part(tx, booking),
        "attendees": [parts.attendee_part(each, booking.start) for each in guests],
        "destinationCalendar": parts.calendars_of(tx, booking, ()),
        "cancellationReason": booking.cancellation_reason,
        **parts.team_part(tx, event_type, [parts.member_part(tx, each, booking.start) for each in hosts]),
        "seatsPerTimeSlot": seats.per_time_slot if seats else None,
        "seatsShowAttendees": seats.show_attendees if seats else False,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence + 1,
        **parts.platform_part(tx, _client(tx, event_type)),
        "requiresConfirmation": event_type.requires_confirmation or None if event_type else None,
        "price": (event_type.price if event_type else 0) or None,
        "status": "CANCELLED",
    }
    if is_whole_series:
        payload |= parts.recurrence_part(event_type, booking, with_count=True)
    tell(tx, "BOOKING_CANCELLED", payload, _wide_audience(tx, event_type, booking))


def tell_absent(tx: Transaction, booking: Booking, attendees: Sequence[Attendee]) -> None:
    """Attendees were marked as absent, or the mark was taken back."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    message = "No-show status updated for attendees"
    if len(attendees) == 1:
        message = f"{attendees[0].email} {'marked' if attendees[0].no_show else 'unmarked'} as no-show"
    payload = {
        "message": message,
        "attendees": [{"email": each.email, "noShow": each.no_show} for each in attendees],
        "bookingUid": booking.uid,
        "bookingId": booking.id,
        **parts.platform_part(tx, _client(tx, event_type), with_emails=True),
    }
    owner = event_type.user_id if event_type else None
    audience = msgspec.structs.replace(_wide_audience(tx, event_type, booking), user_id=owner)
    tell(tx, "BOOKING_NO_SHOW_UPDATED", payload, audience)


def tell_instant_meeting(tx: Transaction, booking: Booking) -> None:
    """A meeting waits for the first host who joins."""
    event_type = tx[EVENT_TYPES].require(booking.event_type_id)
    token = tx[INSTANT_MEETING_TOKENS].find(booking_id=booking.id)[0].token
    payload = {
        "triggerEvent": "INSTANT_MEETING",
        "uid": booking.uid,
        "responses": parts.responses_part(event_type, booking.responses or {})["responses"],
        "connectAndJoinUrl": f"{WEB_APP}/connect-and-join?token={token}",
        "eventTypeId": event_type.id,
        "eventTypeTitle": event_type.title,
        "customInputs": {},
    }
    tell(tx, "INSTANT_MEETING", payload, instant_meeting_audience(tx, event_type))


def drop_plans(tx: Transaction, booking: Booking) -> None:
    """The meeting does not take place: nobody hears of its start and end."""
    drop_meeting(tx, booking.id)


def _plan(tx: Transaction, booking: Booking, audience: Audience, row: Payload) -> None:
    if booking.status == "accepted":
        schedule_meeting(tx, booking.id, booking.start, booking.end, row, audience)


def _booked(
    tx: Transaction,
    booking: Booking,
    event_type: EventType | None,
    seat: BookingSeat | None,
    *,
    is_new: bool = True,
) -> Payload:
    assert event_type is not None
    guests, hosts = parts.guests_and_hosts(tx, event_type, parts.attendees_of(tx, booking, seat))
    answers = parts.answers_of(booking, seat)
    notes = answers.get("notes") or ""
    is_pending = booking.status == "pending"
    metadata = (seat.metadata if seat else booking.metadata) or {}
    return {
        **_meeting(booking, event_type),
        **parts.responses_part(event_type, parts.place_answer(booking) | answers),
        "startTime": parts.seconds(booking.start),
        "endTime": parts.seconds(booking.end),
        "additionalNotes": notes,
        "description": event_type.description or notes,
        "hideCalendarNotes": event_type.hide_calendar_notes,
        "hideCalendarEventDetails": event_type.hide_calendar_event_details,
        "schedulingType": parts.SCHEDULING.get(event_type.scheduling_type or ""),
        **_seats(event_type),
        "organizer": parts.organizer_part(tx, booking),
        "attendees": [parts.booked_attendee(each, booking.start) for each in guests],
        "destinationCalendar": _destinations(tx, booking, event_type, hosts),
        # The live service gives the event of a further seat an id that nothing else has.
        "iCalUID": booking.ical_uid if is_new else f"{tx.identifiers.short_uid()}@Cal.com",
        "iCalSequence": booking.ical_sequence,
        "requiresConfirmation": is_pending,
        "oneTimePassword": tx.identifiers.uuid4() if is_pending else None,
        **parts.recurrence_part(event_type, booking),
        **parts.team_part(tx, event_type, [parts.member_part(tx, each, booking.start) for each in hosts]),
        **parts.platform_part(tx, client_of(tx, event_type)),
        **({"attendeeSeatId": seat.reference_uid} if seat else {}),
        **(parts.apps_status(tx, booking) if is_new and not is_pending else {}),
        **parts.conference_part(booking),
        "price": event_type.price,
        "metadata": metadata | parts.video_link(booking),
        "status": booking.status.upper(),
    }


def _decided(tx: Transaction, booking: Booking, event_type: EventType | None) -> Payload:
    return {
        **_meeting(booking, event_type),
        **_description(booking),
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "organizer": parts.organizer_part(tx, booking, with_id=False),
        "attendees": [parts.attendee_part(each, booking.start) for each in parts.attendees_of(tx, booking)],
        "destinationCalendar": parts.calendars_of(tx, booking, ()),
        "requiresConfirmation": event_type.requires_confirmation or None if event_type else None,
        **parts.recurrence_part(event_type, booking, with_count=True),
        **parts.team_part(tx, event_type, ()),
        **parts.platform_part(tx, _client(tx, event_type), with_emails=True),
        "price": event_type.price if event_type else 0,
    }


def _meeting(booking: Booking, event_type: EventType | None) -> Payload:
    """What all payloads about bookings have."""
    return {
        "type": event_type.slug if event_type else "",
        "title": booking.title,
        "bookerUrl": parts.BOOKER_URL,
        "length": int((booking.end - booking.start).total_seconds()) // 60,
        **parts.responses_part(event_type, parts.answers_of(booking)),
        "customInputs": {},
        "location": booking.location,
        "uid": booking.uid,
        "bookingId": booking.id,
        "eventTypeId": booking.event_type_id,
        "eventTitle": event_type.title if event_type else "",
        "eventDescription": event_type.description if event_type else None,
        "currency": event_type.currency if event_type else "usd",
    }


def _description(booking: Booking) -> Payload:
    return {"description": booking.description} if booking.description else {}


def _seats(event_type: EventType) -> Payload:
    seats = event_type.seats
    return {
        "seatsPerTimeSlot": seats.per_time_slot if seats else None,
        "seatsShowAttendees": seats.show_attendees if seats else True,
        "seatsShowAvailabilityCount": seats.show_availability_count if seats else True,
    }


def _destinations(
    tx: Transaction, booking: Booking, event_type: EventType, hosts: Sequence[Attendee]
) -> list[Payload] | None:
    if event_type.scheduling_type == "collective":
        return parts.calendars_of(tx, booking, hosts)
    return parts.calendars_of(tx, booking, ()) or None


def _row(tx: Transaction, booking: Booking, event_type: EventType | None) -> Payload:
    """The booking as it is stored, with its people."""
    host = tx[USERS].get(booking.user_id)
    time = f"{booking.start.isoformat()}.{booking.end.isoformat()}.{booking.user_id}"
    answers = parts.place_answer(booking) | parts.answers_of(booking)
    return {
        "id": booking.id,
        "uid": booking.uid,
        "idempotencyKey": str(uuid.uuid5(uuid.NAMESPACE_URL, time)),
        "userId": booking.user_id,
        "userPrimaryEmail": host.email if host else None,
        "eventTypeId": booking.event_type_id,
        "title": booking.title,
        "description": booking.description,
        "customInputs": {},
        "responses": parts.responses_part(event_type, answers)["responses"],
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "location": booking.location,
        "createdAt": iso(booking.created_at),
        "updatedAt": iso(booking.updated_at),
        "status": booking.status.upper(),
        "paid": False,
        "destinationCalendarId": None,
        "cancellationReason": booking.cancellation_reason,
        "rejectionReason": booking.rejection_reason,
        "metadata": (booking.metadata or {}) | parts.video_link(booking),
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "noShowHost": booking.no_show_host,
        "user": {"email": host.email, "name": host.name, "timeZone": host.time_zone, "username": host.username}
        if host
        else None,
        "attendees": [parts.attendee_row(each) for each in parts.attendees_of(tx, booking)],
        "payment": [],
        "references": [],
    }


def _confirmed_row(tx: Transaction, booking: Booking, event_type: EventType | None) -> Payload:
    """A booking that was confirmed, with the event type that it is of."""
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "attendees": [parts.attendee_row(each) for each in parts.attendees_of(tx, booking)],
        "location": booking.location,
        **parts.responses_part(event_type, parts.answers_of(booking)),
        "customInputs": {},
        "metadata": (booking.metadata or {}) | parts.video_link(booking),
        "cancellationReason": booking.cancellation_reason,
        "smsReminderNumber": None,
        "eventType": parts.event_type_part(tx, event_type),
    }


def _client(tx: Transaction, event_type: EventType | None) -> str | None:
    """The OAuth client of the event type, else that of one of its hosts."""
    if event_type is None:
        return None
    clients = [link.client_id for each in _hosts(tx, event_type) for link in tx[MANAGED_USER_LINKS].find(user_id=each)]
    return client_of(tx, event_type) or next(iter(clients), None)


def _wide_audience(tx: Transaction, event_type: EventType | None, booking: Booking) -> Audience:
    """The audience with the OAuth clients of all hosts, as for anything but a new booking."""
    hosts = _hosts(tx, event_type) if event_type else ()
    return booking_audience(tx, event_type, booking.user_id, hosts)


def _hosts(tx: Transaction, event_type: EventType) -> Sequence[int]:
    return [each.user.id for each in hosts_of(tx, event_type)]

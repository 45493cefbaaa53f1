"""Emits webhook events about bookings, starts workflows, and schedules the events of meetings that start and end.

Source: Cal.com API v2, webhooks: triggers by operation; payload fields.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from mock_server.bookings import webhook_payloads as parts
from mock_server.bookings.booking_event_payload import booking_event, emit_booking_event, has_booking_events
from mock_server.bookings.calendar_events import ical_uid
from mock_server.bookings.event_type_lookup import oauth_client_of
from mock_server.bookings.model import ATTENDEES, BOOKINGS, INSTANT_MEETING_TOKENS, Attendee, Booking, BookingSeat
from mock_server.bookings.titles import title_of
from mock_server.bookings.video_no_shows import schedule_no_show_reports
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import MANAGED_USER_LINKS, USERS
from mock_server.runtime.dates import iso
from mock_server.runtime.web_app import WEB_APP
from mock_server.state.transaction import Transaction
from mock_server.webhooks import payloads
from mock_server.webhooks.events import Audience, booking_audience, emit, instant_meeting_audience
from mock_server.webhooks.jobs import drop_meeting, schedule_meeting
from mock_server.webhooks.payloads import Trigger
from mock_server.workflows.reminders import schedule_booking_reminders
from mock_server.workflows.triggers import start_booking_workflows


def emit_created(tx: Transaction, booking: Booking, seat_uid: str | None = None, *, is_new: bool = True) -> None:
    """BOOKING_CREATED, or BOOKING_REQUESTED if the booking is pending. Not `is_new`: only a seat was added."""
    event_type = tx[EVENT_TYPES].require(booking.event_type_id)
    seat = parts.find_seat(tx, seat_uid)
    audience = booking_audience(tx, event_type, booking.user_id)
    trigger = "BOOKING_CREATED" if booking.status == "accepted" else "BOOKING_REQUESTED"
    if has_booking_events(tx):
        change: payloads.EventChange = (
            {**parts.apps_part(tx, booking)} if is_new and booking.status == "accepted" else {}
        )
        emit_booking_event(tx, trigger, booking, booking_event(tx, booking, change, seat=seat), audience)
    else:
        emit(tx, trigger, _created_payload(tx, booking, event_type, seat, is_new=is_new), audience)
    _start_workflows_of_new(tx, booking, seat_uid)
    if is_new:
        _schedule_meeting(tx, booking, audience, _stored_booking(tx, booking, event_type))


def _created_payload(
    tx: Transaction, booking: Booking, event_type: EventType, seat: BookingSeat | None, *, is_new: bool
) -> payloads.NewBooking:
    payload = _new_booking_payload(tx, booking, event_type, seat, is_new=is_new)
    if seat is not None and not is_new and parts.is_extended(tx):
        payload["title"] = _seat_title(tx, booking, event_type, seat)
        payload.pop("conferenceData", None)
    return payload


def _seat_title(tx: Transaction, booking: Booking, event_type: EventType, seat: BookingSeat) -> str:
    """The title as of a booking by the attendee of a further seat."""
    organizer, attendee = tx[USERS].require(booking.user_id), tx[ATTENDEES].require(seat.attendee_id)
    _, hosts = parts.guests_and_hosts(tx, event_type, tx[ATTENDEES].find(booking_id=booking.id))
    location = booking.location or ""
    return title_of(tx, event_type, organizer, attendee.name, location, several_hosts=bool(hosts))


def _start_workflows_of_new(tx: Transaction, booking: Booking, seat_uid: str | None) -> None:
    """Starts workflows for a booking, for the first one of a series, or for a seat."""
    if booking.recurring_event_id is not None:
        first = tx[BOOKINGS].page(0, 1, recurring_event_id=booking.recurring_event_id)
        if first[0].id != booking.id:
            return
    seat = parts.find_seat(tx, seat_uid)
    attendees = None if seat is None else parts.attendees_of(tx, booking, seat)
    start_booking_workflows(tx, "newEvent" if booking.status == "accepted" else "bookingRequested", booking, attendees)


def emit_rescheduled(tx: Transaction, old: Booking, new: Booking, seat_uid: str | None = None) -> None:
    """BOOKING_RESCHEDULED of a booking or a seat, or BOOKING_REQUESTED if the new booking is pending."""
    event_type = tx[EVENT_TYPES].require(new.event_type_id)
    seat = parts.find_seat(tx, seat_uid)
    audience = _audience_with_hosts(tx, event_type, new)
    trigger = "BOOKING_RESCHEDULED" if new.status == "accepted" else "BOOKING_REQUESTED"
    if has_booking_events(tx):
        emit_booking_event(tx, trigger, new, _rescheduled_event(tx, old, new, seat), audience)
    else:
        emit(tx, trigger, _rescheduled_payload(tx, old, new, seat), audience)
    for booking in (tx[BOOKINGS].require(old.id), new):
        if booking.status != "accepted" or booking.id == new.id:
            drop_meeting(tx, booking.id)
    _schedule_meeting(tx, new, audience, _stored_booking(tx, new, event_type))
    attendees = None if seat is None else parts.attendees_of(tx, new, seat)
    start_booking_workflows(tx, "rescheduleEvent" if new.status == "accepted" else "bookingRequested", new, attendees)


def _rescheduled_event(tx: Transaction, old: Booking, new: Booking, seat: BookingSeat | None) -> payloads.BookingEvent:
    """The new booking, with the times of the previous one."""
    no_apps: parts.AppsPart = {}
    change: payloads.EventChange = {
        **(parts.apps_part(tx, new) if new.status == "accepted" else no_apps),
        "rescheduleId": old.id,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": iso(old.start),
        "rescheduleEndTime": iso(old.end),
    }
    previous = tx[BOOKINGS].require(old.id)
    if previous.rescheduled_by is not None:
        change["rescheduledBy"] = previous.rescheduled_by
    if old.user_id != new.user_id:
        change["hasOrganizerChanged"] = True
    return booking_event(tx, new, change, seat=seat)


def _rescheduled_payload(
    tx: Transaction, old: Booking, new: Booking, seat: BookingSeat | None
) -> payloads.RescheduledBooking:
    payload: payloads.RescheduledBooking = {
        **_new_booking_payload(tx, new, tx[EVENT_TYPES].require(new.event_type_id), seat),
        **_reschedule_part(tx, old, new, seat),
    }
    if parts.is_extended(tx):
        if seat is None:
            _keep_old_meeting(tx, payload, old, new)
        else:
            payload["iCalSequence"] = old.ical_sequence + 1
    return payload


def _reschedule_part(tx: Transaction, old: Booking, new: Booking, seat: BookingSeat | None) -> payloads.ReschedulePart:
    """What was rescheduled, and by whom."""
    previous: payloads.ReschedulePart = {
        "rescheduleUid": old.uid,
        "rescheduleId": old.id,
        "rescheduleStartTime": parts.seconds(old.start),
        "rescheduleEndTime": parts.seconds(old.end),
    }
    if not parts.is_extended(tx):
        return previous
    if seat is not None:
        return {"rescheduleUid": old.uid}
    if old.user_id != new.user_id:
        previous["hasOrganizerChanged"] = True
    rescheduled_by = tx[BOOKINGS].require(old.id).rescheduled_by
    return previous if rescheduled_by is None else {**previous, "rescheduledBy": rescheduled_by}


def _keep_old_meeting(tx: Transaction, payload: payloads.RescheduledBooking, old: Booking, new: Booking) -> None:
    """What the payload of a rescheduled booking has of the one before it: the link, and the room of a request."""
    payload.pop("recurringEvent", None)
    payload["metadata"] = (new.metadata or {}) | (parts.video_call_url(old) or parts.video_call_url(new))
    is_pending = new.status == "pending"
    if is_pending or parts.calendar_integration(tx, new) is None:
        payload.pop("iCalUID", None)
    if is_pending:
        payload["appsStatus"] = []
        if (room := parts.conference_part(tx, old).get("videoCallData")) is not None:
            payload["videoCallData"] = room
            payload["conferenceData"] = parts.CONFERENCE


def emit_confirmed(tx: Transaction, booking: Booking, changed: Sequence[Booking]) -> None:
    """BOOKING_CREATED, one event also for a series. Schedules the meetings of all `changed` bookings."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    audience = _audience_with_hosts(tx, event_type, booking)
    if has_booking_events(tx):
        emit_booking_event(tx, "BOOKING_CREATED", booking, booking_event(tx, booking), audience)
    else:
        payload = _confirmation_payload(tx, booking, event_type, _confirmed_part(tx, booking), "ACCEPTED")
        emit(tx, "BOOKING_CREATED", payload, audience)
    for each in changed:
        _schedule_meeting(tx, each, audience, _stored_confirmed_booking(tx, each, event_type))
    start_booking_workflows(tx, "newEvent", booking)


def emit_rejected(tx: Transaction, booking: Booking) -> None:
    """BOOKING_REJECTED, one event also for a series. The organizer's own webhooks always receive it."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    audience = msgspec.structs.replace(_audience_with_hosts(tx, event_type, booking), user_id=booking.user_id)
    if has_booking_events(tx):
        emit_booking_event(tx, "BOOKING_REJECTED", booking, booking_event(tx, booking), audience)
    else:
        reason: payloads.OutcomePart = (
            {} if booking.rejection_reason is None else {"rejectionReason": booking.rejection_reason}
        )
        payload = _confirmation_payload(tx, booking, event_type, reason, "REJECTED")
        emit(tx, "BOOKING_REJECTED", payload, audience)
    start_booking_workflows(tx, "bookingRejected", booking)


def emit_cancelled(
    tx: Transaction,
    booking: Booking,
    attendees: Sequence[Attendee],
    *,
    is_whole_series: bool = False,
    seat: BookingSeat | None = None,
    seat_reason: str | None = None,
    is_silent: bool = False,
    requests_reschedule: bool = False,
) -> None:
    """BOOKING_CANCELLED of a booking or a seat. `attendees` are those before the cancellation, or that of the seat.

    `seat_reason` is that of a seat, which is not stored. Workflows do not learn of a cancellation that `is_silent`, or
    that asks the attendees to choose another time.
    """
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    audience = _audience_with_hosts(tx, event_type, booking)
    if has_booking_events(tx):
        change: payloads.EventChange = {"requestReschedule": requests_reschedule}
        event = booking_event(tx, booking, change, seat=seat, attendees=attendees)
        if requests_reschedule:
            event["cancellationReason"] = f"Please reschedule. {booking.cancellation_reason or ''}"
        emit_booking_event(tx, "BOOKING_CANCELLED", booking, event, audience)
    else:
        payload = _cancelled_payload(tx, booking, attendees, seat, seat_reason, is_whole_series=is_whole_series)
        emit(tx, "BOOKING_CANCELLED", payload, audience)
    if not is_silent and not requests_reschedule:
        start_booking_workflows(tx, "eventCancelled", booking, attendees)


def _cancelled_payload(
    tx: Transaction,
    booking: Booking,
    attendees: Sequence[Attendee],
    seat: BookingSeat | None,
    seat_reason: str | None,
    *,
    is_whole_series: bool,
) -> payloads.CancelledBooking:
    is_seat = seat is not None
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    guests, hosts = parts.guests_and_hosts(tx, event_type, attendees)
    seats = event_type.seats if event_type else None
    recurrence: payloads.RecurrencePart = (
        parts.recurrence_part(event_type, booking, with_count=True) if is_whole_series else {}
    )
    answers = parts.answers_on_record(tx, booking, attendees)
    return {
        **_details(booking, event_type),
        **parts.stored_form_responses(tx, event_type, answers),
        **parts.description_part(tx, booking),
        "startTime": parts.offset_seconds(booking.start),
        "endTime": parts.offset_seconds(booking.end),
        "organizer": parts.organizer_payload(tx, booking),
        "attendees": [parts.cancelled_seat_holder(each, booking.start) for each in guests]
        if is_seat and parts.is_extended(tx)
        else [parts.attendee_payload(each, booking.start) for each in guests],
        "destinationCalendar": parts.destination_calendars(tx, booking, ()),
        "cancellationReason": seat_reason if is_seat and parts.is_extended(tx) else booking.cancellation_reason,
        **parts.team_part(tx, event_type, [parts.team_member(tx, each, booking.start) for each in hosts]),
        "seatsPerTimeSlot": seats.per_time_slot if seats else None,
        "seatsShowAttendees": seats.show_attendees if seats else False,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence + 1,
        **parts.platform_links(tx, _oauth_client(tx, event_type)),
        "requiresConfirmation": event_type.requires_confirmation or None if event_type else None,
        "price": (event_type.price if event_type else 0) or None,
        "status": "CANCELLED",
        **recurrence,
        **parts.privacy_part(tx, event_type),
        **parts.organization_part(tx, booking, event_type),
        **_cancellation_part(tx, booking, is_seat=is_seat),
    }


def _cancellation_part(tx: Transaction, booking: Booking, *, is_seat: bool) -> payloads.CancellationPart:
    if not parts.is_extended(tx):
        return {}
    part: payloads.CancellationPart = {"additionalNotes": booking.description}
    if is_seat and (room := parts.conference_part(tx, booking).get("videoCallData")) is not None:
        part["videoCallData"] = room
    if booking.cancelled_by is not None:
        part["cancelledBy"] = booking.cancelled_by
    return part


def emit_location_updated(tx: Transaction, booking: Booking, previous_location: str | None) -> None:
    """BOOKING_LOCATION_UPDATED, since 2026-09."""
    if has_booking_events(tx):
        event = booking_event(tx, booking, {"previousLocation": previous_location})
        _emit_change(tx, "BOOKING_LOCATION_UPDATED", booking, event)


def emit_reassigned(tx: Transaction, booking: Booking, added_id: int, removed_ids: Sequence[int]) -> None:
    """BOOKING_REASSIGNED, since 2026-09."""
    if has_booking_events(tx):
        event = booking_event(tx, booking, {"addedHostUserIds": [added_id], "removedHostUserIds": list(removed_ids)})
        _emit_change(tx, "BOOKING_REASSIGNED", booking, event)


def _emit_change(tx: Transaction, trigger: Trigger, booking: Booking, event: payloads.BookingEvent) -> None:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    emit_booking_event(tx, trigger, booking, event, _audience_with_hosts(tx, event_type, booking))


def emit_no_show_updated(tx: Transaction, booking: Booking, attendees: Sequence[Attendee]) -> None:
    """BOOKING_NO_SHOW_UPDATED: attendees were marked as absent or present."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    message = "No-show status updated for attendees"
    if len(attendees) == 1:
        message = f"{attendees[0].email} {'marked' if attendees[0].no_show else 'unmarked'} as no-show"
    payload: payloads.NoShowUpdated = {
        "message": message,
        "attendees": [{"email": each.email, "noShow": each.no_show} for each in attendees],
        "bookingUid": booking.uid,
        "bookingId": booking.id,
        **parts.platform_links(tx, _oauth_client(tx, event_type), with_emails=True),
    }
    owner = event_type.user_id if event_type else None
    audience = msgspec.structs.replace(_audience_with_hosts(tx, event_type, booking), user_id=owner)
    emit(tx, "BOOKING_NO_SHOW_UPDATED", payload, audience)
    start_booking_workflows(tx, "bookingNoShowUpdated", booking)


def emit_instant_meeting(tx: Transaction, booking: Booking) -> None:
    """INSTANT_MEETING: a meeting waits for the first host to join."""
    event_type = tx[EVENT_TYPES].require(booking.event_type_id)
    token = tx[INSTANT_MEETING_TOKENS].find(booking_id=booking.id)[0].token
    payload: payloads.InstantMeeting = {
        "triggerEvent": "INSTANT_MEETING",
        "uid": booking.uid,
        "responses": parts.form_responses(tx, event_type, booking.responses or {})["responses"],
        "connectAndJoinUrl": f"{WEB_APP}/connect-and-join?token={token}",
        "eventTypeId": event_type.id,
        "eventTypeTitle": event_type.title,
        "customInputs": {},
    }
    emit(tx, "INSTANT_MEETING", payload, instant_meeting_audience(tx, event_type))


def emit_instant_meeting_accepted(tx: Transaction, booking: Booking) -> None:
    """INSTANT_MEETING_ACCEPTED, since 2026-09: the first host has joined. Schedules what follows the meeting."""
    event_type = tx[EVENT_TYPES].require(booking.event_type_id)
    payload: payloads.InstantMeetingAccepted = {
        "bookingId": booking.id,
        "bookingUid": booking.uid,
        "eventTypeId": event_type.id,
        "status": "ACCEPTED",
        "title": booking.title,
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "organizer": parts.organizer_payload(tx, booking),
        "attendees": [parts.attendee_payload(each, booking.start) for each in parts.attendees_of(tx, booking)],
        "responses": parts.form_responses(tx, event_type, booking.responses or {})["responses"],
        "location": booking.location,
        "metadata": parts.video_call_url(booking),
    }
    emit(tx, "INSTANT_MEETING_ACCEPTED", payload, instant_meeting_audience(tx, event_type))
    audience = _audience_with_hosts(tx, event_type, booking)
    _schedule_meeting(tx, booking, audience, _stored_booking(tx, booking, event_type))


def emit_recorded(tx: Transaction, booking: Booking, download_link: str) -> None:
    """RECORDING_READY: the video service has a new recording of the meeting."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        return
    payload: payloads.RecordingReady = {
        **_new_booking_payload(tx, booking, event_type, None),
        "downloadLink": download_link,
    }
    emit(tx, "RECORDING_READY", payload, _audience_with_hosts(tx, event_type, booking))


def emit_transcribed(tx: Transaction, booking: Booking, transcript_link: str, recording_link: str | None) -> None:
    """RECORDING_TRANSCRIPTION_GENERATED: the video service has a new transcript of the meeting."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        return
    links: dict[str, Any] = {"transcription": [{"format": "vtt", "link": transcript_link}], "recording": recording_link}
    payload: payloads.TranscriptionGenerated = {
        **_new_booking_payload(tx, booking, event_type, None),
        "downloadLinks": links,
    }
    emit(tx, "RECORDING_TRANSCRIPTION_GENERATED", payload, _audience_with_hosts(tx, event_type, booking))


def _schedule_meeting(tx: Transaction, booking: Booking, audience: Audience, payload: payloads.MeetingPayload) -> None:
    """Schedules what happens at and after the start of an accepted booking: webhooks, and workflows' reminders."""
    if booking.status == "accepted":
        schedule_meeting(tx, booking.id, booking.start, booking.end, payload, audience)
        schedule_no_show_reports(tx, booking, audience)
        schedule_booking_reminders(tx, booking)


def _new_booking_payload(
    tx: Transaction, booking: Booking, event_type: EventType, seat: BookingSeat | None, *, is_new: bool = True
) -> payloads.NewBooking:
    """The payload about a new or rescheduled booking, or about a further seat in one."""
    guests, hosts = parts.guests_and_hosts(tx, event_type, parts.attendees_of(tx, booking, seat))
    no_guests: parts.Answers = {"guests": []} if seat is not None and parts.is_extended(tx) else {}
    answers = no_guests | parts.answers_of(booking, seat)
    notes = answers.get("notes") or ""
    is_pending = booking.status == "pending"
    no_apps: parts.AppsPart = {}
    metadata = (seat.metadata if seat else booking.metadata) or {}
    return {
        **_details(booking, event_type),
        **parts.form_responses(tx, event_type, parts.location_answer(booking) | answers),
        "startTime": parts.seconds(booking.start),
        "endTime": parts.seconds(booking.end),
        "additionalNotes": notes,
        "description": event_type.description or notes,
        "hideCalendarNotes": event_type.hide_calendar_notes,
        "hideCalendarEventDetails": event_type.hide_calendar_event_details,
        "schedulingType": parts.SCHEDULING.get(event_type.scheduling_type or ""),
        **parts.seat_settings(event_type),
        "organizer": parts.organizer_payload(tx, booking),
        "attendees": [parts.new_booking_attendee(each, booking.start) for each in guests],
        "destinationCalendar": _destination_calendars(tx, booking, event_type, hosts),
        # For a further seat, the live service sends an iCalendar UID that belongs to no booking.
        "iCalUID": booking.ical_uid if is_new else ical_uid(tx.identifiers.short_uid()),
        "iCalSequence": booking.ical_sequence,
        "requiresConfirmation": is_pending,
        "oneTimePassword": tx.identifiers.uuid4() if is_pending else None,
        **parts.recurrence_part(event_type, booking),
        **parts.team_part(tx, event_type, [parts.team_member(tx, each, booking.start) for each in hosts]),
        **parts.platform_links(tx, oauth_client_of(tx, event_type)),
        **_seat_part(seat),
        **(parts.apps_part(tx, booking) if is_new and not is_pending else no_apps),
        **parts.conference_part(tx, booking),
        "price": event_type.price,
        "metadata": metadata | parts.video_call_url(booking),
        "status": booking.status.upper(),
        **parts.privacy_part(tx, event_type),
        **parts.page_part(tx, booking, event_type),
        **_known_organization(parts.organization_part(tx, booking, event_type)),
    }


def _known_organization(part: payloads.OrganizationPart) -> payloads.OrganizationPart:
    """New bookings leave out an organization that there is not."""
    return part if part.get("organizationId") is not None else {}


def _seat_part(seat: BookingSeat | None) -> parts.SeatPart:
    return {"attendeeSeatId": seat.reference_uid} if seat else {}


def _confirmed_part(tx: Transaction, booking: Booking) -> payloads.OutcomePart:
    """The links of a confirmed booking, and its iCalendar UID if it was sent to a calendar."""
    uid: payloads.OutcomePart = {} if parts.calendar_integration(tx, booking) is None else {"iCalUID": booking.ical_uid}
    link = parts.video_call_url(booking)
    metadata: payloads.OutcomePart = {"metadata": link} if link else {}
    return {**uid, **parts.conference_part(tx, booking), **metadata}


def _confirmation_payload(
    tx: Transaction, booking: Booking, event_type: EventType | None, outcome: payloads.OutcomePart, status: str
) -> payloads.RejectedBooking:
    """The payload about a confirmed or rejected booking."""
    answers = parts.answers_on_record(tx, booking)
    if status == "ACCEPTED" and parts.is_extended(tx):
        answers = parts.location_answer(booking) | answers
    return {
        **_details(booking, event_type),
        **parts.stored_form_responses(tx, event_type, answers),
        **parts.description_part(tx, booking),
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "organizer": parts.organizer_payload(tx, booking, with_id=False),
        "attendees": [parts.attendee_payload(each, booking.start) for each in parts.attendees_of(tx, booking)],
        "destinationCalendar": parts.destination_calendars(tx, booking, ()),
        "requiresConfirmation": event_type.requires_confirmation or None if event_type else None,
        **parts.recurrence_part(event_type, booking, with_count=True),
        **parts.team_part(tx, event_type, ()),
        **parts.platform_links(tx, _oauth_client(tx, event_type), with_emails=True),
        "price": event_type.price if event_type else 0,
        **outcome,
        "status": status,
        **parts.privacy_part(tx, event_type),
        **parts.organization_part(tx, booking, event_type),
        **parts.notes_part(tx, booking, event_type),
    }


def _details(booking: Booking, event_type: EventType | None) -> payloads.BookingDetails:
    """The fields of all payloads about bookings."""
    return {
        "type": event_type.slug if event_type else "",
        "title": booking.title,
        "bookerUrl": parts.BOOKER_URL,
        "length": booking.minutes,
        "customInputs": {},
        "location": booking.location,
        "uid": booking.uid,
        "bookingId": booking.id,
        "eventTypeId": booking.event_type_id,
        "eventTitle": event_type.title if event_type else "",
        "eventDescription": event_type.description if event_type else None,
        "currency": event_type.currency if event_type else "usd",
    }


def _destination_calendars(
    tx: Transaction, booking: Booking, event_type: EventType, hosts: Sequence[Attendee]
) -> list[payloads.DestinationCalendar] | None:
    """Null where there are none; of team events (before 2026-03: of collective ones) an empty list."""
    is_collective = event_type.scheduling_type == "collective"
    found = parts.destination_calendars(tx, booking, hosts if is_collective else ())
    has_list = is_collective or (parts.is_extended(tx) and event_type.team_id is not None)
    return found if has_list else found or None


def _stored_booking(tx: Transaction, booking: Booking, event_type: EventType | None) -> payloads.StoredBooking:
    """The booking as the live service's database stores it, with its attendees and organizer."""
    host = tx[USERS].get(booking.user_id)
    time = f"{booking.start.isoformat()}.{booking.end.isoformat()}.{booking.user_id}"
    answers = parts.location_answer(booking) | parts.answers_of(booking)
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
        "responses": parts.form_responses(tx, event_type, answers)["responses"],
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
        "metadata": (booking.metadata or {}) | ({} if parts.is_extended(tx) else parts.video_call_url(booking)),
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "noShowHost": booking.no_show_host,
        "user": {"email": host.email, "name": host.name, "timeZone": host.time_zone, "username": host.username}
        if host
        else None,
        "attendees": [parts.stored_attendee(each) for each in parts.attendees_of(tx, booking)],
        "payment": [],
        "references": [],
        **_stored_details(tx, booking),
    }


def _stored_details(tx: Transaction, booking: Booking) -> payloads.StoredDetails:
    """Further columns of the stored booking."""
    if not parts.is_extended(tx):
        return {}
    return {
        "reassignReason": booking.reassign_reason,
        "reassignById": booking.reassign_by_id,
        "dynamicEventSlugRef": None,
        "dynamicGroupSlugRef": None,
        "rescheduled": booking.rescheduled or None,
        "fromReschedule": booking.from_reschedule,
        "recurringEventId": booking.recurring_event_id,
        "smsReminderNumber": None,
        "scheduledJobs": [],
        "isRecorded": False,
        "rating": booking.rating,
        "ratingFeedback": None,
        "oneTimePassword": None,
        "cancelledBy": booking.cancelled_by,
        "rescheduledBy": booking.rescheduled_by,
        "creationSource": "API_V2",
        **parts.apps_part(tx, booking),
    }


def _stored_confirmed_booking(
    tx: Transaction, booking: Booking, event_type: EventType | None
) -> payloads.StoredConfirmedBooking:
    """A confirmed booking as the live service loads it, with its event type."""
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "attendees": [parts.stored_attendee(each) for each in parts.attendees_of(tx, booking)],
        "location": booking.location,
        **parts.form_responses(tx, event_type, parts.answers_of(booking)),
        "customInputs": {},
        "metadata": (booking.metadata or {}) | parts.video_call_url(booking),
        "cancellationReason": booking.cancellation_reason,
        "smsReminderNumber": None,
        "eventType": parts.event_type_payload(tx, event_type),
    }


def _oauth_client(tx: Transaction, event_type: EventType | None) -> str | None:
    """The OAuth client of the event type, else that of one of its hosts."""
    if event_type is None:
        return None
    host_ids = _host_ids(tx, event_type)
    clients = [link.client_id for each in host_ids for link in tx[MANAGED_USER_LINKS].find(user_id=each)]
    return oauth_client_of(tx, event_type) or next(iter(clients), None)


def _audience_with_hosts(tx: Transaction, event_type: EventType | None, booking: Booking) -> Audience:
    """The audience with the OAuth clients of all hosts, which applies to all events except for new bookings."""
    return booking_audience(tx, event_type, booking.user_id, _host_ids(tx, event_type) if event_type else ())


def _host_ids(tx: Transaction, event_type: EventType) -> Sequence[int]:
    return [each.user.id for each in hosts_of(tx, event_type)]

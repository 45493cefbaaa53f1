"""Bookings in replies: regular, recurring, seated, and recurring seated.

Source: Cal.com API v2, bookings: output.
"""

from __future__ import annotations

import msgspec

from mock_server.bookings.answers import RESCHEDULE_REASON, RESCHEDULED_REASON, Answers
from mock_server.bookings.model import (
    ATTENDEES,
    BOOKING_SEATS,
    BOOKINGS,
    Attendee,
    Booking,
    BookingReference,
    BookingSeat,
    VideoRecording,
)
from mock_server.bookings.organizer_privacy import HIDDEN_ADDRESS, hides_organizer
from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.addresses import display_address
from mock_server.identity.model import USERS, User
from mock_server.runtime.call import Call
from mock_server.runtime.dates import iso
from mock_server.runtime.versions import VERSION_HEADER
from mock_server.state.transaction import Transaction

BookingView = dict[str, object]

UNKNOWN = "unknown"
UNREADABLE_ANSWERS: Answers = {"name": UNKNOWN, "email": UNKNOWN, "guests": [], RESCHEDULED_REASON: UNKNOWN}
"""Shown for bookings and attendees that have no answers."""

CANCELLED_SEATS_VERSION = "2026-02-25"
"""The header version in which a cancelled booking shows the attendees that had seats."""


class Reader(msgspec.Struct, frozen=True):
    """The user who reads bookings, None if anonymous, and the header version of the request.

    `is_list` marks lists, which show the attendees of seated bookings to everyone.
    """

    user_id: int | None = None
    version: str = ""
    is_list: bool = False


def reader_of(call: Call, *, is_list: bool = False) -> Reader:
    """The reader of the reply to this request."""
    caller = call.optional_caller
    return Reader(caller.user_id if caller else None, call.headers.get(VERSION_HEADER, ""), is_list)


def booking_view(tx: Transaction, booking: Booking, reader: Reader, seat_uid: str | None = None) -> BookingView:
    """A booking in the variant of its event type. `seat_uid` is the seat that was created or rescheduled."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None or event_type.seats is None:
        return unseated_view(tx, booking, reader)
    view = _common_fields(tx, booking, event_type, reader) | _seated_fields(tx, booking, event_type, reader)
    if booking.recurring_event_id is None:
        view.pop("reschedulingReason", None)
        if not tx.has("cancellation-always-shown"):
            view.pop("cancellationReason", None)
    view.pop("cancelledByEmail", None)
    if seat_uid is not None:
        view["seatUid"] = seat_uid
    return view | _series_fields(booking)


def unseated_view(tx: Transaction, booking: Booking, reader: Reader) -> BookingView:
    """The variant without seats, which is also the reply about absences and instant meetings of seated event types."""
    view = _common_fields(tx, booking, tx[EVENT_TYPES].get(booking.event_type_id), reader)
    answers = UNREADABLE_ANSWERS if booking.responses is None else booking.responses
    with_phone = booking.recurring_event_id is None
    view |= {
        "metadata": booking.metadata or {},
        "attendees": [
            _attendee_view(each, with_phone=with_phone) for each in tx[ATTENDEES].find(booking_id=booking.id)
        ],
        "bookingFieldsResponses": _with_display_addresses(answers) if tx.has("display-addresses") else answers,
    }
    if booking.responses is None and tx.has("reschedule-reason-in-its-field"):
        view["reschedulingReason"] = UNKNOWN
    if "guests" in answers:
        view["guests"] = answers["guests"]
    return view | _series_fields(booking)


def created_view(
    tx: Transaction, booking: Booking, reader: Reader, seat_uid: str | None = None, *, unseated: bool = False
) -> BookingView:
    """A booking in the reply to the request that made or rescheduled it, in the variant without seats if `unseated`."""
    view = unseated_view(tx, booking, reader) if unseated else booking_view(tx, booking, reader, seat_uid)
    organizer = tx[USERS].get(booking.user_id)
    return view | {"isPlatformManagedUserBooking": organizer is not None and organizer.is_platform_managed}


def reassignment_view(booking: Booking, organizer: User) -> dict[str, object]:
    """The reply to a reassignment, with the organizer after the change."""
    return {
        "bookingUid": booking.uid,
        "reassignedTo": {
            "id": organizer.id,
            "name": organizer.name,
            "email": organizer.email,
            "displayEmail": display_address(organizer.email),
        },
    }


def booking_view_of_seat(tx: Transaction, seat: BookingSeat, reader: Reader) -> BookingView:
    """The booking of a seat with all of its attendees, or only the seat's if the reader may not see the others."""
    booking = tx[BOOKINGS].require(seat.booking_id)
    view = booking_view(tx, booking, msgspec.structs.replace(reader, is_list=True))
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    seats = event_type.seats if event_type else None
    if event_type is None or (seats is not None and seats.show_attendees):
        return view
    if reader.user_id is not None and runs_event_type(tx, event_type, reader.user_id):
        return view
    own = _seated_attendee_view(tx[ATTENDEES].require(seat.attendee_id), seat, {"guests": []})
    return view | {"attendees": [own]}


def attendee_view(attendee: Attendee) -> dict[str, object]:
    """An attendee with the id, of a booking with or without seats."""
    return {"id": attendee.id, **_attendee_view(attendee, with_phone=True)}


def recording_view(recording: VideoRecording, download_link: str) -> dict[str, object]:
    """A recording of a video meeting. With an error it has no link."""
    view: dict[str, object] = {
        "id": recording.id,
        "roomName": recording.room_name,
        "startTs": recording.start_ts,
        "status": recording.status,
        "duration": recording.duration,
        "shareToken": recording.share_token,
        "downloadLink": download_link if recording.error is None else None,
    }
    optional = {"maxParticipants": recording.max_participants, "error": recording.error}
    return view | {name: value for name, value in optional.items() if value is not None}


def reference_view(reference: BookingReference) -> dict[str, object]:
    """A reference to an event in a calendar, or to a video meeting."""
    return {
        "type": reference.type,
        "eventUid": reference.uid,
        "id": reference.id,
        "destinationCalendarId": reference.external_calendar_id,
    }


def _common_fields(tx: Transaction, booking: Booking, event_type: EventType | None, reader: Reader) -> BookingView:
    location = booking.meeting_url or booking.location
    view: BookingView = {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "hosts": [_shown_host(tx, booking, event_type, reader)],
        "status": booking.status,
        "start": iso(booking.start),
        "end": iso(booking.end),
        "duration": booking.minutes,
        "eventTypeId": booking.event_type_id,
        "eventType": {"id": event_type.id, "slug": event_type.slug} if event_type else None,
        "meetingUrl": location,
        "location": location,
        "absentHost": booking.no_show_host,
        "createdAt": iso(booking.created_at),
        "updatedAt": iso(booking.updated_at),
        "rating": booking.rating,
        "icsUid": booking.ical_uid,
    }
    default = "" if tx.has("cancellation-always-shown") else None
    optional = {
        "cancellationReason": default if booking.cancellation_reason is None else booking.cancellation_reason,
        "cancelledByEmail": default if booking.cancelled_by is None else booking.cancelled_by,
        "reschedulingReason": _rescheduling_reason(booking),
        "rescheduledFromUid": booking.from_reschedule,
    }
    view |= {name: value for name, value in optional.items() if value is not None}
    return view | _reschedule_fields(tx, booking) if tx.has("reschedules-shown") else view


def _rescheduling_reason(booking: Booking) -> object:
    """The reason among the answers of a rescheduled booking."""
    answers = booking.responses or {}
    return answers.get(RESCHEDULED_REASON) or (answers.get(RESCHEDULE_REASON) if booking.from_reschedule else None)


def _reschedule_fields(tx: Transaction, booking: Booking) -> BookingView:
    """Who rescheduled, and to which booking. Series show neither."""
    if booking.recurring_event_id is not None:
        return {}
    successor = tx[BOOKINGS].last(from_reschedule=booking.uid)
    fields: BookingView = {"rescheduledByEmail": booking.rescheduled_by}
    return fields if successor is None else fields | {"rescheduledToUid": successor.uid}


def _series_fields(booking: Booking) -> BookingView:
    return {} if booking.recurring_event_id is None else {"recurringBookingUid": booking.recurring_event_id}


def _shown_host(tx: Transaction, booking: Booking, event_type: EventType | None, reader: Reader) -> dict[str, object]:
    view = _host_view(tx[USERS].get(booking.user_id))
    if hides_organizer(tx, event_type, reader.user_id):
        view |= {"email": HIDDEN_ADDRESS, "displayEmail": HIDDEN_ADDRESS}
    return view


def _host_view(user: User | None) -> dict[str, object]:
    if user is None:
        return dict.fromkeys(("id", "name", "email", "displayEmail", "username"), UNKNOWN)
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "displayEmail": display_address(user.email),
        "username": user.username or UNKNOWN,
        "timeZone": user.time_zone,
    }


def _attendee_view(attendee: Attendee, *, with_phone: bool) -> dict[str, object]:
    view: dict[str, object] = {
        "name": attendee.name,
        "email": attendee.email,
        "displayEmail": display_address(attendee.email),
        "timeZone": attendee.time_zone,
        "language": attendee.locale,
        "absent": attendee.no_show,
    }
    if with_phone and attendee.phone_number is not None:
        view["phoneNumber"] = attendee.phone_number
    return view


def _with_display_addresses(answers: Answers) -> Answers:
    shown = dict(answers)
    if isinstance(answers.get("email"), str):
        shown["displayEmail"] = display_address(answers["email"])
    if "guests" in answers:
        shown["displayGuests"] = [display_address(each) for each in answers["guests"]]
    return shown


def _seated_fields(tx: Transaction, booking: Booking, event_type: EventType, reader: Reader) -> BookingView:
    if not _shows_attendees(tx, booking, event_type, reader):
        return {"attendees": []}
    seats = {seat.attendee_id: seat for seat in tx[BOOKING_SEATS].find(booking_id=booking.id)}
    attendees = tx[ATTENDEES].find(booking_id=booking.id)
    implied: Answers = {"guests": []} if tx.has("seats-answer-guests") else {}
    views = [_seated_attendee_view(each, seats.get(each.id), implied) for each in attendees]
    if not reader.is_list:
        for view, attendee in zip(views, attendees, strict=True):
            seat = seats.get(attendee.id)
            view["createdAt"] = iso((seat and seat.created_at) or booking.created_at)
    return {"attendees": views}


def _shows_attendees(tx: Transaction, booking: Booking, event_type: EventType, reader: Reader) -> bool:
    """Whether the reader sees who attends a seated booking."""
    if not tx.has("seated-attendees-hidden"):
        return True
    if booking.status == "cancelled" and reader.version != CANCELLED_SEATS_VERSION:
        return False
    if reader.is_list or (event_type.seats is not None and event_type.seats.show_attendees):
        return True
    return reader.user_id is not None and runs_event_type(tx, event_type, reader.user_id)


def _seated_attendee_view(attendee: Attendee, seat: BookingSeat | None, implied: Answers) -> dict[str, object]:
    """An attendee of a seated booking. Those of instant meetings, or older than the seats, have no seat."""
    answers = UNREADABLE_ANSWERS if seat is None else implied | seat.responses
    view = _attendee_view(attendee, with_phone=False) | {
        "bookingFieldsResponses": {slug: answer for slug, answer in answers.items() if slug != "email"},
        "metadata": (seat.metadata if seat is not None else None) or {},
    }
    if seat is not None:
        view["seatUid"] = seat.reference_uid
    return view

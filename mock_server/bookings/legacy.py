"""Bodies and replies of the older operations on bookings, translated to and from the current ones.

Source: Cal.com API v2, bookings (2024-04-15).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NotRequired, TypedDict, cast

import msgspec

from mock_server.bookings.bodies import BookingBody, CancelBody, NoShowBody
from mock_server.bookings.booking_request import BookingRequest, read_booking_request
from mock_server.bookings.lookup import require_booking
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking
from mock_server.bookings.organizer_privacy import HIDDEN_ADDRESS, hides_organizer
from mock_server.bookings.request_fields import read_start
from mock_server.bookings.webhook_payloads import stored_attendee, video_call_url
from mock_server.event_types.legacy import recurring_event
from mock_server.event_types.locations import integration_named, type_named
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.private_links import use_link
from mock_server.identity.model import USERS
from mock_server.runtime.dates import iso
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.runtime.json_values import is_object
from mock_server.state.transaction import Transaction

UNKNOWN_UID = "Booking with UID={} does not exist."
SERIES_OF_ANOTHER_EVENT_TYPE = "The bookings of recurringEventId={} are of another event type."

_OWN_FIELDS = ("name", "email", "guests", "location", "attendeePhoneNumber")
_STATUSES = ("ACCEPTED", "CANCELLED", "REJECTED", "PENDING", "AWAITING_HOST")


class LegacyBookingBody(TypedDict):
    """A new booking, or with `rescheduleUid` a new time for one."""

    start: str
    eventTypeId: int
    timeZone: str
    language: str
    metadata: dict[str, str]
    responses: dict[str, Any]
    end: NotRequired[str | None]
    rescheduleUid: NotRequired[str | None]
    recurringEventId: NotRequired[str | None]
    hasHashedBookingLink: NotRequired[bool | None]
    hashedLink: NotRequired[str | None]


def read_legacy_request(
    tx: Transaction, body: LegacyBookingBody, caller_id: int | None, *, instant: bool = False
) -> BookingRequest:
    """The booking that an older body requests, with one occurrence. Raises the refusals of the current operation."""
    responses = body["responses"]
    documented: BookingBody = {
        "start": body["start"],
        "eventTypeId": body["eventTypeId"],
        "attendee": {
            "name": responses["name"],
            "email": responses["email"],
            "timeZone": body["timeZone"],
            "language": body["language"],
            "phoneNumber": responses.get("attendeePhoneNumber"),
        },
        "metadata": body["metadata"],
        "bookingFieldsResponses": {slug: answer for slug, answer in responses.items() if slug not in _OWN_FIELDS},
        "recurrenceCount": 1,
        "instant": instant,
    }
    if responses.get("guests") is not None:
        documented["guests"] = responses["guests"]
    location = _location(responses.get("location"))
    if location is not None:
        documented["location"] = location
    event_type = tx[EVENT_TYPES].get(body["eventTypeId"])
    end = body.get("end")
    if event_type is not None and end:
        minutes = (read_start(end) - read_start(body["start"])) // timedelta(minutes=1)
        if minutes != event_type.length:
            documented["lengthInMinutes"] = minutes
    return read_booking_request(tx, documented, caller_id, is_older_form=True)


def read_legacy_cancellation(body: dict[str, Any]) -> CancelBody:
    """The cancellation that an older body requests."""
    cancellation: CancelBody = {
        "cancellationReason": body.get("cancellationReason"),
        "cancelSubsequentBookings": body.get("allRemainingBookings"),
    }
    if body.get("seatReferenceUid"):
        cancellation["seatUid"] = body["seatReferenceUid"]
    return cancellation


def read_legacy_absences(body: dict[str, Any]) -> NoShowBody:
    """The absences in an older body."""
    attendees = [{"email": attendee["email"], "absent": attendee["noShow"]} for attendee in body.get("attendees") or ()]
    return cast("NoShowBody", {"host": body.get("noShowHost"), "attendees": attendees})


def with_private_link(tx: Transaction, request: BookingRequest, body: LegacyBookingBody) -> BookingRequest:
    """The request with the private link of an older body, if it has one, which counts it. Raises the link's refusal."""
    link = body.get("hashedLink")
    if not body.get("hasHashedBookingLink") or not link:
        return request
    use_link(tx, request.event_type, link)
    return msgspec.structs.replace(request, private_link=link)


def require_legacy_booking(tx: Transaction, uid: str) -> Booking:
    """The booking with this uid. Raises NotFound."""
    return require_booking(tx, uid, UNKNOWN_UID)


def require_booking_to_move(tx: Transaction, uid: str, event_type: EventType) -> Booking:
    """The booking of this event type. One of another event type counts as unknown. Raises NotFound."""
    booking = require_legacy_booking(tx, uid)
    if booking.event_type_id != event_type.id:
        raise NotFound(UNKNOWN_UID.format(uid))
    return booking


def check_series(tx: Transaction, series: str | None, event_type: EventType) -> None:
    """Refuses a series of another event type, since cancelling a series cancels all of it. Raises BadRequest."""
    members = () if series is None else tx[BOOKINGS].find(recurring_event_id=series)
    if any(booking.event_type_id != event_type.id for booking in members):
        raise BadRequest(SERIES_OF_ANOTHER_EVENT_TYPE.format(series))


def row_view(tx: Transaction, booking: Booking, *, public: bool = True) -> dict[str, object]:
    """The booking as the database has it, with its event type, organizer and attendees.

    Attendees of seats that do not see each other are left out if the reply is `public`, and a hidden address of the
    organizer is replaced.
    """
    event_type, user = tx[EVENT_TYPES].get(booking.event_type_id), tx[USERS].get(booking.user_id)
    if user is not None and public and hides_organizer(tx, event_type, None):
        user = user.changed(email=HIDDEN_ADDRESS)
    attendees = tx[ATTENDEES].find(booking_id=booking.id)
    if public and event_type is not None and event_type.seats is not None and not event_type.seats.show_attendees:
        attendees = []
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "createdAt": iso(booking.created_at),
        "updatedAt": iso(booking.updated_at),
        "userId": booking.user_id,
        "userPrimaryEmail": None if user is None else user.email,
        "eventTypeId": booking.event_type_id,
        "status": booking.status.upper(),
        "paid": False,
        "location": booking.location,
        "metadata": (booking.metadata or {}) | video_call_url(booking),
        "responses": booking.responses,
        "recurringEventId": booking.recurring_event_id,
        "fromReschedule": booking.from_reschedule,
        "rescheduled": booking.rescheduled or None,
        "rescheduledBy": booking.rescheduled_by,
        "cancelledBy": booking.cancelled_by,
        "cancellationReason": booking.cancellation_reason,
        "rejectionReason": booking.rejection_reason,
        "noShowHost": booking.no_show_host,
        "eventType": _event_type_view(event_type),
        "user": None
        if user is None
        else {
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "username": user.username,
            "avatarUrl": user.avatar_url,
            "timeZone": user.time_zone,
        },
        "attendees": [stored_attendee(attendee) for attendee in attendees],
        "seatsReferences": [
            {"referenceUid": seat.reference_uid}
            for seat in ([] if public else tx[BOOKING_SEATS].find(booking_id=booking.id))
        ],
    }


def series_view(tx: Transaction, series: str) -> dict[str, object]:
    """The starts of the bookings of a series by status."""
    bookings = tx[BOOKINGS].find(recurring_event_id=series)
    starts = {
        status: [iso(booking.start) for booking in bookings if booking.status.upper() == status] for status in _STATUSES
    }
    first = min(booking.start for booking in bookings)
    return {"recurringEventId": series, "count": len(bookings), "firstDate": iso(first), "bookings": starts}


def _location(answer: object) -> object:
    """The location in the current form that an answer selects; None for the event type's first one."""
    if not is_object(answer):
        return answer or None
    value, text = answer.get("value"), answer.get("optionValue")
    kind = type_named(str(value))
    match kind:
        case "attendeeAddress":
            return {"type": kind, "address": text}
        case "attendeePhone":
            return {"type": kind, "phone": text}
        case "attendeeDefined":
            return {"type": kind, "location": text}
        case None:
            return {"type": "integration", "integration": integration_named(str(value))} if value else None
        case _:
            return {"type": kind}


def _event_type_view(event_type: EventType | None) -> dict[str, object] | None:
    if event_type is None:
        return None
    return {
        "id": event_type.id,
        "slug": event_type.slug,
        "title": event_type.title,
        "length": event_type.length,
        "eventName": event_type.custom_name,
        "price": event_type.price,
        "currency": event_type.currency,
        "recurringEvent": recurring_event(event_type.recurrence),
        "seatsPerTimeSlot": None if event_type.seats is None else event_type.seats.per_time_slot,
        "teamId": event_type.team_id,
    }

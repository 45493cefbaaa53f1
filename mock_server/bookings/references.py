"""References of bookings: to the event in a calendar, and to the video meeting.

Source: Cal.com API v2, bookings: references.
"""

from __future__ import annotations

import uuid

from mock_server.bookings.locations import CAL_VIDEO_LOCATION
from mock_server.bookings.model import BOOKING_REFERENCES, BOOKINGS, Booking, BookingReference
from mock_server.runtime.errors import NotFound
from mock_server.state.transaction import Transaction

CAL_VIDEO_TYPE = "daily_video"
VIDEO_HOST = "https://video.cal.example"
ROOM_LENGTH = 20


def references_of(tx: Transaction, booking: Booking, kind: str | None = None) -> list[BookingReference]:
    """The references that were not deleted, or those of one type, in the order in which they were created."""
    found = tx[BOOKING_REFERENCES].find(booking_id=booking.id) if kind is None else _of_type(tx, booking, kind)
    return [each for each in found if not each.deleted]


def require_video_reference(tx: Transaction, booking: Booking) -> BookingReference:
    """The booking's last Cal Video meeting, also that of a cancelled booking. Raises NotFound."""
    meetings = _of_type(tx, booking, CAL_VIDEO_TYPE)
    if not meetings:
        raise NotFound(f"No Cal Video reference found with booking uid {booking.uid}")
    return meetings[-1]


def video_room(meeting_url: str) -> str:
    """The name of a new Cal Video room."""
    return uuid.uuid5(uuid.NAMESPACE_URL, meeting_url).hex[:ROOM_LENGTH]


def room_password(meeting_url: str) -> str:
    """The password of a room."""
    return uuid.uuid5(uuid.NAMESPACE_URL, meeting_url).hex[ROOM_LENGTH:]


def add_video_reference(tx: Transaction, booking: Booking, replaced: Booking | None) -> BookingReference | None:
    """Refers to the Cal Video meeting of an accepted booking: that of the booking it replaced, else a new one.

    A booking that is accepted again gets another room if its room has passed on to the booking that replaced it.
    """
    if booking.location != CAL_VIDEO_LOCATION or booking.meeting_url is None:
        return None
    own = references_of(tx, booking, CAL_VIDEO_TYPE)
    known = own or ([] if replaced is None else _of_type(tx, replaced, CAL_VIDEO_TYPE))
    room = known[-1].uid if known else video_room(booking.meeting_url)
    if _is_in_use(tx, booking, room):
        room = tx.identifiers.hex(ROOM_LENGTH)
    elif own:
        return own[-1]
    delete_video_references(tx, booking)
    return tx[BOOKING_REFERENCES].create(
        booking_id=booking.id, type=CAL_VIDEO_TYPE, uid=room, meeting_url=f"{VIDEO_HOST}/{room}"
    )


def calendar_reference(
    tx: Transaction, booking: Booking, kind: str, external_calendar_id: str
) -> BookingReference | None:
    """The last reference to an event in this calendar, deleted or not."""
    found = [each for each in _of_type(tx, booking, kind) if each.external_calendar_id == external_calendar_id]
    return found[-1] if found else None


def delete_references(tx: Transaction, booking: Booking) -> None:
    """Marks all references as deleted."""
    for each in references_of(tx, booking):
        tx[BOOKING_REFERENCES].update(each.id, deleted=True)


def delete_video_references(tx: Transaction, booking: Booking) -> None:
    """Marks the references to video meetings as deleted."""
    for each in references_of(tx, booking):
        if each.external_calendar_id is None:
            tx[BOOKING_REFERENCES].update(each.id, deleted=True)


def delete_calendar_references(tx: Transaction, booking: Booking, but: int | None = None) -> None:
    """Marks the references to calendars as deleted, except for the one with the id `but`."""
    for each in references_of(tx, booking):
        if each.external_calendar_id is not None and each.id != but:
            tx[BOOKING_REFERENCES].update(each.id, deleted=True)


def _is_in_use(tx: Transaction, booking: Booking, room: str) -> bool:
    """Whether another accepted booking has the room."""
    return any(
        tx[BOOKINGS].require(each.booking_id).status == "accepted"
        for each in tx[BOOKING_REFERENCES].find(uid=room)
        if each.booking_id != booking.id and not each.deleted
    )


def _of_type(tx: Transaction, booking: Booking, kind: str) -> list[BookingReference]:
    return tx[BOOKING_REFERENCES].find(booking_id=booking.id, type=kind)

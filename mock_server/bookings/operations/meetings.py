"""Operations on the location and the seats of a booking, and on the recordings and sessions of its video meeting.

Source: Cal.com API v2, bookings: location, by seat, recordings, transcripts, conferencing sessions.
"""

from __future__ import annotations

import msgspec

from mock_server.bookings.location_change import change_location, read_location
from mock_server.bookings.lookup import NOT_FOUND, require_booking
from mock_server.bookings.model import BOOKING_SEATS, Booking
from mock_server.bookings.references import require_video_reference
from mock_server.bookings.video import file_link, video_of
from mock_server.bookings.views import BookingView, booking_view, booking_view_of_seat, reader_of, recording_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound


def get_booking_by_seat(call: Call) -> BookingView:
    """The booking of a seat. Raises NotFound."""
    seat_uid = str(call.path["seatUid"])
    seat = call.tx[BOOKING_SEATS].first(reference_uid=seat_uid)
    if seat is None:
        raise NotFound(f"Booking with seatUid={seat_uid} was not found in the database")
    return booking_view_of_seat(call.tx, seat, reader_of(call))


def update_booking_location(call: Call) -> BookingView:
    """Changes the location of a booking."""
    location = read_location(call.body, with_integrations=call.has("new-location-replaces-link"))
    booking = require_booking(call.tx, str(call.path["bookingUid"]), NOT_FOUND)
    changed = change_location(call.tx, booking, location, call.caller.user_id)
    return booking_view(call.tx, changed, reader_of(call))


def list_booking_recordings(call: Call) -> list[dict[str, object]]:
    """The recordings of a Cal Video meeting, with links that are valid for an hour."""
    booking = _meeting(call)
    recordings = video_of(call.tx, booking).recordings
    return [
        recording_view(each, file_link(call.tx, call.base_url, booking, "recording", n))
        for n, each in enumerate(recordings)
    ]


def list_booking_transcripts(call: Call) -> list[str]:
    """Links to the transcripts of a Cal Video meeting, valid for an hour."""
    booking = _meeting(call)
    transcripts = video_of(call.tx, booking).transcripts
    return [file_link(call.tx, call.base_url, booking, "transcript", n) for n in range(len(transcripts))]


def list_booking_conferencing_sessions(call: Call) -> list[dict[str, object]]:
    """Who was in the room of a Cal Video meeting, and when."""
    return [msgspec.to_builtins(each) for each in video_of(call.tx, _meeting(call)).sessions]


def _meeting(call: Call) -> Booking:
    """The booking in the path, which has a Cal Video meeting. Raises NotFound."""
    booking = require_booking(call.tx, str(call.path["bookingUid"]))
    require_video_reference(call.tx, booking)
    return booking

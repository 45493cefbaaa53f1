"""The older operations on bookings. They create and change the same bookings in an older form.

Source: Cal.com API v2, bookings (2024-04-15, 2024-06-11 and 2024-06-14).
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from mock_server.bookings import cancellation, no_shows, rescheduling
from mock_server.bookings.creation import INSTANT_TOKEN_LIFETIME, create
from mock_server.bookings.filters import BookingsQuery, read_filters
from mock_server.bookings.legacy import (
    LegacyBookingBody,
    check_series,
    read_legacy_absences,
    read_legacy_cancellation,
    read_legacy_request,
    require_booking_to_move,
    require_legacy_booking,
    row_view,
    series_view,
    with_private_link,
)
from mock_server.bookings.listing import find_page
from mock_server.bookings.model import BOOKINGS, INSTANT_MEETING_TOKENS
from mock_server.bookings.visibility import viewer_for
from mock_server.identity.authentication import caller_if_known
from mock_server.identity.model import USERS
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.call import Call
from mock_server.runtime.dates import iso

_COUNTED = 10_000
"""The most bookings that a list counts."""


def create_booking_2024_04_15(call: Call) -> dict[str, object]:
    """Books an event type once, or moves the booking of `rescheduleUid`."""
    body = cast("LegacyBookingBody", call.body)
    return _create_or_reschedule(call, body, body.get("recurringEventId") or None)


def create_recurring_bookings(call: Call) -> list[dict[str, object]]:
    """Creates the given bookings as one series, with mails about the first only."""
    items = cast("list[LegacyBookingBody]", call.body)
    given = next((series for each in items if (series := each.get("recurringEventId"))), None)
    series = given or call.identifiers.uuid4()
    return [_create_or_reschedule(call, each, series, with_mails=index == 0) for index, each in enumerate(items)]


def create_instant_meeting(call: Call) -> dict[str, object]:
    """Books an instant meeting of a team event type."""
    body = cast("LegacyBookingBody", call.body)
    request = read_legacy_request(call.tx, body, _caller_id(call), instant=True)
    booking = create(call.tx, with_private_link(call.tx, request, body))[0].booking
    token = call.tx[INSTANT_MEETING_TOKENS].first(booking_id=booking.id)
    return {
        "meetingTokenId": None if token is None else token.id,
        "bookingId": booking.id,
        "bookingUid": booking.uid,
        "expires": iso(call.now + INSTANT_TOKEN_LIFETIME),
    }


def list_bookings_2024_04_15(call: Call) -> dict[str, object]:
    """The bookings that the caller sees, the upcoming ones by default."""
    cursor, limit = call.query["cursor"], call.query["limit"]
    given: dict[str, str] = call.query.get("filters") or {}
    query: dict[str, Any] = {"skip": 0, "take": _COUNTED, "status": [given.get("status") or "upcoming"]}
    user = call.tx[USERS].require(call.caller.user_id)
    viewer = viewer_for(call.tx, user, main_organization_id(call.tx, user))
    filters = read_filters(call.tx, cast("BookingsQuery", query), viewer, call.caller.client_id)
    found = find_page(call.tx, viewer, filters)
    page, end = found[cursor : cursor + limit], cursor + limit
    series = dict.fromkeys(each.recurring_event_id for each in page if each.recurring_event_id is not None)
    return {
        "bookings": [row_view(call.tx, each, public=False) for each in page],
        "recurringInfo": [series_view(call.tx, booking) for booking in series],
        "totalCount": len(found),
        "nextCursor": end if end < len(found) else None,
    }


def get_booking_2024_04_15(call: Call) -> dict[str, object]:
    """One booking. Public."""
    return row_view(call.tx, require_legacy_booking(call.tx, _uid(call)))


def get_booking_for_reschedule(call: Call) -> dict[str, object]:
    """The booking that is to be rescheduled. Public."""
    return row_view(call.tx, require_legacy_booking(call.tx, _uid(call)))


def cancel_booking_2024_04_15(call: Call) -> dict[str, object]:
    """Cancels a booking, it and the later ones of its series, or one seat."""
    booking = require_legacy_booking(call.tx, _uid(call))
    caller, body = caller_if_known(call), read_legacy_cancellation(call.body)
    cancelled_by = call.body.get("cancelledBy") or None
    cancellation.cancel(call.tx, booking.uid, body, caller.user_id if caller else None, cancelled_by=cancelled_by)
    return row_view(call.tx, call.tx[BOOKINGS].require(booking.id))


def mark_booking_no_show(call: Call) -> dict[str, object]:
    """Marks the host or attendees as absent."""
    body = read_legacy_absences(call.body)
    booking = no_shows.mark_absent(call.tx, require_legacy_booking(call.tx, _uid(call)).uid, body, call.caller.user_id)
    absences = [{"email": attendee["email"], "noShow": attendee["absent"]} for attendee in body.get("attendees") or ()]
    return {"noShowHost": booking.no_show_host, "attendees": absences, "message": "No-show status updated"}


def _create_or_reschedule(
    call: Call, body: LegacyBookingBody, series: str | None, *, with_mails: bool = True
) -> dict[str, object]:
    request = read_legacy_request(call.tx, body, _caller_id(call))
    uid = body.get("rescheduleUid")
    if uid:
        booking = require_booking_to_move(call.tx, uid, request.event_type)
        result = rescheduling.reschedule(call.tx, booking.uid, {"start": body["start"]})
    else:
        check_series(call.tx, series, request.event_type)
        request = with_private_link(call.tx, request, body)
        request = msgspec.structs.replace(request, series=series, is_single=True)
        [result] = create(call.tx, request, with_mails=with_mails)
    return row_view(call.tx, call.tx[BOOKINGS].require(result.booking.id))


def _caller_id(call: Call) -> int | None:
    """The caller, who may be anonymous."""
    caller = caller_if_known(call)
    return None if caller is None else caller.user_id


def _uid(call: Call) -> str:
    return str(call.path["bookingUid"])

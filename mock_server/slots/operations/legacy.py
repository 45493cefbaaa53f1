"""The older operations on slots, translated to the current searches and reservations.

Source: Cal.com API v2, slots (2024-04-15, 2024-06-11, 2024-06-14 and 2024-08-13).
"""

from __future__ import annotations

from mock_server.runtime.call import Call
from mock_server.runtime.instants import moment_of
from mock_server.runtime.reply import NOTHING, Nothing, WithCookie
from mock_server.slots.availability import available_slots
from mock_server.slots.legacy import (
    UID_COOKIE,
    LegacySlotView,
    cookie_uid,
    has_free_seat,
    legacy_slots_view,
    read_legacy_query,
)
from mock_server.slots.loading import delete_expired_reservations
from mock_server.slots.queries import read_instant
from mock_server.slots.reservations import release, require_event_type, reserve_or_extend
from mock_server.slots.search import find_bookable, load_input


def get_available_slots_2024_04_15(call: Call) -> dict[str, dict[str, list[LegacySlotView]]]:
    """The available slots by day. Ignores the caller's own reservations, and the booking to reschedule."""
    query = read_legacy_query(call.query)
    window = read_instant(query.start, "startTime"), read_instant(query.end, "endTime")
    bookable = find_bookable(call.tx, query)
    own, rescheduled = cookie_uid(call.headers), call.query.get("rescheduleUid")
    inputs = load_input(call.tx, bookable, query, window, own_reservations=own, rescheduled=rescheduled)
    delete_expired_reservations(call.tx, bookable.id)
    length = query.duration or bookable.length or 0
    return {"slots": legacy_slots_view(available_slots(inputs), query, length, call.identifiers)}


def reserve_slot_2024_04_15(call: Call) -> WithCookie:
    """Reserves a time for five minutes under the uid of the caller's cookie, or under a new one.

    A seat is reserved only in a booking of the event type that has a free one. The uid is returned in any case.
    """
    body = call.body
    event_type = require_event_type(call.tx, body["eventTypeId"], "Event Type not found")
    start = moment_of(read_instant(body["slotUtcStartDate"], "slotUtcStartDate"))
    end = moment_of(read_instant(body["slotUtcEndDate"], "slotUtcEndDate"))
    uid = cookie_uid(call.headers) or call.identifiers.uuid4()
    seats = event_type.seats
    if seats is None or has_free_seat(call.tx, event_type.id, seats.per_time_slot, body.get("bookingUid")):
        reserve_or_extend(call.tx, uid, event_type, start, end)
    return WithCookie(uid, UID_COOKIE, uid)


def delete_selected_slot(call: Call) -> Nothing:
    """Releases the reservations under the uid of the caller's cookie, or else of the query. Idempotent."""
    uid = cookie_uid(call.headers) or call.query.get("uid")
    if uid is not None:
        release(call.tx, uid)
    return NOTHING

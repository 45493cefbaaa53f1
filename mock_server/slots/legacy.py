"""Queries, cookies and replies of the older operations on slots.

Source: Cal.com API v2, slots (2024-04-15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, NotRequired, TypedDict
from urllib.parse import unquote

from mock_server.bookings.model import ATTENDEES, BOOKINGS
from mock_server.runtime.instants import MINUTE
from mock_server.slots.inputs import Slot
from mock_server.slots.local_times import SlotTimes
from mock_server.slots.queries import SlotsQuery
from mock_server.state.identifiers import Identifiers
from mock_server.state.transaction import Transaction

UID_COOKIE = "uid"
"""The cookie that holds the uid of the caller's reservations."""

_NO_EVENT_TYPE = 0


class LegacySlotView(TypedDict):
    """A slot: `time`, or `startTime` and `endTime` in the format `range`; the rest of seated event types only."""

    time: NotRequired[str]
    startTime: NotRequired[str]
    endTime: NotRequired[str]
    attendees: NotRequired[int]
    bookingUid: NotRequired[str]


def read_legacy_query(query: Mapping[str, Any]) -> SlotsQuery:
    """The search that an older query asks for: by id, else for a group of users, else by slug and username."""
    names: list[str] = list(query.get("usernameList") or ())
    event_type_id, slug = query.get("eventTypeId"), query.get("eventTypeSlug")
    is_group = event_type_id is None and len(names) > 1
    is_slug = event_type_id is None and not is_group and bool(slug and names)
    return SlotsQuery(
        start=query["startTime"],
        end=query["endTime"],
        event_type_id=None if is_group or is_slug else event_type_id or _NO_EVENT_TYPE,
        event_type_slug=slug if is_slug else None,
        username=names[0] if is_slug else "",
        usernames=tuple(names) if is_group else None,
        organization_slug=query.get("orgSlug"),
        time_zone=query.get("timeZone"),
        duration=query.get("duration"),
        format=query.get("slotFormat") or "time",
    )


def legacy_slots_view(
    slots: Sequence[Slot], query: SlotsQuery, length: int, identifiers: Identifiers
) -> dict[str, list[LegacySlotView]]:
    """The slots by local date. `length` in minutes determines the ends."""
    times = SlotTimes(query.time_zone)
    by_date: dict[str, list[LegacySlotView]] = {}
    for slot in slots:
        date, start = times.local(slot.start)
        view: LegacySlotView = {"time": start}
        if query.format == "range":
            view = {"startTime": start, "endTime": times.local(slot.start + length * MINUTE)[1]}
        if slot.seats_booked:
            view["attendees"] = slot.seats_booked
        if slot.booking_uid is not None:
            view["bookingUid"] = slot.booking_uid or identifiers.uuid4()
        by_date.setdefault(date, []).append(view)
    return by_date


def cookie_uid(headers: Mapping[str, str]) -> str | None:
    """The uid of the caller's reservations; None without a cookie that holds one."""
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return unquote(cookies[UID_COOKIE].value) or None if UID_COOKIE in cookies else None


def has_free_seat(tx: Transaction, event_type_id: int, seats: int, booking_uid: str | None) -> bool:
    """Whether a booking is of this event type and has attendees, but fewer than `seats`."""
    booking = tx[BOOKINGS].first(uid=booking_uid) if booking_uid else None
    if booking is None or booking.event_type_id != event_type_id:
        return False
    return 0 < tx[ATTENDEES].count(booking_id=booking.id) < seats

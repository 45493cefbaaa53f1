"""Faults of bookings and slots: settings without effect, invalid times that are accepted, lost fields."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from contract_tests.mutants.kinds.building import Change, accepted_at, answer, at, changed, things, with_setting, write
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.time_zones import time_zone

SLOTS = "get_available_slots"
BOOKED = ("create_booking", "reschedule_booking")
TYPES = ("create_event_type", "update_event_type")

NEUTRAL: dict[str, tuple[str, dict[str, Any]]] = {
    "beforeEventBuffer": ("The buffer before", {"beforeEventBuffer": 0}),
    "afterEventBuffer": ("The buffer after", {"afterEventBuffer": 0}),
    "minimumBookingNotice": ("The notice", {"minimumBookingNotice": 0}),
    "bookingWindow": ("The booking window", {"bookingWindow": {"disabled": True}}),
    "bookingLimitsCount": ("The limit by number", {"bookingLimitsCount": {"disabled": True}}),
    "bookingLimitsDuration": ("The limit by duration", {"bookingLimitsDuration": {"disabled": True}}),
    "slotInterval": ("The interval of slots", {"slotInterval": None}),
    "onlyShowFirstAvailableSlot": ("The first slot only", {"onlyShowFirstAvailableSlot": False}),
    "confirmationPolicy": ("The confirmation", {"confirmationPolicy": {"disabled": True}}),
}
ON_SLOTS = tuple(name for name in NEUTRAL if name != "confirmationPolicy")
ON_BOOKINGS = tuple(name for name in NEUTRAL if name not in ("slotInterval", "onlyShowFirstAvailableSlot"))


def _without_effect(name: str, operation: str) -> None:
    title, neutral = NEUTRAL[name]

    async def how(request: Request, broken: Broken) -> Reply:
        return await with_setting(request, broken, neutral)

    where = "slots" if operation == SLOTS else "bookings" if operation == "create_booking" else "moves of bookings"
    how.__name__, how.__doc__ = (
        f"{name}_has_no_effect_on_{where.replace(' ', '_')}",
        f"{title} has no effect on {where}.",
    )
    fault(operation, also=TYPES, fields=(name,))(how)


for _name in ON_SLOTS:
    _without_effect(_name, SLOTS)
for _name in ON_BOOKINGS:
    _without_effect(_name, "create_booking")
_without_effect("beforeEventBuffer", "reschedule_booking")
_without_effect("confirmationPolicy", "reschedule_booking")


@fault(*TYPES, fields=("minimumBookingNotice",))
async def notice_five_minutes_short(request: Request, broken: Broken) -> Reply:
    """The booking notice is five minutes shorter than configured."""
    return await write(request, broken, "minimumBookingNotice", lambda value: max(value - 5, 0) if value else value)


@fault(*TYPES, fields=("bookingWindow",))
async def window_a_day_longer(request: Request, broken: Broken) -> Reply:
    """A booking window is stored a day longer, but shown as sent."""
    return await _shown_as_sent(
        request, broken, "bookingWindow", "value", lambda value: value + 1 if isinstance(value, int) else value
    )


@fault(*TYPES, fields=("bookingLimitsCount",))
async def limit_by_number_one_more(request: Request, broken: Broken) -> Reply:
    """A limit by number is stored one higher, but shown as sent."""
    return await _shown_as_sent(request, broken, "bookingLimitsCount", "day", lambda value: value + 1)


@fault(*TYPES, fields=("bookingLimitsCount",))
async def weekly_limit_is_forgotten(request: Request, broken: Broken) -> Reply:
    """A weekly limit is stored a hundred times as high, but shown as sent."""
    return await _shown_as_sent(request, broken, "bookingLimitsCount", "week", lambda value: value * 100)


@fault(*TYPES, fields=("bookingLimitsDuration",))
async def duration_limit_in_hours(request: Request, broken: Broken) -> Reply:
    """A limit by duration is stored sixty times as high, but shown as sent."""
    return await _shown_as_sent(request, broken, "bookingLimitsDuration", "day", lambda value: min(value * 60, 1440))


@fault(*TYPES, fields=("seats",))
async def one_seat_more(request: Request, broken: Broken) -> Reply:
    """There is one seat more than configured, but it is not shown."""
    return await _shown_as_sent(request, broken, "seats", "seatsPerTimeSlot", lambda value: value + 1)


async def _shown_as_sent(request: Request, broken: Broken, name: str, part: str, change: Change) -> Reply:
    fields = request.content
    setting = fields.get(name) if is_object(fields) else None
    if not is_object(setting) or part not in setting or isinstance(setting[part], bool):
        return await broken.send(request)
    honest = change(setting[part])
    reply = await broken.send(request.with_content({**fields, name: {**setting, part: honest}}))
    if not reply.succeeded or honest == setting[part]:
        return reply
    return broken.fire(reply.with_data({**reply.data, name: setting}))


def _start(request: Request) -> datetime | None:
    fields = request.content
    try:
        start = datetime.fromisoformat(fields["start"])
    except (KeyError, TypeError, ValueError):
        return None
    return start if start.tzinfo else start.replace(tzinfo=UTC)


@fault("create_booking")
async def accepts_bookings_in_the_past(request: Request, broken: Broken) -> Reply:
    """A booking in the past is accepted."""
    reply, start = await broken.send(request), _start(request)
    if reply.status != 400 or start is None or start > datetime.now(UTC):
        return reply
    later = f"{datetime.now(UTC) + timedelta(days=21):%Y-%m-%d}"
    return await accepted_at(request, broken, reply, later) or reply


@fault("reschedule_booking")
async def moves_bookings_into_the_past(request: Request, broken: Broken) -> Reply:
    """A booking is moved into the past."""
    reply, start = await broken.send(request), _start(request)
    if reply.status != 400 or start is None or start > datetime.now(UTC):
        return reply
    later = f"{datetime.now(UTC) + timedelta(days=21):%Y-%m-%d}"
    return await accepted_at(request, broken, reply, later) or reply


def _refused_time(name: str, means: str, fits: Callable[[datetime], bool], operation: str = "create_booking") -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        reply, start = await broken.send(request), _start(request)
        if reply.status != 400 or b"not available" not in reply.body or start is None or not fits(start):
            return reply
        return await accepted_at(request, broken, reply, f"{start + timedelta(days=1):%Y-%m-%d}") or reply

    how.__name__, how.__doc__ = name, means
    fault(operation)(how)


_refused_time(
    "accepts_bookings_before_hours", "A booking before working hours is accepted.", lambda start: start.hour < 9
)
_refused_time(
    "accepts_bookings_after_hours",
    "A booking that ends after working hours is accepted.",
    lambda start: start.hour >= 16,
)
_refused_time(
    "accepts_double_bookings",
    "A booking at the full hour of another one is accepted.",
    lambda start: start.minute == 0 and 9 <= start.hour < 16,
)
_refused_time(
    "accepts_half_overlaps",
    "A booking that overlaps another one by half is accepted.",
    lambda start: start.minute == 30,
)
_refused_time(
    "accepts_bookings_within_others",
    "A short booking within another one is accepted.",
    lambda start: start.minute in (15, 45),
)
_refused_time(
    "moves_onto_others",
    "A booking is moved onto another one.",
    lambda start: 9 <= start.hour < 16,
    "reschedule_booking",
)
_refused_time(
    "moves_out_of_hours", "A booking is moved out of working hours.", lambda start: start.hour < 9, "reschedule_booking"
)


@fault(SLOTS)
async def past_slots_are_offered(request: Request, broken: Broken) -> Reply:
    """Slots of today that are in the past are offered."""
    reply = await broken.send(request)
    data, now = reply.data, datetime.now(UTC)
    today = f"{now:%Y-%m-%d}"
    if not reply.succeeded or not is_object(data) or today not in data or now.hour < 1:
        return reply
    over = {"start": f"{today}T00:00:00.000Z"}
    return broken.fire(reply.with_data({**data, today: [over, *data[today]]}))


@fault(SLOTS)
async def no_slots_today(request: Request, broken: Broken) -> Reply:
    """Today is never offered."""
    reply = await broken.send(request)
    data, today = reply.data, f"{datetime.now(UTC):%Y-%m-%d}"
    if not reply.succeeded or not is_object(data) or today not in data:
        return reply
    return broken.fire(reply.with_data({day: slots for day, slots in data.items() if day != today}))


@fault(SLOTS)
async def last_slot_is_missing(request: Request, broken: Broken) -> Reply:
    """The last slot of a day is not offered."""
    return await _slots(request, broken, lambda slots: slots[:-1])


@fault(SLOTS)
async def first_slot_is_missing(request: Request, broken: Broken) -> Reply:
    """The first slot of a day is not offered."""
    return await _slots(request, broken, lambda slots: slots[1:])


async def _slots(request: Request, broken: Broken, change: Change) -> Reply:
    reply = await broken.send(request)
    data = reply.data
    if not reply.succeeded or not is_object(data) or not data:
        return reply
    days = {day: change(slots) for day, slots in data.items()}
    return broken.fire(reply.with_data({day: slots for day, slots in days.items() if slots}))


@fault(SLOTS, fields=("timeZone",))
async def slots_grouped_by_utc_day(request: Request, broken: Broken) -> Reply:
    """Slots are grouped by their day in UTC, not in the requested time zone."""
    reply = await broken.send(request)
    data = reply.data
    if not reply.succeeded or not is_object(data) or "timeZone" not in dict(request.parameters):
        return reply
    days: dict[str, list[Any]] = {}
    for slots in data.values():
        for slot in slots:
            day = f"{datetime.fromisoformat(slot['start']).astimezone(UTC):%Y-%m-%d}"
            days.setdefault(day, []).append(slot)
    return reply if days == data else broken.fire(reply.with_data(days))


@fault(SLOTS, fields=("timeZone",))
async def summer_time_is_forgotten(request: Request, broken: Broken) -> Reply:
    """In summer time, slots are an hour late."""
    zone = dict(request.parameters).get("timeZone", "UTC")

    def is_summer(start: datetime) -> bool:
        return bool(start.astimezone(time_zone(zone)).dst())

    return await _later(request, broken, is_summer)


@fault(SLOTS, fields=("timeZone",))
async def clock_change_days_are_an_hour_off(request: Request, broken: Broken) -> Reply:
    """On Sundays of the last week of March and October, slots are an hour late."""
    return await _later(
        request, broken, lambda start: start.month in (3, 10) and start.day > 24 and start.weekday() == 6
    )  # fmt: skip


async def _later(request: Request, broken: Broken, fits: Callable[[datetime], bool]) -> Reply:
    reply = await broken.send(request)
    data = reply.data
    if not reply.succeeded or not is_object(data):
        return reply
    hits = 0
    for slots in data.values():
        for slot in slots:
            start = datetime.fromisoformat(slot["start"])
            if fits(start):
                shown = (start + timedelta(hours=1)).isoformat(timespec="milliseconds")
                slot["start"] = shown.replace("+00:00", "Z")
                hits += 1
    return broken.fire(reply.with_data(data)) if hits else reply


@fault(SLOTS)
async def cancelled_slots_stay_taken(request: Request, broken: Broken) -> Reply:
    """Slots of cancelled bookings stay taken."""
    reply = await broken.send(request)
    data = reply.data
    if not reply.succeeded or not is_object(data):
        return reply
    key = str(request.parameters)
    fewest = broken.memory.setdefault(key, reply)
    if sum(map(len, data.values())) <= sum(map(len, fewest.data.values())):
        broken.memory[key] = reply
        return reply
    return broken.fire(fewest)


@fault("create_booking")
async def utc_offset_is_ignored(request: Request, broken: Broken) -> Reply:
    """The UTC offset of a start is ignored."""
    fields = request.content
    start = fields.get("start") if is_object(fields) else None
    if not isinstance(start, str) or start.endswith("Z") or "+" not in start[10:]:
        return await broken.send(request)
    reply = await broken.send(request.with_content({**fields, "start": start[:19] + "Z"}))
    return broken.fire(reply)


@fault("reschedule_booking", fields=("reschedulingReason",))
async def reason_is_lost_on_the_second_move(request: Request, broken: Broken) -> Reply:
    """The second move of a booking loses its reason."""
    fields = request.content
    if not is_object(fields) or "reschedulingReason" not in fields:
        return await broken.send(request)
    uid = request.path.split("/v2/bookings/")[1].partition("/")[0]
    booking = (await broken.send(at(request, "GET", f"/v2/bookings/{uid}"))).data
    if not is_object(booking) or "rescheduledFromUid" not in booking:
        return await broken.send(request)
    return await write(request, broken, "reschedulingReason", lambda _: "")


@fault("reschedule_booking", fields=("reschedulingReason",))
async def reason_is_inherited(request: Request, broken: Broken) -> Reply:
    """A move without a reason repeats the previous reason."""
    fields = request.content
    if not is_object(fields) or "seatUid" in fields:
        return await broken.send(request)
    if "reschedulingReason" in fields:
        broken.memory["reason"] = fields["reschedulingReason"]
        return await broken.send(request)
    if "reason" not in broken.memory:
        return await broken.send(request)
    reply = await broken.send(request.with_content({**fields, "reschedulingReason": broken.memory["reason"]}))
    return broken.fire(reply) if reply.succeeded else reply


def _in_bookings(name: str, means: str, path: str, change: Change, *operations: str) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        return await answer(request, broken, path, change)

    how.__name__, how.__doc__ = name, means
    fault(operations[0], also=operations[1:])(how)


_in_bookings(
    "list_has_no_guests", "A list shows the booker only.", "attendees", lambda value: value[:1], "list_bookings"
)
_in_bookings(
    "read_has_no_guests", "A booking shows the booker only.", "attendees", lambda value: value[:1], "get_booking"
)
_in_bookings(
    "only_the_first_metadata_key",
    "Only the first key of metadata is shown.",
    "metadata",
    lambda value: dict(list(value.items())[:1]),
    "get_booking",
)
_in_bookings("list_has_no_metadata", "A list shows no metadata.", "metadata", lambda _: {}, "list_bookings")
_in_bookings(
    "absence_of_the_host_is_not_read",
    "A booking does not show that the host was absent.",
    "absentHost",
    lambda _: False,
    "get_booking",
)
_in_bookings(
    "absence_of_the_host_is_not_listed",
    "A list does not show that the host was absent.",
    "absentHost",
    lambda _: False,
    "list_bookings",
)
_in_bookings(
    "absence_of_attendees_is_not_read",
    "A booking does not show that an attendee was absent.",
    "attendees.absent",
    lambda _: False,
    "get_booking",
)
_in_bookings(
    "length_is_always_an_hour", "A booking always shows the length of an hour.", "duration", lambda _: 60, "get_booking"
)
_in_bookings(
    "length_in_lists_is_always_an_hour",
    "Lists always show the length of an hour.",
    "duration",
    lambda _: 60,
    "list_bookings",
)
_in_bookings(
    "attendee_time_zone_is_lost",
    "Attendees are shown in UTC.",
    "attendees.timeZone",
    lambda _: "UTC",
    "get_booking",
)
_in_bookings(
    "language_is_always_english",
    "Attendees always have the language English.",
    "attendees.language",
    lambda _: "en",
    "get_booking",
    "create_booking",
)
_in_bookings(
    "location_is_always_the_first",
    "A booking always shows the first location.",
    "location",
    lambda _: "https://example.com/room",
    "get_booking",
    "create_booking",
)
_in_bookings(
    "answers_are_not_listed",
    "Lists show only name and e-mail address of all answers.",
    "bookingFieldsResponses",
    lambda value: {name: each for name, each in value.items() if name in ("name", "email")},
    "list_bookings",
)
_in_bookings(
    "updated_at_is_created_at",
    "`updatedAt` always equals `createdAt`.",
    "updatedAt",
    lambda _: "2026-01-01T00:00:00.000Z",
    "get_booking",
)
_in_bookings(
    "phone_is_not_read",
    "The phone number of attendees is not read.",
    "attendees.phoneNumber",
    lambda _: "",
    "get_booking",
)


def _frozen_update(operation: str) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        if request.operation_id == operation:
            uid = request.path.split("/v2/bookings/")[1].partition("/")[0]
            before = (await broken.send(at(request, "GET", f"/v2/bookings/{uid}"))).data
            reply = await broken.send(request)
            if reply.succeeded and is_object(before) and is_object(reply.data) and "updatedAt" in reply.data:
                broken.memory[uid] = before["updatedAt"]
                return broken.fire(reply.with_data({**reply.data, "updatedAt": before["updatedAt"]}))
            return reply
        reply = await broken.send(request)
        known = {str(each.get("uid")) for each in things(reply.data)} & broken.memory.keys()
        for uid in known:
            moment = broken.memory[uid]
            spoiled = changed(
                reply, "updatedAt", lambda _, moment=moment: moment, only=lambda each, uid=uid: each.get("uid") == uid
            )
            reply = spoiled or reply
        return reply

    name = operation.removesuffix("_booking").removeprefix("mark_booking_")
    how.__name__, how.__doc__ = f"updated_at_is_stale_after_{name}", f"`updatedAt` does not move with {operation}."
    fault(operation, also=("get_booking", "list_bookings"))(how)


for _operation in ("confirm_booking", "decline_booking", "cancel_booking", "mark_booking_absent"):
    _frozen_update(_operation)


@fault("cancel_booking")
async def cancellation_reason_is_lost(request: Request, broken: Broken) -> Reply:
    """A cancellation is confirmed, but the reason is not kept."""
    return await write(request, broken, "cancellationReason", lambda _: "-")


@fault("create_booking", fields=("guests",))
async def guests_are_dropped(request: Request, broken: Broken) -> Reply:
    """Guests are dropped."""
    return await write(request, broken, "guests", lambda _: [])


@fault("create_booking", fields=("guests",))
async def only_the_first_guest_counts(request: Request, broken: Broken) -> Reply:
    """Of several guests only the first one is stored."""
    return await write(request, broken, "guests", lambda value: value[:1] if is_list(value) else value)


@fault("create_booking", fields=("lengthInMinutes",))
async def requested_length_is_ignored(request: Request, broken: Broken) -> Reply:
    """A booking has the default length, whatever was requested."""
    return await write(request, broken, "lengthInMinutes", lambda _: None)


@fault("create_booking")
async def series_are_one_booking_short(request: Request, broken: Broken) -> Reply:
    """A series has one occurrence less than requested."""
    reply = await broken.send(request)
    data = reply.data
    if not reply.succeeded or not is_list(data) or len(data) < 2:
        return reply
    return broken.fire(reply.with_data(data[:-1]))


@fault("create_booking")
async def unknown_fields_are_accepted(request: Request, broken: Broken) -> Reply:
    """Unknown fields are ignored instead of rejected."""
    reply = await broken.send(request)
    if reply.status != 400 or b"should not exist" not in reply.body:
        return reply
    fields = request.content
    known = {"start", "eventTypeId", "attendee", "guests", "metadata", "location", "bookingFieldsResponses"}
    fields = {name: value for name, value in fields.items() if name in known}
    fields["attendee"] = {name: value for name, value in fields.get("attendee", {}).items() if name != "nickname"}
    other = await broken.send(request.with_content(fields))
    return broken.fire(other) if other.succeeded else reply


def _unchecked(name: str, means: str, field: str, marker: bytes, mend: Change) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        reply, fields = await broken.send(request), request.content
        if reply.status != 400 or not is_object(fields) or field not in fields or marker not in reply.body:
            return reply
        other = await broken.send(request.with_content({**fields, field: mend(fields[field])}))
        return broken.fire(other) if other.succeeded else reply

    how.__name__, how.__doc__ = name, means
    fault("create_booking", fields=(field,))(how)


_unchecked(
    "time_zones_are_not_checked",
    "Any time zone of an attendee is accepted.",
    "attendee",
    b"timeZone",
    lambda value: {**value, "timeZone": "UTC"},
)
_unchecked(
    "addresses_are_not_checked",
    "Any e-mail address of an attendee is accepted.",
    "attendee",
    b"email",
    lambda value: {**value, "email": "any@example.com"},
)
_unchecked("guests_are_not_checked", "Any e-mail address of a guest is accepted.", "guests", b"guests", lambda _: [])
_unchecked("metadata_size_is_not_checked", "Metadata of any size is accepted.", "metadata", b"metadata", lambda _: {})
_unchecked("lengths_are_not_checked", "Any length is accepted.", "lengthInMinutes", b"ength", lambda _: None)
_unchecked("locations_are_not_checked", "Any location is accepted.", "location", b"location", lambda _: None)


@fault("create_booking")
async def required_answers_may_be_missing(request: Request, broken: Broken) -> Reply:
    """A required answer may be missing."""
    reply, fields = await broken.send(request), request.content
    wanted = re.search(rb"{(\w+)}error_required_field", reply.body)
    if reply.status != 400 or wanted is None or not is_object(fields):
        return reply
    answers = {**fields.get("bookingFieldsResponses", {}), wanted[1].decode(): "-"}
    other = await broken.send(request.with_content({**fields, "bookingFieldsResponses": answers}))
    return broken.fire(other) if other.succeeded else reply


@fault("reserve_slot", also=("get_available_slots",))
async def reservations_do_not_hide_slots(request: Request, broken: Broken) -> Reply:
    """A reservation is made, but hides no slot."""
    if request.operation_id == "reserve_slot":
        before = broken.state
        reply = await broken.send(request)
        if reply.succeeded:
            broken.memory.setdefault("free", before)
        return reply
    after = broken.state
    if "free" not in broken.memory:
        return await broken.send(request)
    honest = await broken.send(request)
    broken.state = broken.memory["free"]
    other = await broken.send(request)
    broken.state = after
    return honest if honest.content == other.content else broken.fire(other)


@fault("get_booking_calendar_links")
async def calendar_links_have_another_time(request: Request, broken: Broken) -> Reply:
    """Calendar links have the times of another day."""
    return await answer(request, broken, "link", lambda value: value.replace("202", "203"))


@fault("create_booking")
async def accepts_one_seat_too_many(request: Request, broken: Broken) -> Reply:
    """A full class accepts another attendee, who gets the seat of the last one."""
    reply = await broken.send(request)
    if reply.succeeded and is_object(reply.data) and "seatUid" in reply.data:
        broken.memory["seat"] = reply
    if reply.status == 409 and "seat" in broken.memory:
        return broken.fire(broken.memory["seat"])
    return reply


@fault("create_booking")
async def concurrent_bookings_both_succeed(request: Request, broken: Broken) -> Reply:
    """Concurrent requests are applied to the same earlier state."""
    before = broken.state
    broken.memory["under way"] = broken.memory.get("under way", 0) + 1
    await asyncio.sleep(0.1)
    crowded = broken.memory["under way"] > 1
    now, broken.state = broken.state, before if crowded else broken.state
    reply = await broken.send(request)
    broken.memory["under way"] -= 1
    return broken.fire(reply) if crowded and now is not before else reply

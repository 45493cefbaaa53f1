"""The input of the availability engine: plain values, times in milliseconds since 1970 UTC, durations in minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from mock_server.slots.ranges import Interval

Unit = Literal["day", "week", "month", "year"]
Scheduling = Literal["collective", "roundRobin"]


class WeeklyHours(msgspec.Struct, frozen=True):
    """Working hours on some weekdays (0 is Sunday), in minutes after midnight."""

    days: frozenset[int]
    start: int
    end: int


class Override(msgspec.Struct, frozen=True):
    """Hours of one date (`day` since 1970-01-01) that replace the weekly ones. Equal start and end mean a day off."""

    day: int
    start: int
    end: int


class Hours(msgspec.Struct, frozen=True):
    """The working hours of a schedule, in the local time of `time_zone`."""

    time_zone: str
    weekly: Sequence[WeeklyHours] = ()
    overrides: Sequence[Override] = ()


class ExistingBooking(msgspec.Struct, frozen=True):
    """An accepted or pending booking of a host, with the buffers of its own event type.

    `seats` is the number of taken seats, 0 for unseated bookings.
    """

    start: int
    end: int
    event_type_id: int | None = None
    before_buffer: int = 0
    after_buffer: int = 0
    is_pending: bool = False
    seats: int = 0
    uid: str = ""


class CountedBooking(msgspec.Struct, frozen=True):
    """The time of a booking that counts towards limits, and its host."""

    interval: Interval
    user_id: int = 0


class Limits(msgspec.Struct, frozen=True):
    """The maximum number of bookings, and of booked minutes, per period."""

    count: Mapping[Unit, int] = {}
    duration: Mapping[Unit, int] = {}

    def units(self) -> set[Unit]:
        """The periods that have a limit."""
        return set(self.count) | set(self.duration)


class HostLimits(msgspec.Struct, frozen=True):
    """Limits of a host, with the bookings that count towards them. Periods are those of `time_zone`."""

    limits: Limits
    counted: Sequence[Interval]
    time_zone: str


class Host(msgspec.Struct, frozen=True):
    """A host of the event type. `away` are out-of-office entries, `calendar` busy times of calendars.

    `limits` are the host's own ones, and those of the team that apply to the host.
    """

    hours: Hours
    is_fixed: bool = True
    bookings: Sequence[ExistingBooking] = ()
    calendar: Sequence[Interval] = ()
    away: Sequence[Interval] = ()
    user_id: int = 0
    limits: Sequence[HostLimits] = ()


class BookingWindow(msgspec.Struct, frozen=True):
    """The booking window: `days` counted from now, or the range from `start` to `end`.

    A rolling window counts only days that have slots.
    """

    kind: Literal["calendarDays", "businessDays", "range"]
    days: int = 0
    is_rolling: bool = False
    start: int = 0
    end: int = 0


class Settings(msgspec.Struct, frozen=True):
    """The slot settings of an event type. `scheduling` is None for a personal one.

    `time_zone` is that of the booking window, `limit_zone` that of the periods of limits. `keeps_slots_packed`: a range
    starts with a slot off the grid rather than with a gap that costs a slot.
    """

    event_type_id: int
    length: int
    slot_interval: int | None = None
    offset_start: int = 0
    notice: int = 0
    before_buffer: int = 0
    after_buffer: int = 0
    window: BookingWindow | None = None
    limits: Limits = Limits()
    seats: int | None = None
    shows_only_first: bool = False
    keeps_slots_packed: bool = False
    pending_blocks: bool = False
    time_zone: str | None = None
    limit_zone: str = "UTC"
    scheduling: Scheduling | None = None


class ReservedTime(msgspec.Struct, frozen=True):
    """An unexpired reservation of a seat of this event type, or of the time of one of its hosts."""

    start: int
    end: int
    is_seat: bool = False


class Rules(msgspec.Struct, frozen=True):
    """The rules of availability that changed between editions, by the names of their changes."""

    slots_align_to_searched_zone: bool = True
    touching_hours_join: bool = True
    slots_within_searched_dates: bool = True
    out_of_office_by_slot_date: bool = True
    limits_by_host: bool = True


class SlotSearch(msgspec.Struct, frozen=True):
    """A search for slots between `start` and `end`, with days in `time_zone`. `duration` overrides the length.

    `names_zone`: the client named the time zone; else days are those of UTC.
    Without `within_host_limits`, the limits of hosts do not count.
    Reservations with the uid `own_reservations` and the booking with the uid `rescheduled` do not block slots.
    """

    start: int
    end: int
    now: int
    time_zone: str = "UTC"
    duration: int | None = None
    own_reservations: str | None = None
    rescheduled: str | None = None
    names_zone: bool = False
    within_host_limits: bool = True


class AvailabilityInput(msgspec.Struct, frozen=True):
    """Everything that determines the slots.

    `counted` are the accepted bookings that count towards the event type's limits; `seated` its seated bookings.
    """

    settings: Settings
    hosts: Sequence[Host]
    search: SlotSearch
    reservations: Sequence[ReservedTime] = ()
    counted: Sequence[CountedBooking] = ()
    seated: Sequence[ExistingBooking] = ()
    rules: Rules = Rules()

    @property
    def length(self) -> int:
        """The length of a slot in minutes."""
        return max(self.search.duration or self.settings.length, 1)

    @property
    def step(self) -> int:
        """The minutes from one slot to the next, without the offset."""
        return max(self.settings.slot_interval or self.length, 1)


class Slot(msgspec.Struct, frozen=True):
    """An available start. For seated slots, the taken seats and the booking's uid (empty if only reserved)."""

    start: int
    seats_booked: int = 0
    booking_uid: str | None = None

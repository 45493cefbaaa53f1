"""What availability is computed from: plain values, times in milliseconds since 1970 UTC, durations in minutes."""

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
    """Hours of one date (`day` since 1970-01-01) that replace the weekly ones. Equal start and end: a day off."""

    day: int
    start: int
    end: int


class Hours(msgspec.Struct, frozen=True):
    """A schedule: when somebody works, on the clocks of `time_zone`."""

    time_zone: str
    weekly: Sequence[WeeklyHours] = ()
    overrides: Sequence[Override] = ()


class ExistingBooking(msgspec.Struct, frozen=True):
    """A booking of a host, accepted or pending. The buffers are those of the booking's own event type.

    `seats` counts the attendees with a seat (0: it is not a seated booking).
    """

    start: int
    end: int
    event_type_id: int | None = None
    before_buffer: int = 0
    after_buffer: int = 0
    is_pending: bool = False
    seats: int = 0
    uid: str = ""


class Host(msgspec.Struct, frozen=True):
    """Somebody whose free time makes slots. `away` are out of office entries, `calendar` busy calendar times."""

    hours: Hours
    is_fixed: bool = True
    bookings: Sequence[ExistingBooking] = ()
    calendar: Sequence[Interval] = ()
    away: Sequence[Interval] = ()


class BookingWindow(msgspec.Struct, frozen=True):
    """How far ahead can be booked: for `days` counted from now, or in the range from `start` to `end`.

    `is_rolling` counts only days that have slots.
    """

    kind: Literal["calendarDays", "businessDays", "range"]
    days: int = 0
    is_rolling: bool = False
    start: int = 0
    end: int = 0


class Limits(msgspec.Struct, frozen=True):
    """How many bookings, and how many minutes of them, a period may hold."""

    count: Mapping[Unit, int] = {}
    duration: Mapping[Unit, int] = {}

    def units(self) -> set[Unit]:
        """The periods that are limited."""
        return set(self.count) | set(self.duration)


class Settings(msgspec.Struct, frozen=True):
    """What an event type says about its slots. `scheduling` is None for a personal one."""

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
    pending_blocks: bool = False
    time_zone: str | None = None
    scheduling: Scheduling | None = None


class ReservedTime(msgspec.Struct, frozen=True):
    """An unexpired reservation: of a seat of this event type, or of time of one of its hosts."""

    start: int
    end: int
    is_seat: bool = False


class SlotSearch(msgspec.Struct, frozen=True):
    """The request: slots between `start` and `end`, days cut in `time_zone`; `duration` replaces the length."""

    start: int
    end: int
    now: int
    time_zone: str = "UTC"
    duration: int | None = None


class AvailabilityInput(msgspec.Struct, frozen=True):
    """Everything that decides which slots there are.

    `counted` are the accepted bookings of the event type that its limits count; `seated` those that hold seats.
    """

    settings: Settings
    hosts: Sequence[Host]
    asked: SlotSearch
    reservations: Sequence[ReservedTime] = ()
    counted: Sequence[Interval] = ()
    seated: Sequence[ExistingBooking] = ()

    @property
    def length(self) -> int:
        """Minutes that a slot lasts."""
        return max(self.asked.duration or self.settings.length, 1)

    @property
    def step(self) -> int:
        """Minutes from slot to slot, without the offset."""
        return max(self.settings.slot_interval or self.length, 1)


class Slot(msgspec.Struct, frozen=True):
    """A start that can be booked; with seats, how many are taken and by which booking (empty: only reserved)."""

    start: int
    seats_booked: int = 0
    booking_uid: str | None = None

"""Loads the input of the availability engine from the world's state.

Source: Cal.com API v2, slots: hosts, schedules, busy times, reservations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from msgspec.structs import replace

from mock_server.calendars.busy import busy_times_of, has_failing_calendar
from mock_server.event_types.hosts import EventHost, hosts_of
from mock_server.event_types.model import BookingWindow, EventType, Limit
from mock_server.identity.model import User
from mock_server.organizations.model import OUT_OF_OFFICES
from mock_server.runtime.instants import UTC_ZONE, day_number, milliseconds, moment_of
from mock_server.schedules.defaults import default_schedule
from mock_server.schedules.model import SCHEDULES, WORKING_HOURS, Schedule
from mock_server.slots import inputs
from mock_server.slots.availability import computed_window
from mock_server.slots.existing_bookings import bookings_of_user, counted_bookings, seated_bookings
from mock_server.slots.host_limits import limits_of_host
from mock_server.slots.inputs import (
    AvailabilityInput,
    CountedBooking,
    Host,
    Hours,
    Override,
    ReservedTime,
    Rules,
    Settings,
    SlotSearch,
    WeeklyHours,
)
from mock_server.slots.limits import counted_range
from mock_server.slots.model import RESERVATIONS
from mock_server.slots.ranges import Interval
from mock_server.state.transaction import Transaction
from mock_server.state.work import spend

GROUP_ID = 0
GROUP_LENGTH = 30
GROUP_NOTICE = 120

HOST_COST = 20
"""The cost of loading a host, in units of work, besides the host's bookings and busy times."""

_READ_AROUND = timedelta(hours=14)
"""Calendars are read this far beyond the window, because buffers may reach into it."""


class Bookable:
    """An event type, or a dynamic group of users (`event_type` is None), with its hosts."""

    def __init__(self, event_type: EventType | None, hosts: Sequence[EventHost]) -> None:
        self.event_type = event_type
        self.hosts = hosts
        self.id = GROUP_ID if event_type is None else event_type.id

    @property
    def length(self) -> int | None:
        """The length in minutes; None for a group, which has no length of its own."""
        return None if self.event_type is None else self.event_type.length


def bookable_event_type(tx: Transaction, event_type: EventType) -> Bookable:
    """An event type with its hosts."""
    return Bookable(event_type, hosts_of(tx, event_type))


def bookable_group(users: Iterable[User]) -> Bookable:
    """A dynamic group: users who are booked together."""
    return Bookable(None, [EventHost(user) for user in users])


def load_availability_input(
    tx: Transaction, bookable: Bookable, search: SlotSearch, around: int = 0
) -> AvailabilityInput:
    """The engine's input for the slots of `bookable`.

    Includes bookings that overlap the window extended by `around` milliseconds on both sides. Searches for slots do
    not extend it, and miss earlier and later bookings whose buffers reach into the window.
    """
    schedule_id = bookable.event_type.schedule_id if bookable.event_type else None
    hours = [_hours_of(tx, host.user, schedule_id or host.schedule_id) for host in bookable.hosts]
    settings = settings_of(bookable.event_type, hours[0].time_zone if hours else None)
    settings = replace(settings, limit_zone=_limit_zone(tx, bookable))
    start, end = computed_window(settings, search.start, search.end, search.now)
    hosts = [
        _without_booking(
            _host(tx, host, host_hours, bookable.id if settings.seats else None, (start - around, end + around)),
            search.rescheduled,
        )
        for host, host_hours in zip(bookable.hosts, hours, strict=True)
    ]
    if start <= end and search.within_host_limits:
        hosts = _with_limits(tx, bookable, hosts, (start, end), search.rescheduled)
    users = [host.user for host in bookable.hosts]
    return AvailabilityInput(
        settings,
        hosts,
        search,
        _reservations(tx, bookable.id, users, search.own_reservations),
        _counted_bookings(tx, settings, users, (start, end), search.rescheduled),
        seated_bookings(tx, bookable.id, _host_emails(settings, users), start, end) if settings.seats else (),
        _rules(tx),
    )


def settings_of(event_type: EventType | None, time_zone: str | None) -> Settings:
    """The slot settings of an event type, or of a group if None. `time_zone` is that of the first host's hours."""
    if event_type is None:
        return Settings(GROUP_ID, GROUP_LENGTH, notice=GROUP_NOTICE, time_zone=time_zone, scheduling="collective")
    scheduling = event_type.scheduling_type
    return Settings(
        event_type_id=event_type.id,
        length=event_type.length,
        slot_interval=event_type.slot_interval,
        offset_start=event_type.offset_start,
        notice=event_type.minimum_booking_notice,
        before_buffer=event_type.before_event_buffer,
        after_buffer=event_type.after_event_buffer,
        window=_window(event_type.booking_window),
        limits=inputs.Limits(_by_unit(event_type.booking_limits), _by_unit(event_type.duration_limits)),
        seats=event_type.seats.per_time_slot if event_type.seats else None,
        shows_only_first=event_type.only_show_first_available_slot,
        keeps_slots_packed=event_type.show_optimized_slots,
        pending_blocks=event_type.requires_confirmation and event_type.unconfirmed_bookings_block,
        time_zone=time_zone,
        scheduling=scheduling if scheduling != "managed" else None,
    )


def delete_expired_reservations(tx: Transaction, event_type_id: int) -> None:
    """Deletes the event type's expired reservations."""
    for reservation in tx[RESERVATIONS].between(None, (tx.now,), event_type_id=event_type_id):
        tx[RESERVATIONS].delete(reservation.id)


def _host(tx: Transaction, host: EventHost, hours: Hours, seated_id: int | None, window: Interval) -> Host:
    user, (start, end) = host.user, window
    if start > end:
        return Host(hours, host.is_fixed, user_id=user.id)
    low, high = moment_of(start), moment_of(end)
    calendar = _calendar_times(tx, user, low - _READ_AROUND, high + _READ_AROUND)
    entries = tx[OUT_OF_OFFICES].between(None, (high,), user_id=user.id)
    return Host(
        hours,
        host.is_fixed,
        bookings_of_user(tx, user, seated_id, start, end),
        calendar,
        [_interval(entry.start, entry.end) for entry in entries],
        user.id,
    )


def _calendar_times(tx: Transaction, user: User, low: datetime, high: datetime) -> list[Interval]:
    """Busy times of the user's calendars; the whole time if one of them cannot be read."""
    if tx.has("failing-calendars-block") and has_failing_calendar(tx, user):
        return [_interval(low, high)]
    return [_interval(busy.start, busy.end) for busy in busy_times_of(tx, user, low, high)]


def _without_booking(host: Host, uid: str | None) -> Host:
    """The host without the booking that is to be rescheduled, and without its event in the host's calendars."""
    rescheduled = (
        [(booking.start, booking.end) for booking in host.bookings if booking.uid == uid] if uid is not None else ()
    )
    if not rescheduled:
        return host
    return replace(
        host,
        bookings=[booking for booking in host.bookings if booking.uid != uid],
        calendar=[span for span in host.calendar if span not in rescheduled],
    )


def _with_limits(
    tx: Transaction, bookable: Bookable, hosts: Sequence[Host], window: Interval, rescheduled: str | None
) -> list[Host]:
    return [
        replace(host, limits=limits_of_host(tx, event_host, bookable.event_type, window, rescheduled))
        for event_host, host in zip(bookable.hosts, hosts, strict=True)
    ]


def _hours_of(tx: Transaction, user: User, schedule_id: int | None) -> Hours:
    """The hours of a schedule, else of the user's default schedule, else Monday to Friday from nine to five."""
    schedule = tx[SCHEDULES].get(schedule_id)
    if schedule is None and user.default_schedule_id is not None:
        schedule = default_schedule(tx, user)
    elif schedule is None:
        schedule = tx[SCHEDULES].first(user_id=user.id)
    return hours_of_schedule(schedule, user.time_zone)


def hours_of_schedule(schedule: Schedule | None, fallback_zone: str) -> Hours:
    """A schedule in the form of the engine's input."""
    availability = WORKING_HOURS if schedule is None else schedule.availability
    overrides = () if schedule is None else schedule.overrides
    spend(HOST_COST + len(availability) + len(overrides))
    return Hours(
        (schedule.time_zone if schedule else None) or fallback_zone,
        [
            WeeklyHours(frozenset(hours.days), _minute(hours.start_time), _minute(hours.end_time))
            for hours in availability
        ],
        [
            Override(day_number(override.date), _minute(override.start_time), _minute(override.end_time))
            for override in overrides
        ],
    )


def _reservations(
    tx: Transaction, event_type_id: int, users: Iterable[User], own_uid: str | None
) -> list[ReservedTime]:
    """Unexpired reservations of the hosts' time and of seats of the event type, except those with the uid `own_uid`."""
    later = (tx.now + timedelta(milliseconds=1),)
    of_hosts = [reservation for user in users for reservation in tx[RESERVATIONS].between(later, None, user_id=user.id)]
    of_event_type = tx[RESERVATIONS].between(later, None, event_type_id=event_type_id)
    times = [reservation for reservation in of_hosts if not reservation.is_seat]
    seats = [reservation for reservation in of_event_type if reservation.is_seat]
    others = (reservation for reservation in (*times, *seats) if reservation.uid != own_uid)
    return [ReservedTime(*_interval(reservation.start, reservation.end), reservation.is_seat) for reservation in others]


def _counted_bookings(
    tx: Transaction, settings: Settings, users: Iterable[User], window: Interval, rescheduled: str | None
) -> list[CountedBooking]:
    if not settings.limits.units() or window[0] > window[1]:
        return []
    low, high = counted_range(settings.limits, *window)
    return counted_bookings(tx, settings.event_type_id, {user.id for user in users}, low, high, rescheduled)


def _limit_zone(tx: Transaction, bookable: Bookable) -> str:
    """The time zone of the event type's own schedule, else of its first host, else UTC."""
    schedule = tx[SCHEDULES].get(bookable.event_type.schedule_id) if bookable.event_type else None
    own = schedule.time_zone if schedule else None
    return own or next((host.user.time_zone for host in bookable.hosts), UTC_ZONE.name)


def _rules(tx: Transaction) -> Rules:
    return Rules(
        slots_align_to_searched_zone=tx.has("slots-align-to-searched-zone"),
        touching_hours_join=tx.has("touching-hours-join"),
        slots_within_searched_dates=tx.has("slots-within-searched-dates"),
        out_of_office_by_slot_date=tx.has("out-of-office-by-slot-date"),
        limits_by_host=tx.has("limits-by-host"),
    )


def _host_emails(settings: Settings, users: Iterable[User]) -> set[str]:
    return {user.email for user in users} if settings.scheduling else set()


def _window(window: BookingWindow | None) -> inputs.BookingWindow | None:
    if window is None:
        return None
    start = milliseconds(window.start) if window.start else 0
    end = milliseconds(window.end) if window.end else 0
    return inputs.BookingWindow(window.type, window.days, window.rolling, start, end)


def _by_unit(limits: Iterable[Limit] | None) -> dict[inputs.Unit, int]:
    return {limit.period: int(limit.value) for limit in limits or ()}


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _interval(start: datetime, end: datetime) -> Interval:
    return milliseconds(start), milliseconds(end)

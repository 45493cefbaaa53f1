"""Schedules: when their owner is available, by weekday and on single dates."""

from __future__ import annotations

import datetime as dt

import msgspec

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity

FALLBACK_TIME_ZONE = "Europe/London"
"""The zone that a schedule without one shows."""


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """The same hours on some days of every week: `days` count from 0 (Sunday) to 6 (Saturday), in given order.

    Times are wall clock of the schedule's time zone. An end of 23:59 reaches midnight.
    """

    days: tuple[int, ...]
    start_time: dt.time
    end_time: dt.time


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Hours of one date in place of the weekly ones. Equal start and end make it a day off."""

    date: dt.date
    start_time: dt.time
    end_time: dt.time


WORKING_HOURS = (Availability(days=(1, 2, 3, 4, 5), start_time=dt.time(9), end_time=dt.time(17)),)
"""Monday to Friday, 09:00 to 17:00: what a schedule holds unless it is told otherwise."""


class Schedule(Entity):
    """A user's hours. Whether it is the default one is told by the user's `default_schedule_id`."""

    id: int
    user_id: int
    name: str
    time_zone: str | None = None
    availability: tuple[Availability, ...] = WORKING_HOURS
    overrides: tuple[Override, ...] = ()


SCHEDULES = Collection("schedules", Schedule, references=(Reference("user_id", "users"),))

COLLECTIONS = (SCHEDULES,)

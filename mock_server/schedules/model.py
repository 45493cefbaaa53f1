"""Schedules: the working hours of users by weekday and on single dates."""

from __future__ import annotations

import datetime as dt

import msgspec

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity

FALLBACK_TIME_ZONE = "Europe/London"
"""The time zone in replies about schedules that have none."""


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """Weekly hours on some weekdays: `days` are numbers from 0 (Sunday) to 6 (Saturday), in the given order.

    Times are local times of the schedule's time zone. An end of 23:59 means midnight.
    """

    days: tuple[int, ...]
    start_time: dt.time
    end_time: dt.time


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Hours of one date that replace the weekly ones. Equal start and end mean a day off."""

    date: dt.date
    start_time: dt.time
    end_time: dt.time


WORKING_HOURS = (Availability(days=(1, 2, 3, 4, 5), start_time=dt.time(9), end_time=dt.time(17)),)
"""Monday to Friday, 09:00 to 17:00: the hours of a schedule that was created without any."""


class Schedule(Entity):
    """A user's working hours. The user's `default_schedule_id` says which schedule is the default."""

    id: int
    user_id: int
    name: str
    time_zone: str | None = None
    availability: tuple[Availability, ...] = WORKING_HOURS
    overrides: tuple[Override, ...] = ()


SCHEDULES = Collection("schedules", Schedule, references=(Reference("user_id", "users"),))

COLLECTIONS = (SCHEDULES,)

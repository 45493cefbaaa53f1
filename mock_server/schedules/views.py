"""Schedules in replies."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

from mock_server.identity.model import User
from mock_server.schedules.hours import WEEKDAYS, AvailabilityItem, OverrideItem
from mock_server.schedules.model import FALLBACK_TIME_ZONE, Availability, Override, Schedule


class ScheduleView(TypedDict):
    """A schedule."""

    id: int
    ownerId: int
    name: str
    timeZone: str
    availability: list[AvailabilityItem]
    isDefault: bool
    overrides: list[OverrideItem]


def schedule_view(schedule: Schedule, owner: User) -> ScheduleView:
    """A schedule of `owner`. Weekly hours without days are stored but never shown."""
    return {
        "id": schedule.id,
        "ownerId": schedule.user_id,
        "name": schedule.name,
        "timeZone": schedule.time_zone or FALLBACK_TIME_ZONE,
        "availability": [_availability_item(each) for each in schedule.availability if each.days],
        "isDefault": schedule.id == owner.default_schedule_id,
        "overrides": [_override_item(each) for each in schedule.overrides],
    }


def _availability_item(availability: Availability) -> AvailabilityItem:
    return {
        "days": [WEEKDAYS[day] for day in availability.days],
        "startTime": _minutes(availability.start_time),
        "endTime": _minutes(availability.end_time),
    }


def _override_item(override: Override) -> OverrideItem:
    return {
        "date": override.date.isoformat(),
        "startTime": _minutes(override.start_time),
        "endTime": _minutes(override.end_time),
    }


def _minutes(time: dt.time) -> str:
    return time.isoformat("minutes")

"""Schedules as replies show them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mock_server.identity.model import User
from mock_server.schedules.hours import WEEKDAYS
from mock_server.schedules.model import FALLBACK_TIME_ZONE, Schedule


def schedule_view(schedule: Schedule, owner: User) -> dict[str, Any]:
    """A schedule of `owner`. Weekly hours without days are stored, but never shown."""
    return {
        "id": schedule.id,
        "ownerId": schedule.user_id,
        "name": schedule.name,
        "timeZone": schedule.time_zone or FALLBACK_TIME_ZONE,
        "availability": [
            {"days": [WEEKDAYS[day] for day in each.days], **_hours(each.start_time, each.end_time)}
            for each in schedule.availability
            if each.days
        ],
        "isDefault": schedule.id == owner.default_schedule_id,
        "overrides": [
            {"date": each.date.isoformat(), **_hours(each.start_time, each.end_time)} for each in schedule.overrides
        ],
    }


def _hours(start: dt.time, end: dt.time) -> dict[str, str]:
    return {"startTime": start.isoformat("minutes"), "endTime": end.isoformat("minutes")}

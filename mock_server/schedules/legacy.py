"""Bodies and replies of the older operations on schedules.

Source: Cal.com API v2, schedules (2024-04-15).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

from mock_server.identity.model import User
from mock_server.runtime.dates import iso
from mock_server.runtime.instants import MINUTE, milliseconds, zone_named
from mock_server.schedules.hours import WEEKDAYS
from mock_server.schedules.model import FALLBACK_TIME_ZONE, WORKING_HOURS, Availability, Override, Schedule

DAY_MINUTES = 24 * 60
_EPOCH = dt.date(1970, 1, 1)


class Span(TypedDict):
    """A time of a day or of a date, given as two moments. Their clocks in UTC are the schedule's local times."""

    start: str
    end: str


class LegacyAvailability(TypedDict):
    """Hours on some weekdays, 0 being Sunday, in requests."""

    days: list[int]
    startTime: str
    endTime: str


class LegacyScheduleBody(TypedDict):
    """The body of an older request; `schedule` has a list of hours for each day from Sunday."""

    name: NotRequired[str | None]
    timeZone: NotRequired[str | None]
    isDefault: NotRequired[bool | None]
    availabilities: NotRequired[list[LegacyAvailability] | None]
    schedule: NotRequired[list[list[Span]] | None]
    dateOverrides: NotRequired[list[Span] | None]


def read_legacy_fields(body: LegacyScheduleBody) -> dict[str, Any]:
    """The fields of the schedule that the body gives. An empty list of availabilities gives the usual hours."""
    availabilities, week, dates = body.get("availabilities"), body.get("schedule"), body.get("dateOverrides")
    availability = None
    if week is not None:
        availability = _read_week(week)
    elif availabilities is not None:
        availability = tuple(map(_read_availability, availabilities)) or WORKING_HOURS
    fields = {
        "name": body.get("name"),
        "time_zone": body.get("timeZone"),
        "availability": availability,
        "overrides": None if dates is None else tuple(map(_read_override, dates)),
    }
    return {name: value for name, value in fields.items() if value is not None}


def legacy_schedule_view(schedule: Schedule, owner: User, *, is_last: bool, now: dt.datetime) -> dict[str, object]:
    """A schedule of `owner`, who has no other if it `is_last`. Times of the week are shown on the day of `now`."""
    zone = schedule.time_zone or FALLBACK_TIME_ZONE
    rows = [_row(schedule, each.days, None, each) for each in schedule.availability]
    rows += [_row(schedule, (), each.date, each) for each in schedule.overrides]
    return {
        "id": schedule.id,
        "userId": schedule.user_id,
        "name": schedule.name,
        "isManaged": False,
        "workingHours": working_hours(schedule.availability, zone, now),
        "schedule": rows,
        "availability": _week(schedule.availability, now.date()),
        "timeZone": zone,
        "dateOverrides": _ranges_by_date(schedule.overrides),
        "isDefault": schedule.id == owner.default_schedule_id,
        "isLastSchedule": is_last,
        "readOnly": False,
    }


def working_hours(availability: Iterable[Availability], zone: str, now: dt.datetime) -> list[dict[str, object]]:
    """The weekly hours in minutes of the day in UTC, by the offset of `now`; cut at midnight."""
    offset = zone_named(zone).offset_at(milliseconds(now)) // MINUTE
    found: list[dict[str, object]] = []
    for each in availability:
        start, end = _minute(each.start_time) - offset, _minute(each.end_time) - offset
        for shift in (-1, 0, 1):
            low, high = max(start - shift * DAY_MINUTES, 0), min(end - shift * DAY_MINUTES, DAY_MINUTES - 1)
            if low < high and each.days:
                days = [(day + shift) % len(WEEKDAYS) for day in each.days]
                found.append({"days": days, "startTime": low, "endTime": high})
    return found


def _read_availability(item: LegacyAvailability) -> Availability:
    return Availability(
        days=tuple(item["days"]), start_time=_clock(item["startTime"]), end_time=_clock(item["endTime"])
    )


def _read_week(week: Iterable[Iterable[Span]]) -> tuple[Availability, ...]:
    """Weekly hours, with the days of equal hours together."""
    days: defaultdict[tuple[dt.time, dt.time], list[int]] = defaultdict(list)
    for day, spans in enumerate(week):
        for span in spans:
            days[_clock(span["start"]), _clock(span["end"])].append(day)
    return tuple(
        Availability(days=tuple(dict.fromkeys(found)), start_time=start, end_time=end)
        for (start, end), found in days.items()
    )


def _read_override(span: Span) -> Override:
    start, end = _moment(span["start"]), _moment(span["end"])
    return Override(date=start.date(), start_time=_to_minute(start), end_time=_to_minute(end))


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text.upper())
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        return moment


def _clock(text: str) -> dt.time:
    return _to_minute(_moment(text))


def _to_minute(moment: dt.datetime) -> dt.time:
    return dt.time(moment.hour, moment.minute)


def _minute(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _row(
    schedule: Schedule, days: Iterable[int], date: dt.date | None, hours: Availability | Override
) -> Mapping[str, object]:
    """Hours as the database has them."""
    return {
        "scheduleId": schedule.id,
        "userId": schedule.user_id,
        "eventTypeId": None,
        "days": list(days),
        "startTime": _at(_EPOCH, hours.start_time),
        "endTime": _at(_EPOCH, hours.end_time),
        "date": None if date is None else _at(date, dt.time()),
    }


def _week(availability: Iterable[Availability], today: dt.date) -> list[list[Span]]:
    week: list[list[Span]] = [[] for _ in WEEKDAYS]
    for each in availability:
        for day in each.days:
            week[day].append({"start": _at(today, each.start_time), "end": _at(today, each.end_time)})
    return week


def _ranges_by_date(overrides: Iterable[Override]) -> list[dict[str, list[Span]]]:
    ranges: defaultdict[dt.date, list[Span]] = defaultdict(list)
    for each in overrides:
        ranges[each.date].append({"start": _at(each.date, each.start_time), "end": _at(each.date, each.end_time)})
    return [{"ranges": found} for found in ranges.values()]


def _at(date: dt.date, time: dt.time) -> str:
    return iso(dt.datetime.combine(date, time, dt.UTC))

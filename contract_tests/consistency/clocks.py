"""Time: today's slots, both clock changes within the next year, and time zones across the date line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from contract_tests.clients import SLOTS
from contract_tests.consistency.host import ANONYMOUS, WEEK, Host, attendee, host, in_utc, starts
from contract_tests.consistency.session import Session
from contract_tests.editions import in_force
from contract_tests.http import Reply
from mock_server.runtime.time_zones import time_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

RIGHT = "time_zones_are_applied"
MORNING = (9, 10, 11)
ZONES = ("Europe/Rome", "America/New_York")
YEAR = 370
SLACK = 90.0
"""Seconds by which our clock and the server's may differ."""


def summer_time(session: Session) -> None:
    """Availability is in local time, before and after clock changes."""
    with host(session) as here:
        here.require_no_other_bookings()
        event_type = here.offer()
        for name in ZONES:
            here.reschedule_hours(timeZone=name, availability=_every_day("09:00", "12:00"))
            zone = time_zone(name)
            for change in clock_changes(zone):
                for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
                    days = [f"{day}", f"{day + timedelta(days=1)}"]
                    reply = here.search(event_type, day, day + timedelta(days=1), timeZone=name)
                    seen = [each for each in starts(reply) if each[: len(days[0])] in days]
                    expected = [_local(date.fromisoformat(each), hour, zone) for each in days for hour in MORNING]
                    text = f"on {day} in {name}: {seen}, not {expected}"
                    session.check(RIGHT, seen == expected, reply, text)
                _judge_booking(here, event_type["id"], change + timedelta(days=1), zone)


def _judge_booking(here: Host, event_type: int, day: date, zone: ZoneInfo) -> None:
    """A start with a UTC offset is stored as the same time."""
    start = datetime.combine(day, time(10), zone)
    reply = here.ask({"id": event_type}, start.isoformat(), attendee=attendee(here.session, timeZone=zone.key))
    shown = reply.data["start"] if reply.succeeded else None
    expected = in_utc(start)
    here.session.check(RIGHT, shown == expected, reply, f"{start.isoformat()} should be {expected}, not {shown}")
    if reply.succeeded:
        here.act(reply.data, "cancel", cancellationReason="only to see")


def clock_changes(zone: ZoneInfo) -> Iterator[date]:
    """The days of clock changes within the next year."""
    day = datetime.now(UTC).date() + timedelta(days=2)
    for _ in range(YEAR):
        noons = [datetime.combine(each, time(12), zone).utcoffset() for each in (day - timedelta(days=1), day)]
        if noons[0] != noons[1]:
            yield day
        day += timedelta(days=1)


def _local(day: date, hour: int, zone: ZoneInfo) -> str:
    return datetime.combine(day, time(hour), zone).isoformat(timespec="milliseconds")


def _every_day(start: str, end: str) -> list[dict[str, object]]:
    return [{"days": WEEK, "startTime": start, "endTime": end}]


def date_line(session: Session) -> None:
    """Slots are grouped by the date in the requested time zone."""
    with host(session) as here:
        here.require_no_other_bookings()
        event_type = here.offer()
        for hours, asked in (
            (("20:00", "23:00"), "Asia/Tokyo"),
            (("00:00", "03:00"), "America/Los_Angeles"),
            (("10:00", "13:00"), "Pacific/Auckland"),
            (("10:00", "13:00"), "Asia/Kathmandu"),
        ):
            here.reschedule_hours(timeZone="UTC", availability=_every_day(*hours))
            first = int(hours[0][:2])
            reply = here.search(event_type, timeZone=asked)
            opens = datetime.combine(here.day, time(first), UTC).astimezone(time_zone(asked))
            expected: dict[str, list[str]] = {}
            for moment in _hours_from(opens, 3):
                expected.setdefault(f"{moment.date()}", []).append(moment.isoformat(timespec="milliseconds"))
            _expect_days(session, reply, expected, asked)
        here.reschedule_hours(timeZone="America/Los_Angeles", availability=_every_day("20:00", "23:00"))
        late = [datetime.combine(here.day, time(hour), time_zone("America/Los_Angeles")) for hour in (20, 21, 22)]
        following = here.day + timedelta(days=1)
        reply = here.search(event_type, following, following)
        on_that_day = [in_utc(each) for each in late if each.astimezone(UTC).date() == following]
        seen = [each for each in starts(reply) if each < f"{following}T12"]
        session.check(RIGHT, seen == on_that_day, reply, f"Monday evening in Los Angeles: {seen}, not {on_that_day}")


def _hours_from(opens: datetime, hours: int) -> Iterator[datetime]:
    """The slots of an hour each in so many hours: full hours of the searched zone, where slots align to it."""
    off = opens.minute if in_force("slots-align-to-searched-zone") else 0
    first = opens + timedelta(minutes=-off % 60)
    for each in range(hours - (off > 0)):
        yield first + timedelta(hours=each)


def _expect_days(session: Session, reply: Reply, expected: dict[str, list[str]], zone: str) -> None:
    seen = {day: [slot["start"] for slot in slots] for day, slots in reply.data.items()}
    session.check(RIGHT, seen == expected, reply, f"in {zone}: {seen}, not {expected}")


def today(session: Session) -> None:
    """Today has its future slots only."""
    with host(session) as here:
        here.require_no_other_bookings()
        event_type = here.offer(slotInterval=15, lengthInMinutes=15)
        here.reschedule_hours(timeZone="UTC", availability=_every_day("00:00", "23:59"))
        before = datetime.now(UTC)
        day = before.date()
        reply = here.search(event_type, day - timedelta(days=1), day + timedelta(days=1))
        after = datetime.now(UTC)
        seen = [datetime.fromisoformat(each) for each in starts(reply)]
        over = [each.isoformat() for each in seen if each < before - timedelta(seconds=1)]
        session.check(RIGHT, not over, reply, f"it is {before:%H:%M}, and offered are {over[:3]}")
        quarters = [datetime.combine(day, time(0), UTC) + timedelta(minutes=15 * turn) for turn in range(192)]
        # With no notice wanted, a minute is kept; the next minute may begin meanwhile.
        expected = {each for each in quarters if each > after + timedelta(minutes=2)}
        # Where the first possible moment is in a minute of the grid, the service keeps its seconds in all slots that
        # follow without a gap: to the end of the day, or of the next one. The last of them no longer fits.
        if any(each.second for each in seen):
            expected -= {datetime.combine(last, time(23, 45), UTC) for last in (day, day + timedelta(days=1))}
        missing = sorted(expected - {each.replace(second=0, microsecond=0) for each in seen})
        session.check(RIGHT, not missing, reply, f"it is {before:%H:%M}, and missing are {missing[:3]}")
        latest = here.search(event_type, day - timedelta(days=3), day - timedelta(days=2))
        session.check(RIGHT, latest.data == {}, latest, "days that are over have no slots")
        _judge_past(here, event_type["id"], before)


def reservation_lengths(session: Session) -> None:
    """A reservation lasts five minutes, or as long as an authenticated caller wants."""
    path = "/v2/slots/reservations"
    with host(session) as here:
        body = {"eventTypeId": here.offer()["id"], "slotStart": here.at(10)}
        reply = session.call("POST", path, ANONYMOUS, body={**body, "reservationDuration": 15}, version=SLOTS)
        session.check("credentials_are_needed", reply.status == 401, reply, "anybody chooses how long to reserve")
        for headers, wanted, minutes in ((ANONYMOUS, {}, 5), (here.headers, {"reservationDuration": 15}, 15)):
            before = datetime.now(UTC)
            made = session.succeed("POST", path, headers, body={**body, **wanted}, version=SLOTS)
            until = datetime.fromisoformat(made.data["reservationUntil"])
            off = abs((until - before).total_seconds() - minutes * 60)
            session.check(RIGHT, off < SLACK, made, f"is good until {until}, {off:.0f} seconds off")
            ids = {"uid": made.data["reservationUid"]}
            again = session.succeed("GET", f"{path}/{{uid}}", ANONYMOUS, ids=ids, version=SLOTS)
            same = again.data["reservationUntil"] == made.data["reservationUntil"]
            session.check(RIGHT, same, again, "expires at another time than answered")
            session.succeed("DELETE", f"{path}/{{uid}}", ANONYMOUS, ids=ids, version=SLOTS)


def _judge_past(here: Host, event_type: int, now: datetime) -> None:
    for minutes in (20, 90, 25 * 60):
        start = now.replace(second=0, microsecond=0) - timedelta(minutes=minutes)
        here.refuse({"id": event_type}, in_utc(start), f"a time {minutes} minutes ago")
    coming = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    made = here.book({"id": event_type}, in_utc(coming))
    upcoming = here.listed(status="upcoming")
    past = here.listed(status="past")
    uid = made["uid"]
    session = here.session
    shown = uid in [each["uid"] for each in upcoming.data]
    session.check(RIGHT, shown, upcoming, "what begins in an hour or two is upcoming")
    session.check(RIGHT, uid not in [each["uid"] for each in past.data], past, "what is to come is not past")

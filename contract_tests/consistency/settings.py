"""Settings of event types and schedules take effect on slots and on bookings."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES
from contract_tests.consistency.clocks import SLACK, clock_changes
from contract_tests.consistency.host import (
    ANONYMOUS,
    WEEK,
    Host,
    attendee,
    host,
    hosting,
    in_utc,
    managed_user,
    starts,
    whole_hours,
)
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.editions import in_force, is_since
from mock_server.runtime.time_zones import time_zone

EFFECT = "settings_take_effect"
FREE = whole_hours()
FAR_ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
"""At any time, one of them has another date than UTC. In both, slots of nine to five in UTC are on every date."""
A_YEAR = 365 * 24 * 60
"""In minutes. The days of a host are nearer."""
LINK = {"type": "link", "link": "https://example.com/room", "public": True}
ADDRESS = {"type": "address", "address": "1 Main Street", "public": True}


def buffers(session: Session) -> None:
    """Buffers block time before and after, whichever of the two bookings has them."""
    with host(session) as here:
        plain = here.offer(slotInterval=30)
        before = here.offer(slotInterval=30, beforeEventBuffer=30)
        after = here.offer(slotInterval=30, afterEventBuffer=30)
        here.book(plain, here.at(12))
        _buffered(here, plain, 12, 13)
        _buffered(here, before, 12, 13.5)
        _buffered(here, after, 11.5, 13)
        for days, booked, (start, end) in ((1, before, (11.5, 13)), (2, after, (12, 13.5))):
            here.book(booked, here.at(12, days=days))
            _buffered(here, plain, start, end, days=days, tries=False)
        both = here.offer(slotInterval=30, beforeEventBuffer=30, afterEventBuffer=60)
        _buffered(here, both, 11, 13.5)
        here.change(both, beforeEventBuffer=0, afterEventBuffer=0)
        _buffered(here, both, 12, 13, tries=False)


def _buffered(here: Host, event_type: Fields, start: float, end: float, *, days: int = 0, tries: bool = True) -> None:
    """Checks that bookings are possible up to `start` and from `end` on, and not in between."""
    halves = [half / 2 for half in range(18, 33)]
    free = {_half(here, half, days) for half in halves if half + 1 <= start or half >= end}
    here.expect(event_type, free, f"only {start} to {end} are taken with their buffers", days=days)
    if tries:
        here.refuse(event_type, _half(here, start - 0.5, days), "a time in the buffer before another booking")
        here.refuse(event_type, _half(here, end - 0.5, days), "a time in the buffer after another booking")


def _half(here: Host, half: float, days: int) -> str:
    return here.at(int(half), 30 if half % 1 else 0, days)


def limits(session: Session) -> None:
    """Limits by number and by duration close their day or week only."""
    with host(session) as here:
        for name, limit in (("bookingLimitsCount", 2), ("bookingLimitsDuration", 120)):
            by_day = here.offer(**{name: {"day": limit}})
            other = here.offer()
            days = {"bookingLimitsCount": 0, "bookingLimitsDuration": 1}[name]
            first = here.book(by_day, here.at(10, days=days))
            here.expect(by_day, here.hours(*whole_hours(but=(10,)), days=days), f"{name} has room", days=days)
            here.book(by_day, here.at(12, days=days))
            here.expect(by_day, set(), f"{name} is reached", days=days)
            here.refuse(by_day, here.at(14, days=days), f"a booking over {name}")
            here.expect(other, here.hours(*whole_hours(but=(10, 12)), days=days), "no limit of its own", days=days)
            here.expect(by_day, here.hours(*FREE, days=2), "another day is not limited", days=2)
            here.act(first, "cancel", **_why())
            here.expect(by_day, here.hours(*whole_hours(but=(12,)), days=days), "one was cancelled", days=days)
            here.change(by_day, **{name: {"day": limit // 2}})
            here.expect(by_day, set(), f"{name} was halved", days=days)
            here.refuse(by_day, here.at(14, days=days), f"a booking over the new {name}")
            here.change(by_day, **{name: {"disabled": True}})
            here.expect(by_day, here.hours(*whole_hours(but=(12,)), days=days), f"{name} was lifted", days=days)
        here.require_no_other_bookings()
        for name, limit, hour in (("bookingLimitsCount", 1, 11), ("bookingLimitsDuration", 60, 13)):
            by_week = here.offer(**{name: {"week": limit}})
            here.book(by_week, here.at(hour, days=7))
            here.expect(by_week, set(), f"{name} of the week is reached", days=10)
            here.refuse(by_week, here.at(hour, days=9), f"a booking over {name} of the week")
            here.expect(by_week, here.hours(*FREE, days=15), "the next week is free", days=15)
            for turn, (period, days) in enumerate((("month", 31), ("year", 366))):
                _longer_limit(here, name, {period: limit}, here.at(hour - 2 + turn, days=16), days)
        _limit_of_local_days(here)


def _longer_limit(here: Host, name: str, limit: Fields, start: str, days: int) -> None:
    """A limit of a month or a year closes all of its days; so many days later it is over."""
    [period] = limit
    limited = here.offer(**{name: limit})
    here.book(limited, start)
    booked = date.fromisoformat(start[:10])
    other = booked + timedelta(days=1)
    if getattr(other, period) != getattr(booked, period):
        other = booked - timedelta(days=1)
    here.expect(limited, set(), f"{name} of the {period} is reached", days=(other - here.day).days)
    here.refuse(limited, f"{other}T15:00:00.000Z", f"a booking over {name} of the {period}")
    later = (booked - here.day).days + days
    here.expect(limited, here.hours(*FREE, days=later), f"the next {period} is free", days=later)


def _limit_of_local_days(here: Host) -> None:
    """The day of a limit is one of the schedule's time zone."""
    zone, hours = "Asia/Tokyo", {"days": WEEK, "startTime": "06:00", "endTime": "12:00"}
    here.reschedule_hours(timeZone=zone, availability=[hours])
    limited = here.offer(bookingLimitsCount={"day": 1})
    here.book(limited, here.at(22, days=20))
    here.refuse(limited, here.at(1, days=21), "a booking over the limit of a day in Tokyo")
    full, free = (f"{here.day + timedelta(days=days)}" for days in (21, 22))
    around = (here.day + timedelta(days=days) for days in (20, 23))
    reply = here.search(limited, *around, timeZone=zone)
    seen = {day: len([each for each in starts(reply) if each.startswith(day)]) for day in (full, free)}
    expected = {full: 0, free: 6}
    here.session.check(EFFECT, seen == expected, reply, f"slots by day in Tokyo: {seen}, not {expected}")


def host_limits(session: Session) -> None:
    """A user's own limit closes the day for all event types of the user, until it is removed."""
    path = "/v2/me/booking-limits"
    if session.lacks(path):
        return
    with managed_user(session, "limited") as user, hosting(session, user) as here:
        one, other = here.offer(), here.offer()
        session.succeed("PATCH", path, user.headers, body={"perDay": 1, "perYear": 200})
        here.book(one, here.at(10))
        for event_type in (one, other):
            here.expect(event_type, set(), "the limit of the day is reached")
            here.refuse(event_type, here.at(12), "a booking over the host's limit")
            here.expect(event_type, here.hours(*whole_hours(), days=1), "another day is not limited", days=1)
        session.succeed("PATCH", path, user.headers, body={"perDay": 2})
        here.book(other, here.at(12))
        here.expect(one, set(), "the raised limit is reached")
        session.succeed("DELETE", path, user.headers)
        here.expect(one, here.hours(*whole_hours(but=(10, 12))), "the limit was removed")


def _why() -> Fields:
    return {"cancellationReason": "no time"}


def notice(session: Session) -> None:
    """The minimum notice is enforced."""
    with host(session) as here:
        event_type = here.offer()
        for days, hour in ((0, 12), (2, 10)):
            bound = datetime.fromisoformat(here.at(hour, days=days))
            minutes = int((bound - datetime.now(UTC)).total_seconds() // 60)
            here.change(event_type, minimumBookingNotice=minutes - 2)
            later = here.hours(*(each for each in FREE if each >= hour), days=days)
            here.expect(event_type, later, "only what is long enough ahead", days=days)
            here.refuse(event_type, here.at(hour - 1, days=days), "a booking at too short notice")
            here.change(event_type, minimumBookingNotice=minutes + 3)
            here.expect(event_type, later - {here.at(hour, days=days)}, "the notice is three minutes short", days=days)
            here.refuse(event_type, here.at(hour, days=days), "a booking three minutes too late")
        here.change(event_type, minimumBookingNotice=0)
        here.expect(event_type, here.hours(*FREE), "no notice is wanted")


def windows(session: Session) -> None:
    """A booking window ends on its last day, and later bookings are rejected."""
    with host(session) as here:
        here.require_no_other_bookings()
        event_type = here.offer()
        _counted_windows(here, event_type)
        first, last = here.day + timedelta(days=1), here.day + timedelta(days=2)
        here.change(event_type, bookingWindow={"type": "range", "value": [f"{first}", f"{last}"]})
        for days in range(4):
            inside = days in (1, 2)
            here.expect(event_type, here.hours(*FREE, days=days) if inside else set(), "the range", days=days)
        here.refuse(event_type, here.at(10, days=4), "a booking after the range")
        _windows_of_bookers(here, event_type)
        here.change(event_type, bookingWindow={"disabled": True})
        here.expect(event_type, here.hours(*FREE, days=4), "the window is open again", days=4)


def _counted_windows(here: Host, event_type: Fields) -> None:
    for kind, count in (("calendarDays", 5), ("businessDays", 5), ("calendarDays", 12)):
        here.change(event_type, bookingWindow={"type": kind, "value": count, "rolling": False})
        before = datetime.now(UTC).date()
        reply = here.search(event_type, before, before + timedelta(days=25))
        end = _days_after(before, count, business=kind == "businessDays")
        seen = sorted(reply.data)
        right = bool(seen) and seen[-1] == f"{end}"
        if _is_surely(before, UTC):
            here.session.check(EFFECT, right, reply, f"a window of {count} {kind} should end on {end}: {seen[-3:]}")
        made = here.offer(bookingWindow={"type": kind, "value": count, "rolling": False})
        same = here.search(made, before, before + timedelta(days=25))
        last = sorted(same.data)[-1:]
        if _is_surely(before, UTC):
            here.session.check(EFFECT, last == seen[-1:], same, f"the same window from the beginning ends on {last}")
    here.refuse(event_type, here.at(10, days=7), "a booking beyond the window")


def _windows_of_bookers(here: Host, event_type: Fields) -> None:
    """A window of days ends with a day of the booker's zone, where today may be another date."""
    count = 5
    here.change(event_type, bookingWindow={"type": "calendarDays", "value": count, "rolling": False})
    for name in FAR_ZONES:
        zone = time_zone(name)
        before = datetime.now(zone).date()
        reply = here.search(event_type, before, before + timedelta(days=25), timeZone=name)
        seen = max(map(datetime.fromisoformat, starts(reply)), default=None)
        days = (before + timedelta(days=each) for each in range(count + 2))
        slots = [datetime.combine(each, time(hour), UTC) for each in days for hour in FREE]
        end = max(each for each in slots if each.astimezone(zone).date() <= before + timedelta(days=count))
        if _is_surely(before, zone):
            here.session.check(EFFECT, seen == end, reply, f"the window in {name} should end with {end}, not {seen}")


def _is_surely(day: date, zone: tzinfo) -> bool:
    """Whether today is a day in a time zone by the server's clock, too."""
    now, slack = datetime.now(zone), timedelta(seconds=SLACK)
    return (now - slack).date() == day == (now + slack).date()


def _days_after(day: Any, count: int, *, business: bool) -> Any:
    while count:
        day += timedelta(days=1)
        count -= not business or day.weekday() < 5
    return day


def slot_settings(session: Session) -> None:
    """Interval, offset, lengths and the first-slot setting shape the slots."""
    with host(session) as here:
        event_type = here.offer()
        here.change(event_type, slotInterval=120)
        here.expect(event_type, here.hours(9, 11, 13, 15), "a slot every two hours")
        here.change(event_type, slotInterval=15)
        quarters = {here.at(hour, minute) for hour in range(9, 17) for minute in (0, 15, 30, 45)}
        quarters -= {here.at(16, minute) for minute in (15, 30, 45)}
        here.expect(event_type, quarters, "a slot every quarter of an hour")
        shifted = here.offer(offsetStart=15)
        expected = {here.at(9, 15), here.at(10, 30), here.at(11, 45), here.at(13), here.at(14, 15), here.at(15, 30)}
        here.expect(shifted, expected, "fifteen minutes later each time")
        only_first = here.offer(onlyShowFirstAvailableSlot=True)
        here.expect(only_first, here.hours(9), "the first slot only")
        two = here.search(only_first, here.day, here.day + timedelta(days=1))
        firsts = [here.at(9), here.at(9, days=1)]
        session.check(EFFECT, starts(two) == firsts, two, f"the first slot of each day: {starts(two)}, not {firsts}")
        here.book(only_first, here.at(9))
        here.expect(only_first, here.hours(10), "the first slot that is left")
        here.change(only_first, onlyShowFirstAvailableSlot=False)
        here.expect(only_first, here.hours(*whole_hours(but=(9,))), "all slots again")
        _lengths(here)


def _lengths(here: Host) -> None:
    session = here.session
    several = here.offer(lengthInMinutes=30, lengthInMinutesOptions=[15, 30, 90])
    starts_of_90 = {here.at(10), here.at(11, 30), here.at(13), here.at(14, 30)}
    reply = here.expect(several, starts_of_90, "slots of an hour and a half", duration=90, format="range")
    ends = [slot["end"] for slots in reply.data.values() for slot in slots]
    session.check(EFFECT, here.at(11, 30) in ends, reply, "no slot ends after an hour and a half")
    long = here.book(several, here.at(10), lengthInMinutes=90)
    shown = here.read(long)
    right = (shown.data["duration"], shown.data["end"]) == (90, here.at(11, 30))
    session.check(EFFECT, right, shown, "the booking should take an hour and a half")
    here.refuse(several, here.at(13), "a length that is not offered", lengthInMinutes=45)
    short = here.book(several, here.at(13))
    session.check(EFFECT, short["duration"] == 30, here.read(short), "the default length is half an hour")


def seats(session: Session) -> None:
    """Seats are taken, counted and released."""
    with host(session) as here:
        course = here.offer(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True})
        here.expect(course, here.hours(*FREE), "there are no bookings")
        booked: list[Fields] = []
        for taken in range(4):
            reply = here.search(course)
            found = [slot for slots in reply.data.values() for slot in slots if slot["start"] == here.at(10)]
            seats = [(each["seatsTotal"], each["seatsBooked"], each["seatsRemaining"]) for each in found]
            session.check(EFFECT, seats == [(3, taken, 3 - taken)], reply, f"{taken} of 3 seats are taken: {seats}")
            if taken < 3:
                booked.append(here.book(course, here.at(10)))
        here.refuse(course, here.at(10), "a fourth booking of three seats")
        uids = {each["uid"] for each in booked}
        shown = here.read(booked[0])
        names = {each["seatUid"] for each in shown.data["attendees"]}
        known = {each["seatUid"] for each in booked}
        session.check(EFFECT, len(uids) == 1 and names == known, shown, "three attendees share one booking")
        _read_by_seats(session, booked)
        here.refuse(here.offer(), here.at(10), "another event type at the time of a class")
        left = here.act(booked[1], "cancel", ANONYMOUS, seatUid=booked[1]["seatUid"])
        kept = {each["seatUid"] for each in left["attendees"]}
        session.check(EFFECT, kept == known - {booked[1]["seatUid"]}, here.read(booked[0]), "one seat is free again")
        here.book(course, here.at(10))
        pair = here.offer()
        here.change(pair, seats={"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True})
        for _ in range(2):
            here.book(pair, here.at(14))
        here.refuse(pair, here.at(14), "a third booking of two seats")


def _read_by_seats(session: Session, booked: list[Fields]) -> None:
    """A booking is found by the uid of each of its seats, in editions that have the operation."""
    path = "/v2/bookings/by-seat/{seatUid}"
    if not any(each.path == path for each in session.description):
        return
    for each in booked:
        ids = {"seatUid": each["seatUid"]}
        reply = session.succeed("GET", path, ANONYMOUS, ids=ids, version=BOOKINGS)
        right = (reply.data["uid"], reply.data["start"]) == (each["uid"], each["start"])
        session.check("reads_return_what_was_written", right, reply, "is not the booking of the seat")


def confirmation_settings(session: Session) -> None:
    """Unconfirmed bookings wait, and block their slot only if configured."""
    with host(session) as here:
        for days, blocks in ((0, False), (1, True)):
            policy = {"type": "always", "blockUnconfirmedBookingsInBooker": blocks}
            asked = here.offer(confirmationPolicy=policy)
            waiting = here.book(asked, here.at(10, days=days))
            reply = here.read(waiting)
            session.check(EFFECT, reply.data["status"] == "pending", reply, "should wait to be confirmed")
            free = whole_hours(but=(10,) if blocks else ())
            here.expect(asked, here.hours(*free, days=days), f"blocking is {blocks}", days=days)
            here.act(waiting, "confirm")
            here.expect(asked, here.hours(*whole_hours(but=(10,)), days=days), "it is confirmed", days=days)
        here.require_no_other_bookings()
        late = {"type": "time", "blockUnconfirmedBookingsInBooker": False}
        for days, hours, status in ((2, 2, "accepted"), (3, 24 * 60, "pending")):
            soon = here.offer(confirmationPolicy={**late, "noticeThreshold": {"count": hours, "unit": "hours"}})
            made = here.read(here.book(soon, here.at(10, days=days)))
            session.check(EFFECT, made.data["status"] == status, made, f"a threshold of {hours} hours: {status}")
        always = {"type": "always", "blockUnconfirmedBookingsInBooker": False}
        for days, action, status in ((4, "confirm", "accepted"), (5, "decline", "rejected")):
            twice = here.offer(recurrence={**WEEKLY, "occurrences": 2}, confirmationPolicy=always)
            made = here.book(twice, here.at(10, days=days))
            here.act(made[0], action)
            reply = here.read({"uid": made[0]["recurringBookingUid"]})
            seen = [each["status"] for each in reply.data]
            session.check(EFFECT, seen == [status] * 2, reply, f"after {action} of one, the series is {seen}")
        moved = here.offer(confirmationPolicy=always)
        made = here.book(moved, here.at(14))
        here.act(made, "confirm")
        again = here.act(made, "reschedule", ANONYMOUS, start=here.at(15))
        session.check(EFFECT, again["status"] == "pending", here.read(again), "a moved booking is confirmed anew")


def booker_settings(session: Session) -> None:
    """Bookers cancel, move, hold several bookings and find event types only as far as the settings allow."""
    if not is_since("2026-03"):
        session.leave_out("this edition has no settings for bookers")
        return
    with host(session) as here:
        fixed = here.offer(disableCancelling={"disabled": True})
        kept = here.book(fixed, here.at(9))
        reply = here.try_to(kept, "cancel", **_why())
        session.check(EFFECT, reply.status == 400, reply, "cancelling is disabled")
        here.change(fixed, disableCancelling={"disabled": False})
        here.act(kept, "cancel", **_why())
        soon = here.offer(disableRescheduling={"disabled": False, "minutesBefore": A_YEAR})
        late = here.book(soon, here.at(10))
        _not_moved(here, late, 403, "the meeting begins within the notice")
        here.change(soon, disableRescheduling={"disabled": True})
        _not_moved(here, late, 400, "rescheduling is disabled")
        here.change(soon, disableRescheduling={"disabled": False})
        here.act(late, "reschedule", ANONYMOUS, start=here.at(11))
        _active_bookings(here)
        _hidden(here)


def _not_moved(here: Host, booking: Fields, status: int, why: str) -> None:
    reply = here.try_to(booking, "reschedule", ANONYMOUS, start=here.at(11))
    here.session.check(EFFECT, reply.status == status, reply, f"{why}, but it is answered with {reply.status}")


def _active_bookings(here: Host) -> None:
    """A booker has no more upcoming bookings than allowed; those of others and cancelled ones do not count."""
    twice = here.offer(bookerActiveBookingsLimit={"maximumActiveBookings": 2})
    who = attendee(here.session)
    first, _ = (here.book(twice, here.at(hour), attendee=who) for hour in (13, 14))
    here.refuse(twice, here.at(15), "a third booking by one of two", attendee=who)
    here.book(twice, here.at(16))
    here.act(first, "cancel", **_why())
    here.book(twice, here.at(15), attendee=who)


def _hidden(here: Host) -> None:
    """A hidden event type is listed for its owner only."""
    session, organization = here.session, here.user["organizationId"]
    hidden = here.offer(hidden=True)
    query = {"username": here.user["username"], **({"orgId": organization} if organization else {})}
    for headers, expected in ((here.headers, True), (ANONYMOUS, not in_force("hidden-event-types-unlisted"))):
        reply = session.succeed("GET", "/v2/event-types", headers, query=query, version=EVENT_TYPES)
        shown = hidden["id"] in [each["id"] for each in reply.data]
        session.check(EFFECT, shown == expected, reply, f"whether the hidden event type is listed: {shown}")


def forms(session: Session) -> None:
    """Booking fields, guests and locations of an event type are enforced."""
    with host(session) as here:
        question = {"type": "text", "slug": "why", "label": "Why?", "required": True}
        asking = here.offer(bookingFields=[question], locations=[LINK, ADDRESS])
        here.refuse(asking, here.at(10), "a booking without a required answer")
        answered = here.book(
            asking, here.at(10), bookingFieldsResponses={"why": "Because"}, location={"type": "address"}
        )
        shown = here.read(answered)
        saved = (shown.data["bookingFieldsResponses"].get("why"), shown.data["location"])
        session.check(
            EFFECT, saved == ("Because", ADDRESS["address"]), shown, "answer and location should be those chosen"
        )
        if in_force("answers-checked"):
            choice = {"type": "select", "slug": "one", "label": "One?", "options": ["a", "b"], "placeholder": "a"}
            several = {"type": "multiselect", "slug": "some", "label": "Some?", "options": ["a", "b"]}
            choosing = here.offer(bookingFields=[{**each, "required": False} for each in (choice, several)])
            for answer in ({"one": "c"}, {"some": ["a", "c"]}):
                here.refuse(choosing, here.at(13), "an option that is not offered", bookingFieldsResponses=answer)
        phone = {"type": "phone"}
        here.refuse(
            asking, here.at(12), "a place that is not offered", location=phone, bookingFieldsResponses={"why": "x"}
        )
        first = here.book(asking, here.at(14), bookingFieldsResponses={"why": "x"})
        shown = here.read(first)
        session.check(EFFECT, shown.data["location"] == LINK["link"], shown, "the first place should be taken")
        alone = here.offer(bookingFields=[{"slug": "guests", "hidden": True}])
        guests = [f"{session.unique('guest')}@example.com"]
        kept = here.read(here.book(alone, here.at(15), guests=guests))
        session.check(EFFECT, len(kept.data["attendees"]) == 1, kept, "guests are not allowed")
        named = here.offer(customName="Chat with {Scheduler}")
        shown = here.read(here.book(named, here.at(16), attendee=attendee(session, "Zoe")))
        session.check(EFFECT, shown.data["title"] == "Chat with Zoe", shown, "the booking has a custom name")


def series(session: Session) -> None:
    """A series has the requested number of occurrences at the configured interval."""
    with host(session) as here:
        here.require_no_other_bookings()
        weekly = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
        lesson = here.offer(recurrence=weekly)
        made = here.book(lesson, here.at(10))
        reply = here.read({"uid": made[0]["recurringBookingUid"]})
        days = [each["start"] for each in reply.data]
        local = attendee(session)["timeZone"]
        expected = _occurrences(here, 3, 1, local)
        session.check(EFFECT, days == expected, reply, f"three weeks: {days}, not {expected}")
        fortnight = here.offer(recurrence={**weekly, "interval": 2, "occurrences": 4})
        two = here.book(fortnight, here.at(14), recurrenceCount=2)
        wanted = [each["start"] for each in two]
        reply = here.read({"uid": two[0]["recurringBookingUid"]})
        expected = _occurrences(here, 2, 2, local, hour=14)
        session.check(EFFECT, wanted == expected, reply, f"every other week: {wanted}, not {expected}")
        here.refuse(fortnight, here.at(16), "more occurrences than are offered", recurrenceCount=5)
        for weeks in range(3):
            free = whole_hours(but=(_hour(days[weeks]),) if weeks < len(days) else ())
            taken = {each for each in wanted if each[:10] == here.at(0, days=7 * weeks)[:10]}
            here.expect(lesson, here.hours(*free, days=7 * weeks) - taken, "the series", days=7 * weeks)
        _over_a_clock_change(here, lesson, local)


def _over_a_clock_change(here: Host, lesson: Fields, zone: str) -> None:
    """A series keeps its local time where the clocks of the booker change in its course."""
    local, soon = time_zone(zone), datetime.now(UTC).date() + timedelta(days=5)
    change = next(each for each in clock_changes(local) if each > soon)
    begin = datetime.combine(change - timedelta(days=3), time(12), UTC)
    expected = [
        in_utc((begin.astimezone(local) + timedelta(days=7 * turn)).astimezone(UTC)) for turn in range(3)
    ]  # fmt: skip
    made = here.book(lesson, in_utc(begin))
    seen = [each["start"] for each in made]
    reply = here.read({"uid": made[0]["recurringBookingUid"]})
    here.session.check(EFFECT, seen == expected, reply, f"the clocks change on {change}: {seen}, not {expected}")


def _hour(moment: str) -> int:
    return int(moment[11:13])


def _occurrences(here: Host, count: int, weeks: int, zone: str, hour: int = 10) -> list[str]:
    """Starts at local times of a time zone, in UTC."""
    first = datetime.fromisoformat(here.at(hour)).astimezone(time_zone(zone))
    found = [(first + timedelta(days=7 * weeks * turn)).astimezone(UTC) for turn in range(count)]
    return [each.isoformat(timespec="milliseconds").replace("+00:00", "Z") for each in found]


def schedules_in_effect(session: Session) -> None:
    """Availability, overrides and time zone of a schedule take effect at once."""
    with host(session) as here:
        here.require_no_other_bookings()
        event_type = here.offer()
        exceptions = [
            {"date": f"{here.day}", "startTime": "18:00", "endTime": "20:00"},
            {"date": f"{here.day + timedelta(days=2)}", "startTime": "00:00", "endTime": "00:00"},
            {"date": f"{here.day}", "startTime": "06:00", "endTime": "07:00"},
        ]
        changed = here.reschedule_hours(overrides=exceptions)
        number = {"scheduleId": here.schedule}
        shown = session.succeed("GET", "/v2/schedules/{scheduleId}", here.headers, ids=number, version=SCHEDULES)
        for each in (changed, shown.data):
            kept = each["overrides"] == exceptions
            session.check("reads_return_what_was_written", kept, shown, f"the exceptions are {each['overrides']}")
        here.expect(event_type, here.hours(6, 18, 19), "both exceptions of the day")
        here.expect(event_type, set(), "a day off", days=2)
        here.expect(event_type, here.hours(*FREE, days=4), "a day without exception", days=4)
        here.refuse(event_type, here.at(10), "an hour that the exception takes away")
        here.refuse(event_type, here.at(10, days=2), "a day off")
        here.reschedule_hours(overrides=[])
        here.expect(event_type, here.hours(*FREE), "no exception any more")
        parts = [
            {"days": ["Monday"], "startTime": "08:00", "endTime": "10:00"},
            {"days": ["Monday", "Tuesday"], "startTime": "13:00", "endTime": "15:00"},
        ]
        here.reschedule_hours(availability=parts)
        here.expect(event_type, here.hours(8, 9, 13, 14), "two parts of a day")
        here.expect(event_type, here.hours(13, 14, days=1), "one part of a day", days=1)
        here.expect(event_type, set(), "no hours on a Wednesday", days=2)
        here.refuse(event_type, here.at(10, 30), "a time between the parts of a day")
        here.reschedule_hours(timeZone="Asia/Kolkata")
        half_hours = {here.at(2, 30), here.at(3, 30), here.at(7, 30), here.at(8, 30)}
        here.expect(event_type, half_hours, "the same hours in Kolkata", timeZone="Asia/Kolkata")
        here.refuse(event_type, here.at(13), "an hour of the former zone")
        _made_with_everything(here, event_type)


def _made_with_everything(here: Host, event_type: Fields) -> None:
    """A schedule that is created with time zone, availability and overrides."""
    exceptions = [
        {"date": f"{here.day + timedelta(days=days)}", "startTime": start, "endTime": end}
        for days, start, end in ((0, "10:00", "12:00"), (3, "14:00", "16:00"))
    ]
    body = {
        "name": "Made at once", "timeZone": "Asia/Kolkata", "isDefault": False, "overrides": exceptions,
        "availability": [{"days": ["Monday", "Saturday"], "startTime": "09:30", "endTime": "11:30"}],
    }  # fmt: skip
    session = here.session
    made = session.succeed("POST", "/v2/schedules", here.headers, body=body, version=SCHEDULES).data["id"]
    here.change(event_type, scheduleId=made)
    for expected, why, days in (
        ({here.at(4, 30), here.at(5, 30)}, "the first exception", 0),
        ({here.at(8, 30, 3), here.at(9, 30, 3)}, "the second exception", 3),
        ({here.at(4, 30, 5)}, "the hours of a Saturday", 5),
    ):
        here.expect(event_type, expected, f"{why} in Kolkata", days=days, timeZone="Asia/Kolkata")
    ids = {"scheduleId": made}
    session.succeed("DELETE", "/v2/schedules/{scheduleId}", here.headers, ids=ids, version=SCHEDULES)


WEEKLY: Fields = {"interval": 2, "occurrences": 4, "frequency": "weekly"}


def directory(session: Session) -> None:
    """Event types are found by username, with their settings, until they are deleted."""
    with host(session) as here:
        name = here.user["username"]
        settings = {
            "description": "All about it", "beforeEventBuffer": 5, "afterEventBuffer": 10, "slotInterval": 20,
            "minimumBookingNotice": 45, "bookingLimitsCount": {"day": 4, "week": 9}, "customName": "Talk",
            "bookingLimitsDuration": {"day": 300}, "hideCalendarNotes": True, "lockTimeZoneToggleOnBookingPage": True,
            "successRedirectUrl": "https://example.com/thanks", "requiresBookerEmailVerification": True,
            "color": {"lightThemeHex": "#fafafa", "darkThemeHex": "#292929"}, "locations": [LINK, ADDRESS],
            "bookingWindow": {"type": "calendarDays", "value": 90, "rolling": False},
            "onlyShowFirstAvailableSlot": True,
            "hideCalendarEventDetails": True,
        }  # fmt: skip
        made = here.offer(**settings)
        other = here.offer(
            lengthInMinutesOptions=[15, 60],
            seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True},
            bookerLayouts={"defaultLayout": "week", "enabledLayouts": ["week"]},
        )
        repeated = here.offer(recurrence={"interval": 2, "occurrences": 4, "frequency": "weekly"})
        waits = here.offer(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": True})
        query = {"username": name, **({"orgId": here.user["organizationId"]} if here.user["organizationId"] else {})}
        for headers in (ANONYMOUS, here.headers):
            reply = session.succeed("GET", "/v2/event-types", headers, query=query, version=EVENT_TYPES)
            seen = {each["id"]: each for each in reply.data}
            for each in (made, other, repeated, waits):
                listed = seen.get(each["id"])
                session.check("lists_are_complete", listed is not None, reply, "lacks an event type")
                wrong = {
                    field: (value, (listed or each).get(field))
                    for field, value in each.items()
                    if field not in ("bookingFields", "calVideoSettings") and (listed or each).get(field) != value
                }
                session.check("lists_show_what_was_written", not wrong, reply, f"differs: {wrong}")
        changed = here.change(made, description="Else")
        lost = {each for each in settings if each != "description" and changed[each] != made[each]}
        reply = session.succeed(
            "GET", "/v2/event-types/{eventTypeId}", here.headers, ids={"eventTypeId": made["id"]}, version=EVENT_TYPES
        )
        wrong = {each for each in changed if reply.data[each] != changed[each]}
        session.check("updates_leave_the_rest", not lost, reply, f"changed too: {lost}")
        session.check("reads_return_what_was_written", not wrong, reply, f"differs: {wrong}")


def offers_by_name(session: Session) -> None:
    """Slots and bookings by username and event type slug."""
    with host(session) as here:
        event_type, other = here.offer(), here.offer(lengthInMinutes=30)
        organization = here.user["organizationId"]
        if organization and not session.strict:
            session.leave_out("the slug of the organization is not known")
            return
        named = {"eventTypeSlug": event_type["slug"], "username": here.user["username"]}
        days = {"start": f"{here.day}", "end": f"{here.day}"}
        reply = session.call("GET", "/v2/slots", ANONYMOUS, query={**named, **days}, version="2024-09-04")
        session.check(EFFECT, reply.succeeded and set(starts(reply)) == here.hours(*FREE), reply, "all hours are free")
        body = {**named, "start": here.at(11), "attendee": attendee(session)}
        made = session.succeed("POST", "/v2/bookings", ANONYMOUS, body=body, version=BOOKINGS)
        right = made.data["eventTypeId"] == event_type["id"] and made.data["duration"] == 60
        session.check("replies_echo_the_request", right, made, "is a booking of another event type")
        del other

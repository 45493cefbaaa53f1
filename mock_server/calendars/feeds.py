"""ICS feeds: finding their text, and reading busy times from it. Nothing is ever fetched over the network.

The feeds of a world are served at ``/_sandbox/feeds/<name>.ics``, and a feed with a `url` replaces that address. All
other addresses count as calendars without events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import msgspec

from mock_server.calendars.model import FEEDS
from mock_server.calendars.recurrence import check_rule, occurrence_starts, zone_or_utc
from mock_server.state.transaction import Transaction
from mock_server.state.work import leave_loop, spend

if TYPE_CHECKING:
    from icalendar import Calendar, Event

_OWN_PATH = re.compile(r"(?:/w/[^/]+)?/_sandbox/feeds/([^/]+)\.ics")
_CACHED_FEEDS = 64


class FeedUnreadable(Exception):
    """There is no feed at the address, or it is not an iCalendar document."""


class FeedEvent(msgspec.Struct, frozen=True):
    """An event of a feed in UTC, optionally repeated by `rule` in `zone`, except at the `excluded` starts."""

    start: datetime
    end: datetime
    title: str | None
    rule: str | None
    zone: tzinfo
    excluded: frozenset[datetime]

    def times(self, low: datetime, high: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The start and end of its occurrences that overlap the range from `low` to `high`."""
        length = self.end - self.start
        if self.rule is None:
            starts = iter([self.start])
        else:
            starts = occurrence_starts(self.start, self.rule, self.zone, low - length, high)
        for start in starts:
            if start < high and start + length > low and start not in self.excluded:
                yield start, start + length


class FeedContent(msgspec.Struct, frozen=True):
    """The content of a feed: the calendar's name, if it has one, and its busy events."""

    name: str | None
    events: tuple[FeedEvent, ...]


def feed_at(tx: Transaction, url: str) -> FeedContent:
    """The feed at an address. Raises FeedUnreadable."""
    own = _OWN_PATH.fullmatch(urlsplit(url).path)
    feed = tx[FEEDS].get(unquote(own[1])) if own else tx[FEEDS].first(url=url)
    if feed is not None:
        return parsed(feed.text)
    if own:
        raise FeedUnreadable(f"The sandbox has no feed {own[1]!r}.")
    return FeedContent(None, ())


def name_of(url: str, content: FeedContent) -> str:
    """The name of a feed's calendar; defaults to the file name in its address."""
    return content.name or unquote(urlsplit(url).path.rpartition("/")[2].removesuffix(".ics"))


@lru_cache(maxsize=_CACHED_FEEDS)
def parsed(text: str) -> FeedContent:
    """The content of an iCalendar document. Raises FeedUnreadable."""
    leave_loop()
    spend(len(text))
    # Slow to import, and few worlds have feeds.
    from mock_server.calendars.icalendar_zones import packaged_zones

    try:
        with packaged_zones():
            return _content(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise FeedUnreadable(f"The document is not an iCalendar document: {error}") from None


def _content(text: str) -> FeedContent:
    from icalendar import Calendar

    calendar = Calendar.from_ical(text)
    if not isinstance(calendar, Calendar):  # pyright: ignore[reportUnnecessaryIsInstance] -- it can be any component.
        raise FeedUnreadable("The document is not an iCalendar document.")
    zone = zone_or_utc(str(calendar.get("X-WR-TIMEZONE", "UTC")))
    overridden = _overridden(calendar, zone)
    events = tuple(_event(event, zone, overridden) for event in calendar.events if _makes_busy(event))
    name = calendar.get("X-WR-CALNAME")
    return FeedContent(None if name is None else str(name), events)


def _event(event: Event, zone: tzinfo, overridden: dict[str, set[datetime]]) -> FeedEvent:
    start, end = _moment(event.start, zone), _moment(event.end, zone)
    own_zone = event.start.tzinfo if isinstance(event.start, datetime) else None
    excluded = {_moment(date, zone) for date in event.exdates}
    rules = event.rrules
    rule = rules[0].to_ical().decode() if rules else None
    if rule is not None:
        check_rule(rule)
        excluded |= overridden.get(str(event.get("UID")), set())
    title = event.get("SUMMARY")
    return FeedEvent(start, end, None if title is None else str(title), rule, own_zone or zone, frozenset(excluded))


def _makes_busy(event: Event) -> bool:
    return event.get("TRANSP") != "TRANSPARENT" and event.get("STATUS") != "CANCELLED"


def _overridden(calendar: Calendar, zone: tzinfo) -> dict[str, set[datetime]]:
    """The starts of the occurrences that the feed lists as events of their own, by the UID of their series."""
    starts: dict[str, set[datetime]] = {}
    for event in calendar.events:
        if "RECURRENCE-ID" in event:
            starts.setdefault(str(event.get("UID")), set()).add(_moment(event.decoded("RECURRENCE-ID"), zone))
    return starts


def _moment(value: date, zone: tzinfo) -> datetime:
    """The instant of a day or time; without a zone of its own it is in the calendar's zone."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)

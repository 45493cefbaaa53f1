"""Formats instants as local dates and times for lists of slots."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from mock_server.runtime.instants import DAY, MINUTE, SECOND, Zone, date_of, zone_named

_PLAIN_UTC = frozenset({"UTC", "GMT"})
"""Zones whose offset is written as Z; others write +00:00."""


class SlotTimes:
    """Formats instants in a time zone, by default UTC."""

    def __init__(self, time_zone: str | None) -> None:
        self._zone: Zone = zone_named(time_zone or "UTC")
        self._is_utc = time_zone is None or self._zone.name in _PLAIN_UTC

    def local(self, instant: int) -> tuple[str, str]:
        """The local date, and the date-time as ISO 8601 with milliseconds and offset."""
        offset = self._zone.offset_at(instant)
        day, time = divmod(instant + offset, DAY)
        date = date_text(day)
        return date, f"{date}T{_time_text(time)}{self._suffix(offset)}"

    def by_date(self, instants: Sequence[int]) -> Iterator[tuple[str, list[str]]]:
        """The local dates and date-times of ascending instants. A date whose clocks change comes more than once."""
        for offset, group in self._zone.by_offset(instants):
            suffix = self._suffix(offset)
            place = 0
            while place < len(group):
                day = (group[place] + offset) // DAY
                midnight, date = day * DAY - offset, date_text(day)
                after = bisect_left(group, midnight + DAY, place)
                yield date, [f"{date}T{_time_text(instant - midnight)}{suffix}" for instant in group[place:after]]
                place = after

    def all_of(self, instants: Sequence[int]) -> list[str]:
        """The local date-times of ascending instants."""
        return [time for _, times in self.by_date(instants) for time in times]

    def _suffix(self, offset: int) -> str:
        return "Z" if self._is_utc else _offset_text(offset)


@cache
def _offset_text(offset: int) -> str:
    hours, minutes = divmod(abs(offset) // MINUTE, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"


@lru_cache(maxsize=4096)
def _time_text(time: int) -> str:
    minutes, rest = divmod(time, MINUTE)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // SECOND:02}.{rest % SECOND:03}"


@lru_cache(maxsize=4096)
def date_text(day: int) -> str:
    """Formats a day number as YYYY-MM-DD."""
    return date_of(day).isoformat()

"""Time zones over integer instants: milliseconds since 1970 UTC. Clock times are such numbers, too, as if in UTC."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from mock_server.runtime.time_zones import time_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_CHUNK = 366 * DAY
_SAMPLE = 7 * DAY
_FIRST_SECOND = -62_135_510_400  # One day inside the range of datetime, at both ends.
_LAST_SECOND = 253_402_214_400


class Zone:
    """A time zone that caches its offsets."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.name = zone.key
        self._zone = zone
        self._chunks: dict[int, tuple[list[int], list[int]]] = {}

    def offset_at(self, instant: int) -> int:
        """The offset from UTC at `instant`, in milliseconds."""
        number = instant // _CHUNK
        starts, offsets = self._chunks.get(number) or self._chunk(number)
        return offsets[bisect_right(starts, instant) - 1]

    def by_offset(self, instants: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Splits ascending instants where the offset changes: each offset with the instants at which it is in force.

        Much faster than `offset_at` for each instant.
        """
        place = 0
        while place < len(instants):
            number = instants[place] // _CHUNK
            starts, offsets = self._chunk(number)
            change = bisect_right(starts, instants[place])
            until = starts[change] if change < len(starts) else (number + 1) * _CHUNK
            after = bisect_left(instants, min(until, (number + 1) * _CHUNK), place)
            yield offsets[change - 1], instants[place:after]
            place = after

    def clocks_at(self, instants: Sequence[int]) -> list[int]:
        """The clock times at ascending instants."""
        return [instant + offset for offset, group in self.by_offset(instants) for instant in group]

    def clock_at(self, instant: int) -> int:
        """The clock time at `instant`."""
        return instant + self.offset_at(instant)

    def instant_of(self, clock: int) -> int:
        """The instant of a clock time, by the offset in force when clocks in UTC show the same.

        On the day of an offset change this is off for some hours, as it is in the live service.
        """
        return clock - self.offset_at(clock)

    def _chunk(self, number: int) -> tuple[list[int], list[int]]:
        """The instants of a part of the calendar from which an offset is in force, and these offsets."""
        if number not in self._chunks:
            self._chunks[number] = self._changes_between(number * _CHUNK, (number + 1) * _CHUNK)
        return self._chunks[number]

    def _changes_between(self, start: int, end: int) -> tuple[list[int], list[int]]:
        starts, offsets = [start], [self._offset(start)]
        for sample in range(start + _SAMPLE, end + _SAMPLE, _SAMPLE):
            if self._offset(sample) != offsets[-1]:
                starts.append(self._change_between(sample - _SAMPLE, sample))
                offsets.append(self._offset(starts[-1]))
        return starts, offsets

    def _change_between(self, before: int, after: int) -> int:
        """The first second whose offset differs from that of `before`."""
        offset = self._offset(before)
        while after - before > SECOND:
            middle = (before + after) // (2 * SECOND) * SECOND
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, instant: int) -> int:
        seconds = min(max(instant // SECOND, _FIRST_SECOND), _LAST_SECOND)
        offset = datetime.fromtimestamp(seconds, self._zone).utcoffset()
        assert offset is not None
        return int(offset.total_seconds()) * SECOND


def zone_named(name: str) -> Zone:
    """The zone of an IANA name, in any case."""
    return _zone_of(time_zone(name))


@cache
def _zone_of(zone: ZoneInfo) -> Zone:
    return Zone(zone)


UTC_ZONE = zone_named("UTC")


def milliseconds(moment: datetime) -> int:
    """A datetime as an instant."""
    return round(moment.timestamp() * SECOND)


def moment_of(instant: int) -> datetime:
    """An instant as a datetime in UTC, clamped to the range of datetime."""
    return datetime.fromtimestamp(min(max(instant / SECOND, _FIRST_SECOND), _LAST_SECOND), UTC)


def day_number(day: date) -> int:
    """Days since 1970-01-01; multiplied by DAY it is the clock time of midnight."""
    return day.toordinal() - _EPOCH_ORDINAL


def date_of(number: int) -> date:
    """The date of a day number, clamped to the range of date."""
    return date.fromordinal(min(max(number + _EPOCH_ORDINAL, 1), date.max.toordinal()))


def weekday_of(number: int) -> int:
    """The weekday of a day number: 0 is Sunday."""
    return (number + 4) % 7

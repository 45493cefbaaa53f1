"""A world's time: real time until it is set, moved or frozen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

RealTime = Callable[[], datetime]

# Leaves room for code that adds years to a world's time.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
OUT_OF_RANGE = f"The clock goes from {EARLIEST.year} to {LATEST.year}."


def real_time() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)


class Clock(msgspec.Struct, frozen=True):
    """A world's time: fixed at `frozen_at` if set, otherwise `offset_seconds` away from real time."""

    offset_seconds: float = 0.0
    frozen_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    def read(self, real: datetime) -> datetime:
        """The world's time at the real time `real`, to the millisecond, as the live service keeps it."""
        now = self.frozen_at or real + timedelta(seconds=self.offset_seconds)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def is_possible(self, real: datetime) -> bool:
        """Whether the world's time at the real time `real` is within the range that OUT_OF_RANGE describes."""
        try:
            return EARLIEST <= self.read(real) < LATEST
        except (OverflowError, ValueError):  # Infinite, NaN, or beyond what datetime can represent.
            return False

    def set_to(self, now: datetime, real: datetime, *, frozen: bool) -> Clock:
        """A clock that shows `now` at the real time `real`, and stays there if frozen."""
        if frozen:
            return Clock(frozen_at=now)
        return Clock(offset_seconds=(now - real).total_seconds())

    def advanced(self, by: timedelta) -> Clock:
        """This clock, moved forward by `by`."""
        if self.frozen_at is not None:
            return Clock(frozen_at=self.frozen_at + by)
        return Clock(offset_seconds=self.offset_seconds + by.total_seconds())

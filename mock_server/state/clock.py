"""A world's time: real time until it is set, moved or frozen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

RealTime = Callable[[], datetime]

# Whoever adds some years to a world's time must not fall off the calendar.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
TOO_FAR = f"The clock goes from {EARLIEST.year} to {LATEST.year}."


def real_time() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)


class Clock(msgspec.Struct, frozen=True):
    """How a world's time differs from real time: `frozen_at`, or else `offset_seconds` away."""

    offset_seconds: float = 0.0
    frozen_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    def read(self, real: datetime) -> datetime:
        """The world's time at the real time `real`, to the millisecond, as the live service keeps it."""
        now = self.frozen_at or real + timedelta(seconds=self.offset_seconds)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def is_possible(self, real: datetime) -> bool:
        """Whether the world's time at the real time `real` is one that a world may have: see TOO_FAR."""
        try:
            return EARLIEST <= self.read(real) < LATEST
        except (OverflowError, ValueError):  # Infinities and what no calendar holds; no number at all.
            return False

    def set_to(self, now: datetime, real: datetime, *, frozen: bool) -> Clock:
        """Shows `now`, and stays there if frozen."""
        if frozen:
            return Clock(frozen_at=now)
        return Clock(offset_seconds=(now - real).total_seconds())

    def advanced(self, by: timedelta) -> Clock:
        """`by` later."""
        if self.frozen_at is not None:
            return Clock(frozen_at=self.frozen_at + by)
        return Clock(offset_seconds=self.offset_seconds + by.total_seconds())

"""The clock calls of the control plane."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.runtime.dates import iso
from mock_server.runtime.jobs import JOBS_AT_ONCE
from mock_server.sandbox.errors import Refused
from mock_server.state.clock import OUT_OF_RANGE, Clock
from mock_server.state.worlds import World

UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds")


def clock_view(world: World) -> dict[str, Any]:
    """The time, and whether it is frozen."""
    return {"now": iso(world.begin().now), "frozen": world.root.clock.frozen_at is not None}


async def change_clock(world: World, body: dict[str, Any], real: datetime) -> None:
    """`{"now": ...}` sets it, `{"frozen": true}` freezes it, `{"frozen": false}` thaws it, `{}` restores real time."""
    unknown = set(body) - {"now", "frozen"}
    if unknown:
        raise Refused(400, f"The clock takes `now` and `frozen`, not {', '.join(sorted(unknown))}.")
    if not body:
        await _set(world, lambda _: Clock(), real)
        return
    frozen = body.get("frozen", world.root.clock.frozen_at is not None)
    if not isinstance(frozen, bool):
        raise Refused(400, "`frozen` takes true or false.")
    now = moment(body["now"]) if "now" in body else None
    await _set(world, lambda clock: clock.set_to(now or clock.read(real), real, frozen=frozen), real)


async def advance_clock(world: World, body: dict[str, Any], real: datetime) -> None:
    """Moves the clock forward by the sum of `weeks`, `days`, `hours`, `minutes`, `seconds` and `milliseconds`."""
    by = duration_of(body)
    try:
        await _set(world, lambda clock: clock.advanced(by), real)
    except OverflowError:
        raise Refused(400, OUT_OF_RANGE) from None


async def _set(world: World, changed: Callable[[Clock], Clock], real: datetime) -> None:
    """Sets the clock to `changed(clock)` after running the jobs that become due, a few at a time."""
    clock = changed(world.root.clock)
    while clock.is_possible(real) and await world.run_jobs_async(clock.read(real), JOBS_AT_ONCE) == JOBS_AT_ONCE:
        await asyncio.sleep(0)
        clock = changed(world.root.clock)
    if not clock.is_possible(real):
        raise Refused(400, OUT_OF_RANGE)
    await world.change_clock(changed)


def duration_of(body: dict[str, Any]) -> timedelta:
    """The sum of the given UNITS."""
    if set(body) - set(UNITS) or not body:
        raise Refused(400, f"Advancing takes one or more of {', '.join(UNITS)}, each a number.")
    for unit, amount in body.items():
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or amount < 0:
            raise Refused(400, f"`{unit}` takes a number that is not negative: time only moves forward.")
    try:
        return timedelta(**body)
    except OverflowError:
        raise Refused(400, OUT_OF_RANGE) from None


def moment(value: Any) -> datetime:
    """Parses an ISO 8601 time. Without an offset it is in UTC."""
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Refused(400, "`now` takes a time in ISO 8601, such as 2030-01-01T09:00:00Z.") from None

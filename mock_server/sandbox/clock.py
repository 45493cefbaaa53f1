"""The control plane's view of a world's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.runtime.boundary import iso
from mock_server.sandbox.errors import Refused
from mock_server.state.clock import TOO_FAR, Clock
from mock_server.state.worlds import World

UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds")


def clock_view(world: World) -> dict[str, Any]:
    """`now` and whether it stands still."""
    return {"now": iso(world.begin().now), "frozen": world.root.clock.frozen_at is not None}


def change_clock(world: World, body: dict[str, Any], real: datetime) -> None:
    """`{"now": ...}` sets, `{"frozen": true}` stops, `{"frozen": false}` thaws, `{}` goes back to real time."""
    unknown = set(body) - {"now", "frozen"}
    if unknown:
        raise Refused(400, f"The clock takes `now` and `frozen`, not {', '.join(sorted(unknown))}.")
    if not body:
        world.set_clock(Clock())
        return
    clock = world.root.clock
    frozen = body.get("frozen", clock.frozen_at is not None)
    if not isinstance(frozen, bool):
        raise Refused(400, "`frozen` takes true or false.")
    now = moment(body["now"]) if "now" in body else clock.read(real)
    _set(world, clock.set_to(now, real, frozen=frozen), real)


def advance_clock(world: World, body: dict[str, Any], real: datetime) -> None:
    """Moves forward by the sum of `weeks`, `days`, `hours`, `minutes`, `seconds` and `milliseconds`."""
    by = duration_of(body)
    try:
        clock = world.root.clock.advanced(by)
    except OverflowError:
        raise Refused(400, TOO_FAR) from None
    _set(world, clock, real)


def _set(world: World, clock: Clock, real: datetime) -> None:
    if not clock.is_possible(real):
        raise Refused(400, TOO_FAR)
    world.set_clock(clock)


def duration_of(body: dict[str, Any]) -> timedelta:
    """The sum of UNITS, of which each gives its number."""
    if set(body) - set(UNITS) or not body:
        raise Refused(400, f"Advancing takes one or more of {', '.join(UNITS)}, each a number.")
    for unit, amount in body.items():
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or amount < 0:
            raise Refused(400, f"`{unit}` takes a number that is not negative: time only moves forward.")
    try:
        return timedelta(**body)
    except OverflowError:
        raise Refused(400, TOO_FAR) from None


def moment(value: Any) -> datetime:
    """An ISO 8601 time; without an offset it is in UTC."""
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Refused(400, "`now` takes a time in ISO 8601, such as 2030-01-01T09:00:00Z.") from None

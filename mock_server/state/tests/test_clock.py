"""The clock of a world: running, frozen and set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mock_server.state.clock import Clock, real_time

REAL = datetime(2025, 4, 15, 12, 0, 0, 123_987, UTC)


def test_an_untouched_clock_shows_real_time_to_the_millisecond() -> None:
    assert Clock().read(REAL) == REAL.replace(microsecond=123_000)


def test_a_set_clock_continues_from_the_set_time() -> None:
    clock = Clock().set_to(datetime(2020, 2, 28, tzinfo=UTC), REAL, frozen=False)
    assert clock.read(REAL + timedelta(days=2)) == datetime(2020, 3, 1, tzinfo=UTC)


def test_a_frozen_clock_stands_still_until_it_is_moved() -> None:
    clock = Clock().set_to(datetime(2020, 1, 1, tzinfo=UTC), REAL, frozen=True)
    assert clock.read(REAL) == clock.read(REAL + timedelta(days=9)) == datetime(2020, 1, 1, tzinfo=UTC)
    assert clock.advanced(timedelta(hours=1)).read(REAL) == datetime(2020, 1, 1, 1, tzinfo=UTC)


def test_a_thawed_clock_continues_from_the_frozen_time() -> None:
    frozen = Clock().set_to(datetime(2020, 1, 1, tzinfo=UTC), REAL, frozen=True)
    thawed = frozen.set_to(frozen.read(REAL), REAL, frozen=False)
    assert thawed.read(REAL + timedelta(seconds=5)) == datetime(2020, 1, 1, 0, 0, 5, tzinfo=UTC)


def test_advances_add_up() -> None:
    clock = Clock().advanced(timedelta(days=1)).advanced(timedelta(milliseconds=1))
    assert clock.read(REAL) - Clock().read(REAL) == timedelta(days=1, milliseconds=1)


def test_real_time_is_in_utc() -> None:
    assert real_time().utcoffset() == timedelta(0)

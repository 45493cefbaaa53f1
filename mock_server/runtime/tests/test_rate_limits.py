"""Counting requests: windows, blocks and headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.runtime.rate_limits import Limit, RateLimits, Subject

START = datetime(2026, 1, 1, tzinfo=UTC)


class Counting:
    """Counts one subject, at seconds since the start."""

    def __init__(self, *limits: Limit) -> None:
        self._limits = RateLimits()
        self._subject = Subject("somebody", limits)
        self.headers: dict[str, str] = {}

    def hit(self, at: float) -> bool:
        """Whether a request is refused."""
        refused, headers = self._limits.count(self._subject, START + timedelta(seconds=at))
        self.headers = {name.decode(): value.decode() for name, value in headers}
        return refused

    def shown(self, name: str = "default") -> tuple[int, int, int]:
        """Limit, remaining and reset of the last reply."""
        limit, remaining, reset = (
            int(self.headers[f"x-ratelimit-{what}-{name}"]) for what in ("limit", "remaining", "reset")
        )
        return limit, remaining, reset


def test_the_headers_count_down_within_the_window() -> None:
    counting = Counting(Limit("default", 3, window_ms=60_000))
    assert [counting.hit(at) for at in (0, 10.5)] == [False, False]
    assert counting.shown() == (3, 1, 50)


def test_the_window_is_fixed_and_starts_with_the_first_hit() -> None:
    counting = Counting(Limit("default", 2, window_ms=60_000))
    assert [counting.hit(at) for at in (100, 159.9)] == [False, False]
    assert not counting.hit(160)
    assert counting.shown() == (2, 1, 60)


def test_one_hit_too_many_starts_the_block_which_outlasts_the_window() -> None:
    counting = Counting(Limit("default", 2, window_ms=10_000, block_ms=60_000))
    assert [counting.hit(at) for at in (0, 1, 9)] == [False, False, True]
    assert counting.shown() == (2, 0, 60)
    assert counting.hit(68.5)
    assert counting.shown() == (2, 0, 1)
    assert not counting.hit(69)
    assert counting.shown() == (2, 1, 10)


def test_hits_during_a_block_do_not_prolong_it() -> None:
    counting = Counting(Limit("default", 1, window_ms=1_000, block_ms=5_000))
    assert [counting.hit(at) for at in (0, 0.5, 3, 5.4)] == [False, True, True, True]
    assert not counting.hit(5.5)


def test_several_limits_refuse_only_when_all_are_blocked() -> None:
    counting = Counting(Limit("short", 1, 1_000, 10_000), Limit("long", 3, 60_000, 20_000))
    assert [counting.hit(0) for _ in range(3)] == [False, False, False]
    assert counting.shown("short") == (1, 0, 10)
    assert counting.shown("long") == (3, 0, 60)
    assert counting.hit(0)
    assert counting.shown("long") == (3, 0, 20)
    assert not counting.hit(10)
    assert counting.shown("short") == (1, 0, 1)
    assert counting.shown("long") == (3, 0, 10)


def test_subjects_are_counted_apart() -> None:
    limits = RateLimits()
    one, other = (Subject(name, (Limit("default", 1),)) for name in ("one", "other"))
    assert [limits.count(each, START)[0] for each in (one, other, one)] == [False, False, True]


@pytest.mark.parametrize(("name", "header"), [("default", "default"), ("perDay", "perday")])
def test_headers_carry_the_name_of_the_limit(name: str, header: str) -> None:
    counting = Counting(Limit(name, 5))
    counting.hit(0)
    assert set(counting.headers) == {f"x-ratelimit-{what}-{header}" for what in ("limit", "remaining", "reset")}

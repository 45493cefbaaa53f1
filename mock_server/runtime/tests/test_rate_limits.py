"""Rate limits count exactly, against the world's clock."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from mock_server.runtime import rate_limit_counters
from mock_server.runtime.limit import Limit, read_limit
from mock_server.runtime.rate_limit_counters import RateLimits, Subject
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.tests.small import SmallApp, operation

START = datetime(2025, 4, 15, 12, tzinfo=UTC)
THREE = Limit("default", 3, window_ms=60_000, block_ms=30_000)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def counted(limits: RateLimits, now: datetime, *rules: Limit, who: str = "key") -> tuple[bool, dict[str, str]]:
    refused, headers = limits.count(Subject(who, rules), now)
    return refused, {name.decode(): value.decode() for name, value in headers}


def left(limit: int, remaining: int, reset: int, name: str = "default") -> dict[str, str]:
    prefix = "x-ratelimit-"
    return {
        f"{prefix}limit-{name}": str(limit),
        f"{prefix}remaining-{name}": str(remaining),
        f"{prefix}reset-{name}": str(reset),
    }


def test_the_first_hit_after_the_limit_is_refused() -> None:
    limits = RateLimits(SharedLimit(1000))
    assert counted(limits, at(0), THREE) == (False, left(3, 2, 60))
    assert counted(limits, at(10), THREE) == (False, left(3, 1, 50))
    assert counted(limits, at(10.5), THREE) == (False, left(3, 0, 50))
    assert counted(limits, at(11), THREE) == (True, left(3, 0, 30))


def test_a_block_lasts_from_the_hit_that_started_it() -> None:
    limits = RateLimits(SharedLimit(1000))
    for _ in range(4):
        counted(limits, at(0), THREE)
    assert counted(limits, at(29.999), THREE) == (True, left(3, 0, 1))
    assert counted(limits, at(30), THREE) == (False, left(3, 2, 60))


def test_hits_during_a_block_do_not_extend_it() -> None:
    limits = RateLimits(SharedLimit(1000))
    for second in range(29):
        counted(limits, at(second), THREE)
    assert counted(limits, at(33), THREE)[0] is False


def test_long_identities_cost_no_more_than_short_ones_and_are_distinguished_by_all_characters() -> None:
    limits = RateLimits(SharedLimit(1000))
    tracemalloc.start()
    for number in range(100):
        for remaining in (2, 1):
            who = "token " + "x" * 50_000 + str(number)
            assert counted(limits, at(0), THREE, who=who) == (False, left(3, remaining, 60))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100 * 2000


def test_a_window_starts_with_its_first_hit_and_ends_by_itself() -> None:
    limits = RateLimits(SharedLimit(1000))
    for _ in range(3):
        counted(limits, at(100), THREE)
    assert counted(limits, at(160), THREE) == (False, left(3, 2, 60))


def test_identities_are_counted_separately() -> None:
    limits = RateLimits(SharedLimit(1000))
    for _ in range(4):
        counted(limits, at(0), THREE, who="one")
    assert counted(limits, at(0), THREE, who="one")[0] is True
    assert counted(limits, at(0), THREE, who="two")[0] is False


def test_a_request_is_refused_only_if_all_its_limits_block() -> None:
    limits = RateLimits(SharedLimit(1000))
    short, long = Limit("short", 1), Limit("long", 2)
    assert counted(limits, at(0), short, long) == (False, left(1, 0, 60, "short") | left(2, 1, 60, "long"))
    assert counted(limits, at(0), short, long)[0] is False
    assert counted(limits, at(0), short, long)[0] is True


def test_the_least_recently_used_counters_are_dropped_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit_counters, "KEPT_IDENTITIES", 2)
    limits = RateLimits(SharedLimit(1000))
    one = Limit("default", 1)
    for who in ("a", "b", "a", "c"):
        counted(limits, at(0), one, who=who)
    assert len(limits._counters) == 2
    assert counted(limits, at(0), one, who="a")[0] is True
    assert counted(limits, at(0), one, who="b")[0] is False


def test_refusals_and_rate_limit_headers_over_http() -> None:
    now = [START]
    app = SmallApp(
        {"/v2/notes": {"get": operation("list_notes")}},
        {"list_notes": lambda _: []},
        limit=Limit("default", 2),
        clock=lambda: now[0],
    )
    first = app.ask("GET", "/v2/notes")
    assert (first.status, first.headers["x-ratelimit-remaining-default"]) == (200, "1")
    app.ask("GET", "/v2/notes")
    refused = app.ask("GET", "/v2/notes")
    text = "Too many requests. Please try again later."
    assert refused.status == 429
    assert refused.error == {"code": "ThrottlerException", "message": text, "details": text}
    assert refused.headers["x-ratelimit-remaining-default"] == "0"
    assert refused.headers["x-ratelimit-reset-default"] == "60"
    assert "retry-after" not in refused.headers
    now[0] += timedelta(seconds=60)
    assert app.ask("GET", "/v2/notes").status == 200


def test_an_operation_with_its_own_limit_is_counted_by_that_alone() -> None:
    own = {"name": "notes_add", "limit": 1}
    app = SmallApp(
        {"/v2/notes": {"get": operation("list_notes"), "post": operation("add_note", **{"x-rate-limit": own})}},
        {"list_notes": lambda _: [], "add_note": lambda _: None},
        limit=Limit("default", 2),
    )
    first, second = app.ask("POST", "/v2/notes"), app.ask("POST", "/v2/notes")
    assert (first.status, second.status) == (200, 429)
    assert (first.headers["x-ratelimit-limit-notes_add"], first.headers["x-ratelimit-reset-notes_add"]) == ("1", "60")
    assert "x-ratelimit-limit-default" not in first.headers
    other = app.ask("GET", "/v2/notes")
    assert (other.status, other.headers["x-ratelimit-remaining-default"]) == (200, "1")
    assert "x-ratelimit-limit-notes_add" not in other.headers


def test_an_operation_that_describes_retry_after_sends_it() -> None:
    now = [START]
    described = operation("list_notes")
    described["responses"]["429"] = {
        "description": "Refused.",
        "headers": {"Retry-After": {"schema": {"type": "string"}}},
    }
    app = SmallApp(
        {"/v2/notes": {"get": described}},
        {"list_notes": lambda _: []},
        limit=Limit("default", 1),
        clock=lambda: now[0],
    )
    assert "retry-after" not in app.ask("GET", "/v2/notes").headers
    assert app.ask("GET", "/v2/notes").headers["retry-after"] == "60"
    now[0] += timedelta(seconds=20)
    assert app.ask("GET", "/v2/notes").headers["retry-after"] == "40"


@pytest.mark.parametrize("entry", [5, {"name": "notes_add"}, {"name": "notes_add", "limit": 0}, {"limit": 1}])
def test_a_malformed_limit_of_an_operation_is_refused(entry: object) -> None:
    with pytest.raises(ValueError, match="x-rate-limit takes a limit's name and its requests per minute"):
        read_limit(entry)


def test_unknown_paths_and_options_are_not_counted() -> None:
    app = SmallApp(
        {"/v2/notes": {"get": operation("list_notes")}}, {"list_notes": lambda _: []}, limit=Limit("default", 1)
    )
    for method, path in (("GET", "/v2/other"), ("OPTIONS", "/v2/notes"), ("PATCH", "/v2/notes")):
        assert "x-ratelimit-limit-default" not in app.ask(method, path).headers
    malformed = app.ask("GET", "/v2/notes", body=b"{", headers={"content-type": "application/json"})
    assert (malformed.status, "x-ratelimit-limit-default" in malformed.headers) == (400, False)
    assert app.ask("GET", "/v2/notes").status == 200
    assert app.ask("GET", "/v2/notes").status == 429


def test_worlds_are_counted_separately_and_a_reset_clears_the_counters() -> None:
    app = SmallApp(
        {"/v2/notes": {"get": operation("list_notes")}}, {"list_notes": lambda _: []}, limit=Limit("default", 1)
    )
    app.worlds.create("other")
    for prefix in ("", "/w/other"):
        assert [app.ask("GET", f"{prefix}/v2/notes").status for _ in range(2)] == [200, 429]
    app.worlds.get("other").reset()
    assert app.ask("GET", "/w/other/v2/notes").status == 200
    assert app.ask("GET", "/v2/notes").status == 429

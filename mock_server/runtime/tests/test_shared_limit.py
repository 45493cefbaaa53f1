"""What is kept beside the state is bounded for all worlds together."""

from __future__ import annotations

import pytest

from mock_server.runtime import journal
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.tests.small import SmallApp, operation


class Pieces:
    """Keeps pieces of size 1."""

    def __init__(self, count: int = 0) -> None:
        self.count = count

    def shed(self) -> int:
        freed = min(self.count, 1)
        self.count -= freed
        return freed


def add(shared: SharedLimit, pieces: Pieces, count: int = 1) -> None:
    for _ in range(count):
        pieces.count += 1
        shared.grow(pieces, 1)


def test_who_has_not_grown_for_longest_sheds_first_and_then_the_next() -> None:
    shared, first, second, third = SharedLimit(10), Pieces(), Pieces(), Pieces()
    add(shared, first, 5)
    add(shared, second, 5)
    add(shared, first)
    assert (first.count, second.count) == (6, 4)
    add(shared, third, 6)
    assert (first.count, second.count, third.count) == (4, 0, 6)


def test_what_is_let_go_makes_room() -> None:
    shared, first, second = SharedLimit(10), Pieces(), Pieces()
    add(shared, first, 9)
    shared.shrink(first.shed())
    add(shared, second, 2)
    assert (first.count, second.count) == (8, 2)
    shared.release(first, first.count)
    add(shared, second, 8)
    assert second.count == 10


def test_journals_of_many_worlds_share_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT_BYTES_IN_ALL", 500_000)
    small = SmallApp({"/v2/notes": {"get": operation("get_note")}}, {"get_note": lambda _: "x" * 30_000})
    for number in range(20):
        small.worlds.create(f"w{number}")
        for _ in range(3):
            small.ask("GET", f"/w/w{number}/v2/notes")
    kept = [len(small.journal(f"w{number}")) for number in range(20)]
    assert kept[-4:] == [3, 3, 3, 3]
    assert kept[:10] == [0] * 10
    assert 10 < sum(kept) < 17


def test_a_journal_of_a_dropped_world_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT_BYTES_IN_ALL", 200_000)
    small = SmallApp({"/v2/notes": {"get": operation("get_note")}}, {"get_note": lambda _: "x" * 30_000})
    for _ in range(10):
        small.worlds.create("brief")
        for _ in range(4):
            small.ask("GET", "/w/brief/v2/notes")
        assert len(small.journal("brief")) == 4
        small.worlds.drop("brief")

"""The persistent sorted sequence behaves like a sorted list, and old versions never change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mock_server.state import ordered
from mock_server.state.ordered import Ordered

NUMBERS = st.integers(0, 30)


class OrderedMachine(RuleBasedStateMachine):
    """Applies every step to an Ordered and to a list that is sorted again."""

    def __init__(self) -> None:
        super().__init__()
        self.ordered = Ordered()
        self.items: list[tuple[int, int]] = []
        self.earlier: list[tuple[Ordered, list[tuple[int, int]]]] = []
        self.serial = 0

    @initialize(limit=st.sampled_from([1, 2, 3, 5]))
    def choose_chunks(self, limit: int) -> None:
        self.whole = ordered.CHUNK_LIMIT
        ordered.CHUNK_LIMIT = limit

    def teardown(self) -> None:
        ordered.CHUNK_LIMIT = getattr(self, "whole", ordered.CHUNK_LIMIT)

    @rule(number=NUMBERS)
    def add(self, number: int) -> None:
        self._keep()
        self.serial += 1
        self.ordered = self.ordered.add((number, self.serial))
        self.items = sorted([*self.items, (number, self.serial)])

    @precondition(lambda self: self.items)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self._keep()
        item = data.draw(st.sampled_from(self.items))
        self.ordered = self.ordered.remove(item)
        self.items = [each for each in self.items if each != item]

    @rule(number=NUMBERS)
    def remove_what_is_not_there(self, number: int) -> None:
        with pytest.raises(LookupError):
            self.ordered.remove((number, 0))

    @rule(low=st.none() | NUMBERS, high=st.none() | NUMBERS)
    def between(self, low: int | None, high: int | None) -> None:
        bounds = None if low is None else (low,), None if high is None else (high,)
        found = list(self.ordered.between(*bounds))
        assert list(self.ordered.descending(*bounds)) == found[::-1]
        assert self.ordered.count(*bounds) == len(found)
        wanted = [each for each in self.items if (low is None or each[0] >= low) and (high is None or each[0] < high)]
        assert found == wanted

    @rule(skip=st.integers(0, 40), take=st.integers(0, 40))
    def slice(self, skip: int, take: int) -> None:
        assert list(self.ordered.slice(skip, take)) == self.items[skip : skip + take]

    @invariant()
    def is_the_sorted_list(self) -> None:
        assert list(self.ordered) == self.items
        assert list(reversed(self.ordered)) == self.items[::-1]
        assert len(self.ordered) == len(self.items)

    @invariant()
    def earlier_versions_stay_as_they_were(self) -> None:
        for kept, items in self.earlier[-3:]:
            assert list(kept) == items

    def _keep(self) -> None:
        self.earlier.append((self.ordered, self.items))


TestOrdered = OrderedMachine.TestCase
TestOrdered.pytestmark = [pytest.mark.slow("runs random operations")]
TestOrdered.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_chunks_stay_within_their_limit_and_lose_no_items() -> None:
    sequence = Ordered()
    for number in range(1000):
        sequence = sequence.add((number * 7919 % 1000, number))
    chunks: tuple[Any, ...] = sequence._chunks
    assert max(map(len, chunks)) <= ordered.CHUNK_LIMIT
    assert [item[0] for item in sequence] == list(range(1000))

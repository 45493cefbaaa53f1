"""Rows before and after a change of a world's state, for lists of the last changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

import msgspec

from mock_server.state.collection import Key
from mock_server.state.log import Record
from mock_server.state.root import Root
from mock_server.state.transaction import Change

KEPT_COMMITS = 500
"""How many of the last commits of a world several processes list. Their store keeps that many."""
MOST_ROWS = 1_000
MOST_BYTES = 4 * 1024 * 1024
"""Limits of what is listed of one commit."""
CHANGE_OVERHEAD = 500
"""Python's memory overhead in bytes, besides the rows themselves."""

_encoder = msgspec.msgpack.Encoder()


class RowChange(msgspec.Struct, frozen=True, gc=False):
    """One row before and after a commit; None where it does not exist."""

    collection: str
    key: Key
    before: Any
    after: Any

    @property
    def size(self) -> int:
        """The approximate memory use in bytes."""
        return CHANGE_OVERHEAD + len(_encoder.encode((self.before, self.after)))

    @property
    def action(self) -> Literal["created", "updated", "deleted"]:
        """What happened to the row."""
        return "created" if self.before is None else "deleted" if self.after is None else "updated"

    def view(self) -> dict[str, Any]:
        """The change as the control plane shows it."""
        return {
            "collection": self.collection,
            "key": self.key,
            "action": self.action,
            "before": self.before,
            "after": self.after,
        }


class PastChange(NamedTuple):
    """A change of a world's state that a store keeps, with the rows before the changes that are listed."""

    version: int
    at: datetime
    record: Record
    before: list[Any]


def rows_before(changes: Iterable[Change], base: Root) -> Iterator[Any]:
    """The row before each change of the state `base`; None for one that did not exist."""
    return (base.tables[each.collection].rows.get(each.key) for each in changes)


def listed_changes(changes: Iterable[Change], before: Iterable[Any]) -> tuple[list[RowChange], int]:
    """The first changes, within the limits of one commit, and their size. `before` has the row before each of them."""
    listed = list[RowChange]()
    total = 0
    for each, row in islice(zip(changes, before, strict=False), MOST_ROWS):
        change = RowChange(each.collection, each.key, row, each.row)
        size = change.size
        if total + size > MOST_BYTES:
            break
        listed.append(change)
        total += size
    return listed, total

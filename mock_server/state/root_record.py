"""Records of states and the rows of their tables, for checkpoints of log files and snapshots of shared stores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

import immutables
import msgspec

from mock_server.state.clock import Clock
from mock_server.state.collection import Key, Schema
from mock_server.state.root import Root
from mock_server.state.table import Table

ROWS_AT_ONCE = 500

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()


class RootRecord(msgspec.Struct, Generic[T], frozen=True):
    """A state. `tables` maps each collection that has rows to the place where its table is stored."""

    tables: dict[str, T]
    sequences: dict[str, int]
    drawn: int
    clock: Clock
    seed: str

    @classmethod
    def of(cls, root: Root, store: Callable[[Table[Any]], T]) -> RootRecord[T]:
        """The record of a state whose tables are stored with `store`."""
        tables = {name: store(table) for name, table in root.tables.items() if len(table.rows)}
        return cls(tables, dict(root.sequences), root.drawn, root.clock, root.seed)

    def root(self, schema: Schema, tables: Mapping[str, Table[Any]]) -> Root:
        """The state with these tables, one for each collection."""
        return Root(schema, immutables.Map(tables), immutables.Map(self.sequences), self.drawn, self.clock, self.seed)


def ordered_rows(table: Table[Any]) -> Iterator[Any]:
    """The rows by their keys."""
    return (row for _, row in sorted(table.rows.items(), key=_key))


def encoded_rows(rows: Iterable[Any]) -> Iterator[bytes]:
    """Lists of at most ROWS_AT_ONCE encoded rows. A few at a time do not block other threads."""
    remaining = iter(rows)
    while part := list(islice(remaining, ROWS_AT_ONCE)):
        yield _encoder.encode(part)


def _key(item: tuple[Key, Any]) -> Any:
    return item[0]

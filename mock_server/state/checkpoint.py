"""The state of all worlds as one record. It stands at the start of a compacted log.

Worlds share the tables that they have not changed, and so does the record: each table is stored once, and a large table
that differs little from another one is stored as a difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from mock_server.state.collection import Key, Schema
from mock_server.state.root import Root
from mock_server.state.root_record import RootRecord, encoded_rows, ordered_rows
from mock_server.state.table import Table

LARGE = 50
"""Tables with fewer rows are always stored whole."""


class WorldState(msgspec.Struct, frozen=True):
    """A world with its start state, which a reset restores, and its current state."""

    name: str
    start: Root
    root: Root


class TableRecord(msgspec.Struct, frozen=True):
    """The rows of a table in encoded lists. `base` is the number of another table, if only the difference is stored."""

    collection: str
    rows: list[msgspec.Raw]
    base: int | None = None
    gone: list[Key] = []


class WorldRecord(msgspec.Struct, frozen=True):
    """A world; `start` and `root` are numbers of states."""

    name: str
    start: int
    root: int


class Checkpoint(msgspec.Struct, frozen=True, tag="checkpoint"):
    """All worlds at one version of the log."""

    tables: list[TableRecord]
    roots: list[RootRecord[int]]
    """States, with the numbers of their tables."""
    worlds: list[WorldRecord]


def take(worlds: Iterable[WorldState]) -> Checkpoint:
    """The checkpoint of `worlds`. Encodes a few rows at a time, so that it does not block other threads."""
    return _Writer().write(worlds)


def restore(schema: Schema, checkpoint: Checkpoint) -> list[WorldState]:
    """The worlds of `checkpoint`. Raises msgspec.DecodeError, KeyError or UniqueViolation for an invalid checkpoint."""
    tables: list[Table[Any]] = []
    for record in checkpoint.tables:
        tables.append(_table(schema, record, tables))
    empty = {name: Table[Any].empty(each) for name, each in schema.collections.items()}
    roots = [
        record.root(schema, empty | {name: tables[position] for name, position in record.tables.items()})
        for record in checkpoint.roots
    ]
    return [WorldState(each.name, roots[each.start], roots[each.root]) for each in checkpoint.worlds]


def _table(schema: Schema, record: TableRecord, earlier: list[Table[Any]]) -> Table[Any]:
    collection = schema.collections[record.collection]
    decoder = collection.rows_decoder()
    rows = (row for part in record.rows for row in decoder.decode(part))
    if record.base is None:
        return Table[Any].of(collection, rows)
    return earlier[record.base].changed({**dict.fromkeys(record.gone), **{collection.key_of(row): row for row in rows}})


class _Writer:
    """Numbers tables and states in the order in which it encounters them."""

    def __init__(self) -> None:
        self._tables: list[TableRecord] = []
        self._roots: list[RootRecord[int]] = []
        self._numbers: dict[int, int] = {}
        self._root_numbers: dict[int, int] = {}
        self._latest: dict[str, Table[Any]] = {}

    def write(self, worlds: Iterable[WorldState]) -> Checkpoint:
        # Objects are identified by id(), so the list keeps them alive.
        kept = list(worlds)
        records = [WorldRecord(each.name, self._root(each.start), self._root(each.root)) for each in kept]
        return Checkpoint(self._tables, self._roots, records)

    def _root(self, root: Root) -> int:
        position = self._root_numbers.get(id(root))
        if position is None:
            self._roots.append(RootRecord[int].of(root, self._table))
            position = self._root_numbers[id(root)] = len(self._roots) - 1
        return position

    def _table(self, table: Table[Any]) -> int:
        position = self._numbers.get(id(table))
        if position is None:
            self._tables.append(self._difference(table) or self._whole(table))
            position = self._numbers[id(table)] = len(self._tables) - 1
        self._latest[table.collection.name] = table
        return position

    def _whole(self, table: Table[Any]) -> TableRecord:
        return TableRecord(table.collection.name, _encoded(ordered_rows(table)))

    def _difference(self, table: Table[Any]) -> TableRecord | None:
        """`table` as its difference from the previous table of its collection; None if that saves little."""
        base = self._latest.get(table.collection.name)
        if base is None or len(table.rows) < LARGE:
            return None
        most = len(table.rows) // 2
        changed = list(islice((row for key, row in table.rows.items() if base.rows.get(key) is not row), most))
        gone = list(islice((key for key in base.rows if key not in table.rows), most))
        if len(changed) + len(gone) >= most:
            return None
        return TableRecord(table.collection.name, _encoded(changed), self._numbers[id(base)], gone)


def _encoded(rows: Iterable[Any]) -> list[msgspec.Raw]:
    return [msgspec.Raw(part) for part in encoded_rows(rows)]

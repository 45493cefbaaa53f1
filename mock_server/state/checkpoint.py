"""All worlds in one record: what a log begins with once its history has been taken out.

Worlds share what they have not changed. So does the record: it holds each table once, and a large one that differs
little from another as the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import immutables
import msgspec

from mock_server.state.clock import Clock
from mock_server.state.collection import Key, Schema
from mock_server.state.root import Root
from mock_server.state.table import Table

ROWS_AT_ONCE = 500
LARGE = 50
"""From so many rows on it is worth a look whether a table can be kept as a difference."""


class KeptWorld(msgspec.Struct, frozen=True):
    """A world with the state that a reset goes back to, and its present state."""

    name: str
    start: Root
    root: Root


class TableRecord(msgspec.Struct, frozen=True):
    """The rows of a table in encoded lists; with `base`, the number of another one, what differs from that."""

    collection: str
    rows: list[msgspec.Raw]
    base: int | None = None
    gone: list[Key] = []


class RootRecord(msgspec.Struct, frozen=True):
    """A state; `tables` gives the number of each collection's table."""

    tables: dict[str, int]
    sequences: dict[str, int]
    drawn: int
    clock: Clock
    seed: str


class WorldRecord(msgspec.Struct, frozen=True):
    """A world; its states as numbers."""

    name: str
    start: int
    root: int


class Checkpoint(msgspec.Struct, frozen=True, tag="checkpoint"):
    """All worlds as they were at one version of the log."""

    tables: list[TableRecord]
    roots: list[RootRecord]
    worlds: list[WorldRecord]


def take(worlds: Iterable[KeptWorld]) -> Checkpoint:
    """The checkpoint of `worlds`. Encodes a few rows at a time, so that other threads get on."""
    return _Writer().write(worlds)


def restore(schema: Schema, checkpoint: Checkpoint) -> list[KeptWorld]:
    """The worlds of `checkpoint`. Raises msgspec.DecodeError, KeyError and UniqueViolation where it does not fit."""
    tables: list[Table[Any]] = []
    for record in checkpoint.tables:
        tables.append(_table(schema, record, tables))
    empty = {name: Table[Any].empty(each) for name, each in schema.collections.items()}
    roots = [
        Root(
            schema,
            immutables.Map({**empty, **{name: tables[place] for name, place in record.tables.items()}}),
            immutables.Map(record.sequences),
            record.drawn,
            record.clock,
            record.seed,
        )
        for record in checkpoint.roots
    ]
    return [KeptWorld(each.name, roots[each.start], roots[each.root]) for each in checkpoint.worlds]


def _table(schema: Schema, record: TableRecord, earlier: list[Table[Any]]) -> Table[Any]:
    collection = schema.collections[record.collection]
    decoder = msgspec.msgpack.Decoder(list[collection.entity])
    rows = (row for part in record.rows for row in decoder.decode(part))
    if record.base is None:
        return Table[Any].of(collection, rows)
    return earlier[record.base].changed({**dict.fromkeys(record.gone), **{collection.key_of(row): row for row in rows}})


class _Writer:
    """Numbers tables and states as it meets them."""

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._tables: list[TableRecord] = []
        self._roots: list[RootRecord] = []
        self._places: dict[int, int] = {}
        self._root_places: dict[int, int] = {}
        self._latest: dict[str, Table[Any]] = {}

    def write(self, worlds: Iterable[KeptWorld]) -> Checkpoint:
        # Objects are known by their identity; the list keeps them from being collected meanwhile.
        kept = list(worlds)
        records = [WorldRecord(each.name, self._root(each.start), self._root(each.root)) for each in kept]
        return Checkpoint(self._tables, self._roots, records)

    def _root(self, root: Root) -> int:
        place = self._root_places.get(id(root))
        if place is None:
            tables = {name: self._table(table) for name, table in root.tables.items() if len(table.rows)}
            self._roots.append(RootRecord(tables, dict(root.sequences), root.drawn, root.clock, root.seed))
            place = self._root_places[id(root)] = len(self._roots) - 1
        return place

    def _table(self, table: Table[Any]) -> int:
        place = self._places.get(id(table))
        if place is None:
            self._tables.append(self._difference(table) or self._whole(table))
            place = self._places[id(table)] = len(self._tables) - 1
        self._latest[table.collection.name] = table
        return place

    def _whole(self, table: Table[Any]) -> TableRecord:
        rows = (row for _, row in sorted(table.rows.items(), key=_key))
        return TableRecord(table.collection.name, self._encoded(rows))

    def _difference(self, table: Table[Any]) -> TableRecord | None:
        """`table` by its difference from the last one of its collection, where that is worth it."""
        base = self._latest.get(table.collection.name)
        if base is None or len(table.rows) < LARGE:
            return None
        most = len(table.rows) // 2
        changed = list(islice((row for key, row in table.rows.items() if base.rows.get(key) is not row), most))
        gone = list(islice((key for key in base.rows if key not in table.rows), most))
        if len(changed) + len(gone) >= most:
            return None
        return TableRecord(table.collection.name, self._encoded(iter(changed)), self._places[id(base)], gone)

    def _encoded(self, rows: Iterator[Any]) -> list[msgspec.Raw]:
        parts: list[msgspec.Raw] = []
        while part := list(islice(rows, ROWS_AT_ONCE)):
            parts.append(msgspec.Raw(self._encoder.encode(part)))
        return parts


def _key(item: tuple[Key, Any]) -> Any:
    return item[0]

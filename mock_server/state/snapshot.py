"""Converts the state of a world to a JSON-compatible document and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import immutables
import msgspec

from mock_server.state.clock import Clock
from mock_server.state.collection import Collection, Schema
from mock_server.state.edition import OLDEST
from mock_server.state.errors import SnapshotUnusable, UniqueViolation
from mock_server.state.root import Root
from mock_server.state.table import Table
from mock_server.state.work import spend

FORMAT = 1
ROW_COST = 50
"""The cost of decoding and indexing a row, in units of work."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""Integers that every JSON parser reads exactly."""


class Snapshot(msgspec.Struct, frozen=True):
    """The state of a world. `schema` is the fingerprint of the entities with which it was taken.

    Snapshots without an edition were taken when there was only one.
    """

    format: int
    schema: str
    seed: str
    drawn: Count
    clock: Clock
    sequences: dict[str, Count]
    collections: dict[str, list[Any]]
    edition: str = OLDEST


class _Unread(Snapshot, frozen=True):
    """A snapshot with undecoded rows: decoding a large world in one call would block all other threads."""

    collections: dict[str, msgspec.Raw]  # pyright: ignore[reportIncompatibleVariableOverride]

    def with_raw_rows(self) -> Snapshot:
        """The snapshot with its tables split into undecoded rows."""
        collections: dict[str, list[Any]] = {
            name: msgspec.json.decode(rows, type=list[msgspec.Raw]) for name, rows in self.collections.items()
        }
        return Snapshot(
            self.format, self.schema, self.seed, self.drawn, self.clock, self.sequences, collections, self.edition
        )


def take(root: Root) -> Snapshot:
    """The snapshot of `root`."""
    return Snapshot(
        format=FORMAT,
        schema=root.schema.fingerprint(),
        seed=root.seed,
        drawn=root.drawn,
        clock=root.clock,
        sequences=dict(sorted(root.sequences.items())),
        collections={
            name: [row for _, row in sorted(table.rows.items(), key=lambda item: item[0])]
            for name, table in sorted(root.tables.items())
        },
        edition=root.schema.edition.name,
    )


def packed(root: Root) -> Snapshot:
    """The snapshot of `root` with rows encoded as MessagePack, so that appending it to a log takes hardly any time."""
    snapshot = take(root)
    rows: Any = {name: msgspec.Raw(msgspec.msgpack.encode(each)) for name, each in snapshot.collections.items()}
    return msgspec.structs.replace(snapshot, collections=rows)


def read(raw: bytes) -> Snapshot:
    """The snapshot in a JSON document, with undecoded rows. Raises SnapshotUnusable."""
    try:
        return msgspec.json.decode(raw, type=_Unread).with_raw_rows()
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SnapshotUnusable(f"This is not a snapshot: {error}.") from None


def restore(schema: Schema, document: Any) -> Root:
    """The state in `document` (a Snapshot, or its JSON form). Raises SnapshotUnusable."""
    try:
        snapshot = document if isinstance(document, Snapshot) else msgspec.convert(document, Snapshot)
    except msgspec.ValidationError as error:
        raise SnapshotUnusable(f"This is not a snapshot: {error}.") from None
    if snapshot.edition != schema.edition.name:
        raise SnapshotUnusable(
            f"The snapshot was taken in edition {snapshot.edition}; this server serves edition {schema.edition.name}. "
            f"Start one with --edition {snapshot.edition} for it."
        )
    if snapshot.format != FORMAT or snapshot.schema != schema.fingerprint():
        raise SnapshotUnusable(
            f"The snapshot was taken with another version (format {snapshot.format}, schema {snapshot.schema}); "
            f"this server reads format {FORMAT}, schema {schema.fingerprint()}."
        )
    tables: dict[str, Table[Any]] = {}
    for name, collection in schema.collections.items():
        try:
            tables[name] = _table(collection, snapshot.collections.get(name, []))
        except (msgspec.ValidationError, UniqueViolation) as error:
            raise SnapshotUnusable(f"Collection {name}: {error}.") from None
    for collection in schema.collections.values():
        _check_references(collection, tables)
        _check_sequence(collection, tables[collection.name], snapshot.sequences.get(collection.name, 0))
    return Root(
        schema,
        immutables.Map(tables),
        immutables.Map(snapshot.sequences),
        snapshot.drawn,
        snapshot.clock,
        snapshot.seed,
    )


def _table(collection: Collection[Any], rows: list[Any]) -> Table[Any]:
    return Table[Any].of(collection, _read_rows(collection, rows))


def _read_rows(collection: Collection[Any], rows: list[Any]) -> Iterator[Any]:
    decoder = msgspec.json.Decoder(collection.entity)
    for each in rows:
        spend(ROW_COST)
        row = decoder.decode(each) if isinstance(each, msgspec.Raw) else msgspec.convert(each, collection.entity)
        _check_moments(collection, row)
        yield row


def _check_moments(collection: Collection[Any], row: Any) -> None:
    """Raises SnapshotUnusable for a datetime without a time zone, which could not be compared with others."""
    for field in row.__struct_fields__:
        value = getattr(row, field)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise SnapshotUnusable(
                f"Collection {collection.name}: {collection.key_of(row)} has a {field} without time zone; "
                f"write {value.isoformat()}Z."
            )


def _check_references(collection: Collection[Any], tables: dict[str, Table[Any]]) -> None:
    for reference in collection.references:
        targets = tables[reference.to].rows
        for key, row in tables[collection.name].rows.items():
            target = getattr(row, reference.field)
            if target is not None and target not in targets:
                raise SnapshotUnusable(
                    f"Collection {collection.name}: {key} refers to {reference.to} {target}, which is not there."
                )


def _check_sequence(collection: Collection[Any], table: Table[Any], last: int) -> None:
    """Raises SnapshotUnusable if the last assigned number is below a key in use. Skips keys that are foreign keys."""
    if any(reference.field == collection.key for reference in collection.references):
        return
    highest = max((key for key in table.rows if isinstance(key, int)), default=0)
    if last < highest:
        raise SnapshotUnusable(
            f"Collection {collection.name}: {collection.key} {highest} is in use, so sequences.{collection.name} has "
            f"to be {highest} or more, not {last}."
        )

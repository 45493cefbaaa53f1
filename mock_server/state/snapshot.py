"""A whole world as one JSON-ready document, and back."""

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
"""Of reading a row and putting it into its indexes, in units of work."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""Numbers that JSON carries exactly, wherever it is read."""


class Snapshot(msgspec.Struct, frozen=True):
    """All that a world holds. `schema` names the version of the entities that it was taken with.

    Snapshots that name no edition were taken when there was only one.
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
    """A snapshot whose rows are not read yet. A world is large, and reading it at once keeps all threads waiting."""

    collections: dict[str, msgspec.Raw]  # pyright: ignore[reportIncompatibleVariableOverride]

    def opened(self) -> Snapshot:
        """The snapshot with its rows told apart."""
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
    """The snapshot of `root`, its rows already in MessagePack: what is left of writing it to a log takes no time."""
    snapshot = take(root)
    rows: Any = {name: msgspec.Raw(msgspec.msgpack.encode(each)) for name, each in snapshot.collections.items()}
    return msgspec.structs.replace(snapshot, collections=rows)


def read(raw: bytes) -> Snapshot:
    """The snapshot in a JSON text, its rows still as JSON. Raises SnapshotUnusable."""
    try:
        return msgspec.json.decode(raw, type=_Unread).opened()
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SnapshotUnusable(f"This is not a snapshot: {error}.") from None


def restore(schema: Schema, document: Any) -> Root:
    """The root that `document` (a Snapshot, or its JSON form) describes. Raises SnapshotUnusable."""
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
    """The state knows moments only: a time without its zone would compare with none of them."""
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
    """The last number given is not below one that is in use. Keys that refer elsewhere are numbered there."""
    if any(reference.field == collection.key for reference in collection.references):
        return
    highest = max((key for key in table.rows if isinstance(key, int)), default=0)
    if last < highest:
        raise SnapshotUnusable(
            f"Collection {collection.name}: {collection.key} {highest} is in use, so sequences.{collection.name} has "
            f"to be {highest} or more, not {last}."
        )

"""Reads and changes a world's state for one request. Changes are invisible outside before the commit."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from mock_server.state.collection import Collection, Key, Reference
from mock_server.state.entity import Entity
from mock_server.state.errors import ForeignKeyViolation, RecordNotFound, UniqueViolation
from mock_server.state.identifiers import Identifiers
from mock_server.state.ordered import Item, Ordered
from mock_server.state.root import Root
from mock_server.state.table import Table
from mock_server.state.work import spend

CHANGE_COST = 30
"""The cost of writing a row, in units of work; reading costs one unit per row."""

E = TypeVar("E", bound=Entity)


class Change(msgspec.Struct, frozen=True, gc=False):
    """A row after the commit; `row` is None if it was deleted."""

    collection: str
    key: Key
    row: Any


class Event(msgspec.Struct, frozen=True):
    """Something that happened, published after the commit. `request_id` is that of the request that caused it."""

    name: str
    payload: dict[str, Any]
    request_id: str | None = None


class Transaction:
    """The state of `root` with the changes made so far. ``tx[USERS]`` are the rows of a collection.

    `rounds` is the length of the chain of events that led here, each delivered to a subscriber whose request caused
    the next one. `request_id` is None outside of requests, as in jobs. `awaited` is the commit that led to `root` while
    it is being stored: see World.confirm.
    """

    def __init__(self, root: Root, now: datetime) -> None:
        self.base = root
        self.now = now
        self.rounds = 0
        self.request_id: str | None = None
        self.awaited: Future[int] | None = None
        self.outbox: list[Event] = []
        self.changes: list[Change] = []
        self.sequences: dict[str, int] = {}
        self._drawn = root.drawn
        self._tables: dict[str, Table[Any]] = {}
        self._being_deleted: set[tuple[str, Key]] = set()

    def __getitem__(self, collection: Collection[E]) -> Rows[E]:
        return Rows(self, collection)

    def has(self, change: str) -> bool:
        """Whether a change of behaviour is in force in the world's edition. Its name is written as a literal."""
        return self.base.schema.edition.has(change)

    @property
    def identifiers(self) -> Identifiers:
        """The source of ids for new objects."""
        # Made on demand: kept, it would be a reference cycle, and every request would need the garbage collector.
        return Identifiers(self.base.seed, self._draw)

    @property
    def drawn(self) -> int:
        """How many ids the world has drawn so far."""
        return self._drawn

    def emit(self, event: Event) -> None:
        """Adds `event` to the outbox, which is published after the commit."""
        self.outbox.append(msgspec.structs.replace(event, request_id=self.request_id))

    def root(self) -> Root:
        """The state including all changes."""
        if not self.changes:
            return self.base
        base = self.base
        return Root(
            base.schema,
            base.tables.update(self._tables),
            base.sequences.update(self.sequences),
            self._drawn,
            base.clock,
            base.seed,
        )

    def table(self, collection: Collection[E]) -> Table[E]:
        """The rows of `collection` as this transaction sees them."""
        held = self._tables.get(collection.name)
        return self.base.tables[collection.name] if held is None else held

    def put(self, collection: Collection[E], row: E) -> None:
        """Adds or replaces a row. Raises UniqueViolation, ForeignKeyViolation."""
        spend(CHANGE_COST)
        for reference in collection.references:
            target = getattr(row, reference.field)
            if target is not None and target not in self._table_named(reference.to).rows:
                raise ForeignKeyViolation(f"{collection.name}.{reference.field}: no {reference.to} {target}")
        self._tables[collection.name] = self.table(collection).put(row)
        self.changes.append(Change(collection.name, collection.key_of(row), row))

    def drop(self, collection: Collection[Any], key: Key) -> None:
        """Deletes a row, applying the `on_delete` rules of references to it. An error leaves everything unchanged.

        Raises RecordNotFound, ForeignKeyViolation.
        """
        if key not in self.table(collection).rows:
            raise RecordNotFound(f"{collection.name} {key}")
        tables, length = dict(self._tables), len(self.changes)
        try:
            self._drop(collection, key)
        except ForeignKeyViolation:
            self._tables = tables
            del self.changes[length:]
            raise
        finally:
            self._being_deleted.clear()

    def next_number(self, collection: Collection[Any]) -> int:
        """The next key of a numbered collection. Numbers are never reused."""
        name = collection.name
        number = self.sequences.get(name, self.base.sequences.get(name, 0)) + 1
        self.sequences[name] = number
        return number

    def _drop(self, collection: Collection[Any], key: Key) -> None:
        spend(CHANGE_COST)
        self._being_deleted.add((collection.name, key))
        for referrer, reference in self.base.schema.referrers[collection.name]:
            for row in self[referrer].find(**{reference.field: key}):
                self._release(referrer, referrer.key_of(row), reference, key)
        self._tables[collection.name] = self.table(collection).drop(key)
        self.changes.append(Change(collection.name, key, None))

    def _release(self, referrer: Collection[Any], own_key: Key, reference: Reference, key: Key) -> None:
        """Applies the `on_delete` rule to a row that refers to `key`, unless that row is being deleted, too."""
        if (referrer.name, own_key) in self._being_deleted or own_key not in self.table(referrer).rows:
            return
        if reference.on_delete == "cascade":
            self._drop(referrer, own_key)
        elif reference.on_delete == "set null":
            self[referrer].update(own_key, **{reference.field: None})
        else:
            raise ForeignKeyViolation(f"{referrer.name} {own_key} still refers to {key}")

    def _table_named(self, name: str) -> Table[Any]:
        held = self._tables.get(name)
        return self.base.tables[name] if held is None else held

    def _draw(self) -> int:
        self._drawn += 1
        return self._drawn


class Rows(Generic[E]):
    """The rows of one collection, as a transaction sees and changes them."""

    __slots__ = ("_collection", "_transaction")

    def __init__(self, transaction: Transaction, collection: Collection[E]) -> None:
        self._transaction = transaction
        self._collection = collection

    def get(self, key: Key | None) -> E | None:
        """The row of `key`."""
        return None if key is None else self._transaction.table(self._collection).rows.get(key)

    def require(self, key: Key | None) -> E:
        """The row of `key`. Raises RecordNotFound."""
        row = self.get(key)
        if row is None:
            raise RecordNotFound(f"{self._collection.name} {key}")
        return row

    def find(self, **values: Any) -> list[E]:
        """Rows whose fields equal `values`, in index order. Raises TypeError if no index has these fields."""
        table = self._transaction.table(self._collection)
        fields = frozenset(values)
        position = self._collection.index_positions.get(fields)
        if position is None:
            row = self._find_unique(fields, values)
            return [] if row is None else [row]
        key = tuple([values[field] for field in self._collection.indexes[position].fields])
        found = table.found(position, key)
        spend(len(found))
        return table.rows_of(found)

    def first(self, **values: Any) -> E | None:
        """The first row of `find`."""
        fields = frozenset(values)
        if fields in self._collection.unique_positions:
            return self._find_unique(fields, values)
        found = self.find(**values)
        return found[0] if found else None

    def last(self, **values: Any) -> E | None:
        """The last row of `find`."""
        found = next(reversed(self._found(values)), None)
        return None if found is None else self._transaction.table(self._collection).rows[found[-1]]

    def between(self, low: Item | None, high: Item | None, **values: Any) -> list[E]:
        """Rows of an ordered index from `low` (inclusive) to `high` (exclusive)."""
        rows = self._transaction.table(self._collection).rows_of(self._found(values).between(low, high))
        spend(len(rows))
        return rows

    def walk(
        self,
        order_by: tuple[str, ...],
        low: Item | None = None,
        high: Item | None = None,
        *,
        descending: bool = False,
        **values: Any,
    ) -> Iterator[E]:
        """Iterates over the rows between two items of the index with that order."""
        table = self._transaction.table(self._collection)
        found = self._found(values, order_by)
        items = found.descending(low, high) if descending else found.between(low, high)
        return (table.rows[item[-1]] for item in items)

    def count_between(
        self, order_by: tuple[str, ...], low: Item | None = None, high: Item | None = None, **values: Any
    ) -> int:
        """The number of rows of `walk`. The cost is independent of that number."""
        return self._found(values, order_by).count(low, high)

    def page(self, skip: int, take: int, **values: Any) -> list[E]:
        """`take` rows of `find` after the first `skip`. The cost is independent of the size of the collection."""
        return self._transaction.table(self._collection).rows_of(self._found(values).slice(skip, take))

    def count(self, **values: Any) -> int:
        """The number of rows of `find`."""
        if not values:
            return len(self._transaction.table(self._collection).rows)
        return len(self._found(values))

    def create(self, **fields: Any) -> E:
        """Creates a row with the next number as its key. Raises UniqueViolation, ForeignKeyViolation."""
        fields[self._collection.key] = self._transaction.next_number(self._collection)
        return self.insert(self._collection.entity(**fields))

    def insert(self, row: E) -> E:
        """Adds a row that has a key already. Raises UniqueViolation, ForeignKeyViolation."""
        if self._collection.key_of(row) in self._transaction.table(self._collection).rows:
            raise UniqueViolation(f"{self._collection.name} {self._collection.key_of(row)} exists already")
        self._transaction.put(self._collection, row)
        return row

    def update(self, key: Key, /, **fields: Any) -> E:
        """Changes fields of a row. Raises RecordNotFound, UniqueViolation, ForeignKeyViolation."""
        old = self.require(key)
        row = old.changed(**fields)
        if row != old:
            self._transaction.put(self._collection, row)
        return row

    def delete(self, key: Key) -> E:
        """Deletes a row, see Transaction.drop, and returns it. Raises RecordNotFound, ForeignKeyViolation."""
        row = self.require(key)
        self._transaction.drop(self._collection, key)
        return row

    def trim(self, limit: int, **values: Any) -> None:
        """Deletes the first rows of `find` until at most `limit` are left."""
        for row in self.page(0, max(self.count(**values) - limit, 0), **values):
            self.delete(self._collection.key_of(row))

    def _find_unique(self, fields: frozenset[str], values: dict[str, Any]) -> E | None:
        position = self._collection.unique_positions.get(fields)
        if position is None:
            raise TypeError(f"{self._collection.name} has no index on {', '.join(sorted(fields))}")
        key = tuple([values[field] for field in self._collection.unique[position]])
        return self._transaction.table(self._collection).find_unique(position, key)

    def _found(self, values: dict[str, Any], order_by: tuple[str, ...] | None = None) -> Ordered:
        if order_by is None:
            position = self._collection.index_positions.get(frozenset(values))
        else:
            position = self._collection.order_positions.get((frozenset(values), order_by))
        if position is None:
            raise TypeError(f"{self._collection.name} has no index on {', '.join(sorted(values))}")
        key = tuple([values[field] for field in self._collection.indexes[position].fields])
        return self._transaction.table(self._collection).found(position, key)

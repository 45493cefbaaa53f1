"""The rows of one collection with their indexes, as an immutable value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import immutables

from mock_server.state.collection import Collection, Index, Key
from mock_server.state.entity import Entity
from mock_server.state.errors import UniqueViolation
from mock_server.state.ordered import Item, Ordered

E = TypeVar("E", bound=Entity)

_NOTHING = Ordered()


class Table(Generic[E]):
    """Rows by key, and for each index and each unique tuple a map from values to keys."""

    __slots__ = ("collection", "indexes", "rows", "uniques")

    def __init__(
        self,
        collection: Collection[E],
        rows: immutables.Map[Key, E] | None = None,
        indexes: tuple[immutables.Map[tuple[Any, ...], Ordered], ...] | None = None,
        uniques: tuple[immutables.Map[tuple[Any, ...], Key], ...] | None = None,
    ) -> None:
        self.collection = collection
        self.rows: immutables.Map[Key, E] = immutables.Map() if rows is None else rows
        self.indexes = tuple(immutables.Map() for _ in collection.indexes) if indexes is None else indexes
        self.uniques = tuple(immutables.Map() for _ in collection.unique) if uniques is None else uniques

    def put(self, row: E) -> Table[E]:
        """With `row` added, or in place of the row with its key. Raises UniqueViolation."""
        collection = self.collection
        key = collection.key_of(row)
        old = self.rows.get(key)
        indexes = self.indexes
        if indexes:
            indexes = tuple(
                [_reindexed(index, held, key, old, row) for index, held in zip(collection.indexes, indexes, strict=True)]
            )
        uniques = self.uniques
        if uniques:
            uniques = tuple(
                [self._unique(fields, held, key, old, row) for fields, held in zip(collection.unique, uniques, strict=True)]
            )
        return Table(collection, self.rows.set(key, row), indexes, uniques)

    def drop(self, key: Key) -> Table[E]:
        """Without the row of `key`, which has to be there."""
        collection = self.collection
        old = self.rows[key]
        indexes = tuple(
            [_reindexed(index, held, key, old, None) for index, held in zip(collection.indexes, self.indexes, strict=True)]
        )
        uniques = tuple(
            [self._unique(fields, held, key, old, None) for fields, held in zip(collection.unique, self.uniques, strict=True)]
        )
        return Table(collection, self.rows.delete(key), indexes, uniques)

    def _unique(
        self, fields: tuple[str, ...], held: immutables.Map[tuple[Any, ...], Key], key: Key, old: E | None, new: E | None
    ) -> immutables.Map[tuple[Any, ...], Key]:
        before = None if old is None else _values(old, fields)
        after = None if new is None else _values(new, fields)
        if before == after:
            return held
        if before is not None:
            held = held.delete(before)
        if after is not None:
            if after in held:
                raise UniqueViolation(f"{self.collection.name}: {', '.join(fields)} = {after} exists already")
            held = held.set(after, key)
        return held

    def find_unique(self, place: int, values: tuple[Any, ...]) -> E | None:
        """The row with these values of the unique tuple at `place`."""
        key = self.uniques[place].get(values)
        return None if key is None else self.rows[key]

    def found(self, place: int, values: tuple[Any, ...]) -> Ordered:
        """The ordered items of the index at `place`; the last part of each item is the row's key."""
        return self.indexes[place].get(values, _NOTHING)

    def rows_of(self, items: Iterator[Item] | Ordered) -> list[E]:
        """The rows that ordered items stand for."""
        rows = self.rows
        return [rows[item[-1]] for item in items]


def _values(row: Entity, fields: tuple[str, ...]) -> tuple[Any, ...] | None:
    values = tuple([getattr(row, field) for field in fields])
    return None if None in values else values


def _item(index: Index, key: Key, row: Entity) -> Item:
    return (*[getattr(row, field) for field in index.order_by], key)


def _reindexed(
    index: Index, held: immutables.Map[tuple[Any, ...], Ordered], key: Key, old: Entity | None, new: Entity | None
) -> immutables.Map[tuple[Any, ...], Ordered]:
    before = None if old is None else (index.key_of(old), _item(index, key, old))
    after = None if new is None else (index.key_of(new), _item(index, key, new))
    if before == after:
        return held
    if before is not None:
        rest = held[before[0]].remove(before[1])
        held = held.set(before[0], rest) if len(rest) else held.delete(before[0])
    if after is not None:
        held = held.set(after[0], held.get(after[0], _NOTHING).add(after[1]))
    return held

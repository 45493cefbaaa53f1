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

Values = tuple[Any, ...]

_NOTHING = Ordered()


class Table(Generic[E]):
    """Rows by key, and for each index and each unique tuple a map from values to keys."""

    __slots__ = ("collection", "indexes", "rows", "uniques")

    def __init__(
        self,
        collection: Collection[E],
        rows: immutables.Map[Key, E],
        indexes: tuple[immutables.Map[Values, Ordered], ...],
        uniques: tuple[immutables.Map[Values, Key], ...],
    ) -> None:
        self.collection = collection
        self.rows = rows
        self.indexes = indexes
        self.uniques = uniques

    @classmethod
    def empty(cls, collection: Collection[E]) -> Table[E]:
        """No rows yet."""
        nothing: immutables.Map[Any, Any] = immutables.Map()
        return cls(collection, nothing, (nothing,) * len(collection.indexes), (nothing,) * len(collection.unique))

    def put(self, row: E) -> Table[E]:
        """With `row` added, or in place of the row with its key. Raises UniqueViolation."""
        key = self.collection.key_of(row)
        old = self.rows.get(key)
        return Table(
            self.collection, self.rows.set(key, row), self._indexes(key, old, row), self._uniques(key, old, row)
        )

    def drop(self, key: Key) -> Table[E]:
        """Without the row of `key`, which has to be there."""
        old = self.rows[key]
        return Table(
            self.collection, self.rows.delete(key), self._indexes(key, old, None), self._uniques(key, old, None)
        )

    def _indexes(self, key: Key, old: E | None, new: E | None) -> tuple[immutables.Map[Values, Ordered], ...]:
        pairs = zip(self.collection.indexes, self.indexes, strict=True)
        return tuple([_reindexed(index, held, key, old, new) for index, held in pairs])

    def _uniques(self, key: Key, old: E | None, new: E | None) -> tuple[immutables.Map[Values, Key], ...]:
        pairs = zip(self.collection.unique, self.uniques, strict=True)
        return tuple([self._unique(fields, held, key, old, new) for fields, held in pairs])

    def _unique(
        self, fields: tuple[str, ...], held: immutables.Map[Values, Key], key: Key, old: E | None, new: E | None
    ) -> immutables.Map[Values, Key]:
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

    def find_unique(self, place: int, values: Values) -> E | None:
        """The row with these values of the unique tuple at `place`."""
        key = self.uniques[place].get(values)
        return None if key is None else self.rows[key]

    def found(self, place: int, values: Values) -> Ordered:
        """The ordered items of the index at `place`; the last part of each item is the row's key."""
        return self.indexes[place].get(values, _NOTHING)

    def rows_of(self, items: Iterator[Item] | Ordered) -> list[E]:
        """The rows that ordered items stand for."""
        rows = self.rows
        return [rows[item[-1]] for item in items]


def _values(row: Entity, fields: tuple[str, ...]) -> Values | None:
    values = tuple([getattr(row, field) for field in fields])
    return None if None in values else values


def _item(index: Index, key: Key, row: Entity) -> Item:
    return (*[getattr(row, field) for field in index.order_by], key)


def _reindexed(
    index: Index, held: immutables.Map[Values, Ordered], key: Key, old: Entity | None, new: Entity | None
) -> immutables.Map[Values, Ordered]:
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

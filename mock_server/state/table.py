"""The rows of one collection with their indexes, as an immutable value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from operator import attrgetter
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
    """Rows by key, and a map from values to keys for each index and unique tuple."""

    __slots__ = ("__weakref__", "collection", "indexes", "rows", "uniques")

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
        """A table without rows."""
        nothing: immutables.Map[Any, Any] = immutables.Map()
        return cls(collection, nothing, (nothing,) * len(collection.indexes), (nothing,) * len(collection.unique))

    @classmethod
    def of(cls, collection: Collection[E], rows: Iterable[E]) -> Table[E]:
        """A table of `rows`; much faster than adding them one by one. Raises UniqueViolation."""
        by_key: dict[Key, E] = {}
        for row in rows:
            key = collection.key_of(row)
            if key in by_key:
                raise UniqueViolation(f"{collection.key} {key} is there twice")
            by_key[key] = row
        return cls(
            collection,
            immutables.Map(by_key),
            tuple([_index(collection, index, by_key.values()) for index in collection.indexes]),
            tuple([_unique_map(collection, fields, by_key) for fields in collection.unique]),
        )

    def put(self, row: E) -> Table[E]:
        """The table with `row` added, or replacing the row with the same key. Raises UniqueViolation."""
        key = self.collection.key_of(row)
        old = self.rows.get(key)
        return Table(
            self.collection, self.rows.set(key, row), self._indexes(key, old, row), self._uniques(key, old, row)
        )

    def drop(self, key: Key) -> Table[E]:
        """The table without the row of `key`. Raises KeyError if there is none."""
        old = self.rows[key]
        return Table(
            self.collection, self.rows.delete(key), self._indexes(key, old, None), self._uniques(key, old, None)
        )

    def changed(self, rows: Mapping[Key, E | None]) -> Table[E]:
        """The table with all these rows put, or dropped for None if they exist.

        Raises UniqueViolation. Only the resulting table is checked, so rows may swap unique values.
        """
        if len(rows) == 1:
            [(key, row)] = rows.items()
            return self.put(row) if row is not None else self.drop(key) if key in self.rows else self
        if len(rows) * 4 > len(self.rows):
            left = {key: row for key, row in self.rows.items() if key not in rows}
            return Table[E].of(self.collection, [*left.values(), *(row for row in rows.values() if row is not None)])
        table = self
        for key in rows:
            if key in table.rows:
                table = table.drop(key)
        for row in rows.values():
            if row is not None:
                table = table.put(row)
        return table

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
                raise UniqueViolation(_exists_already(self.collection, fields, after))
            held = held.set(after, key)
        return held

    def find_unique(self, position: int, values: Values) -> E | None:
        """The row with these values in the unique tuple at `position`."""
        key = self.uniques[position].get(values)
        return None if key is None else self.rows[key]

    def found(self, position: int, values: Values) -> Ordered:
        """The ordered items of the index at `position`. The last element of an item is the row's key."""
        return self.indexes[position].get(values, _NOTHING)

    def rows_of(self, items: Iterator[Item] | Ordered) -> list[E]:
        """The rows of ordered items."""
        rows = self.rows
        return [rows[item[-1]] for item in items]


def _values(row: Entity, fields: tuple[str, ...]) -> Values | None:
    values = _getter(fields)(row)
    return None if None in values else values


def _index(collection: Collection[Any], index: Index, rows: Iterable[Entity]) -> immutables.Map[Values, Ordered]:
    """The index of `rows`."""
    values_of, item_of = _getter(index.fields), _getter((*index.order_by, collection.key))
    items: defaultdict[Values, list[Item]] = defaultdict(list)
    for row in rows:
        items[values_of(row)].append(item_of(row))
    return immutables.Map({values: Ordered.of(each) for values, each in items.items()})


@cache
def _getter(fields: tuple[str, ...]) -> Callable[[Entity], Values]:
    """Returns a function that gets these fields of a row."""
    if len(fields) > 1:
        return attrgetter(*fields)
    if not fields:
        return lambda _: ()
    get = attrgetter(fields[0])
    return lambda row: (get(row),)


def _unique_map(
    collection: Collection[Any], fields: tuple[str, ...], rows: Mapping[Key, Entity]
) -> immutables.Map[Values, Key]:
    keys: dict[Values, Key] = {}
    values_of = _getter(fields)
    for key, row in rows.items():
        values = values_of(row)
        if None in values:
            continue
        if values in keys:
            raise UniqueViolation(_exists_already(collection, fields, values))
        keys[values] = key
    return immutables.Map(keys)


def _exists_already(collection: Collection[Any], fields: tuple[str, ...], values: Values) -> str:
    return f"{collection.name}: {', '.join(fields)} = {values} exists already"


def _reindexed(
    index: Index, held: immutables.Map[Values, Ordered], key: Key, old: Entity | None, new: Entity | None
) -> immutables.Map[Values, Ordered]:
    values_of, place_of = _getter(index.fields), _getter(index.order_by)
    before = None if old is None else (values_of(old), place_of(old))
    after = None if new is None else (values_of(new), place_of(new))
    if before == after:
        return held
    if before is not None:
        values, place = before
        rest = held[values].remove((*place, key))
        held = held.set(values, rest) if len(rest) else held.delete(values)
    if after is not None:
        values, place = after
        held = held.set(values, held.get(values, _NOTHING).add((*place, key)))
    return held

"""Checks the consistency of a world: references, indexes, keys, and the invariants of the areas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from mock_server.state.errors import StateError
from mock_server.state.root import Root
from mock_server.state.table import Table
from mock_server.state.transaction import Transaction
from mock_server.state.work import spend

ROW_COST = 100
"""The cost of examining a row, in units of work."""

Check = Callable[[Transaction], list[str]]
"""An invariant of an area. Returns a sentence for each violation. Areas list theirs in `invariants.CHECKS`."""


def examine(root: Root, now: datetime, checks: Iterable[Check]) -> list[str]:
    """All complaints about a world; an empty list for a consistent one."""
    complaints = [
        complaint
        for _, table in sorted(root.tables.items())
        for find in (_keys, _numbers, _references, _indexes)
        for complaint in find(root, table)
    ]
    tx = Transaction(root, now)
    for check in checks:
        try:
            complaints += check(tx)
        except StateError as error:
            complaints.append(f"{check.__module__}.{check.__name__} failed: {error}")
    return complaints


def _keys(_: Root, table: Table[Any]) -> Iterator[str]:
    """Every row is stored under its own key."""
    collection = table.collection
    for key, row in table.rows.items():
        spend(1)
        if collection.key_of(row) != key:
            yield f"{collection.name} {key}: the row says that its key is {collection.key_of(row)}"


def _numbers(root: Root, table: Table[Any]) -> Iterator[str]:
    """The next number of a numbered collection is unused. Keys that are references are not numbered."""
    collection = table.collection
    if collection.key in {reference.field for reference in collection.references}:
        return
    highest = max((key for key in table.rows if isinstance(key, int)), default=0)
    given = root.sequences.get(collection.name, 0)
    if highest > given:
        yield f"{collection.name}: number {highest} exists, but only {given} were assigned"


def _references(root: Root, table: Table[Any]) -> Iterator[str]:
    """Every reference is null or the key of an existing row."""
    collection = table.collection
    for reference in collection.references:
        targets = root.tables[reference.to].rows
        for key, row in table.rows.items():
            target = getattr(row, reference.field)
            if target is not None and target not in targets:
                yield f"{collection.name} {key}: {reference.field} names {reference.to} {target}, which does not exist"


def _indexes(_: Root, table: Table[Any]) -> Iterator[str]:
    """Indexes and unique keys correspond to the rows."""
    collection = table.collection
    try:
        fresh = Table[Any].of(collection, table.rows.values())
    except StateError:
        fresh = Table[Any].empty(collection)
        for key, row in table.rows.items():
            spend(ROW_COST)
            try:
                fresh = fresh.put(row)
            except StateError as error:
                yield f"{collection.name} {key}: {error}"
    for index, held, expected in zip(collection.indexes, table.indexes, fresh.indexes, strict=True):
        for values in {*held, *expected}:
            if list(held.get(values, ())) != list(expected.get(values, ())):
                yield f"{collection.name}: the index on {', '.join(index.fields)} is wrong for {values}"
    for fields, held, expected in zip(collection.unique, table.uniques, fresh.uniques, strict=True):
        for values in {*held, *expected}:
            if held.get(values) != expected.get(values):
                yield f"{collection.name}: the unique key on {', '.join(fields)} is wrong for {values}"

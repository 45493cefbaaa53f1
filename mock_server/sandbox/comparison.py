"""Compares a world with its start, for `GET /_sandbox/comparison`: the rows created, changed and deleted since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.runtime.suggestions import did_you_mean
from mock_server.sandbox.commits import RowChange
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.queries import DEFAULT_LIMIT, PAGE, whole_number
from mock_server.state.table import Table
from mock_server.state.work import spend
from mock_server.state.worlds import World

PARAMETERS = ("collection", *PAGE)


def compare_with_start(world: World, query: Mapping[str, str]) -> dict[str, Any]:
    """For each collection that differs, how many rows were created, updated and deleted.

    With `?collection=`, a page of those rows, ordered by key, instead. Raises Refused.
    """
    name = query.get("collection")
    if name is None:
        return {"collections": list(_counts(world))}
    if name not in world.root.tables:
        raise Refused(400, f"There is no collection `{name}`{did_you_mean(name, world.root.tables) or '.'}")
    skip, limit = whole_number(query, "skip", 0), whole_number(query, "limit", DEFAULT_LIMIT)
    changes = sorted(_changes(name, world.start.tables[name], world.root.tables[name]), key=lambda each: each.key)
    page = [each.view() for each in changes[skip : skip + limit]]
    return {"collection": name, "total": len(changes), "skip": skip, "limit": limit, "changes": page}


def _counts(world: World) -> Iterator[dict[str, Any]]:
    for name, table in sorted(world.root.tables.items()):
        counts = {"created": 0, "updated": 0, "deleted": 0}
        for change in _changes(name, world.start.tables[name], table):
            counts[change.action] += 1
        if any(counts.values()):
            yield {"name": name, **counts}


def _changes(name: str, start: Table[Any], now: Table[Any]) -> Iterator[RowChange]:
    """The rows that differ. Tables and rows are immutable, so the same object has not changed."""
    if start is now:
        return
    for key, row in now.rows.items():
        spend(1)
        before = start.rows.get(key)
        if row is not before and row != before:
            yield RowChange(name, key, before, row)
    for key, row in start.rows.items():
        spend(1)
        if key not in now.rows:
            yield RowChange(name, key, row, None)

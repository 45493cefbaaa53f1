"""Repeats what a log holds. Of all changes of a row only the last one is made, so a long history costs little."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from mock_server.state import snapshot as snapshots
from mock_server.state.checkpoint import KeptWorld
from mock_server.state.clock import Clock
from mock_server.state.collection import Key, Schema
from mock_server.state.errors import UniqueViolation
from mock_server.state.log import (
    ClockSet,
    Committed,
    Record,
    WorldCreated,
    WorldDropped,
    WorldReset,
    WorldRestored,
)
from mock_server.state.root import Root
from mock_server.state.table import Table

_logger = logging.getLogger(__name__)


class Replay:
    """The worlds at the end of a log. Records for a world that does not exist are counted in `skipped`.

    Former versions wrote such records for a request that outlived its world.
    """

    def __init__(self, schema: Schema, worlds: Iterable[KeptWorld] = ()) -> None:
        self._schema = schema
        self._drafts = {each.name: _Draft(each.start, each.root) for each in worlds}
        self.skipped = 0

    def add(self, record: Record) -> None:
        """Repeats one record."""
        draft = self._drafts.get(record.world)
        match record:
            case WorldCreated(source=None):
                self._create(record.world, snapshots.restore(self._schema, record.snapshot))
            case WorldCreated(source=source) if source in self._drafts:
                self._create(record.world, self._drafts[source].root())
            case _ if draft is None:
                self.skipped += 1
            case WorldDropped():
                del self._drafts[record.world]
            case WorldReset():
                draft.go_to(draft.start)
            case WorldRestored():
                draft.go_to(snapshots.restore(self._schema, record.snapshot))
            case ClockSet():
                draft.clock = record.clock
            case Committed():
                draft.add(record)
            case _:  # A branch of a world that does not exist.
                self.skipped += 1

    def worlds(self) -> list[KeptWorld]:
        """All worlds, in the order in which they began."""
        return [KeptWorld(name, draft.start, draft.root()) for name, draft in self._drafts.items()]

    def _create(self, name: str, root: Root) -> None:
        self._drafts[name] = _Draft(root, root)


class _Draft:
    """A world whose changes are collected until its state is needed."""

    def __init__(self, start: Root, root: Root) -> None:
        self.start = start
        self.go_to(root)

    def go_to(self, root: Root) -> None:
        """Leaves off all changes for another state."""
        self._base = root
        self._changes: dict[str, dict[Key, Any]] = {}
        self._sequences: dict[str, int] = {}
        self._drawn = root.drawn
        self.clock: Clock = root.clock

    def add(self, record: Committed) -> None:
        """Collects the changes of a commit."""
        for change in record.changes:
            rows = self._changes.setdefault(change.collection, {})
            rows.pop(change.key, None)  # Rows come in the order of their last change.
            rows[change.key] = change.row
        self._sequences.update(record.sequences)
        self._drawn = record.drawn

    def root(self) -> Root:
        """The state with all changes so far."""
        base = self._base
        if self._changes or self._sequences or self.clock != base.clock:
            tables = {name: _changed(base.tables[name], rows) for name, rows in self._changes.items()}
            self.go_to(
                Root(
                    base.schema,
                    base.tables.update(tables),
                    base.sequences.update(self._sequences),
                    self._drawn,
                    self.clock,
                    base.seed,
                )
            )
        return self._base


def replayed(root: Root, record: Committed) -> Root:
    """`root` with the changes of a commit."""
    draft = _Draft(root, root)
    draft.add(record)
    return draft.root()


def _changed(table: Table[Any], rows: dict[Key, Any]) -> Table[Any]:
    try:
        return table.changed(rows)
    except UniqueViolation:
        return _changed_one_by_one(table, rows)


def _changed_one_by_one(table: Table[Any], rows: dict[Key, Any]) -> Table[Any]:
    """Leaves out rows that contradict others: changes of a world that has gone, logged for its namesake."""
    for key in rows:
        if key in table.rows:
            table = table.drop(key)
    for key, row in rows.items():
        try:
            table = table if row is None else table.put(row)
        except UniqueViolation as error:
            _logger.warning("The log's last change of %s %s is left out: %s", table.collection.name, key, error)
    return table

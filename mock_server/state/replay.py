"""Replays a log. Only the last change of each row is applied, so that a long history costs little."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from mock_server.state import snapshot as snapshots
from mock_server.state.checkpoint import WorldState
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
    """The worlds at the end of a log. `skipped` counts the records for worlds that do not exist.

    Earlier versions wrote such records for requests that were still running when their world was dropped.
    """

    def __init__(self, schema: Schema, worlds: Iterable[WorldState] = ()) -> None:
        self._schema = schema
        self._drafts = {each.name: _Draft(each.start, each.root) for each in worlds}
        self.skipped = 0

    def add(self, record: Record) -> None:
        """Applies one record."""
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
                draft.start_from(draft.start)
            case WorldRestored():
                draft.start_from(snapshots.restore(self._schema, record.snapshot))
            case ClockSet():
                draft.clock = record.clock
            case Committed():
                draft.add(record)
            case _:  # A branch of a world that does not exist.
                self.skipped += 1

    def worlds(self) -> list[WorldState]:
        """All worlds, in the order of their creation."""
        return [WorldState(name, draft.start, draft.root()) for name, draft in self._drafts.items()]

    def _create(self, name: str, root: Root) -> None:
        self._drafts[name] = _Draft(root, root)


class _Draft:
    """A world whose changes are collected until its state is requested."""

    def __init__(self, start: Root, root: Root) -> None:
        self.start = start
        self.start_from(root)

    def start_from(self, root: Root) -> None:
        """Discards all changes and starts from another state."""
        self._base = root
        self._changes: dict[str, dict[Key, Any]] = {}
        self._sequences: dict[str, int] = {}
        self._drawn = root.drawn
        self.clock: Clock = root.clock

    def add(self, record: Committed) -> None:
        """Collects the changes of a commit."""
        for change in record.changes:
            rows = self._changes.setdefault(change.collection, {})
            rows.pop(change.key, None)  # Keeps rows in the order of their last change.
            rows[change.key] = change.row
        self._sequences.update(record.sequences)
        self._drawn = record.drawn

    def root(self) -> Root:
        """The state with all changes so far."""
        base = self._base
        if self._changes or self._sequences or self.clock != base.clock:
            tables = {name: _changed(base.tables[name], rows) for name, rows in self._changes.items()}
            self.start_from(
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


def state_after(schema: Schema, start: Root, root: Root, record: Record) -> Root:
    """The state of a world after `record`, which changes a world with the state `root` and the start state `start`."""
    match record:
        case Committed():
            return replayed(root, record)
        case ClockSet():
            return root.with_clock(record.clock)
        case WorldReset():
            return start
        case WorldRestored():
            return snapshots.restore(schema, record.snapshot)
        case _:
            return root


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
    """Skips rows that violate a constraint: changes of a dropped world, logged for a new one with the same name."""
    for key in rows:
        if key in table.rows:
            table = table.drop(key)
    for key, row in rows.items():
        try:
            table = table if row is None else table.put(row)
        except UniqueViolation as error:
            _logger.warning("The log's last change of %s %s is left out: %s", table.collection.name, key, error)
    return table

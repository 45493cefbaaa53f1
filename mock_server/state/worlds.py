"""All worlds of a server. Each is isolated from the others; a branch, a reset and a commit are one assignment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from mock_server.state import snapshot as snapshots
from mock_server.state.clock import Clock, RealTime, real_time
from mock_server.state.collection import Schema
from mock_server.state.errors import UnknownWorld, WorldExists
from mock_server.state.log import (
    ClockSet,
    CommitLog,
    Committed,
    MemoryLog,
    Record,
    WorldCreated,
    WorldDropped,
    WorldReset,
    WorldRestored,
)
from mock_server.state.root import Root
from mock_server.state.transaction import Change, Event, Transaction

DEFAULT_WORLD = "default"

Listener = Callable[["World", list[Event]], None]


class World:
    """One complete, isolated state. `start` is what a reset goes back to."""

    def __init__(self, name: str, start: Root, worlds: Worlds) -> None:
        self.name = name
        self.start = start
        self.root = start
        self._worlds = worlds

    def begin(self) -> Transaction:
        """A transaction on the state as it is now, at the world's time."""
        return Transaction(self.root, self.root.clock.read(self._worlds.real_time()))

    def commit(self, transaction: Transaction) -> int | None:
        """Makes the changes visible and tells the outbox. Gives the version, or None where nothing changed.

        Raises VersionConflict when another commit came first.
        """
        version = None
        if transaction.changes:
            version = self._worlds.write(
                Committed(self.name, transaction.changes, transaction.sequences, transaction.drawn)
            )
            self.root = transaction.root()
        if transaction.outbox:
            self._worlds.tell(self, transaction.outbox)
        return version

    def set_clock(self, clock: Clock) -> None:
        """Sets how this world's time runs."""
        self._worlds.write(ClockSet(self.name, clock))
        self.root = self.root.with_clock(clock)

    def advance(self, by: timedelta) -> None:
        """Moves this world's time forward."""
        self.set_clock(self.root.clock.advanced(by))

    def reset(self) -> None:
        """Goes back to the start."""
        self._worlds.write(WorldReset(self.name))
        self.root = self.start

    def restore(self, root: Root) -> None:
        """Takes on another state. The start stays what it was."""
        self._worlds.write(WorldRestored(self.name, snapshots.take(root)))
        self.root = root


class Worlds:
    """Worlds by name, behind one commit log. A log that has records already decides what the worlds are."""

    def __init__(
        self, schema: Schema, start: Callable[[], Root], log: CommitLog | None = None, real_time: RealTime = real_time
    ) -> None:
        self.schema = schema
        self.real_time = real_time
        self._log: CommitLog = MemoryLog() if log is None else log
        self._listeners: list[Listener] = []
        self._worlds: dict[str, World] = {}
        if self._log.version == 0:
            root = start()
            snapshot = None if isinstance(self._log, MemoryLog) else snapshots.take(root)
            self.write(WorldCreated(DEFAULT_WORLD, snapshot=snapshot))
            self._worlds[DEFAULT_WORLD] = World(DEFAULT_WORLD, root, self)
        else:
            for _, record in self._log.read(0):
                self._apply(record)

    @property
    def version(self) -> int:
        """The version of the last commit."""
        return self._log.version

    @property
    def default(self) -> World:
        """The world that requests reach without naming one."""
        return self._worlds[DEFAULT_WORLD]

    def listen(self, listener: Listener) -> None:
        """Calls `listener` with the outbox of every commit from now on."""
        self._listeners.append(listener)

    def get(self, name: str) -> World:
        """Raises UnknownWorld."""
        try:
            return self._worlds[name]
        except KeyError:
            raise UnknownWorld(f"There is no world {name!r}.") from None

    def all(self) -> list[World]:
        """All worlds, the default one first."""
        return list(self._worlds.values())

    def create(self, name: str, source: str = DEFAULT_WORLD) -> World:
        """A branch of another world as it is now; that is also what its reset goes back to.

        Raises WorldExists, UnknownWorld.
        """
        self._check_new(name)
        root = self.get(source).root
        self.write(WorldCreated(name, source=source))
        return self._add(name, root)

    def create_from(self, name: str, root: Root) -> World:
        """A world that starts from `root`. Raises WorldExists."""
        self._check_new(name)
        snapshot = None if isinstance(self._log, MemoryLog) else snapshots.take(root)
        self.write(WorldCreated(name, snapshot=snapshot))
        return self._add(name, root)

    def drop(self, name: str) -> None:
        """Ends a world. Raises UnknownWorld."""
        self.get(name)
        self.write(WorldDropped(name))
        del self._worlds[name]

    def close(self) -> None:
        """Closes the log."""
        self._log.close()

    def write(self, record: Record) -> int:
        """Appends to the log. Raises VersionConflict."""
        return self._log.append(self._log.version, record)

    def tell(self, world: World, events: list[Event]) -> None:
        """Passes the outbox of a commit on to all listeners."""
        for listener in self._listeners:
            listener(world, events)

    def _check_new(self, name: str) -> None:
        if name in self._worlds:
            raise WorldExists(f"There is a world {name!r} already.")

    def _add(self, name: str, root: Root) -> World:
        world = self._worlds[name] = World(name, root, self)
        return world

    def _apply(self, record: Record) -> None:
        """Repeats what a record of the log did."""
        match record:
            case WorldCreated(name, source, snapshot):
                self._add(name, snapshots.restore(self.schema, snapshot) if source is None else self.get(source).root)
            case WorldDropped(name):
                del self._worlds[name]
            case WorldReset(name):
                world = self._worlds[name]
                world.root = world.start
            case WorldRestored(name, snapshot):
                self._worlds[name].root = snapshots.restore(self.schema, snapshot)
            case ClockSet(name, clock):
                world = self._worlds[name]
                world.root = world.root.with_clock(clock)
            case Committed():
                world = self._worlds[record.world]
                world.root = replayed(world.root, record)


def replayed(root: Root, record: Committed) -> Root:
    """`root` with the changes of a commit."""
    tables = root.tables
    for change in record.changes:
        tables = tables.set(change.collection, _changed(tables[change.collection], change))
    sequences = root.sequences.update(record.sequences)
    return Root(root.schema, tables, sequences, record.drawn, root.clock, root.seed)


def _changed(table: Any, change: Change) -> Any:
    if change.row is not None:
        return table.put(change.row)
    return table.drop(change.key)

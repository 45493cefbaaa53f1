"""All worlds of a server. Each is isolated from the others; a branch, a reset and a commit are one assignment."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from mock_server.state import snapshot as snapshots
from mock_server.state.clock import TOO_FAR, Clock, RealTime, real_time
from mock_server.state.collection import Schema
from mock_server.state.errors import SnapshotUnusable, UnknownWorld, VersionConflict, WorldExists
from mock_server.state.jobs import JOBS, Job, JobHandler, next_job
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

_logger = logging.getLogger(__name__)

DEFAULT_WORLD = "default"
CONFLICT_LIMIT = 10

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
        if transaction.base is not self.root:
            raise VersionConflict(f"the world {self.name} has changed since the transaction began")
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
        """Sets how this world's time runs. What falls due on the way runs first, in order, at its own time."""
        self.run_jobs(clock.read(self._worlds.real_time()))
        self._worlds.write(ClockSet(self.name, clock))
        self.root = self.root.with_clock(clock)

    def advance(self, by: timedelta) -> None:
        """Moves this world's time forward."""
        self.set_clock(self.root.clock.advanced(by))

    def run_jobs(self, until: datetime | None = None, most: int | None = None) -> int:
        """Runs what is due by `until`, each job at its own time; without `until` what is due by now, and now.

        Gives how many jobs ran, at most `most`. One that fails is logged and dropped. A server without job handlers
        leaves all waiting.
        """
        count = conflicts = 0
        while self._worlds.job_handlers and (most is None or count < most):
            tx = self.begin()
            job = next_job(tx, until or tx.now)
            if job is None:
                break
            try:
                self._run_job(job, job.due if until else tx.now)
            except VersionConflict:  # The next round finds the job on the fresh state, or finds it done.
                conflicts += 1
                if conflicts == CONFLICT_LIMIT:
                    raise
            else:
                count += 1
        return count

    def _run_job(self, job: Job, now: datetime) -> None:
        tx = Transaction(self.root, now)
        tx[JOBS].delete(job.id)
        try:
            self._worlds.job_handlers[job.kind](tx, job)
        except Exception:
            _logger.exception("Job %s (%s) of world %s failed and is dropped", job.id, job.kind, self.name)
            tx = Transaction(self.root, now)
            tx[JOBS].delete(job.id)
        self.commit(tx)

    def reset(self) -> None:
        """Goes back to the start."""
        self._worlds.write(WorldReset(self.name))
        self.root = self.start

    def restore(self, root: Root) -> None:
        """Takes on another state. The start stays what it was."""
        self._worlds.write(WorldRestored(self.name, self._worlds.kept(root)))
        self.root = root


class Worlds:
    """Worlds by name, behind one commit log. A log that has records already decides what the worlds are."""

    def __init__(
        self,
        schema: Schema,
        start: Callable[[], Root],
        log: CommitLog | None = None,
        real_time: RealTime = real_time,
        job_handlers: Mapping[str, JobHandler] | None = None,
    ) -> None:
        self.schema = schema
        self.job_handlers = job_handlers or {}
        self.real_time = real_time
        self._log: CommitLog = MemoryLog() if log is None else log
        self._writing = threading.Lock()
        self._listeners: list[Listener] = []
        self._worlds: dict[str, World] = {}
        if self._log.version == 0:
            root = start()
            self.write(WorldCreated(DEFAULT_WORLD, snapshot=self.kept(root)))
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

    def free_name(self) -> str:
        """A name that no world has."""
        return next(name for number in count(len(self._worlds)) if (name := f"world-{number}") not in self._worlds)

    def create(self, name: str, source: str = DEFAULT_WORLD) -> World:
        """A branch of another world as it is now; that is also what its reset goes back to.

        Raises WorldExists, UnknownWorld.
        """
        self._check_new(name)
        root = self.get(source).root
        self.write(WorldCreated(name, source=source))
        return self._add(name, root)

    def root_from(self, document: Any) -> Root:
        """The root that the JSON form of a snapshot describes, fit for a world of this server.

        Raises SnapshotUnusable.
        """
        root = snapshots.restore(self.schema, document)
        if not root.clock.is_possible(self.real_time()):
            raise SnapshotUnusable(f"The snapshot's clock shows a time that no world has. {TOO_FAR}")
        return root

    def create_from(self, name: str, root: Root) -> World:
        """A world that starts from `root`. Raises WorldExists."""
        self._check_new(name)
        self.write(WorldCreated(name, snapshot=self.kept(root)))
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
        with self._writing:  # Tests make and drop worlds beside the thread that serves.
            return self._log.append(self._log.version, record)

    def kept(self, root: Root) -> snapshots.Snapshot | None:
        """What a record keeps of a whole state: nothing where the log ends with the process."""
        return None if isinstance(self._log, MemoryLog) else snapshots.take(root)

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

"""All worlds of a server. Each is isolated from the others; a branch, a reset and a commit are one assignment."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final, NamedTuple

from mock_server.state import checkpoint as checkpoints
from mock_server.state import snapshot as snapshots
from mock_server.state.checkpoint import KeptWorld
from mock_server.state.clock import TOO_FAR, Clock, RealTime, real_time
from mock_server.state.collection import Schema
from mock_server.state.companion import Companion
from mock_server.state.errors import (
    SnapshotUnusable,
    TooManyWorlds,
    UnknownWorld,
    VersionConflict,
    WorldExists,
    WorldGone,
)
from mock_server.state.jobs import JOBS, Job, JobHandler, next_job
from mock_server.state.log import (
    ClockSet,
    CommitLog,
    Committed,
    MemoryLog,
    Record,
    TakeCheckpoint,
    WorldCreated,
    WorldDropped,
    WorldReset,
    WorldRestored,
)
from mock_server.state.replay import Replay
from mock_server.state.root import Root
from mock_server.state.transaction import Event, Transaction

_logger = logging.getLogger(__name__)

DEFAULT_WORLD = "default"
CONFLICT_LIMIT = 10
WORLD_LIMIT = 1000

Listener = Callable[["World", list[Event]], None]


class NewState(NamedTuple):
    """A state that a world can take on, and what the log keeps of it: nothing where the log ends with the process."""

    root: Root
    kept: snapshots.Snapshot | None


class World:
    """One complete, isolated state. A reset goes back to `start`; `companion` has what is kept beside the state."""

    def __init__(self, name: str, start: Root, worlds: Worlds, root: Root | None = None) -> None:
        self.name: Final = name
        self.start: Final = start
        self.companion: Final = Companion(name)
        self._root = start if root is None else root
        self._worlds = worlds

    @property
    def root(self) -> Root:
        """The state as it is now."""
        return self._root

    def begin(self) -> Transaction:
        """A transaction on the state as it is now, at the world's time."""
        return Transaction(self.root, self.root.clock.read(self._worlds.real_time()))

    @property
    def is_there(self) -> bool:
        """Whether it has not been dropped. Another world may have its name by now."""
        return self._worlds.holds(self)

    def check_is_there(self) -> None:
        """Raises WorldGone."""
        self._worlds.check(self)

    def commit(self, transaction: Transaction) -> int | None:
        """Makes the changes visible and tells the outbox. Gives the version, or None where nothing changed.

        Raises VersionConflict when another commit came first, WorldGone, LogUnwritable.
        """
        version = None
        if transaction.changes:
            root = transaction.root()
            record = Committed(self.name, transaction.changes, transaction.sequences, transaction.drawn)
            version = self._write(record, root, transaction.base)
        else:
            self._worlds.check(self, transaction.base)
        if transaction.outbox:
            self._worlds.tell(self, transaction.outbox)
        return version

    def set_clock(self, clock: Clock) -> None:
        """Sets how this world's time runs. What falls due on the way runs first, in order, at its own time.

        Raises WorldGone, LogUnwritable.
        """
        self.check_is_there()
        self.run_jobs(clock.read(self._worlds.real_time()))
        self._write(ClockSet(self.name, clock), self.root.with_clock(clock))

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
        """Goes back to the start. Raises WorldGone, LogUnwritable."""
        self._replace(WorldReset(self.name), self.start)

    def restore(self, state: NewState) -> None:
        """Takes on another state. The start stays what it was. Raises WorldGone, LogUnwritable."""
        self._replace(WorldRestored(self.name, state.kept), state.root)

    def _replace(self, record: Record, root: Root) -> None:
        with self._worlds.writing:
            self._write(record, root)
            self.companion.reset()

    def _write(self, record: Record, root: Root, base: Root | None = None) -> int:
        """Appends to the log what takes the world from the state `base` to the state `root`, and takes it there.

        Raises WorldGone, VersionConflict, LogUnwritable; then neither the log nor the world has changed.
        """
        with self._worlds.writing:
            self._worlds.check(self, base)
            version = self._worlds.append(record)
            self._root = root
            return version


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
        self.writing = threading.RLock()
        """Held while the log and a world change. Tests make and drop worlds beside the thread that serves."""
        self._listeners: list[Listener] = []
        self._worlds: dict[str, World] = {}
        if self._log.version == 0:
            root = start()
            self.append(WorldCreated(DEFAULT_WORLD, snapshot=self.new_state(root).kept))
            self._worlds[DEFAULT_WORLD] = World(DEFAULT_WORLD, root, self)
        else:
            self._replay()

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
            raise UnknownWorld(name) from None

    def all(self) -> list[World]:
        """All worlds, the default one first."""
        return list(self._worlds.values())

    def free_name(self) -> str:
        """A name that no world has."""
        return next(name for number in count(len(self._worlds)) if (name := f"world-{number}") not in self._worlds)

    def create(self, name: str, source: str = DEFAULT_WORLD) -> World:
        """A branch of another world as it is now; that is also what its reset goes back to.

        Raises WorldExists, TooManyWorlds, UnknownWorld, LogUnwritable.
        """
        with self.writing:
            root = self.get(source).root
            return self._create(WorldCreated(name, source=source), root)

    def state_from(self, document: Any) -> NewState:
        """The state that a snapshot or its JSON form describes. Takes long for a large one, and may run in a thread.

        Raises SnapshotUnusable.
        """
        root = snapshots.restore(self.schema, document)
        if not root.clock.is_possible(self.real_time()):
            raise SnapshotUnusable(f"The snapshot's clock shows a time that no world has. {TOO_FAR}")
        return self.new_state(root)

    def new_state(self, root: Root) -> NewState:
        """`root` as a state that a world can take on. Takes long for a large one, and may run in a thread."""
        return NewState(root, snapshots.packed(root) if self._log.is_persistent else None)

    def create_from(self, name: str, state: NewState) -> World:
        """A world that starts from `state`. Raises WorldExists, TooManyWorlds, LogUnwritable."""
        return self._create(WorldCreated(name, snapshot=state.kept), state.root)

    def drop(self, name: str) -> None:
        """Ends a world. Raises UnknownWorld, LogUnwritable."""
        with self.writing:
            world = self.get(name)
            self.append(WorldDropped(name))
            del self._worlds[name]
            world.companion.close()

    def holds(self, world: World) -> bool:
        """Whether `world` itself, and not just one of its name, is there."""
        return self._worlds.get(world.name) is world

    def check(self, world: World, base: Root | None = None) -> None:
        """Raises WorldGone, and VersionConflict where the state is not `base` any more."""
        if not self.holds(world):
            raise WorldGone(world.name)
        if base is not None and base is not world.root:
            raise VersionConflict(f"the world {world.name} has changed since the transaction began")

    def close(self) -> None:
        """Closes the log."""
        self._log.close()

    def tell(self, world: World, events: list[Event]) -> None:
        """Passes the outbox of a commit on to all listeners."""
        for listener in self._listeners:
            listener(world, events)

    def _create(self, record: WorldCreated, root: Root) -> World:
        name = record.world
        with self.writing:
            if name in self._worlds:
                raise WorldExists(f"There is a world {name!r} already.")
            if len(self._worlds) >= WORLD_LIMIT:
                raise TooManyWorlds(f"There are {WORLD_LIMIT} worlds, and there can be no more. Drop one first.")
            self.append(record)
            world = self._worlds[name] = World(name, root, self)
            return world

    def append(self, record: Record) -> int:
        """Adds to the log. Before that, replaces a long log by the present state, which all its records led to."""
        if self._log.has_lost_touch:
            self._log.rewrite(self._checkpoint())
        elif self._log.is_long:
            self._log.compact(self._checkpoint())
        return self._log.append(self._log.version, record)

    def _checkpoint(self) -> TakeCheckpoint:
        worlds = [KeptWorld(each.name, each.start, each.root) for each in self._worlds.values()]
        return partial(checkpoints.take, worlds)

    def _replay(self) -> None:
        """Makes the worlds that the log describes. Raises LogUnusable."""
        with _no_garbage_collection():  # All that is made here stays; looking through it takes half of the time.
            replay = self._replayed()
            worlds = replay.worlds()
        for kept in worlds:
            self._worlds[kept.name] = World(kept.name, kept.start, self, kept.root)
        if replay.skipped:
            _logger.warning("%d records of the log belong to worlds that had gone; they are left out.", replay.skipped)
        if self._log.is_long:
            self._log.compact(self._checkpoint())

    def _replayed(self) -> Replay:
        since, checkpoint = self._log.checkpoint()
        replay = Replay(self.schema, checkpoints.restore(self.schema, checkpoint) if checkpoint else ())
        for _, record in self._log.read(since):
            replay.add(record)
        return replay


@contextmanager
def _no_garbage_collection() -> Generator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

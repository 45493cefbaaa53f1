"""The worlds of a server, isolated from each other. A branch, a reset or a commit is a single assignment."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Generator,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final, NamedTuple, TypeVar

from mock_server.state import checkpoint as checkpoints
from mock_server.state import snapshot as snapshots
from mock_server.state.checkpoint import WorldState
from mock_server.state.clock import OUT_OF_RANGE, Clock, RealTime, real_time
from mock_server.state.collection import Schema
from mock_server.state.companion import Companion, Feed
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
from mock_server.state.outbound import OutboundMessage, Recorder, Sender, Transmission
from mock_server.state.replay import Replay
from mock_server.state.root import Root
from mock_server.state.row_changes import PastChange
from mock_server.state.transaction import Event, Transaction
from mock_server.state.turn import NO_TURN, Turn
from mock_server.state.waiting import completed

_logger = logging.getLogger(__name__)

DEFAULT_WORLD = "default"
CONFLICT_LIMIT = 10
WORLD_LIMIT = 1000

T = TypeVar("T")

Listener = Callable[["World", list[Event]], None]
Observer = Callable[["World", int, Record, datetime, Root], None]
"""Called with the world, the version, the record, the world's time, and the state before."""


class NewState(NamedTuple):
    """A state for a world, with its snapshot for the log. `snapshot` is None for a log that is not persistent."""

    root: Root
    snapshot: snapshots.Snapshot | None


class Write(NamedTuple):
    """A change to be stored: its record, and the state that it leads to.

    `base` is the state that it has to follow, if given; `now` the world's time of the change, by default that of
    `root`; `events` are published with it.
    """

    record: Record
    root: Root
    base: Root | None = None
    now: datetime | None = None
    events: list[Event] | None = None


class StoreStatus(NamedTuple):
    """The address of a store, and why it cannot be used, if it cannot."""

    address: str
    trouble: str | None


class World:
    """One complete, isolated state. A reset returns to `start`; `companion` holds what is kept beside the state.

    The methods that end in `_async` wait for the store. With a log of this process they never wait, and those without
    the ending do the same at once.
    """

    def __init__(
        self, name: str, start: Root, worlds: Worlds, root: Root | None = None, feed: Feed | None = None
    ) -> None:
        self.name: Final = name
        self.start: Final = start
        self.companion: Final = Companion(name, feed)
        self._root = start if root is None else root
        self._worlds = worlds

    @property
    def root(self) -> Root:
        """The current state."""
        return self._root

    def begin(self) -> Transaction:
        """A transaction on the current state, at the world's current time."""
        return Transaction(self.root, self.root.clock.read(self._worlds.real_time()))

    @property
    def tip(self) -> Root:
        """The state that the next commit has to follow: after commits of this process that are being stored."""
        return self.root

    async def prepare_change(self) -> None:
        """Waits before `begin_change` where several processes change the world at once. Raises StoreUnavailable."""

    def begin_change(self) -> Transaction:
        """A transaction on `tip`, for a commit. Without one, `confirm` it before its result is used."""
        return Transaction(self.tip, self.tip.clock.read(self._worlds.real_time()))

    async def confirm(self, transaction: Transaction) -> None:
        """Returns when the state that the transaction began with is stored.

        Raises VersionConflict if it cannot be stored, and StoreUnavailable.
        """

    @property
    def exists(self) -> bool:
        """Whether it has not been dropped. A new world may have the same name."""
        return self._worlds.holds(self)

    def check_exists(self) -> None:
        """Raises WorldGone."""
        self._worlds.check(self)

    @property
    def version(self) -> int:
        """The version of its last change."""
        return self._worlds.version_of(self)

    @property
    def turn(self) -> Turn:
        """Held by a request that runs again after a conflict, so that it does not lose to others of this process."""
        return NO_TURN

    def commit(self, transaction: Transaction) -> int | None:
        """See commit_async."""
        return self._worlds.complete(self.commit_async(transaction))

    async def commit_async(self, transaction: Transaction) -> int | None:
        """Applies the changes and publishes the outbox. Returns the version, or None if nothing was stored.

        Raises VersionConflict if the state has changed since the transaction began, WorldGone, LogUnwritable,
        StoreUnavailable.
        """
        if not transaction.changes:
            return await self._worlds.publish_alone(self, transaction)
        record = Committed(self.name, transaction.changes, transaction.sequences, transaction.drawn)
        write = Write(record, transaction.root(), transaction.base, transaction.now, transaction.outbox)
        return await self._worlds.write(self, write)

    async def change(self, operation: Callable[[Transaction], T]) -> T:
        """Runs `operation` in a transaction and commits it; again on the new state when another commit came first.

        Raises what `operation` raises, which discards the changes, and what commit_async raises.
        """

        async def attempt() -> T:
            await self.prepare_change()
            tx = self.begin_change()
            result = operation(tx)
            await self.commit_async(tx)
            return result

        return await self._until_stored(attempt)

    def set_clock(self, clock: Clock) -> None:
        """Sets the world's clock. See change_clock."""
        self._worlds.complete(self.change_clock(lambda _: clock))

    def advance(self, by: timedelta) -> None:
        """Moves the world's clock forward. See change_clock."""
        self._worlds.complete(self.change_clock(lambda clock: clock.advanced(by)))

    async def change_clock(self, changed: Callable[[Clock], Clock]) -> None:
        """Replaces the world's clock. Jobs that become due thereby run first, in order, each at its own time.

        Raises VersionConflict, WorldGone, LogUnwritable, StoreUnavailable.
        """
        self.check_exists()

        async def attempt() -> int:
            await self.prepare_change()
            await self.run_jobs_async(changed(self.tip.clock).read(self._worlds.real_time()))
            base = self.tip
            clock = changed(base.clock)
            return await self._worlds.write(self, Write(ClockSet(self.name, clock), base.with_clock(clock), base))

        await self._until_stored(attempt)

    async def _until_stored(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of `attempt`, which is repeated when another commit came first. Raises VersionConflict."""
        turn = self.turn
        if not turn.locked():
            with suppress(VersionConflict):
                return await attempt()
        async with turn:
            for _ in range(CONFLICT_LIMIT):
                with suppress(VersionConflict):
                    return await attempt()
        raise VersionConflict(f"the world {self.name} kept changing")

    def run_jobs(self, until: datetime | None = None, most: int | None = None) -> int:
        """See run_jobs_async."""
        return self._worlds.complete(self.run_jobs_async(until, most))

    async def run_jobs_async(self, until: datetime | None = None, most: int | None = None) -> int:
        """Runs the jobs due by `until`, each at its own time; without `until`, the jobs due now, at the current time.

        Returns the number of jobs run, at most `most`. A job that fails is logged and dropped. Without job handlers, no
        job is run.
        """
        count = conflicts = 0
        while self._worlds.job_handlers and (most is None or count < most):
            tx = self.begin_change()
            job = next_job(tx, until or tx.now)
            if job is None:
                break
            try:
                await self._run_job(job, job.due if until else tx.now)
            except VersionConflict:  # The next iteration uses the new state, in which the job may be done already.
                conflicts += 1
                if conflicts == CONFLICT_LIMIT:
                    raise
                await self.prepare_change()
            else:
                count += 1
        return count

    async def _run_job(self, job: Job, now: datetime) -> None:
        tx = Transaction(self.tip, now)
        tx[JOBS].delete(job.id)
        try:
            self._worlds.job_handlers[job.kind](tx, job)
        except Exception:
            _logger.exception("Job %s (%s) of world %s failed and is dropped", job.id, job.kind, self.name)
            tx = Transaction(self.tip, now)
            tx[JOBS].delete(job.id)
        await self.commit_async(tx)

    def reset(self) -> None:
        """See reset_async."""
        self._worlds.complete(self.reset_async())

    async def reset_async(self) -> None:
        """Returns to the start state. Raises WorldGone, LogUnwritable, StoreUnavailable."""
        await self._worlds.write(self, Write(WorldReset(self.name), self.start))

    def restore(self, state: NewState) -> None:
        """See restore_async."""
        self._worlds.complete(self.restore_async(state))

    async def restore_async(self, state: NewState) -> None:
        """Replaces the state. `start` stays the same. Raises WorldGone, LogUnwritable, StoreUnavailable."""
        await self._worlds.write(self, Write(WorldRestored(self.name, state.snapshot), state.root))

    async def past_changes(self, most: int, before: int | None = None) -> Sequence[PastChange]:
        """The last changes that a store keeps, newest first, at most `most`; those before the version `before`.

        None without a store of several processes. Raises StoreUnavailable.
        """
        return await self._worlds.past_changes(self, most, before)

    async def store_messages(self, sender: str, messages: Iterable[OutboundMessage]) -> Sequence[Transmission]:  # noqa: ARG002
        """Stores messages that no commit sends, so that another process can take them over.

        None are stored, and there are no transmissions, if this process is the only one. Raises WorldGone,
        StoreUnavailable.
        """
        return ()

    async def cancel_messages(self) -> None:
        """Removes the stored messages that no process has begun to send. Raises StoreUnavailable."""

    def apply(self, version: int, write: Write) -> None:
        """Makes the state of a stored change the current one."""
        before, self._root = self._root, write.root
        now = write.now or write.root.clock.read(self._worlds.real_time())
        self._worlds.notify(self, version, write.record, now, before)
        if isinstance(write.record, WorldReset | WorldRestored):
            self.companion.reset()


class Worlds:
    """The worlds by name, with one commit log. A log with records determines the worlds; `start` is not used then."""

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
        """Held while the log and a world change. Tests create and drop worlds outside the thread that serves."""
        self._listeners: list[Listener] = []
        self._observers: list[Observer] = []
        self._worlds: dict[str, World] = {}
        self._open(start)

    def _open(self, start: Callable[[], Root]) -> None:
        """Creates the worlds of the log, or the default world from `start` if the log is empty."""
        if self._log.version == 0:
            root = start()
            self.append(WorldCreated(DEFAULT_WORLD, snapshot=self.new_state(root).snapshot))
            self._worlds[DEFAULT_WORLD] = World(DEFAULT_WORLD, root, self)
        else:
            self._replay()

    def complete(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a method that ends in `_async`, for callers that cannot await."""
        return completed(coroutine)

    @property
    def version(self) -> int:
        """The version of the last commit."""
        return self._log.version

    def version_of(self, world: World) -> int:  # noqa: ARG002
        """The version of a world's last change. Here all worlds share the versions of one log."""
        return self._log.version

    @property
    def default(self) -> World:
        """The world of requests that name none."""
        return self._worlds[DEFAULT_WORLD]

    def listen(self, listener: Listener) -> None:
        """Calls `listener` with the outbox of every commit from now on."""
        self._listeners.append(listener)

    def record_with(self, recorder: Recorder[World]) -> None:
        """Lets `recorder` record the events of every commit from now on."""
        self.listen(recorder.handle_events)

    def send_with(self, name: str, sender: Sender[World]) -> None:  # noqa: ARG002
        """Makes `sender` send the messages of every commit. Its `name` has to be the same in all processes."""
        self.listen(sender.handle_events)

    def observe(self, observer: Observer) -> None:
        """Calls `observer` with every change of a world's state from now on, while the world is locked."""
        self._observers.append(observer)

    async def past_changes(self, world: World, most: int, before: int | None) -> Sequence[PastChange]:  # noqa: ARG002
        """See World."""
        return ()

    async def enter(self, name: str | None = None) -> World:
        """The world of a request, with all that was committed before. Raises UnknownWorld, StoreUnavailable."""
        return self._worlds[DEFAULT_WORLD] if name is None else self.get(name)

    async def follow(self) -> AsyncIterator[None]:
        """A background of the application: applies what other processes commit as it comes."""
        yield

    async def catch_up(self) -> None:
        """Applies what other processes have committed. Raises StoreUnavailable."""

    async def refresh(self) -> None:
        """Applies which worlds other processes have created and dropped. Raises StoreUnavailable."""

    def shards(self) -> Sequence[Worlds]:
        """The worlds by the store that keeps them. A store that cannot be used must not delay the others."""
        return (self,)

    def stores(self) -> Sequence[StoreStatus]:
        """The status of each store, where worlds are spread over several."""
        return ()

    def get(self, name: str) -> World:
        """Raises UnknownWorld."""
        try:
            return self._worlds[name]
        except KeyError:
            raise UnknownWorld(name) from None

    def all(self) -> list[World]:
        """All worlds, the default one first."""
        return list(self._worlds.values())

    def names(self) -> Collection[str]:
        """The names of all worlds."""
        return self._worlds.keys()

    def free_name(self) -> str:
        """An unused name."""
        names = self.names()
        return next(name for number in count(len(names)) if (name := f"world-{number}") not in names)

    def create(self, name: str, source: str = DEFAULT_WORLD) -> World:
        """See create_async."""
        return self.complete(self.create_async(name, source))

    async def create_async(self, name: str, source: str = DEFAULT_WORLD) -> World:
        """Creates a branch of the current state of another world, which is also the start state of the branch.

        Raises WorldExists, TooManyWorlds, UnknownWorld, LogUnwritable, StoreUnavailable.
        """
        with self.writing:
            root = self.get(source).root
            return self._create(WorldCreated(name, source=source), root)

    def state_from(self, document: Any) -> NewState:
        """The state in a snapshot or its JSON form. Slow for a large one; may run in a thread.

        Raises SnapshotUnusable.
        """
        root = snapshots.restore(self.schema, document)
        if not root.clock.is_possible(self.real_time()):
            raise SnapshotUnusable(f"The snapshot's clock shows a time that no world has. {OUT_OF_RANGE}")
        return self.new_state(root)

    def new_state(self, root: Root) -> NewState:
        """`root` as a state for a world. Slow for a large one; may run in a thread."""
        return NewState(root, snapshots.packed(root) if self._log.is_persistent else None)

    def create_from(self, name: str, state: NewState) -> World:
        """See create_from_async."""
        return self.complete(self.create_from_async(name, state))

    async def create_from_async(self, name: str, state: NewState) -> World:
        """Creates a world from `state`. Raises WorldExists, TooManyWorlds, LogUnwritable, StoreUnavailable."""
        return self._create(WorldCreated(name, snapshot=state.snapshot), state.root)

    def drop(self, name: str) -> None:
        """See drop_async."""
        self.complete(self.drop_async(name))

    async def drop_async(self, name: str) -> None:
        """Drops a world with its companion. Raises UnknownWorld, LogUnwritable, StoreUnavailable."""
        with self.writing:
            world = self.get(name)
            self.append(WorldDropped(name))
            del self._worlds[name]
            world.companion.close()

    def holds(self, world: World) -> bool:
        """Whether `world` itself exists, and not just a world with its name."""
        return self._worlds.get(world.name) is world

    def check(self, world: World, base: Root | None = None) -> None:
        """Raises WorldGone, or VersionConflict if `base` is given and is not the current state."""
        if not self.holds(world):
            raise WorldGone(world.name)
        if base is not None and base is not world.tip:
            raise VersionConflict(f"the world {world.name} has changed since the transaction began")

    def close(self) -> None:
        """Closes the log."""
        self._log.close()

    async def write(self, world: World, write: Write) -> int:
        """Stores a change and applies it. Returns its version.

        Raises WorldGone, VersionConflict, LogUnwritable, StoreUnavailable; then the world has not changed.
        """
        with self.writing:
            self.check(world, write.base)
            version = self.append(write.record)
            world.apply(version, write)
        if write.events:
            self.publish(world, write.events)
        return version

    async def publish_alone(self, world: World, transaction: Transaction) -> int | None:
        """Publishes the outbox of a transaction without changes. Raises WorldGone, VersionConflict."""
        self.check(world, transaction.base)
        if transaction.outbox:
            self.publish(world, transaction.outbox)
        return None

    def publish(self, world: World, events: list[Event]) -> None:
        """Passes the outbox of a commit to all listeners."""
        for listener in self._listeners:
            listener(world, events)

    def notify(self, world: World, version: int, record: Record, now: datetime, before: Root) -> None:
        """Passes a change of a world's state to all observers."""
        for observer in self._observers:
            observer(world, version, record, now, before)

    def _create(self, record: WorldCreated, root: Root) -> World:
        name = record.world
        with self.writing:
            self.check_free(name)
            self.append(record)
            world = self._worlds[name] = World(name, root, self)
            return world

    def check_free(self, name: str) -> None:
        """Raises WorldExists, TooManyWorlds."""
        names = self.names()
        if name in names:
            raise WorldExists(f"There is a world {name!r} already.")
        if len(names) >= WORLD_LIMIT:
            raise TooManyWorlds(f"There are {WORLD_LIMIT} worlds, and there can be no more. Drop one first.")

    def append(self, record: Record) -> int:
        """Appends to the log, first compacting or rewriting it if necessary."""
        if self._log.needs_rewrite:
            self._log.rewrite(self._checkpoint())
        elif self._log.is_long:
            self._log.compact(self._checkpoint())
        return self._log.append(self._log.version, record)

    def _checkpoint(self) -> TakeCheckpoint:
        worlds = [WorldState(each.name, each.start, each.root) for each in self._worlds.values()]
        return partial(checkpoints.take, worlds)

    def _replay(self) -> None:
        """Creates the worlds in the log. Raises LogUnusable."""
        with _no_garbage_collection():  # Nothing created here becomes garbage; collecting would take half of the time.
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

"""The worlds of a shared store. Each process keeps all of them, and applies the commits of all processes in order.

A commit is one entry in the stream of its world, appended only if the stream still ends with the entry that the process
has applied last. Otherwise the process catches up, and the operation runs again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec
from redis.exceptions import RedisError

from mock_server.state.clock import RealTime, real_time
from mock_server.state.collection import Schema
from mock_server.state.errors import (
    Overtaken,
    StoreUnavailable,
    TooManyWorlds,
    UnknownWorld,
    VersionConflict,
    WorldExists,
    WorldGone,
)
from mock_server.state.jobs import JobHandler
from mock_server.state.log import Committed, WorldReset, WorldRestored
from mock_server.state.outbound import ListEntry, Recorder, Sender
from mock_server.state.record_codec import RecordCodec
from mock_server.state.replay import state_after
from mock_server.state.root import Root
from mock_server.state.row_changes import PastChange, listed_changes, rows_before
from mock_server.state.shared.catch_up import CatchUp
from mock_server.state.shared.commit_queue import StagedCommit
from mock_server.state.shared.engine import Engine
from mock_server.state.shared.options import StoreOptions
from mock_server.state.shared.outbound import (
    HEARTBEAT_EXPIRY,
    HEARTBEAT_INTERVAL,
    StoredMessage,
    arguments_of,
    message_id,
    stored,
    take_over,
)
from mock_server.state.shared.storage import READ_AT_ONCE, Entry, Storage
from mock_server.state.shared.stored_worlds import StoredWorlds
from mock_server.state.shared.tasks import cancelled
from mock_server.state.shared.world import SharedWorld
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import (
    DEFAULT_WORLD,
    WORLD_LIMIT,
    NewState,
    World,
    Write,
)

COMPACT_AFTER = 256 * 1024
"""Bytes of entries since the last snapshot below which no new one is taken."""
COMMITS_PER_SNAPSHOT = 5_000
"""Entries after which a snapshot is taken whatever their size."""
TURN_PAUSE = 0.004
"""Seconds after which a process that waits for its turn asks again."""
FOLLOW_PAUSE = 0.1
"""Seconds for which the commits of other processes are collected, to be applied together."""
SLICE = 50
"""Entries that are applied before the event loop runs other tasks."""

UNSURE = "The write may have been stored although its confirmation was lost: look before you repeat it."

T = TypeVar("T")

_logger = logging.getLogger(__name__)


class SharedWorlds(StoredWorlds):
    """The worlds of the store at `options`. Raises LogUnusable when the store cannot be opened.

    See StoredWorlds.
    """

    def __init__(
        self,
        schema: Schema,
        start: Callable[[], Root],
        options: StoreOptions,
        real_time: RealTime = real_time,
        job_handlers: Mapping[str, JobHandler] | None = None,
        *,
        compact_after: int = COMPACT_AFTER,
    ) -> None:
        self.engine = Engine(options)
        self._storage = Storage(self.engine, schema)
        self._codec = RecordCodec(schema)
        self._compact_after = compact_after
        self._catch_up = CatchUp[SharedWorld](self.engine, self._read)
        self._directory_version = 0
        self._directory_token: str = ""
        self._by_number: dict[int, SharedWorld] = {}
        self._senders: dict[str, Sender[World]] = {}
        self._recorders: list[Recorder[World]] = []
        self._creating: dict[int, Root] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        super().__init__(schema, start, real_time=real_time, job_handlers=job_handlers)

    # -- Opening and closing

    async def disconnect(self) -> None:
        """See StoredWorlds."""
        for task in list(self._tasks):
            await asyncio.gather(task, return_exceptions=True)
        await self._catch_up.stop()
        await self.engine.close()

    async def _load_or_found(self, start: Callable[[], Root]) -> None:
        """See StoredWorlds."""
        await self.load()
        if DEFAULT_WORLD not in self._worlds:
            await self.found(start)

    async def load(self) -> None:
        """Loads all worlds. Raises LogUnusable, StoreUnavailable."""
        await self.engine.patiently(self._storage.identify)
        await self._load_all()

    async def found(self, start: Callable[[], Root]) -> None:
        """Creates the default world, unless another process has. Raises StoreUnavailable."""
        self.is_new = True
        try:
            await self.create_from_async(DEFAULT_WORLD, NewState(start(), None))
        except WorldExists:  # Another process came first.
            await self.catch_up()

    async def _load_all(self) -> None:
        version, token, numbers = await self.engine.patiently(self._storage.directory)
        for number in [number for number in self._by_number if number not in numbers]:
            self._remove(number)
        for number, name in sorted(numbers.items()):
            if number not in self._by_number:
                await self._add(name, number)
        self._directory_version, self._directory_token = version, token

    # -- Looking worlds up

    @property
    def version(self) -> int:
        """The version of the default world's last commit. Each world has versions of its own."""
        return self.version_of(self.default)

    def version_of(self, world: World) -> int:
        """See Worlds."""
        return self._shared(world).entry_version

    async def enter(self, name: str | None = None) -> World:
        """See Worlds."""
        known = self._worlds.get(DEFAULT_WORLD if name is None else name)
        await self._catch_up(() if known is None else (self._shared(known),))
        return await super().enter(name)

    async def catch_up(self) -> None:
        """See Worlds."""
        await self._catch_up(list(self._by_number.values()))

    async def refresh(self) -> None:
        """See Worlds."""
        await self._catch_up(())

    def all(self) -> list[World]:
        """See Worlds. In the same order in all processes."""
        return [self._by_number[number] for number in sorted(self._by_number)]

    def record_with(self, recorder: Recorder[World]) -> None:
        """See Worlds."""
        self._recorders.append(recorder)

    def send_with(self, name: str, sender: Sender[World]) -> None:
        """See Worlds."""
        self._senders[name] = sender

    def _shared(self, world: World) -> SharedWorld:
        assert isinstance(world, SharedWorld)
        return world

    # -- Writing

    async def write(self, world: World, write: Write) -> int:
        """See Worlds."""
        shared = self._shared(world)
        while True:
            if write.base is None:
                await shared.turns.wait()
            self.check(shared, write.base)
            commit = self._staged(shared, write)
            shared.queue.add(commit)
            try:
                return await asyncio.shield(commit.stored)
            except VersionConflict:
                if write.base is not None:
                    raise

    async def publish_alone(self, world: World, transaction: Transaction) -> int | None:
        """See Worlds. Events are stored like changes, so that another process can take them over."""
        if not transaction.outbox:
            self.check(world, transaction.base)
            await world.confirm(transaction)
            return None
        record = Committed(world.name, [], {}, transaction.drawn)
        write = Write(record, transaction.base, transaction.base, transaction.now, transaction.outbox)
        return await self.write(world, write)

    def _staged(self, world: SharedWorld, write: Write) -> StagedCommit:
        """A commit that is ready to be stored."""
        now = write.now or write.root.clock.read(self.real_time())
        write = write._replace(now=now)  # The same time in all processes.
        messages = self._packed(write, now)
        keeps_messages = not isinstance(write.record, WorldReset | WorldRestored)
        entries = [entry for each in self._recorders if write.events for entry in each.entries(write.events)]
        record = self._codec.encode(write.record)
        arguments = (
            now.isoformat(),
            record,
            self._rows_before(write),
            int(keeps_messages),
            len(entries),
            len(messages),
            *(value for entry in entries for value in _entry_arguments(world, entry)),
            *arguments_of(messages),
        )
        return StagedCommit(self.engine.next_token(), write, messages, arguments, len(record))

    def _rows_before(self, write: Write) -> bytes:
        """The rows before the changes that lists of commits show; empty for a write that changes no single rows."""
        record, base = write.record, write.base
        if base is None or not isinstance(record, Committed) or not record.changes:
            return b""
        listed, _ = listed_changes(record.changes, rows_before(record.changes, base))
        return self._codec.encode_rows(each.before for each in listed)

    async def _store(self, world: SharedWorld, commits: Sequence[StagedCommit]) -> None:
        """Appends commits to the stream of the world, which has to end with the entry that was applied last.

        Raises VersionConflict, WorldGone, StoreUnavailable.
        """
        self.check(world)
        version = world.entry_version
        pending = {each.token: (version + place, each) for place, each in enumerate(commits, 1)}
        world.pending |= pending
        try:
            await self._append(world, version, commits)
        except (VersionConflict, WorldGone, StoreUnavailable) as error:
            was_read = isinstance(error, VersionConflict) and commits[-1].is_applied
            if not was_read:
                if not (isinstance(error, StoreUnavailable) and error.may_be_stored):
                    world.pending = {token: each for token, each in world.pending.items() if token not in pending}
                raise
        for place, each in enumerate(commits, 1):
            self._apply_own(world, version + place, each.token)
            each.confirm(version + place)  # Not when its entry was read: replicas may not have it then.
        self._compact_if_long(world)

    async def _append(self, world: SharedWorld, version: int, commits: Sequence[StagedCommit]) -> None:
        """Raises VersionConflict, after catching up; WorldGone, StoreUnavailable."""
        before = world.token

        async def append() -> bytes:
            return await self._storage.append(world, version, before, commits)

        world.turns.use()
        outcome = await self.engine.patiently(append, unsure=UNSURE)
        if outcome == b"stored":
            return
        world.turns.begin()
        await self._catch_up((world,))
        if outcome == b"gone":
            raise WorldGone(world.name)
        raise Overtaken(f"another process changes the world {world.name}")

    async def _claim_turn(self, world: SharedWorld) -> bool:
        """Waits for the turn of this process, and catches up. Returns whether others had to be waited for."""
        end, has_waited = time.monotonic() + self.engine.options.patience, False
        while not await self.engine.patiently(partial(self._storage.claim_turn, world)) and time.monotonic() < end:
            has_waited = True
            await asyncio.sleep(TURN_PAUSE)
        await self._catch_up((world,))
        return has_waited

    async def _end_turn(self, world: SharedWorld) -> None:
        await self.engine.patiently(partial(self._storage.end_turn, world))

    def _apply_own(self, world: SharedWorld, version: int, token: str) -> None:
        """Applies a commit of this process, unless that was done when its entry was read."""
        _, commit = world.pending.pop(token, (0, None))
        if commit is not None:
            world.apply_entry(version, token, commit.write, commit.length)
            commit.is_applied = True
            self._publish_and_send(world, version, commit)
            world.queue.remove(commit)

    def _packed(self, write: Write, now: datetime) -> list[StoredMessage]:
        """The messages of a commit."""
        if not write.events:
            return []
        tx = Transaction(write.root, now)
        return [
            stored(name, message) for name, sender in self._senders.items() for message in sender.pack(tx, write.events)
        ]

    def _publish_and_send(self, world: SharedWorld, version: int, commit: StagedCommit) -> None:
        if commit.write.events:
            self.publish(world, commit.write.events)
        for place, message in enumerate(commit.messages):
            self._send_stored(world, message_id(version, place), message)

    def _send_stored(self, world: SharedWorld, key: str, message: StoredMessage) -> None:
        sender = self._senders.get(message.sender)
        if sender is not None:
            sender.enqueue(world, message.content, world.transmission(key, message.lane))

    async def past_changes(self, world: World, most: int, before: int | None) -> Sequence[PastChange]:
        """See Worlds."""
        shared = self._shared(world)
        entries = await self.engine.patiently(partial(self._storage.last_entries, shared.keys, most, before))
        return [self._past_change(shared, each) for each in entries if b"record" in each.fields]

    def _past_change(self, world: SharedWorld, entry: Entry) -> PastChange:
        record = self._decoded(world, entry, lambda: self._codec.decode(entry.fields[b"record"]))
        changes, rows = record.changes if isinstance(record, Committed) else (), entry.fields[b"before"]
        before = self._decoded(world, entry, lambda: self._codec.decode_rows(rows, changes)) if rows else []
        return PastChange(entry.version, datetime.fromisoformat(entry.fields[b"at"].decode()), record, before)

    # -- Creating and dropping worlds

    async def create_async(self, name: str, source: str = DEFAULT_WORLD) -> World:
        """See Worlds."""
        self.check_free(name)
        return await self._create_shared(name, self.get(source).root)

    async def create_from_async(self, name: str, state: NewState) -> World:
        """See Worlds."""
        self.check_free(name)
        return await self._create_shared(name, state.root)

    async def _create_shared(self, name: str, root: Root) -> World:
        number = await self.engine.patiently(self._storage.next_number)
        token = self.engine.next_token()
        self._creating[number] = root
        try:
            outcome = await self._storage.create(name, number, token, root, WORLD_LIMIT, self.real_time())
            await self._catch_up(())
        finally:
            self._creating.pop(number, None)
        if outcome == b"exists":
            raise WorldExists(f"There is a world {name!r} already.")
        if outcome == b"too many":
            raise TooManyWorlds(f"There are {WORLD_LIMIT} worlds, and there can be no more. Drop one first.")
        world = self._by_number.get(number)
        if world is None:
            raise WorldGone(name)
        return world

    async def drop_async(self, name: str) -> None:
        """See Worlds."""
        world = self._shared(self.get(name))
        outcome = await self._storage.drop(world)
        await self._catch_up(())
        if outcome == b"gone":
            raise UnknownWorld(name)

    # -- Catching up

    async def _read(self, asked: set[SharedWorld]) -> None:
        """Applies what is new in the directory and in the worlds that are asked for."""
        more = True
        while more:
            worlds = [each for each in asked if self.holds(each)]
            directory = (self.engine.keys.directory, self._directory_version, self._directory_token)
            streams = [directory, *((each.keys.log, each.entry_version, each.token) for each in worlds)]
            more = False
            asked = set()
            for place, what, entries in await self._storage.read(streams):
                if place == 0:
                    await self._apply_directory(what, entries)
                    more |= len(entries) == READ_AT_ONCE
                elif self.holds(worlds[place - 1]):
                    await self._apply_entries(worlds[place - 1], what, entries)
                    if len(entries) == READ_AT_ONCE:
                        asked.add(worlds[place - 1])
                        more = True

    async def _apply_directory(self, what: bytes, entries: list[Entry]) -> None:
        if what == b"trimmed":
            await self._load_all()
            return
        if what != b"more":
            raise self.engine.fork()
        for entry in entries:
            if entry.before != self._directory_token:
                raise self.engine.fork()
            number = int(entry.fields[b"number"])
            if entry.fields[b"kind"] == b"created":
                await self._add(entry.fields[b"name"].decode(), number)
            else:
                self._remove(number)
            self._directory_version, self._directory_token = entry.version, entry.token

    async def _apply_entries(self, world: SharedWorld, what: bytes, entries: list[Entry]) -> None:
        if what == b"trimmed":
            loaded = await self._storage.load(world.name, world.keys)
            if loaded is not None and loaded.version > world.entry_version:
                world.queue.discard(Overtaken(f"other processes have changed the world {world.name}"))
                world.replace(loaded)
            return
        if what != b"more":
            raise self.engine.fork()
        for place, entry in enumerate(entries, start=1):
            if entry.version == world.entry_version + 1:  # Otherwise it was applied while this was being read.
                if entry.before != world.token:
                    raise self.engine.fork()
                await self._apply_entry(world, entry)
            if place % SLICE == 0:
                await asyncio.sleep(0)

    async def _apply_entry(self, world: SharedWorld, entry: Entry) -> None:
        if entry.token in world.pending:
            self._apply_own(world, entry.version, entry.token)
            return
        world.queue.discard(Overtaken(f"another process has changed the world {world.name}"))
        content = entry.fields[b"record"]
        record = self._decoded(world, entry, lambda: self._codec.decode(content))
        if isinstance(record, Committed):
            root = state_after(self.schema, world.start, world.root, record)
        else:  # A snapshot may be large.
            root = await asyncio.to_thread(state_after, self.schema, world.start, world.root, record)
        if entry.version == world.entry_version + 1:
            at = datetime.fromisoformat(entry.fields[b"at"].decode())
            world.apply_entry(entry.version, entry.token, Write(record, root, now=at), len(content))

    def _decoded(self, world: SharedWorld, entry: Entry, decode: Callable[[], T]) -> T:
        """What `decode` reads from an entry. Raises StoreUnavailable."""
        try:
            return decode()
        except (msgspec.DecodeError, KeyError) as error:
            raise StoreUnavailable(
                f"Entry {entry.version} of the world {world.name} in the store at {self.engine.options.address} does "
                f"not fit this program: {error}."
            ) from None

    async def _add(self, name: str, number: int) -> None:
        """Adds a world, unless it has been dropped again."""
        if number in self._by_number:
            return
        keys = self.engine.keys.world(number)
        loaded = await self._storage.load(name, keys, self._creating.get(number))
        if loaded is not None:
            self._by_number[number] = self._worlds[name] = SharedWorld(
                name, number, keys, loaded, self, self.engine, self._store, self._claim_turn, self._end_turn
            )

    def _remove(self, number: int) -> None:
        world = self._by_number.pop(number, None)
        if world is not None:
            if self.holds(world):
                del self._worlds[world.name]
            world.companion.close()

    # -- Snapshots

    def _compact_if_long(self, world: SharedWorld) -> None:
        """Starts taking a snapshot when the history has grown long relative to the state, as a log file does."""
        if world.is_compacting or not (
            world.history > max(self._compact_after, world.size // 8)
            or world.commits_since_snapshot >= COMMITS_PER_SNAPSHOT
        ):
            return
        world.is_compacting = True
        task = asyncio.get_running_loop().create_task(self._compact(world))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _compact(self, world: SharedWorld) -> None:
        history, commits = world.history, world.commits_since_snapshot
        try:
            size = await self._storage.compact(world)
        except (RedisError, OSError, StoreUnavailable) as error:
            _logger.warning("No snapshot of the world %s could be stored: %s", world.name, self.engine.trouble(error))
        else:
            world.size = size or world.size
        finally:
            world.history -= history  # After a failure, it is tried again when as much has been added.
            world.commits_since_snapshot -= commits
            world.is_compacting = False

    # -- Following

    async def follow(self) -> AsyncIterator[None]:
        """See Worlds."""
        self._loop = asyncio.get_running_loop()
        followers = [self._loop.create_task(each) for each in (self._follow(), self._keep_alive_and_take_over())]
        yield
        for follower in followers:
            await cancelled(follower)
        with suppress(RedisError, OSError):
            await self.engine.client.delete(self.engine.keys.process(self.engine.writer))
        await self.disconnect()
        self._loop = None

    async def _follow(self) -> None:
        last = b""
        while True:
            try:
                if not last:
                    last = await self._storage.last_change()
                    await self.catch_up()
                last, numbers = await self._storage.changed_since(last)
                worlds = [world for number in numbers if (world := self._by_number.get(number)) is not None]
                if numbers:
                    await self._catch_up(worlds)
                await asyncio.sleep(FOLLOW_PAUSE)
            except (RedisError, OSError, StoreUnavailable):
                last = b""  # The stream of changes is short: some may have left it in the meantime.
                await asyncio.sleep(0.5)
            except Exception:
                _logger.exception("What other processes have changed cannot be applied")
                await asyncio.sleep(0.5)

    async def _keep_alive_and_take_over(self) -> None:
        """Sends heartbeats, and takes over the messages of processes that send none any more."""
        while True:
            try:
                await self._storage.send_heartbeat(HEARTBEAT_EXPIRY)
                await self.take_over()
            except (RedisError, OSError, StoreUnavailable):
                pass  # The next round comes soon.
            except Exception:  # Without heartbeats, others would take over what this process is sending.
                _logger.exception("The messages of dead processes cannot be taken over")
            await asyncio.sleep(HEARTBEAT_INTERVAL)

    async def take_over(self) -> None:
        """Sends the messages of dead processes, and records those that they had begun to send as lost."""
        for number in await self._storage.worlds_with_messages():
            world = self._by_number.get(number)
            if world is None:
                continue
            for key, message, had_begun in await take_over(self.engine, world.keys):
                if not self.holds(world):  # It has been dropped in the meantime, with its messages.
                    break
                if not had_begun:
                    self._send_stored(world, key, message)
                    continue
                sender = self._senders.get(message.sender)
                transmission = world.transmission(key, message.lane)
                if sender is None:
                    await transmission.finish()
                else:
                    await sender.record_loss(world, message.content, transmission)


def _entry_arguments(world: SharedWorld, entry: ListEntry) -> tuple[str | bytes | int, ...]:
    return world.keys.part(entry.part), *entry

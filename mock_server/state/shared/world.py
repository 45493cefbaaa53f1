"""A world of a shared store, as one process has it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from mock_server.state.errors import StoreUnavailable, WorldGone
from mock_server.state.log import Committed
from mock_server.state.outbound import OutboundMessage
from mock_server.state.root import Root
from mock_server.state.row_changes import KEPT_COMMITS
from mock_server.state.shared.commit_queue import CommitQueue, StagedCommit
from mock_server.state.shared.engine import Engine
from mock_server.state.shared.feed import SharedFeed
from mock_server.state.shared.keys import WorldKeys
from mock_server.state.shared.outbound import SharedTransmission, cancel_messages, store_messages, stored
from mock_server.state.shared.turns import Turns
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import NewState, World, Worlds, Write


class Loaded(NamedTuple):
    """A world as it was read. `size` and `history` are the bytes of its snapshot and of the entries after it."""

    start: Root
    root: Root
    version: int
    token: str
    size: int
    history: int = 0


class PatientLock(asyncio.Lock):
    """A lock for which a request waits at most `patience` seconds. Raises StoreUnavailable after that."""

    def __init__(self, patience: float) -> None:
        super().__init__()
        self._patience = patience

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self.acquire()
        except TimeoutError:
            raise StoreUnavailable(
                f"Earlier writes to the same world have waited for the store for {self._patience:g} seconds."
            ) from None


class SharedWorld(World):
    """`number` distinguishes worlds that have had the same name.

    `token` is that of the entry `entry_version`, the last that was applied. `pending` has the commits of this process
    that may be in the store, by their tokens, with the versions that they have there. `store`, `claim_turn` and
    `end_turn` are for its `queue` and its `turns`.
    """

    def __init__(
        self,
        name: str,
        number: int,
        keys: WorldKeys,
        loaded: Loaded,
        worlds: Worlds,
        engine: Engine,
        store: Callable[[SharedWorld, Sequence[StagedCommit]], Awaitable[None]],
        claim_turn: Callable[[SharedWorld], Awaitable[bool]],
        end_turn: Callable[[SharedWorld], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._feed = SharedFeed(name, engine, keys, self._announce)
        super().__init__(name, loaded.start, worlds, loaded.root, self._feed)
        self.number = number
        self.keys = keys
        self.entry_version = loaded.version
        self.token = loaded.token
        self.size = loaded.size
        self.history = loaded.history
        self.commits_since_snapshot = 0
        self._lengths: deque[tuple[int, int]] = deque(maxlen=KEPT_COMMITS)
        """Versions and bytes of the last entries that this process has applied."""
        patience = engine.options.patience
        self.is_compacting = False
        self.pending: dict[str, tuple[int, StagedCommit]] = {}
        self.queue = CommitQueue(partial(store, self))
        self.turns = Turns(partial(claim_turn, self), partial(end_turn, self))
        self._turn = PatientLock(patience)

    @property
    def turn(self) -> PatientLock:
        """See World."""
        return self._turn

    @property
    def tip(self) -> Root:
        """See World."""
        last = self.queue.last
        return self.root if last is None else last.write.root

    async def prepare_change(self) -> None:
        """See World."""
        await self.turns.wait()

    def begin_change(self) -> Transaction:
        """See World."""
        transaction, last = super().begin_change(), self.queue.last
        if last is not None:
            transaction.awaited = last.stored
        return transaction

    async def confirm(self, transaction: Transaction) -> None:
        """See World."""
        if transaction.awaited is not None:
            await asyncio.shield(transaction.awaited)

    async def reset_async(self) -> None:
        """See World."""
        await super().reset_async()
        await self._reset_companion()

    async def restore_async(self, state: NewState) -> None:
        """See World."""
        await super().restore_async(state)
        await self._reset_companion()

    def transmission(self, key: str, lane: str) -> SharedTransmission:
        """The transmission of a message of this world."""
        return SharedTransmission(self._engine, self.keys, self.number, key, lane)

    async def store_messages(self, sender: str, messages: Iterable[OutboundMessage]) -> list[SharedTransmission]:
        """See World."""
        packed = [stored(sender, each) for each in messages]
        if not packed:
            return []
        ids = await store_messages(self._engine, self.keys, self.number, self.entry_version, packed)
        if ids is None:
            raise WorldGone(self.name)
        return [self.transmission(key, message.lane) for key, message in zip(ids, packed, strict=True)]

    async def cancel_messages(self) -> None:
        """See World."""
        await cancel_messages(self._engine, self.keys, self.number)

    async def _reset_companion(self) -> None:
        if len(self.companion):
            self.companion.reset_shared()
            await self._feed.pull()
            await self._feed.announce()

    async def _announce(self) -> None:
        """Stores a commit without changes."""

        async def attempt() -> int:
            await self.prepare_change()
            base = self.tip
            return await self._worlds.write(self, Write(Committed(self.name, [], {}, base.drawn), base, base))

        await self._until_stored(attempt)

    def apply_entry(self, version: int, token: str, write: Write, length: int) -> None:
        """Applies the entry after the last one. `length` is its size in bytes."""
        self.entry_version, self.token = version, token
        if self.pending:
            self.pending = {token: each for token, each in self.pending.items() if each[0] > version}
        self.history += length
        self._lengths.append((version, length))
        self.commits_since_snapshot += 1
        self.apply(version, write)
        if isinstance(write.record, Committed) and not write.record.changes:
            self._feed.is_stale = True

    def first_within(self, most_bytes: int, default: int) -> int:
        """The version of the first of the last entries that have at most so many bytes together.

        `default` if those that this process has applied have fewer.
        """
        total = 0
        for version, length in reversed(self._lengths):
            total += length
            if total > most_bytes:
                return version + 1
        return default

    def replace(self, loaded: Loaded) -> None:
        """Replaces the state by one that was read anew, because the entries up to it are no longer kept."""
        self._root = loaded.root
        self.entry_version, self.token = loaded.version, loaded.token
        self.size, self.history, self.commits_since_snapshot = loaded.size, loaded.history, 0

"""Worlds on several shared stores. Each new world is on the one that a hash of its name chooses."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from mock_server.state.clock import RealTime, real_time
from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable, StoreUnavailable, UnknownWorld
from mock_server.state.jobs import JobHandler
from mock_server.state.outbound import Recorder, Sender
from mock_server.state.root import Root
from mock_server.state.shared.options import StoreOptions
from mock_server.state.shared.stored_worlds import StoredWorlds
from mock_server.state.shared.tasks import cancelled
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.worlds import DEFAULT_WORLD, Listener, NewState, Observer, StoreStatus, World, Worlds

WATCH_INTERVAL = 1.0
"""Seconds between checks of each store: whether it can be used, and which worlds it has."""

T = TypeVar("T")

_logger = logging.getLogger(__name__)


def home_of(world: str, stores: Iterable[str]) -> str:
    """The store of a new world, by rendezvous hashing: the one with the largest SHA-256 of "<store> <world>".

    When a store is added, it becomes the home of its share of the names, and no other name gets another home.
    """
    return max(stores, key=lambda store: hashlib.sha256(f"{store} {world}".encode()).digest())


def shared_worlds(
    schema: Schema,
    start: Callable[[], Root],
    stores: Sequence[StoreOptions],
    real_time: RealTime = real_time,
    job_handlers: Mapping[str, JobHandler] | None = None,
) -> SharedWorlds | ShardedWorlds:
    """The worlds of one store or of several. Raises LogUnusable."""
    if len(stores) == 1:
        return SharedWorlds(schema, start, stores[0], real_time, job_handlers)
    return ShardedWorlds(schema, start, stores, real_time, job_handlers)


class Shard(SharedWorlds):
    """The worlds of one of several stores. It has a default world only if it is the home of that.

    `trouble` is why the store cannot be used, None if it can. `is_loaded` once its worlds are known.
    """

    def __init__(
        self, schema: Schema, options: StoreOptions, real_time: RealTime, job_handlers: Mapping[str, JobHandler]
    ) -> None:
        self.is_loaded = False
        self.trouble: str | None = None
        super().__init__(schema, lambda: Root.empty(schema, ""), options, real_time, job_handlers)

    def _open(self, start: Callable[[], Root]) -> None:
        """Does nothing: the worlds are loaded by `update`."""

    def has(self, name: str) -> bool:
        """Whether a world is known to be in the store."""
        return self.is_loaded and name in self._worlds

    async def update(self) -> None:
        """Loads the worlds, or applies which ones have been created and dropped; sets `trouble`. Raises LogUnusable."""
        try:
            await (self.refresh() if self.is_loaded else self.load())
        except StoreUnavailable as error:
            self.trouble = str(error)
        else:
            self.is_loaded, self.trouble = True, None

    def check_loaded(self) -> None:
        """Raises StoreUnavailable if the store could not be used yet."""
        if not self.is_loaded:
            raise StoreUnavailable(self.trouble or "", may_be_stored=False)

    async def catch_up(self) -> None:
        """See Worlds. Raises StoreUnavailable."""
        self.check_loaded()
        await super().catch_up()


class ShardedWorlds(StoredWorlds):
    """The worlds of several stores. Raises LogUnusable when the default world cannot be served.

    A world is served from the store that has it, whether or not that is its home. Where two have worlds of one name,
    which happens when a store that had one could not be used, the one at home is served.
    """

    def __init__(
        self,
        schema: Schema,
        start: Callable[[], Root],
        stores: Sequence[StoreOptions],
        real_time: RealTime = real_time,
        job_handlers: Mapping[str, JobHandler] | None = None,
    ) -> None:
        self._shards = {
            each.key: Shard(schema, each, real_time, job_handlers or {})
            for each in sorted(stores, key=lambda each: each.key)
        }
        self._followers: list[AsyncIterator[None]] = []
        super().__init__(schema, start, real_time=real_time, job_handlers=job_handlers)

    # -- Opening and closing

    async def _load_or_found(self, start: Callable[[], Root]) -> None:
        """See StoredWorlds."""
        await asyncio.gather(*(each.update() for each in self._shards.values()))
        self._check_distinct()
        unusable = [each for each in self._shards.values() if not each.is_loaded]
        if self._shard_with(DEFAULT_WORLD) is None:
            if unusable:
                raise LogUnusable(
                    f"No store that can be used has the default world; it may be in the one that cannot. "
                    f"{unusable[0].trouble}"
                )
            self.is_new = True
            await self._home(DEFAULT_WORLD).found(start)
        for each in unusable:
            _logger.warning("Worlds are answered with 503 until their store can be used: %s", each.trouble)
        self._warn_of_hidden()

    def _check_distinct(self) -> None:
        """Raises LogUnusable if two URLs lead to the same store."""
        seen: dict[str, Shard] = {}
        for each in self._shards.values():
            if each.is_loaded:
                first = seen.setdefault(each.engine.store_id, each)
                if first is not each:
                    addresses = f"{first.engine.options.address} and {each.engine.options.address}"
                    raise LogUnusable(f"{addresses} are the same store. Name it once.")

    def _warn_of_hidden(self) -> None:
        for shard in self._shards.values():
            for name in sorted(shard.names()):
                served = self._shard_with(name)
                if served is not shard and served is not None:
                    _logger.warning(
                        "There is a world %s in %s and another in %s: the former is served.",
                        name,
                        served.engine.options.address,
                        shard.engine.options.address,
                    )

    async def disconnect(self) -> None:
        """See StoredWorlds."""
        for each in self._shards.values():
            await each.disconnect()

    # -- Looking worlds up

    def _home(self, name: str) -> Shard:
        """The shard of a new world. Raises StoreUnavailable if that could not be used yet."""
        home = self._shards[home_of(name, self._shards)]
        home.check_loaded()
        return home

    def _shard_with(self, name: str) -> Shard | None:
        """The shard that has a world."""
        home = self._shards[home_of(name, self._shards)]
        return next((each for each in (home, *self._shards.values()) if each.has(name)), None)

    def _shard_of(self, name: str) -> Shard:
        """The shard that has a world. Raises UnknownWorld; StoreUnavailable if one that cannot be used may have it."""
        shard = self._shard_with(name)
        if shard is None:
            for each in self._shards.values():
                if not each.is_loaded:
                    raise StoreUnavailable(
                        f"No store that can be used has the world {name}; another may have it. {each.trouble}",
                        may_be_stored=False,
                    )
            raise UnknownWorld(name)
        return shard

    @property
    def default(self) -> World:
        """See Worlds."""
        return self._shard_of(DEFAULT_WORLD).default

    @property
    def version(self) -> int:
        """See Worlds. That of the default world."""
        return self.default.version

    def version_of(self, world: World) -> int:
        """See Worlds."""
        return world.version

    def get(self, name: str) -> World:
        """See Worlds. Raises StoreUnavailable, too."""
        return self._shard_of(name).get(name)

    def all(self) -> list[World]:
        """See Worlds."""
        shards = self._shards.values()
        found = [world for shard in shards for world in shard.all() if self._shard_with(world.name) is shard]
        return sorted(found, key=lambda world: world.name != DEFAULT_WORLD)

    def names(self) -> set[str]:
        """See Worlds."""
        return {name for shard in self._shards.values() for name in shard.names()}

    def holds(self, world: World) -> bool:
        """See Worlds."""
        return any(each.holds(world) for each in self._shards.values())

    async def enter(self, name: str | None = None) -> World:
        """See Worlds."""
        name = DEFAULT_WORLD if name is None else name
        try:
            return await (self._shard_with(name) or self._home(name)).enter(name)
        except UnknownWorld:  # It may be in another store, since before the list of stores was changed.
            await self.refresh()
        return await self._shard_of(name).enter(name)

    async def refresh(self) -> None:
        """See Worlds. Leaves out stores that could not be used at the last check."""
        await asyncio.gather(*(each.update() for each in self._shards.values() if each.trouble is None))

    async def catch_up(self) -> None:
        """See Worlds."""
        await asyncio.gather(*(each.catch_up() for each in self._shards.values()))

    def shards(self) -> Sequence[Worlds]:
        """See Worlds."""
        return tuple(self._shards.values())

    def stores(self) -> Sequence[StoreStatus]:
        """See Worlds."""
        return [StoreStatus(each.engine.options.address, each.trouble) for each in self._shards.values()]

    # -- Creating and dropping worlds

    async def create_async(self, name: str, source: str = DEFAULT_WORLD) -> World:
        """See Worlds. The branch may be in another store than its source."""
        return await self.create_from_async(name, NewState((await self.enter(source)).root, None))

    async def create_from_async(self, name: str, state: NewState) -> World:
        """See Worlds."""
        await self.refresh()
        self.check_free(name)
        return await self._home(name).create_from_async(name, state)

    async def drop_async(self, name: str) -> None:
        """See Worlds."""
        await self.enter(name)
        await self._shard_of(name).drop_async(name)

    # -- What is done with every commit

    def listen(self, listener: Listener) -> None:
        """See Worlds."""
        for each in self._shards.values():
            each.listen(listener)

    def record_with(self, recorder: Recorder[World]) -> None:
        """See Worlds."""
        for each in self._shards.values():
            each.record_with(recorder)

    def send_with(self, name: str, sender: Sender[World]) -> None:
        """See Worlds."""
        for each in self._shards.values():
            each.send_with(name, sender)

    def observe(self, observer: Observer) -> None:
        """See Worlds."""
        for each in self._shards.values():
            each.observe(observer)

    # -- Following

    async def follow(self) -> AsyncIterator[None]:
        """See Worlds. Loads the stores that could not be used before as soon as they can be."""
        self._loop = asyncio.get_running_loop()
        for each in self._shards.values():
            if each.is_loaded:
                await self._start_following(each)
        watchers = [self._loop.create_task(self._watch(each)) for each in self._shards.values()]
        yield
        for watcher in watchers:
            await cancelled(watcher)
        for follower in self._followers:
            await anext(follower, None)
        self._followers.clear()
        await self.disconnect()
        self._loop = None

    async def _start_following(self, shard: Shard) -> None:
        follower = shard.follow()
        await anext(follower)
        self._followers.append(follower)

    async def _watch(self, shard: Shard) -> None:
        """Keeps `trouble` up to date, and loads the worlds of a store that could not be used before."""
        while True:
            try:
                if shard.is_loaded:
                    await shard.update()
                else:
                    await self._load_late(shard)
            except LogUnusable as error:
                shard.is_loaded, shard.trouble = False, str(error)
            except Exception:
                _logger.exception("The store at %s cannot be watched", shard.engine.options.address)
            await asyncio.sleep(WATCH_INTERVAL)

    async def _load_late(self, shard: Shard) -> None:
        await shard.update()
        if shard.is_loaded:
            self._check_distinct()
            self._warn_of_hidden()
            await self._start_following(shard)

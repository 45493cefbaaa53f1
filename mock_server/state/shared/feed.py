"""Shares what processes keep beside the state of a world. Each has all entries, in the order of the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from mock_server.state.companion import Replica
from mock_server.state.errors import StoreUnavailable, WorldGone
from mock_server.state.shared.engine import Engine
from mock_server.state.shared.keys import WorldKeys
from mock_server.state.shared.scripts import ADD_ENTRY

_ADD = (
    ADD_ENTRY
    + """
-- KEYS: log, numbers, lists... ARGV: for each entry the place of its list in KEYS, its part, its list's length, its
-- content. Counters have no length: an entry for them forgets the one that is its content, or all if that is empty.
if redis.call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
for first = 1, #ARGV, 4 do
  local list = KEYS[tonumber(ARGV[first])]
  if ARGV[first + 2] == '0' then
    if ARGV[first + 3] == '' then redis.call('UNLINK', list) else redis.call('HDEL', list, ARGV[first + 3]) end
  else
    add_entry(KEYS[2], list, ARGV[first + 1], ARGV[first + 2], ARGV[first + 3])
  end
end
return {'ok'}
"""
)

_IF_WORLD_EXISTS = """
if redis.call('EXISTS', table.remove(KEYS)) == 0 then return 'gone' end
"""

READ_AT_ONCE = 500
MOST_WAITING = 10_000
"""Entries that wait for the store. Of more, the oldest are lost: they are of use to people, and no request waits."""

_logger = logging.getLogger(__name__)


class SharedFeed:
    """See companion.Feed. Entries that are sent at about the same time are added together.

    `announce` stores an entry in the log of the world, which every process reads before its next request.
    """

    def __init__(self, world: str, engine: Engine, keys: WorldKeys, announce: Callable[[], Awaitable[object]]) -> None:
        self._world = world
        self._announce = announce
        self.is_stale = True
        self._engine = engine
        self._keys = keys
        self._replicas: dict[str, Replica] = {}
        self._last: dict[str, int] = {}
        self._waiting: list[tuple[str, int, bytes]] = []
        self._next: asyncio.Future[None] | None = None
        self._stored: asyncio.Future[None] | None = None
        """Set when what waits, and what is being stored, is in the store."""
        self._storing: asyncio.Task[None] | None = None
        self._pulling = asyncio.Lock()

    def follow(self, part: str, replica: Replica) -> None:
        """See Feed."""
        self._replicas[part] = replica
        self._last[part] = 0

    def send(self, part: str, content: bytes, longest: int) -> None:
        """See Feed."""
        self._waiting.append((part, longest, content))
        del self._waiting[:-MOST_WAITING]

    async def flush(self) -> None:
        """See Feed."""
        if self._waiting:
            loop = asyncio.get_running_loop()
            if self._next is None:
                self._next = loop.create_future()
            if self._storing is None:
                self._storing = loop.create_task(self._store_all())
        stored = self._next or self._stored
        if stored is not None:
            await asyncio.shield(stored)

    async def _store_all(self) -> None:
        """Stores what waits, also what comes in the meantime."""
        try:
            while self._waiting and self._next is not None:
                entries, self._waiting = self._waiting, []
                self._stored, self._next = self._next, None
                try:
                    await self._add(entries)
                except StoreUnavailable as error:
                    _logger.warning("%d entries of journals and lists are lost: %s", len(entries), error)
                finally:
                    self._stored.set_result(None)
        finally:
            self._storing = self._stored = None

    async def _add(self, entries: list[tuple[str, int, bytes]]) -> None:
        parts = sorted({part for part, _, _ in entries})
        keys = (self._keys.log, self._keys.numbers, *map(self._keys.part, parts))
        places = {part: place for place, part in enumerate(parts, start=3)}
        arguments: list[Any] = []
        for part, longest, content in entries:
            arguments += (places[part], part, longest, content)

        async def add() -> Any:
            return await self._engine.guarded_script(_ADD, keys, arguments)

        await self._engine.patiently(add)

    async def pull(self) -> None:
        """See Feed. Raises StoreUnavailable."""
        await self.flush()
        async with self._pulling:
            self.is_stale = False
            while await self._engine.patiently(self._read) == READ_AT_ONCE:
                pass

    async def wait(self, seconds: float) -> None:
        """See Feed."""
        await self.flush()
        try:
            found = await self._engine.blocking.xread(self._places(), READ_AT_ONCE, block=max(int(seconds * 1000), 1))
        except (RedisError, OSError):
            await asyncio.sleep(seconds)
            return
        async with self._pulling:
            self._apply(found)

    async def announce(self) -> None:
        """See Feed."""
        await self._announce()

    async def evaluate(self, script: str, part: str, arguments: Sequence[str | int]) -> Any:
        """See Feed. After a lost reply, the script may run twice."""
        keys = (self._keys.part(part), self._keys.log)

        async def evaluate() -> Any:
            return await self._engine.guarded_script(_IF_WORLD_EXISTS + script, keys, arguments)

        reply = await self._engine.patiently(evaluate)
        if reply == b"gone":
            raise WorldGone(self._world)
        return reply

    def forget(self, part: str, *counters: str) -> None:
        """See Feed."""
        self._waiting += [(part, 0, counter.encode()) for counter in counters or ("",)]

    async def _read(self) -> int:
        places = self._places()
        return self._apply(await self._engine.client.xread(places, READ_AT_ONCE)) if places else 0

    def _places(self) -> dict[Any, Any]:
        return {self._keys.part(part): f"{number}-0" for part, number in self._last.items()}

    def _apply(self, found: Any) -> int:
        """Passes entries to the replicas. Returns the largest number of entries of a part."""
        most = 0
        for key, entries in found:
            part = key.decode().rpartition(":")[2]
            most = max(most, len(entries))
            for place, fields in entries:
                number = int(place.partition(b"-")[0])
                if number > self._last[part]:  # Otherwise it was applied while this was being read.
                    self._last[part] = number
                    self._replicas[part].apply(number, fields[b"c"])
        return most

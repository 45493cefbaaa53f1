"""Parcels of a shared store: each leaves once, in order within its lane, and another process takes over for a dead one.

A parcel is stored with its commit. `owners` has the process that carries it, with a star once it is leaving.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec

from mock_server.state.carrier import Parcel
from mock_server.state.errors import StoreUnavailable
from mock_server.state.shared.engine import Engine
from mock_server.state.shared.keys import WorldKeys
from mock_server.state.shared.scripts import SAME_STORE

ALIVE_FOR = 10
"""Seconds after which a process that has not been heard of counts as dead."""
HEARD_EVERY = 2.0
"""Seconds between signs of life, and between looks for parcels of dead processes."""
FIRST_WAIT, LONGEST_WAIT = 0.02, 0.5
"""Seconds between questions whether the parcels before have left."""

START = (
    SAME_STORE
    + """
-- KEYS: store, parcels, waiting, owners. ARGV: identity, id, lane, writer.
if redis.call('HGET', KEYS[4], ARGV[2]) ~= ARGV[4] then return {'gone'} end
local first = redis.call('ZRANGEBYLEX', KEYS[3], '[' .. ARGV[3] .. ':', '+', 'LIMIT', 0, 1)[1]
if first ~= ARGV[3] .. ':' .. ARGV[2] then return {'wait'} end
redis.call('HSET', KEYS[4], ARGV[2], ARGV[4] .. '*')
return {'first'}
"""
)

FINISH = (
    SAME_STORE
    + """
-- KEYS: store, parcels, waiting, owners, worlds with parcels. ARGV: identity, id, lane, world.
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[3] .. ':' .. ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2])
if redis.call('HLEN', KEYS[2]) == 0 then redis.call('SREM', KEYS[5], ARGV[4]) end
return {'stored'}
"""
)

TAKE_OVER = (
    SAME_STORE
    + """
-- KEYS: store, parcels, owners. ARGV: identity, writer, prefix of processes.
-- Returns {'taken', {{id, parcel, whether it was leaving}...}}. Without `unpack`, which has a limit of 8,000 values.
local taken = {}
local owners = redis.call('HGETALL', KEYS[3])
for place = 1, #owners, 2 do
  local id, owner = owners[place], owners[place + 1]
  local writer = string.match(owner, '^[^*]*')
  if writer ~= ARGV[2] and redis.call('EXISTS', ARGV[3] .. writer) == 0 then
    redis.call('HSET', KEYS[3], id, ARGV[2])
    taken[#taken + 1] = {id, redis.call('HGET', KEYS[2], id), owner ~= writer and 1 or 0}
  end
end
table.sort(taken, function(one, other) return one[1] < other[1] end)
return {'taken', taken}
"""
)


class StoredParcel(msgspec.Struct, frozen=True):
    """A parcel in the store, with the name of its carrier."""

    carrier: str
    lane: str
    content: bytes


def arguments_of(parcels: Sequence[StoredParcel]) -> list[str | bytes]:
    """The arguments with which a commit stores its parcels."""
    return [value for each in parcels for value in (_lane(each.lane), msgspec.msgpack.encode(each))]


def parcel_id(version: int, place: int) -> str:
    """The id of the parcel at a place of a commit. Ids sort in the order of commits."""
    return f"{version:016d}-{place:04d}"


def stored(carrier: str, parcel: Parcel) -> StoredParcel:
    """A parcel for the store."""
    return StoredParcel(carrier, parcel.lane, parcel.content)


class SharedDeparture:
    """See Departure."""

    def __init__(self, engine: Engine, keys: WorldKeys, world: int, key: str, lane: str) -> None:
        self._engine = engine
        self._keys = keys
        self._world = world
        self._key = key
        self._lane = _lane(lane)

    async def start(self) -> bool:
        """See Departure."""
        keys = self._keys
        pause = FIRST_WAIT

        async def start() -> Any:
            arguments = (self._key, self._lane, self._engine.writer)
            names = (self._engine.keys.store, keys.parcels, keys.waiting, keys.owners)
            return await self._engine.script(START, names, arguments)

        while (outcome := (await _persistently(self._engine, start))[0]) == b"wait":
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_WAIT)
        return outcome == b"first"

    async def finish(self) -> None:
        """See Departure."""
        keys, shared = self._keys, self._engine.keys

        async def finish() -> Any:
            return await self._engine.script(
                FINISH,
                (shared.store, keys.parcels, keys.waiting, keys.owners, shared.parcels),
                (self._key, self._lane, self._world),
            )

        await _persistently(self._engine, finish)


async def take_over(engine: Engine, keys: WorldKeys) -> list[tuple[str, StoredParcel, bool]]:
    """Makes this process carry the parcels of dead ones: their ids, the parcels, and whether they were leaving."""
    reply = await engine.script(
        TAKE_OVER, (engine.keys.store, keys.parcels, keys.owners), (engine.writer, engine.keys.process(""))
    )
    return [
        (key.decode(), msgspec.msgpack.decode(content, type=StoredParcel), bool(was_leaving))
        for key, content, was_leaving in reply[1]
    ]


T = TypeVar("T")


async def _persistently(engine: Engine, attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of `attempt`, however long the store cannot be used."""
    while True:
        try:
            return await engine.patiently(attempt)
        except StoreUnavailable:
            await asyncio.sleep(LONGEST_WAIT)


def _lane(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest()

"""Outbound messages of a shared store: each is sent once, in order within its lane, also if its process dies.

A message is stored with its commit. `owners` has the process that sends it, with a star once sending has begun.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec

from mock_server.state.errors import StoreUnavailable
from mock_server.state.outbound import OutboundMessage
from mock_server.state.shared.engine import Engine
from mock_server.state.shared.keys import WorldKeys
from mock_server.state.shared.scripts import SAME_STORE

HEARTBEAT_EXPIRY = 10
"""Seconds without a heartbeat after which a process counts as dead."""
HEARTBEAT_INTERVAL = 2.0
"""Seconds between heartbeats, and between checks for messages of dead processes."""
FIRST_WAIT, LONGEST_WAIT = 0.02, 0.5
"""Seconds between checks whether earlier messages have been sent."""

START = (
    SAME_STORE
    + """
-- KEYS: store, messages, waiting, owners. ARGV: identity, id, lane, writer.
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
-- KEYS: store, messages, waiting, owners, worlds with messages. ARGV: identity, id, lane, world.
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
-- KEYS: store, messages, owners. ARGV: identity, writer, prefix of processes.
-- Returns {'taken', {{id, message, whether sending had begun}...}}. No `unpack`: it takes 8,000 values.
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


class StoredMessage(msgspec.Struct, frozen=True):
    """A message in the store, with the name of its sender."""

    sender: str
    lane: str
    content: bytes


def arguments_of(messages: Sequence[StoredMessage]) -> list[str | bytes]:
    """The arguments with which a commit stores its messages."""
    return [value for each in messages for value in (_lane(each.lane), msgspec.msgpack.encode(each))]


def message_id(version: int, place: int) -> str:
    """The id of the message at a place of a commit. Ids sort in the order of commits."""
    return f"{version:016d}-{place:04d}"


def stored(sender: str, message: OutboundMessage) -> StoredMessage:
    """A message for the store."""
    return StoredMessage(sender, message.lane, message.content)


class SharedTransmission:
    """See Transmission."""

    def __init__(self, engine: Engine, keys: WorldKeys, world: int, key: str, lane: str) -> None:
        self._engine = engine
        self._keys = keys
        self._world = world
        self._key = key
        self._lane = _lane(lane)

    async def start(self) -> bool:
        """See Transmission."""
        keys = self._keys
        pause = FIRST_WAIT

        async def start() -> Any:
            arguments = (self._key, self._lane, self._engine.writer)
            names = (self._engine.keys.store, keys.messages, keys.waiting, keys.owners)
            return await self._engine.script(START, names, arguments)

        while (outcome := (await _persistently(self._engine, start))[0]) == b"wait":
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_WAIT)
        return outcome == b"first"

    async def finish(self) -> None:
        """See Transmission."""
        keys, shared = self._keys, self._engine.keys

        async def finish() -> Any:
            return await self._engine.script(
                FINISH,
                (shared.store, keys.messages, keys.waiting, keys.owners, shared.messages),
                (self._key, self._lane, self._world),
            )

        await _persistently(self._engine, finish)


async def take_over(engine: Engine, keys: WorldKeys) -> list[tuple[str, StoredMessage, bool]]:
    """Makes this process the sender of the messages of dead ones: ids, messages, and whether sending had begun."""
    reply = await engine.script(
        TAKE_OVER, (engine.keys.store, keys.messages, keys.owners), (engine.writer, engine.keys.process(""))
    )
    return [
        (key.decode(), msgspec.msgpack.decode(content, type=StoredMessage), bool(had_begun))
        for key, content, had_begun in reply[1]
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

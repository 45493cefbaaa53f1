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
from mock_server.state.outbound import ListEntry, OutboundMessage, Start
from mock_server.state.shared.engine import LONGEST_PAUSE, Engine
from mock_server.state.shared.keys import WorldKeys
from mock_server.state.shared.scripts import ADD_ENTRY, SAME_STORE

HEARTBEAT_EXPIRY = 10
"""Seconds without a heartbeat after which a process counts as dead."""
HEARTBEAT_INTERVAL = 2.0
"""Seconds between heartbeats, and between checks for messages of dead processes."""

START = (
    SAME_STORE
    + ADD_ENTRY
    + """
-- KEYS: store, messages, waiting, owners, numbers of lists, list.
-- ARGV: identity, id, lane, writer, and if there is an entry its part, longest and content.
local owner = redis.call('HGET', KEYS[4], ARGV[2])
if owner == ARGV[4] .. '*' then return {'first'} end  -- The reply to an earlier attempt was lost.
if owner ~= ARGV[4] then return {'gone'} end
local first = redis.call('ZRANGEBYLEX', KEYS[3], '[' .. ARGV[3] .. ':', '+', 'LIMIT', 0, 1)[1]
if first ~= ARGV[3] .. ':' .. ARGV[2] then return {'wait'} end
redis.call('HSET', KEYS[4], ARGV[2], ARGV[4] .. '*')
if ARGV[5] then add_entry(KEYS[5], KEYS[6], ARGV[5], ARGV[6], ARGV[7]) end
return {'first'}
"""
)

FINISH = (
    SAME_STORE
    + ADD_ENTRY
    + """
-- KEYS: store, messages, waiting, owners, worlds with messages, numbers of lists, list.
-- ARGV: identity, id, lane, world, and if there is an entry its part, longest and content.
local is_there = redis.call('HDEL', KEYS[2], ARGV[2]) == 1
redis.call('ZREM', KEYS[3], ARGV[3] .. ':' .. ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2])
if redis.call('HLEN', KEYS[2]) == 0 then redis.call('SREM', KEYS[5], ARGV[4]) end
if is_there and ARGV[5] then add_entry(KEYS[6], KEYS[7], ARGV[5], ARGV[6], ARGV[7]) end
return {'stored'}
"""
)

RESERVE_IDS = """
-- KEYS: log, numbers. ARGV: how many.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[2], 'messages', ARGV[1])
"""

STORE_MESSAGES = (
    SAME_STORE
    + """
-- KEYS: store, messages, waiting, owners, worlds with messages, log.
-- ARGV: identity, writer, world, and of each message its id, its lane and its content.
if redis.call('EXISTS', KEYS[6]) == 0 then return {'gone'} end
for place = 4, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[place], ARGV[place + 2])
  redis.call('ZADD', KEYS[3], 0, ARGV[place + 1] .. ':' .. ARGV[place])
  redis.call('HSET', KEYS[4], ARGV[place], ARGV[2])
end
redis.call('SADD', KEYS[5], ARGV[3])
return {'stored'}
"""
)

CANCEL_MESSAGES = (
    SAME_STORE
    + """
-- KEYS: store, messages, waiting, owners, worlds with messages. ARGV: identity, world.
for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  local id = string.match(member, ':(.*)$')
  local owner = redis.call('HGET', KEYS[4], id)
  if not owner or string.sub(owner, -1) ~= '*' then
    redis.call('HDEL', KEYS[2], id)
    redis.call('ZREM', KEYS[3], member)
    redis.call('HDEL', KEYS[4], id)
  end
end
if redis.call('HLEN', KEYS[2]) == 0 then redis.call('SREM', KEYS[5], ARGV[2]) end
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
        self.key = key
        self._engine = engine
        self._keys = keys
        self._world = world
        self._lane = _lane(lane)

    async def start(self, entry: ListEntry | None = None) -> Start:
        """See Transmission."""
        keys = (self._engine.keys.store, self._keys.messages, self._keys.waiting, self._keys.owners)
        reply = await self._run(START, keys, (self.key, self._lane, self._engine.writer), entry)
        return reply[0].decode()

    async def finish(self, entry: ListEntry | None = None) -> None:
        """See Transmission."""
        await self._run(FINISH, message_keys(self._engine, self._keys), (self.key, self._lane, self._world), entry)

    async def _run(
        self, script: str, keys: Sequence[str], arguments: Sequence[str | int], entry: ListEntry | None
    ) -> Any:
        if entry is not None:
            keys = (*keys, self._keys.numbers, self._keys.part(entry.part))

        async def run() -> Any:
            return await self._engine.script(script, keys, (*arguments, *(entry or ())))

        return await _persistently(self._engine, run)


def message_keys(engine: Engine, keys: WorldKeys) -> tuple[str, ...]:
    """The keys of the messages of a world."""
    return engine.keys.store, keys.messages, keys.waiting, keys.owners, engine.keys.messages


async def store_messages(
    engine: Engine, keys: WorldKeys, world: int, version: int, messages: Sequence[StoredMessage]
) -> list[str] | None:
    """Stores messages that no commit sends, after those of the commit `version`. Returns their ids.

    None if the world has been dropped. Raises StoreUnavailable.
    """

    async def reserve() -> int:
        return await engine.guarded_script(RESERVE_IDS, (keys.log, keys.numbers), (len(messages),))

    last = await engine.patiently(reserve)
    if not last:
        return None
    ids = [f"{version:016d}-x{number:016d}" for number in range(last - len(messages) + 1, last + 1)]
    arguments: list[str | bytes | int] = [engine.writer, world]
    for key, message in zip(ids, messages, strict=True):
        arguments += [key, *arguments_of([message])]

    async def store() -> Any:
        return await engine.script(STORE_MESSAGES, (*message_keys(engine, keys), keys.log), arguments)

    return ids if (await engine.patiently(store))[0] == b"stored" else None


async def cancel_messages(engine: Engine, keys: WorldKeys, world: int) -> None:
    """Removes the messages of a world that no process has begun to send. Raises StoreUnavailable."""

    async def remove() -> Any:
        return await engine.script(CANCEL_MESSAGES, message_keys(engine, keys), (world,))

    await engine.patiently(remove)


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
            await asyncio.sleep(LONGEST_PAUSE)


def _lane(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest()

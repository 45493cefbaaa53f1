"""What processes share beside the state of a world: numbered lists of limited length, values and counters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mock_server.state.shared.engine import Engine
from mock_server.state.shared.keys import WorldKeys

_ADD = """
-- KEYS: numbers, list. ARGV: part, longest, contents... Numbers go on after a clear, too.
local first = redis.call('HINCRBY', KEYS[1], ARGV[1], #ARGV - 2) - (#ARGV - 2)
for place = 3, #ARGV do
  redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[2], string.format('%.0f-0', first + place - 2), 'c', ARGV[place])
end
return first + 1
"""

_COUNT = """
-- KEYS: counter. ARGV: by, seconds. Returns the new value, and in how many milliseconds it begins again.
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return {value, redis.call('PTTL', KEYS[1])}
"""


class Numbered(NamedTuple):
    """One entry of a list, with its number."""

    number: int
    content: bytes


class Counted(NamedTuple):
    """The value of a counter, and the seconds until it begins again at 0."""

    value: int
    seconds_left: float


class SharedBeside:
    """The shared lists, values and counters of one world: ``world.shared``. All raise StoreUnavailable.

    A list or value is a part named in `keys.WORLD_PARTS`; it is deleted with the world. Contents are bytes.
    """

    def __init__(self, engine: Engine, keys: WorldKeys) -> None:
        self._engine = engine
        self._keys = keys

    async def add(self, part: str, contents: Sequence[bytes], longest: int) -> int:
        """Adds entries to a list that keeps the last `longest`. Returns the number of the first of them.

        Numbers are 1, 2, 3, ... in all processes and are never used again. After a lost reply, entries may be added
        twice.
        """
        keys = (self._keys.numbers, self._keys.part(part))

        async def add() -> int:
            return await self._engine.plain_script(_ADD, keys, (part, longest, *contents))

        return await self._engine.patiently(add)

    async def newest(self, part: str, limit: int, before: int = 0) -> list[Numbered]:
        """The newest entries of a list, newest first; with `before`, those with lower numbers."""
        end = f"({before}-0" if before else "+"

        async def read() -> list[Any]:
            untyped: Any = self._engine.client
            return await untyped.xrevrange(self._keys.part(part), end, "-", count=limit)

        return _numbered(await self._engine.patiently(read))

    async def after(self, part: str, number: int, limit: int) -> list[Numbered]:
        """The oldest entries of a list that come after `number`, oldest first."""

        async def read() -> list[Any]:
            untyped: Any = self._engine.client
            return await untyped.xrange(self._keys.part(part), f"({number}-0", "+", count=limit)

        return _numbered(await self._engine.patiently(read))

    async def clear(self, *parts: str) -> None:
        """Empties lists and forgets values. The numbers of lists go on."""

        async def clear() -> int:
            return await self._engine.client.unlink(*map(self._keys.part, parts))

        await self._engine.patiently(clear)

    async def get(self, part: str) -> bytes | None:
        """The value of a part."""

        async def get() -> Any:
            return await self._engine.client.get(self._keys.part(part))

        return await self._engine.patiently(get)

    async def put(self, part: str, value: bytes) -> None:
        """Sets the value of a part."""

        async def put() -> Any:
            return await self._engine.client.set(self._keys.part(part), value)

        await self._engine.patiently(put)

    async def count(self, name: str, seconds: float, by: int = 1) -> Counted:
        """Adds `by` to the counter `name`, which begins again at 0 `seconds` after its first use."""
        key = f"{self._keys.base}:count:{name}"

        async def count() -> Any:
            return await self._engine.plain_script(_COUNT, (key,), (by, max(int(seconds), 1)))

        value, left = await self._engine.patiently(count)
        return Counted(value, left / 1000)


def _numbered(entries: list[Any]) -> list[Numbered]:
    return [Numbered(int(key.partition(b"-")[0]), fields[b"c"]) for key, fields in entries]

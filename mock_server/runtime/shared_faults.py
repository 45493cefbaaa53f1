"""The faults of a world that several processes serve. They count matching requests together."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec

from mock_server.runtime.call import Caller
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.fault import Fault
from mock_server.runtime.faults import MOST_FAULTS, Faults, InjectedFault, TooManyFaults
from mock_server.state.companion import Feed

PART, COUNTERS = "faults", "fault-counters"
KEPT_CHANGES = 5 * MOST_FAULTS
"""The changes that a store keeps, for processes that start later."""

_MATCHED, _AFFECTED = "matched", "affected"
_COUNT = "return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)"
_COUNTS = "return redis.call('HGETALL', KEYS[1])"


class _Added(msgspec.Struct, frozen=True, array_like=True, tag="added"):
    token: str
    fault: Fault


class _Removed(msgspec.Struct, frozen=True, array_like=True, tag="removed"):
    fault_id: str


class _Cleared(msgspec.Struct, frozen=True, array_like=True, tag="cleared"):
    pass


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Added | _Removed | _Cleared).decode


class SharedFaults(Faults):
    """See Faults. A fault that was added gets its id, and is tried, once the store has given it a number."""

    def __init__(self, initial: tuple[Fault, ...], feed: Feed) -> None:
        self._feed: Feed | None = None
        self._added: dict[str, InjectedFault] = {}
        super().__init__(initial)
        self._feed = feed
        feed.follow(PART, self)

    def add(self, fault: Fault) -> InjectedFault:
        """See Faults."""
        if self._feed is None:  # The initial faults, which all processes have.
            return super().add(fault)
        if len(self) + len(self._added) >= MOST_FAULTS:
            raise TooManyFaults
        token = uuid4().hex
        self._send(_Added(token, fault))
        self._added[token] = InjectedFault("", fault)
        return self._added[token]

    def remove(self, fault_id: str) -> None:
        """See Faults."""
        self._send(_Removed(self[fault_id].id))
        assert self._feed is not None
        self._feed.forget(COUNTERS, _counter(fault_id, _MATCHED), _counter(fault_id, _AFFECTED))

    def clear(self) -> None:
        """See Faults."""
        if self._feed is None:
            super().clear()
        else:
            self._send(_Cleared())
            self._feed.forget(COUNTERS)

    def replace(self, faults: Any) -> None:
        """See Faults."""
        faults = list(faults)
        if len(faults) > MOST_FAULTS:
            raise TooManyFaults
        self.clear()
        if self._feed is not None:
            self._faults.clear()  # So that there is room for the new ones.
        for fault in faults:
            self.add(fault)

    def close(self) -> None:
        """See Part."""
        super().clear()

    def apply(self, number: int, content: bytes) -> None:
        """See Replica."""
        change = _decode(content)
        if isinstance(change, _Added):
            injected = self._added.pop(change.token, None) or InjectedFault("", change.fault)
            injected.id = f"fault-{len(self._initial) + number}"
            self._faults[injected.id] = injected
        elif isinstance(change, _Removed):
            self._faults.pop(change.fault_id, None)
        else:
            self._faults.clear()

    async def chosen_for(self, exchange: Exchange, caller: Caller | None = None) -> InjectedFault | None:
        """See Faults. Raises StoreUnavailable."""
        for injected in self._matching(exchange, caller):
            if injected.happens_at(await self._count(injected, _MATCHED)):
                await self._count(injected, _AFFECTED)
                return injected
        return None

    async def refresh(self) -> None:
        """See Faults. Raises StoreUnavailable."""
        assert self._feed is not None
        counts: list[Any] = await self._feed.evaluate(_COUNTS, COUNTERS, ()) if len(self) else []
        found = {name.decode(): int(value) for name, value in zip(counts[::2], counts[1::2], strict=True)}
        for injected in self:
            injected.matched = found.get(_counter(injected.id, _MATCHED), 0)
            injected.affected = found.get(_counter(injected.id, _AFFECTED), 0)

    async def _count(self, injected: InjectedFault, what: str) -> int:
        assert self._feed is not None
        return await self._feed.evaluate(_COUNT, COUNTERS, (_counter(injected.id, what),))

    def _send(self, change: _Added | _Removed | _Cleared) -> None:
        assert self._feed is not None
        self._feed.send(PART, _encode(change), KEPT_CHANGES)


def _counter(fault_id: str, what: str) -> str:
    return f"{fault_id} {what}"

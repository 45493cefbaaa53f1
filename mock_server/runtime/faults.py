"""The faults of a world."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator

from mock_server.runtime.call import Caller
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.fault import DelayRange, Fault
from mock_server.state.companion import Slot

MOST_FAULTS = 1000
"""The most faults that a world can have."""
KEPT_DRAWS = 1000
"""Random numbers of a fault that are kept for requests that processes count in another order."""


class TooManyFaults(Exception):
    """A world cannot have more faults."""


class UnknownFault(Exception):
    """A world has no fault with this id."""


class InjectedFault:
    """A fault of a world, with the numbers of requests that it `matched` and that it `affected`."""

    __slots__ = ("_drawn", "_draws", "_random", "affected", "fault", "id", "matched")

    def __init__(self, fault_id: str, fault: Fault) -> None:
        self.id = fault_id
        self.fault = fault
        self.matched = 0
        self.affected = 0
        self._random = random.Random(fault.seed)
        self._drawn: deque[float] = deque(maxlen=KEPT_DRAWS)
        self._draws = 0

    def happens(self) -> bool:
        """Counts a matching request. Whether the fault affects it."""
        self.matched += 1
        fault = self.fault
        happens = (
            (fault.first is None or self.matched <= fault.first)
            and (fault.nth is None or self.matched == fault.nth)
            and (fault.probability is None or self._random.random() < fault.probability)
        )
        self.affected += happens
        return happens

    def happens_at(self, matched: int) -> bool:
        """Whether the fault affects the matching request with this number. Does not count it."""
        fault = self.fault
        return (
            (fault.first is None or matched <= fault.first)
            and (fault.nth is None or matched == fault.nth)
            and (fault.probability is None or self._draw(matched) < fault.probability)
        )

    def _draw(self, number: int) -> float:
        """The random number of the matching request with this number, or of the oldest one that is kept."""
        while self._draws < number:
            self._drawn.append(self._random.random())
            self._draws += 1
        return self._drawn[max(number - 1 - self._draws, -len(self._drawn))]

    @property
    def comes_first(self) -> bool:
        """Whether it has an effect before the operation."""
        fault = self.fault
        has_effect = fault.status is not None or fault.connection is not None or fault.delay is not None
        return has_effect and not fault.after

    def delay(self) -> float:
        """The delay of one request, in seconds."""
        delay = self.fault.delay
        if isinstance(delay, DelayRange):
            return self._random.randint(delay.min, delay.max) / 1000
        return (delay or 0) / 1000


class Faults:
    """The faults of one world, in the order in which they are tried. A reset restores the `initial` ones."""

    def __init__(self, initial: tuple[Fault, ...] = ()) -> None:
        self._initial = initial
        self._number = 0
        self._faults: dict[str, InjectedFault] = {}
        self.reset()

    def __len__(self) -> int:
        return len(self._faults)

    def __iter__(self) -> Iterator[InjectedFault]:
        return iter(tuple(self._faults.values()))

    def __getitem__(self, fault_id: str) -> InjectedFault:
        """One fault. Raises UnknownFault."""
        if fault_id not in self._faults:
            raise UnknownFault(fault_id)
        return self._faults[fault_id]

    def add(self, fault: Fault) -> InjectedFault:
        """Adds a fault, which is tried last. Raises TooManyFaults."""
        if len(self._faults) >= MOST_FAULTS:
            raise TooManyFaults
        self._number += 1
        added = InjectedFault(f"fault-{self._number}", fault)
        self._faults[added.id] = added
        return added

    def replace(self, faults: Iterable[Fault]) -> None:
        """Puts `faults` in the place of all. Raises TooManyFaults."""
        faults = list(faults)
        if len(faults) > MOST_FAULTS:
            raise TooManyFaults
        self.clear()
        for fault in faults:
            self.add(fault)

    def remove(self, fault_id: str) -> None:
        """Removes a fault. Raises UnknownFault."""
        del self._faults[self[fault_id].id]

    def clear(self) -> None:
        """Removes all faults."""
        self._faults.clear()

    def reset(self) -> None:
        """See Part."""
        self.replace(self._initial)

    def close(self) -> None:
        """See Part."""
        self.clear()

    async def chosen_for(self, exchange: Exchange, caller: Caller | None = None) -> InjectedFault | None:
        """The first fault that affects a request: of those for certain callers with `caller`, else of the others.

        Waits where processes share the faults.
        """
        for injected in self._matching(exchange, caller):
            if injected.happens():
                return injected
        return None

    async def refresh(self) -> None:
        """Reads how often requests in other processes have matched, where processes share the faults."""

    def _matching(self, exchange: Exchange, caller: Caller | None) -> Iterator[InjectedFault]:
        operation = exchange.operation.id if exchange.operation else None
        for injected in self:
            pattern = injected.fault.caller
            is_candidate = pattern is None if caller is None else pattern is not None and pattern.matches(caller)
            if is_candidate and injected.fault.matches(operation, exchange.method, exchange.path):
                yield injected


FaultsOfWorlds = Slot[Faults]

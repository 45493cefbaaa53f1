"""Turns in which the requests of one process write to a world of a shared store."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol


class Turn(Protocol):
    """A lock that one request at a time holds, in the order in which they asked for it."""

    def locked(self) -> bool:
        """Whether a request holds it."""
        ...

    async def __aenter__(self) -> None: ...

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None: ...


class _NoTurn:
    """Where commits do not wait, each comes directly after the run that it belongs to, and no turns are needed."""

    def locked(self) -> bool:
        return False

    async def __aenter__(self) -> None: ...

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None: ...


NO_TURN: Turn = _NoTurn()

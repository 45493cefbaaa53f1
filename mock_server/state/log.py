"""The commit log: what happened, in order. Every log behaves as the protocol says; one test suite covers them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from mock_server.state.checkpoint import Checkpoint
from mock_server.state.clock import Clock
from mock_server.state.errors import VersionConflict
from mock_server.state.snapshot import Snapshot
from mock_server.state.transaction import Change


class Committed(msgspec.Struct, frozen=True, tag="commit"):
    """A request changed a world."""

    world: str
    changes: list[Change]
    sequences: dict[str, int]
    drawn: int


class ClockSet(msgspec.Struct, frozen=True, tag="clock"):
    """A world's clock was set or moved."""

    world: str
    clock: Clock


class WorldCreated(msgspec.Struct, frozen=True, tag="created"):
    """A world began: as a branch of `source`, or from `snapshot`."""

    world: str
    source: str | None = None
    snapshot: Snapshot | None = None


class WorldReset(msgspec.Struct, frozen=True, tag="reset"):
    """A world went back to its start."""

    world: str


class WorldRestored(msgspec.Struct, frozen=True, tag="restored"):
    """A world took on the state of a snapshot."""

    world: str
    snapshot: Snapshot | None


class WorldDropped(msgspec.Struct, frozen=True, tag="dropped"):
    """A world ended."""

    world: str


Record = Committed | ClockSet | WorldCreated | WorldReset | WorldRestored | WorldDropped


TakeCheckpoint = Callable[[], Checkpoint]
"""Gives the checkpoint of the state after the last record. May run in another thread."""


class CommitLog(Protocol):
    """Records under versions 1, 2, 3, ... A checkpoint may stand for the first of them."""

    @property
    def is_persistent(self) -> bool:
        """Whether its records outlive the process."""
        ...

    @property
    def version(self) -> int:
        """The version of the last record, 0 for an empty log."""
        ...

    def append(self, expected_version: int, record: Record) -> int:
        """Adds `record` and gives its version. Raises VersionConflict unless the log stands at `expected_version`.

        A persistent log keeps a record whose append has returned, even when the process is killed. Raises LogUnwritable
        where it could not be kept; then it is not in the log.
        """
        ...

    def checkpoint(self) -> tuple[int, Checkpoint | None]:
        """The version up to which a checkpoint stands for the records, and the checkpoint; 0 and None without one."""
        ...

    @property
    def is_long(self) -> bool:
        """Whether it is time to replace records by a checkpoint."""
        ...

    def compact(self, take: TakeCheckpoint) -> None:
        """Begins to replace all records so far by a checkpoint. Appending goes on meanwhile."""
        ...

    @property
    def has_lost_touch(self) -> bool:
        """Whether it is not known what of the log has been kept, so that it has to be rewritten first."""
        ...

    def rewrite(self, take: TakeCheckpoint) -> None:
        """Replaces all records by a checkpoint now. Raises LogUnwritable."""
        ...

    def read(self, since: int) -> Iterator[tuple[int, Record]]:
        """Records after version `since`, oldest first. LookupError where these are no longer kept."""
        ...

    def close(self) -> None:
        """Releases what the log holds. Nothing can be appended afterwards."""
        ...


class MemoryLog:
    """Counts records and keeps none: the worlds end with the process."""

    is_persistent = False

    def __init__(self) -> None:
        self._version = 0

    @property
    def version(self) -> int:
        """The version of the last record."""
        return self._version

    def append(self, expected_version: int, record: Record) -> int:  # noqa: ARG002
        """See CommitLog."""
        if expected_version != self._version:
            raise VersionConflict(f"the log stands at {self._version}, not at {expected_version}")
        self._version += 1
        return self._version

    def read(self, since: int) -> Iterator[tuple[int, Record]]:  # noqa: ARG002
        """See CommitLog."""
        return iter(())

    def checkpoint(self) -> tuple[int, Checkpoint | None]:
        """See CommitLog."""
        return 0, None

    @property
    def is_long(self) -> bool:
        """Never."""
        return False

    def compact(self, take: TakeCheckpoint) -> None:
        """See CommitLog."""

    @property
    def has_lost_touch(self) -> bool:
        """Never."""
        return False

    def rewrite(self, take: TakeCheckpoint) -> None:
        """See CommitLog."""

    def close(self) -> None:
        """See CommitLog."""

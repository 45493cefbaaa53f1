"""The commit log: all changes of all worlds, in order. One test suite covers every implementation of the protocol."""

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
    """A world was created as a branch of `source`, or from `snapshot`."""

    world: str
    source: str | None = None
    snapshot: Snapshot | None = None


class WorldReset(msgspec.Struct, frozen=True, tag="reset"):
    """A world was reset to its start state."""

    world: str


class WorldRestored(msgspec.Struct, frozen=True, tag="restored"):
    """A world was restored from a snapshot."""

    world: str
    snapshot: Snapshot | None


class WorldDropped(msgspec.Struct, frozen=True, tag="dropped"):
    """A world was dropped."""

    world: str


Record = Committed | ClockSet | WorldCreated | WorldReset | WorldRestored | WorldDropped


TakeCheckpoint = Callable[[], Checkpoint]
"""Returns the checkpoint of the state after the last record. May run in another thread."""


class CommitLog(Protocol):
    """Records with the versions 1, 2, 3, ... A checkpoint may replace the first of them."""

    @property
    def is_persistent(self) -> bool:
        """Whether its records survive the process."""
        ...

    @property
    def version(self) -> int:
        """The version of the last record, 0 for an empty log."""
        ...

    def append(self, expected_version: int, record: Record) -> int:
        """Adds `record` and returns its version. Raises VersionConflict unless `version` is `expected_version`.

        Once this has returned, a persistent log keeps the record even if the process is killed. Raises LogUnwritable if
        the record could not be written; then it is not in the log.
        """
        ...

    def checkpoint(self) -> tuple[int, Checkpoint | None]:
        """The checkpoint and the version of the last record that it replaces; 0 and None without one."""
        ...

    @property
    def is_long(self) -> bool:
        """Whether the log should be compacted."""
        ...

    def compact(self, take: TakeCheckpoint) -> None:
        """Starts replacing all records so far with a checkpoint. Appends remain possible in the meantime."""
        ...

    @property
    def needs_rewrite(self) -> bool:
        """Whether a failure left unknown what the log holds, so that it has to be rewritten before the next append."""
        ...

    def rewrite(self, take: TakeCheckpoint) -> None:
        """Replaces all records with a checkpoint now. Raises LogUnwritable."""
        ...

    def read(self, since: int) -> Iterator[tuple[int, Record]]:
        """The records after version `since`, oldest first; none of a log that is not persistent.

        Raises LookupError if a persistent log no longer keeps some of them.
        """
        ...

    def close(self) -> None:
        """Releases all resources. Nothing can be appended afterwards."""
        ...


class MemoryLog:
    """Counts records and keeps none: the worlds exist only in this process."""

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
    def needs_rewrite(self) -> bool:
        """Never."""
        return False

    def rewrite(self, take: TakeCheckpoint) -> None:
        """See CommitLog."""

    def close(self) -> None:
        """See CommitLog."""

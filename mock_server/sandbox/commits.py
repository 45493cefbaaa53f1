"""The last commits of each world: what changed, for `GET /_sandbox/commits`.

A store of several processes keeps them; otherwise they are lost when the server stops.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from mock_server.runtime.dates import iso
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.workers import Workers
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.waiting import wait_for_records
from mock_server.state.companion import Slot
from mock_server.state.log import ClockSet, Committed, Record, WorldReset
from mock_server.state.root import Root
from mock_server.state.row_changes import KEPT_COMMITS, RowChange, listed_changes, rows_before
from mock_server.state.worlds import World

PARAMETERS = ("collection", "key", "since", "before", "wait", "limit")
KEPT_BYTES = 16 * 1024 * 1024
KEPT_BYTES_IN_ALL = 128 * 1024 * 1024
READ_AT_ONCE = 25
"""Commits that are read from a store before the event loop runs other tasks. One may have megabytes."""

# Python's memory overhead in bytes, besides the rows themselves.
COMMIT_OVERHEAD = 1000

Kind = Literal["commit", "clock", "reset", "restore"]


class KeptCommit(msgspec.Struct, frozen=True, gc=False):
    """A change of a world's state. `number` is its version in the log; `omitted` counts changes that are not kept.

    `size` is the approximate memory use in bytes.
    """

    number: int
    at: datetime
    kind: Kind
    changes: tuple[RowChange, ...] = ()
    omitted: int = 0
    size: int = COMMIT_OVERHEAD

    @classmethod
    def of(cls, version: int, at: datetime, record: Record, before: Iterable[Any]) -> KeptCommit:
        """`before` has the rows before the changes, or before those that are listed."""
        if not isinstance(record, Committed):
            return cls(version, at, _kind(record))
        changes, size = listed_changes(record.changes, before)
        omitted = len(record.changes) - len(changes)
        return cls(version, at, "commit", tuple(changes), omitted, COMMIT_OVERHEAD + size)

    def view(self) -> dict[str, Any]:
        """The commit as the control plane shows it."""
        return {
            "version": self.number,
            "at": iso(self.at),
            "kind": self.kind,
            "changes": [each.view() for each in self.changes],
            "omitted": self.omitted,
        }


class Commits:
    """The last commits of one world, within a limit that all worlds share."""

    def __init__(self, shared: SharedLimit) -> None:
        self._limit = shared
        self._commits: deque[KeptCommit] = deque()
        self._size = 0

    def __iter__(self) -> Iterator[KeptCommit]:
        """Newest first."""
        return iter(tuple(reversed(self._commits)))

    def add(self, commit: KeptCommit) -> None:
        """Adds a commit."""
        self._commits.append(commit)
        self._size += commit.size
        self._limit.grow(self, commit.size)
        while self._size > KEPT_BYTES:
            self._limit.shrink(self.shed())

    def shed(self) -> int:
        """See Holder."""
        if not self._commits:
            return 0
        size = self._commits.popleft().size
        self._size -= size
        return size

    @property
    def has_gap(self) -> bool:
        """Whether commits are missing that `complete` adds."""
        return False

    async def complete(self, world: World) -> None:
        """Adds the commits of other processes that this one has not seen."""

    def reset(self) -> None:
        """See Part. Commits before a reset are kept, as the versions go on."""

    def close(self) -> None:
        """See Part."""
        self._limit.release(self, self._size)
        self._commits.clear()
        self._size = 0


class SharedCommits(Commits):
    """The last commits of a world that several processes serve: the same in all of them, whenever they started."""

    def __init__(self, shared: SharedLimit) -> None:
        super().__init__(shared)
        self._is_whole = False

    @property
    def has_gap(self) -> bool:
        """See Commits."""
        return not self._is_whole

    def add(self, commit: KeptCommit) -> None:
        """See Commits. Forgets earlier commits if some are missing in between."""
        expected = self._last + 1
        if self._commits and commit.number < expected:
            return
        if self._commits and commit.number > expected:
            self._forget()
        super().add(commit)
        while len(self._commits) > KEPT_COMMITS:
            self._limit.shrink(self.shed())

    async def complete(self, world: World) -> None:
        """Reads from the store what this process has not seen. Raises StoreUnavailable."""
        if self._is_whole and self._last == world.version:
            return
        history = await self._stored(world)
        seen = tuple(self._commits)
        self._forget()
        for each in reversed(history):
            self.add(each)
        self._is_whole = True
        for each in seen:  # Some may have been added while the others were read.
            self.add(each)

    async def _stored(self, world: World) -> list[KeptCommit]:
        """The last commits in the store within the limits of the list, newest first."""
        found = list[KeptCommit]()
        size = 0
        while len(found) < KEPT_COMMITS and size <= KEPT_BYTES:
            page = await world.past_changes(READ_AT_ONCE, found[-1].number if found else None)
            if not page:
                break
            found += (KeptCommit.of(*change) for change in page)
            size += sum(each.size for each in found[-len(page) :])
        return found

    @property
    def _last(self) -> int:
        return self._commits[-1].number if self._commits else 0

    def _forget(self) -> None:
        self.close()
        self._is_whole = False


class CommitsOfWorlds(Slot[Commits]):
    """The last commits of all worlds."""

    def __init__(self) -> None:
        limit = SharedLimit(KEPT_BYTES_IN_ALL)
        super().__init__(lambda: Commits(limit), lambda _: SharedCommits(limit))

    def note(self, world: World, version: int, record: Record, now: datetime, before: Root) -> None:
        """Keeps a change; see Observer."""
        rows = rows_before(record.changes, before) if isinstance(record, Committed) else ()
        world.companion[self].add(KeptCommit.of(version, now, record, rows))


class CommitControls:
    """The call of the control plane that lists commits."""

    def __init__(self, commits: CommitsOfWorlds, workers: Workers) -> None:
        self._commits = commits
        self._workers = workers

    async def list_commits(self, world: World, query: Mapping[str, str]) -> dict[str, Any]:
        """The matching commits; see wait_for_records. Raises Refused."""
        commits, matches = world.companion[self._commits], _filter(world, query)
        await commits.complete(world)
        found, last = await wait_for_records(lambda: commits, matches, query, self._workers)
        if commits.has_gap:  # While it waited, this process was left behind and has loaded a snapshot.
            await commits.complete(world)
            found, last = await wait_for_records(lambda: commits, matches, {**query, "wait": "0"}, self._workers)
        return {"commits": await self._workers.run(_views, found), "last": last}


def _views(commits: list[KeptCommit]) -> list[dict[str, Any]]:
    return [each.view() for each in commits]


def _kind(record: Record) -> Kind:
    if isinstance(record, Committed):
        return "commit"
    if isinstance(record, ClockSet):
        return "clock"
    return "reset" if isinstance(record, WorldReset) else "restore"


def _filter(world: World, query: Mapping[str, str]) -> Callable[[KeptCommit], bool]:
    collection, key = query.get("collection"), query.get("key")
    if collection is not None and collection not in world.root.tables:
        raise Refused(400, f"There is no collection `{collection}`. GET /_sandbox/state lists them.")
    if key is not None and collection is None:
        raise Refused(400, "`key` needs a `collection`.")

    def matches(commit: KeptCommit) -> bool:
        return collection is None or any(
            each.collection == collection and key in (None, str(each.key)) for each in commit.changes
        )

    return matches

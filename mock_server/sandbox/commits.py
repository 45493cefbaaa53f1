"""The last commits of each world: what changed, for `GET /_sandbox/commits`. They are lost when the server stops."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Literal

import msgspec

from mock_server.runtime.dates import iso
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.workers import Workers
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.waiting import wait_for_records
from mock_server.state.collection import Key
from mock_server.state.companion import Slot
from mock_server.state.log import ClockSet, Committed, Record, WorldReset
from mock_server.state.root import Root
from mock_server.state.worlds import World

PARAMETERS = ("collection", "key", "since", "before", "wait", "limit")
KEPT_BYTES = 16 * 1024 * 1024
KEPT_BYTES_IN_ALL = 128 * 1024 * 1024
KEPT_OF_ONE_COMMIT = 1_000
KEPT_BYTES_OF_ONE_COMMIT = 4 * 1024 * 1024

# Python's memory overhead in bytes, besides the rows themselves.
COMMIT_OVERHEAD = 1000
CHANGE_OVERHEAD = 500

Kind = Literal["commit", "clock", "reset", "restore"]

_encoder = msgspec.msgpack.Encoder()


class RowChange(msgspec.Struct, frozen=True, gc=False):
    """One row before and after a commit; None where it does not exist."""

    collection: str
    key: Key
    before: Any
    after: Any

    @property
    def size(self) -> int:
        """The approximate memory use in bytes."""
        return CHANGE_OVERHEAD + len(_encoder.encode((self.before, self.after)))

    @property
    def action(self) -> Literal["created", "updated", "deleted"]:
        """What happened to the row."""
        return "created" if self.before is None else "deleted" if self.after is None else "updated"

    def view(self) -> dict[str, Any]:
        """The change as the control plane shows it."""
        return {
            "collection": self.collection,
            "key": self.key,
            "action": self.action,
            "before": self.before,
            "after": self.after,
        }


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

    def reset(self) -> None:
        """See Part. Commits before a reset are kept, as the versions go on."""

    def close(self) -> None:
        """See Part."""
        self._limit.release(self, self._size)
        self._commits.clear()
        self._size = 0


class CommitsOfWorlds(Slot[Commits]):
    """The last commits of all worlds."""

    def __init__(self) -> None:
        limit = SharedLimit(KEPT_BYTES_IN_ALL)
        super().__init__(lambda: Commits(limit))

    def note(self, world: World, version: int, record: Record, now: datetime, before: Root) -> None:
        """Keeps a change; see Observer."""
        commit = KeptCommit(version, now, _kind(record))
        if isinstance(record, Committed):
            changes, size = _kept_changes(record, before)
            omitted = len(record.changes) - len(changes)
            commit = KeptCommit(version, now, "commit", changes, omitted, COMMIT_OVERHEAD + size)
        world.companion[self].add(commit)


class CommitControls:
    """The call of the control plane that lists commits."""

    def __init__(self, commits: CommitsOfWorlds, workers: Workers) -> None:
        self._commits = commits
        self._workers = workers

    async def list_commits(self, world: World, query: Mapping[str, str]) -> dict[str, Any]:
        """The matching commits; see wait_for_records. Raises Refused."""
        commits = world.companion[self._commits]
        found, last = await wait_for_records(lambda: commits, _filter(world, query), query, self._workers)
        return {"commits": await self._workers.run(_views, found), "last": last}


def _views(commits: list[KeptCommit]) -> list[dict[str, Any]]:
    return [each.view() for each in commits]


def _kept_changes(record: Committed, before: Root) -> tuple[tuple[RowChange, ...], int]:
    """The first changes, within the limits of one commit, and their size."""
    changes: list[RowChange] = []
    total = 0
    for each in islice(record.changes, KEPT_OF_ONE_COMMIT):
        earlier = before.tables[each.collection].rows.get(each.key)
        change = RowChange(each.collection, each.key, earlier, each.row)
        size = change.size
        if total + size > KEPT_BYTES_OF_ONE_COMMIT:
            break
        changes.append(change)
        total += size
    return tuple(changes), total


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

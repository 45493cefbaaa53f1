"""The commits of one world that wait for the store. Concurrent requests of a process commit together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice

from mock_server.state.errors import StateError, VersionConflict
from mock_server.state.shared.outbound import StoredMessage
from mock_server.state.worlds import Write

MOST_AT_ONCE = 100
BYTES_AT_ONCE = 1024 * 1024
"""Limits of the commits that are stored in one step. A single commit may be larger."""


class StagedCommit:
    """A commit that the store has not confirmed, with the arguments that store it, and the length of its record.

    `stored` gets its version when it is confirmed, or the error because of which it is not. `is_applied` once it is
    part of the world's state, perhaps because its entry was read before it was confirmed.
    """

    def __init__(
        self,
        token: str,
        write: Write,
        messages: list[StoredMessage],
        arguments: Sequence[str | bytes | int],
        length: int,
    ) -> None:
        self.token = token
        self.write = write
        self.messages = messages
        self.arguments = arguments
        self.length = length
        self.is_applied = False
        self.size = sum(len(each) for each in arguments if isinstance(each, bytes))
        self.stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def confirm(self, version: int) -> None:
        """Passes the version to the callers that wait for the commit."""
        if not self.stored.done():
            self.stored.set_result(version)

    def fail(self, error: Exception) -> None:
        """Passes `error` to the callers that wait for the commit."""
        if not self.stored.done():
            self.stored.set_exception(error)
            self.stored.exception()  # Marks it as seen: there may be no caller any more.


class CommitQueue:
    """Stores commits with `store`, in their order. Those that come while others are being stored are next, together.

    Each begins with the state that the one before it leads to, so they do not conflict with each other. When one cannot
    be stored, those after it have to run again.
    """

    def __init__(self, store: Callable[[Sequence[StagedCommit]], Awaitable[None]]) -> None:
        self._store = store
        self._staged: deque[StagedCommit] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def last(self) -> StagedCommit | None:
        """The commit after which the next one comes; None if all are stored."""
        return self._staged[-1] if self._staged else None

    def add(self, commit: StagedCommit) -> None:
        """Adds a commit, whose base has to be the state of `last`."""
        self._staged.append(commit)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._store_all())

    def remove(self, commit: StagedCommit) -> None:
        """Removes a commit that is in the store, and has been applied."""
        if self._staged and self._staged[0] is commit:
            self._staged.popleft()

    def discard(self, error: StateError) -> None:
        """Removes all commits, because none can be stored any more."""
        staged, self._staged = self._staged, deque()
        for each in staged:
            each.fail(error)

    async def _store_all(self) -> None:
        try:
            while self._staged:
                await self._store_next(self._next())
        finally:
            self._task = None

    async def _store_next(self, commits: list[StagedCommit]) -> None:
        try:
            await self._store(commits)
        except Exception as error:
            were_discarded = not self._staged or self._staged[0] is not commits[0]
            for each in commits:
                each.fail(error)
            if not were_discarded:
                self.discard(VersionConflict("a commit that this one follows was not stored"))

    def _next(self) -> list[StagedCommit]:
        """The first commits, within the limits of one step."""
        commits, size = [self._staged[0]], self._staged[0].size
        for each in islice(self._staged, 1, MOST_AT_ONCE):
            size += each.size
            if size > BYTES_AT_ONCE:
                break
            commits.append(each)
        return commits

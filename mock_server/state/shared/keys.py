"""The keys of a shared store. All begin with the prefix of its URL."""

from __future__ import annotations

from typing import NamedTuple

WORLD_PARTS: tuple[str, ...] = ("journal", "outbox", "inboxes", "deliveries", "faults", "fault-counters", "limits")
"""Names of further keys of each world, such as its journal. They are deleted with the world."""


class WorldKeys(NamedTuple):
    """The keys of one world.

    `log` is the stream of its commits, `state` its snapshot, `blobs` the set of blobs that the snapshot refers to,
    `turn` the process to which others give way, `turns` those that wait for theirs, `snapshotting` the process that
    takes a snapshot, and `numbers` the last numbers of its lists. `messages`, `waiting` and `owners` have what is still
    to be sent: see `outbound`.
    """

    base: str
    log: str
    state: str
    blobs: str
    turn: str
    turns: str
    snapshotting: str
    numbers: str
    messages: str
    waiting: str
    owners: str

    def part(self, name: str) -> str:
        """The key of one of WORLD_PARTS."""
        return f"{self.base}:{name}"

    def all(self) -> list[str]:
        """All keys, to delete them with the world."""
        return [*self[1:], *map(self.part, WORLD_PARTS)]


class Keys:
    """The keys of a store: `store` identifies it, `worlds` and `directory` list its worlds, `blobs` counts references.

    `messages` is the set of worlds with messages that are still to be sent. `commits` is a short stream that names the
    worlds that have changed, for processes that wait for changes.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.store = f"{prefix}:store"
        self.worlds = f"{prefix}:worlds"
        self.directory = f"{prefix}:directory"
        self.blobs = f"{prefix}:blobs"
        self.blob = f"{prefix}:blob:"
        self.commits = f"{prefix}:commits"
        self.messages = f"{prefix}:messages"

    def process(self, writer: str) -> str:
        """The key that exists as long as a process is alive."""
        return f"{self.prefix}:process:{writer}"

    def world(self, number: int) -> WorldKeys:
        """The keys of a world. A world that is created again has another number."""
        base = f"{self.prefix}:world:{number}"
        names = ("log", "state", "blobs", "turn", "turns", "snapshotting", "numbers", "messages", "waiting", "owners")
        return WorldKeys(base, *(f"{base}:{name}" for name in names))

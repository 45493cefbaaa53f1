"""Reads and writes the keys of a shared store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import count, islice
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from redis.exceptions import ResponseError

from mock_server.state.checkpoint import WorldState
from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable, StoreUnavailable
from mock_server.state.record_codec import RecordCodec
from mock_server.state.replay import Replay
from mock_server.state.root import Root
from mock_server.state.row_changes import KEPT_COMMITS
from mock_server.state.shared import scripts
from mock_server.state.shared.commit_queue import StagedCommit
from mock_server.state.shared.engine import BLOCKED, Engine
from mock_server.state.shared.keys import WorldKeys
from mock_server.state.shared.snapshots import PackedWorld, StoredWorld, TablePacker
from mock_server.state.shared.world import Loaded, SharedWorld

FORMAT = 3
READ_AT_ONCE = 500
BLOBS_AT_ONCE = 100
KEPT_ENTRIES = KEPT_COMMITS
KEPT_BYTES = 16 * 1024 * 1024
"""Entries before a snapshot that stay in the stream: for lists of commits, and processes that are a little behind."""
LOAD_ATTEMPTS = 20
ORPHANED_AFTER = 600
"""Seconds after which the server deletes a blob that no snapshot has come to refer to."""
UNPACKED_ON_LOOP = 256 * 1024
"""Bytes of blobs that are converted to tables on the event loop. More of them are converted in a thread."""
TURN = 250
"""Milliseconds for which a process has its turn to write to a world. It ends earlier, when it has written."""
LOCKED_FOR = 60
"""Seconds for which one process may take a snapshot alone."""


class Entry(NamedTuple):
    """An entry of a stream."""

    version: int
    token: str
    before: str
    fields: Mapping[bytes, bytes]


def entries_of(reply: Iterable[tuple[bytes, Any]]) -> list[Entry]:
    """The entries in a reply of the server."""
    return [_entry(key, fields) for key, fields in reply]


class Storage:
    """Reads and writes for the worlds of one schema."""

    def __init__(self, engine: Engine, schema: Schema) -> None:
        self._engine = engine
        self._schema = schema
        self._packer = TablePacker(schema)
        self._codec = RecordCodec(schema)

    async def identify(self) -> None:
        """Finds out which store it is, creating it if there is none. Raises LogUnusable, RedisError."""
        engine, keys = self._engine, self._engine.keys
        own = {"format": str(FORMAT), "schema": self._schema.fingerprint(), "edition": self._schema.edition.name}
        arguments = (uuid4().hex, *own.values(), engine.next_token())
        try:
            reply = await engine.plain_script(
                scripts.FOUND, (keys.store, keys.directory, keys.worlds, keys.commits), arguments
            )
        except ResponseError as error:
            if str(error).startswith(("FOREIGN", "WRONGTYPE")):
                raise self._foreign() from None
            raise
        found = {name.decode(): value.decode("utf-8", "replace") for name, value in _pairs(reply)}
        if not {"id", *own} <= found.keys():
            raise self._foreign()
        if found["edition"] != own["edition"]:
            raise LogUnusable(
                f"The store at {engine.options.address} has worlds of edition {found['edition']}; this server serves "
                f"edition {own['edition']}. Start with --edition {found['edition']}, or give another prefix."
            )
        if (found["format"], found["schema"]) != (own["format"], own["schema"]):
            raise LogUnusable(
                f"The store at {engine.options.address} was written by another version of this program (format "
                f"{found['format']}, schema {found['schema']}; this one writes format {own['format']}, schema "
                f"{own['schema']}). Keep it for that version, and give another prefix."
            )
        engine.store_id = found["id"]

    async def directory(self) -> tuple[int, str, dict[int, str]]:
        """The version and the token of the directory's last entry, and the names of all worlds by number."""
        async with self._engine.client.pipeline(transaction=True) as pipeline:
            pipeline.hget(self._engine.keys.store, "id")
            pipeline.hgetall(self._engine.keys.worlds)
            pipeline.xrevrange(self._engine.keys.directory, count=1)
            store_id, names, last = await pipeline.execute()
        if store_id != self._engine.store_id.encode() or not last:
            raise self._engine.fork()
        [entry] = entries_of(last)
        return entry.version, entry.token, {int(number): name.decode() for name, number in names.items()}

    async def next_number(self) -> int:
        """A number for a new world."""
        return await self._engine.guarded_script(scripts.NUMBER, (self._engine.keys.store,), ())

    async def append(self, world: SharedWorld, version: int, token: str, commits: Sequence[StagedCommit]) -> bytes:
        """Appends entries after the entry `version` with `token`: all or none, and once, also if it is called again.

        Ends the turn of this process. Returns `stored`, `conflict`, `gone`, or `turn` for that of another process.
        """
        engine, keys = self._engine, self._engine.keys
        arguments = [value for each in commits for value in (each.token, *each.arguments)]
        reply = await engine.script(
            scripts.APPEND,
            (
                keys.store,
                world.keys.log,
                world.keys.turn,
                keys.commits,
                world.keys.messages,
                world.keys.waiting,
                world.keys.owners,
                keys.messages,
                world.keys.numbers,
                world.keys.turns,
            ),
            (version, token, engine.writer, TURN, world.number, len(commits), *arguments),
            replicas=engine.options.wait,
        )
        return reply[0]

    async def claim_turn(self, world: SharedWorld) -> bool:
        """Whether it is the turn of this process to write to the world. If not, it will be, after other processes."""
        return (await self._turn(scripts.CLAIM, world)) == b"ours"

    async def end_turn(self, world: SharedWorld) -> None:
        """Ends the turn of this process, if it has it."""
        await self._turn(scripts.END_TURN, world)

    async def _turn(self, script: str, world: SharedWorld) -> bytes:
        engine = self._engine
        keys = (engine.keys.store, world.keys.turn, world.keys.turns)
        return (await engine.script(script, keys, (engine.writer, TURN)))[0]

    async def read(self, streams: Sequence[tuple[str, int, str]]) -> list[tuple[int, bytes, list[Entry]]]:
        """The entries after those with the given versions and tokens.

        Lists the places of streams that have more or are not as expected, with `more`, `gone` or `trimmed`.
        """
        keys = [self._engine.keys.store, *(key for key, _, _ in streams)]
        known = [value for _, version, token in streams for value in (version, token)]
        reply = await self._engine.script(scripts.READ, keys, (READ_AT_ONCE, *known))
        found = [(place, what, entries_of(entries)) for place, what, entries in reply[1:]]
        if any(what == b"other history" for _, what, _ in found):
            raise self._engine.fork()
        return found

    async def last_entries(self, keys: WorldKeys, most: int, before: int | None) -> list[Entry]:
        """The last entries of a world's stream, or the last ones before the version `before`, newest first."""
        untyped: Any = self._engine.client
        return entries_of(await untyped.xrevrange(keys.log, "+" if before is None else f"{before - 1}-0", count=most))

    async def last_change(self) -> bytes:
        """The last entry of the stream `commits`."""
        untyped: Any = self._engine.client
        found = await untyped.xrevrange(self._engine.keys.commits, count=1)
        return found[0][0] if found else b"0-0"

    async def changed_since(self, last: bytes) -> tuple[bytes, set[int]]:
        """Waits for commits after the entry `last` of the stream `commits`.

        Returns its end, and the numbers of the worlds that other processes have changed; 0 stands for the directory.
        """
        reply: Any = await self._engine.blocking.xread({self._engine.keys.commits: last}, block=int(BLOCKED * 1000))
        if not reply:
            return last, set()
        entries = reply[0][1]
        own = self._engine.writer.encode()
        return entries[-1][0], {int(fields[b"world"] or 0) for _, fields in entries if fields.get(b"by") != own}

    async def send_heartbeat(self, seconds: int) -> None:
        """Lets this process count as alive for some time."""
        engine = self._engine
        await engine.script(scripts.ALIVE, (engine.keys.store, engine.keys.process(engine.writer)), (seconds,))

    async def worlds_with_messages(self) -> list[int]:
        """The numbers of the worlds with something that is still to leave."""
        untyped: Any = self._engine.client
        return sorted(map(int, await untyped.smembers(self._engine.keys.messages)))

    async def create(self, name: str, number: int, token: str, root: Root, limit: int, at: datetime) -> bytes:
        """Creates a world. Returns `stored`, `exists` or `too many`. Raises StoreUnavailable."""
        keys, own = self._engine.keys, self._engine.keys.world(number)
        packed = await self._packed(1, token, root, root)

        async def create(world: PackedWorld) -> list[Any]:
            return await self._engine.script(
                scripts.CREATE,
                (
                    keys.store,
                    keys.worlds,
                    keys.directory,
                    keys.blobs,
                    keys.commits,
                    own.log,
                    own.state,
                    own.blobs,
                ),
                (name, number, token, limit, keys.blob, world.content, world.size, at.isoformat(), *_hashes(world)),
            )

        return await self._store_packed(packed, root, root, create)

    async def drop(self, world: SharedWorld) -> bytes:
        """Drops a world with all its keys. Returns `stored` or `gone`. Raises StoreUnavailable."""
        keys = self._engine.keys
        token = self._engine.next_token()
        names = (keys.store, keys.worlds, keys.directory, keys.blobs, keys.commits, world.keys.blobs)

        attempts = count()

        async def drop() -> bytes:
            is_first = next(attempts) == 0
            arguments = (world.name, world.number, token, keys.blob, keys.messages)
            reply = await self._engine.script(scripts.DROP, (*names, *world.keys.all()), arguments)
            return reply[0] if is_first else b"stored"  # An attempt before may have dropped it.

        return await self._engine.patiently(drop)

    async def load(self, name: str, keys: WorldKeys, known: Root | None = None) -> Loaded | None:
        """Reads a world: its snapshot and the entries after it. None if it does not exist any more.

        `known` is its start state, if that does not have to be read. However large the world is, the server has all its
        patience for each part. Raises StoreUnavailable.
        """

        async def snapshot() -> list[Any]:
            return await self._engine.client.hmget(keys.state, ["snapshot", "size"])

        for _ in range(LOAD_ATTEMPTS):
            content, size = await self._engine.patiently(snapshot)
            if content is None:
                return None
            stored = msgspec.msgpack.decode(content, type=StoredWorld)
            roots = await self._roots(stored, known)
            loaded = None if roots is None else await self._with_tail(name, keys, stored, *roots, int(size))
            if loaded is not None:
                return loaded
        raise StoreUnavailable(f"The world {name} in the store at {self._engine.options.address} cannot be read.")

    async def compact(self, world: SharedWorld) -> int | None:
        """Stores a snapshot of the world and trims its stream, unless another process does. Returns its size."""
        client = self._engine.client
        if not await client.set(world.keys.snapshotting, self._engine.writer, nx=True, ex=LOCKED_FOR):
            return None
        try:
            return await self._compact(world)
        finally:
            await self._engine.plain_script(scripts.RELEASE, (world.keys.snapshotting,), (self._engine.writer,))

    async def _compact(self, world: SharedWorld) -> int | None:
        keys = self._engine.keys
        start, root, version, token = world.start, world.root, world.entry_version, world.token
        packed = await self._packed(version, token, start, root)

        async def store(packed: PackedWorld) -> list[Any]:
            return await self._engine.script(
                scripts.SNAPSHOT,
                (keys.store, world.keys.log, world.keys.state, keys.blobs, world.keys.blobs),
                (
                    version,
                    packed.content,
                    packed.size,
                    min(max(version - KEPT_ENTRIES, world.first_within(KEPT_BYTES, 1)), version),
                    keys.blob,
                    *_hashes(packed),
                ),
            )

        outcome = await self._store_packed(packed, start, root, store)
        return packed.size if outcome == b"stored" else None

    async def _packed(self, version: int, token: str, start: Root, root: Root) -> PackedWorld:
        return await asyncio.to_thread(self._packer.pack, version, token, start, root)

    async def _store_packed(
        self,
        packed: PackedWorld,
        start: Root,
        root: Root,
        store: Callable[[PackedWorld], Awaitable[list[Any]]],
    ) -> bytes:
        """Stores the blobs, and then what refers to them with `store`. Raises StoreUnavailable."""
        while True:
            await self._engine.patiently(partial(self._put_blobs, packed.contents))
            reply = await self._engine.patiently(partial(store, packed))
            if reply[0] != b"missing":
                return reply[0]
            # The last snapshot that referred to them has gone in the meantime.
            version, token = packed.stored.version, packed.stored.token
            packed = await asyncio.to_thread(self._packer.pack_all, version, token, start, root)

    async def _put_blobs(self, contents: Mapping[str, bytes]) -> None:
        """Stores blobs. The server deletes those that nothing comes to refer to."""
        items = iter(contents.items())
        while part := list(islice(items, BLOBS_AT_ONCE)):
            async with self._engine.client.pipeline(transaction=False) as pipeline:
                for name, content in part:
                    pipeline.set(self._engine.keys.blob + name, content, nx=True, ex=ORPHANED_AFTER)
                await pipeline.execute()

    async def _roots(self, stored: StoredWorld, known: Root | None) -> tuple[Root, Root] | None:
        """The start state and the state of a snapshot; None if it has been replaced, and some blobs are gone."""
        if known is not None and stored.root is None:
            return known, known
        hashes = self._packer.unknown(stored)
        contents: dict[str, bytes] = {}
        for first in range(0, len(hashes), BLOBS_AT_ONCE):
            part = hashes[first : first + BLOBS_AT_ONCE]
            found = await self._engine.patiently(partial(self._blobs, part))
            contents |= {name: content for name, content in zip(part, found, strict=True) if content is not None}
        if len(contents) < len(hashes):
            return None
        try:
            if sum(map(len, contents.values())) > UNPACKED_ON_LOOP:
                return await asyncio.to_thread(self._packer.unpack, stored, contents)
            return self._packer.unpack(stored, contents)
        except KeyError:  # A table that was known has been collected as garbage in the meantime.
            return None

    async def _blobs(self, hashes: Sequence[str]) -> list[bytes | None]:
        untyped: Any = self._engine.client
        return await untyped.mget([self._engine.keys.blob + name for name in hashes])

    async def _with_tail(
        self, name: str, keys: WorldKeys, stored: StoredWorld, start: Root, root: Root, size: int
    ) -> Loaded | None:
        """The world after all entries that follow the snapshot; None if the snapshot has been replaced."""
        replay = Replay(self._schema, [WorldState(name, start, root)])
        version, token, history = stored.version, stored.token, 0

        async def tail() -> Any:
            return await self._engine.client.xrange(keys.log, f"{version}-0", count=READ_AT_ONCE + 1)

        while True:
            entries = entries_of(await self._engine.patiently(tail))
            if not entries or (entries[0].version, entries[0].token) != (version, token):
                return None
            for entry in entries[1:]:
                content = entry.fields[b"record"]
                replay.add(self._codec.decode(content))
                history += len(content)
            version, token = entries[-1].version, entries[-1].token
            if len(entries) <= READ_AT_ONCE:
                return Loaded(start, replay.worlds()[0].root, version, token, size, history)

    def _foreign(self) -> LogUnusable:
        prefix = self._engine.keys.prefix
        return LogUnusable(
            f"The server at {self._engine.options.address} has keys with the prefix {prefix} that are not a store of "
            f"this program. Give another prefix with ?prefix=."
        )


def _hashes(world: PackedWorld) -> list[str]:
    return [blob.hash for blob in world.stored.blobs()]


def _entry(key: bytes, fields: Sequence[bytes] | Mapping[bytes, bytes]) -> Entry:
    values = fields if isinstance(fields, Mapping) else dict(_pairs(fields))
    return Entry(int(key.partition(b"-")[0]), values[b"t"].decode(), values[b"p"].decode(), values)


def _pairs(values: Sequence[bytes]) -> Iterable[tuple[bytes, bytes]]:
    """The names and values in a flat list."""
    return zip(values[::2], values[1::2], strict=True)

"""Snapshots of single worlds in a shared store.

The rows of a table are stored in blobs of a few hundred rows, each under the hash of its content. Worlds and snapshots
share the blobs that are equal, so a branch costs little more than the names of its blobs, and a new snapshot stores
only the blobs that have changed. The server counts references to blobs and deletes a blob with its last reference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

import msgspec

from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable
from mock_server.state.root import Root
from mock_server.state.root_record import RootRecord, encoded_rows, ordered_rows
from mock_server.state.table import Table


class Blob(NamedTuple):
    """The name of a blob and its length in bytes."""

    hash: str
    size: int


StoredRoot = RootRecord[list[Blob]]
"""A state, with the blobs of each table."""


class StoredWorld(msgspec.Struct, frozen=True):
    """A world as of the entry `version` with `token`. `root` is None if it is the same as `start`."""

    version: int
    token: str
    start: StoredRoot
    root: StoredRoot | None

    @property
    def roots(self) -> tuple[StoredRoot, ...]:
        """Its states, each once."""
        return (self.start,) if self.root is None else (self.start, self.root)

    def blobs(self) -> list[Blob]:
        """The blobs that it refers to, each once."""
        return list(dict.fromkeys(blob for root in self.roots for blobs in root.tables.values() for blob in blobs))


class PackedWorld(msgspec.Struct, frozen=True):
    """A world ready to be stored, with the content of the blobs that may be missing in the store."""

    stored: StoredWorld
    contents: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """The length of all its blobs in bytes."""
        return sum(blob.size for blob in self.stored.blobs())

    @property
    def content(self) -> bytes:
        """The snapshot itself."""
        return msgspec.msgpack.encode(self.stored)


class TablePacker:
    """Converts tables to blobs and back. Remembers those of tables in use: tables are immutable and often shared."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._blobs: WeakKeyDictionary[Table[Any], list[Blob]] = WeakKeyDictionary()
        self._tables: WeakValueDictionary[tuple[str, tuple[Blob, ...]], Table[Any]] = WeakValueDictionary()
        self._empty = {name: Table[Any].empty(each) for name, each in schema.collections.items()}

    def pack(self, version: int, token: str, start: Root, root: Root) -> PackedWorld:
        """Packs a world. Slow for a large one; may run in a thread."""
        contents: dict[str, bytes] = {}
        stored = StoredWorld(
            version, token, self._stored(start, contents), None if root is start else self._stored(root, contents)
        )
        return PackedWorld(stored, contents)

    def pack_all(self, version: int, token: str, start: Root, root: Root) -> PackedWorld:
        """Packs a world with all of its blobs, for a store that lacks some that it has had."""
        for table in (*start.tables.values(), *root.tables.values()):
            self._blobs.pop(table, None)
        return self.pack(version, token, start, root)

    def unknown(self, stored: StoredWorld) -> list[str]:
        """The hashes of the blobs that `unpack` needs."""
        tables = [(name, tuple(blobs)) for root in stored.roots for name, blobs in root.tables.items()]
        return list(dict.fromkeys(blob.hash for table in tables if table not in self._tables for blob in table[1]))

    def unpack(self, stored: StoredWorld, contents: Mapping[str, bytes]) -> tuple[Root, Root]:
        """The start state and the state of a world. Raises KeyError if a blob is missing, LogUnusable."""
        start = self._root(stored.start, contents)
        return start, start if stored.root is None else self._root(stored.root, contents)

    def _stored(self, root: Root, contents: dict[str, bytes]) -> StoredRoot:
        return StoredRoot.of(root, partial(self._packed, contents))

    def _packed(self, contents: dict[str, bytes], table: Table[Any]) -> list[Blob]:
        blobs = self._blobs.get(table)
        if blobs is None:
            blobs = list[Blob]()
            for content in encoded_rows(ordered_rows(table)):
                blobs.append(Blob(_hash(content), len(content)))
                contents[blobs[-1].hash] = content
            self._remember(table, blobs)
        return blobs

    def _root(self, stored: StoredRoot, contents: Mapping[str, bytes]) -> Root:
        tables = {name: self._table(name, blobs, contents) for name, blobs in stored.tables.items()}
        return stored.root(self._schema, self._empty | tables)

    def _table(self, name: str, blobs: list[Blob], contents: Mapping[str, bytes]) -> Table[Any]:
        table = self._tables.get((name, tuple(blobs)))
        if table is None:
            collection = self._schema.collections[name]
            decoder = collection.rows_decoder()
            rows = (row for blob in blobs for row in decoder.decode(_checked(blob, contents[blob.hash])))
            table = Table[Any].of(collection, rows)
            self._remember(table, blobs)
        return table

    def _remember(self, table: Table[Any], blobs: list[Blob]) -> None:
        self._blobs[table] = blobs
        self._tables[table.collection.name, tuple(blobs)] = table


def _checked(blob: Blob, content: bytes) -> bytes:
    if _hash(content) != blob.hash:
        raise LogUnusable(f"The rows {blob.hash} of the store are damaged. Restore the server's data from a copy.")
    return content


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()

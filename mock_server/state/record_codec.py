"""Encodes records of a commit log as MessagePack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from mock_server.state.collection import Schema
from mock_server.state.log import Committed, Record
from mock_server.state.transaction import Change


class RecordCodec:
    """Encodes and decodes the records of worlds with one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)

    def encode(self, record: Record) -> bytes:
        """The record in bytes."""
        return self._encoder.encode(record)

    def decode(self, content: bytes | memoryview) -> Record:
        """The record in `content`. Raises msgspec.DecodeError or KeyError if it does not fit the schema."""
        record = self._decoder.decode(content)
        if not isinstance(record, Committed):
            return record
        return msgspec.structs.replace(record, changes=[self._typed(change) for change in record.changes])

    def encode_rows(self, rows: Iterable[Any]) -> bytes:
        """Rows before or after changes in bytes."""
        return self._encoder.encode(list(rows))

    def decode_rows(self, content: bytes, changes: Iterable[Change]) -> list[Any]:
        """The rows in `content`, of the collections of `changes`. Raises as `decode` does."""
        rows: list[Any] = msgspec.msgpack.decode(content, type=list[Any])
        return [self._entity(change.collection, row) for change, row in zip(changes, rows, strict=False)]

    def _typed(self, change: Change) -> Change:
        """The change with its row, which MessagePack decodes to a map, converted to an entity."""
        return Change(change.collection, change.key, self._entity(change.collection, change.row))

    def _entity(self, collection: str, row: Any) -> Any:
        if row is None:
            return None
        entity: type[Any] = self._schema.collections[collection].entity
        return msgspec.convert(row, entity, strict=False)

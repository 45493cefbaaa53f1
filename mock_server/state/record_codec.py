"""Encodes records of a commit log as MessagePack."""

from __future__ import annotations

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

    def _typed(self, change: Change) -> Change:
        """The change with its row, which MessagePack decodes to a map, converted to an entity."""
        if change.row is None:
            return change
        entity: type[Any] = self._schema.collections[change.collection].entity
        return Change(change.collection, change.key, msgspec.convert(change.row, entity, strict=False))

"""The root of a world's state: one immutable value that contains everything."""

from __future__ import annotations

from typing import Any

import immutables

from mock_server.state.clock import Clock
from mock_server.state.collection import Collection, Schema
from mock_server.state.table import Table


class Root:
    """All tables, the last number assigned in each, the number of ids drawn, the clock and the seed."""

    __slots__ = ("clock", "drawn", "schema", "seed", "sequences", "tables")

    def __init__(
        self,
        schema: Schema,
        tables: immutables.Map[str, Table[Any]],
        sequences: immutables.Map[str, int],
        drawn: int,
        clock: Clock,
        seed: str,
    ) -> None:
        self.schema = schema
        self.tables = tables
        self.sequences = sequences
        self.drawn = drawn
        self.clock = clock
        self.seed = seed

    @classmethod
    def empty(cls, schema: Schema, seed: str) -> Root:
        """The state of a world without any rows."""
        tables = immutables.Map({name: Table[Any].empty(each) for name, each in schema.collections.items()})
        return cls(schema, tables, immutables.Map(), 0, Clock(), seed)

    def table(self, collection: Collection[Any]) -> Table[Any]:
        """The rows of `collection`."""
        return self.tables[collection.name]

    def with_clock(self, clock: Clock) -> Root:
        """The same state with another clock."""
        return Root(self.schema, self.tables, self.sequences, self.drawn, clock, self.seed)

"""Declares a collection of entities: its key, unique constraints, indexes and references."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import GenericAlias
from typing import Any, Generic, Literal, TypeVar, get_args

import msgspec

from mock_server.state.edition import Edition
from mock_server.state.entity import Entity

E = TypeVar("E", bound=Entity)
Key = int | str
OnDelete = Literal["cascade", "set null", "restrict"]


class Index(msgspec.Struct, frozen=True):
    """Finds rows by equal `fields`, ordered by `order_by` and then by key.

    If several indexes have the same fields, the first is used unless another order is requested.
    """

    fields: tuple[str, ...]
    order_by: tuple[str, ...] = ()


class Reference(msgspec.Struct, frozen=True):
    """A foreign key: `field` holds the key of a row of the collection named `to`, or null."""

    field: str
    to: str
    on_delete: OnDelete = "cascade"


class Collection(Generic[E]):
    """All entities of one kind. Declared once, in the area's model, and used to reach the rows: ``tx[USERS]``.

    `unique` lists tuples of fields whose values no two rows share (a row with a null in such a tuple never conflicts).
    Rows can be looked up by the key, the unique tuples, the references and `indexes`.
    """

    def __init__(
        self,
        name: str,
        entity: type[E],
        *,
        key: str = "id",
        unique: tuple[tuple[str, ...], ...] = (),
        indexes: tuple[Index, ...] = (),
        references: tuple[Reference, ...] = (),
    ) -> None:
        self.name = name
        self.entity = entity
        self.key = key
        self.unique = unique
        self.references = references
        known = {index.fields for index in indexes}
        implied = {(reference.field,): Index((reference.field,)) for reference in references}
        self.indexes = indexes + tuple(index for fields, index in implied.items() if fields not in known)
        self.index_positions: dict[frozenset[str], int] = {}
        self.order_positions: dict[tuple[frozenset[str], tuple[str, ...]], int] = {}
        for position, index in enumerate(self.indexes):
            self.index_positions.setdefault(frozenset(index.fields), position)
            self.order_positions[frozenset(index.fields), index.order_by] = position
        if len(self.order_positions) < len(self.indexes):
            raise TypeError(f"{name} declares two indexes on the same fields in the same order")
        self.unique_positions = {frozenset(fields): position for position, fields in enumerate(self.unique)}

    def key_of(self, row: E) -> Key:
        """The key of `row`."""
        return getattr(row, self.key)

    def rows_decoder(self) -> msgspec.msgpack.Decoder[list[E]]:
        """Decodes lists of rows."""
        return msgspec.msgpack.Decoder(GenericAlias(list, self.entity))

    def __repr__(self) -> str:
        return f"Collection({self.name!r})"


class Schema:
    """All collections of a server, the references between them, and the edition of its worlds."""

    def __init__(self, collections: tuple[Collection[Any], ...], edition: Edition | None = None) -> None:
        self.edition = edition or Edition()
        self.collections: Mapping[str, Collection[Any]] = {each.name: each for each in collections}
        self._fingerprint: str | None = None
        self.referrers: dict[str, list[tuple[Collection[Any], Reference]]] = {name: [] for name in self.collections}
        for each in collections:
            for reference in each.references:
                if reference.to not in self.referrers:
                    raise TypeError(f"{each.name}.{reference.field} refers to an unknown collection {reference.to}")
                self.referrers[reference.to].append((each, reference))

    def fingerprint(self) -> str:
        """A hash of the entity definitions, by which a log or a snapshot of another version is recognised."""
        if self._fingerprint is None:
            structs: dict[str, list[str]] = {}
            for each in self.collections.values():
                _describe(each.entity, structs)
            stored = {name: each.entity.__name__ for name, each in self.collections.items()}
            text = msgspec.json.encode((stored, structs), order="sorted")
            self._fingerprint = hashlib.sha256(text).hexdigest()[:16]
        return self._fingerprint


def _describe(kind: Any, structs: dict[str, list[str]]) -> None:
    """Adds to `structs` the fields of every struct that occurs in the type `kind`."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        for argument in get_args(kind):
            _describe(argument, structs)
    elif kind.__name__ not in structs:
        fields = msgspec.structs.fields(kind)
        structs[kind.__name__] = [f"{field.name}:{field.type}" for field in fields]
        for field in fields:
            _describe(field.type, structs)

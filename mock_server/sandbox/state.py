"""The state of a world, collection by collection, for `GET /_sandbox/state`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import msgspec

from mock_server.runtime.suggestions import did_you_mean
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.queries import DEFAULT_LIMIT, PAGE, read_query, whole_number
from mock_server.state.collection import Collection
from mock_server.state.table import Table
from mock_server.state.work import spend
from mock_server.state.worlds import World


class _Access(NamedTuple):
    """A way to rows that have the given values of `fields`."""

    fields: frozenset[str]
    rows: Callable[[], Iterable[Any]]


def list_collections(world: World) -> dict[str, Any]:
    """All collections, with the numbers of their rows, their keys, filters and references."""
    return {"collections": [_collection_view(name, table) for name, table in sorted(world.root.tables.items())]}


def _collection_view(name: str, table: Table[Any]) -> dict[str, Any]:
    collection = table.collection
    return {
        "name": name,
        "rows": len(table.rows),
        "key": collection.key,
        "filters": list(_filters(collection)),
        "references": {each.field: each.to for each in collection.references},
    }


def list_rows(world: World, name: str, query_string: bytes) -> dict[str, Any]:
    """A page of a collection, ordered by key, of the rows that have the given values. Raises Refused."""
    table = world.root.tables.get(name)
    if table is None:
        suggestion = did_you_mean(name, world.root.tables) or "."
        raise Refused(404, f"There is no collection `{name}`{suggestion} GET /_sandbox/state lists them.")
    filters = _filters(table.collection)
    query = read_query(query_string, (*filters, *PAGE), f"GET /_sandbox/state/{name}")
    skip, limit = whole_number(query, "skip", 0), whole_number(query, "limit", DEFAULT_LIMIT)
    values = {field: _value(field, kind, query[field]) for field, kind in filters.items() if field in query}
    keys = sorted(_matching(table, values))
    return {
        "collection": name,
        "total": len(keys),
        "skip": skip,
        "limit": limit,
        "rows": [table.rows[key] for key in keys[skip : skip + limit]],
    }


def _filters(collection: Collection[Any]) -> dict[str, Any]:
    """The key and the fields of indexes and unique tuples, with their types."""
    types = {field.name: field.type for field in msgspec.structs.fields(collection.entity)}
    named = [collection.key, *(field for index in collection.indexes for field in index.fields)]
    named += [field for fields in collection.unique for field in fields]
    return {field: types[field] for field in dict.fromkeys(named) if field in types and field not in PAGE}


def _value(field: str, kind: Any, text: str) -> Any:
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(400, f"`{field}` cannot be `{text}`: {error}.") from None


def _matching(table: Table[Any], values: Mapping[str, Any]) -> list[Any]:
    """The keys of the rows that have all these values."""
    if not values:
        spend(len(table.rows))
        return list(table.rows)
    access = _access(table, values)
    rest = {field: value for field, value in values.items() if field not in access.fields}
    key_of = table.collection.key_of
    found: list[Any] = []
    for row in access.rows():
        spend(1)
        if all(getattr(row, field) == value for field, value in rest.items()):
            found.append(key_of(row))
    return found


def _access(table: Table[Any], values: Mapping[str, Any]) -> _Access:
    """By the key, else by the unique tuple or the index with the most of the given fields, else all rows."""
    collection = table.collection
    if collection.key in values:
        row = table.rows.get(values[collection.key])
        return _Access(frozenset({collection.key}), lambda: [] if row is None else [row])
    usable = [_Access(frozenset(), lambda: table.rows.values())]
    for position, fields in enumerate(collection.unique):
        if all(values.get(field) is not None for field in fields):
            usable.append(_Access(frozenset(fields), partial(_find_unique, table, position, _tuple(values, fields))))
    for position, index in enumerate(collection.indexes):
        if values.keys() >= set(index.fields):
            usable.append(
                _Access(frozenset(index.fields), partial(_find, table, position, _tuple(values, index.fields)))
            )
    return max(usable, key=lambda each: len(each.fields))


def _tuple(values: Mapping[str, Any], fields: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(values[field] for field in fields)


def _find(table: Table[Any], position: int, values: tuple[Any, ...]) -> list[Any]:
    return table.rows_of(table.found(position, values))


def _find_unique(table: Table[Any], position: int, values: tuple[Any, ...]) -> list[Any]:
    row = table.find_unique(position, values)
    return [] if row is None else [row]

"""Entries of world files, and how those of some collections differ from the stored entities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from inspect import get_annotations
from typing import Any, NamedTuple

import msgspec

from mock_server.identity.model import (
    ALL_PERMISSIONS,
    API_KEY_PREFIX,
    PERMISSIONS,
    hashed,
    permission_bits,
    permission_names,
)
from mock_server.runtime.json_values import is_list
from mock_server.state.collection import Collection, Key, Schema

TIME_OF_DAY = r"^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"
ALL = "*"
"""Stands for all permissions of an OAuth client."""


Convert = Callable[[dict[str, Any]], dict[str, Any]]


class EntryForm(NamedTuple):
    """What entries of a collection have instead of some fields of its entity.

    `fields` are the schemas of such fields, `either` names fields of which an entry needs one, `read` converts an entry
    to the entity's fields, and `write` converts these to an entry.
    """

    fields: Mapping[str, Any]
    read: Convert
    write: Convert = lambda fields: fields
    either: tuple[str, ...] = ()


def _read_api_key(fields: dict[str, Any]) -> dict[str, Any]:
    key = fields.pop("key", None)
    return fields if key is None else {**fields, "hashed_key": hashed(key)}


def _read_client(fields: dict[str, Any]) -> dict[str, Any]:
    permissions = fields.get("permissions")
    return {**fields, "permissions": permission_bits(permissions)} if is_list(permissions) else fields


def _write_client(fields: dict[str, Any]) -> dict[str, Any]:
    bits = fields["permissions"]
    return {**fields, "permissions": [ALL] if bits == ALL_PERMISSIONS else permission_names(bits)}


def _read_third_party_client(fields: dict[str, Any]) -> dict[str, Any]:
    secret = fields.pop("secret", None)
    return fields if secret is None else {**fields, "hashed_secret": hashed(secret)}


def _read_schedule(fields: dict[str, Any]) -> dict[str, Any]:
    parts = {name: list(map(_with_times, fields[name])) for name in ("availability", "overrides") if name in fields}
    return {**fields, **parts}


def _with_times(hours: dict[str, Any]) -> dict[str, Any]:
    times = {name: _whole_time(hours[name]) for name in ("start_time", "end_time")}
    return {**hours, **times}


def _whole_time(text: str) -> dt.time:
    return dt.time.fromisoformat(text.zfill(len("09:00" if text.count(":") == 1 else "09:00:00")))


ENTRY_FORMS: Mapping[str, EntryForm] = {
    "api_keys": EntryForm(
        {"key": {"type": "string", "pattern": f"^{API_KEY_PREFIX}", "description": "The API key itself."}},
        _read_api_key,
        either=("key", "hashed_key"),
    ),
    "oauth_clients": EntryForm(
        {
            "permissions": {
                "description": "Names of permissions, or * for all of them; or their bits as a number.",
                "anyOf": [
                    {"type": "array", "items": {"enum": [ALL, *PERMISSIONS]}},
                    {"type": "integer", "minimum": 0, "maximum": ALL_PERMISSIONS},
                ],
                "default": [ALL],
            }
        },
        _read_client,
        _write_client,
    ),
    "oauth2_clients": EntryForm(
        {"secret": {"type": "string", "description": "The secret itself. A public client has none."}},
        _read_third_party_client,
    ),
    "schedules": EntryForm({}, _read_schedule),
}


@cache
def required_fields(entity: type[Any]) -> frozenset[str]:
    """The fields of an entity that have no default."""
    names, defaults = entity.__struct_fields__, entity.__struct_defaults__
    without = len(names) - len(defaults)
    return frozenset(names[:without]) | {
        name for name, default in zip(names[without:], defaults, strict=True) if default is msgspec.NODEFAULT
    }


@cache
def is_numbered(collection: Collection[Any]) -> bool:
    """Whether the key is a number of the collection's own, and not a reference."""
    key = collection.key
    annotations = map(get_annotations, collection.entity.__mro__)
    kind = next(each[key] for each in annotations if key in each)
    return kind in ("int", int) and all(each.field != key for each in collection.references)


class Entry:
    """An entry of a world file, with the fields of an entity. `place` is its position; None if it was added."""

    __slots__ = ("collection", "fields", "is_valid", "place")

    def __init__(
        self, collection: Collection[Any], fields: dict[str, Any], place: int | None = None, *, is_valid: bool = True
    ) -> None:
        self.collection = collection
        self.fields = fields
        self.place = place
        self.is_valid = is_valid

    @property
    def key(self) -> Key | None:
        """The value of the key, if there is a possible one."""
        value = self.fields.get(self.collection.key)
        return value if isinstance(value, int | str) else None

    def row(self) -> Any:
        """The entity. Raises msgspec.ValidationError."""
        return msgspec.convert(self.fields, self.collection.entity)


class Draft:
    """All entries of a world by collection. Entries that are not valid count only as targets of references."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.entries: dict[str, list[Entry]] = {name: [] for name in schema.collections}
        self._numbers: dict[str, int] = {}
        self._keyed: dict[str, dict[Any, Entry]] = {}
        self._grouped: dict[tuple[str, str], dict[Any, list[Entry]]] = {}

    def add(self, name: str, fields: dict[str, Any], place: int | None = None, *, is_valid: bool = True) -> Entry:
        """Adds an entry."""
        entry = Entry(self.schema.collections[name], fields, place, is_valid=is_valid)
        self.entries[name].append(entry)
        return entry

    def valid(self, name: str) -> list[Entry]:
        """The valid entries of a collection."""
        return [each for each in self.entries[name] if each.is_valid]

    def next_number(self, name: str) -> int:
        """A number above all that were given or returned before. Those given may not change after the first call."""
        if name not in self._numbers:
            self._numbers[name] = max((each.key for each in self.entries[name] if isinstance(each.key, int)), default=0)
        self._numbers[name] += 1
        return self._numbers[name]

    def find(self, name: str, key: Any) -> Entry | None:
        """The valid entry with this key. Keys may not change after the first call."""
        if name not in self._keyed:
            self._keyed[name] = {each.key: each for each in self.valid(name)}
        return None if key is None else self._keyed[name].get(key)

    def having(self, name: str, field: str, value: Any) -> list[Entry]:
        """The valid entries with this value of a field. Values of the field may not change after the first call."""
        groups = self._grouped.get((name, field))
        if groups is None:
            groups = self._grouped[name, field] = {}
            for each in self.valid(name):
                groups.setdefault(each.fields.get(field), []).append(each)
        return groups.get(value, [])


def read_entry(collection: Collection[Any], entry: dict[str, Any]) -> dict[str, Any]:
    """The fields of an entity that a valid entry gives."""
    form = ENTRY_FORMS.get(collection.name)
    return entry if form is None else form.read(entry)

"""Writes a world's state as a world file that gives the same state again."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import msgspec
import yaml

from mock_server.state.clock import Clock
from mock_server.state.root import Root
from mock_server.state.snapshot import take
from mock_server.worlds.entries import ENTRY_FORMS, is_numbered
from mock_server.worlds.yaml_text import RESOLVERS

WIDTH = 120


class _Dumper(yaml.CSafeDumper):
    """Quotes texts only where YamlText would read something else."""


_Dumper.yaml_implicit_resolvers = RESOLVERS


def world_file(root: Root) -> str:
    """The world file of `root`: collections in the order of their areas, entries in that of their keys."""
    snapshot = take(root)
    collections = {
        name: [_entry(name, row) for row in snapshot.collections[name]]
        for name in root.schema.collections
        if snapshot.collections[name]
    }
    return to_yaml({**_settings(root), "complete": True, **_counters(root)}, collections)


def to_yaml(settings: dict[str, Any], collections: dict[str, list[dict[str, Any]]]) -> str:
    """The text of a world file with these settings and entries."""
    parts = [_dump(settings, is_flat=False), *(f"\n{_dump({name: entries})}" for name, entries in collections.items())]
    return "".join(parts)


def plain(value: Any) -> Any:
    """A value of an entity as world files have it, without fields that have their default."""
    if isinstance(value, msgspec.Struct):
        return {
            field: plain(item)
            for name, field in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
            if (item := getattr(value, name)) != _default(type(value), name)
        }
    if isinstance(value, dt.time):
        return value.isoformat("auto" if value.second else "minutes")
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[Any, ...]", value)]
    return msgspec.to_builtins(value)


def _default(struct: type[msgspec.Struct], name: str) -> Any:
    names, defaults = struct.__struct_fields__, struct.__struct_defaults__
    place = names.index(name) - (len(names) - len(defaults))
    return defaults[place] if place >= 0 else msgspec.NODEFAULT


def _entry(name: str, row: Any) -> dict[str, Any]:
    form, fields = ENTRY_FORMS.get(name), plain(row)
    return form.write(fields) if form is not None else fields


def _settings(root: Root) -> dict[str, Any]:
    clock = {} if root.clock == Clock() else {"clock": plain(root.clock)}
    return {"seed": root.seed, **clock}


def _counters(root: Root) -> dict[str, Any]:
    """The numbers that do not follow from the entries."""
    highest = {name: max(table.rows, default=0) for name, table in root.tables.items() if is_numbered(table.collection)}
    further = {name: last for name, last in sorted(root.sequences.items()) if last != highest.get(name, 0)}
    return {"drawn": root.drawn, **({"sequences": further} if further else {})}


def _dump(document: dict[str, Any], *, is_flat: bool | None = None) -> str:
    """The text of a part. Mappings and lists without others in them stand on one line unless `is_flat` is false."""
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, default_flow_style=is_flat, width=WIDTH, allow_unicode=True
    )  # fmt: skip

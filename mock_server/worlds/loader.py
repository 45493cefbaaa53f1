"""Reads a start world from a YAML file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from mock_server.runtime.json_values import is_list, is_object
from mock_server.state.clock import Clock, real_time
from mock_server.state.collection import Collection, Schema
from mock_server.state.edition import UnknownEdition, checked_edition, is_later
from mock_server.state.errors import StateError, Unusable
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction

SINCE, UNTIL = "x-since", "x-until"
DEFAULT_WORLD_FILE = Path(__file__).parent / "default.yaml"


class WorldFileError(Unusable):
    """A world file does not describe a world; the text says where and why."""


def load_world(schema: Schema, path: Path | None = None) -> Root:
    """The world that `path` (else the default file) describes. Raises WorldFileError."""
    path = path or DEFAULT_WORLD_FILE
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except OSError as error:
        raise WorldFileError(f"The world file {path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WorldFileError(f"The world file {path} is not YAML: {' '.join(str(error).split())}") from None
    if not is_object(document):
        raise WorldFileError(f"The world file {path} has to be a mapping from collections to lists of entries.")
    return _build(schema, path, document)


def _build(schema: Schema, path: Path, document: dict[str, Any]) -> Root:
    tx = Transaction(Root.empty(schema, str(document.pop("seed", "cal-sandbox"))), Clock().read(real_time()))
    unknown = set(map(str, document)) - set(schema.collections)
    if unknown:
        raise WorldFileError(
            f"{path}: there is no collection {', '.join(sorted(unknown))}. There are: {', '.join(schema.collections)}."
        )
    for name, value in document.items():
        entries: object = [] if value is None else value
        if not is_list(entries):
            raise WorldFileError(f"{path}: {name} has to be a list of entries.")
        for place, entry in enumerate(entries):
            try:
                if _is_due(entry, schema.edition.name):
                    _insert(tx, schema.collections[name], entry)
            except KeyError as error:
                raise WorldFileError(f"{path}: {name}, entry {place + 1}: {error} is missing.") from None
            except (
                msgspec.ValidationError,
                StateError,
                UnknownEdition,
                TypeError,
                ValueError,
                AttributeError,
            ) as error:
                raise WorldFileError(f"{path}: {name}, entry {place + 1}: {error}.") from None
    return tx.root()


def _is_due(entry: object, edition: str) -> bool:
    """Whether an entry is in this edition, as its marks say, which are removed. Raises UnknownEdition."""
    if not is_object(entry):
        return True
    since, until = entry.pop(SINCE, None), entry.pop(UNTIL, None)
    has_come = since is None or not is_later(checked_edition(str(since)), edition)
    return has_come and (until is None or is_later(checked_edition(str(until)), edition))


def _insert(tx: Transaction, collection: Collection[Any], entry: object) -> None:
    if not is_object(entry):
        raise TypeError("an entry has to be a mapping from fields to values")
    fields = collection.seed(entry) if collection.seed else entry
    unknown = set(fields) - _fields(collection.entity)
    if unknown:
        raise TypeError(f"unknown field {', '.join(sorted(unknown))}")
    row = msgspec.convert(fields, collection.entity, strict=True)
    tx[collection].insert(row)
    key = collection.key_of(row)
    if isinstance(key, int):
        tx.sequences[collection.name] = max(tx.sequences.get(collection.name, 0), key)


@cache
def _fields(entity: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(entity))

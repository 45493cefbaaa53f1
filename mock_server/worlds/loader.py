"""Reads a start world from a world file or a snapshot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import immutables
import msgspec

from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.suggestions import did_you_mean
from mock_server.state import snapshot as snapshots
from mock_server.state.clock import OUT_OF_RANGE, Clock, real_time
from mock_server.state.collection import Collection, Schema
from mock_server.state.edition import is_later
from mock_server.state.errors import SnapshotUnusable, Unusable
from mock_server.state.identifiers import Identifiers
from mock_server.state.root import Root
from mock_server.state.table import Table
from mock_server.worlds.defaults import fill
from mock_server.worlds.entries import Draft, Entry, is_numbered, read_entry, required_fields
from mock_server.worlds.json_schema import DEFAULT_SEED, SETTINGS, SINCE, UNTIL
from mock_server.worlds.shapes import shapes_of
from mock_server.worlds.yaml_text import NotYaml, YamlText, text_of
from mock_server.worlds.yaml_text import Path as Place

DEFAULT_WORLD_FILE = Path(__file__).parent / "default.yaml"
_SNAPSHOT_FIELDS = frozenset({"format", "schema", "collections"})


class WorldFileError(Unusable):
    """A world file does not describe a world; the text says where and why."""


class Mistake(msgspec.Struct, frozen=True, order=True):
    """A mistake in a world file. `line` counts from 1; `place` names the entry and the field."""

    line: int
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


class WorldFile:
    """A world file: its `mistakes`, or the state that it describes.

    With `trusted`, the names and the types of its values are not checked.
    """

    def __init__(self, schema: Schema, text: str, *, trusted: bool = False) -> None:
        self.schema = schema
        self.mistakes: list[Mistake] = []
        self.root: Root | None = None
        self._draft = Draft(schema)
        self._document: dict[str, Any] = {}
        try:
            self._yaml = YamlText(text)
        except NotYaml as error:
            self.mistakes.append(Mistake(error.line, "", f"It is not YAML: {error}."))
            return
        for repeated in self._yaml.repeated:
            self._complain(repeated.path, f"`{repeated.path[-1]}` is there twice.")
        self._read(trusted)

    def line_of(self, name: str, key: str) -> int:
        """The line of the entry with this key in a collection; 1 if there is none."""
        for entry in self._draft.entries.get(name, ()):
            if str(entry.key) == key and entry.place is not None:
                return self._yaml.line((name, entry.place))
        return 1

    def _read(self, trusted: bool) -> None:
        document = self._yaml.value
        if not is_object(document):
            self._complain((), "A world file has to be a mapping from collections to lists of entries.")
            return
        self._document = document
        invalid = set[tuple[str, int]]() if trusted else self._check_shapes()
        for name in self.schema.collections:
            entries = document.get(name)
            for place, entry in enumerate(entries if is_list(entries) else ()):
                self._add_entry(name, place, entry, is_valid=(name, place) not in invalid)
        drawn = document.get("drawn", 0)
        drawing = _Counter(drawn if isinstance(drawn, int) else 0)
        if not document.get("complete"):
            fill(self._draft, Identifiers(self._seed, drawing))
        tables = self._tables()
        if not self.mistakes:
            self.root = self._root(tables, drawing.number)

    @property
    def _seed(self) -> str:
        return str(self._document.get("seed", DEFAULT_SEED))

    def _check_shapes(self) -> set[tuple[str, int]]:
        """Complains about what does not fit the schema. Returns the collections and places of the entries concerned."""
        invalid: set[tuple[str, int]] = set()
        for path, text in shapes_of(self.schema).misfits(self._document):
            if len(path) == 1 and path[0] not in (*SETTINGS, *self.schema.collections):
                names = ", ".join(self.schema.collections)
                similar = did_you_mean(str(path[0]), (*SETTINGS, *self.schema.collections))
                self._complain((), f"There is no collection {path[0]}{similar or f'. There are: {names}.'}", path)
                continue
            self._complain(path, text)
            if len(path) > 1 and isinstance(path[1], int):
                invalid.add((str(path[0]), path[1]))
        return invalid

    def _add_entry(self, name: str, place: int, entry: Any, *, is_valid: bool) -> None:
        """Adds an entry to the draft if it is there in this edition."""
        if not is_object(entry):
            return
        fields = dict(entry)
        since, until = fields.pop(SINCE, None), fields.pop(UNTIL, None)
        if is_valid:
            edition = self.schema.edition.name
            if (since is not None and is_later(since, edition)) or (until is not None and not is_later(until, edition)):
                return
            fields = read_entry(self.schema.collections[name], fields)
        self._draft.add(name, fields, place, is_valid=is_valid)

    def _tables(self) -> dict[str, Table[Any]]:
        tables: dict[str, Table[Any]] = {}
        for name, collection in self.schema.collections.items():
            entries = self._draft.valid(name)
            rows = [row for each in entries if (row := self._row(each)) is not None]
            self._check_keys(collection)
            self._check_unique(collection, entries, rows)
            self._check_references(collection)
            if not self.mistakes:
                tables[name] = Table[Any].of(collection, rows)
        return tables

    def _row(self, entry: Entry) -> Any:
        missing = sorted(required_fields(entry.collection.entity) - entry.fields.keys())
        for name in missing:
            self._complain_of(entry, f"`{name}` is missing{self._hint(entry, name)}.")
        if missing:
            return None
        try:
            return entry.row()
        except msgspec.ValidationError as error:
            self._complain_of(entry, f"{error}.")
            return None

    def _hint(self, entry: Entry, field: str) -> str:
        """Why a reference has no default."""
        for reference in entry.collection.references:
            if reference.field == field:
                return f": there is more than one of {reference.to}" if self._draft.entries[reference.to] else ""
        return ""

    def _check_keys(self, collection: Collection[Any]) -> None:
        seen: dict[Any, Entry] = {}
        for entry in self._draft.entries[collection.name]:
            if entry.key is None:
                continue
            first = seen.setdefault(entry.key, entry)
            if first is not entry:
                self._complain_of(
                    entry, f"{entry.key} is the {collection.key} of {self._name(first)}, too.", collection.key
                )

    def _check_unique(self, collection: Collection[Any], entries: list[Entry], rows: list[Any]) -> None:
        if len(rows) < len(entries):
            return
        for fields in collection.unique:
            seen: dict[tuple[Any, ...], Entry] = {}
            for entry, row in zip(entries, rows, strict=True):
                values = tuple(getattr(row, field) for field in fields)
                first = seen.setdefault(values, entry)
                if first is not entry and None not in values:
                    shown = ", ".join(f"{field} {value}" for field, value in zip(fields, values, strict=True))
                    self._complain_of(entry, f"{self._name(first)} has the same {shown}.", fields[-1])

    def _check_references(self, collection: Collection[Any]) -> None:
        for reference in collection.references:
            targets = {each.key for each in self._draft.entries[reference.to] if each.key is not None}
            for entry in self._draft.valid(collection.name):
                target = entry.fields.get(reference.field)
                if target is not None and target not in targets:
                    near = did_you_mean(str(target), map(str, targets)) if isinstance(target, str) else ""
                    text = f"There is no {target} among {reference.to}{near or f'. {_listed(targets)}'}"
                    self._complain_of(entry, text, reference.field)

    def _root(self, tables: dict[str, Table[Any]], drawn: int) -> Root | None:
        sequences = {
            name: max(table.rows) for name, table in tables.items() if table.rows and is_numbered(table.collection)
        }
        for name, last in self._document.get("sequences", {}).items():
            if name not in tables:
                self._complain(("sequences", name), f"There is no collection {name}{did_you_mean(name, tables) or '.'}")
            elif last < sequences.get(name, 0):
                self._complain(("sequences", name), f"{sequences[name]} is in use, which is more than {last}.")
        clock = msgspec.convert(self._document.get("clock", {}), Clock)
        if not clock.is_possible(real_time()):
            self._complain(("clock",), OUT_OF_RANGE)
        if self.mistakes:
            return None
        sequences |= self._document.get("sequences", {})
        return Root(self.schema, immutables.Map(tables), immutables.Map(sequences), drawn, clock, self._seed)

    def _name(self, entry: Entry) -> str:
        if entry.place is None:
            return f"{entry.collection.name} {entry.key}, which is added by default,"
        return f"entry {entry.place + 1}"

    def _complain_of(self, entry: Entry, text: str, field: str | None = None) -> None:
        name = entry.collection.name
        if entry.place is None:
            self.mistakes.append(Mistake(1, f"{name} {entry.key}, which is added by default", text))
        else:
            self._complain((name, entry.place) if field is None else (name, entry.place, field), text)

    def _complain(self, path: Place, text: str, line_at: Place | None = None) -> None:
        place = ""
        if len(path) > 1 and isinstance(path[1], int):
            below = text_of(path[2:])
            place = f"{path[0]}, entry {path[1] + 1}" + (f", {below}" if below else "")
        elif path:
            place = text_of(path)
        self.mistakes.append(Mistake(self._yaml.line(line_at or path), place, text))


class _Counter:
    """Counts the ids that are drawn."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self) -> int:
        self.number += 1
        return self.number


def load_world(schema: Schema, path: Path | None = None) -> Root:
    """The world that `path` describes, a world file or a snapshot; else the default one.

    Raises WorldFileError, SnapshotUnusable.
    """
    if path is None:
        text = DEFAULT_WORLD_FILE.read_text(encoding="utf-8")
        return _usable(DEFAULT_WORLD_FILE, WorldFile(schema, text, trusted=True))
    raw = read_file(path)
    if is_snapshot(raw):
        return read_snapshot(path, raw, lambda _: schema)
    return _usable(path, WorldFile(schema, decoded(path, raw)))


def read_file(path: Path) -> bytes:
    """The content of a file. Raises WorldFileError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise WorldFileError(f"The world file {path} cannot be read: {error.strerror}.") from None


def decoded(path: Path, raw: bytes) -> str:
    """The text of a world file. Raises WorldFileError."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WorldFileError(f"The world file {path} is not YAML: {error}.") from None


def is_snapshot(raw: bytes) -> bool:
    """Whether a file holds a snapshot rather than a world file."""
    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys() >= _SNAPSHOT_FIELDS
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False


def read_snapshot(source: object, raw: bytes, schema_of: Callable[[str], Schema]) -> Root:
    """The state in a snapshot; `schema_of` gives the schema of its edition. Raises SnapshotUnusable."""
    try:
        snapshot = snapshots.read(raw)
        root = snapshots.restore(schema_of(snapshot.edition), snapshot)
    except SnapshotUnusable as error:
        raise SnapshotUnusable(f"{source}: {error}") from None
    if not root.clock.is_possible(real_time()):
        raise SnapshotUnusable(f"{source}: The snapshot's clock shows a time that no world has. {OUT_OF_RANGE}")
    return root


def _usable(path: Path, file: WorldFile) -> Root:
    if file.root is not None:
        return file.root
    first, *others = sorted(file.mistakes)
    more = f" (and {len(others)} more: cal-mock world check {path})" if others else ""
    raise WorldFileError(f"{path}, line {first.line}: {first}{more}")


def _listed(keys: set[Any]) -> str:
    if not keys:
        return "There are none."
    shown = sorted(map(str, keys), key=lambda each: (len(each), each))
    return f"There are: {', '.join(shown[:10])}{', ...' if len(shown) > 10 else ''}."

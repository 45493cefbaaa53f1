"""Checks files with start worlds, and makes world files of snapshots."""

from __future__ import annotations

import re
from pathlib import Path

from mock_server import areas
from mock_server.runtime.changes import edition_named, read_changes
from mock_server.sandbox.doctor import examine
from mock_server.state.clock import real_time
from mock_server.state.collection import Schema
from mock_server.state.root import Root
from mock_server.worlds.export import world_file
from mock_server.worlds.loader import WorldFile, decoded, is_snapshot, read_file, read_snapshot


def check_world(path: Path, edition: str) -> list[str]:
    """All mistakes in a file with a start world, each with its place. A snapshot is checked in its own edition.

    Raises WorldFileError for a file that cannot be read, SnapshotUnusable.
    """
    raw = read_file(path)
    if is_snapshot(raw):
        return [f"{path}: {complaint}" for complaint in _complaints(read_snapshot(path, raw, schema_of))]
    schema = schema_of(edition)
    file = WorldFile(schema, decoded(path, raw))
    if file.root is None:
        return [f"{path}:{mistake.line}: {mistake}" for mistake in sorted(file.mistakes)]
    found = [(_line(file, schema, complaint), complaint) for complaint in _complaints(file.root)]
    return [f"{path}:{line}: {complaint}" for line, complaint in sorted(found)]


def world_file_of(source: str, snapshot: bytes) -> str:
    """The world file of a snapshot that was taken from `source`. Raises SnapshotUnusable."""
    root = read_snapshot(source, snapshot, schema_of)
    edition = root.schema.edition.name
    return (
        f"# The world at {source}. Serve it with: cal-mock serve --edition {edition} --world FILE\n{world_file(root)}"
    )


def schema_of(edition: str) -> Schema:
    """The collections of worlds of an edition."""
    return areas.schema(edition_named(edition, read_changes()))


def _complaints(root: Root) -> list[str]:
    return examine(root, root.clock.read(real_time()), areas.invariants())


def _line(file: WorldFile, schema: Schema, complaint: str) -> int:
    """The line of the first entry that a complaint names, as in `users 4` or `event type 3`; else 1."""
    names = {name: name for name in schema.collections}
    names |= {name.replace("_", " ").removesuffix("s"): name for name in schema.collections}
    found = re.search(rf"\b({'|'.join(sorted(names, key=len, reverse=True))}) ([\w-]+)", complaint)
    return 1 if found is None else file.line_of(names[found[1]], found[2])

"""Writes the state of a running sandbox as a world file."""

from __future__ import annotations

from mock_server.sandbox.world_check import schema_of
from mock_server.worlds.export import world_file
from mock_server.worlds.loader import read_snapshot


def export_world(url: str, snapshot: bytes) -> str:
    """The world file of the world at `url`, of which this is a snapshot. Raises SnapshotUnusable."""
    root = read_snapshot(url, snapshot, schema_of)
    edition = root.schema.edition.name
    return f"# The world at {url}. Serve it with: cal-mock serve --edition {edition} --world FILE\n{world_file(root)}"

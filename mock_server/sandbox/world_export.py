"""Reads the state of a running sandbox as a world file."""

from __future__ import annotations

import httpx

from mock_server.sandbox.world_check import schema_of
from mock_server.state.errors import Unusable
from mock_server.state.root import Root
from mock_server.worlds.export import world_file
from mock_server.worlds.loader import read_snapshot

PATH = "/_sandbox/snapshot"
TIMEOUT_SECONDS = 60


class ExportRefused(Unusable):
    """The URL is not that of a running sandbox, or the sandbox refused."""


def export_world(url: str, token: str | None) -> str:
    """The world file of the world at `url`. Raises ExportRefused, SnapshotUnusable."""
    root = read_snapshot(url, _snapshot(url, token), schema_of)
    return _header(url, root) + world_file(root)


def _header(url: str, root: Root) -> str:
    edition = root.schema.edition.name
    return f"# The world at {url}. Serve it with: cal-mock serve --edition {edition} --world FILE\n"


def _snapshot(url: str, token: str | None) -> bytes:
    headers = {} if token is None else {"Sandbox-Token": token}
    try:
        reply = httpx.get(url.rstrip("/") + PATH, headers=headers, timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ExportRefused(f"No sandbox can be exported from {url}: {error}") from None
    if not reply.is_success:
        raise ExportRefused(f"{url} refused the export: {reply.status_code} {reply.text[:500]}")
    return reply.content

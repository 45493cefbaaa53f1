"""All kinds of stores, for tests that hold for each of them. Add a new kind to STORES."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mock_server.state.file_log import FileLog
from mock_server.state.root import Root
from mock_server.state.shared.options import read_store_url
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.library import NOON, SCHEMA, filled
from mock_server.state.worlds import Worlds

OpenWorlds = Callable[..., Worlds]
"""Opens the worlds that a test works with. Another call opens them again, if they are kept."""


def _memory(_: Path, __: str, start: Callable[[], Root], **options: Any) -> Worlds:
    return Worlds(SCHEMA, start, real_time=lambda: NOON, **options)


def _file(folder: Path, _: str, start: Callable[[], Root], **options: Any) -> Worlds:
    return Worlds(SCHEMA, start, FileLog(folder / "commits.log", SCHEMA), lambda: NOON, **options)


def _shared(_: Path, url: str, start: Callable[[], Root], **options: Any) -> Worlds:
    return SharedWorlds(SCHEMA, start, read_store_url(url), lambda: NOON, **options)


STORES: dict[str, Callable[..., Worlds]] = {"memory": _memory, "file": _file, "shared": _shared}
PERSISTENT = [kind for kind in STORES if kind != "memory"]


def opener(kind: str, folder: Path, url: str) -> OpenWorlds:
    """A function that opens the worlds of a store of that kind."""

    def open_worlds(start: Callable[[], Root] = filled, **options: Any) -> Worlds:
        return STORES[kind](folder, url, start, **options)

    return open_worlds

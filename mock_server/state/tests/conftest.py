"""One server of shared stores for all tests; each uses a prefix of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from mock_server.state.tests.store_server import StoreServer, store_server
from mock_server.state.tests.stores import PERSISTENT, STORES, OpenWorlds, opener
from mock_server.state.worlds import Worlds

_serial = count(1)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    """A server without persistence."""
    with store_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def store_url(shared_server: StoreServer) -> str:
    """The URL of an empty store."""
    return shared_server.url(f"test-{next(_serial)}")


@pytest.fixture(params=STORES)
def worlds(request: pytest.FixtureRequest, tmp_path: Path, store_url: str) -> Iterator[Worlds]:
    """The worlds of a fresh store of every kind."""
    worlds = opener(request.param, tmp_path, store_url)()
    yield worlds
    worlds.close()


@pytest.fixture(params=PERSISTENT)
def open_worlds(request: pytest.FixtureRequest, tmp_path: Path, store_url: str) -> OpenWorlds:
    """Opens a store of every kind that outlives the process."""
    return opener(request.param, tmp_path, store_url)

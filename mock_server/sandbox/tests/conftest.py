"""A sandbox on a free port, for tests that speak HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from mock_server.running import RunningSandbox, running_sandbox


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    """One sandbox for all tests in this folder."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def client(running: RunningSandbox) -> Iterator[httpx.Client]:
    """A client of a fresh world, as solo."""
    headers = {"Authorization": "Bearer cal_sandbox_solo"}
    with running.world() as url, httpx.Client(base_url=url, headers=headers, timeout=10) as client:
        yield client

"""A sandbox on a free port, for tests that speak HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    """One sandbox for all tests here."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def url(running: RunningSandbox) -> str:
    """Where it is."""
    return running.url


@pytest.fixture(scope="session")
def impatient_url() -> Iterator[str]:
    """A sandbox that gives clients little time."""
    with running_sandbox(Settings(port=0, strict=True, read_timeout=0.2)) as running:
        yield running.url

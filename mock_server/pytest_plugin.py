"""Fixtures for the tests of integrators. Enable with ``pytest_plugins = ["mock_server.pytest_plugin"]``.

``cal_mock`` is the URL of a sandbox whose state is this test's alone:

    def test_booking_page(cal_mock):
        reply = httpx.get(f"{cal_mock}/v2/me", headers={"Authorization": "Bearer cal_sandbox_solo"})

``cal_mock_faults`` makes its requests fail on purpose; see mock_server/sandbox/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.settings import Settings


@pytest.fixture(scope="session")
def cal_mock_edition() -> str:
    """The edition of the API: that of CAL_MOCK_EDITION, else the newest complete one. Override it for another."""
    return chosen_edition()


@pytest.fixture(scope="session")
def cal_mock_server(cal_mock_edition: str) -> Iterator[RunningSandbox]:
    """One sandbox for the whole session."""
    with running_sandbox(Settings(edition=cal_mock_edition, strict=True)) as running:
        yield running


@pytest.fixture
def cal_mock(cal_mock_server: RunningSandbox) -> Iterator[str]:
    """The URL of a fresh world in it."""
    with cal_mock_server.world() as url:
        yield url


class FaultsOfTest:
    """The faults of a test's world."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/_sandbox/faults"

    def add(self, **fault: Any) -> str:
        """Adds a fault and returns its id. Raises ValueError, which says what is wrong with it."""
        reply = httpx.post(self._url, json=fault)
        if reply.status_code != 201:
            raise ValueError(reply.json()["error"])
        return reply.json()["id"]

    def remove(self, fault_id: str) -> None:
        """Removes a fault."""
        httpx.delete(f"{self._url}/{fault_id}").raise_for_status()

    def clear(self) -> None:
        """Removes all faults."""
        httpx.delete(self._url).raise_for_status()

    def all(self) -> list[dict[str, Any]]:
        """The faults with the numbers of requests that each `matched` and `affected`."""
        return httpx.get(self._url).json()["faults"]


@pytest.fixture
def cal_mock_faults(cal_mock: str) -> FaultsOfTest:
    """Makes requests to ``cal_mock`` fail on purpose."""
    return FaultsOfTest(cal_mock)

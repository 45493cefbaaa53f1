"""Fixtures for the tests of integrators. Enable with ``pytest_plugins = ["mock_server.pytest_plugin"]``.

``cal_mock`` is the URL of a sandbox whose state is this test's alone:

    def test_booking_page(cal_mock):
        reply = httpx.get(f"{cal_mock}/v2/me", headers={"Authorization": "Bearer cal_sandbox_solo"})
"""

from __future__ import annotations

from collections.abc import Iterator

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

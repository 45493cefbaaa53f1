"""A sandbox that is taken for a deployment, and its credentials."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from contract_tests.comparison.tests.servers import altered, without_control_plane
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.target import Credentials, Target


@pytest.fixture(autouse=True)
def sandbox_credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment has the credentials of the default world's organization."""
    monkeypatch.setenv("CAL_API_KEY", "cal_sandbox_owner")
    monkeypatch.setenv("CAL_CLIENT_ID", "sandbox-client")
    monkeypatch.setenv("CAL_CLIENT_SECRET", "sandbox-client-secret")
    monkeypatch.delenv("CAL_OTHER_API_KEY", raising=False)
    yield
    hooks.aim(Target(Credentials()))


@pytest.fixture
def deployment_url(cal_mock: str) -> Iterator[str]:
    """The test's world as a deployment: it does not look like a sandbox."""
    with altered(cal_mock, without_control_plane) as url:
        yield url


@pytest.fixture
def key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment has a user's API key only."""
    monkeypatch.setenv("CAL_API_KEY", "cal_sandbox_solo")
    for name in ("CAL_CLIENT_ID", "CAL_CLIENT_SECRET"):
        monkeypatch.delenv(name)


OF_CANCELLED_BOOKINGS = frozenset(
    {"bookings", "attendees", "booking_references", "booking_seats", "busy_events", "jobs"}
)
"""What is left of a booking, which cannot be deleted."""


OF_THIRD_PARTIES = frozenset({"accounts", "account_calendars", "busy_events"})
"""What the sandbox's simulated third parties hold after an account or a feed was connected."""


def collections(url: str) -> dict[str, object]:
    """All that the sandbox holds."""
    return httpx.get(f"{url}/_sandbox/snapshot").json()["collections"]


def changed(before: dict[str, object], after: dict[str, object]) -> set[str]:
    """The names of the collections that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}

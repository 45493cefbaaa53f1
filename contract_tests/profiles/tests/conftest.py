"""A sandbox that is taken for a deployment, and its credentials."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from contract_tests.conftest import sandboxes_by_edition
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.target import Credentials, Target
from mock_server.running import RunningSandbox


@pytest.fixture(autouse=True)
def sandbox_credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment has the credentials of the default world's organization."""
    monkeypatch.setenv("CAL_API_KEY", "cal_sandbox_owner")
    monkeypatch.setenv("CAL_CLIENT_ID", "sandbox-client")
    monkeypatch.setenv("CAL_CLIENT_SECRET", "sandbox-client-secret")
    monkeypatch.delenv("CAL_OTHER_API_KEY", raising=False)
    yield
    hooks.aim(Target(Credentials()))


@pytest.fixture(autouse=True)
def quick_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger survives the crash of a process without being synced to disk, which takes as long as a request."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


class WithDeployments:
    """Serves each world of a sandbox, `/w/NAME`, at `/deployments/NAME` as well, without its control plane."""

    def __init__(self, sandbox: ASGIApp) -> None:
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""
        app: ASGIApp = self._sandbox
        if scope["type"] == "http" and scope["path"].startswith("/deployments/"):
            if "/_sandbox" in scope["path"]:
                app = JSONResponse({}, 404)
            paths = {"path": scope["path"], "raw_path": scope["raw_path"].decode("ascii")}
            moved = {name: path.replace("/deployments/", "/w/", 1) for name, path in paths.items()}
            scope = {**scope, **moved, "raw_path": moved["raw_path"].encode("ascii")}
        await app(scope, receive, send)


@pytest.fixture(scope="session")
def sandbox_of() -> Iterator[Callable[[str], RunningSandbox]]:
    """Starts a sandbox of an edition when a test first needs it, whose worlds can be taken for deployments."""
    yield from sandboxes_by_edition(lambda made: WithDeployments(made.app))


@pytest.fixture
def deployment_url(cal_mock: str) -> str:
    """The test's world as a deployment: it does not look like a sandbox."""
    return cal_mock.replace("/w/", "/deployments/")


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

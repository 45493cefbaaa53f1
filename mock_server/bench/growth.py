"""How the central operation, a branch and a reset scale with users: measured in a small and a large world."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from mock_server.bench.request import BODIES, HEADERS, PATH
from mock_server.calendars.model import ACCOUNT_CALENDARS, ACCOUNTS, CREDENTIALS
from mock_server.identity.model import USERS
from mock_server.server import Sandbox
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World

SMALL, LARGE = 10, 100_000
ROUNDS = 5
REQUESTS = 500
REPEATS = 200


@dataclass
class Growth:
    """Medians in seconds."""

    users: int
    put: float
    branch: float
    reset: float


def measure_growth(*sizes: int) -> list[Growth]:
    """Measures one world per number of users, alternating between them, since the machine's speed drifts."""
    sandboxes = [_filled(users) for users in sizes]
    rounds = [[_measure(sandbox) for sandbox in sandboxes] for _ in range(ROUNDS)]
    return [
        Growth(users, *(statistics.median(times) for times in zip(*measured, strict=True)))
        for users, measured in zip(sizes, zip(*rounds, strict=True), strict=True)
    ]


def _filled(users: int) -> Sandbox:
    sandbox = Sandbox()
    world = sandbox.worlds.default
    transaction = world.begin()
    for number in range(users):
        _add_user(transaction, number)
    world.commit(transaction)
    sandbox.worlds.create("filled")
    return sandbox


def _measure(sandbox: Sandbox) -> tuple[float, float, float]:
    """The median times of the central request, a branch and a reset."""
    world = sandbox.worlds.default
    put = asyncio.run(_put(sandbox.app))
    branch = _median(REPEATS, lambda: _branch(sandbox, world))
    return put, branch, _median(REPEATS, sandbox.worlds.get("filled").reset)


def _add_user(tx: Transaction, number: int) -> None:
    name = f"user{number}@growth.example"
    user = tx[USERS].create(email=name, created_date=tx.now, username=f"growth{number}")
    account = tx[ACCOUNTS].create(integration="google_calendar", name=name)
    tx[ACCOUNT_CALENDARS].create(account_id=account.id, external_id=name, name="Calendar", primary=True)
    tx[CREDENTIALS].create(type="google_calendar", app_id="google-calendar", user_id=user.id, account_id=account.id)


async def _put(app: Any) -> float:
    """The median time of the central request."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "scheme": "http",
        "path": PATH, "raw_path": PATH.encode(), "root_path": "", "query_string": b"", "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    statuses: set[int] = set()
    body = b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    times: list[float] = []
    for body in map(str.encode, islice(cycle(BODIES), REQUESTS)):
        headers = {**HEADERS, "content-length": str(len(body))}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        begun = time.perf_counter()
        await app({**scope, "headers": raw}, receive, send)
        times.append(time.perf_counter() - begun)
    if statuses != {200}:
        raise RuntimeError(f"The request was answered with {statuses}.")
    return statistics.median(times)


def _branch(sandbox: Sandbox, world: World) -> None:
    sandbox.worlds.create("branch", world.name)
    sandbox.worlds.drop("branch")


def _median(repeats: int, action: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(repeats):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)

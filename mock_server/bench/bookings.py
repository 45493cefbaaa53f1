"""How booking operations scale with the number of bookings of one host.

Measures whole requests in process, without a network: routing, access, validation, operation, commit, journal.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from mock_server.bookings.model import ATTENDEES, BOOKINGS, Status
from mock_server.runtime.progress import Progress
from mock_server.server import Sandbox
from mock_server.state.transaction import Transaction

SMALL, LARGE = 100, 100_000
REPEATS = 100
BUDGET = 2.0
HOST, EVENT_TYPE = 4, 1  # Solo's 15-minute event type.
OFFICE_HOURS = (9, 10, 13, 14, 15)  # In UTC; all year within Solo's working hours and outside the weekly lunch.
STATUSES: list[Status] = ["accepted", "accepted", "accepted", "accepted", "pending", "cancelled", "rejected"]
GUESTS = 10
LISTS = (
    "take=5",
    "take=100",
    "take=5&status=upcoming",
    "take=5&status=past",
    "take=5&status=cancelled",
    "take=5&status=unconfirmed",
    "take=5&status=upcoming,past",
    "take=5&sortEnd=desc",
    "take=5&sortCreated=desc",
    "take=5&sortUpdatedAt=desc",
    f"take=5&eventTypeId={EVENT_TYPE}",
    "take=5&attendeeEmail=guest7@example.com",
)
"""Lists with the same number of results in both worlds, so that the ratio measures the search, not the rendering."""


@dataclass
class Request:
    """A request to the application."""

    method: str
    path: str
    query: str = ""
    body: dict[str, Any] | None = None


def quarters_of_next_year() -> Iterator[datetime]:
    """Every quarter of the office hours of weekdays, from a year after now on."""
    first = datetime.now(UTC).toordinal() + 365
    for day in map(datetime.fromordinal, count(first)):
        if day.isoweekday() <= 5:
            yield from (
                day.replace(hour=hour, minute=minute, tzinfo=UTC) for hour in OFFICE_HOURS for minute in (0, 15, 30, 45)
            )


def fill(tx: Transaction, count: int) -> list[str]:
    """Books the first quarter of every hour, half of them before now and half after; returns the uids."""
    first = tx.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=count // 2)
    return [_add(tx, first + timedelta(hours=number), STATUSES[number % len(STATUSES)]) for number in range(count)]


def _add(tx: Transaction, start: datetime, status: Status) -> str:
    booking = tx[BOOKINGS].create(
        uid=tx.identifiers.short_uid(),
        title="Bench",
        start=start,
        end=start + timedelta(minutes=15),
        status=status,
        created_at=start - timedelta(days=3650),
        updated_at=start - timedelta(days=3650),
        user_id=HOST,
        event_type_id=EVENT_TYPE,
        responses={"name": "Guest"},
    )
    guest = f"guest{booking.id % GUESTS}@example.com"
    tx[ATTENDEES].create(booking_id=booking.id, name="Guest", email=guest, time_zone="UTC", start=start)
    return booking.uid


def free_times(now: datetime) -> Iterator[datetime]:
    """Half past every office hour from next week on; no booking made by `fill` overlaps these."""
    day = (now + timedelta(days=7)).replace(minute=30, second=0, microsecond=0)
    while True:
        if day.isoweekday() <= 5:
            yield from (day.replace(hour=hour) for hour in OFFICE_HOURS)
        day += timedelta(days=1)


def requests(uids: list[str], now: datetime) -> dict[str, Iterator[Request]]:
    """The requests to measure, by name."""
    path = "/v2/bookings"
    found: dict[str, Iterator[Request]] = {f"list {each}": cycle([Request("GET", path, each)]) for each in LISTS}
    spread = uids[:: max(len(uids) // 50, 1)]
    found["get"] = cycle([Request("GET", f"{path}/{uid}") for uid in spread])
    attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    found["create"] = (
        Request("POST", path, body={"eventTypeId": EVENT_TYPE, "start": start.isoformat(), "attendee": attendee})
        for start in free_times(now)
    )
    return found


async def send(app: Any, request: Request) -> int:
    """Sends a request and returns the status of the reply."""
    body = b"" if request.body is None else json.dumps(request.body).encode()
    headers = {
        "authorization": "Bearer cal_sandbox_solo",
        "cal-api-version": "2024-08-13",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method, "scheme": "http",
        "path": request.path, "raw_path": request.path.encode(), "root_path": "", "server": ("127.0.0.1", 80),
        "query_string": request.query.encode(), "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def answer(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, answer)
    return status


async def _time(app: Any, request: Request) -> float:
    """The duration of a request in milliseconds. Raises RuntimeError unless it succeeds."""
    begun = perf_counter()
    status = await send(app, request)
    took = (perf_counter() - begun) * 1000
    if status not in (200, 201):
        raise RuntimeError(f"{request} was answered with {status}.")
    return took


async def _medians(worlds: list[tuple[Any, dict[str, Iterator[Request]]]]) -> dict[str, list[float]]:
    """The median of each world, by request name. Alternates between the worlds, since the machine's speed drifts."""
    found: dict[str, list[float]] = {}
    for name in worlds[0][1]:
        rounds = [[await _time(app, next(asked[name])) for app, asked in worlds] for _ in range(REPEATS)]
        found[name] = [median(times) for times in zip(*rounds, strict=True)]
    return found


def _world(count: int) -> tuple[Any, dict[str, Iterator[Request]]]:
    """An application whose host has `count` bookings, and the requests to send to it."""
    sandbox = Sandbox()
    world = sandbox.worlds.default
    tx = world.begin()
    uids = fill(tx, count)
    world.commit(tx)
    return sandbox.app, requests(uids, tx.now)


def print_report(console: Console, progress: Progress) -> None:
    """Prints the times in the small and the large world, and their ratio."""
    with progress.part("growth with bookings"):
        medians = asyncio.run(_medians([_world(SMALL), _world(LARGE)]))
    table = Table("", f"{SMALL:,}, ms", f"{LARGE:,}, ms", "ratio", title="p50 by the number of the host's bookings")
    for name, (small, large) in medians.items():
        table.add_row(name, f"{small:.2f}", f"{large:.2f}", f"{large / small:.1f}")
    console.print(table)
    console.print(f"Budget: a ratio of at most {BUDGET:.0f}.")

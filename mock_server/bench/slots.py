"""How the time of a search for slots grows with days, bookings and hosts.

Measures the whole operation, without HTTP: query, state, engine and view.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from statistics import median
from time import perf_counter
from types import MappingProxyType

from rich.console import Console
from rich.table import Table

from mock_server.areas import schema
from mock_server.bookings.model import BOOKINGS
from mock_server.event_types.model import EVENT_TYPES, HOSTS
from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.progress import Progress
from mock_server.schedules.model import SCHEDULES, Availability
from mock_server.slots.operations.slots import get_available_slots
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS

NOW = datetime(2030, 1, 1, tzinfo=UTC)
FIRST = datetime(2030, 1, 7, tzinfo=UTC)
BUDGET = "31 days over 1,000 bookings of the host: under 15 ms"
REPEATS = 15


def world(bookings: int, hosts: int, days: int = 31) -> Transaction:
    """A round-robin event type (personal with one host); each host has 15-minute `bookings` spread over `days`."""
    tx = Transaction(Root.empty(schema(), "bench"), NOW)
    team = tx[TEAMS].create(name="Bench", created_at=NOW)
    users = [_host(tx, number, bookings, days) for number in range(hosts)]
    if hosts == 1:
        tx[EVENT_TYPES].create(title="Bench", slug="bench", length=15, user_id=users[0])
    else:
        shared = tx[EVENT_TYPES].create(
            title="Bench", slug="bench", length=15, team_id=team.id, scheduling_type="roundRobin"
        )
        for user_id in users:
            tx[HOSTS].create(user_id=user_id, event_type_id=shared.id)
    return Transaction(tx.root(), NOW)


def _host(tx: Transaction, number: int, bookings: int, days: int) -> int:
    user = tx[USERS].create(email=f"host{number}@example.com", created_date=NOW, time_zone="Europe/Rome")
    every_day = Availability(days=tuple(range(7)), start_time=time(0), end_time=time(23, 59))
    schedule = tx[SCHEDULES].create(user_id=user.id, name="Bench", time_zone="Europe/Rome", availability=(every_day,))
    tx[USERS].update(user.id, default_schedule_id=schedule.id)
    apart = timedelta(days=days) / max(bookings, 1)
    for place in range(bookings):
        # Every second quarter of an hour, so that gaps stay free between the bookings.
        quarters = round(place * apart / timedelta(minutes=15))
        start = FIRST + quarters * timedelta(minutes=15)
        tx[BOOKINGS].create(
            uid=tx.identifiers.short_uid(),
            title="Bench",
            start=start,
            end=start + timedelta(minutes=15),
            status="accepted",
            created_at=NOW,
            updated_at=NOW,
            user_id=user.id,
        )
    return user.id


def search(tx: Transaction, days: int) -> Callable[[], int]:
    """A function that searches the slots of the world's event type and returns their number."""
    last = FIRST + timedelta(days=days - 1)
    query = {"eventTypeId": "1", "start": f"{FIRST:%Y-%m-%d}", "end": f"{last:%Y-%m-%d}", "timeZone": "Europe/Rome"}

    def run() -> int:
        call = Call(tx, MappingProxyType({}), MappingProxyType({}), "")
        call.query = query
        return sum(map(len, get_available_slots(call).values()))

    return run


def measured(run: Callable[[], int]) -> tuple[float, int]:
    """The median time in milliseconds, after one warm-up run, and the result."""
    found = run()
    times: list[float] = []
    for _ in range(REPEATS):
        begin = perf_counter()
        run()
        times.append((perf_counter() - begin) * 1000)
    return median(times), found


def print_report(console: Console, progress: Progress) -> None:
    """Prints one table per growing dimension."""
    growth = {
        "days": [(days, days * 32, 1) for days in (1, 7, 31, 93, 365)],
        "bookings": [(31, bookings, 1) for bookings in (0, 10, 100, 1000, 1400)],
        "hosts": [(31, 100, hosts) for hosts in (1, 2, 5, 10, 20)],
    }
    for name, cases in growth.items():
        table = Table("days", "bookings of a host", "hosts", "slots", "median ms", title=f"Growth with {name}")
        for days, bookings, hosts in progress.each(f"slots, growth with {name}", cases, "measurements"):
            took, found = measured(search(world(bookings, hosts, days), days))
            table.add_row(str(days), str(bookings), str(hosts), str(found), f"{took:.2f}")
        console.print(table)
    console.print(f"Budget: {BUDGET}.")

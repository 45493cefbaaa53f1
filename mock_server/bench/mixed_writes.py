"""Mixed writes through several processes on one shared store: none is lost, and all processes have one state.

Run it with `python -m mock_server.bench.mixed_writes --writes 10000 --processes 4`. It starts Valkey or Redis by
itself. At the end, many clients book one slot at once, spread over the processes: one of them gets it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from mock_server.bench.bookings import EVENT_TYPE, quarters_of_next_year
from mock_server.bench.processes import TIME_LIMIT, Process, inconsistencies, kept_collections
from mock_server.bench.request import BODIES, HEADERS, PATH
from mock_server.state.tests.store_server import store_server

WRITERS_PER_PROCESS = 4
SIMULTANEOUS = 200
ATTENDEE = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
VERSIONS = {"bookings": "2024-08-13", "event-types": "2024-06-14", "schedules": "2024-06-11"}


class Refused(Exception):
    """A write that should have succeeded."""


class Plan:
    """The number of writes that are left, and values that no two writes share."""

    def __init__(self, writes: int) -> None:
        self._writes = writes
        self._serial = count(1)
        self._times = quarters_of_next_year()
        self._lock = threading.Lock()

    def begin(self) -> bool:
        """Counts a write. Whether it is still to be made."""
        with self._lock:
            self._writes -= 1
            return self._writes >= 0

    def name(self) -> str:
        """A new name."""
        with self._lock:
            return f"mixed-{next(self._serial)}"

    def time(self) -> datetime:
        """A time at which the host is free."""
        with self._lock:
            return next(self._times)


class Writer:
    """Creates, changes and deletes things of its own, each write through a random process.

    `names` maps the event types, schedules and webhooks that must be there to their titles, names and addresses;
    `statuses` maps bookings to their statuses.
    """

    def __init__(self, processes: list[Process], plan: Plan, seed: str) -> None:
        self.names: dict[tuple[str, str], str] = {}
        self.statuses: dict[str, str] = {}
        self.done: Counter[str] = Counter()
        self._processes = processes
        self._plan = plan
        self._random = random.Random(seed)
        self._client = httpx.Client(headers=HEADERS, timeout=TIME_LIMIT)

    def write(self) -> None:
        """Writes until the plan is done. Raises Refused."""
        with self._client:
            while self._plan.begin():
                kind = self._random.choice(KINDS)
                kind(self)
                self.done[kind.__name__] += 1

    def create(self) -> None:
        """Creates an event type, a schedule or a webhook."""
        collection, name = self._random.choice(list(CREATED)), self._plan.name()
        created = self._send("POST", f"/v2/{collection}", CREATED[collection](name))
        self.names[collection, str(created["id"])] = created[NAMES[collection]]

    def change(self) -> None:
        """Renames one of its things, or creates one if there is none."""
        if not self.names:
            return self.create()
        collection, key = self._random.choice(list(self.names))
        body = {NAMES[collection]: CREATED[collection](self._plan.name())[NAMES[collection]]}
        self.names[collection, key] = self._send("PATCH", f"/v2/{collection}/{key}", body)[NAMES[collection]]
        return None

    def delete(self) -> None:
        """Deletes one of its things, or creates one if there is none."""
        if not self.names:
            return self.create()
        collection, key = self._random.choice(list(self.names))
        self._send("DELETE", f"/v2/{collection}/{key}")
        del self.names[collection, key]
        return None

    def book(self) -> None:
        """Books a free time."""
        body = {"eventTypeId": EVENT_TYPE, "start": self._plan.time().isoformat(), "attendee": ATTENDEE}
        self.statuses[self._send("POST", "/v2/bookings", body)["uid"]] = "accepted"

    def cancel(self) -> None:
        """Cancels one of its bookings, or books if none is accepted."""
        accepted = [uid for uid, status in self.statuses.items() if status == "accepted"]
        if not accepted:
            return self.book()
        uid = self._random.choice(accepted)
        self._send("POST", f"/v2/bookings/{uid}/cancel", {"cancellationReason": "It rains."})
        self.statuses[uid] = "cancelled"
        return None

    def choose_calendar(self) -> None:
        """Chooses a destination calendar, which all writers share."""
        self._send("PUT", PATH, self._random.choice(BODIES))

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        url = self._random.choice(self._processes).url + path
        version = VERSIONS.get(path.split("/")[2], "2024-08-13")
        content: dict[str, Any] = {"content": body} if isinstance(body, str) else {"json": body} if body else {}
        reply = self._client.request(method, url, headers={"cal-api-version": version}, **content)
        if not reply.is_success:
            raise Refused(f"{method} {path} answered {reply.status_code}: {reply.text}")
        return reply.json().get("data")


CREATED: dict[str, Callable[[str], dict[str, Any]]] = {
    "event-types": lambda name: {"lengthInMinutes": 30, "title": name, "slug": name},
    "schedules": lambda name: {"name": name, "timeZone": "Europe/Rome", "isDefault": False},
    "webhooks": lambda name: {
        "active": False, "subscriberUrl": f"https://example.com/{name}", "triggers": ["BOOKING_CREATED"]
    },
}  # fmt: skip
NAMES = {"event-types": "title", "schedules": "name", "webhooks": "subscriberUrl"}
KEPT_NAMES = {"event-types": ("event_types", "title"), "schedules": ("schedules", "name"),
              "webhooks": ("webhooks", "subscriber_url")}  # fmt: skip
KINDS = (
    Writer.create,
    Writer.create,
    Writer.change,
    Writer.change,
    Writer.delete,
    Writer.book,
    Writer.book,
    Writer.cancel,
    Writer.choose_calendar,
)


def run(writes: int, count_of_processes: int, seed: int) -> bool:
    """Makes the writes. Returns whether all are kept, and all processes have one consistent state."""
    with tempfile.TemporaryDirectory() as folder, store_server(Path(folder), appendonly=True) as server:
        processes = [Process(server.url("mixed")) for _ in range(count_of_processes)]
        try:
            plan = Plan(writes)
            writers = [
                Writer(processes, plan, f"{seed} {number}") for number in range(WRITERS_PER_PROCESS * len(processes))
            ]
            begun = time.perf_counter()
            with ThreadPoolExecutor(len(writers)) as threads:
                for done in [threads.submit(writer.write) for writer in writers]:
                    done.result()
            took = time.perf_counter() - begun
            missing = list(_missing(processes, writers))
            statuses = _book_at_once(processes, plan.time())
            found = inconsistencies(processes)
        finally:
            for process in processes:
                process.kill()
    print(f"{writes:,} writes through {count_of_processes} processes in {took:.0f} s: {_counts(writers)}")
    print(f"{len(missing)} are not kept{''.join(f'; {each}' for each in missing[:5])}; inconsistencies {found}")
    print(f"{SIMULTANEOUS} simultaneous bookings of one slot: {dict(statuses)}")
    return not missing and not found and statuses == {201: 1, 400: SIMULTANEOUS - 1}


def _missing(processes: list[Process], writers: list[Writer]) -> Iterator[str]:
    """What one of the processes does not have, or has although it was deleted."""
    for process in processes:
        kept = kept_collections(process)
        for part, (collection, field) in KEPT_NAMES.items():
            expected = {name for writer in writers for (of, _), name in writer.names.items() if of == part}
            found = {row[field] for row in kept[collection] if "mixed-" in row[field]}
            yield from (f"{part} {name} in {process.url}" for name in expected ^ found)
        status_of = {row["uid"]: row["status"] for row in kept["bookings"]}
        for writer in writers:
            for uid, status in writer.statuses.items():
                if status_of.get(uid) != status:
                    yield f"booking {uid} is {status_of.get(uid)} in {process.url}"


def _book_at_once(processes: list[Process], start: datetime) -> Counter[int]:
    """The statuses of simultaneous bookings of one slot, spread over the processes."""
    together = threading.Barrier(SIMULTANEOUS)

    def book(number: int) -> int:
        attendee = ATTENDEE | {"email": f"ann{number}@example.com"}
        body = {"eventTypeId": EVENT_TYPE, "start": start.isoformat(), "attendee": attendee}
        url = f"{processes[number % len(processes)].url}/v2/bookings"
        headers = HEADERS | {"cal-api-version": VERSIONS["bookings"]}
        together.wait(TIME_LIMIT)
        return httpx.post(url, headers=headers, json=body, timeout=TIME_LIMIT).status_code

    with ThreadPoolExecutor(SIMULTANEOUS) as threads:
        return Counter(threads.map(book, range(SIMULTANEOUS)))


def _counts(writers: list[Writer]) -> str:
    done = sum((writer.done for writer in writers), Counter[str]())
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in sorted(done.items()))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(0 if run(given.writes, given.processes, given.seed) else 1)


if __name__ == "__main__":
    main()

"""A server killed during concurrent bookings loses no acknowledged booking and books no time twice."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from contract_tests.coming_days import coming_monday
from mock_server.state.tests.served import served

CLIENTS = 20
MIN_BOOKED_TIMES = 6
EVENT_TYPE = 2  # The solo user's half-hour event type.
HEADERS = {"cal-api-version": "2024-08-13"}
SOLO = HEADERS | {"Authorization": "Bearer cal_sandbox_solo"}


def times() -> list[str]:
    """Ten half hours on a Monday in the future, within the solo user's working hours in summer and in winter."""
    day = coming_monday()
    return [f"{day}T{hour}:{minute:02}:00Z" for hour in range(10, 15) for minute in (0, 30)]


class ConcurrentBookers:
    """Clients that all try to book all times, in different orders. `booked` maps times to uids."""

    def __init__(self, url: str, times: list[str]) -> None:
        self.url = url
        self.times = times
        self.booked: dict[str, list[str]] = {}
        self.statuses: Counter[int] = Counter()
        self.enough = threading.Event()
        self._lock = threading.Lock()

    def book_all(self, number: int) -> None:
        first = number % len(self.times)
        with httpx.Client(base_url=self.url, headers=HEADERS, timeout=30) as client:
            for start in (*self.times[first:], *self.times[:first]):
                attendee = {"name": "Ann", "email": f"ann{number}@example.com", "timeZone": "Europe/Rome"}
                body = {"eventTypeId": EVENT_TYPE, "start": start, "attendee": attendee}
                try:
                    reply = client.post("/v2/bookings", json=body)
                except httpx.TransportError:
                    return
                self._record(start, reply)

    def _record(self, start: str, reply: httpx.Response) -> None:
        with self._lock:
            self.statuses[reply.status_code] += 1
            if reply.status_code == 201:
                self.booked.setdefault(start, []).append(reply.json()["data"]["uid"])
                if len(self.booked) >= MIN_BOOKED_TIMES:
                    self.enough.set()


def listed_bookings(url: str) -> dict[str, list[str]]:
    """The uids of all listed bookings by time."""
    found: dict[str, list[str]] = {}
    for each in httpx.get(f"{url}/v2/bookings", headers=SOLO).raise_for_status().json()["data"]:
        assert each["status"] == "accepted"
        found.setdefault(each["start"].replace(".000Z", "Z"), []).append(each["uid"])
    return found


def test_sigkill_neither_loses_nor_duplicates_a_booking(tmp_path: Path) -> None:
    store, starts = f"file:{tmp_path / 'commits.log'}", times()
    with served(store) as (process, url), ThreadPoolExecutor(CLIENTS) as threads:
        bookers = ConcurrentBookers(url, starts)
        pending = [threads.submit(bookers.book_all, number) for number in range(CLIENTS)]
        assert bookers.enough.wait(60)
        process.send_signal(signal.SIGKILL)
        for each in pending:
            each.result(60)

    with served(store) as (_, url), ThreadPoolExecutor(CLIENTS) as threads:
        kept = listed_bookings(url)
        assert all(len(uids) == 1 for uids in kept.values()), "no time is booked twice"
        assert bookers.booked.items() <= kept.items(), "acknowledged bookings are kept"

        again = ConcurrentBookers(url, starts)
        list(threads.map(again.book_all, range(CLIENTS)))
        assert set(again.statuses) <= {201, 400}
        found = listed_bookings(url)
        assert set(found) == set(starts)
        assert all(len(uids) == 1 for uids in found.values())
        assert found == kept | again.booked

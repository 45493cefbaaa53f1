"""A server that is killed while many book the same times loses no booking, and gives no time away twice."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from mock_server.state.tests.test_killed_server import served

ASKING = 20
ENOUGH = 6
EVENT_TYPE = 2  # Solo's half hours.
HEADERS = {"cal-api-version": "2024-08-13"}
SOLO = HEADERS | {"Authorization": "Bearer cal_sandbox_solo"}


def times() -> list[str]:
    """Ten half hours of a Monday to come, which solo is free at in summer and in winter."""
    day = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=7)
    day += timedelta(days=-day.weekday() % 7)
    return [(day + timedelta(minutes=30 * number)).strftime("%Y-%m-%dT%H:%M:%SZ") for number in range(10)]


class Crowd:
    """People who all ask for all times, each beginning with another one. `got` are uids by time."""

    def __init__(self, url: str, wanted: list[str]) -> None:
        self.url = url
        self.wanted = wanted
        self.got: dict[str, list[str]] = {}
        self.statuses: Counter[int] = Counter()
        self.enough = threading.Event()
        self._lock = threading.Lock()

    def ask_for_all(self, number: int) -> None:
        place = number % len(self.wanted)
        with httpx.Client(base_url=self.url, headers=HEADERS, timeout=30) as client:
            for start in (*self.wanted[place:], *self.wanted[:place]):
                attendee = {"name": "Ann", "email": f"ann{number}@example.com", "timeZone": "Europe/Rome"}
                body = {"eventTypeId": EVENT_TYPE, "start": start, "attendee": attendee}
                try:
                    reply = client.post("/v2/bookings", json=body)
                except httpx.TransportError:
                    return
                self._note(start, reply)

    def _note(self, start: str, reply: httpx.Response) -> None:
        with self._lock:
            self.statuses[reply.status_code] += 1
            if reply.status_code == 201:
                self.got.setdefault(start, []).append(reply.json()["data"]["uid"])
                if len(self.got) >= ENOUGH:
                    self.enough.set()


def booked(url: str) -> dict[str, list[str]]:
    """The uids of all bookings by time."""
    found: dict[str, list[str]] = {}
    for each in httpx.get(f"{url}/v2/bookings", headers=SOLO).raise_for_status().json()["data"]:
        assert each["status"] == "accepted"
        found.setdefault(each["start"].replace(".000Z", "Z"), []).append(each["uid"])
    return found


def test_kill_9_neither_loses_nor_doubles_a_booking(tmp_path: Path) -> None:
    log, wanted = tmp_path / "commits.log", times()
    with served(log) as (process, url), ThreadPoolExecutor(ASKING) as threads:
        crowd = Crowd(url, wanted)
        asking = [threads.submit(crowd.ask_for_all, number) for number in range(ASKING)]
        assert crowd.enough.wait(60)
        process.send_signal(signal.SIGKILL)
        for each in asking:
            each.result(60)

    with served(log) as (_, url), ThreadPoolExecutor(ASKING) as threads:
        kept = booked(url)
        assert all(len(uids) == 1 for uids in kept.values()), "no time was given away twice"
        assert crowd.got.items() <= kept.items(), "what was acknowledged is there"

        again = Crowd(url, wanted)
        list(threads.map(again.ask_for_all, range(ASKING)))
        assert set(again.statuses) <= {201, 400}
        found = booked(url)
        assert set(found) == set(wanted)
        assert all(len(uids) == 1 for uids in found.values())
        assert found == kept | again.got

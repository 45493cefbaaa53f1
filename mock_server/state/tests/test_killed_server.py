"""A server that is killed under load restarts with every acknowledged write."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import httpx

from mock_server.state.tests.served import served

CLIENTS = 4
ACKNOWLEDGED = 60
TIME_LIMIT = 30.0

KEY = {"Authorization": "Bearer cal_sandbox_solo"}
CALENDARS = [
    {"integration": "google_calendar", "externalId": "solo@example.com"},
    {"integration": "google_calendar", "externalId": "side-projects@group.calendar.google.com"},
]


class Writer(threading.Thread):
    """Writes into its own world until the server is killed, recording what was acknowledged."""

    def __init__(self, url: str, name: str, enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self.name = name
        self.sent = -1
        self.acknowledged = 0
        self._url = url
        self._enough = enough

    def run(self) -> None:
        with httpx.Client(base_url=f"{self._url}/w/{self.name}", headers=KEY, timeout=TIME_LIMIT) as client:
            try:
                while True:
                    # The default world begins with the first calendar, so every write changes something.
                    self.sent = (self.acknowledged + 1) % 2
                    client.put("/v2/destination-calendars", json=CALENDARS[self.sent]).raise_for_status()
                    self.acknowledged += 1
                    if self.acknowledged >= ACKNOWLEDGED:
                        self._enough.set()
            except httpx.TransportError:
                return


def ask(method: str, url: str, json: object = None) -> httpx.Response:
    """The reply to a request that has to succeed, however busy the machine is."""
    return httpx.request(method, url, json=json, headers=KEY, timeout=TIME_LIMIT).raise_for_status()


def destination(url: str, world: str) -> str:
    return ask("GET", f"{url}/w/{world}/v2/calendars").json()["data"]["destinationCalendar"]["externalId"]


def test_kill_9_under_load_loses_no_acknowledged_write(tmp_path: Path) -> None:
    log, enough = tmp_path / "commits.log", threading.Event()
    with served(f"file:{log}") as (process, url):
        writers = [Writer(url, f"world-of-{number}", enough) for number in range(CLIENTS)]
        for writer in writers:
            ask("POST", f"{url}/_sandbox/worlds", json={"id": writer.name})
            ask("PUT", f"{url}/w/{writer.name}/v2/destination-calendars", json=CALENDARS[0])
        before = ask("GET", f"{url}/_sandbox/health").json()["version"]
        for writer in writers:
            writer.start()
        assert enough.wait(TIME_LIMIT)
        process.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.join(TIME_LIMIT)
            assert not writer.is_alive()

    acknowledged = sum(writer.acknowledged for writer in writers)
    with served(f"file:{log}") as (_, url):
        health = ask("GET", f"{url}/_sandbox/health").json()
        # One write of each client may have been in progress, and may have been kept without a reply.
        assert before + acknowledged <= health["version"] <= before + acknowledged + CLIENTS
        assert health["worlds"] == CLIENTS + 1
        for writer in writers:
            last = CALENDARS[writer.acknowledged % 2]["externalId"]
            assert destination(url, writer.name) in (last, CALENDARS[writer.sent]["externalId"])
        ask("PUT", f"{url}/v2/destination-calendars", json=CALENDARS[1])

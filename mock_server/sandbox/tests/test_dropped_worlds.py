"""A request whose world is dropped is answered with 404 and changes nothing, not even in a new world of that name."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings

KEY = {"Authorization": "Bearer cal_sandbox_solo"}
CALENDAR = {"integration": "google_calendar", "externalId": "side-projects@group.calendar.google.com"}


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSandbox, Path]]:
    """A sandbox with a file log."""
    path = tmp_path_factory.mktemp("logged") / "commits.log"
    with running_sandbox(Settings(port=0, strict=True, log=f"file:{path}")) as running:
        yield running, path


def begun(url: str, method: str, path: str, body: bytes) -> socket.socket:
    """Sends the head of a request and waits until the server asks for the body."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)
    head = (
        f"{method} {parts.path}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer cal_sandbox_solo\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n"
        "Connection: close\r\n\r\n"
    )
    connection.sendall(head.encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 100")
    return connection


def ended(connection: socket.socket, body: bytes) -> tuple[int, Any]:
    """Sends the body; returns the status and content of the reply."""
    with connection, connection.makefile("rb") as stream:
        connection.sendall(body)
        head, _, content = stream.read().partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(content)


@pytest.mark.parametrize("has_namesake", [False, True])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v2/destination-calendars", CALENDAR),
        ("PUT", "/_sandbox/clock", {"now": "2040-01-01T00:00:00Z", "frozen": True}),
        ("POST", "/_sandbox/clock/advance", {"days": 3}),
        ("PUT", "/_sandbox/snapshot", None),
        ("POST", "/_sandbox/reset", {}),
        ("POST", "/_sandbox/webhooks/inbox/mine", {"a": 1}),
        ("POST", "/_sandbox/worlds", {"id": "child"}),
    ],
)
def test_a_request_whose_world_is_dropped_is_answered_with_404(
    logged: tuple[RunningSandbox, Path], method: str, path: str, body: Any, has_namesake: bool
) -> None:
    running, _ = logged
    url = f"{running.url}/w/brief"
    httpx.post(f"{running.url}/_sandbox/worlds", json={"id": "brief"}).raise_for_status()
    sent = json.dumps(httpx.get(f"{url}/_sandbox/snapshot").json() if body is None else body).encode()
    request = begun(url, method, path, sent)
    httpx.delete(f"{running.url}/_sandbox/worlds/brief").raise_for_status()
    if has_namesake:
        httpx.post(f"{running.url}/_sandbox/worlds", json={"id": "brief"}).raise_for_status()
    before = running.sandbox.worlds.version
    status, reply = ended(request, sent)
    assert status == 404
    assert "There is no world 'brief'." in json.dumps(reply)
    assert running.sandbox.worlds.version == before
    if has_namesake:
        assert httpx.get(f"{url}/_sandbox/requests").json()["requests"] == []
        assert httpx.get(f"{url}/_sandbox/clock").json()["frozen"] is False
        assert httpx.get(f"{url}/_sandbox/webhooks/inbox/mine").json() == {"received": []}
        destination = httpx.get(f"{url}/v2/calendars", headers=KEY).json()["data"]["destinationCalendar"]
        assert destination["externalId"] != CALENDAR["externalId"]
        httpx.delete(f"{running.url}/_sandbox/worlds/brief").raise_for_status()


def test_waiting_in_a_dropped_world_is_answered_with_404(logged: tuple[RunningSandbox, Path]) -> None:
    running, _ = logged
    httpx.post(f"{running.url}/_sandbox/worlds", json={"id": "waiting"}).raise_for_status()
    replies: list[int] = []

    def wait() -> None:
        query = "count=1&wait=1"
        replies.append(httpx.get(f"{running.url}/w/waiting/_sandbox/webhooks/inbox/x?{query}", timeout=20).status_code)

    thread = threading.Thread(target=wait)
    thread.start()
    httpx.delete(f"{running.url}/_sandbox/worlds/waiting").raise_for_status()
    thread.join()
    assert replies == [404]


def test_threads_that_create_use_and_drop_worlds_leave_a_valid_log(tmp_path: Path) -> None:
    settings = Settings(port=0, strict=True, log=f"file:{tmp_path}/commits.log")
    surprises: list[Any] = []

    def live(url: str, number: int) -> None:
        with httpx.Client(base_url=url, headers=KEY, timeout=30) as client:
            for place in range(12):
                # Two threads share each name, so one drops what the other still uses.
                name = f"shared-{(number + place) % 3}"
                for reply in (
                    client.post("/_sandbox/worlds", json={"id": name}),
                    client.put(f"/w/{name}/v2/destination-calendars", json=CALENDAR),
                    client.post(f"/w/{name}/_sandbox/clock/advance", json={"minutes": 5}),
                    client.delete(f"/_sandbox/worlds/{name}"),
                ):
                    if reply.status_code not in (200, 201, 404, 409):
                        surprises.append((reply.status_code, reply.text))  # noqa: PERF401

    with running_sandbox(settings) as running:
        threads = [threading.Thread(target=live, args=(running.url, number)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        version, names = running.sandbox.worlds.version, [each.name for each in running.sandbox.worlds.all()]
    assert surprises == []
    with running_sandbox(settings) as running:
        assert [each.name for each in running.sandbox.worlds.all()] == names
        assert running.sandbox.worlds.version == version

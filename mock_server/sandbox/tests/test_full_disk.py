"""A write that cannot be logged is refused with 507, changes nothing, and succeeds later."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings

KEY = {"Authorization": "Bearer cal_sandbox_solo"}
CALENDAR = {"integration": "google_calendar", "externalId": "side-projects@group.calendar.google.com"}


class Disk:
    """A log file on a disk that may be full."""

    def __init__(self, file: Any) -> None:
        self.is_full = True
        self._file = file

    def write(self, content: bytes) -> int:
        if self.is_full:
            self._file.write(content[:7])
            raise OSError(28, "No space left on device")
        return self._file.write(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningSandbox]:
    with running_sandbox(Settings(port=0, strict=True, log=f"file:{tmp_path}/commits.log")) as running:
        yield running


def destination(url: str) -> str:
    return httpx.get(f"{url}/v2/calendars", headers=KEY).json()["data"]["destinationCalendar"]["externalId"]


def test_writes_are_refused_only_while_the_disk_is_full(
    running: RunningSandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = running.url
    before = destination(url)  # The first look chooses one, which is a write.
    log: Any = running.sandbox.worlds._log
    disk = log._file._file = Disk(log._file._file)
    requests = [
        ("PUT", "/v2/destination-calendars", CALENDAR),
        ("POST", "/_sandbox/worlds", {"id": "another"}),
        ("PUT", "/_sandbox/clock", {"now": "2040-01-01T00:00:00Z"}),
        ("POST", "/_sandbox/reset", None),
    ]
    for method, path, body in requests:
        reply = httpx.request(method, url + path, json=body, headers=KEY)
        assert reply.status_code == 507, path
        assert reply.json() == {
            "error": f"The log {tmp_path}/commits.log cannot be written: No space left on device. Nothing was changed."
        }
        assert reply.headers["sandbox-hint"].startswith("Make room on the disk")
    assert destination(url) == before
    assert [each["id"] for each in httpx.get(f"{url}/_sandbox/worlds").json()] == ["default"]
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR], "no traceback for each request"
    disk.is_full = False
    assert httpx.put(f"{url}/v2/destination-calendars", json=CALENDAR, headers=KEY).status_code == 200
    assert destination(url) == CALENDAR["externalId"]


def test_refused_writes_are_missing_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(port=0, strict=True, log=f"file:{tmp_path}/commits.log")
    with running_sandbox(settings) as running:
        before = destination(running.url)
        log: Any = running.sandbox.worlds._log
        log._file._file = Disk(log._file._file)
        assert httpx.put(f"{running.url}/v2/destination-calendars", json=CALENDAR, headers=KEY).status_code == 507
    with running_sandbox(settings) as running:
        assert destination(running.url) == before

"""The line for each request: what it says, what it hides, and that it delays and ends nothing."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable

import httpx
import pytest

from mock_server.runtime import request_log
from mock_server.runtime.errors import StoreFailed
from mock_server.runtime.hints import text_of
from mock_server.runtime.request_log import LogFormat, RequestLog
from mock_server.runtime.request_summary import RequestSummary, text_line
from mock_server.server import Sandbox

KEY = {"Authorization": "Bearer cal_sandbox_solo"}
UNKNOWN_CALENDAR = {"integration": "google_calendar", "externalId": "nobody@example.com"}

Requests = list[tuple[str, str, dict[str, object]]]
REQUESTS: Requests = [
    ("GET", "/v2/me", {"headers": KEY}),
    ("GET", "/_sandbox/health", {}),
    ("GET", "/docs", {}),
    ("PUT", "/v2/destination-calendars", {"headers": KEY, "json": UNKNOWN_CALENDAR}),
    ("GET", "/v2/slots?eventTypeId=1&apiKey=cal_sandbox_solo", {}),
    ("POST", "/_sandbox/faults", {"json": {"operation": "get_me", "status": 503}}),
    ("GET", "/w/mine/v2/me", {"headers": KEY}),
    ("POST", "/_sandbox/worlds", {"json": {"id": "mine"}}),
    ("GET", "/w/mine/v2/me", {"headers": KEY}),
    ("GET", "/v2/me", {"headers": KEY}),
    ("GET", "/%1b%5b31m", {}),
    ("POST", "/_sandbox/webhooks/inbox/mine", {"headers": {"sandbox-delivery": "1"}, "json": {}}),
]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox()


def send(sandbox: Sandbox, requests: Requests) -> None:
    async def go() -> None:
        transport = httpx.ASGITransport(sandbox.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            await client.post("/_sandbox/reset")
            for method, url, options in requests:
                await client.request(method, url, **options)  # type: ignore[arg-type]

    asyncio.run(go())


def logged(sandbox: Sandbox, requests: Requests, *, form: LogFormat = "text", colours: bool = False) -> list[str]:
    written: list[bytes] = []
    log = RequestLog(written.append, sandbox.secrets, form=form, colours=colours)
    sandbox.app.add_observer(log.add)
    send(sandbox, requests)
    log.close()
    return b"".join(written).decode().splitlines()[1:]  # Without the reset.


def test_each_request_of_the_api_has_a_line_without_secrets(sandbox: Sandbox) -> None:
    lines = logged(sandbox, REQUESTS)
    assert all(re.match(r"\d\d:\d\d:\d\d (GET|PUT|POST) ", line) for line in lines)
    text = [re.sub(r" +", " ", re.sub(r"\d+\.\d ms", "T", line[9:])) for line in lines]
    assert text[:2] == [
        "GET /v2/me 200 T get_me user 4 (api-key)",
        (
            "PUT /v2/destination-calendars 404 T update_destination_calendar user 4 (api-key) "
            "Could not find calendar nobody@example.com"
        ),
    ]
    assert text[2].startswith("GET /v2/slots?eventTypeId=1&apiKey=*** 404 T Cannot GET")
    assert "hint: This path needs the header cal-api-version" in text[2]
    assert text[3] == "POST /_sandbox/faults 201 T"
    assert text[4].startswith("GET /w/mine/v2/me 404 T There is no world 'mine'.")
    assert text[5] == "POST /_sandbox/worlds 201 T"
    assert text[6] == "GET /w/mine/v2/me 200 T get_me user 4 (api-key)"
    assert text[7].startswith("GET /v2/me 503 T get_me fault ")
    assert text[8].startswith("GET /%1b%5b31m 404")
    assert len(text) == 9
    assert "cal_sandbox_solo" not in "".join(lines)


def test_a_line_of_json_has_the_same(sandbox: Sandbox) -> None:
    lines = [json.loads(line) for line in logged(sandbox, REQUESTS[:4], form="json")]
    assert [(line["method"], line["url"], line["status"]) for line in lines] == [
        ("GET", "/v2/me", 200),
        ("PUT", "/v2/destination-calendars", 404),
    ]
    assert lines[1]["caller"] == {"kind": "api-key", "userId": 4}
    assert lines[1]["message"] == "Could not find calendar nobody@example.com"
    assert lines[1]["operation"] == "update_destination_calendar"


def test_a_hint_that_repeats_the_message_is_shown_alone() -> None:
    failed = StoreFailed("The store cannot be reached.")
    summary = RequestSummary(
        "2031-01-06T08:00:00.000Z", "GET", "/v2/me", 503, 1.0, message=failed.message, hint=text_of(failed.hint)
    )
    line = text_line(summary, colours=False)
    assert line.count(failed.message) == 1
    assert f"hint: {failed.message} Requests are answered again" in line


def test_colours_show_the_status(sandbox: Sandbox) -> None:
    found, missing = logged(sandbox, [REQUESTS[0], REQUESTS[3]], colours=True)
    assert "\x1b[32m200\x1b[0m" in found
    assert "\x1b[33m404\x1b[0m" in missing


def test_a_blocked_terminal_delays_no_request_and_its_lines_are_counted(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_log, "MOST_WAITING", 3)
    written, may_write, is_writing = [], threading.Event(), threading.Event()

    def write(text: bytes) -> None:
        is_writing.set()
        may_write.wait()
        written.append(text)

    log = RequestLog(write, sandbox.secrets)
    sandbox.app.add_observer(log.add)
    send(sandbox, [])
    assert is_writing.wait(10)
    send(sandbox, [REQUESTS[0]] * 9)
    may_write.set()
    log.close()
    lines = b"".join(written).decode().splitlines()
    assert lines[-1] == "(7 requests are not shown: they came faster than they could be printed)"
    assert len(lines) == 1 + 3 + 1


@pytest.mark.parametrize("error", [BrokenPipeError, OSError])
def test_a_closed_output_ends_the_log_alone(sandbox: Sandbox, error: Callable[[], OSError]) -> None:
    called = threading.Event()

    def write(_: bytes) -> None:
        called.set()
        raise error

    log = RequestLog(write, sandbox.secrets)
    sandbox.app.add_observer(log.add)
    send(sandbox, [REQUESTS[0]])
    assert called.wait(10)
    send(sandbox, [REQUESTS[0]])
    log.close()

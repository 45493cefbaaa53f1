"""The proxy between a client and a server: it changes nothing, and reports breaches."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from contract_tests.comparison.tests.servers import served
from contract_tests.proxy.check import Checker
from contract_tests.proxy.command import Choices, run, running_proxy, status
from contract_tests.proxy.exchange import ProxiedExchange
from contract_tests.proxy.observer import Observer
from mock_server.runtime.editions import EDITION_VARIABLE, EDITIONS, chosen_edition

SOLO = {"Authorization": "Bearer cal_sandbox_solo"}


class Echo:
    """Remembers what arrives, and answers in ways that a careless proxy would mend."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.first_chunk = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if body:
                self.first_chunk.set()
        self.seen.append(
            {**{key: scope[key] for key in ("method", "raw_path", "query_string", "headers")}, "body": body}
        )
        headers = [
            (b"x-twice", b"1"),
            (b"x-twice", b"2"),
            (b"content-type", b"text/odd"),
            (b"content-encoding", b"gzip"),
        ]
        await send({"type": "http.response.start", "status": 299, "headers": headers})
        await send({"type": "http.response.body", "body": b"no gzip, though it says so", "more_body": True})
        await send({"type": "http.response.body", "body": b"."})


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def observer(checker: Checker, lines: list[str], tmp_path: Path) -> Observer:
    return Observer(checker, lines.append, tmp_path / "breaches.jsonl")


def written(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "breaches.jsonl").read_text(encoding="utf-8").splitlines()]


def raw_request(url: str, request: bytes) -> bytes:
    """Sends bytes as they are and reads until the connection ends."""
    host, port = httpx.URL(url).host, httpx.URL(url).port
    with socket.create_connection((host, port or 80), 10) as connection:
        connection.sendall(request)
        reply = b""
        while chunk := connection.recv(65536):
            reply += chunk
        return reply


def test_requests_and_replies_pass_unchanged(observer: Observer):
    echo = Echo()
    with served(echo) as upstream, running_proxy(upstream, observer) as url:
        reply = raw_request(
            url,
            b"REPORT /v2/a%2Fb//../%7e?x=%20+&y=&y HTTP/1.1\r\nHost: somewhere\r\nX-One: 1\r\nx-one: 2\r\n"
            b"Connection: close, X-Hop\r\nX-Hop: gone\r\nContent-Length: 3\r\n\r\n\x00\xff!",
        )
    [seen] = echo.seen
    assert (seen["method"], seen["raw_path"], seen["query_string"]) == ("REPORT", b"/v2/a%2Fb//../%7e", b"x=%20+&y=&y")
    assert seen["body"] == b"\x00\xff!"
    assert [value for name, value in seen["headers"] if name == b"x-one"] == [b"1", b"2"]
    assert {name for name, _ in seen["headers"]} == {b"host", b"x-one", b"content-length"}
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 299")
    assert head.count(b"x-twice: ") == 2
    assert b"no gzip, though it says so" in body


def test_a_body_streams_through_while_it_is_sent(observer: Observer):
    echo = Echo()

    def parts() -> Iterator[bytes]:
        yield b"first"
        assert echo.first_chunk.wait(10), "the upstream has the first part before the client sends the second"
        yield b"second"

    with (
        served(echo) as upstream,
        running_proxy(upstream, observer) as url,
        httpx.stream("POST", f"{url}/v2/x", content=parts(), timeout=10) as reply,
    ):
        assert reply.status_code == 299
    assert echo.seen[0]["body"] == b"firstsecond"


def test_breaches_are_reported_without_credentials(cal_mock: str, observer: Observer, lines: list[str], tmp_path: Path):
    with running_proxy(cal_mock, observer) as url, httpx.Client(base_url=url, headers=SOLO) as client:
        assert client.get("/v2/me").json()["data"]["id"] == 4
        assert client.get("/v2/nowhere?apiKey=hidden").status_code == 404
    assert observer.requests == 2
    assert observer.operations == {"get_me"}
    assert dict(observer.breaches) == {"undocumented-path": 1}
    [line] = lines
    assert "GET /v2/nowhere?apiKey=*** -> 404 [request, undocumented-path]" in line
    [entry] = written(tmp_path)
    assert entry["request"]["headers"]["authorization"] == "***"
    assert entry["breaches"][0]["kind"] == "undocumented-path"
    assert "cal_sandbox_solo" not in json.dumps(entry)
    assert status(observer) == 1
    assert "1 breaches of the description (1 undocumented-path)" in observer.summary()


def test_a_reply_that_breaks_the_description_still_reaches_the_client(observer: Observer, lines: list[str]):
    with (
        served(Echo()) as upstream,
        running_proxy(upstream, observer) as url,
        httpx.stream("GET", f"{url}/v2/me", headers=SOLO) as reply,
    ):
        assert reply.status_code == 299
    assert "[reply, undocumented-status] status 299 is not described" in lines[0]


def test_a_check_that_raises_does_not_affect_the_client(cal_mock: str, lines: list[str]):
    class Confused(Checker):
        def check(self, exchange: ProxiedExchange) -> Any:
            raise RuntimeError(exchange.request.path)

    observer = Observer(Confused(), lines.append)
    with running_proxy(cal_mock, observer) as url:
        assert httpx.get(f"{url}/v2/me", headers=SOLO).status_code == 200
    assert observer.unchecked == 1
    assert status(observer) == 2
    assert "could not check GET /v2/me" in lines[0]


def test_an_upstream_that_is_gone_is_a_502_and_no_result(observer: Observer, capsys: pytest.CaptureFixture[str]):
    with served(Echo()) as upstream:
        pass
    with running_proxy(upstream, observer) as url:
        reply = httpx.get(f"{url}/v2/me")
    assert reply.status_code == 502
    assert "the upstream gave no reply" in reply.text
    assert status(observer) == 2
    assert "nothing was checked: the upstream gave no reply" in capsys.readouterr().err


def test_an_upstream_that_breaks_off_cuts_the_client_off_too(observer: Observer, lines: list[str]):
    async def broken(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            await asyncio.sleep(0)
            raise RuntimeError

    with (
        served(broken) as upstream,
        running_proxy(upstream, observer) as url,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        httpx.get(f"{url}/v2/me")
    assert observer.failures == 1
    assert "RemoteProtocolError" in lines[0]


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ({"upstream": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"upstream": "127.0.0.1:8080"}, "is not an address"),
        ({"host": "203.0.113.1"}, "Cannot listen on"),
        ({"json": Path("/nowhere/at/all.jsonl")}, "cannot write"),
    ],
)
def test_errors_are_one_line_with_the_reason(
    cal_mock: str, choices: dict[str, Any], text: str, capsys: pytest.CaptureFixture[str]
):
    assert run(Choices(**{"upstream": cal_mock, "port": 0, **choices})) == 2
    complaint = capsys.readouterr().err
    assert text in complaint
    assert complaint.count("\n") == 1


def test_a_sandbox_of_another_edition_is_refused_in_one_line(
    cal_mock: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    served = chosen_edition()
    other = next(each for each in EDITIONS if each != served)
    monkeypatch.setenv(EDITION_VARIABLE, other)
    assert run(Choices(cal_mock, port=0)) == 2
    assert capsys.readouterr().err == (
        f"cal-mock: cannot proxy: the sandbox {cal_mock} serves the edition {served}, and this run is about {other}: "
        f"choose it with --edition {served}\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_the_command_with_a_summary(cal_mock: str):
    command = [sys.executable, "-W", "ignore", "-m", "mock_server", "proxy", "--upstream", cal_mock, "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ), encoding="utf-8"
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[2]
    assert httpx.get(f"{url}/v2/me", headers=SOLO).status_code == 200
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert out == "1 requests, 1 operations: no breaches\n"

"""Whole runs on a few operations: what is left behind, the reports, and the exit codes."""

import json
import socket
from collections.abc import Iterable
from dataclasses import replace
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.http import Reply, Request
from contract_tests.ledger import Ledger, ledger_path
from contract_tests.profiles.gate import Gate
from contract_tests.profiles.run import Choices, clean, fuzz, sandbox_log
from contract_tests.profiles.tests.conftest import OF_CANCELLED_BOOKINGS, OF_THIRD_PARTIES, changed, collections
from mock_server.running import running_sandbox
from mock_server.runtime.editions import EDITION_VARIABLE, EDITIONS, chosen_edition
from mock_server.runtime.settings import Settings

SCHEDULES = ["--include-tag", "Schedules"]
pytestmark = pytest.mark.filterwarnings("ignore")


def smoke(url: str, reports: Path) -> int:
    return fuzz(Choices("smoke", url, reports, rate=0, options=SCHEDULES))


def test_a_deployment_is_left_as_it_was(
    cal_mock: str, deployment_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = collections(cal_mock)
    assert smoke(deployment_url, tmp_path) == 0
    assert changed(before, collections(cal_mock)) == set()
    assert Ledger(ledger_path(tmp_path, deployment_url)).standing() == []
    output = capsys.readouterr().out
    assert "== CLEAN" in output
    assert {path.name for path in tmp_path.iterdir()} >= {"junit.xml", "summary.md", "report.html", "replay.sh"}
    assert not (tmp_path / "requests.har").exists(), "the HAR has failures, and there is none"
    assert "delete_schedule" in (tmp_path / "report.html").read_text(encoding="utf-8")
    for report in tmp_path.iterdir():
        assert "cal_sandbox_owner" not in report.read_text(encoding="utf-8") or report.name == "openapi.json", report


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1", "http://[::1", "http://127.0.0.1:99999"])
def test_an_invalid_address_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert (clean(url, tmp_path, None), smoke(url, tmp_path)) == (2, 2)
    complaint = f"Could not run: --base-url {url!r} is not an address: write http://HOST:PORT or https://HOST."
    assert capsys.readouterr().err.splitlines() == [complaint] * 2


def test_the_fuzzer_leaves_a_deployment_as_it_was_and_records_no_answers_of_its_own(
    cal_mock: str, deployment_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = collections(cal_mock)
    options = ["--include-tag", "Event Types", "--include-tag", "Calendars", "--phases", "examples,coverage"]
    choices = Choices("staging", deployment_url, tmp_path, rate=0, seed=1, parts=("fuzz",), options=options)
    assert fuzz(replace(choices, all_exchanges=True)) == 0
    assert changed(before, collections(cal_mock)) <= OF_THIRD_PARTIES
    assert "requests held back as unsafe" in capsys.readouterr().out
    entries = json.loads((tmp_path / "requests.har").read_text(encoding="utf-8"))["log"]["entries"]
    answered = [entry["response"]["content"].get("text", "") for entry in entries]
    assert not any("another version" in text or "made by the suite" in text for text in answered)
    assert all(header["name"] != "x-not-sent" for entry in entries for header in entry["response"]["headers"])
    sent = [{header["name"].lower() for header in entry["request"]["headers"]} for entry in entries]
    paths = [entry["request"]["url"] for entry in entries]
    assert all("cal-api-version" in names for names, path in zip(sent, paths, strict=True) if "/event-types" in path)


@pytest.mark.usefixtures("key_alone")
def test_with_only_an_api_key_the_users_own_data_stays(cal_mock: str, tmp_path: Path) -> None:
    before = collections(cal_mock)
    tags = ["Event Types / Webhooks", "Schedules", "Me", "Calendars", "Destination Calendars"]
    options = [word for tag in tags for word in ("--include-tag", tag)]
    choices = Choices(
        "staging", cal_mock, tmp_path, rate=0, parts=("fuzz",), options=[*options, "--phases", "examples"]
    )
    assert fuzz(choices) == 0
    assert changed(before, collections(cal_mock)) <= OF_CANCELLED_BOOKINGS


def test_data_left_by_a_crash_can_be_removed_later(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = collections(cal_mock)
    with monkeypatch.context() as crashing:
        crashing.setattr("contract_tests.profiles.deployment.Deployment.clean", _crash)
        with pytest.raises(RuntimeError):
            smoke(cal_mock, tmp_path)
    assert collections(cal_mock) != before
    assert clean(cal_mock, tmp_path, 100_000) == 0
    assert changed(before, collections(cal_mock)) == set()


def _crash(*_: object) -> None:
    raise RuntimeError


def test_a_sandbox_of_another_edition_is_refused_in_one_line(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served = chosen_edition()
    other = next(each for each in EDITIONS if each != served)
    monkeypatch.setenv(EDITION_VARIABLE, other)
    assert (clean(cal_mock, tmp_path, None), smoke(cal_mock, tmp_path)) == (2, 2)
    complaint = (
        f"Could not run: the sandbox {cal_mock} serves the edition {served}, and this run is about {other}: "
        f"choose it with --edition {served}."
    )
    assert capsys.readouterr().err.splitlines() == [complaint] * 2


def test_bad_credentials(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAL_API_KEY", "cal_nobody")
    assert smoke(cal_mock, tmp_path) == 2
    assert "the credentials are bad" in capsys.readouterr().err


def test_no_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke("http://127.0.0.1:9", tmp_path) == 2
    assert "does not answer" in capsys.readouterr().err


def test_a_used_up_rate_limit_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("contract_tests.profiles.rate_limiter.LONGEST_WAIT", 0)
    with running_sandbox(Settings(port=0, rate_limit=True)) as running:
        credentials = {"Authorization": "Bearer cal_sandbox_owner"}
        for _ in range(121):
            httpx.get(f"{running.url}/v2/me", headers=credentials)
        assert smoke(running.url, tmp_path) == 2
    assert "429" in capsys.readouterr().err


_once = Gate._once


def _renamed_field(gate: Gate, request: Request) -> Reply:
    reply = _once(gate, request)
    return replace(reply, body=reply.body.replace(b'"timeZone"', b'"zone"'))


def test_a_broken_reply_is_reported_with_its_replay(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("contract_tests.profiles.gate.Gate._once", _renamed_field)
    assert smoke(cal_mock, tmp_path) == 1
    output = capsys.readouterr().out
    assert "CONTRACT BROKEN" in output
    assert "curl" in output
    assert "$CAL_API_KEY" in output
    baseline = tmp_path / "known.json"
    known = Choices("smoke", cal_mock, tmp_path, rate=0, baseline=baseline, baseline_update=True, options=SCHEDULES)
    fuzz(known)
    assert json.loads(baseline.read_text(encoding="utf-8"))["entries"]
    assert fuzz(Choices("smoke", cal_mock, tmp_path, rate=0, baseline=baseline, options=SCHEDULES)) == 0
    assert "known failures of the baseline" in capsys.readouterr().out


def test_a_defect_of_the_sandbox_that_shows_in_the_set_up_already_is_reported_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    operations = import_module("mock_server.schedules.operations.schedules")
    right = operations.get_schedule

    @wraps(right)
    def incomplete(call: object) -> dict[str, object]:
        right(call)
        return {}

    monkeypatch.setattr(operations, "get_schedule", incomplete)
    assert fuzz(Choices("pr", None, tmp_path, parts=("fuzz",), options=SCHEDULES)) == 1
    output = capsys.readouterr().out
    reason = "get_schedule made a reply of status 200 that breaks the description: `/data`: "
    assert f"answers 500 to a valid request: {reason}" in output
    assert "1 cause of failures in 1 operation" in output
    assert "Traceback" not in output + (tmp_path / "sandbox.log").read_text(encoding="utf-8")


class Seen:
    """The secrets in the requests that a gate sends and the replies that it gets, found without our own masks."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()

    def take(self, headers: Iterable[tuple[bytes, bytes]], *bodies: bytes) -> None:
        for name, value in headers:
            if name.lower() in (b"authorization", b"x-cal-secret-key"):
                self.secrets.add(value.decode().removeprefix("Bearer "))
        for body in bodies:
            self._take(json.loads(body or b"null"))

    def _take(self, value: Any) -> None:
        for name, each in value.items() if isinstance(value, dict) else ():
            if name in ("accessToken", "refreshToken", "clientSecret", "secret", "apiKey", "private_key") and each:
                self.secrets.add(str(each))
            self._take(each)
        for each in value if isinstance(value, list) else ():
            self._take(each)


def test_no_report_of_a_run_has_a_secret_that_the_run_saw(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Replies are broken on purpose, so that requests and replies are reported with the failures."""
    seen = Seen()

    def watched(gate: Gate, request: Request) -> Reply:
        reply = _once(gate, request)
        seen.take(request.headers.raw, request.body, reply.body)
        return replace(reply, body=reply.body.replace(b'"status":"success"', b'"status":"fine"'))

    monkeypatch.setattr("contract_tests.profiles.gate.Gate._once", watched)
    tags = ["Webhooks", "OAuth Clients", "Platform / Managed Users", "Me"]
    options = [word for tag in tags for word in ("--include-tag", tag)]
    stories = ("webhooks", "managed users")
    choices = Choices("smoke", cal_mock, tmp_path, rate=0, options=options, parts=("fuzz", "stories"), stories=stories)
    assert fuzz(choices) == 1
    output = capfd.readouterr()
    reports = {
        path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir() if path.name != "openapi.json"
    }
    reports |= {"standard output": output.out, "standard error": output.err}
    assert {"requests.har", "junit.xml", "replay.sh", "report.html", "schemathesis.log"} <= reports.keys()
    assert len(json.loads(reports["requests.har"])["log"]["entries"]) > 5
    assert "curl" in reports["replay.sh"]
    assert len(seen.secrets) > 5
    spelled = {spelling for each in seen.secrets for spelling in (each, json.dumps(each)[1:-1])}
    found = {(name, each) for name, text in reports.items() for each in spelled if each in text}
    assert found == set()
    for path in [tmp_path, *tmp_path.iterdir()]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_warnings_of_sandboxes_in_this_process_go_to_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The terminal shows the run alone. A generated request may be none by the rules of HTTP."""
    path = tmp_path / "sandbox.log"
    with sandbox_log(path), running_sandbox() as running:
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(b"not HTTP\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert "Invalid HTTP request received." in path.read_text(encoding="utf-8")
    assert capfd.readouterr().err == ""

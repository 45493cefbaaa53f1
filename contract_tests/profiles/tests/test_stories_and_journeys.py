"""Stories and journeys on a deployment: they pass the gate, leave nothing, and report where the fuzzer does."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as Xml

import httpx
import pytest

from contract_tests.consistency.run import STORIES
from contract_tests.consistency.run import run as told
from contract_tests.consistency.session import Session
from contract_tests.fuzzing.target import SANDBOX_CREDENTIALS, SANDBOX_IDS
from contract_tests.http import HeldBack, Reply, Request, request_to
from contract_tests.ledger import Ledger, ledger_path
from contract_tests.profiles.deployment import Access, Deployment
from contract_tests.profiles.environments import DeploymentEnvironment, GatedChannel
from contract_tests.profiles.gate import Gate
from contract_tests.profiles.journeys import FOLDER, run_journeys
from contract_tests.profiles.run import Choices, fuzz
from contract_tests.profiles.tests.conftest import OF_CANCELLED_BOOKINGS, OF_THIRD_PARTIES, changed, collections
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.editions import EDITION_VARIABLE

pytestmark = pytest.mark.filterwarnings("ignore")

FEW = ("schedules", "own profile", "reservations", "plain reads")
PARTS = ("stories", "journeys")


def run(url: str, reports: Path, **more: object) -> int:
    choices = Choices("staging", url, reports, rate=0, seed=1, parts=PARTS, stories=FEW, all_exchanges=True)
    return fuzz(replace(choices, **more))


def deployment(url: str, reports: Path) -> Deployment:
    access = Access(SANDBOX_CREDENTIALS, dict(SANDBOX_IDS))
    found = Deployment(url, access, load_bundle(), reports, rate=None, everything=False)
    found.introduce()
    return found


def test_a_deployment_is_left_unchanged_and_all_results_are_in_one_report(
    cal_mock: str, deployment_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = collections(cal_mock)
    assert run(deployment_url, tmp_path) == 0
    assert changed(before, collections(cal_mock)) <= OF_THIRD_PARTIES
    assert Ledger(ledger_path(tmp_path, deployment_url)).standing() == []
    output = capsys.readouterr().out
    assert f"Stories     {len(FEW)} held, 0 failed" in output
    assert "0 failed" in output.partition("Journeys")[2].partition("\n")[0]
    suites = {suite.get("name"): suite for suite in Xml.parse(tmp_path / "junit.xml").getroot()}
    assert set(suites) == {"operations", "stories", "journeys"}
    assert [case.get("name") for case in suites["stories"]] == list(FEW)
    entries = json.loads((tmp_path / "requests.har").read_text(encoding="utf-8"))["log"]["entries"]
    assert all(entry["request"]["url"].startswith(deployment_url) for entry in entries)
    assert {entry["comment"].partition(":")[0] for entry in entries} == {"story", "journey"}
    for report in tmp_path.iterdir():
        for secret in ("cal_sandbox_owner", "sandbox-client-secret", "eyJhbGciOi"):
            assert secret not in report.read_text(encoding="utf-8"), report


@pytest.mark.usefixtures("key_alone")
def test_with_only_an_api_key_its_user_is_not_changed(cal_mock: str, tmp_path: Path) -> None:
    before = collections(cal_mock)
    assert run(cal_mock, tmp_path) == 0
    assert changed(before, collections(cal_mock)) <= OF_CANCELLED_BOOKINGS


_once = Gate._once


def _another_name(gate: Gate, request: Request) -> Reply:
    reply = _once(gate, request)
    return replace(reply, body=reply.body.replace(b'"name":"Hours', b'"name":"Other hours'))


def test_findings_are_reported_with_their_replay_until_they_are_in_the_baseline(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("contract_tests.profiles.gate.Gate._once", _another_name)
    only = {"parts": ("stories",), "stories": ("schedules",), "baseline": tmp_path / "known.json"}
    assert run(cal_mock, tmp_path, **only) == 1
    output = capsys.readouterr().out
    assert "create_schedule" in output
    assert "replies_echo_the_request" in output
    assert "replies_echo_the_request" in (tmp_path / "replay.sh").read_text(encoding="utf-8")
    failures = {suite.get("name"): suite.get("failures") for suite in Xml.parse(tmp_path / "junit.xml").getroot()}
    assert failures["stories"] == "1"
    run(cal_mock, tmp_path, baseline_update=True, **only)
    assert run(cal_mock, tmp_path, **only) == 0
    assert "known failures of the baseline" in capsys.readouterr().out


def _no_team_is_refused(gate: Gate, request: Request) -> Reply:
    reply = _once(gate, request)
    return replace(reply, status=500) if b"User is not a member of the team" in reply.body else reply


def test_a_failed_journey_names_the_call_that_failed(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("contract_tests.profiles.gate.Gate._once", _no_team_is_refused)
    those_of_teams = partial(run_journeys, tests=(str(FOLDER / "teams"),))
    monkeypatch.setattr("contract_tests.profiles.journeys.run_journeys", those_of_teams)
    assert run(cal_mock, tmp_path, parts=("journeys",)) == 1
    output = capsys.readouterr().out
    assert "answers 500 to GET /v2/teams/{teamId}: " in output
    assert re.search(r"rule +journey \w+/test_\w+\.py::", output)
    [replay] = [line for line in output.splitlines() if "replay  curl" in line and "/v2/teams/" in line][:1]
    assert "-X GET" in replay


def test_a_story_that_does_not_exist_is_named_with_those_that_do(
    cal_mock: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(cal_mock, tmp_path, stories=("webhooks", "nothing")) == 2
    output = capsys.readouterr().err
    assert "there is no story 'nothing'; there are schedules, " in output


def test_a_key_error_of_a_story_is_an_error_of_the_run_and_not_a_finding(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumbles(session: Session) -> None:
        reply = session.call("GET", "/v2/me", session.actors.personal)
        assert reply.data["noFieldOfThisName"]

    monkeypatch.setitem(STORIES, "schedules", ("personal", stumbles))
    assert run(cal_mock, tmp_path, parts=("stories",), stories=("schedules",)) == 2
    output = capsys.readouterr().out
    assert "COULD NOT RUN" in output
    assert "KeyError 'noFieldOfThisName'" in output
    failures = {suite.get("name"): suite.get("failures") for suite in Xml.parse(tmp_path / "junit.xml").getroot()}
    assert failures["stories"] == failures["operations"] == "0"


def test_requests_of_stories_for_data_of_others_are_held_back(cal_mock: str, tmp_path: Path) -> None:
    found = deployment(cal_mock, tmp_path)
    channel = GatedChannel(found.gate)
    with pytest.raises(HeldBack, match="was not created by the suite"):
        channel.send(request_to("DELETE", "/v2/schedules/4", SANDBOX_CREDENTIALS.personal, version="2024-06-11"))
    found.close()


@pytest.mark.parametrize("spelling", ["Bearer cal_sandbox_owner", "bearer  cal_sandbox_owner ", "cal_sandbox_owner"])
def test_the_owner_is_recognized_however_the_key_is_sent(cal_mock: str, tmp_path: Path, spelling: str) -> None:
    found = deployment(cal_mock, tmp_path)
    found.rules.temporary_user = 40
    patch = request_to("PATCH", "/v2/me", {"Authorization": spelling}, body={"bio": "Changed"})
    assert found.gate.objection(patch) == "it would change the owner of the credentials"
    found.close()


def test_a_temporary_users_team_is_deleted_before_the_user(cal_mock: str, tmp_path: Path) -> None:
    before = collections(cal_mock)
    found = deployment(cal_mock, tmp_path)
    found.prepare()
    with DeploymentEnvironment(found, {}).journey() as journey:
        assert journey.user("solo").post("/v2/teams", json={"name": "Ours"}).status_code == 201
    found.clean()
    found.close()
    assert changed(before, collections(cal_mock)) == set()


def test_a_team_of_a_user_without_a_known_token_is_deleted_too(cal_mock: str, tmp_path: Path) -> None:
    before = collections(cal_mock)
    crashed = deployment(cal_mock, tmp_path)
    crashed.prepare()
    made = crashed.gate.send(
        request_to("POST", "/v2/teams", crashed.target.credentials.personal, body={"name": "Ours"})
    )
    assert made.status == 201
    crashed.close()
    later = deployment(cal_mock, tmp_path)
    assert later.clean().left == {}
    later.close()
    assert changed(before, collections(cal_mock)) == set()


@pytest.mark.since("2026-03")
def test_absences_are_marked_at_a_meeting_that_began_during_the_run(
    cal_mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "2026-03")
    clock = f"{cal_mock}/_sandbox/clock"
    httpx.put(clock, json={"now": datetime.now(UTC).isoformat(), "frozen": True}).raise_for_status()
    found = deployment(cal_mock, tmp_path)
    found.prepare()
    description, name = found.catalogue.description, "webhooks of meetings"

    def outcome() -> tuple[bool, dict[str, str], int]:
        report = told(GatedChannel(found.gate), found.actors(), description, seed=1, only=[name], strict=False)
        return report.findings == [], report.left_out, report.replies["mark_booking_absent", 200]

    assert outcome() == (True, {name: "the meeting that was booked for it has not begun yet"}, 0)
    httpx.post(f"{clock}/advance", json={"minutes": 10}).raise_for_status()
    assert outcome() == (True, {}, 2)
    found.clean()
    found.close()

"""Whole comparisons: of sandboxes with each other, and with servers that answer differently."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from contract_tests.catalogue import Catalogue, always_has, catalogue
from contract_tests.comparison import command, runner
from contract_tests.comparison.command import Choices, compare, run
from contract_tests.comparison.differences import ABSENT
from contract_tests.comparison.operation_graph import OperationGraph, operation_graph
from contract_tests.comparison.tests.servers import CutOff, altered, served, without_control_plane
from contract_tests.ledger import Ledger, ledger_path
from contract_tests.profiles.tests.conftest import OF_CANCELLED_BOOKINGS, changed, collections
from mock_server.running import RunningSandbox
from mock_server.runtime.bundle import Sources, load_bundle
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.masking import described_in

SOLO = {"Authorization": "Bearer cal_sandbox_solo"}
SCHEDULES = {**SOLO, "cal-api-version": "2024-06-11"}
OWNER = "cal_sandbox_owner"


@pytest.fixture
def left(cal_mock_server: RunningSandbox) -> Iterator[str]:
    with cal_mock_server.world() as url:
        yield url


@pytest.fixture
def right(cal_mock_server: RunningSandbox) -> Iterator[str]:
    with cal_mock_server.world() as url:
        yield url


def rows(url: str) -> dict[str, int]:
    """How much of everything there is in a world."""
    return {name: len(each) for name, each in httpx.get(f"{url}/_sandbox/snapshot").json()["collections"].items()}


def with_body(reply: httpx.Response, content: Any) -> httpx.Response:
    return httpx.Response(reply.status_code, headers=reply.headers, content=json.dumps(content).encode())


def broken(method: str, path: str, reply: httpx.Response) -> httpx.Response:
    """Schedules come with another time zone, and webhooks are forgotten."""
    if method != "GET" or reply.status_code != 200:
        return reply
    if path.startswith("/v2/webhooks/"):
        return httpx.Response(404, json={"status": "error", "error": {"message": "Webhook not found"}})
    if path.startswith("/v2/schedules/"):
        content = reply.json()
        if content["data"]:
            content["data"]["timeZone"] = "Mars/Base"
            return with_body(reply, content)
    return reply


def test_two_sandboxes_show_no_difference_in_nearly_all_operations_and_stay_as_they_were(
    left: str, right: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    before = rows(left)
    assert run(Choices(left, right, json=tmp_path / "same.json")) == 0
    assert capsys.readouterr().out.endswith("no differences\n")
    operations = json.loads((tmp_path / "same.json").read_text(encoding="utf-8"))["operations"]
    assert len(operations["asked"]) > 165
    assert len(operations["succeeded"]) > 125
    assert "refresh_api_key" not in operations["asked"]
    assert rows(left) == before


def test_the_same_seed_gives_the_same_sequence(left: str, right: str):
    first, again, other = (compare(Choices(left, right, seed=seed, requests=25)).tally for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_sandboxes_with_other_ids_show_no_difference(left: str, right: str):
    made = httpx.post(
        f"{right}/v2/schedules",
        headers=SCHEDULES,
        json={"name": "Gone", "timeZone": "Europe/Rome", "isDefault": False},
    )
    httpx.delete(f"{right}/v2/schedules/{made.json()['data']['id']}", headers=SCHEDULES).raise_for_status()
    assert compare(Choices(left, right, seed=2)).differences.found == {}


def test_only_altered_replies_are_reported(
    left: str, cal_mock_server: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "differences.json"
    with altered(cal_mock_server.url, broken) as url:
        assert run(Choices(left, url, json=file)) == 1
    found = json.loads(file.read_text(encoding="utf-8"))["differences"]
    assert {(each["operation"], each["place"], each["right"]) for each in found} == {
        ("get_schedule", "/data/timeZone", '"Mars/Base"'),
        ("get_schedule_2024_04_15", "/data/timeZone", '"Mars/Base"'),
        ("get_webhook", "status", '404 "Webhook not found"'),
    }
    assert "Mars/Base" in capsys.readouterr().out


def test_a_deployment_is_left_as_it_was_but_for_cancelled_bookings(left: str, right: str, tmp_path: Path):
    before, left_before = collections(right), collections(left)
    with altered(right, without_control_plane) as url:
        report = compare(Choices(left, url, left_key=OWNER, right_key=OWNER, rate=1_000_000, reports=tmp_path))
    assert report.left_behind == []
    assert report.differences.found == {}
    assert len(report.tally.succeeded) > 60
    assert collections(left) == left_before
    after = collections(right)
    assert changed(before, after) <= OF_CANCELLED_BOOKINGS
    known = {str(row["uid"]) for row in before["bookings"]}
    new = [row for row in after["bookings"] if str(row["uid"]) not in known]
    assert all(row["status"] in ("cancelled", "rejected") for row in new)
    assert Ledger(ledger_path(tmp_path, url)).standing() == []


def test_a_comparison_has_no_effect_on_other_people(left: str, right: str, tmp_path: Path):
    """No phone is called, no one is invited, and no organization, client, attribute or shared webhook is created."""
    sent: list[tuple[str, str]] = []

    def witness(method: str, path: str, reply: httpx.Response) -> httpx.Response:
        sent.append((method, path))
        return without_control_plane(method, path, reply)

    with altered(right, witness) as url:
        report = compare(Choices(left, url, left_key=OWNER, right_key=OWNER, rate=1_000_000, reports=tmp_path))
    for method, path in sent:
        found = catalogue().match(method, path) if path.startswith("/v2/") else None
        if found is not None:
            assert not always_has(
                found[0], "organization", "irreversible", "caller", "credentials", "destination-calendar"
            )
    assert report.tally.held_back["list_calendars"].startswith("it may choose the caller's destination calendar")
    assert "never sent: create_organization_webhook: it changes what a whole organization shares" in "\n".join(
        report.lines()
    )


def test_cached_access_is_not_a_difference_but_a_readable_deleted_thing_is(left: str, right: str, tmp_path: Path):
    kept: dict[str, httpx.Response] = {}
    gone: set[str] = set()

    def cached(method: str, path: str, reply: httpx.Response) -> httpx.Response:
        reply = without_control_plane(method, path, reply)
        if method == "DELETE" and reply.status_code == 200:
            gone.add(path)
        if method == "GET" and path in gone and path in kept:
            return kept[path]
        if method == "GET" and reply.status_code == 200:
            kept[path] = reply
        return reply

    with altered(right, cached) as url:
        report = compare(Choices(left, url, left_key=OWNER, right_key=OWNER, rate=1_000_000, reports=tmp_path))
    found = {operation for operation, _ in report.differences.found}
    assert any(path.startswith("/v2/organizations/1/teams/") for path in gone & kept.keys())
    assert "get_organization_team" not in found
    assert "get_schedule" in found


def test_two_accounts_show_no_difference(left: str, right: str, tmp_path: Path):
    with altered(right, without_control_plane) as url:
        keys = {"left_key": OWNER, "right_key": "cal_sandbox_admin"}
        report = compare(Choices(left, url, **keys, rate=1_000_000, requests=80, reports=tmp_path))
    assert report.differences.found == {}


def test_ctrl_c_cleans_up(left: str, right: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def interrupt(method: str, path: str, reply: httpx.Response) -> httpx.Response:
        if (method, path, reply.status_code) == ("POST", "/v2/schedules", 201):
            os.kill(os.getpid(), signal.SIGINT)
        return without_control_plane(method, path, reply)

    before = rows(right)
    with altered(right, interrupt) as url:
        assert run(Choices(left, url, left_key=OWNER, right_key=OWNER, rate=1_000_000, reports=tmp_path)) == 2
    assert "stopped after" in capsys.readouterr().err
    assert rows(right)["schedules"] == before["schedules"]


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ({"left": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"left": "nonsense"}, "is not an address"),
        ({"right_key": "cal_wrong"}, "refuses the key with 401"),
        ({"rate": -1}, "--rate must be 0 or more"),
        ({"json": Path("/nowhere/at/all.json")}, "cannot write"),
    ],
)
def test_errors_are_one_line_with_the_reason(
    left: str, right: str, choices: dict[str, Any], text: str, capsys: pytest.CaptureFixture[str]
):
    assert run(Choices(**{"left": left, "right": right, "requests": 5, **choices})) == 2
    complaint = capsys.readouterr().err
    assert text in complaint
    assert complaint.count("\n") == 1


def test_a_server_of_another_api_is_named(left: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with served(PlainTextResponse("hello")) as url:
        assert run(Choices(left, url, right_key="cal_any", reports=tmp_path)) == 2
    assert "is it a server of this API?" in capsys.readouterr().err


def test_a_server_that_stops_answering_ends_the_run(
    left: str, cal_mock_server: RunningSandbox, capsys: pytest.CaptureFixture[str]
):
    asked: list[str] = []

    def break_off(_: str, path: str, reply: httpx.Response) -> httpx.Response:
        asked.append(path)
        if len([each for each in asked if each.startswith("/v2/")]) > 20:
            raise CutOff
        return reply

    with altered(cal_mock_server.url, break_off) as url:
        assert run(Choices(left, url)) == 2
    assert "gave no reply 3 times in a row" in capsys.readouterr().err


def _graph_of(*paths: str) -> OperationGraph:
    """The operations of some paths, without the links to others."""
    bundle = load_bundle(edition="2025-04")
    bundle["paths"] = {path: bundle["paths"][path] for path in paths}
    operations = [operation for item in bundle["paths"].values() for operation in item.values()]
    for response in (response for each in operations for response in each["responses"].values()):
        response.pop("links", None)
    return OperationGraph(Catalogue(bundle))


def test_an_upgrade_is_reported_as_what_it_changes_and_nothing_else(monkeypatch: pytest.MonkeyPatch):
    graph = _graph_of("/v2/me", "/v2/stripe/check/{teamId}", "/v2/conferencing", "/v2/conferencing/default")
    monkeypatch.setattr(command, "operation_graph", lambda _: graph)
    before = chosen_edition()
    report = compare(Choices(left_edition="2025-04", right_edition="2026-03"))
    assert chosen_edition() == before
    assert report.tally.asked == set(graph.operations)
    added = {("get_me", f"/data/{name}"): ABSENT for name in ("name", "avatarUrl", "bio")}
    added |= {("update_me", place): left for (_, place), left in added.items()}
    prefixed = {
        (operation, f"/error/{place}")
        for operation in ("get_me", "update_me")
        for place in ("message", "details/message")
    }
    removed = {
        ("check_team_stripe", f"/error/{place}"): '"Credentials for stripe not found."'
        for place in ("message", "details/message")
    }
    found = {key: each.difference for key, each in report.differences.found.items()}
    assert {key: each.left for key, each in found.items() if key not in prefixed} == added | removed
    refusals = [found[key] for key in prefixed & found.keys()]
    assert refusals
    assert all(each.right.startswith(f'"ApiAuthStrategy - {each.left[1:60]}') for each in refusals)


def test_a_secret_of_the_right_edition_is_not_shown(monkeypatch: pytest.MonkeyPatch):
    bundle = Sources.bundle

    def marked(sources: Sources, edition: str) -> dict[str, Any]:
        found = bundle(sources, edition)
        if edition == "2026-03":
            found["components"]["schemas"]["Me"]["properties"]["bio"]["x-secret"] = True
        return found

    graph = _graph_of("/v2/me")
    monkeypatch.setattr(command, "operation_graph", lambda _: graph)
    monkeypatch.setattr(Sources, "bundle", marked)
    monkeypatch.setattr(runner, "described_in", described_in.__wrapped__)
    found = compare(Choices(left_edition="2025-04", right_edition="2026-03")).differences.found
    assert found["get_me", "/data/bio"].difference.right == "(NoneType, not shown)"
    assert found["get_me", "/data/name"].difference.right == '"Sam Solo"'


def test_everything_that_a_comparison_creates_can_be_removed():
    graph = operation_graph(chosen_edition())
    made = {each.id for each in graph.description if graph.creates(each)}
    assert {"create_schedule", "create_booking", "create_team", "reserve_slot", "create_managed_user"} <= made
    assert made.isdisjoint({"create_delegation_credential", "refresh_api_key", "save_calendar_credentials"})

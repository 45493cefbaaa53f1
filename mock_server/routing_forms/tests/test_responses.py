"""What a stored response causes besides webhooks and workflows, and how often equal answers are taken, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.worlds.loader import DEFAULT_WORLD_FILE

OWNER = {"Authorization": "Bearer cal_sandbox_owner"}
TEAM, OWN = "teams/2/routing-forms/cm8yw3nt0007kc9f6teamroute", "routing-forms/cm8yw3nt0009kc9f6ownroute"
DAYS = {"start": "2031-05-05", "end": "2031-05-05"}
SILENT = "settings: {emailOwnerOnSubmission: false}\n    created_at: 2025-04-01T08:0"


def settings(minute: int, flow: str) -> tuple[str, str]:
    """The settings of the form of the default world that was created in this minute, before and after."""
    return f"{SILENT}{minute}", f"settings: {flow}\n    created_at: 2025-04-01T08:0{minute}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A sandbox with rate limits, whose forms send mails: the team's to a member, the personal one to its owner."""
    text = DEFAULT_WORLD_FILE.read_text(encoding="utf-8")
    for before, after in (
        settings(3, "{emailOwnerOnSubmission: false, sendUpdatesTo: [3, 4, 99]}"),
        settings(4, "{emailOwnerOnSubmission: true, sendToAll: true}"),
    ):
        assert before in text
        text = text.replace(before, after)
    world: Path = tmp_path_factory.mktemp("worlds") / "mails.yaml"
    world.write_text(text, encoding="utf-8")
    running = running_sandbox(Settings(port=0, strict=True, rate_limit=True, world=world, edition="2026-03"))
    with running as sandbox, httpx.Client(base_url=sandbox.url, headers=OWNER) as client:
        yield client


@pytest.fixture(autouse=True)
def fresh(client: httpx.Client) -> None:
    """Starts with an empty outbox, empty counters and a frozen clock."""
    client.post("/_sandbox/reset").raise_for_status()
    client.put("/_sandbox/clock", json={"frozen": True}).raise_for_status()


def submit(client: httpx.Client, form: str, name: str = "Ada", **query: str) -> httpx.Response:
    answers = {"participant": name, "topic": "Support"}
    return client.post(f"/v2/organizations/1/{form}/responses", params={**DAYS, **query}, json=answers)


def mails(client: httpx.Client) -> list[dict[str, Any]]:
    return client.get("/_sandbox/outbox", params={"kind": "formResponse"}).json()["data"]


def test_the_members_that_the_form_names_get_an_email(client: httpx.Client) -> None:
    assert submit(client, TEAM).status_code == 201
    [mail] = mails(client)
    assert (mail["to"], mail["subject"]) == ("member@acme.example", "New response to Team routing")
    assert mail["text"].splitlines()[1:] == ["participant: Ada", "Topic: Support"]
    assert mail["about"]["formId"] == "cm8yw3nt0007kc9f6teamroute"


def test_the_owner_of_a_personal_form_gets_an_email(client: httpx.Client) -> None:
    assert submit(client, OWN).status_code == 201
    assert [each["to"] for each in mails(client)] == ["member@acme.example"]


def test_a_queued_response_is_not_mailed(client: httpx.Client) -> None:
    assert submit(client, TEAM, queueResponse="true").status_code == 201
    assert mails(client) == []


def test_equal_answers_are_taken_ten_times_a_minute(client: httpx.Client) -> None:
    assert {submit(client, TEAM).status_code for _ in range(10)} == {201}
    refused = submit(client, TEAM)
    assert (refused.status_code, refused.json()["statusCode"]) == (429, 429)
    assert submit(client, TEAM, "Grace").status_code == submit(client, OWN).status_code == 201
    client.post("/_sandbox/clock/advance", json={"seconds": 60}).raise_for_status()
    assert submit(client, TEAM).status_code == 201

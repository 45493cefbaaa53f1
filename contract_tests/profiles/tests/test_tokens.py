"""Access tokens of temporary users in runs that take longer than an hour."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.clients import unique
from contract_tests.fuzzing.target import SANDBOX_CREDENTIALS, SANDBOX_IDS, bearer
from contract_tests.http import Reply, Request, request_to
from contract_tests.profiles.deployment import Access, Deployment
from contract_tests.profiles.environments import DeploymentEnvironment
from contract_tests.profiles.gate import Gate
from contract_tests.profiles.run import Choices, fuzz
from contract_tests.profiles.tests.conftest import OF_THIRD_PARTIES, changed, collections
from contract_tests.profiles.tokens import Tokens
from mock_server.runtime.bundle import load_bundle

pytestmark = pytest.mark.filterwarnings("ignore")

USERS = "/v2/oauth-clients/{clientId}/users"
REFRESH = "/v2/oauth/{clientId}/refresh"
STORIES = ("schedules", "own profile", "reservations")


class Watch:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def found(deployment_url: str, tmp_path: Path, watch: Watch) -> Deployment:
    access = Access(SANDBOX_CREDENTIALS, dict(SANDBOX_IDS))
    opened = Deployment(deployment_url, access, load_bundle(), tmp_path, rate=None, everything=False)
    opened.gate.tokens = Tokens(watch)
    return opened


def new_user(gate: Gate) -> Any:
    body = {"email": f"{unique('long-run')}@example.com", "name": "Long Run"}
    return gate.send(request_to("POST", USERS, SANDBOX_CREDENTIALS.client, ids=SANDBOX_IDS, body=body)).data


def refresh(gate: Gate, token: str) -> Reply:
    body = {"refreshToken": token}
    return gate.send(request_to("POST", REFRESH, SANDBOX_CREDENTIALS.client, ids=SANDBOX_IDS, body=body))


def advance(world: str, minutes: float) -> None:
    httpx.post(f"{world}/_sandbox/clock/advance", json={"minutes": minutes}).raise_for_status()


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The paths and statuses of all exchanges with the server."""
    return record(monkeypatch, lambda _: None)


def record(monkeypatch: pytest.MonkeyPatch, before: Callable[[Request], None]) -> list[tuple[str, int]]:
    seen: list[tuple[str, int]] = []
    receive = Gate._receive

    def recording(gate: Gate, request: Request) -> Reply:
        before(request)
        reply = receive(gate, request)
        seen.append((request.path, reply.status))
        return reply

    monkeypatch.setattr(Gate, "_receive", recording)
    return seen


def test_a_token_is_renewed_once_before_it_expires(
    cal_mock: str, found: Deployment, watch: Watch, statuses: list[tuple[str, int]]
) -> None:
    headers = bearer(new_user(found.gate)["accessToken"])
    for minutes in (50, 6, 4):
        watch.now += minutes * 60
        advance(cal_mock, minutes)
        assert [found.gate.get("/v2/me", headers).status for _ in range(2)] == [200, 200]
    assert [path for path, _ in statuses].count("/v2/oauth/sandbox-client/refresh") == 1
    assert not {498, 401} & {status for _, status in statuses}


def test_a_server_whose_clock_is_ahead_refuses_a_token_once(
    cal_mock: str, found: Deployment, statuses: list[tuple[str, int]]
) -> None:
    users = [new_user(found.gate)["accessToken"] for _ in range(2)]
    advance(cal_mock, 61)
    for token in (*users, *users):
        assert found.gate.get("/v2/me", bearer(token)).status == 200
    assert [status for _, status in statuses if status in (401, 498)] == [498]


def test_a_refresh_token_that_the_run_has_used_stands_for_the_next_one(cal_mock: str, found: Deployment) -> None:
    made = new_user(found.gate)
    advance(cal_mock, 61)
    assert found.gate.get("/v2/me", bearer(made["accessToken"])).status == 200
    fresh = refresh(found.gate, made["refreshToken"])
    assert fresh.status == 200
    assert found.gate.get("/v2/me", bearer(fresh.data["accessToken"])).status == 200
    assert refresh(found.gate, made["refreshToken"]).status == 400


def test_a_token_that_a_client_has_revoked_is_not_renewed(cal_mock: str, found: Deployment) -> None:
    made = new_user(found.gate)
    ids = {**SANDBOX_IDS, "userId": made["user"]["id"]}
    forced = request_to("POST", f"{USERS}/{{userId}}/force-refresh", SANDBOX_CREDENTIALS.client, ids=ids)
    assert found.gate.send(forced).status == 200
    advance(cal_mock, 61)
    assert found.gate.get("/v2/me", bearer(made["accessToken"])).status == 401


def test_the_users_of_a_run_outlive_their_first_tokens(cal_mock: str, found: Deployment) -> None:
    before = collections(cal_mock)
    found.introduce()
    found.prepare()
    environment = DeploymentEnvironment(found, {})
    with environment.journey() as journey, environment.story("own profile") as (channel, actors):
        members = [journey.user("solo"), journey.user("admin")]
        advance(cal_mock, 61)
        assert [each.get("/v2/me").status_code for each in members] == [200, 200]
        for headers in (actors.personal, actors.stranger_to_personal):
            assert channel.send(request_to("GET", "/v2/me", headers)).status == 200
    assert found.clean().left == {}
    found.close()
    assert changed(before, collections(cal_mock)) <= OF_THIRD_PARTIES


def test_a_run_whose_tokens_expire_finds_nothing(
    cal_mock: str, deployment_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = {"/v2/schedules", "/v2/me"}

    def move_clock(request: Request) -> None:
        if request.path in moments:
            moments.remove(request.path)
            advance(cal_mock, 61)

    seen = record(monkeypatch, move_clock)
    choices = Choices("staging", deployment_url, tmp_path, rate=0, seed=1, parts=("stories",), stories=STORIES)
    assert fuzz(choices) == 0
    assert 498 in {status for _, status in seen}


def test_preflights_of_browsers_are_answered(deployment_url: str, tmp_path: Path) -> None:
    choices = Choices(
        "staging", deployment_url, tmp_path, rate=0, seed=1, parts=("stories",), stories=("browsers", "own profile")
    )
    assert fuzz(choices) == 0

"""The conferencing apps of an organization's team: access rules and the default."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from contract_tests.browser import Browser
from contract_tests.clients import Client, data, error, unique
from contract_tests.managed_users import ManagedUser, ManagedUsers
from contract_tests.refusals import Refusal, check_refusal, low_role

DONE, FAILED = "https://client.example.com/done", "https://client.example.com/failed"

pytestmark = pytest.mark.sandbox_only("the consent pages of a real deployment are those of the apps")


@pytest.fixture
def team(owner: Client, platform: Client) -> Iterator[int]:
    """A new team of the organization, which managed users may join."""
    made = data(platform.post("/v2/organizations/1/teams", json={"name": unique("Team")}), 201)["id"]
    yield made
    owner.delete(f"/v2/organizations/1/teams/{made}")


def apps_of(team: int) -> str:
    return f"/v2/organizations/1/teams/{team}/conferencing"


def join(owner: Client, team: int, managed_user: ManagedUser, role: str) -> ManagedUser:
    body = {"userId": managed_user.id, "role": role, "accepted": True}
    data(owner.post(f"/v2/organizations/1/teams/{team}/memberships", json=body), 201)
    return managed_user


def connect_zoom(managed_user: ManagedUser, team: int, browser: Browser) -> None:
    places = {"returnTo": DONE, "onErrorReturnTo": FAILED}
    browser.open(data(managed_user.api.get(f"{apps_of(team)}/zoom/oauth/auth-url", params=places))["url"])
    browser.submit("approve")


def test_an_admin_of_the_team_connects_an_app_for_it(
    owner: Client, managed_users: ManagedUsers, browser: Browser, team: int
) -> None:
    lead = join(owner, team, managed_users.new(), "ADMIN")
    connect_zoom(lead, team, browser)
    assert browser.url == DONE

    [zoom] = data(owner.get(apps_of(team)))
    assert (zoom["type"], zoom["userId"], zoom["teamId"]) == ("zoom_video", None, team)
    assert zoom["invalid"] is not True
    assert data(lead.api.get("/v2/conferencing")) == []

    data(owner.post(f"{apps_of(team)}/zoom/default"))
    data(owner.delete(f"{apps_of(team)}/zoom/disconnect"))
    assert data(owner.get(apps_of(team))) == []
    assert data(owner.get(f"{apps_of(team)}/default")) == {"appSlug": "zoom"}
    assert error(owner.post(f"{apps_of(team)}/zoom/default"), 400)["message"] == "zoom not connected."


@pytest.mark.until("2026-03", "callbacks-redirect")
def test_the_callback_rejects_a_member_who_lost_the_role(owner: Client, managed_users: ManagedUsers, team: int) -> None:
    member = join(owner, team, managed_users.new(), "MEMBER")
    state = {"returnTo": DONE, "accessToken": member.access_token, "teamId": str(team), "orgId": "1"}
    reply = member.api.get("/v2/conferencing/zoom/oauth/callback", params={"state": json.dumps(state), "code": "code"})
    error(reply, 403)
    assert data(owner.get(apps_of(team))) == []


def call_back(managed_user: ManagedUser, place: dict[str, str]) -> httpx.Response:
    state = json.dumps({"accessToken": managed_user.access_token, **place})
    return managed_user.api.get("/v2/conferencing/zoom/oauth/callback", params={"state": state, "code": "code"})


@pytest.mark.until("2026-03", "callbacks-redirect")
@pytest.mark.parametrize(
    ("place", "refusal"),
    [
        ({"orgId": "999999"}, (403, "Organization validation failed.")),
        ({"orgId": "1", "teamId": "999999"}, (404, "Team (999999) not found.")),
    ],
    ids=["unknown organization", "unknown team"],
)
def test_the_callback_checks_the_place(managed_user: ManagedUser, place: dict[str, str], refusal: Refusal) -> None:
    check_refusal(call_back(managed_user, place), refusal)


@pytest.mark.until("2026-03", "callbacks-redirect")
def test_the_callback_rejects_a_member_for_the_whole_organization(managed_user: ManagedUser) -> None:
    refusal = low_role(managed_user.id, "ORG_ADMIN", organization=1, guard=None)
    check_refusal(call_back(managed_user, {"orgId": "1"}), refusal)


def test_google_meet_needs_a_calendar_of_the_team_itself(owner: Client, team: int) -> None:
    refusal = error(owner.post(f"{apps_of(team)}/google-meet/connect"), 400)
    assert refusal["message"] == "Google Meet requires a Google Calendar connection."


def test_a_teams_default_replaces_its_metadata(owner: Client) -> None:
    body = {"name": unique("Team"), "metadata": {"region": "EMEA"}}
    team = data(owner.post("/v2/organizations/1/teams", json=body), 201)
    assert team["metadata"] == {"region": "EMEA"}
    assert owner.post(f"{apps_of(team['id'])}/daily-video/default").status_code == 200
    changed = data(owner.delete(f"/v2/organizations/1/teams/{team['id']}"))
    assert changed["metadata"] == {"defaultConferencingApp": {"appSlug": "daily-video"}}

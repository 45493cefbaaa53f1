"""A user's conferencing apps: connecting, choosing a default, disconnecting."""

from __future__ import annotations

import json

import pytest

from contract_tests.browser import Browser
from contract_tests.clients import EVENT_TYPES, Client, data, error, unique
from contract_tests.editions import added_in
from contract_tests.managed_users import ManagedUser

DONE, FAILED = "https://client.example.com/done", "https://client.example.com/failed"
UNUSED = ("subscriptionId", "paymentStatus", "billingCycleStart", "delegationCredentialId")
APPS = [("zoom", "zoom_video"), ("msteams", "office365_video")]

pages_are_ours = pytest.mark.sandbox_only("the consent pages of a real deployment are those of the apps")


def consent_page_of(client: Client, app: str) -> str:
    places = {"returnTo": DONE, "onErrorReturnTo": FAILED}
    return data(client.get(f"/v2/conferencing/{app}/oauth/auth-url", params=places))["url"]


def connect(managed_user: ManagedUser, browser: Browser, app: str) -> None:
    browser.open(consent_page_of(managed_user.api, app))
    browser.submit("approve")
    assert browser.url == DONE


def connected(client: Client) -> list[str]:
    return sorted(each["type"] for each in data(client.get("/v2/conferencing")))


@pages_are_ours
@pytest.mark.parametrize(("app", "type_"), APPS)
def test_approving_connects_the_app_and_doing_it_again_replaces_it(
    managed_user: ManagedUser, browser: Browser, app: str, type_: str
) -> None:
    connect(managed_user, browser, app)
    [first] = data(managed_user.api.get("/v2/conferencing"))
    assert first == {
        "id": first["id"],
        "type": type_,
        "userId": managed_user.id,
        "teamId": None,
        "appId": app,
        "invalid": False,
        **added_in("2026-03", **dict.fromkeys(UNUSED)),
    }
    connect(managed_user, browser, app)
    [again] = data(managed_user.api.get("/v2/conferencing"))
    assert again["id"] != first["id"]


@pages_are_ours
def test_denying_leads_to_the_error_page(managed_user: ManagedUser, browser: Browser) -> None:
    browser.open(consent_page_of(managed_user.api, "zoom"))
    browser.submit("deny")
    assert browser.url == FAILED
    assert connected(managed_user.api) == []


@pages_are_ours
def test_disconnecting_the_default_app_clears_the_default(managed_user: ManagedUser, browser: Browser) -> None:
    assert data(managed_user.api.get("/v2/conferencing/default")) is None
    refusal = error(managed_user.api.post("/v2/conferencing/zoom/default"), 400)
    assert refusal["message"] == "zoom not connected."

    connect(managed_user, browser, "zoom")
    data(managed_user.api.post("/v2/conferencing/zoom/default"))
    assert data(managed_user.api.get("/v2/conferencing/default")) == {"appSlug": "zoom"}
    data(managed_user.api.delete("/v2/conferencing/zoom/disconnect"))
    assert data(managed_user.api.get("/v2/conferencing/default")) is None
    error(managed_user.api.delete("/v2/conferencing/zoom/disconnect"), 400)


@pages_are_ours
def test_event_types_fall_back_to_cal_video_when_their_app_is_disconnected(
    managed_user: ManagedUser, browser: Browser
) -> None:
    connect(managed_user, browser, "zoom")
    places = ["zoom", "cal-video", "zoom"]
    made = data(
        managed_user.api.post(
            "/v2/event-types",
            v=EVENT_TYPES,
            json={
                "title": "Call",
                "slug": unique("call"),
                "lengthInMinutes": 30,
                "locations": [{"type": "integration", "integration": each} for each in places],
            },
        ),
        201,
    )
    data(managed_user.api.delete("/v2/conferencing/zoom/disconnect"))
    read = data(managed_user.api.get(f"/v2/event-types/{made['id']}", v=EVENT_TYPES))
    assert [each["integration"] for each in read["locations"]] == ["cal-video"]


@pages_are_ours
def test_google_meet_needs_google_calendar(managed_user: ManagedUser, browser: Browser) -> None:
    refusal = error(managed_user.api.post("/v2/conferencing/google-meet/connect"), 400)
    assert refusal["message"] == "Google Meet requires a Google Calendar connection."
    browser.open(data(managed_user.api.get("/v2/calendars/google/connect", params={"redir": DONE}))["authUrl"])
    browser.submit("approve")
    assert data(managed_user.api.post("/v2/conferencing/google-meet/connect"))["type"] == "google_video"
    refusal = error(managed_user.api.post("/v2/conferencing/google-meet/connect"), 400)
    assert refusal["message"] == "Google Meet is already connected for this user."


def test_cal_video_can_always_be_the_default_and_never_disconnected(managed_user: ManagedUser) -> None:
    data(managed_user.api.post("/v2/conferencing/daily-video/default"))
    assert data(managed_user.api.get("/v2/conferencing/default")) == {"appSlug": "daily-video"}
    refusal = error(managed_user.api.delete("/v2/conferencing/daily-video/disconnect"), 400)
    assert refusal["details"]["error"] == "google-meet, zoom, msteams"


@pytest.mark.until("2026-03", "callbacks-redirect")
def test_without_a_known_token_the_callback_leads_to_the_error_page(anonymous: Client) -> None:
    state = json.dumps({"onErrorReturnTo": FAILED, "accessToken": "nobody's", "fromApp": False})
    reply = anonymous.get("/v2/conferencing/zoom/oauth/callback", params={"state": state, "code": "code"})
    assert (reply.status_code, reply.headers["location"]) == (301, FAILED)


def test_the_callback_needs_a_state(anonymous: Client) -> None:
    refusal = error(anonymous.get("/v2/conferencing/zoom/oauth/callback", params={"code": "code"}), 400)
    assert refusal["message"] == "Missing `state` query param"


@pytest.mark.sandbox_only("the live API answers 500")
@pytest.mark.parametrize("state", ["no JSON", "[]", "7"])
def test_a_state_that_is_not_an_object_is_rejected(anonymous: Client, state: str) -> None:
    error(anonymous.get("/v2/conferencing/zoom/oauth/callback", params={"state": state, "code": "code"}), 400)


@pytest.mark.sandbox_only("the live API answers 500")
def test_client_credentials_cannot_start_since_the_state_needs_a_token(platform: Client) -> None:
    error(platform.get("/v2/conferencing/zoom/oauth/auth-url"), 401)
    error(platform.get("/v2/calendars/google/connect"), 401)
    error(platform.get("/v2/stripe/connect"), 401)

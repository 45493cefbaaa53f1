"""Connecting a Google or Microsoft account in the browser: from the client's page to consent, and back."""

from __future__ import annotations

import httpx
import pytest

from contract_tests.browser import Browser
from contract_tests.clients import Client, data, error
from contract_tests.journeys.calendars.calendar_helpers import connections, destination, selected
from contract_tests.managed_users import ManagedUser

DONE = "https://client.example.com/done?step=2"
ACCOUNTS = [("google", "google_calendar"), ("office365", "office365_calendar")]

pytestmark = pytest.mark.sandbox_only("the consent pages of a real deployment are those of Google and Microsoft")


def consent_page_of(client: Client, calendar: str) -> str:
    return data(client.get(f"/v2/calendars/{calendar}/connect", params={"redir": DONE}))["authUrl"]


@pytest.mark.parametrize(("calendar", "integration"), ACCOUNTS)
def test_approving_connects_the_account_and_selects_its_primary_calendar(
    managed_user: ManagedUser, browser: Browser, calendar: str, integration: str
) -> None:
    assert connections(managed_user.api) == []
    browser.open(consent_page_of(managed_user.api, calendar))
    browser.submit("approve")
    assert browser.url == DONE

    [connection] = connections(managed_user.api)
    assert connection["integration"]["type"] == integration
    assert connection["primary"]["primary"] is True
    assert selected(managed_user.api) == [connection["primary"]["externalId"]]
    assert destination(managed_user.api)["externalId"] == connection["primary"]["externalId"]
    data(managed_user.api.get(f"/v2/calendars/{calendar}/check"))


@pytest.mark.parametrize(("calendar", "integration"), ACCOUNTS)
def test_denying_leads_back_and_connects_nothing(
    managed_user: ManagedUser, browser: Browser, calendar: str, integration: str
) -> None:
    browser.open(consent_page_of(managed_user.api, calendar))
    browser.submit("deny")
    assert browser.url == DONE
    assert connections(managed_user.api, integration) == []


def test_approving_twice_is_one_connection_until_the_calendar_is_deselected(
    managed_user: ManagedUser, browser: Browser
) -> None:
    for _ in range(2):
        browser.open(consent_page_of(managed_user.api, "google"))
        browser.submit("approve")
    [connection] = connections(managed_user.api)
    primary = connection["primary"]

    names = ("integration", "externalId", "credentialId")
    data(managed_user.api.delete("/v2/selected-calendars", params={name: primary[name] for name in names}))
    browser.open(consent_page_of(managed_user.api, "google"))
    browser.submit("approve")
    assert len(connections(managed_user.api)) == 2


def test_the_page_offers_the_accounts_of_the_world(managed_user: ManagedUser, browser: Browser, solo: Client) -> None:
    browser.open(consent_page_of(managed_user.api, "google"))
    browser.submit("approve", code="solo@example.com")
    [shared] = connections(managed_user.api)
    [theirs] = connections(solo, "google_calendar")
    assert [each["externalId"] for each in shared["calendars"]] == [each["externalId"] for each in theirs["calendars"]]
    assert shared["credentialId"] != theirs["credentialId"]


def test_an_api_key_starts_but_cannot_finish(solo: Client, browser: Browser) -> None:
    browser.open(consent_page_of(solo, "google"))
    browser.submit("approve")
    assert browser.page is not None
    assert error(browser.page, 401)["message"] == "Invalid Access token."


def test_the_consent_page_redirects_to_the_client_only(managed_user: ManagedUser) -> None:
    page = httpx.URL(consent_page_of(managed_user.api, "google"))
    elsewhere = page.copy_set_param("redirect_uri", "https://evil.example.com/")
    reply = httpx.get(elsewhere)
    assert reply.status_code == 400
    assert "evil" not in reply.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"origin": "https://evil.example.com"},
    ],
    ids=["script", "frame", "foreign origin"],
)
def test_other_sites_can_link_to_the_consent_page_but_not_read_it(
    managed_user: ManagedUser, headers: dict[str, str]
) -> None:
    assert httpx.get(consent_page_of(managed_user.api, "google"), headers=headers).status_code == 403


def test_the_state_is_escaped_in_the_consent_page(managed_user: ManagedUser) -> None:
    page = httpx.URL(consent_page_of(managed_user.api, "google")).copy_set_param("state", '"><script>alert(1)</script>')
    assert "<script>" not in httpx.get(page).text


def test_other_navigations_to_the_control_plane_are_blocked(managed_user: ManagedUser) -> None:
    page = httpx.URL(consent_page_of(managed_user.api, "google"))
    control_plane = page.copy_with(raw_path=page.raw_path.partition(b"/oauth/")[0] + b"/snapshot")
    navigation = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert httpx.get(control_plane, headers=navigation).status_code == 403

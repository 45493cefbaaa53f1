"""What changed in calendars in 2026-03: dry runs, Apple credentials, deselecting, and the window of busy times."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from contract_tests.clients import Client, data, error, unique
from contract_tests.coming_days import coming_tuesday
from contract_tests.journeys.calendars.calendar_helpers import connect_apple, connections
from contract_tests.managed_users import ManagedUser

pytestmark = pytest.mark.since("2026-03")

DONE, ORIGIN = "https://client.example.com/done", "https://client.example.com"


@pytest.mark.sandbox_only("the consent pages of a real deployment are those of Google and Microsoft")
@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_dry_run_stores_nothing(managed_user: ManagedUser, anonymous: Client, is_dry_run: bool) -> None:
    fields = {"accessToken": managed_user.access_token, "origin": ORIGIN, "redir": DONE, "isDryRun": is_dry_run}
    form = "&".join(f"{name}={str(value).lower() if name == 'isDryRun' else value}" for name, value in fields.items())
    for state in (json.dumps(fields), form):
        reply = anonymous.get("/v2/calendars/google/save", params={"state": state, "code": "code"})
        assert (reply.status_code, reply.headers["location"]) == (301, DONE)
    assert len(connections(managed_user.api)) == (0 if is_dry_run else 1)
    former = form.removesuffix(f"&isDryRun={str(is_dry_run).lower()}")
    refusal = error(anonymous.get("/v2/calendars/google/save", params={"state": former, "code": "code"}), 400)
    assert refusal["message"] == "isDryRun - Expected string, received null, "


@pytest.mark.sandbox_only("a real deployment asks Apple")
def test_credentials_are_read_without_the_spaces_around_them(managed_user: ManagedUser) -> None:
    name = f"{unique('apple')}@icloud.example"
    connect_apple(managed_user.api, name)
    body = {"username": f" {name} ", "password": " abcd-efgh-ijkl-mnop "}
    data(managed_user.api.post("/v2/calendars/apple/credentials", json=body), 201)
    assert len(connections(managed_user.api)) == 1
    refusal = error(managed_user.api.post("/v2/calendars/apple/credentials", json={**body, "password": "  "}), 400)
    assert "password must be longer" in str(refusal)


@pytest.mark.sandbox_only("solo's calendars are part of the default world")
def test_a_calendar_that_is_not_selected_cannot_be_deselected(solo: Client) -> None:
    query = {"integration": "google_calendar", "externalId": "unknown", "credentialId": 1}
    refusal = error(solo.delete("/v2/selected-calendars", params=query), 404)
    assert refusal["message"] == "No SelectedCalendar found."


@pytest.mark.sandbox_only("solo's calendars are part of the default world")
def test_busy_times_end_with_the_last_day(solo: Client) -> None:
    tuesday = coming_tuesday()

    def busy(days: int, **zone: str) -> Any:
        query: dict[str, Any] = {
            "dateFrom": tuesday.isoformat(),
            "dateTo": (tuesday + timedelta(days=days)).isoformat(),
            "calendarsToLoad[0][credentialId]": 1,
            "calendarsToLoad[0][externalId]": "solo@example.com",
        }
        return solo.get("/v2/calendars/busy-times", params=query | zone)

    assert data(busy(0, timeZone="Europe/London")) == []
    assert len(data(busy(1, timeZone="Europe/London"))) == len(data(busy(1, loggedInUsersTz="anywhere"))) == 1
    assert error(busy(1), 400)["message"] == "Either timeZone or loggedInUsersTz must be provided"

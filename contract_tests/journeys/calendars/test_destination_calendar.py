"""Choosing the calendar in which bookings are written."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, data, error


def writable(client: Client) -> list[dict[str, Any]]:
    connections = data(client.get("/v2/calendars"))["connectedCalendars"]
    return [calendar for each in connections for calendar in each.get("calendars", []) if not calendar["readOnly"]]


def test_discover_a_calendar_set_it_and_read_the_change_back(solo: Client) -> None:
    me = data(solo.get("/v2/me"))
    calendars = writable(solo)
    if not calendars:
        pytest.skip("the user has no writable calendar")
    before = data(solo.get("/v2/calendars"))["destinationCalendar"]
    chosen = calendars[-1]

    answer = data(
        solo.put(
            "/v2/destination-calendars",
            json={"integration": chosen["integration"], "externalId": chosen["externalId"]},
        )
    )
    assert answer == {
        "userId": me["id"],
        "integration": chosen["integration"],
        "externalId": chosen["externalId"],
        "credentialId": chosen["credentialId"],
    }
    shown = data(solo.get("/v2/calendars"))["destinationCalendar"]
    assert (shown["integration"], shown["externalId"]) == (chosen["integration"], chosen["externalId"])

    restored = {"integration": before["integration"], "externalId": before["externalId"]}
    data(solo.put("/v2/destination-calendars", json=restored))


def test_a_calendar_of_another_user_is_not_found(solo: Client) -> None:
    refusal = error(
        solo.put(
            "/v2/destination-calendars", json={"integration": "google_calendar", "externalId": "nobody@example.com"}
        ),
        404,
    )
    assert refusal["message"] == "Could not find calendar nobody@example.com"


def test_an_unsupported_service_is_a_validation_error(solo: Client) -> None:
    refusal = error(
        solo.put("/v2/destination-calendars", json={"integration": "caldav_calendar", "externalId": "a@example.com"}),
        400,
    )
    [invalid] = refusal["details"]["errors"]
    assert invalid["property"] == "integration"
    assert invalid["constraints"] == {
        "isEnum": "integration must be one of the following values: apple_calendar, google_calendar, office365_calendar"
    }


def test_without_credentials_it_is_401(anonymous: Client) -> None:
    error(anonymous.put("/v2/destination-calendars", json={"integration": "google_calendar", "externalId": "x"}), 401)

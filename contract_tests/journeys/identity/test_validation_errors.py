"""Validation errors: the rules that a body breaks, their texts, and the body as the server read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, SCHEDULES, Client, data, error, unique
from contract_tests.editions import added_in, in_force
from contract_tests.managed_users import ManagedUser
from contract_tests.nonexistent import NO_NUMBER

TEAM_DEFAULTS = {"hideBranding": False, "timeZone": "Europe/London", "weekStart": "Sunday", "autoAcceptCreator": True}
NO_NESTING = "each value in nested property {} must be either object or array"
TIMES = {"startTime": "09:00", "endTime": "10:00"}


def failures(client: Client, method: str, path: str, body: dict[str, Any], *, v: str | None = None) -> dict[str, Any]:
    """The failed properties of a refused request, by their names."""
    refusal = error(client.request(method, path, json=body, v=v), 400)
    assert refusal["message"] == "Bad Request Exception"
    return {each["property"]: each for each in refusal["details"]["errors"]}


@pytest.fixture
def team(owner: Client, organization: str) -> Iterator[str]:
    """The path of a new team of the organization."""
    made = data(owner.post(f"{organization}/teams", json={"name": "Crew", "slug": unique("crew")}), 201)
    yield f"{organization}/teams/{made['id']}"
    owner.delete(f"{organization}/teams/{made['id']}")


@pytest.mark.parametrize("parent", ["/v2", "organization"])
def test_the_error_shows_a_new_teams_defaults(owner: Client, organization: str, parent: str) -> None:
    path = f"{organization if parent == 'organization' else parent}/teams"
    defaults = TEAM_DEFAULTS | (added_in("2026-09", addCreatorAsOwner=True) if parent == "organization" else {})
    longest = "155" if parent == "organization" and in_force("team-names-without-links") else "undefined"
    assert failures(owner, "POST", path, {"name": -1})["name"] == {
        "target": {**defaults, "name": -1},
        "value": -1,
        "property": "name",
        "children": [],
        "constraints": {
            "isString": "name must be a string",
            "isLength": f"name must be longer than or equal to 1 and shorter than or equal to {longest} characters",
        },
    }
    missing = failures(owner, "POST", path, {"hideBranding": None})["name"]
    assert missing["target"] == {**defaults, "hideBranding": None}
    assert missing["constraints"]["isLength"] == "name must be longer than or equal to 1 characters"


def test_a_new_users_address_is_read_in_lower_case(owner: Client, organization: str) -> None:
    defaults = {"organizationRole": "MEMBER", "autoAccept": True, **added_in("2026-09", skipNotificationEmail=False)}
    text = {"isEmail": "email must be an email"}
    path = f"{organization}/users"
    assert failures(owner, "POST", path, {"email": "Nobody@Nowhere"})["email"] == {
        "target": {**defaults, "email": "nobody@nowhere"},
        "value": "nobody@nowhere",
        "property": "email",
        "children": [],
        "constraints": text,
    }
    assert failures(owner, "POST", path, {"email": 1.5})["email"] == {
        "target": defaults,
        "property": "email",
        "children": [],
        "constraints": text,
    }


def test_the_list_fields_of_an_oauth_client(owner: Client) -> None:
    found = failures(owner, "POST", "/v2/oauth-clients", {"permissions": ["EVERYTHING"]})
    assert found["name"]["target"] == {"areDefaultEventTypesEnabled": False, "permissions": ["EVERYTHING"]}
    assert found["redirectUris"]["constraints"] == {
        "isArray": "redirectUris must be an array",
        "isString": "each value in redirectUris must be a string",
    }
    assert found["permissions"]["constraints"] == {
        "isEnum": "each value in permissions must be one of the following values: "
    }


def test_a_webhook_without_triggers(solo: Client) -> None:
    body = {"active": True, "subscriberUrl": "https://hooks.example.com"}
    constraints = failures(solo, "POST", "/v2/webhooks", body)["triggers"]["constraints"]
    assert list(constraints) == ["isArray", "isEnum"]
    assert constraints["isEnum"].startswith("each value in triggers must be one of the following values: BOOKING_CREA")


def test_availability_that_is_not_a_list(solo: Client) -> None:
    body: dict[str, Any] = {
        "name": "Hours",
        "timeZone": "Europe/Rome",
        "isDefault": False,
        "availability": True,
        "overrides": {},
    }
    found = failures(solo, "POST", "/v2/schedules", body, v=SCHEDULES)
    assert found["availability"]["constraints"] == {
        "isArray": "availability must be an array",
        "nestedValidation": NO_NESTING.format("availability"),
    }
    assert found["overrides"]["constraints"] == {"isArray": "overrides must be an array"}
    assert [each["property"] for each in found["overrides"]["children"]] == ["date", "startTime", "endTime"]


@pytest.mark.parametrize("date", ["2050-06-31T11:49Z", "2049-02-29", "2050-02-30T10:00:00Z", "2050-13"])
def test_an_override_on_an_invalid_date(solo: Client, date: str) -> None:
    override = {"date": date, **TIMES}
    body = {"name": "Hours", "timeZone": "Europe/Rome", "isDefault": False, "overrides": [override]}
    [item] = failures(solo, "POST", "/v2/schedules", body, v=SCHEDULES)["overrides"]["children"]
    assert item["children"] == [
        {
            "target": override,
            "value": date,
            "property": "date",
            "children": [],
            "constraints": {"isIso8601": "date must be a valid ISO 8601 date string"},
        }
    ]


def test_the_options_of_an_attribute(owner: Client, organization: str) -> None:
    body: dict[str, Any] = {"name": "Office", "slug": unique("office"), "type": "TEXT"}
    path = f"{organization}/attributes"
    no_array = {"isArray": "options must be an array"}
    assert failures(owner, "POST", path, body)["options"]["constraints"] == no_array
    assert failures(owner, "POST", path, {**body, "options": "none"})["options"]["constraints"] == {
        **no_array,
        "nestedValidation": NO_NESTING.format("options"),
    }


def test_the_error_shows_the_default_of_a_recurrence(solo: Client) -> None:
    series = {"interval": 1, "occurrences": 5, "frequency": "weekly"}
    body = {"title": -1, "slug": unique("series"), "lengthInMinutes": 30, "recurrence": series}
    title = failures(solo, "POST", "/v2/event-types", body, v=EVENT_TYPES)["title"]
    assert title["target"] == {**body, "recurrence": {"disabled": False, **series}}


def test_the_error_shows_the_defaults_of_an_organization_teams_event_type(owner: Client, team: str) -> None:
    seats = {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}
    body = {"title": -1, "slug": unique("seats"), "lengthInMinutes": 30, "schedulingType": "roundRobin", "seats": seats}
    path = f"{team}/event-types"
    read = {**body, "schedulingType": "ROUND_ROBIN", "seats": {"disabled": False, **seats}}
    assert failures(owner, "POST", path, body)["title"]["target"] == read
    wrong = failures(owner, "POST", path, {**body, "schedulingType": []})["schedulingType"]
    assert wrong["constraints"] == {
        "isEnum": "schedulingType must be one of the following values: ROUND_ROBIN, COLLECTIVE, MANAGED"
    }


def test_a_phone_calls_defaults(owner: Client, team: str) -> None:
    found = failures(owner, "POST", f"{team}/event-types/{NO_NUMBER}/create-phone-call", {"calApiKey": 5})
    assert found["calApiKey"]["target"] == {"enabled": True, "templateType": "CUSTOM_TEMPLATE", "calApiKey": 5}


def test_days_out_of_office_are_whole_days(owner: Client, organization: str, managed_user: ManagedUser) -> None:
    path = f"{organization}/users/{managed_user.id}/ooo"
    assert failures(owner, "POST", path, {"end": "2051-09-25T10:00:00Z"})["start"] == {
        "target": {"end": "2051-09-25T23:59:59.999Z"},
        "property": "start",
        "children": [],
        "constraints": {"isDate": "start must be a Date instance"},
    }
    assert failures(owner, "POST", path, {"start": "2051-09-25T10:00:00Z"})["end"]["target"] == {
        "start": "2051-09-25T00:00:00.000Z"
    }


def test_a_list_of_ids_in_a_query(owner: Client, organization: str) -> None:
    refusal = error(owner.get(f"{organization}/bookings?userIds=abc"), 400)
    [failure] = refusal["details"]["errors"]
    assert failure["constraints"] == {
        "isNumber": "each value in userIds must be a number conforming to the specified constraints"
    }


def test_a_phone_calls_optional_texts_may_be_null(owner: Client, team: str) -> None:
    path = f"{team}/event-types/{NO_NUMBER}/create-phone-call"
    found = failures(owner, "POST", path, {"calApiKey": "x", "guestName": None, "beginMessage": None})
    assert list(found) == ["yourPhoneNumber", "numberToCall"]

import json

import pytest

from contract_tests.profiles.catalogue import Catalogue
from contract_tests.profiles.safety import ASK_FIRST, CHANGES_THE_CALLER, NEVER, REVOKES_THE_CALLER, Belongings, Rules
from contract_tests.profiles.steering import Steering
from mock_server.runtime.bundle import load_bundle

CATALOGUE = Catalogue(load_bundle())
UID = "6f3c1d2e-8a4b-4c5d-9e6f-7a8b9c0d1e2f"


@pytest.fixture
def mine() -> Belongings:
    return Belongings()


@pytest.fixture
def rules(mine: Belongings) -> Rules:
    return Rules(CATALOGUE, mine, {"orgId": 1, "clientId": "the-client-in-use"}, all_operations=False)


def objection(rules: Rules, method: str, path: str, body: object = None, *, as_owner: bool = True) -> str | None:
    return rules.objection(method, path, json.dumps(body).encode(), as_owner=as_owner)


def test_groups_name_operations_of_the_description() -> None:
    assert set(CATALOGUE.operations) >= ASK_FIRST | CHANGES_THE_CALLER | NEVER | REVOKES_THE_CALLER


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v2/schedules/12"),
        ("PATCH", "/v2/event-types/12"),
        ("DELETE", f"/v2/webhooks/{UID}"),
        ("DELETE", "/api/v2/ee/SCHEDULES/12/"),
        ("DELETE", "/v2/schedules/%31%32"),
        ("DELETE", "/v2/teams/5/memberships/6"),
        ("PATCH", "/v2/oauth-clients/the-client-in-use"),
        ("DELETE", "/v2/oauth-clients/the-client-in-use"),
        ("DELETE", "/v2/oauth-clients/the-client-in-use/webhooks"),
        ("DELETE", "/v2/organizations/1/users/1"),
        ("POST", "/v2/organizations/2/teams"),
        ("POST", "/v2/api-keys/refresh"),
        ("PATCH", "/v2/me"),
        ("GET", "/v2/calendars/google/save"),
        ("GET", "/v2/calendars"),
        ("HEAD", "/v2/calendars"),
        ("GET", "/v2/calendars/google/check"),
        ("PURGE", "/v2/schedules"),
    ],
)
def test_what_is_not_ours_is_not_touched(rules: Rules, method: str, path: str) -> None:
    assert objection(rules, method, path) is not None


@pytest.mark.parametrize("path", ["/v2/schedules/12", "/v2/me", "/v2/organizations/2/teams", "/v2/nowhere"])
def test_reading_is_harmless(rules: Rules, path: str) -> None:
    assert objection(rules, "GET", path) is None


@pytest.mark.parametrize("schedule", ["abc", "null", "-1", "0", "99999999999999"])
def test_ids_that_nothing_has_may_be_tried(rules: Rules, schedule: str) -> None:
    assert objection(rules, "DELETE", f"/v2/schedules/{schedule}") is None


def test_what_the_suite_made_may_be_changed(rules: Rules, mine: Belongings) -> None:
    mine.add("scheduleId", 12)
    assert objection(rules, "DELETE", "/v2/schedules/12") is None
    assert objection(rules, "DELETE", "/v2/event-types/12") is not None


def test_only_a_throw_away_user_changes_itself(rules: Rules, mine: Belongings) -> None:
    mine.add("userId", 40)
    rules.guest = 40
    assert objection(rules, "POST", "/v2/api-keys/refresh", as_owner=False) is None
    assert objection(rules, "POST", "/v2/api-keys/refresh", as_owner=True) is not None
    path = "/v2/oauth-clients/the-client-in-use/users/40/force-refresh"
    assert "throw-away" in str(objection(rules, "POST", path))


@pytest.mark.parametrize(
    "body",
    [
        {"eventTypeId": 7, "start": "2050-01-01T09:00:00Z"},
        {"hosts": [{"userId": 3}]},
        {"attendee": {"email": "somebody@gmail.com"}},
        {"guests": ["Somebody <somebody@a.co>"]},
        {"subscriberUrl": "https://evil.example.io/hook"},
        {"isDefault": True},
        {"title": "Talk", "destinationCalendar": {"integration": "google_calendar", "externalId": "a@example.com"}},
        {"username": "ann"},
    ],
)
def test_bodies_that_reach_others_are_held_back_and_steering_mends_them(
    rules: Rules, mine: Belongings, body: dict[str, object]
) -> None:
    mine.add("eventTypeId", 70)
    assert objection(rules, "POST", "/v2/event-types", body) is not None
    harmless = Steering(mine, "test").harmless(body)
    assert objection(rules, "POST", "/v2/event-types", harmless) is None
    assert set(harmless) == set(body) - {"destinationCalendar"}


def test_made_up_bodies_that_reach_nobody_stay_as_they_are(mine: Belongings) -> None:
    body = {"eventTypeId": "abc", "email": "not an address", "isDefault": "yes", "hosts": [{"userId": None}]}
    assert Steering(mine, "test").harmless(body) == body


def test_whole_organizations_are_changed_only_when_asked(mine: Belongings) -> None:
    scope = {"orgId": 1}
    assert (
        Rules(CATALOGUE, mine, scope, all_operations=True).leaves_out(CATALOGUE.operations["create_organization_user"])
        is None
    )
    assert Rules(CATALOGUE, mine, scope, all_operations=False).leaves_out(
        CATALOGUE.operations["create_organization_user"]
    )
    for name in NEVER:
        assert Rules(CATALOGUE, mine, scope, all_operations=True).leaves_out(CATALOGUE.operations[name])


def test_bookings_may_be_told_to_the_inboxes_that_the_team_names_and_to_no_other_place(rules: Rules) -> None:
    def objection_to(url: str) -> str | None:
        return objection(rules, "POST", "/v2/webhooks", {"subscriberUrl": url, "triggers": [], "active": True})

    assert objection_to("https://inbox.acme.io/hooks/one")
    rules.inbox = "https://inbox.acme.io/hooks"
    assert objection_to("https://inbox.acme.io/hooks/one") is None
    assert objection_to("https://inbox.acme.io.evil.io/hooks/one")
    assert objection_to("https://inbox.acme.io/other")

import copy
import json
from typing import Any

import pytest

from contract_tests.catalogue import Catalogue, catalogue, catalogue_of, version_of
from contract_tests.profiles.safety import OwnedIds, Rules
from contract_tests.profiles.sanitizer import Sanitizer
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.editions import EDITIONS

CATALOGUE = catalogue()
UID = "6f3c1d2e-8a4b-4c5d-9e6f-7a8b9c0d1e2f"


@pytest.fixture
def owned() -> OwnedIds:
    return OwnedIds()


@pytest.fixture
def rules(owned: OwnedIds) -> Rules:
    return Rules(CATALOGUE, owned, {"orgId": 1, "clientId": "the-client-in-use"}, all_operations=False)


def objection(rules: Rules, method: str, path: str, body: object = None, *, as_owner: bool = True) -> str | None:
    found = CATALOGUE.match("GET" if method == "HEAD" else method, path)
    version = version_of(CATALOGUE.current(found[0])) if found else None
    return rules.objection(method, path, json.dumps(body).encode(), version=version, as_owner=as_owner)


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
        ("GET", "/v2/calendars/ics-feed/check"),
        ("POST", "/v2/teams/5/event-types/6/create-phone-call"),
        ("POST", "/v2/organizations/1/delegation-credentials"),
        ("GET", "/v2/nowhere"),
        ("OPTIONS", "/v2/nowhere"),
        ("POST", "/v2/organizations/1/roles"),
        ("PURGE", "/v2/schedules"),
    ],
)
def test_data_of_others_is_not_changed(rules: Rules, method: str, path: str) -> None:
    assert objection(rules, method, path) is not None


def test_permissions_are_taken_from_roles_of_the_suite_only(owned: OwnedIds) -> None:
    rules = Rules(Catalogue(load_bundle(edition="2026-03")), owned, {"orgId": 1}, all_operations=False)
    owned.add("teamId", 70)
    owned.add("roleId", "cm8yw3nt0001")
    for role, is_ours in (("cm8yw3nt0001", True), ("cm8yw3nt0002", False)):
        path = f"/v2/organizations/1/teams/70/roles/{role}/permissions/webhook.read"
        found = rules.objection("DELETE", path, b"", version=None, as_owner=True)
        assert (found is None) == is_ours


@pytest.mark.parametrize("path", ["/v2/schedules/12", "/v2/me", "/v2/organizations/2/teams"])
def test_reading_is_harmless(rules: Rules, path: str) -> None:
    assert objection(rules, "GET", path) is None
    assert objection(rules, "HEAD", path) is None
    assert objection(rules, "OPTIONS", path) is None


def without(*keys: str) -> Catalogue:
    """The catalogue without some keys under `paths`."""
    paths = {key: item for key, item in CATALOGUE.bundle["paths"].items() if key not in keys}
    return Catalogue(CATALOGUE.bundle | {"paths": paths})


@pytest.mark.parametrize("version", [None, "", "2024-04-15", "2020-01-01", "2099-01-01"])
def test_operations_of_other_versions_are_never_asked(owned: OwnedIds, version: str | None) -> None:
    owned.add("scheduleId", 12)
    rules = Rules(
        without("/v2/schedules#2024-04-15", "/v2/schedules/{scheduleId}#2024-04-15"), owned, {}, all_operations=False
    )
    for method, path in (
        ("GET", "/v2/schedules"),
        ("HEAD", "/v2/schedules"),
        ("POST", "/v2/schedules"),
        ("PATCH", "/v2/schedules/12"),
        ("DELETE", "/v2/schedules/12"),
        ("DELETE", "/v2/schedules/abc"),
        ("GET", "/v2/slots"),
    ):
        reason = rules.objection(method, path, b"{}", version=version, as_owner=True)
        assert reason == "an undescribed operation of another version would answer"


@pytest.mark.parametrize("version", [None, "", "2024-04-15", "2020-01-01", "2024-06-11"])
def test_a_version_that_is_described_may_be_asked(rules: Rules, owned: OwnedIds, version: str | None) -> None:
    owned.add("scheduleId", 12)
    assert rules.objection("GET", "/v2/schedules", b"", version=version, as_owner=True) is None
    assert rules.objection("DELETE", "/v2/schedules/12", b"", version=version, as_owner=True) is None
    reason = rules.objection("GET", "/v2/schedules", b"", version="2024-09-04", as_owner=True)
    assert reason == "an undescribed operation of another version would answer"


def test_where_versions_make_no_difference_any_may_be_sent(rules: Rules) -> None:
    for version in (None, "2024-04-15", "2024-08-13"):
        assert rules.objection("GET", "/v2/me", b"", version=version, as_owner=True) is None


def test_operations_without_declared_effects_are_never_called(owned: OwnedIds) -> None:
    bundle = copy.deepcopy(CATALOGUE.bundle)
    del bundle["paths"]["/v2/schedules"]["post"]["x-effects"]
    rules = Rules(Catalogue(bundle), owned, {}, all_operations=True)
    reason = rules.objection("POST", "/v2/schedules", b"{}", version="2024-06-11", as_owner=True)
    assert reason == "the description does not declare its effects"


def test_reads_that_may_choose_a_destination_calendar_are_held_back(rules: Rules, owned: OwnedIds) -> None:
    """Whatever makes the service list the caller's calendars is for temporary users."""
    owned.add("eventTypeId", 70)
    asking: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/v2/calendars", {}),
        ("GET", "/v2/calendars/google/check", {}),
        ("GET", "/v2/calendars/ics-feed/check", {}),
        ("PATCH", "/v2/event-types/70", {"useDestinationCalendarEmail": True}),
        ("PATCH", "/v2/event-types/70", {"destinationCalendar": {"integration": "apple_calendar"}}),
    ]
    for request in asking:
        assert "destination calendar" in str(objection(rules, *request)), request
    assert objection(rules, "PATCH", "/v2/event-types/70", {"useDestinationCalendarEmail": False}) is None
    rules.temporary_user = 40
    for request in asking:
        assert objection(rules, *request, as_owner=False) is None, request


@pytest.mark.parametrize("schedule", ["abc", "null", "-1", "0", "99999999999999"])
def test_nonexistent_ids_may_be_used(rules: Rules, schedule: str) -> None:
    assert objection(rules, "DELETE", f"/v2/schedules/{schedule}") is None


def test_things_that_the_suite_created_may_be_changed(rules: Rules, owned: OwnedIds) -> None:
    owned.add("scheduleId", 12)
    assert objection(rules, "DELETE", "/v2/schedules/12") is None
    assert objection(rules, "DELETE", "/v2/event-types/12") is not None


def test_only_a_temporary_user_may_change_itself(rules: Rules, owned: OwnedIds) -> None:
    owned.add("userId", 40)
    rules.temporary_user = 40
    assert objection(rules, "POST", "/v2/api-keys/refresh", as_owner=False) is None
    assert objection(rules, "POST", "/v2/api-keys/refresh", as_owner=True) is not None
    path = "/v2/oauth-clients/the-client-in-use/users/40/force-refresh"
    assert "temporary user" in str(objection(rules, "POST", path))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/bookings", {"eventTypeId": 7, "start": "2050-01-01T09:00:00Z"}),
        ("/v2/event-types", {"hosts": [{"userId": 3}]}),
        ("/v2/bookings", {"attendee": {"email": "somebody@gmail.com"}}),
        ("/v2/bookings", {"attendee": {"phoneNumber": "+4930901820"}}),
        ("/v2/bookings", {"attendee": {"phoneNumber": "+49 (30) 90-18.20"}}),
        ("/v2/bookings", {"guests": ["Somebody <somebody@a.co>"]}),
        ("/v2/bookings", {"guests": ["ann@acme.io,bob@example.com"]}),
        ("/v2/webhooks", {"subscriberUrl": "https://evil.example.io/hook"}),
        ("/v2/webhooks", {"subscriberUrl": " https://evil.example.io/hook"}),
        ("/v2/webhooks", {"subscriberUrl": "\x00https://evil.example.io/hook"}),
        ("/v2/webhooks", {"subscriberUrl": "\u00a0https://evil.example.io/hook"}),
        ("/v2/webhooks", {"subscriberUrl": "ht\ntps://evil.example.io/hook"}),
        ("/v2/webhooks", {"subscriberUrl": "https://example.com\t.evil.example.io/hook"}),
        ("/v2/webhooks", {"subscriberUrl": "https:evil.example.io/hook"}),
        ("/v2/webhooks", {"subscriberUrl": "https:\\\\evil.example.io\\hook"}),
        ("/v2/webhooks", {"subscriberUrl": "https://hooks.example.com:80@evil.example.io/hook"}),
        ("/v2/schedules", {"isDefault": True}),
        ("/v2/event-types", {"title": "Talk", "destinationCalendar": {"externalId": "a@example.com"}}),
        ("/v2/event-types", {"title": "Talk", "useDestinationCalendarEmail": True}),
        ("/v2/event-types", {"username": "ann"}),
        ("/v2/bookings", {"start": "2050-01-01T09:00:00Z", "instant": True}),
    ],
)
def test_bodies_that_affect_others_are_held_back_and_the_sanitizer_makes_them_harmless(
    rules: Rules, owned: OwnedIds, path: str, body: dict[str, object]
) -> None:
    owned.add("eventTypeId", 70)
    assert objection(rules, "POST", path, body) is not None
    harmless = Sanitizer(owned, "test", CATALOGUE.effect_fields).harmless(body)
    assert objection(rules, "POST", path, harmless) is None
    assert set(harmless) == set(body) - {"destinationCalendar"}


@pytest.mark.parametrize("edition", EDITIONS[1:])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/bookings", {"eventTypeId": 70, "routing": {"responseId": 1, "teamMemberIds": [3]}}),
        ("/v2/bookings", {"eventTypeId": 70, "routing": {"queuedResponseId": UID, "teamMemberIds": [3]}}),
        ("/v2/organizations/1/teams/5/workflows", {"activation": {"activeOnEventTypeIds": [70, 7]}}),
        ("/v2/organizations/1/teams/5/workflows", {"steps": [{"verifiedEmailId": 4}]}),
        ("/v2/organizations/1/teams/5/workflows", {"steps": [{"verifiedPhoneId": 4}]}),
        ("/v2/organizations/1/teams/5/workflows/routing-form", {"activation": {"activeOnRoutingFormIds": [UID]}}),
    ],
)
def test_what_a_booking_or_a_workflow_would_change_of_others_is_held_back(
    owned: OwnedIds, edition: str, path: str, body: dict[str, object]
) -> None:
    owned.add("eventTypeId", 70)
    owned.add("teamId", 5)
    operations = catalogue_of(edition)
    rules = Rules(operations, owned, {"orgId": 1}, all_operations=False)
    found = operations.match("POST", path)
    assert found is not None
    version = version_of(operations.current(found[0]))

    def objection_to(sent: object) -> str | None:
        return rules.objection("POST", path, json.dumps(sent).encode(), version=version, as_owner=True)

    assert "was not created by the suite" in str(objection_to(body))
    harmless = Sanitizer(owned, "test", operations.effect_fields).harmless(body)
    assert objection_to(harmless) is None
    assert harmless.get("steps", ["a step"]) != []


@pytest.mark.parametrize(("method", "path"), [("POST", "/v2/workflows"), ("PATCH", "/v2/workflows/6")])
def test_workflows_for_all_event_types_of_a_user_are_for_temporary_users(
    owned: OwnedIds, method: str, path: str
) -> None:
    """They would write to those who have booked the user."""
    rules = Rules(catalogue_of("2026-09"), owned, {"orgId": 1}, all_operations=False)
    owned.add("workflowId", 6)

    def objection_to(on_all: bool, *, as_owner: bool) -> str | None:
        body = json.dumps({"activation": {"isActiveOnAllEventTypes": on_all}}).encode()
        return rules.objection(method, path, body, version=None, as_owner=as_owner)

    assert "owner of the credentials" in str(objection_to(True, as_owner=True))
    assert objection_to(False, as_owner=True) is None
    rules.temporary_user = 40
    assert objection_to(True, as_owner=False) is None


def test_phone_numbers_are_checked_only_if_they_are_called(rules: Rules) -> None:
    location = {"locations": [{"type": "phone", "phone": "+4930901820"}]}
    assert objection(rules, "POST", "/v2/event-types", location) is None
    for fictional in ("+14155550123", "+1 415 555 0123"):
        assert objection(rules, "POST", "/v2/bookings", {"attendee": {"phoneNumber": fictional}}) is None


@pytest.mark.parametrize("url", ["data:image/png;base64,aGk=", "javascript:alert(1)", "mail.acme.io", "not a URL", ""])
def test_what_names_no_server_may_be_tried_as_the_url_of_a_webhook(rules: Rules, url: str) -> None:
    assert objection(rules, "POST", "/v2/webhooks", {"subscriberUrl": url, "triggers": [], "active": True}) is None


def test_harmless_bodies_are_not_changed(owned: OwnedIds) -> None:
    body = {"eventTypeId": "abc", "email": "not an address", "isDefault": "yes", "hosts": [{"userId": None}]}
    assert Sanitizer(owned, "test", CATALOGUE.effect_fields).harmless(body) == body


def test_organizations_are_changed_only_with_all_operations(owned: OwnedIds) -> None:
    scope = {"orgId": 1}
    assert (
        Rules(CATALOGUE, owned, scope, all_operations=True).exclusion(CATALOGUE.operations["create_organization_user"])
        is None
    )
    assert Rules(CATALOGUE, owned, scope, all_operations=False).exclusion(
        CATALOGUE.operations["create_organization_user"]
    )


@pytest.mark.parametrize("edition", EDITIONS)
def test_irreversible_operations_are_never_called(owned: OwnedIds, edition: str) -> None:
    operations = catalogue_of(edition).operations
    rules = Rules(catalogue_of(edition), owned, {"orgId": 1, "clientId": "cm1"}, all_operations=True)
    rules.temporary_user = 40
    never = {each.id for each in operations.values() if rules.exclusion(each)}
    assert never == operations.keys() & {
        "block_organization_booker",
        "charge_credits",
        "create_delegation_credential",
        "create_instant_meeting",
        "create_organization_routing_form_response",
        "create_organization_team_event_type_phone_call",
        "create_organization_team_event_type_phone_call_2026_06_12",
        "create_organization_team_routing_form_response",
        "create_team_event_type_phone_call",
        "create_team_event_type_phone_call_2026_06_12",
        "create_team_routing_form_response",
        "delete_all_oauth_client_webhooks",
        "delete_delegation_credential",
        "report_organization_booking",
        "update_delegation_credential",
    }


def test_webhooks_may_be_sent_to_the_configured_inboxes_only(rules: Rules) -> None:
    def objection_to(url: str) -> str | None:
        return objection(rules, "POST", "/v2/webhooks", {"subscriberUrl": url, "triggers": [], "active": True})

    assert objection_to("https://inbox.acme.io/hooks/one")
    rules.inbox = "https://inbox.acme.io/hooks"
    assert objection_to("https://inbox.acme.io/hooks/one") is None
    assert objection_to("https://inbox.acme.io.evil.io/hooks/one")
    assert objection_to("https://inbox.acme.io/other")

"""Routing forms of an organization and of its teams, and updates of their responses."""

from __future__ import annotations

import pytest

from contract_tests.clients import Client, data, error
from contract_tests.editions import is_since
from contract_tests.refusals import check_refusal, foreign_routing_form

pytestmark = pytest.mark.sandbox_only("forms cannot be made through the API; these are the default world's")

FORMS = "/v2/organizations/1/routing-forms"
TEAM_FORMS = "/v2/organizations/1/teams/2/routing-forms"


def test_the_organization_lists_the_forms_of_its_teams_only(owner: Client) -> None:
    forms = data(owner.get(FORMS))
    names = ["Team form", *(["Team routing"] if is_since("2026-03") else [])]
    assert [(each["name"], each["teamId"]) for each in forms] == [(name, 2) for name in names]
    assert data(owner.get(TEAM_FORMS)) == forms
    assert data(owner.get(FORMS, params={"teamIds": "3,4"})) == []
    assert data(owner.get(FORMS, params={"take": 0})) == []


@pytest.mark.parametrize("base", [FORMS, TEAM_FORMS])
def test_a_response_is_replaced_as_a_whole(owner: Client, base: str) -> None:
    form = data(owner.get(base))[0]["id"]
    [before] = data(owner.get(f"{base}/{form}/responses"))
    url = f"{base}/{form}/responses/{before['id']}"
    assert data(owner.patch(url, json={})) == before
    answers = {"a": {"label": "A", "value": ["x"], "note": "kept, not shown"}, "b": "plain"}
    after = data(owner.patch(url, json={"response": answers}))
    assert after == {**before, "response": {"a": {"label": "A", "value": ["x"]}, "b": "plain"}}
    assert data(owner.get(f"{base}/{form}/responses")) == [after]


def test_responses_are_found_by_time_and_by_booking(owner: Client) -> None:
    form = data(owner.get(FORMS))[0]["id"]
    url = f"{FORMS}/{form}/responses"
    [response] = data(owner.get(url))
    assert data(owner.get(url, params={"afterCreatedAt": response["createdAt"]})) == [response]
    assert data(owner.get(url, params={"beforeCreatedAt": "2000-01-01T00:00:00Z"})) == []
    assert data(owner.get(url, params={"routedToBookingUid": "none"})) == []


def test_members_see_no_forms_and_unknown_ones_are_refused(owner: Client, member: Client) -> None:
    error(member.get(FORMS), 403)
    error(member.get(TEAM_FORMS), 403)
    error(owner.get(f"{FORMS}/unknown/responses"), 404)
    check_refusal(owner.get(f"{TEAM_FORMS}/unknown/responses"), foreign_routing_form(2, "unknown"))

"""Event types of an organization's teams, where they differ from those of standalone teams."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, data, error, unique
from contract_tests.editions import in_force
from contract_tests.nonexistent import NO_NUMBER


@pytest.fixture
def teams(organization: str) -> str:
    """The path of the organization's teams."""
    return f"{organization}/teams"


@pytest.fixture
def mia(member: Client) -> int:
    """The id of a member."""
    return data(member.get("/v2/me"))["id"]


def new_team(client: Client, teams: str) -> str:
    """The path of a new team of the caller."""
    return f"{teams}/{data(client.post(teams, json={'name': unique('team')}), 201)['id']}"


def body(**fields: Any) -> dict[str, Any]:
    return {"title": "Call", "slug": unique("call"), "lengthInMinutes": 30, "schedulingType": "collective", **fields}


def test_invited_members_can_be_hosts(owner: Client, founder: Client, teams: str, mia: int) -> None:
    team = new_team(founder, teams)
    data(owner.post(f"{team}/memberships", json={"userId": mia}), 201)
    made = data(owner.post(f"{team}/event-types", json=body(hosts=[{"userId": mia}])), 201)
    assert [each["userId"] for each in made["hosts"]] == [mia]


def test_an_invited_member_gets_managed_event_types_upon_acceptance(
    owner: Client, organization: str, teams: str
) -> None:
    invited = {"email": f"{unique('ann')}@example.com"}
    ann = data(owner.post(f"{organization}/users", json=invited), 201)["id"]
    team = new_team(owner, teams)
    made = data(owner.post(f"{team}/event-types", json=body(assignAllTeamMembers=True)), 201)
    membership = data(owner.post(f"{team}/memberships", json={"userId": ann}), 201)
    address = f"{team}/event-types/{made['id']}"
    assert ann not in {each["userId"] for each in data(owner.get(address))["hosts"]}
    data(owner.patch(f"{team}/memberships/{membership['id']}", json={"accepted": True}))
    assert ann in {each["userId"] for each in data(owner.get(address))["hosts"]}


def test_a_phone_number_can_replace_the_email_address(owner: Client, teams: str) -> None:
    fields = [
        {"type": "email", "required": False, "label": "Email", "hidden": True},
        {"type": "phone", "slug": "attendeePhoneNumber", "required": True, "label": "Phone", "hidden": False},
    ]
    made = data(owner.post(f"{new_team(owner, teams)}/event-types", json=body(bookingFields=fields)), 201)
    assert {each["slug"]: each["required"] for each in made["bookingFields"]}["attendeePhoneNumber"] is True
    standalone = data(owner.post("/v2/teams", json={"name": unique("standalone")}), 201)
    refusal = error(owner.post(f"/v2/teams/{standalone['id']}/event-types", json=body(bookingFields=fields)), 400)
    assert refusal["message"] == "checkIsEmailUserAccessible - Email booking field must be required and visible"


@pytest.mark.until("2026-03", "organization-admins-create-team-event-types")
def test_creating_needs_a_team_membership_and_updating_does_not(owner: Client, admin: Client, teams: str) -> None:
    team = new_team(owner, teams)
    assert error(admin.post(f"{team}/event-types", json=body()), 401)["code"] == "TRPCError"
    made = data(owner.post(f"{team}/event-types", json=body()), 201)
    assert data(admin.patch(f"{team}/event-types/{made['id']}", json={"title": "Changed"}))["title"] == "Changed"

    data(owner.post(f"{team}/memberships", json={"userId": data(admin.get("/v2/me"))["id"], "accepted": True}), 201)
    assert data(admin.post(f"{team}/event-types", json=body()), 201)["hosts"] == []


def test_all_teams_are_listed_together_without_the_members_children(owner: Client, member: Client, teams: str) -> None:
    mine, other = new_team(owner, teams), new_team(owner, teams)
    [parent] = data(owner.post(f"{mine}/event-types", json=body(schedulingType="managed")), 201)
    made = data(owner.post(f"{other}/event-types", json=body()), 201)
    data(owner.patch(f"{mine}/event-types/{parent['id']}", json={"assignAllTeamMembers": True}))
    listed = data(owner.get(f"{teams}/event-types"))
    assert [each["id"] for each in listed[-2:]] == [parent["id"], made["id"]]
    assert listed[-1] == made
    assert data(owner.get(f"{teams}/event-types", params={"skip": len(listed) - 1, "take": 5})) == [made]
    error(member.get(f"{teams}/event-types"), 403)


@pytest.mark.sandbox_only("a member who is no managed user")
def test_in_a_team_of_an_oauth_client_only_managed_users_are_hosts(platform: Client, teams: str, mia: int) -> None:
    """Since ordinary users cannot join it, they are in such a team only as the user who created it."""
    team = new_team(platform, teams)
    email = f"{unique('managed')}@example.com"
    made = data(platform.post("/v2/oauth-clients/sandbox-client/users", json={"email": email, "name": "Max"}), 201)
    managed = made["user"]["id"]
    data(platform.post(f"{team}/memberships", json={"userId": managed, "accepted": True}), 201)
    if in_force("managed-users-kept-apart"):
        ordinary = data(platform.get("/v2/me"))["id"]
    else:
        ordinary = mia
        data(platform.post(f"{team}/memberships", json={"userId": mia, "accepted": True}), 201)
    assert ordinary in [each["userId"] for each in data(platform.get(f"{team}/memberships"))]
    shared = data(platform.post(f"{team}/event-types", json=body(assignAllTeamMembers=True)), 201)
    assert [each["userId"] for each in shared["hosts"]] == [managed]
    error(platform.post(f"{team}/event-types", json=body(hosts=[{"userId": ordinary}])), 404)


def test_phone_calls_reuse_one_agent(owner: Client, teams: str) -> None:
    team = new_team(owner, teams)
    made = data(owner.post(f"{team}/event-types", json=body()), 201)
    address = f"{team}/event-types/{made['id']}/create-phone-call"
    call = {"yourPhoneNumber": "+14155550100", "numberToCall": "+14155550101", "calApiKey": "cal_x", "guestName": ""}
    first, second = (data(owner.post(address, json=call), 201) for _ in range(2))
    assert first["agentId"] == second["agentId"]
    assert first["callId"] != second["callId"]
    error(owner.post(address, json={**call, "numberToCall": "415 555"}), 400)
    unknown = owner.post(f"{team}/event-types/{NO_NUMBER}/create-phone-call", json=call)
    assert error(unknown, 400)["message"] == "Invalid input: The referenced data does not exist."


def test_deleting_a_member_leaves_no_references(owner: Client, organization: str, teams: str) -> None:
    team = new_team(owner, teams)
    user = data(owner.post(f"{organization}/users", json={"email": f"{unique('ann')}@example.com"}), 201)["id"]
    data(owner.post(f"{team}/memberships", json={"userId": user, "accepted": True}), 201)
    hosted = data(owner.post(f"{team}/event-types", json=body(hosts=[{"userId": user}])), 201)
    managed = body(schedulingType="managed", hosts=[{"userId": user}])
    parent, _ = data(owner.post(f"{team}/event-types", json=managed), 201)
    data(owner.delete(f"{organization}/users/{user}"))
    for event_type in (hosted, parent):
        assert data(owner.get(f"{team}/event-types/{event_type['id']}"))["hosts"] == []
    assert user not in {each["userId"] for each in data(owner.get(f"{team}/memberships"))}
    assert user not in {each["userId"] for each in data(owner.get(f"{organization}/memberships"))}

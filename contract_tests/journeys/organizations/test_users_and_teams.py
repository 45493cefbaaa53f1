"""An organization, its users and its teams."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, Deployment, data, error, unique
from contract_tests.editions import in_force
from contract_tests.refusals import check_refusal, no_organization, not_in_organization, unknown_team


def ids(things: list[dict[str, Any]]) -> list[int]:
    return [each["id"] for each in things]


def user_ids(memberships: list[dict[str, Any]]) -> list[int]:
    return [each["userId"] for each in memberships]


def new_user(client: Client, organization: str, **fields: Any) -> dict[str, Any]:
    return data(client.post(f"{organization}/users", json={"email": f"{unique('ann')}@example.com", **fields}), 201)


def new_team(client: Client, organization: str, **fields: Any) -> dict[str, Any]:
    return data(client.post(f"{organization}/teams", json={"name": unique("team"), **fields}), 201)


def test_an_organization_with_two_teams_and_four_users_is_built_from_scratch(
    organization: str, deployment: Deployment, owner: Client
) -> None:
    managed = data(owner.post(f"{organization}/organizations", json={"name": unique("Globex")}), 201)
    globex, boss = f"/v2/organizations/{managed['id']}", deployment.bearer(managed["apiKey"])
    founder = data(boss.get("/v2/me"))["id"]

    users = [new_user(boss, globex) for _ in range(3)]
    assert ids(data(boss.get(f"{globex}/users"))) == [founder, *ids(users)]
    assert user_ids(data(boss.get(f"{globex}/memberships"))) == [founder, *ids(users)]

    sales, support = new_team(boss, globex, slug="sales"), new_team(boss, globex, slug="support")
    for team, members in ((sales, users[:2]), (support, users[1:])):
        for user in members:
            body = {"userId": user["id"], "accepted": True}
            data(boss.post(f"{globex}/teams/{team['id']}/memberships", json=body), 201)
    assert ids(data(boss.get(f"{globex}/teams"))) == ids(data(boss.get(f"{globex}/teams/me"))) == ids([sales, support])
    in_support = data(boss.get(f"{globex}/teams/{support['id']}/memberships"))
    assert user_ids(in_support) == [founder, *ids(users[1:])]

    data(boss.delete(f"{globex}/users/{users[1]['id']}"))
    assert ids(data(boss.get(f"{globex}/users"))) == [founder, users[0]["id"], users[2]["id"]]
    assert user_ids(data(boss.get(f"{globex}/teams/{sales['id']}/memberships"))) == [founder, users[0]["id"]]

    data(owner.delete(f"{organization}/organizations/{managed['id']}"))
    error(boss.get("/v2/me"), 401)
    assert not {managed["id"], sales["id"], support["id"]} & set(ids(data(owner.get("/v2/teams"))))


@pytest.mark.sandbox_only("knows the slug of the organization")
def test_a_new_user_has_a_profile_a_membership_and_a_schedule(organization: str, owner: Client) -> None:
    email = f"{unique('Bob')}@Example.com"
    user = new_user(owner, organization, email=email, timeZone="Asia/Tokyo", weekday="Monday", organizationRole="ADMIN")
    assert (user["email"], user["timeZone"], user["weekStart"]) == (email.lower(), "Asia/Tokyo", "Monday")
    assert user["username"] == user["profile"]["username"] == f"{email.lower().split('@')[0]}-example"
    [membership] = [each for each in data(owner.get(f"{organization}/memberships")) if each["userId"] == user["id"]]
    assert (membership["role"], membership["accepted"]) == ("ADMIN", True)
    schedules = data(owner.get(f"{organization}/users/{user['id']}/schedules"))
    assert [(each["name"], each["isDefault"]) for each in schedules] == [("Working Hours", False)]
    assert user["defaultScheduleId"] is None


@pytest.mark.sandbox_only("the address of a user outside of the organization")
def test_an_address_or_a_username_that_is_taken_is_a_conflict(organization: str, owner: Client) -> None:
    ann, bob = new_user(owner, organization), new_user(owner, organization)
    refusal = error(owner.post(f"{organization}/users", json={"email": ann["email"]}), 409)
    known = " and is already a member of this organization" if in_force("taken-addresses-explained") else ""
    assert refusal["message"] == f"A user already exists with that email{known}"
    code = "ConflictException" if in_force("taken-addresses-explained") else "CONFLICT"
    assert error(owner.post(f"{organization}/users", json={"email": "solo@example.com"}), 409)["code"] == code
    for taken in (ann["username"], bob["username"]):
        refusal = error(owner.patch(f"{organization}/users/{bob['id']}", json={"username": taken}), 409)
        assert refusal["message"] == "Username is already taken"


def test_a_username_for_a_new_user_is_kept_or_has_to_be_an_address(organization: str, owner: Client) -> None:
    is_kept = in_force("usernames-kept-as-sent")
    username = unique("anna")
    reply = owner.post(f"{organization}/users", json={"email": f"{unique('ann')}@example.com", "username": username})
    if is_kept:
        assert data(reply, 201)["username"] == username
    else:
        assert error(reply, 400)["code"] == "TRPCError"
    address = f"{unique('bella')}@wonder.example"
    user = new_user(owner, organization, username=address)
    assert user["username"] == (address if is_kept else address.replace("@wonder.example", "-wonder"))


def test_users_are_found_by_their_addresses(organization: str, owner: Client) -> None:
    ann, bob = new_user(owner, organization), new_user(owner, organization)
    found = data(
        owner.get(f"{organization}/users", params={"emails": [bob["email"], ann["email"], "solo@example.com"]})
    )
    assert found == [ann, bob]
    refusal = error(owner.get(f"{organization}/users", params={"emails": "nobody"}), 400)
    assert "Please submit only valid email addresses" in str(refusal["details"])


@pytest.mark.sandbox_only("a user outside of the organization")
def test_a_membership_alone_gives_rights_but_no_profile(
    organization: str, deployment: Deployment, owner: Client, solo: Client
) -> None:
    """In an organization without OAuth clients: those with one take managed users only, since 2026-03."""
    made = data(owner.post(f"{organization}/organizations", json={"name": unique("Globex")}), 201)
    globex, boss = f"/v2/organizations/{made['id']}", deployment.bearer(made["apiKey"])
    sam = data(solo.get("/v2/me"))["id"]
    error(solo.get(f"{globex}/teams"), 403)
    body = {"userId": sam, "role": "ADMIN", "accepted": True}
    membership = data(boss.post(f"{globex}/memberships", json=body), 201)
    team = new_team(boss, globex)
    assert data(solo.get(f"{globex}/teams")) == [team]
    assert sam not in ids(data(boss.get(f"{globex}/users")))
    error(boss.post(f"{globex}/teams/{team['id']}/memberships", json={"userId": sam}), 422)

    again = data(boss.post(f"{globex}/memberships", json={"userId": sam}), 201)
    assert (again["id"], again["role"], again["accepted"]) == (membership["id"], "MEMBER", False)
    data(boss.delete(f"{globex}/memberships/{membership['id']}"))
    check_refusal(solo.get(f"{globex}/teams/me"), not_in_organization(made["id"]))


def test_rights_of_team_roles_within_an_organization(
    deployment: Deployment, organization: str, owner: Client, founder: Client, admin: Client, member: Client
) -> None:
    team = new_team(founder, organization)
    address = f"{organization}/teams/{team['id']}"
    mia = data(member.get("/v2/me"))["id"]
    assert data(admin.get(address)) == team
    error(admin.get(f"/v2/teams/{team['id']}"), 403)
    error(member.get(address), 403)
    membership = data(owner.post(f"{address}/memberships", json={"userId": mia, "role": "OWNER"}), 201)
    assert data(member.get(address)) == team
    accepted = membership["accepted"] if in_force("own-domain-accepted-at-once") else False
    assert data(member.get(f"{organization}/teams/me"))[-1] == {**team, "role": "OWNER", "accepted": accepted}
    error(member.patch(address, json={"name": "Mine"}), 403)
    data(owner.patch(f"{address}/memberships/{membership['id']}", json={"role": "MEMBER"}))
    if not deployment.caches_roles:
        error(member.get(address), 403)
    owner.delete(address)


def test_a_team_is_changed_and_deleted_by_admins_of_the_organization(
    organization: str, owner: Client, admin: Client
) -> None:
    team = new_team(owner, organization, slug=unique("sales"))
    address = f"{organization}/teams/{team['id']}"
    error(admin.patch(address, json={"bio": "Without a name"}), 400)
    changed = data(admin.patch(address, json={"name": "Sales", "slug": team["slug"], "weekStart": "Monday"}))
    assert changed == {**team, "name": "Sales", "weekStart": "Monday"}
    assert data(admin.delete(address)) == changed
    check_refusal(admin.get(address), unknown_team(team["id"]))


@pytest.mark.sandbox_only("deletes the organization")
def test_the_owner_can_delete_the_whole_organization(
    organization: str, owner: Client, solo: Client, deployment: Deployment
) -> None:
    assert data(owner.delete("/v2/teams/1"))["isOrganization"] is True
    # The keys that were tied to the organization went with it.
    error(owner.get("/v2/me"), 401)
    error(deployment.platform().get("/v2/teams"), 401)
    check_refusal(solo.get(f"{organization}/teams"), no_organization(1))

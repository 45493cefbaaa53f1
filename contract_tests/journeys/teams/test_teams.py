"""The lifecycle of teams and of their memberships."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.clients import Client, Deployment, data, error, unique
from contract_tests.editions import in_force
from contract_tests.refusals import check_refusal, not_in_team


@pytest.fixture
def team(solo: Client) -> Iterator[dict[str, Any]]:
    """A team of solo's own."""
    created = data(solo.post("/v2/teams", json={"name": unique("Book club"), "slug": unique("book-club")}), 201)
    if "pendingTeam" in created:
        pytest.skip("teams have to be paid for here")
    yield created
    solo.delete(f"/v2/teams/{created['id']}")


def test_a_team_from_creation_to_deletion(deployment: Deployment, solo: Client) -> None:
    name = unique("Support")
    team = data(solo.post("/v2/teams", json={"name": name, "metadata": {"costCenter": 4711}}), 201)
    if "pendingTeam" in team:
        pytest.skip("teams have to be paid for here")
    address = f"/v2/teams/{team['id']}"
    assert data(solo.get(address)) == team
    assert team in data(solo.get("/v2/teams"))

    changed = data(solo.patch(address, json={"name": name, "bio": "We answer within a day.", "metadata": {}}))
    assert changed == {**team, "bio": "We answer within a day.", "metadata": {}}

    assert data(solo.delete(address)) == changed
    if not deployment.caches_roles:
        check_refusal(solo.get(address), not_in_team(team["id"]))
    assert team["id"] not in {each["id"] for each in data(solo.get("/v2/teams"))}


def test_a_user_creates_one_team_of_a_name_only(solo: Client, team: dict[str, Any]) -> None:
    refusal = error(solo.post("/v2/teams", json={"name": team["name"]}), 400)
    text = f"You already have created a team with name={team['name']}"
    assert refusal == {"code": "BadRequestException", "message": text, "details": {"message": text}}


def test_standalone_teams_share_their_slugs(solo: Client, team: dict[str, Any]) -> None:
    refusal = error(solo.post("/v2/teams", json={"name": unique("other"), "slug": team["slug"]}), 409)
    assert refusal["code"] == "CONFLICT"


@pytest.mark.sandbox_only("an organization of a known slug")
def test_organizations_share_their_slugs_with_standalone_teams(solo: Client) -> None:
    error(solo.post("/v2/teams", json={"name": unique("other"), "slug": "acme"}), 409)


def test_a_standalone_team_may_have_the_slug_of_an_organizations_team(
    organization: str, solo: Client, owner: Client
) -> None:
    slug = unique("inside")
    inside = data(owner.post(f"{organization}/teams", json={"name": unique("Inside"), "slug": slug}), 201)
    error(owner.post(f"{organization}/teams", json={"name": unique("Again"), "slug": slug}), 409)
    outside = data(solo.post("/v2/teams", json={"name": unique("Outside"), "slug": slug}), 201)
    assert outside["slug"] == slug
    solo.delete(f"/v2/teams/{outside['id']}")
    owner.delete(f"{organization}/teams/{inside['id']}")


def test_a_member_is_invited_accepted_promoted_and_removed(
    solo: Client, member: Client, team: dict[str, Any], share_a_team: None
) -> None:
    del share_a_team
    mia = data(member.get("/v2/me"))["id"]
    members = f"/v2/teams/{team['id']}/memberships"

    invited = data(solo.post(members, json={"userId": mia}), 201)
    assert (invited["role"], invited["accepted"]) == ("MEMBER", False)
    assert team["id"] in {each["id"] for each in data(member.get("/v2/teams"))}
    error(member.get(members), 403)

    admin = data(solo.patch(f"{members}/{invited['id']}", json={"accepted": True, "role": "ADMIN"}))
    assert (admin["role"], admin["accepted"]) == ("ADMIN", True)
    assert [each["userId"] for each in data(member.get(members))] == [data(solo.get("/v2/me"))["id"], mia]
    error(member.patch(f"/v2/teams/{team['id']}", json={"name": "Mine"}), 403)
    error(solo.post(members, json={"userId": mia}), 409)

    removed = data(solo.delete(f"{members}/{invited['id']}"))
    if not in_force("removals-name-membership"):
        admin.pop("user")
    assert removed == admin
    error(member.get(f"/v2/teams/{team['id']}"), 403)


def test_a_membership_of_another_team_is_not_found(
    solo: Client, member: Client, team: dict[str, Any], share_a_team: None
) -> None:
    del share_a_team
    other = data(solo.post("/v2/teams", json={"name": unique("other")}), 201)
    body = {"userId": data(member.get("/v2/me"))["id"], "role": "MEMBER", "accepted": True}
    foreign = data(solo.post(f"/v2/teams/{other['id']}/memberships", json=body), 201)
    address = f"/v2/teams/{team['id']}/memberships/{foreign['id']}"
    assert error(solo.get(address), 404)["code"] == "NotFoundException"
    assert error(solo.patch(address, json={"role": "MEMBER"}), 404)["code"] == "NOT_FOUND"
    code = "NotFoundException" if in_force("removals-name-membership") else "NOT_FOUND"
    assert error(solo.delete(address), 404)["code"] == code
    data(solo.delete(f"/v2/teams/{other['id']}"))


@pytest.mark.sandbox_only("the whole state")
def test_a_new_team_waits_for_its_payment_where_teams_are_charged(solo: Client) -> None:
    world = solo.get("/_sandbox/snapshot").json()
    world["collections"]["team_billing"] = [{"id": 1, "enabled": True}]
    world["sequences"]["team_billing"] = 1
    solo.put("/_sandbox/snapshot", json=world).raise_for_status()

    name, slug = unique("Unpaid"), unique("unpaid")
    pending = data(solo.post("/v2/teams", json={"name": name, "slug": slug}), 201)
    assert pending["paymentLink"].startswith("https://")
    assert error(solo.get(f"/v2/teams/{pending['pendingTeam']['id']}"), 403)["code"] == "ForbiddenException"
    assert pending["pendingTeam"] not in data(solo.get("/v2/teams"))
    error(solo.post("/v2/teams", json={"name": name, "slug": slug}), 409)


@pytest.mark.since("2026-03")
def test_a_standalone_team_is_joined_from_the_page_of_teams(team: dict[str, Any], solo: Client, member: Client) -> None:
    invitation = data(solo.post(f"/v2/teams/{team['id']}/invite"))
    assert invitation["inviteLink"].endswith(f"/teams?token={invitation['token']}")
    error(member.post(f"/v2/teams/{team['id']}/invite"), 403)

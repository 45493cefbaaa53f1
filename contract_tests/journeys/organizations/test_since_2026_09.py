"""What is new in organizations in 2026-09: history of attributes, members by address."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, Deployment, data, error, own_id, unique
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-09")

ACME = "/v2/organizations/1"
ADMIN, MIA, SOLO = 2, 3, 4
OFFICE, ROME = "1c31fd3c-4b87-4b53-a437-d1cc3f7b0ebd", "79d7612e-09b3-41b5-8c01-b4de1948581f"


@pytest.mark.sandbox_only("the organization of the default world")
def test_the_history_of_attributes_tells_who_changed_them(admin: Client, member: Client) -> None:
    options, history = f"{ACME}/attributes/options/{MIA}", f"{ACME}/attributes/assignments/{MIA}/history"
    body = {"attributeId": OFFICE, "attributeOptionId": ROME, "weight": 20}
    assert data(admin.post(options, json=body), 201)["weight"] == 20
    error(admin.patch(f"{options}/{ROME}", json={"weight": -1}), 400)
    assert data(admin.patch(f"{options}/{ROME}", json={"weight": 50.5}))["weight"] == 50.5
    error(member.delete(f"{options}/{ROME}"), 403)
    data(admin.delete(f"{options}/{ROME}"))
    error(admin.patch(f"{options}/{ROME}", json={"weight": 1}), 404)
    page = data(admin.get(history, params={"limit": 2}))
    assert (page["userId"], page["hasMore"], len(page["auditLogs"])) == (MIA, True, 2)
    rest = data(admin.get(history, params={"cursor": page["nextCursor"]}))
    assert rest["hasMore"] is False
    assert "nextCursor" not in rest
    entries = [*page["auditLogs"], *rest["auditLogs"]]
    changes = [each["changes"][0] for each in entries]
    assert [each["type"] for each in changes] == ["REMOVED", "UPDATED", "ASSIGNED"]
    assert [weights(each) for each in changes] == [(50.5, None), (20, 50.5), (None, 20)]
    assert {each["actor"]["displayEmail"] for each in entries} == {"admin@acme.example"}
    assert changes[0]["attribute"]["id"] == OFFICE
    error(member.get(history), 403)
    error(admin.get(f"{ACME}/attributes/assignments/{NO_NUMBER}/history"), 404)


def weights(change: dict[str, Any]) -> tuple[Any, Any]:
    previous, current = change["previous"], change["current"]
    return previous and previous["weight"], current and current["weight"]


@pytest.mark.sandbox_only("the organization of the default world")
def test_no_directory_is_synchronized_with(admin: Client) -> None:
    for path in ("sync-history", f"sync-history/user/{MIA}"):
        reply = admin.get(f"{ACME}/attributes/{path}")
        assert (data(reply), reply.json()["meta"]) == ([], {"hasMore": False})


@pytest.mark.sandbox_only("the organization of the default world")
def test_runs_of_a_directory_are_listed_newest_first(admin: Client, deployment: Deployment) -> None:
    path, runs = f"{ACME}/attributes/sync-history", "organizations/1/attribute-syncs"
    attribute = data(admin.get(f"{ACME}/attributes/{OFFICE}"))
    rule = {"attributeKey": "country", "operator": "equals", "expectedValue": "IT", "passed": True}
    mapping = {"attributeSlug": attribute["slug"], "sourceField": "city", "newValue": "Rome", "outcome": "UPDATED"}
    run = {"provider": "okta", "userId": MIA, "ruleEvaluations": [rule], "appliedFieldMappings": [mapping]}
    change = {"teamId": 2, "outcome": "ADDED"}
    first, second, third = (
        deployment.control("POST", runs, json=each).json()["id"]
        for each in (
            {**run, "status": "APPLIED", "teamMembershipChanges": [change]},
            {"provider": "okta", "status": "INVALID_SIGNATURE", "signatureVerified": False},
            {"provider": "okta", "status": "FAILED", "errorMessage": "No such field", "userId": ADMIN},
        )
    )
    page = admin.get(path, params={"limit": 2}).json()
    assert ([each["id"] for each in page["data"]], page["meta"]["hasMore"]) == ([third, second], True)
    rest = admin.get(path, params={"cursor": page["meta"]["nextCursor"]}).json()
    assert ([each["id"] for each in rest["data"]], rest["meta"]) == ([first], {"hasMore": False})
    [found] = data(admin.get(f"{path}/user/{MIA}"))
    assert (found["id"], found["userId"], found["status"], found["organizationId"]) == (first, MIA, "APPLIED", 1)
    [evaluated], [applied], [changed] = (
        found["ruleEvaluations"], found["appliedFieldMappings"], found["teamMembershipChanges"],
    )  # fmt: skip
    assert (evaluated | rule, applied | mapping, changed | change) == (evaluated, applied, changed)
    assert (applied["attributeId"], applied["attributeName"]) == (OFFICE, attribute["name"])
    assert {each["runId"] for each in (evaluated, applied, changed)} == {first}
    assert data(admin.get(f"{path}/user/{SOLO}")) == []


@pytest.mark.sandbox_only("the organization of the default world")
def test_members_are_added_by_address(owner: Client) -> None:
    managed = data(owner.post(f"{ACME}/organizations", json={"name": unique("Managed")}), 201)
    memberships = f"/v2/organizations/{managed['id']}/memberships"
    unknown = {"email": f"{unique('nobody')}@example.com", "role": "MEMBER"}
    error(owner.post(memberships, json=unknown), 404)
    made = data(owner.post(memberships, json={"email": "solo@example.com", "role": "ADMIN"}), 201)
    assert (made["userId"], made["role"], made["accepted"]) == (SOLO, "ADMIN", False)
    error(owner.post(memberships, json={"role": "MEMBER"}), 400)
    refusal = error(owner.post(f"{ACME}/users", json={"email": "member@acme.example"}), 409)
    assert refusal["message"].endswith("is already a member of this organization")
    refusal = error(owner.post(f"{ACME}/users", json={"email": "solo@example.com"}), 409)
    assert "/v2/organizations/{orgId}/memberships" in refusal["message"]
    ann = data(owner.post(f"{ACME}/users", json={"email": f"{unique('ann')}@example.com", "name": "Ann Lee"}), 201)
    assert ann["name"] == "Ann Lee"


def test_teams_may_begin_without_members(owner: Client, organization: str) -> None:
    teams = f"{organization}/teams"
    made = data(owner.post(teams, json={"name": unique("Crew"), "addCreatorAsOwner": False}), 201)
    assert data(owner.get(f"{teams}/{made['id']}/memberships")) == []
    error(owner.post(teams, json={"name": "See https://example.com"}), 400)
    error(owner.post(teams, json={"name": "x" * 156}), 400)


def test_the_default_conferencing_app_of_a_user(admin: Client, member: Client, organization: str) -> None:
    apps = f"{organization}/users/{own_id(member)}/conferencing"
    assert data(admin.get(apps)) == []
    error(admin.post(f"{apps}/default", json={"appSlug": "zoom"}), 400)
    assert admin.post(f"{apps}/default", json={"appSlug": "daily-video"}).status_code == 200
    assert data(member.get("/v2/conferencing/default"))["appSlug"] == "daily-video"
    error(member.get(apps), 403)


def test_a_profile_has_a_language(solo: Client) -> None:
    assert data(solo.patch("/v2/me", json={"locale": "fr"}))["locale"] == "fr"
    assert data(solo.get("/v2/me"))["locale"] == "fr"

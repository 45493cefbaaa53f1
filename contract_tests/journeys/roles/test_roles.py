"""Custom roles of organizations and teams: their lifecycle, their permissions, and the operations that these open."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, Deployment, data, error, unique
from contract_tests.editions import in_force

pytestmark = pytest.mark.since("2026-03")

ACME = "/v2/organizations/1"
MIA, SOLO = 3, 4
MIAS_MEMBERSHIP = 3
SYSTEM_ROLES = ["owner_role", "admin_role", "member_role"]


@pytest.fixture(params=["organization", "team"])
def roles(request: pytest.FixtureRequest, owner: Client, organization: str) -> str:
    """The path of the roles of the organization, or of a new team of it."""
    if request.param == "organization":
        return f"{organization}/roles"
    team = data(owner.post(f"{organization}/teams", json={"name": unique("team")}), 201)
    return f"{organization}/teams/{team['id']}/roles"


@pytest.fixture
def in_use(deployment: Deployment) -> None:
    """Custom roles are in use in the organization."""
    deployment.control("PUT", "features/1", json={"pbac": True})


def created(client: Client, roles: str, *permissions: str, **fields: Any) -> dict[str, Any]:
    return data(client.post(roles, json={"name": unique("role"), "permissions": list(permissions), **fields}), 201)


def give(deployment: Deployment, role: str, membership: int = MIAS_MEMBERSHIP) -> None:
    """Gives a member a role, as the web application does."""
    deployment.control("PUT", f"memberships/{membership}/role", json={"roleId": role})


def test_a_role_from_creation_to_deletion(owner: Client, roles: str) -> None:
    role = created(owner, roles, "eventType.read", color="#123456", description="First line")
    assert (role["type"], role["color"], role["permissions"]) == ("CUSTOM", "#123456", ["eventType.read"])
    place = f"{roles}/{role['id']}"
    assert data(owner.get(place)) == role
    assert [each["id"] for each in data(owner.get(roles))] == [*SYSTEM_ROLES, role["id"]]
    assert data(owner.get(roles, params={"skip": 3, "take": 1})) == [role]

    changed = data(owner.patch(place, json={"name": unique("other"), "color": "", "permissions": ["role.read"]}))
    assert (changed["color"], changed["description"], changed["permissions"]) == (None, "First line", ["role.read"])
    assert data(owner.delete(place)) == changed
    error(owner.get(place), 404)


def test_names_are_unique_in_their_place(owner: Client, roles: str) -> None:
    role, other = created(owner, roles), created(owner, roles)
    refusal = error(owner.post(roles, json={"name": role["name"]}), 400)
    assert refusal["message"] == f'Role with name "{role["name"]}" already exists'
    error(owner.patch(f"{roles}/{other['id']}", json={"name": role["name"]}), 409)
    assert data(owner.patch(f"{roles}/{role['id']}", json={"name": role["name"]}))["name"] == role["name"]


def test_permissions_are_added_replaced_and_removed(owner: Client, roles: str) -> None:
    role = created(owner, roles, "eventType.read")
    permissions = f"{roles}/{role['id']}/permissions"
    assert data(owner.post(permissions, json={"permissions": ["role.read", "eventType.read"]})) == [
        "eventType.read",
        "role.read",
    ]
    assert data(owner.put(permissions, json={"permissions": ["webhook.read", "role.read"]})) == [
        "role.read",
        "webhook.read",
    ]
    assert owner.delete(permissions).status_code == 204
    assert owner.delete(f"{permissions}/role.read").status_code == 204
    assert data(owner.get(permissions)) == ["webhook.read"]
    reply = owner.delete(permissions, params={"permissions": " webhook.read, role.read"})
    assert (reply.status_code, reply.content) == (204, b"")
    assert data(owner.get(permissions)) == []


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "undefined"),
        ({"permissions": None}, "null"),
        ({"permissions": {}}, "[object Object]"),
        ({"permissions": ["role.read", "role.fly"]}, "role.fly"),
        ({"permissions": ["ooo.read"]}, "ooo.read"),
    ],
)
def test_refusals_name_the_permission(owner: Client, roles: str, body: dict[str, Any], named: str) -> None:
    role = created(owner, roles)
    for method in ("POST", "PUT"):
        refusal = error(owner.request(method, f"{roles}/{role['id']}/permissions", json=body), 400)
        assert refusal["message"].startswith(f"Permission '{named}' must be a valid permission string")


def test_system_roles_cannot_be_changed(owner: Client, roles: str) -> None:
    place = f"{roles}/member_role"
    for reply in (
        owner.get(place),
        owner.patch(place, json={"name": "x"}),
        owner.delete(place),
        owner.get(f"{place}/permissions"),
        owner.put(f"{place}/permissions", json={"permissions": []}),
        owner.delete(f"{place}/permissions/role.read"),
    ):
        assert error(reply, 404)["message"].startswith("Role with id member_role within team id ")


def test_roles_are_closed_to_plain_members(member: Client, solo: Client, anonymous: Client, roles: str) -> None:
    for method, tail in (("GET", ""), ("POST", ""), ("DELETE", "/x"), ("PUT", "/x/permissions")):
        error(member.request(method, roles + tail, json={"name": "x"}), 403)
        error(solo.request(method, roles + tail, json={"name": "x"}), 403)
        error(anonymous.request(method, roles + tail, json={"name": "x"}), 401)


@pytest.mark.sandbox_only("the web application switches roles on and gives them to members")
@pytest.mark.usefixtures("in_use")
def test_a_permission_opens_what_it_names_and_nothing_else(
    deployment: Deployment, owner: Client, member: Client
) -> None:
    role = created(owner, f"{ACME}/roles", "organization.invite", "team.create")
    give(deployment, role["id"])
    assert data(member.post(f"{ACME}/teams", json={"name": unique("team")}), 201)["parentId"] == 1
    data(member.post(f"{ACME}/users", json={"email": f"{unique('guest')}@example.com"}), 201)
    error(member.post(f"{ACME}/attributes", json={}), 403)
    error(member.get(f"{ACME}/users"), 403)
    data(owner.delete(f"{ACME}/roles/{role['id']}"))
    error(member.post(f"{ACME}/teams", json={"name": unique("team")}), 403)


@pytest.mark.sandbox_only("the web application switches roles on and gives them to members")
@pytest.mark.usefixtures("in_use")
def test_the_rank_still_opens_what_the_role_does_not(deployment: Deployment, owner: Client, admin: Client) -> None:
    role = created(owner, f"{ACME}/roles")
    give(deployment, role["id"], membership=2)
    assert len(data(admin.get(f"{ACME}/memberships"))) >= 3
    created(admin, f"{ACME}/roles")


@pytest.mark.sandbox_only("the web application switches roles on and gives them to members")
@pytest.mark.usefixtures("in_use")
def test_later_rules_apply_to_those_whom_a_permission_lets_in(
    deployment: Deployment, owner: Client, member: Client
) -> None:
    role = created(owner, f"{ACME}/roles", "*.*")
    give(deployment, role["id"])
    refusal = error(member.get(f"{ACME}/users/{SOLO}/ooo"), 403)
    assert refusal["message"].startswith("IsUserInOrg - ")


@pytest.mark.sandbox_only("the web application switches roles on and gives them to members")
@pytest.mark.usefixtures("in_use")
def test_setting_the_rank_of_a_member_takes_the_custom_role_away(
    deployment: Deployment, owner: Client, member: Client
) -> None:
    role = created(owner, f"{ACME}/roles", "role.create")
    give(deployment, role["id"])
    created(member, f"{ACME}/roles")
    membership = f"{ACME}/memberships/{MIAS_MEMBERSHIP}"
    assert data(owner.get(membership))["customRoleId"] == role["id"]
    assert data(owner.patch(membership, json={"role": "MEMBER"}))["customRoleId"] == "member_role"
    error(member.post(f"{ACME}/roles", json={"name": unique("role")}), 403)


@pytest.mark.sandbox_only("the web application switches roles on and gives them to members")
def test_a_role_in_a_team_opens_its_event_types(deployment: Deployment, solo: Client, member: Client) -> None:
    team = data(solo.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
    body = {"userId": MIA, "accepted": True, "role": "MEMBER"}
    membership = data(solo.post(f"/v2/teams/{team}/memberships", json=body), 201)["id"]
    event_type = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30, "schedulingType": "collective",
                  "hosts": [{"userId": MIA}]}  # fmt: skip
    made = data(solo.post(f"/v2/teams/{team}/event-types", json=event_type, v=EVENT_TYPES), 201)
    place = f"/v2/teams/{team}/event-types/{made['id']}"
    error(member.get(place, v=EVENT_TYPES), 403)
    deployment.control("PUT", f"features/{team}", json={"pbac": True})
    if in_force("more-permissions"):
        error(member.get(place, v=EVENT_TYPES), 403)
    else:
        assert data(member.get(place, v=EVENT_TYPES))["id"] == made["id"]
    error(member.delete(place, v=EVENT_TYPES), 403)
    another = {**event_type, "slug": unique("talk")}
    error(member.post(f"/v2/teams/{team}/event-types", json=another, v=EVENT_TYPES), 403)
    give(deployment, "admin_role", membership)
    data(member.post(f"/v2/teams/{team}/event-types", json=another, v=EVENT_TYPES), 201)
    data(member.delete(place, v=EVENT_TYPES))


@pytest.mark.sandbox_only("the web application switches roles on and gives them to members")
def test_an_admin_whose_role_lacks_the_permission_creates_neither_event_types_nor_workflows(
    deployment: Deployment, owner: Client, member: Client
) -> None:
    team = f"{ACME}/teams/{data(owner.post(f'{ACME}/teams', json={'name': unique('team')}), 201)['id']}"
    body = {"userId": MIA, "accepted": True, "role": "ADMIN"}
    membership = data(owner.post(f"{team}/memberships", json=body), 201)["id"]
    step = {"action": "email_host", "stepNumber": 1, "sender": "Acme", "message": {"subject": "S", "html": "T"}}
    event_type = {"title": "Talk", "lengthInMinutes": 30, "schedulingType": "collective", "hosts": [{"userId": MIA}]}

    def create(status: int) -> None:
        for reply in (
            member.post(f"{team}/event-types", json={**event_type, "slug": unique("talk")}),
            member.post(f"{team}/workflows", json={"name": "W", "trigger": {"type": "newEvent"}, "steps": [step]}),
        ):
            assert reply.status_code == status, reply.text

    create(201)
    role = created(owner, f"{team}/roles", "eventType.read", "workflow.read")
    deployment.control("PUT", f"features/{team.rpartition('/')[2]}", json={"pbac": True})
    give(deployment, role["id"], membership)
    create(401)
    permissions = {"permissions": ["eventType.create", "workflow.update"]}
    data(owner.put(f"{team}/roles/{role['id']}/permissions", json=permissions))
    create(201)

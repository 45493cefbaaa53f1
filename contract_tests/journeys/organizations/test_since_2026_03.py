"""What is new in organizations and teams in 2026-03: attributes of members, complete removal, filters, invitations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, count, takewhile
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, data, error, unique
from contract_tests.managed_users import ManagedUsers

pytestmark = pytest.mark.since("2026-03")

ACME = "/v2/organizations/1"
OWNER, ADMIN, MIA = 1, 2, 3
OFFICE, ROME, OSLO = (
    "1c31fd3c-4b87-4b53-a437-d1cc3f7b0ebd",
    "79d7612e-09b3-41b5-8c01-b4de1948581f",
    "c4fae432-ef9f-4ab4-9b88-b58a6ee83b4a",
)


@dataclass
class ManagedOrganization:
    """An organization with ordinary users, owned by user 1."""

    api: Client
    path: str

    def user(self) -> int:
        """A new member."""
        return data(self.api.post(f"{self.path}/users", json={"email": f"{unique('user')}@example.com"}), 201)["id"]

    def memberships(self) -> dict[int, dict[str, Any]]:
        """The memberships by user."""
        return {each["userId"]: each for each in data(self.api.get(f"{self.path}/memberships"))}


@pytest.fixture
def managed_organization(owner: Client, organization: str) -> ManagedOrganization:
    """A new managed organization."""
    made = data(owner.post(f"{organization}/organizations", json={"name": unique("organization")}), 201)
    return ManagedOrganization(owner, f"/v2/organizations/{made['id']}")


def assign(client: Client, user_id: int, attribute_id: str, **value: str) -> None:
    body = {"attributeId": attribute_id, **value}
    data(client.post(f"{ACME}/attributes/options/{user_id}", json=body), 201)


# -- attributes -----------------------------------------------------------------------------------------------------


def attribute(client: Client, kind: str, *values: str) -> str:
    """The id of a new attribute, which has options with these values."""
    options = [{"value": each, "slug": each.lower()} for each in values]
    body = {"name": kind, "slug": unique("attribute"), "type": kind, "options": options}
    return data(client.post(f"{ACME}/attributes", json=body), 201)["id"]


@pytest.mark.sandbox_only("the organization of the default world")
def test_memberships_show_the_attributes_of_the_member(owner: Client) -> None:
    number, languages = attribute(owner, "NUMBER"), attribute(owner, "MULTI_SELECT", "Norwegian", "Italian")
    assign(owner, MIA, OFFICE, attributeOptionId=ROME)
    assign(owner, MIA, number, value="4.5")
    for option in data(owner.get(f"{ACME}/attributes/{languages}/options")):
        assign(owner, MIA, languages, attributeOptionId=option["id"])
    [office, desk, spoken] = data(owner.get(f"{ACME}/memberships/3"))["attributes"]
    assert office == {"id": OFFICE, "name": "Office", "type": "singleSelect", "optionId": ROME, "option": "Rome"}
    assert (desk["type"], desk["option"]) == ("number", 4.5)
    assert spoken.keys() == {"id", "name", "type", "options"}
    assert spoken["type"] == "multiSelect"
    assert [each["option"] for each in spoken["options"]] == ["Norwegian", "Italian"]


@pytest.mark.sandbox_only("the organization of the default world")
@pytest.mark.parametrize(("value", "shown"), [("7", 7), ("1e300", 1e300), ("four", None), ("1_000", None)])
def test_values_of_number_attributes_are_shown_as_numbers(owner: Client, value: str, shown: float | None) -> None:
    assign(owner, MIA, attribute(owner, "NUMBER"), value=value)
    found = data(owner.get(f"{ACME}/memberships/3"))["attributes"][-1]["option"]
    assert (found, type(found)) == (shown, type(shown))


@pytest.mark.sandbox_only("the organization of the default world")
@pytest.mark.parametrize("place", [OFFICE, "slugs/acme-office"])
def test_assigned_options_name_the_members_who_have_them(owner: Client, member: Client, place: str) -> None:
    assigned = f"{ACME}/attributes/{place}/options/assigned"
    assert data(member.get(assigned)) == []
    assign(owner, MIA, OFFICE, attributeOptionId=ROME)
    assign(owner, OWNER, OFFICE, attributeOptionId=ROME)
    assign(owner, ADMIN, OFFICE, attributeOptionId=OSLO)
    assert [(each["slug"], each["assignedUserIds"]) for each in data(member.get(assigned))] == [
        ("rome", [MIA, OWNER]),
        ("oslo", [ADMIN]),
    ]
    assert [each["slug"] for each in data(member.get(assigned, params={"teamIds": 2}))] == ["rome"]
    assert [each["id"] for each in data(member.get(assigned, params={"assignedOptionIds": OSLO}))] == [OSLO]
    assert data(member.get(assigned, params={"assignedOptionIds": OSLO, "take": 1})) == []
    assert data(member.get(assigned, params={"take": 0})) == []
    for page, slugs in (({"take": 1}, ["rome"]), ({"skip": 1}, ["oslo"]), ({"take": 1, "skip": 1}, ["oslo"])):
        assert [each["slug"] for each in data(member.get(assigned, params=page))] == slugs
    error(member.get(assigned, params={"assignedOptionIds": OSLO, "teamIds": 2}), 404)
    error(member.get(assigned, params={"assignedOptionIds": "none"}), 404)
    error(member.get(assigned, params={"teamIds": "x"}), 400)


@pytest.mark.sandbox_only("the organization of the default world")
def test_users_are_found_by_their_options_and_teams(owner: Client) -> None:
    assign(owner, MIA, OFFICE, attributeOptionId=ROME)
    assign(owner, ADMIN, OFFICE, attributeOptionId=OSLO)

    def found(**params: Any) -> list[int]:
        return [each["id"] for each in data(owner.get(f"{ACME}/users", params=params))]

    both = f"{ROME},{OSLO}"
    assert found(assignedOptionIds=both) == []
    assert found(assignedOptionIds=both, attributeQueryOperator="OR") == [ADMIN, MIA]
    assert found(assignedOptionIds=ROME, attributeQueryOperator="NONE") == [OWNER, ADMIN]
    assert found(assignedOptionIds=both, attributeQueryOperator="OR", teamIds=2) == [MIA]
    assert found(teamIds=2) == [OWNER, MIA]
    assert found(teamIds=2, emails="member@acme.example") == [MIA]


@pytest.mark.sandbox_only("the organization of the default world")
def test_the_username_of_a_new_user_is_kept_and_that_of_the_profile_made_of_the_address(owner: Client) -> None:
    local, username = unique("ann"), unique("Anna")
    body = {"email": f"{local}@wonder.example", "username": username}
    user = data(owner.post(f"{ACME}/users", json=body), 201)
    assert (user["username"], user["profile"]["username"]) == (username, f"{local}-wonder")


def membership_of(user_id: int, client: Client, path: str) -> str:
    """The path of a user's membership."""
    pages = (data(client.get(path, params={"take": 250, "skip": skip})) for skip in count(step=250))
    members = chain.from_iterable(takewhile(bool, pages))
    return f"{path}/{next(each['id'] for each in members if each['userId'] == user_id)}"


# -- memberships ----------------------------------------------------------------------------------------------------


def test_a_removed_member_leaves_the_organization_completely(managed_organization: ManagedOrganization) -> None:
    organization = managed_organization
    user_id = organization.user()
    team = data(organization.api.post(f"{organization.path}/teams", json={"name": unique("team")}), 201)["id"]
    join = {"userId": user_id, "accepted": True, "role": "MEMBER"}
    data(organization.api.post(f"{organization.path}/teams/{team}/memberships", json=join), 201)
    event_type = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30, "schedulingType": "collective",
                  "hosts": [{"userId": user_id}]}  # fmt: skip
    events = f"{organization.path}/teams/{team}/event-types"
    made = data(organization.api.post(events, json=event_type, v=EVENT_TYPES), 201)["id"]

    membership = organization.memberships()[user_id]
    assert data(organization.api.delete(f"{organization.path}/memberships/{membership['id']}")) == membership
    assert user_id not in organization.memberships()
    assert user_id not in {user["id"] for user in data(organization.api.get(f"{organization.path}/users"))}
    assert user_id not in {
        each["userId"] for each in data(organization.api.get(f"{organization.path}/teams/{team}/memberships"))
    }
    assert data(organization.api.get(f"{events}/{made}", v=EVENT_TYPES))["hosts"] == []


def test_a_removed_user_gets_another_username_and_no_organization(
    platform: Client, organization: str, managed_users: ManagedUsers
) -> None:
    person = managed_users.new()
    before = data(person.api.get("/v2/me"))
    data(platform.delete(membership_of(person.id, platform, f"{organization}/memberships")))
    after = data(person.api.get("/v2/me"))
    assert (after["username"], after["organizationId"]) == (f"{before['username']}-{person.id}", None)


@pytest.mark.sandbox_only("the organization of the default world")
def test_members_of_the_own_domain_are_accepted_at_once(owner: Client) -> None:
    team = data(owner.post(f"{ACME}/teams", json={"name": unique("team")}), 201)["id"]
    place = f"{ACME}/teams/{team}/memberships"
    assert data(owner.post(place, json={"userId": MIA, "accepted": False}), 201)["accepted"] is True
    stranger = data(owner.post(f"{ACME}/users", json={"email": f"{unique('user')}@example.com"}), 201)["id"]
    assert data(owner.post(place, json={"userId": stranger, "accepted": False}), 201)["accepted"] is False


@pytest.mark.usefixtures("share_a_team")
def test_team_memberships_are_found_by_address(solo: Client, member: Client) -> None:
    mia = data(member.get("/v2/me"))
    team = data(solo.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
    place = f"/v2/teams/{team}/memberships"
    made = data(solo.post(place, json={"userId": mia["id"], "accepted": True, "role": "MEMBER"}), 201)
    addresses = f" {mia['email'].upper()},, nobody@example.com"
    assert data(solo.get(place, params={"emails": addresses})) == [made]
    assert len(data(solo.get(place, params={"emails": ","}))) == 2
    refusal = error(solo.get(place, params={"emails": "nomail"}), 400)
    assert "Each email must be a valid email address" in str(refusal["details"])
    assert data(solo.delete(f"{place}/{made['id']}")) == made
    message = error(solo.delete(f"{place}/{made['id']}"), 404)["message"]
    assert message == f"Membership with id {made['id']} not found in team {team}"


# -- teams, invitations, managed organizations ----------------------------------------------------------------------


@pytest.mark.usefixtures("two_users")
def test_teams_get_slugs_of_their_names(owner: Client, organization: str, solo: Client) -> None:
    number = unique("")
    team = data(owner.post(f"{organization}/teams", json={"name": f"Équipe d'Été & Söhne {number}", "slug": ""}), 201)
    assert team["slug"] == f"equipe-d-ete-sohne{number}"
    error(owner.post(f"{organization}/teams", json={"name": team["name"]}), 409)
    name = unique("Club")
    data(solo.post("/v2/teams", json={"name": name}), 201)
    error(owner.post("/v2/teams", json={"name": name}), 409)


@pytest.mark.sandbox_only("the organization of the default world")
def test_administrators_have_all_teams(owner: Client, admin: Client, member: Client) -> None:
    team = data(owner.post(f"{ACME}/teams", json={"name": unique("team")}), 201)
    assert team in data(admin.get(f"{ACME}/teams/me"))
    assert {**team, "role": "OWNER", "accepted": True} in data(owner.get(f"{ACME}/teams/me"))
    assert data(admin.get(f"{ACME}/teams/me", params={"skip": 1, "take": 1})) == [team]
    assert [each["id"] for each in data(member.get(f"{ACME}/teams/me"))] == [2]


def test_every_invitation_has_a_token_of_its_own(owner: Client, member: Client, organization: str) -> None:
    team = f"{organization}/teams/{data(owner.post(f'{organization}/teams', json={'name': unique('team')}), 201)['id']}"
    invitations = [data(owner.post(f"{team}/invite")) for _ in range(2)]
    first, second = (invitation["token"] for invitation in invitations)
    assert first != second
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert invitations[0]["inviteLink"].endswith(f"/signup?token={first}&callbackUrl=/getting-started")
    error(member.post(f"{team}/invite"), 403)


@pytest.mark.sandbox_only("the organization of the default world")
def test_managed_organizations_have_slugs_and_pages(owner: Client) -> None:
    place, name = f"{ACME}/organizations", unique("Globex")
    made = data(owner.post(place, json={"name": name, "metadata": {"customer": 7}}), 201)
    assert made["slug"] == name.lower()
    message = error(owner.post(place, json={"name": name}), 409)["message"]
    assert message.startswith(f"Organization with slug '{name.lower()}' already exists.")
    assert error(owner.post(place, json={"name": name, "slug": "acme"}), 409)["code"] == "CONFLICT"
    shown = {key: value for key, value in made.items() if key != "apiKey"}
    assert data(owner.patch(f"{place}/{made['id']}", json={"slug": unique("other")})) == shown
    data(owner.post(place, json={"name": unique("Other"), "metadata": {"customer": 8}}), 201)

    for params in ({"slug": made["slug"]}, {"metadataKey": "customer", "metadataValue": "7"}):
        page = owner.get(place, params=params).json()
        assert page["data"] == [shown]
        assert page["pagination"]["totalItems"] == 1
    assert len(data(owner.get(place, params={"metadataKey": "customer"}))) == 2
    page = owner.get(place, params={"skip": 1, "take": 1}).json()["pagination"]
    assert (page["totalItems"], page["currentPage"], page["hasPreviousPage"]) == (2, 2, True)


@pytest.mark.sandbox_only("the organization of the default world")
def test_a_managed_user_cannot_own_a_managed_organization(owner: Client, managed_users: ManagedUsers) -> None:
    person = managed_users.new()
    data(owner.patch(membership_of(person.id, owner, f"{ACME}/memberships"), json={"role": "ADMIN"}))
    refusal = error(person.api.post(f"{ACME}/organizations", json={"name": unique("Globex")}), 400)
    assert refusal["message"].startswith("Can't add user to organization - the user is platform managed user but")
    assert data(owner.get(f"{ACME}/organizations")) == []


@pytest.mark.sandbox_only("the organization of the default world")
def test_a_new_service_account_disables_the_delegation(owner: Client) -> None:
    key = {"private_key": "not-a-real-key", "client_email": "robot@acme.example", "client_id": "1"}
    body = {"workspacePlatformSlug": "google", "domain": f"{unique('acme')}.example", "serviceAccountKey": key}
    made = data(owner.post(f"{ACME}/delegation-credentials", json=body), 201)
    place = f"{ACME}/delegation-credentials/{made['id']}"
    assert data(owner.patch(place, json={"enabled": True}))["enabled"] is True
    assert data(owner.patch(place, json={"serviceAccountKey": key}))["enabled"] is False
    assert data(owner.patch(place, json={"serviceAccountKey": key, "enabled": True}))["enabled"] is True
    assert data(owner.patch(place, json={}))["enabled"] is True

"""Event types of a team, and how they follow its members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, data, error, unique
from contract_tests.editions import added_in, in_force
from contract_tests.managed_users import ManagedUsers


@dataclass
class Member:
    """A managed user with a client."""

    id: int
    name: str
    client: Client
    organization_id: int

    @property
    def username(self) -> str:
        """The user's name in addresses."""
        return data(self.client.get("/v2/me"))["username"]

    def event_types(self) -> list[int]:
        """The ids of the user's event types."""
        query = {"username": self.username, "orgId": self.organization_id}
        return [each["id"] for each in data(self.client.get("/v2/event-types", params=query, v=EVENT_TYPES))]


class Team:
    """A team of three managed users, which `lead` owns.

    It is standalone, or one of the organization where managed users join only teams that their OAuth client created.
    """

    def __init__(self, managed_users: ManagedUsers, platform: Client, organization: str) -> None:
        self._managed_users = managed_users
        self._platform = platform
        self._organization = organization
        self._organization_id = int(organization.rpartition("/")[2])
        self.lead, self.ann, self.bob = (self.new_user(name) for name in ("Lead", "Ann", "Bob"))
        self.client = self.lead.client
        self.id = self.new_team()
        self.memberships = {each.id: self.add(each)["id"] for each in (self.ann, self.bob)}

    def new_team(self) -> int:
        """A team that `lead` owns."""
        if not in_force("managed-users-kept-apart"):
            return data(self.client.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
        teams = f"{self._organization}/teams"
        team = data(self._platform.post(teams, json={"name": unique("team")}), 201)["id"]
        body = {"userId": self.lead.id, "role": "OWNER", "accepted": True}
        data(self._platform.post(f"{teams}/{team}/memberships", json=body), 201)
        return team

    def new_user(self, name: str) -> Member:
        """A new user, without a team."""
        made = self._managed_users.new(name=name)
        return Member(made.id, name, made.api, self._organization_id)

    def add(self, user: Member, *, accepted: bool = True) -> dict[str, Any]:
        """Adds a user to the team."""
        body = {"userId": user.id, "accepted": accepted}
        return data(self.client.post(f"/v2/teams/{self.id}/memberships", json=body), 201)

    def remove(self, user: Member) -> None:
        """Removes a user from the team."""
        data(self.client.delete(f"/v2/teams/{self.id}/memberships/{self.memberships[user.id]}"))

    def offer(self, scheduling_type: str, *hosts: Member, status: int = 201, **fields: Any) -> Any:
        """Creates an event type."""
        body = {"title": "Call", "slug": unique("call"), "lengthInMinutes": 30, "schedulingType": scheduling_type}
        body |= {"hosts": [{"userId": each.id} for each in hosts]} if hosts else {}
        reply = self.client.post(f"/v2/teams/{self.id}/event-types", json=body | fields)
        return data(reply, status) if status < 400 else error(reply, status)

    def change(self, event_type_id: int, **fields: Any) -> Any:
        """Changes an event type."""
        return data(self.client.patch(f"/v2/teams/{self.id}/event-types/{event_type_id}", json=fields))

    def hosts(self, event_type_id: int) -> list[dict[str, Any]]:
        """The hosts of an event type."""
        return data(self.client.get(f"/v2/teams/{self.id}/event-types/{event_type_id}"))["hosts"]

    def host_ids(self, event_type_id: int) -> list[int]:
        """The hosts' user ids."""
        return [each["userId"] for each in self.hosts(event_type_id)]


@pytest.fixture
def team(managed_users: ManagedUsers, platform: Client, organization: str) -> Iterator[Team]:
    """A team of three managed users."""
    found = Team(managed_users, platform, organization)
    yield found
    found.client.delete(f"/v2/teams/{found.id}")


def test_all_hosts_of_a_collective_event_type_attend(team: Team, anonymous: Client) -> None:
    made = team.offer("collective", team.ann, team.bob, title="Pair review")
    assert (made["teamId"], made["schedulingType"], made["assignAllTeamMembers"]) == (team.id, "collective", False)
    assert made["hosts"] == [
        {"userId": each.id, "name": each.name, "avatarUrl": None, **added_in("2026-03", username=each.username)}
        for each in (team.ann, team.bob)
    ]
    [offered] = data(anonymous.get(f"/v2/teams/{team.id}/event-types"))
    assert offered == {**made, "team": {**offered["team"], "id": team.id}}
    assert offered["team"]["weekStart"] == "Sunday"

    query = {"eventSlug": made["slug"], "hostsLimit": 1}
    [limited] = data(anonymous.get(f"/v2/teams/{team.id}/event-types", params=query))
    assert limited["hosts"] == made["hosts"][:1]
    assert data(anonymous.get(f"/v2/teams/{team.id}/event-types", params={"eventSlug": "other"})) == []


def test_a_round_robin_has_mandatory_hosts_and_priorities(team: Team) -> None:
    hosts = [
        {"userId": team.ann.id, "mandatory": True},
        {"userId": team.bob.id, "priority": "high"},
        {"userId": team.lead.id, "priority": "lowest"},
    ]
    made = team.offer("ROUND_ROBIN", hosts=hosts)
    assert made["schedulingType"] == "roundRobin"
    shown = [(each["userId"], each["mandatory"], each["priority"]) for each in made["hosts"]]
    assert shown == [
        (team.ann.id, True, "medium"),
        (team.bob.id, False, "high"),
        (team.lead.id, False, "medium"),
    ]


def test_a_round_robin_follows_its_members(team: Team) -> None:
    made = team.offer("roundRobin", assignAllTeamMembers=True)
    all_hosts = [team.lead.id, team.ann.id, team.bob.id]
    assert team.host_ids(made["id"]) == all_hosts

    newcomer, invited = team.new_user("Newcomer"), team.new_user("Invited")
    team.add(newcomer)
    team.add(invited, accepted=False)
    assert team.host_ids(made["id"]) == [*all_hosts, newcomer.id]
    team.remove(team.ann)
    assert team.host_ids(made["id"]) == [team.lead.id, team.bob.id, newcomer.id]

    changed = team.change(made["id"], assignAllTeamMembers=False, hosts=[{"userId": team.bob.id}])
    assert [each["userId"] for each in changed["hosts"]] == [team.bob.id]
    team.add(team.new_user("Latecomer"))
    assert team.host_ids(made["id"]) == [team.bob.id]
    assert team.change(made["id"], title="Nobody's", hosts=[])["hosts"] == []


def test_members_have_the_children_of_a_managed_event_type(team: Team) -> None:
    parent, *children = team.offer("managed", team.ann, team.bob, title="Interview", lengthInMinutes=45)
    assert [(each["ownerId"], each["parentEventTypeId"]) for each in children] == [
        (team.ann.id, parent["id"]),
        (team.bob.id, parent["id"]),
    ]
    child = children[0]
    assert (child["title"], child["lengthInMinutes"], child["teamId"]) == ("Interview", 45, None)
    assert parent["hosts"] == [
        {"userId": each.id, "name": each.name, **added_in("2026-03", username=each.username, avatarUrl=None)}
        for each in (team.ann, team.bob)
    ]
    own = data(team.ann.client.get(f"/v2/event-types/{child['id']}", v=EVENT_TYPES))
    assert (own["slug"], own["ownerId"]) == (parent["slug"], team.ann.id)

    changed, *followed = team.change(parent["id"], title="Talk", slug=unique("talk"), description="Let us meet.")
    assert [each["id"] for each in followed] == [each["id"] for each in children]
    assert {(each["title"], each["slug"], each["description"]) for each in followed} == {
        ("Talk", changed["slug"], "Let us meet.")
    }


def test_children_come_and_go_with_the_hosts(team: Team) -> None:
    parent, anns, bobs = team.offer("managed", team.ann, team.bob)
    _, *children = team.change(parent["id"], hosts=[{"userId": team.bob.id}, {"userId": team.lead.id}])
    assert [each["ownerId"] for each in children] == [team.bob.id, team.lead.id]
    assert children[0]["id"] == bobs["id"]
    assert anns["id"] not in team.ann.event_types()

    team.remove(team.bob)
    assert team.host_ids(parent["id"]) == [team.lead.id]
    assert bobs["id"] not in team.bob.event_types()

    data(team.client.delete(f"/v2/teams/{team.id}/event-types/{parent['id']}"))
    assert children[1]["id"] not in team.lead.event_types()


def test_a_managed_child_replaces_the_members_own_event_type(team: Team) -> None:
    slug = unique("intro")
    body = {"title": "My intro", "slug": slug, "lengthInMinutes": 15}
    own = data(team.ann.client.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)
    _, child = team.offer("managed", team.ann, slug=slug)
    offered = team.ann.event_types()
    assert child["id"] in offered
    assert own["id"] not in offered


def test_two_managed_event_types_cannot_give_a_member_the_same_slug(team: Team) -> None:
    slug = unique("intro")
    team.offer("managed", team.ann, slug=slug)
    other = team.new_team()
    body = {"userId": team.ann.id, "accepted": True}
    data(team.client.post(f"/v2/teams/{other}/memberships", json=body), 201)
    managed = {"title": "Other", "slug": slug, "lengthInMinutes": 30, "schedulingType": "managed"}
    address = f"/v2/teams/{other}/event-types"
    assert error(team.client.post(address, json={**managed, "hosts": [{"userId": team.ann.id}]}), 409)
    assert data(team.client.get(address)) == []


def test_without_hosts_a_managed_event_type_has_no_children(team: Team) -> None:
    [parent] = team.offer("managed")
    assert parent["hosts"] == []


def test_a_new_member_gets_all_managed_event_types_or_none(team: Team) -> None:
    newcomer = team.new_user("Newcomer")
    slug = unique("intro")
    body = {"title": "My intro", "slug": slug, "lengthInMinutes": 15}
    data(newcomer.client.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)
    parent, *_ = team.offer("managed", slug=slug, assignAllTeamMembers=True)
    shared = team.offer("collective", assignAllTeamMembers=True)
    team.add(newcomer)
    assert newcomer.id not in team.host_ids(parent["id"])
    assert newcomer.id not in team.host_ids(shared["id"])


def test_hosts_are_members(team: Team) -> None:
    stranger = team.new_user("Stranger")
    refusal = team.offer("collective", team.ann, stranger, status=404)
    assert refusal["message"] == f"Invalid hosts: {stranger.id} are not members of team with id {team.id}."
    assert data(team.client.get(f"/v2/teams/{team.id}/event-types")) == []


def test_hosts_of_a_standalone_team_have_accepted(solo: Client, member: Client, share_a_team: None) -> None:
    del share_a_team
    team = data(solo.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
    invited = data(member.get("/v2/me"))["id"]
    data(solo.post(f"/v2/teams/{team}/memberships", json={"userId": invited}), 201)
    body = {"title": "Call", "slug": unique("call"), "lengthInMinutes": 30, "schedulingType": "collective"}
    refused = solo.post(f"/v2/teams/{team}/event-types", json={**body, "hosts": [{"userId": invited}]})
    assert error(refused, 403)["code"] == "TRPCError"
    assert data(solo.get(f"/v2/teams/{team}/event-types")) == []
    data(solo.delete(f"/v2/teams/{team}"))


def test_slugs_are_unique_within_a_team(team: Team) -> None:
    made = team.offer("collective")
    taken = "Team event type with this slug already exists"
    assert team.offer("roundRobin", slug=made["slug"], status=400)["message"] == taken
    own = team.client.patch(f"/v2/teams/{team.id}/event-types/{made['id']}", json={"slug": made["slug"]})
    assert error(own, 400)["message"] == taken


def test_event_types_of_others_are_rejected_in_three_ways(team: Team) -> None:
    _, child = team.offer("managed", team.ann)
    address = f"/v2/teams/{team.id}/event-types/{child['id']}"
    assert error(team.client.get(address), 404)["message"] == f"Event type with id {child['id']} not found"
    assert error(team.client.patch(address, json={}), 400)["message"] == "Event type to update not found"
    assert error(team.client.delete(address), 404)["message"] == f"Event type with ID={child['id']} does not exist."


@pytest.mark.until("2026-03", "updates-keep-settings")
def test_an_update_resets_omitted_settings(team: Team) -> None:
    made = team.offer(
        "collective",
        team.ann,
        lengthInMinutesOptions=[30, 60],
        seats={"seatsPerTimeSlot": 4, "showAttendeeInfo": True, "showAvailabilityCount": True},
        beforeEventBuffer=10,
    )
    assert made["metadata"] == {"multipleDuration": [30, 60]}
    changed = team.change(made["id"], title="Shorter")
    assert changed["seats"] == {"disabled": True}
    assert "lengthInMinutesOptions" not in changed
    assert (changed["beforeEventBuffer"], changed["hosts"]) == (10, made["hosts"])


def test_a_phone_call_asked_for_without_the_organization_never_succeeds(team: Team) -> None:
    made = team.offer("collective")
    body = {"yourPhoneNumber": "+14155550100", "numberToCall": "+14155550101", "calApiKey": "cal_x"}
    reply = team.client.post(f"/v2/teams/{team.id}/event-types/{made['id']}/create-phone-call", json=body)
    assert error(reply, 400)["message"] == "Validation failed (numeric string is expected)"

"""What a team can be booked for, and how it follows the members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, data, error, unique
from contract_tests.managed_users import ManagedUsers


@dataclass
class Person:
    """A managed user with a client of their own."""

    id: int
    name: str
    client: Client
    organization_id: int

    def event_types(self) -> list[int]:
        """The ids of the event types that the person offers."""
        name = data(self.client.get("/v2/me"))["username"]
        query = {"username": name, "orgId": self.organization_id}
        return [each["id"] for each in data(self.client.get("/v2/event-types", params=query, v=EVENT_TYPES))]


class Squad:
    """A standalone team of three."""

    def __init__(self, people: ManagedUsers, organization_id: int) -> None:
        self._people = people
        self._organization_id = organization_id
        self.lead, self.ann, self.bob = (self.hire(name) for name in ("Lead", "Ann", "Bob"))
        self.client = self.lead.client
        self.id: int = data(self.client.post("/v2/teams", json={"name": unique("squad")}), 201)["id"]
        self.memberships = {each.id: self.add(each)["id"] for each in (self.ann, self.bob)}

    def hire(self, name: str) -> Person:
        """Somebody new, who is in no team yet."""
        made = self._people.new(name=name)
        return Person(made.id, name, made.api, self._organization_id)

    def add(self, person: Person, *, accepted: bool = True) -> dict[str, Any]:
        """Puts somebody into the team."""
        body = {"userId": person.id, "accepted": accepted}
        return data(self.client.post(f"/v2/teams/{self.id}/memberships", json=body), 201)

    def remove(self, person: Person) -> None:
        """Takes somebody out of the team."""
        data(self.client.delete(f"/v2/teams/{self.id}/memberships/{self.memberships[person.id]}"))

    def offer(self, scheduling_type: str, *hosts: Person, status: int = 201, **fields: Any) -> Any:
        """Makes an event type."""
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
def squad(people: ManagedUsers, organization: str) -> Iterator[Squad]:
    """A standalone team of three managed users."""
    found = Squad(people, int(organization.rpartition("/")[2]))
    yield found
    found.client.delete(f"/v2/teams/{found.id}")


def test_all_hosts_of_a_collective_event_type_attend(squad: Squad, anonymous: Client) -> None:
    made = squad.offer("collective", squad.ann, squad.bob, title="Pair review")
    assert (made["teamId"], made["schedulingType"], made["assignAllTeamMembers"]) == (squad.id, "collective", False)
    assert made["hosts"] == [
        {"userId": squad.ann.id, "name": "Ann", "avatarUrl": None},
        {"userId": squad.bob.id, "name": "Bob", "avatarUrl": None},
    ]
    [offered] = data(anonymous.get(f"/v2/teams/{squad.id}/event-types"))
    assert offered == {**made, "team": {**offered["team"], "id": squad.id}}
    assert offered["team"]["weekStart"] == "Sunday"

    query = {"eventSlug": made["slug"], "hostsLimit": 1}
    [limited] = data(anonymous.get(f"/v2/teams/{squad.id}/event-types", params=query))
    assert limited["hosts"] == made["hosts"][:1]
    assert data(anonymous.get(f"/v2/teams/{squad.id}/event-types", params={"eventSlug": "other"})) == []


def test_a_round_robin_knows_who_has_to_attend_and_whom_it_prefers(squad: Squad) -> None:
    hosts = [
        {"userId": squad.ann.id, "mandatory": True},
        {"userId": squad.bob.id, "priority": "high"},
        {"userId": squad.lead.id, "priority": "lowest"},
    ]
    made = squad.offer("ROUND_ROBIN", hosts=hosts)
    assert made["schedulingType"] == "roundRobin"
    shown = [(each["userId"], each["mandatory"], each["priority"]) for each in made["hosts"]]
    assert shown == [
        (squad.ann.id, True, "medium"),
        (squad.bob.id, False, "high"),
        (squad.lead.id, False, "medium"),
    ]


def test_a_round_robin_follows_its_members(squad: Squad) -> None:
    made = squad.offer("roundRobin", assignAllTeamMembers=True)
    everybody = [squad.lead.id, squad.ann.id, squad.bob.id]
    assert squad.host_ids(made["id"]) == everybody

    newcomer, invited = squad.hire("Newcomer"), squad.hire("Invited")
    squad.add(newcomer)
    squad.add(invited, accepted=False)
    assert squad.host_ids(made["id"]) == [*everybody, newcomer.id]
    squad.remove(squad.ann)
    assert squad.host_ids(made["id"]) == [squad.lead.id, squad.bob.id, newcomer.id]

    changed = squad.change(made["id"], assignAllTeamMembers=False, hosts=[{"userId": squad.bob.id}])
    assert [each["userId"] for each in changed["hosts"]] == [squad.bob.id]
    squad.add(squad.hire("Latecomer"))
    assert squad.host_ids(made["id"]) == [squad.bob.id]
    assert squad.change(made["id"], title="Nobody's", hosts=[])["hosts"] == []


def test_members_have_the_children_of_a_managed_event_type(squad: Squad) -> None:
    parent, *children = squad.offer("managed", squad.ann, squad.bob, title="Interview", lengthInMinutes=45)
    assert [(each["ownerId"], each["parentEventTypeId"]) for each in children] == [
        (squad.ann.id, parent["id"]),
        (squad.bob.id, parent["id"]),
    ]
    child = children[0]
    assert (child["title"], child["lengthInMinutes"], child["teamId"]) == ("Interview", 45, None)
    assert parent["hosts"] == [{"userId": each.id, "name": each.name} for each in (squad.ann, squad.bob)]
    own = data(squad.ann.client.get(f"/v2/event-types/{child['id']}", v=EVENT_TYPES))
    assert (own["slug"], own["ownerId"]) == (parent["slug"], squad.ann.id)

    changed, *followed = squad.change(parent["id"], title="Talk", slug=unique("talk"), description="Let us meet.")
    assert [each["id"] for each in followed] == [each["id"] for each in children]
    assert {(each["title"], each["slug"], each["description"]) for each in followed} == {
        ("Talk", changed["slug"], "Let us meet.")
    }


def test_children_come_and_go_with_the_hosts(squad: Squad) -> None:
    parent, anns, bobs = squad.offer("managed", squad.ann, squad.bob)
    _, *children = squad.change(parent["id"], hosts=[{"userId": squad.bob.id}, {"userId": squad.lead.id}])
    assert [each["ownerId"] for each in children] == [squad.bob.id, squad.lead.id]
    assert children[0]["id"] == bobs["id"]
    assert anns["id"] not in squad.ann.event_types()

    squad.remove(squad.bob)
    assert squad.host_ids(parent["id"]) == [squad.lead.id]
    assert bobs["id"] not in squad.bob.event_types()

    data(squad.client.delete(f"/v2/teams/{squad.id}/event-types/{parent['id']}"))
    assert children[1]["id"] not in squad.lead.event_types()


def test_a_child_takes_the_place_of_the_members_own_event_type(squad: Squad) -> None:
    slug = unique("intro")
    body = {"title": "My intro", "slug": slug, "lengthInMinutes": 15}
    own = data(squad.ann.client.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)
    _, child = squad.offer("managed", squad.ann, slug=slug)
    offered = squad.ann.event_types()
    assert child["id"] in offered
    assert own["id"] not in offered


def test_two_managed_event_types_cannot_give_a_member_the_same_slug(squad: Squad) -> None:
    slug = unique("intro")
    squad.offer("managed", squad.ann, slug=slug)
    other = data(squad.client.post("/v2/teams", json={"name": unique("other")}), 201)["id"]
    body = {"userId": squad.ann.id, "accepted": True}
    data(squad.client.post(f"/v2/teams/{other}/memberships", json=body), 201)
    managed = {"title": "Other", "slug": slug, "lengthInMinutes": 30, "schedulingType": "managed"}
    address = f"/v2/teams/{other}/event-types"
    assert error(squad.client.post(address, json={**managed, "hosts": [{"userId": squad.ann.id}]}), 409)
    assert data(squad.client.get(address)) == []


def test_without_hosts_a_managed_event_type_has_no_children(squad: Squad) -> None:
    [parent] = squad.offer("managed")
    assert parent["hosts"] == []


def test_a_new_member_gets_all_that_is_shared_or_nothing(squad: Squad) -> None:
    newcomer = squad.hire("Newcomer")
    slug = unique("intro")
    body = {"title": "My intro", "slug": slug, "lengthInMinutes": 15}
    data(newcomer.client.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)
    parent, *_ = squad.offer("managed", slug=slug, assignAllTeamMembers=True)
    shared = squad.offer("collective", assignAllTeamMembers=True)
    squad.add(newcomer)
    assert newcomer.id not in squad.host_ids(parent["id"])
    assert newcomer.id not in squad.host_ids(shared["id"])


def test_hosts_are_members_who_have_accepted(squad: Squad) -> None:
    stranger = squad.hire("Stranger")
    refusal = squad.offer("collective", squad.ann, stranger, status=404)
    assert refusal["message"] == f"Invalid hosts: {stranger.id} are not members of team with id {squad.id}."
    squad.add(stranger, accepted=False)
    assert squad.offer("collective", squad.ann, stranger, status=403)["code"] == "TRPCError"
    assert data(squad.client.get(f"/v2/teams/{squad.id}/event-types")) == []


def test_slugs_are_unique_within_a_team(squad: Squad) -> None:
    made = squad.offer("collective")
    taken = "Team event type with this slug already exists"
    assert squad.offer("roundRobin", slug=made["slug"], status=400)["message"] == taken
    own = squad.client.patch(f"/v2/teams/{squad.id}/event-types/{made['id']}", json={"slug": made["slug"]})
    assert error(own, 400)["message"] == taken


def test_what_is_not_the_teams_is_refused_in_three_ways(squad: Squad) -> None:
    _, child = squad.offer("managed", squad.ann)
    address = f"/v2/teams/{squad.id}/event-types/{child['id']}"
    assert error(squad.client.get(address), 404)["message"] == f"Event type with id {child['id']} not found"
    assert error(squad.client.patch(address, json={}), 400)["message"] == "Event type to update not found"
    assert error(squad.client.delete(address), 404)["message"] == f"Event type with ID={child['id']} does not exist."


def test_an_update_resets_what_it_does_not_repeat(squad: Squad) -> None:
    made = squad.offer(
        "collective",
        squad.ann,
        lengthInMinutesOptions=[30, 60],
        seats={"seatsPerTimeSlot": 4, "showAttendeeInfo": True, "showAvailabilityCount": True},
        beforeEventBuffer=10,
    )
    assert made["metadata"] == {"multipleDuration": [30, 60]}
    changed = squad.change(made["id"], title="Shorter")
    assert changed["seats"] == {"disabled": True}
    assert "lengthInMinutesOptions" not in changed
    assert (changed["beforeEventBuffer"], changed["hosts"]) == (10, made["hosts"])


def test_the_call_below_a_plain_team_never_succeeds(squad: Squad) -> None:
    made = squad.offer("collective")
    body = {"yourPhoneNumber": "+14155550100", "numberToCall": "+14155550101", "calApiKey": "cal_x"}
    reply = squad.client.post(f"/v2/teams/{squad.id}/event-types/{made['id']}/create-phone-call", json=body)
    assert error(reply, 400)["message"] == "Validation failed (numeric string is expected)"

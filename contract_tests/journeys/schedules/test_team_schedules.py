"""The schedules of all members of a team, and those that an event type uses."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, SCHEDULES, Client, data, error, own_id, unique
from contract_tests.managed_users import ManagedUser, ManagedUsers
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-03")


@pytest.fixture
def person(managed_users: ManagedUsers) -> ManagedUser:
    """A managed user with a default schedule."""
    return managed_users.new(timeZone="Europe/Rome")


@pytest.fixture
def team(platform: Client, organization: str, person: ManagedUser) -> str:
    """The path of a team of the organization, of which the person is a member who has not accepted yet."""
    team_id = data(platform.post(f"{organization}/teams", json={"name": unique("team")}), 201)["id"]
    path = f"{organization}/teams/{team_id}"
    data(platform.post(f"{path}/memberships", json={"userId": person.id, "accepted": False, "role": "MEMBER"}), 201)
    return path


def added(person: ManagedUser) -> dict[str, Any]:
    """A second schedule of the person."""
    body = {"name": unique("schedule"), "timeZone": "Europe/Rome", "isDefault": False}
    return data(person.api.post("/v2/schedules", json=body, v=SCHEDULES), 201)


def event_type_of(person: ManagedUser, **fields: Any) -> int:
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30, **fields}
    return data(person.api.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]


def test_a_team_of_an_organization_shows_all_schedules_of_its_members(
    owner: Client, platform: Client, member: Client, person: ManagedUser, team: str
) -> None:
    second = added(person)
    everything = data(owner.get(f"{team}/schedules"))
    its_maker, *theirs = everything
    assert its_maker["ownerId"] == own_id(platform)
    assert theirs == data(person.api.get("/v2/schedules", v=SCHEDULES))
    assert theirs[-1] == second
    for skip, take in ((1, 1), (1, 2)):
        page = data(owner.get(f"{team}/schedules", params={"skip": skip, "take": take}))
        assert page == everything[skip : skip + take]
    error(owner.get(f"{team}/schedules", params={"take": 251}), 400)
    error(member.get(f"{team}/schedules"), 403)


@pytest.mark.usefixtures("share_a_team")
def test_a_standalone_team_shows_them_to_its_admins(solo: Client, member: Client) -> None:
    team_id = data(solo.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
    path = f"/v2/teams/{team_id}"
    sam, mia = own_id(solo), own_id(member)
    data(solo.post(f"{path}/memberships", json={"userId": mia, "accepted": True, "role": "MEMBER"}), 201)
    assert [each["ownerId"] for each in data(solo.get(f"{path}/schedules"))] == [mia, sam]
    for skip, owner_id in enumerate((mia, sam)):
        [shown] = data(solo.get(f"{path}/schedules", params={"take": 1, "skip": skip}))
        assert shown["ownerId"] == owner_id
    error(member.get(f"{path}/schedules"), 403)


def test_with_an_event_type_only_what_it_uses_is_shown(
    owner: Client, managed_users: ManagedUsers, person: ManagedUser, team: str
) -> None:
    second = added(person)
    lists = [f"{team}/users/{person.id}/schedules", f"{team}/schedules"]
    for event_type, default in ((event_type_of(person, scheduleId=second["id"]), False), (event_type_of(person), True)):
        for path in lists:
            [used] = data(owner.get(path, params={"eventTypeId": event_type}))
            assert (used["ownerId"], used["isDefault"]) == (person.id, default)
    foreign = event_type_of(managed_users.new(timeZone="UTC"))
    assert error(owner.get(lists[0], params={"eventTypeId": foreign}), 404)["message"] == (
        f"User {person.id} is not associated with event type {foreign}"
    )
    assert data(owner.get(lists[1], params={"eventTypeId": foreign})) == []
    for path in lists:
        unknown = error(owner.get(path, params={"eventTypeId": NO_NUMBER}), 404)
        assert unknown["message"] == f"Event type with id {NO_NUMBER} not found"

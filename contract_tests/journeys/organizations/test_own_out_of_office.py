"""Out-of-office entries of the caller, and of the members of a team."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SLOTS, Client, data, error, own_id, unique
from contract_tests.coming_days import coming_tuesday
from contract_tests.managed_users import ManagedUsers
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-09")

MINE = "/v2/me/ooo"


@pytest.fixture
def team(founder: Client, member: Client, organization: str) -> str:
    """The path of a new team of the organization with `member`."""
    made = data(founder.post(f"{organization}/teams", json={"name": unique("team")}), 201)
    membership = {"userId": own_id(member), "role": "MEMBER", "accepted": True}
    data(founder.post(f"{organization}/teams/{made['id']}/memberships", json=membership), 201)
    return f"/v2/teams/{made['id']}"


@pytest.fixture
def of_mia(team: str, member: Client) -> str:
    """The path of the entries of `member`, for the admins of the team."""
    return f"{team}/users/{own_id(member)}/ooo"


def whole_days(first: str, last: str) -> dict[str, str]:
    return {"start": f"{first}T00:00:00.000Z", "end": f"{last}T23:59:59.999Z"}


def slots_of(client: Client, event_type: int, day: str) -> Any:
    query = {"eventTypeId": event_type, "start": day, "end": day}
    return data(client.get("/v2/slots", params=query, v=SLOTS)).get(day, [])


def test_days_out_of_office_cannot_be_booked_until_the_entry_is_deleted(managed_users: ManagedUsers) -> None:
    host, day = managed_users.new(timeZone="Europe/London"), f"{coming_tuesday()}"
    talk = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 15}
    event_type = data(host.api.post("/v2/event-types", json=talk, v=EVENT_TYPES), 201)["id"]
    starts = slots_of(host.api, event_type, day)
    body = {"start": f"{day}T08:00:00Z", "end": f"{day}T08:15:00Z", "notes": "Dentist"}
    made = data(host.api.post(MINE, json=body), 201)
    shown = {"userId": host.id, "toUserId": None, "notes": "Dentist", "reason": "unspecified", **whole_days(day, day)}
    assert made == {**shown, "id": made["id"], "uuid": made["uuid"]}
    reply = host.api.get(MINE, params={"take": 2})
    assert reply.json() == {"status": "success", "data": [made]}

    assert starts and slots_of(host.api, event_type, day) == []
    booking = {
        "eventTypeId": event_type,
        "start": starts[0]["start"],
        "attendee": {"name": "Ann", "email": "ann@example.com", "timeZone": "Europe/London"},
    }
    error(host.api.post("/v2/bookings", json=booking, v=BOOKINGS), 400)

    assert data(host.api.delete(f"{MINE}/{made['id']}")) == made
    assert slots_of(host.api, event_type, day) == starts
    data(host.api.post("/v2/bookings", json=booking, v=BOOKINGS), 201)


def test_the_same_days_are_refused_also_in_a_change(solo: Client) -> None:
    made = data(solo.post(MINE, json=whole_days("2050-03-01", "2050-03-02")), 201)
    assert error(solo.post(MINE, json=whole_days("2050-03-01", "2050-03-02")), 409)["code"] == "ConflictException"
    error(solo.patch(f"{MINE}/{made['id']}", json=whole_days("2050-03-01", "2050-03-02")), 409)
    changed = data(
        solo.patch(f"{MINE}/{made['id']}", json={**whole_days("2050-03-02", "2050-03-04"), "notes": "Edited"})
    )
    assert changed == {**made, **whole_days("2050-03-02", "2050-03-04"), "notes": "Edited"}


@pytest.mark.parametrize("entry", [NO_NUMBER, None], ids=["unknown", "of another user"])
def test_entries_of_others_are_refused(solo: Client, member: Client, entry: int | None) -> None:
    entry = entry or data(member.post(MINE, json=whole_days("2050-03-01", "2050-03-02")), 201)["id"]
    for reply in (solo.patch(f"{MINE}/{entry}", json={"notes": "Mine"}), solo.delete(f"{MINE}/{entry}")):
        assert error(reply, 403)["message"] == "This OOO entry does not belong to this user."


def test_an_admin_of_a_team_keeps_the_entries_of_its_members(owner: Client, member: Client, of_mia: str) -> None:
    boss = own_id(owner)
    made = data(owner.post(of_mia, json={**whole_days("2050-05-01", "2050-05-03"), "toUserId": boss}), 201)
    assert (made["userId"], made["toUserId"]) == (own_id(member), boss)
    assert data(member.get(MINE)) == data(owner.get(of_mia)) == [made]
    changed = data(owner.patch(f"{of_mia}/{made['id']}", json={"toUserId": None}))
    assert changed == {**made, "toUserId": None}
    error(owner.patch(f"{MINE}/{made['id']}", json={"notes": "Of another user"}), 403)
    assert data(owner.delete(f"{of_mia}/{made['id']}")) == changed
    assert data(member.get(MINE)) == []


def test_only_admins_of_a_team_see_the_entries_of_its_members(
    owner: Client, admin: Client, member: Client, solo: Client, team: str, of_mia: str
) -> None:
    error(member.get(of_mia), 403)
    error(solo.get(of_mia), 403)
    ada = own_id(admin)
    message = error(owner.get(f"{team}/users/{ada}/ooo"), 403)["message"]
    assert message == f"IsUserInTeam - user with id={ada} is not part of the team with id={team.rpartition('/')[2]}."

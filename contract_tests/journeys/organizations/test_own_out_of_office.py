"""Out-of-office entries of the caller, and of the members of a team."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, SLOTS, Client, data, error
from contract_tests.coming_days import coming_tuesday
from contract_tests.nonexistent import NO_NUMBER

pytestmark = [pytest.mark.since("2026-09"), pytest.mark.sandbox_only("starts a sandbox of this edition")]

MINE, OF_MIA = "/v2/me/ooo", "/v2/teams/2/users/3/ooo"
ADMIN, MIA = 2, 3


def whole_days(first: str, last: str) -> dict[str, str]:
    return {"start": f"{first}T00:00:00.000Z", "end": f"{last}T23:59:59.999Z"}


def slots_of(solo: Client, day: str) -> Any:
    return data(solo.get("/v2/slots", params={"eventTypeId": 1, "start": day, "end": day}, v=SLOTS)).get(day, [])


def test_days_out_of_office_cannot_be_booked_until_the_entry_is_deleted(solo: Client) -> None:
    day = f"{coming_tuesday()}"
    starts = slots_of(solo, day)
    body = {"start": f"{day}T08:00:00Z", "end": f"{day}T08:15:00Z", "notes": "Dentist"}
    made = data(solo.post(MINE, json=body), 201)
    shown = {"userId": 4, "toUserId": None, "notes": "Dentist", "reason": "unspecified", **whole_days(day, day)}
    assert made == {**shown, "id": made["id"], "uuid": made["uuid"]}
    reply = solo.get(MINE, params={"take": 2})
    assert reply.json() == {"status": "success", "data": [made]}

    assert starts and slots_of(solo, day) == []
    booking = {
        "eventTypeId": 1,
        "start": starts[0]["start"],
        "attendee": {"name": "Ann", "email": "ann@example.com", "timeZone": "Europe/London"},
    }
    error(solo.post("/v2/bookings", json=booking, v=BOOKINGS), 400)

    assert data(solo.delete(f"{MINE}/{made['id']}")) == made
    assert slots_of(solo, day) == starts
    data(solo.post("/v2/bookings", json=booking, v=BOOKINGS), 201)


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


def test_an_admin_of_a_team_keeps_the_entries_of_its_members(owner: Client, member: Client) -> None:
    made = data(owner.post(OF_MIA, json={**whole_days("2050-05-01", "2050-05-03"), "toUserId": 1}), 201)
    assert (made["userId"], made["toUserId"]) == (MIA, 1)
    assert data(member.get(MINE)) == data(owner.get(OF_MIA)) == [made]
    changed = data(owner.patch(f"{OF_MIA}/{made['id']}", json={"toUserId": None}))
    assert changed == {**made, "toUserId": None}
    error(owner.patch(f"{MINE}/{made['id']}", json={"notes": "Of another user"}), 403)
    assert data(owner.delete(f"{OF_MIA}/{made['id']}")) == changed
    assert data(member.get(MINE)) == []


def test_only_admins_of_a_team_see_the_entries_of_its_members(owner: Client, member: Client, solo: Client) -> None:
    error(member.get(OF_MIA), 403)
    error(solo.get(OF_MIA), 403)
    refusal = error(owner.get(f"/v2/teams/2/users/{ADMIN}/ooo"), 403)
    assert refusal["message"] == f"IsUserInTeam - user with id={ADMIN} is not part of the team with id=2."

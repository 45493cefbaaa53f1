"""Days on which people of an organization are away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, SLOTS, Client, data, error, unique

pytestmark = pytest.mark.sandbox_only("needs the default organization and its people")

ADMIN, MEMBER = 2, 3


def away(user_id: int) -> str:
    return f"/v2/organizations/1/users/{user_id}/ooo"


def day(ahead: int, time: str = "12:00:00.000") -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=ahead)}T{time}Z"


def period(first: int, last: int, **fields: Any) -> dict[str, Any]:
    return {"start": day(first), "end": day(last), **fields}


def test_an_entry_from_creation_to_deletion(admin: Client) -> None:
    body = period(10, 12, notes="Sea", reason="vacation", toUserId=ADMIN)
    made = data(admin.post(away(MEMBER), json=body), 201)
    assert (made["start"], made["end"]) == (day(10, "00:00:00.000"), day(12, "23:59:59.999"))
    assert (made["userId"], made["toUserId"], made["reason"], made["notes"]) == (MEMBER, ADMIN, "vacation", "Sea")
    url = f"{away(MEMBER)}/{made['id']}"
    changed = data(admin.patch(url, json={"toUserId": None, "notes": None, "reason": None}))
    assert changed == {**made, "toUserId": None, "notes": None}
    assert data(admin.get("/v2/organizations/1/ooo", params={"email": "member@acme.example"})) == [changed]
    assert data(admin.delete(url)) == changed
    assert data(admin.get(away(MEMBER))) == []


def test_the_same_days_conflict_even_with_the_entry_itself(admin: Client) -> None:
    made = data(admin.post(away(MEMBER), json=period(10, 12)), 201)
    data(admin.post(away(MEMBER), json=period(11, 13)), 201)
    for reply in (
        admin.post(away(MEMBER), json=period(10, 12)),
        admin.patch(f"{away(MEMBER)}/{made['id']}", json=period(10, 12)),
    ):
        assert error(reply, 409)["message"] == "Ooo entry already exists."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (period(12, 10), "Start date must be before end date."),
        (period(10, 12, toUserId=MEMBER), "Cannot redirect to self."),
        (period(10, 12, toUserId=4), "Cannot redirect to this user."),
        ({"start": "2050-01-01", "end": "2050-01-02T00:00:00Z"}, "Invalid Date."),
        ({"start": "2050-01-01T00:00:00+01:00", "end": "2050-01-02T00:00:00Z"}, "Invalid Date."),
        ({"start": "2050-02-31T00:00:00Z", "end": "2050-03-02T00:00:00Z"}, "Bad Request Exception"),
        ({"start": "2050-02-01T00:00:00Z"}, "Bad Request Exception"),
    ],
)
def test_what_is_refused(admin: Client, body: dict[str, Any], message: str) -> None:
    assert error(admin.post(away(MEMBER), json=body), 400)["message"] == message


def test_who_covers_cannot_leave_at_the_same_time(admin: Client) -> None:
    data(admin.post(away(MEMBER), json=period(10, 12, toUserId=ADMIN)), 201)
    refusal = error(admin.post(away(ADMIN), json=period(12, 14)), 400)
    assert refusal["message"] == "Booking redirect infinite not allowed."
    data(admin.post(away(ADMIN), json=period(13, 14)), 201)


def test_one_date_alone_is_no_period(admin: Client) -> None:
    made = data(admin.post(away(MEMBER), json=period(10, 12)), 201)
    refusal = error(admin.patch(f"{away(MEMBER)}/{made['id']}", json={"end": day(14)}), 400)
    assert refusal["message"] == "Please specify both ooo start and end time."


def test_lists_are_sorted_by_the_end_before_the_start(admin: Client) -> None:
    long = data(admin.post(away(MEMBER), json=period(10, 20)), 201)["id"]
    short = data(admin.post(away(ADMIN), json=period(11, 12)), 201)["id"]

    def listed(**query: str) -> list[int]:
        return [each["id"] for each in data(admin.get("/v2/organizations/1/ooo", params=query))]

    assert listed(sortStart="asc") == [long, short]
    assert listed(sortStart="desc") == [short, long]
    assert listed(sortStart="asc", sortEnd="asc") == [short, long]


def test_entries_of_others_are_out_of_reach(admin: Client, member: Client) -> None:
    made = data(admin.post(away(MEMBER), json=period(10, 12)), 201)
    refusal = error(admin.delete(f"{away(ADMIN)}/{made['id']}"), 403)
    assert refusal["message"] == "This OOO entry does not belong to this user."
    error(member.get(away(MEMBER)), 403)


def test_days_away_offer_no_slots(admin: Client, member: Client) -> None:
    body = {"title": "Intro", "slug": unique("intro"), "lengthInMinutes": 30}
    event_type = data(member.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
    query = {"eventTypeId": event_type, "start": day(10)[:10], "end": day(16)[:10]}

    def days() -> set[str]:
        return set(data(member.get("/v2/slots", params=query, v=SLOTS)))

    before = days()
    assert len(before) == 5, "a week has five working days"
    gone = sorted(before)[1:3]
    entry = data(admin.post(away(MEMBER), json={"start": f"{gone[0]}T00:00:00Z", "end": f"{gone[1]}T00:00:00Z"}), 201)
    inside = {each for each in before if gone[0] <= each <= gone[1]}
    assert days() == before - inside
    data(admin.delete(f"{away(MEMBER)}/{entry['id']}"))
    assert days() == before

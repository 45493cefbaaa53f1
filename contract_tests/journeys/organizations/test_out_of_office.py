"""Out-of-office entries of an organization's users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, SLOTS, Client, data, error, unique
from contract_tests.managed_users import ManagedUser, ManagedUsers
from contract_tests.nonexistent import NO_NUMBER


@dataclass
class Colleagues:
    """Two members of an organization, one covering for the other."""

    organization: str
    first: ManagedUser
    second: ManagedUser

    @property
    def away(self) -> str:
        """The path of the first member's entries."""
        return self.entries(self.first)

    @property
    def cover(self) -> str:
        """The path of the second member's entries."""
        return self.entries(self.second)

    def entries(self, managed_user: ManagedUser) -> str:
        """The path of a user's entries."""
        return f"{self.organization}/users/{managed_user.id}/ooo"


@pytest.fixture
def us(organization: str, managed_users: ManagedUsers) -> Colleagues:
    """Two members without any entries."""
    return Colleagues(
        organization, managed_users.new(timeZone="Europe/London"), managed_users.new(timeZone="Europe/London")
    )


def day(ahead: int, time: str = "12:00:00.000") -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=ahead)}T{time}Z"


def period(first: int, last: int, **fields: Any) -> dict[str, Any]:
    return {"start": day(first), "end": day(last), **fields}


def test_an_entry_from_creation_to_deletion(us: Colleagues, admin: Client) -> None:
    body = period(10, 12, notes="Sea", reason="vacation", toUserId=us.second.id)
    made = data(admin.post(us.away, json=body), 201)
    assert (made["start"], made["end"]) == (day(10, "00:00:00.000"), day(12, "23:59:59.999"))
    assert (made["userId"], made["toUserId"], made["reason"], made["notes"]) == (
        us.first.id,
        us.second.id,
        "vacation",
        "Sea",
    )
    url = f"{us.away}/{made['id']}"
    changed = data(admin.patch(url, json={"toUserId": None, "notes": None, "reason": None}))
    assert changed == {**made, "toUserId": None, "notes": None}
    assert data(admin.get(f"{us.organization}/ooo", params={"email": us.first.email})) == [changed]
    assert data(admin.delete(url)) == changed
    assert data(admin.get(us.away)) == []


def test_the_same_days_conflict_even_with_the_entry_itself(us: Colleagues, admin: Client) -> None:
    made = data(admin.post(us.away, json=period(10, 12)), 201)
    data(admin.post(us.away, json=period(11, 13)), 201)
    for reply in (
        admin.post(us.away, json=period(10, 12)),
        admin.patch(f"{us.away}/{made['id']}", json=period(10, 12)),
    ):
        assert error(reply, 409)["message"] == "Ooo entry already exists."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (period(12, 10), "Start date must be before end date."),
        (period(10, 12, toUserId=NO_NUMBER), "Cannot redirect to this user."),
        ({"start": "2050-01-01", "end": "2050-01-02T00:00:00Z"}, "Invalid Date."),
        ({"start": "2050-01-01T00:00:00+01:00", "end": "2050-01-02T00:00:00Z"}, "Invalid Date."),
        ({"start": "2050-02-31T00:00:00Z", "end": "2050-03-02T00:00:00Z"}, "Bad Request Exception"),
        ({"start": "2050-02-01T00:00:00Z"}, "Bad Request Exception"),
    ],
)
def test_invalid_entries_are_rejected(us: Colleagues, admin: Client, body: dict[str, Any], message: str) -> None:
    assert error(admin.post(us.away, json=body), 400)["message"] == message


def test_users_cannot_cover_for_themselves(us: Colleagues, admin: Client) -> None:
    refusal = error(admin.post(us.away, json=period(10, 12, toUserId=us.first.id)), 400)
    assert refusal["message"] == "Cannot redirect to self."


def test_a_covering_user_cannot_be_away_at_the_same_time(us: Colleagues, admin: Client) -> None:
    data(admin.post(us.away, json=period(10, 12, toUserId=us.second.id)), 201)
    refusal = error(admin.post(us.cover, json=period(12, 14)), 400)
    assert refusal["message"] == "Booking redirect infinite not allowed."
    data(admin.post(us.cover, json=period(13, 14)), 201)


def test_an_update_needs_both_dates(us: Colleagues, admin: Client) -> None:
    made = data(admin.post(us.away, json=period(10, 12)), 201)
    refusal = error(admin.patch(f"{us.away}/{made['id']}", json={"end": day(14)}), 400)
    assert refusal["message"] == "Please specify both ooo start and end time."


def test_lists_are_sorted_by_the_end_before_the_start(us: Colleagues, admin: Client) -> None:
    long = data(admin.post(us.away, json=period(10, 20)), 201)["id"]
    short = data(admin.post(us.cover, json=period(11, 12)), 201)["id"]

    def listed(**query: str) -> list[int]:
        found = data(admin.get(f"{us.organization}/ooo", params=query))
        return [each["id"] for each in found if each["userId"] in (us.first.id, us.second.id)]

    assert listed(sortStart="asc") == [long, short]
    assert listed(sortStart="desc") == [short, long]
    assert listed(sortStart="asc", sortEnd="asc") == [short, long]


def test_entries_of_others_are_not_accessible(us: Colleagues, admin: Client, member: Client) -> None:
    made = data(admin.post(us.away, json=period(10, 12)), 201)
    refusal = error(admin.delete(f"{us.cover}/{made['id']}"), 403)
    assert refusal["message"] == "This OOO entry does not belong to this user."
    error(member.get(us.away), 403)


def test_days_away_offer_no_slots(us: Colleagues, admin: Client) -> None:
    member = us.first.api
    body = {"title": "Intro", "slug": unique("intro"), "lengthInMinutes": 30}
    event_type = data(member.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
    query = {"eventTypeId": event_type, "start": day(10)[:10], "end": day(16)[:10]}

    def days() -> set[str]:
        return set(data(member.get("/v2/slots", params=query, v=SLOTS)))

    before = days()
    assert len(before) == 5, "a week has five working days"
    gone = sorted(before)[1:3]
    entry = data(admin.post(us.away, json={"start": f"{gone[0]}T00:00:00Z", "end": f"{gone[1]}T00:00:00Z"}), 201)
    inside = {each for each in before if gone[0] <= each <= gone[1]}
    assert days() == before - inside
    data(admin.delete(f"{us.away}/{entry['id']}"))
    assert days() == before

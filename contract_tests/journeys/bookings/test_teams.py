"""Bookings of team event types: round robin, collective, reassignment, and visibility to admins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, Client, data, error, unique
from contract_tests.editions import added_in, in_force
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, attendee, host_with
from contract_tests.managed_users import ManagedUser, ManagedUsers
from contract_tests.nonexistent import NO_NUMBER


class Team:
    """Two managed users in a team of their OAuth client, with the same hours."""

    def __init__(
        self, organization: str, owner: Client, platform: Client, managed_users: ManagedUsers, anonymous: Client
    ) -> None:
        self.owner = owner
        self.id = data(platform.post(f"{organization}/teams", json={"name": unique("team")}), 201)["id"]
        self.path = f"{organization}/teams/{self.id}"
        self.members = [managed_users.new(name=name, timeZone="Europe/Rome") for name in ("Ada", "Ben")]
        self.hosts = [self._join(each, anonymous) for each in self.members]

    def _join(self, managed_user: ManagedUser, anonymous: Client) -> Host:
        body = {"userId": managed_user.id, "role": "MEMBER", "accepted": True}
        data(self.owner.post(f"{self.path}/memberships", json=body), 201)
        return host_with(managed_user.api, anonymous)

    @property
    def first(self) -> Host:
        return self.hosts[0]

    def offer(self, kind: str, **fields: Any) -> int:
        return data(self.owner.post(f"{self.path}/event-types", json=self.body(kind, **fields)), 201)["id"]

    def body(self, kind: str, **fields: Any) -> dict[str, Any]:
        return {
            "title": "Demo",
            "slug": unique("demo"),
            "lengthInMinutes": 60,
            "schedulingType": kind,
            "hosts": [{"userId": each.id} for each in self.members],
            **fields,
        }


@pytest.fixture
def team(
    organization: str, owner: Client, platform: Client, managed_users: ManagedUsers, anonymous: Client
) -> Iterator[Team]:
    found = Team(organization, owner, platform, managed_users, anonymous)
    yield found
    found.owner.delete(found.path)


def organizer(booking: dict[str, Any]) -> str:
    [found] = booking["hosts"]
    return found["name"]


def test_hosts_take_turns_until_none_is_free(team: Team) -> None:
    demo = team.offer("roundRobin")
    assert [organizer(team.first.book(demo, clock)) for clock in ("09:00", "10:00", "11:00")] == ["Ada", "Ben", "Ada"]
    assert "09:00" in team.first.clocks(demo), "the other one is free"
    assert organizer(team.first.book(demo, "09:00")) == "Ben"
    assert "09:00" not in team.first.clocks(demo)
    error(team.first.ask(demo, "09:00"), 400)


@pytest.mark.until("2026-03", "team-hosts-not-available")
def test_a_collective_event_needs_all_hosts(team: Team) -> None:
    both = team.offer("collective")
    made = team.first.book(both, "10:00")
    assert organizer(made) == "Ada"
    assert [each["name"] for each in made["attendees"]] == ["Ann Lee", "Ben"]
    alone = team.hosts[1].offer()
    team.hosts[1].book(alone, "12:00")
    assert "12:00" not in team.first.clocks(both)
    assert error(team.first.ask(both, "12:00"), 400)["message"].startswith("User either already has booking")


def test_a_booking_is_reassigned(team: Team, managed_user: ManagedUser) -> None:
    demo = team.offer("roundRobin")
    made = team.first.book(demo, "10:00")
    path = f"{BOOKING_PATH}/{made['uid']}/reassign"
    handed = data(team.owner.post(path, v=BOOKINGS))
    ada, ben = team.members
    assert (handed["bookingUid"], handed["reassignedTo"]["id"]) == (made["uid"], ben.id)
    again = team.first.read(made["uid"])
    assert (organizer(again), again["title"]) == ("Ben", "Demo between Ben and Ann Lee")

    team.hosts[0].book(team.hosts[0].offer(), "10:00")
    error(team.owner.post(path, v=BOOKINGS), 400)
    back = data(team.owner.post(f"{path}/{ada.id}", json={"reason": "on leave"}, v=BOOKINGS))
    assert back["reassignedTo"]["email"] == ada.email, "a chosen host need not be free"
    error(team.owner.post(f"{path}/{NO_NUMBER}", json={}, v=BOOKINGS), 404)
    error(team.owner.post(f"{path}/{managed_user.id}", json={}, v=BOOKINGS), 400)


def test_a_series_has_one_host_and_the_reply_lacks_its_first_meeting(team: Team) -> None:
    demo = team.offer("roundRobin", recurrence={"interval": 1, "occurrences": 3, "frequency": "weekly"})
    shown = team.first.book(demo, "10:00")
    series = team.first.read(shown[0]["recurringBookingUid"])
    assert [each["uid"] for each in series[1:]] == [each["uid"] for each in shown]
    assert {organizer(each) for each in series} == {"Ada"}


def test_an_instant_meeting_waits_for_a_host(team: Team) -> None:
    demo = team.offer("roundRobin")
    made = team.first.book(demo, "02:00", instant=True)
    assert (made["status"], made["title"]) == ("awaiting_host", "Instant Meeting with Ann Lee")
    assert organizer(made) == "unknown"
    unmovable = 400 if in_force("only-accepted-and-pending-rescheduled") else 404
    for action, body, status in (("cancel", {}, 400), ("reschedule", {"start": team.first.at("10:00")}, unmovable)):
        reply = team.owner.post(f"{BOOKING_PATH}/{made['uid']}/{action}", json=body, v=BOOKINGS)
        assert reply.status_code == status
    error(team.owner.post(f"{BOOKING_PATH}/{made['uid']}/reassign", v=BOOKINGS), 400)
    own = team.first.offer()
    error(team.first.ask(own, "10:00", instant=True), 400)


def test_older_clients_ask_for_an_instant_meeting(team: Team) -> None:
    booker = attendee()
    body = {
        "eventTypeId": team.offer("roundRobin"),
        "start": team.first.at("02:00"),
        "timeZone": booker["timeZone"],
        "language": "en",
        "metadata": {},
        "responses": {"name": booker["name"], "email": booker["email"]},
    }
    path = f"{BOOKING_PATH}/instant"
    made = data(team.first.anonymous.post(path, json=body, v="2024-04-15"), 201)
    assert len(made["expires"]) == len("2050-03-08T12:01:30.000Z")
    assert team.first.read(made["bookingUid"])["status"] == "awaiting_host"
    own = {**body, "eventTypeId": team.first.offer()}
    error(team.first.anonymous.post(path, json=own, v="2024-04-15"), 400)


def test_an_instant_meeting_is_named_in_the_bookers_language(team: Team) -> None:
    demo = team.offer("roundRobin")
    titles = {
        language: team.first.book(demo, "02:00", instant=True, attendee=attendee(language=language))["title"]
        for language in ("it", "en")
    }
    assert titles == {"it": "Riunione immediata con Ann Lee", "en": "Instant Meeting with Ann Lee"}


def test_an_instant_meeting_with_seats_has_plain_attendees(team: Team) -> None:
    seats = {"seatsPerTimeSlot": 5, "showAttendeeInfo": True, "showAvailabilityCount": True}
    demo = team.offer("roundRobin", seats=seats)
    ann = attendee()
    made = team.first.book(demo, "02:00", instant=True, attendee=ann)
    known = {"name": "Ann Lee", "email": ann["email"], "timeZone": "Europe/Rome", "language": "en", "absent": False}
    display_email = added_in("2026-03", displayEmail=ann["email"])
    assert (made["description"], made["attendees"], made["metadata"]) == ("", [known | display_email], {})
    assert made["bookingFieldsResponses"] == {"name": "Ann Lee", "email": ann["email"], **display_email}
    [shown] = team.first.read(made["uid"])["attendees"]
    assert known.items() <= shown.items()
    assert "seatUid" not in shown


@pytest.mark.until("2026-03", "organizers-confirm")
def test_a_meeting_without_a_host_cannot_be_cancelled(team: Team) -> None:
    made = team.first.book(team.offer("roundRobin"), "02:00", instant=True)
    confirmed = data(team.owner.post(f"{BOOKING_PATH}/{made['uid']}/confirm", v=BOOKINGS))
    assert confirmed["status"] == "accepted"
    for _ in range(2):
        reply = team.owner.post(f"{BOOKING_PATH}/{made['uid']}/cancel", json={"cancellationReason": "ill"}, v=BOOKINGS)
        assert (reply.status_code, reply.json()) == (400, {"statusCode": 400, "message": "User not found"})
    assert team.first.read(made["uid"]) == confirmed


def test_a_team_with_an_instant_meeting_cannot_be_deleted(team: Team) -> None:
    team.first.book(team.offer("roundRobin"), "02:00", instant=True)
    assert error(team.owner.delete(team.path), 400) == {
        "code": "BAD_REQUEST",
        "message": "Invalid input: The referenced data does not exist.",
    }
    assert data(team.owner.get(team.path))["id"] == team.id


def test_bookings_visible_to_admins_and_members(
    organization: str, team: Team, owner: Client, admin: Client, member: Client, solo: Client
) -> None:
    demo = team.offer("roundRobin")
    made = team.first.book(demo, "10:00")
    ada, ben = team.members
    lists = {
        "organization": f"{organization}/bookings",
        "team": f"{team.path}/bookings",
        "Ada": f"{organization}/users/{ada.id}/bookings",
        "Ben": f"{organization}/users/{ben.id}/bookings",
    }

    def uids(client: Client, name: str, **query: Any) -> list[str]:
        return [each["uid"] for each in data(client.get(lists[name], params=query))]

    for client in (owner, admin):
        assert [uids(client, name, eventTypeId=demo) for name in lists] == [[made["uid"]]] * 3 + [[]]
    assert uids(owner, "organization", userIds=str(ada.id)) == [made["uid"]]
    assert uids(owner, "organization", userIds=str(ben.id)) == []
    for name in lists:
        error(member.get(lists[name]), 403)
        error(solo.get(lists[name]), 403)
    own = [each["uid"] for each in data(ben.api.get(BOOKING_PATH, v=BOOKINGS))]
    assert own == [], "another host's booking is not one's own"


def test_phone_numbers_replace_email_addresses(team: Team) -> None:
    fields = [
        {"type": "email", "required": False, "hidden": True, "label": "Email", "placeholder": ""},
        {"type": "phone", "slug": "attendeePhoneNumber", "required": True, "label": "Phone", "placeholder": ""},
    ]
    call = team.offer("roundRobin", bookingFields=fields)
    caller = {"name": "Ann Lee", "timeZone": "Europe/Rome", "phoneNumber": "+14155550123"}
    made = team.first.book(call, "10:00", attendee=caller)
    assert made["attendees"][0]["email"] == "14155550123@sms.cal.com"
    assert made["attendees"][0]["phoneNumber"] == "+14155550123"
    wrong = attendee(phoneNumber="12")
    assert "{attendeePhoneNumber}invalid_number" in error(team.first.ask(call, "12:00", attendee=wrong), 400)["message"]


def test_a_child_of_a_managed_event_type_can_be_booked(team: Team) -> None:
    ada = team.members[0]
    made = data(team.owner.post(f"{team.path}/event-types", json=team.body("managed")), 201)
    [child] = [each["id"] for each in made if each.get("ownerId") == ada.id]
    assert organizer(team.first.book(child, "10:00")) == "Ada"

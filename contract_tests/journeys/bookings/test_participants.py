"""Adding guests and attendees to a booking: who sees them, who receives mail, and what the calendar shows."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, Client, Deployment, data, error, unique
from contract_tests.editions import in_force
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host

pytestmark = pytest.mark.since("2026-03")

MOST_ATTENDEES = 30


def address(prefix: str = "guest") -> str:
    return f"{unique(prefix)}@example.com"


def mails(deployment: Deployment, to: str, kind: str) -> list[dict[str, Any]]:
    return deployment.control("GET", "outbox", params={"to": to, "kind": kind}).json()["data"]


def add_guests(client: Client, uid: str, *addresses: str) -> Any:
    body = {"guests": [{"email": each} for each in addresses]}
    return client.post(f"{BOOKING_PATH}/{uid}/guests", json=body, v=BOOKINGS)


def event_of(client: Client, uid: str) -> dict[str, Any]:
    """The booking's event in Google Calendar."""
    references = data(client.get(f"{BOOKING_PATH}/{uid}/references", params={"type": "google_calendar"}, v=BOOKINGS))
    return data(client.get(f"/v2/calendars/google/event/{references[0]['eventUid']}"))


@pytest.mark.sandbox_only("solo's calendars are part of the default world")
def test_guests_are_invited_and_the_others_learn_of_them(host: Host, deployment: Deployment) -> None:
    google = {"integration": "google_calendar", "externalId": "solo@example.com"}
    data(host.api.put("/v2/destination-calendars", json=google))
    made = host.book(host.offer(), "10:00")
    booker, guest = made["attendees"][0]["email"], address()

    shown = data(add_guests(host.api, made["uid"], guest, booker))
    assert (shown["guests"], shown["start"], shown["status"]) == ([guest], made["start"], "accepted")
    assert {each["email"] for each in event_of(host.api, made["uid"])["attendees"]} == {host.email, booker, guest}
    [invitation] = mails(deployment, guest, "bookingConfirmed")
    assert guest in invitation["text"]
    for recipient, other in ((host.email, "Ann Lee"), (booker, "Sam Solo")):
        [notice] = mails(deployment, recipient, "guestsAdded")
        assert notice["subject"].startswith(f"Guests Added: Talk with {other} at ")

    code = "bad_request_error" if in_force("present-attendees-refused-in-words") else "TRPCError"
    assert error(add_guests(host.api, made["uid"], guest.upper()), 400)["code"] == code
    assert len(mails(deployment, booker, "guestsAdded")) == 1


def test_a_booking_has_a_bounded_number_of_attendees(host: Host) -> None:
    made = host.book(host.offer(), "10:00")
    for size in (10, 10, MOST_ATTENDEES - 22):
        data(add_guests(host.api, made["uid"], *(address() for _ in range(size))))
    refusal = error(add_guests(host.api, made["uid"], address(), address()), 400)
    assert refusal["message"] == (
        "Cannot add 2 guests. This booking already has 29 attendees. Maximum total guests allowed is 30. You can add "
        "up to 1 more guests."
    )
    data(add_guests(host.api, made["uid"], address()))


def test_guests_are_added_by_participants_only(host: Host, admin: Client) -> None:
    made = host.book(host.offer(), "10:00")
    assert error(add_guests(admin, made["uid"], address()), 403)["code"] == "TRPCError"
    assert len(host.read(made["uid"])["attendees"]) == 1
    hidden = [{"type": "guests", "slug": "guests", "hidden": True, "required": False}]
    closed = host.book(host.offer(bookingFields=hidden), "12:00")
    error(add_guests(host.api, closed["uid"], address()), 400)


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_an_attendee_is_added_and_read_by_id(host: Host, admin: Client, deployment: Deployment) -> None:
    made = host.book(host.offer(), "10:00")
    path = f"{BOOKING_PATH}/{made['uid']}/attendees"
    body = {"name": "Grace Hopper", "email": address(), "timeZone": "America/New_York", "phoneNumber": "+12025550123"}
    added = data(host.api.post(path, json=body, v=BOOKINGS), 201)
    assert added | body == added
    assert mails(deployment, body["email"], "bookingConfirmed")

    listed = data(host.api.get(path, v=BOOKINGS))
    assert [each["email"] for each in listed] == [made["attendees"][0]["email"], body["email"]]
    one = data(host.api.get(f"{path}/{added['id']}", v=BOOKINGS))
    assert one == listed[1] == {name: value for name, value in added.items() if name != "bookingId"}
    assert host.read(made["uid"])["guests"] == [body["email"]]

    other = host.book(host.offer(), "12:00")
    error(host.api.get(f"{BOOKING_PATH}/{other['uid']}/attendees/{added['id']}", v=BOOKINGS), 404)
    refusal = error(admin.get(path, v=BOOKINGS), 403)["message"]
    assert refusal.startswith("BookingPbacGuard - user with id=2 does not have access")
    error(admin.post(path, json=body, v=BOOKINGS), 403)

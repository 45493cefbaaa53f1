"""What event types of 2026-03 forbid and hide, seen by bookers."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SLOTS, Client, data, error, unique
from contract_tests.coming_days import from_tomorrow
from contract_tests.managed_users import ManagedUser, ManagedUsers

pytestmark = pytest.mark.since("2026-03")


@pytest.fixture
def host(managed_users: ManagedUsers) -> ManagedUser:
    return managed_users.new(timeZone="UTC")


class Booker:
    """Books an event type in later and later slots under one address."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.email = f"{unique('booker')}@example.com"
        self._booked = 0

    def try_to_book(self, event_type_id: int, **body: Any) -> Any:
        start = slots(self.client, event_type_id)[self._booked]
        self._booked += 1
        attendee = {"name": "Ann Lee", "email": self.email, "timeZone": "Europe/Rome"}
        sent = {"eventTypeId": event_type_id, "start": start, "attendee": attendee, **body}
        return self.client.post("/v2/bookings", json=sent, v=BOOKINGS)

    def book(self, event_type_id: int, **body: Any) -> dict[str, Any]:
        return data(self.try_to_book(event_type_id, **body), 201)


@pytest.fixture
def booker(anonymous: Client) -> Booker:
    return Booker(anonymous)


def slots(client: Client, event_type_id: int, **query: Any) -> list[str]:
    """The starts of the free slots from tomorrow on, at an hour's distance."""
    window = {"eventTypeId": event_type_id, **from_tomorrow(), **query}
    days = data(client.get("/v2/slots", params=window, v=SLOTS))
    return [slot["start"] for day in sorted(days) for slot in days[day]]


def offer(host: ManagedUser, **settings: Any) -> dict[str, Any]:
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 60, **settings}
    return data(host.api.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)


def change(host: ManagedUser, event_type: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return data(host.api.patch(f"/v2/event-types/{event_type['id']}", json=settings, v=EVENT_TYPES))


def reschedule(client: Client, booking: dict[str, Any], start: str, **body: Any) -> Any:
    return client.post(f"/v2/bookings/{booking['uid']}/reschedule", json={"start": start, **body}, v=BOOKINGS)


def cancel(client: Client, booking: dict[str, Any]) -> Any:
    return client.post(f"/v2/bookings/{booking['uid']}/cancel", json={"cancellationReason": "Ill"}, v=BOOKINGS)


def test_a_hidden_event_type_is_left_out_of_the_public_list_but_can_be_booked(
    solo: Client, member: Client, anonymous: Client, booker: Booker
) -> None:
    body = {"title": "Secret", "slug": unique("secret"), "lengthInMinutes": 60, "hidden": True}
    name = data(solo.get("/v2/me"))["username"]
    secret = data(solo.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)

    def listed(client: Client) -> set[int]:
        return {each["id"] for each in data(client.get("/v2/event-types", params={"username": name}, v=EVENT_TYPES))}

    assert secret["id"] in listed(solo)
    assert secret["id"] not in listed(anonymous) | listed(member)
    assert booker.book(secret["id"])["eventTypeId"] == secret["id"]


def test_bookings_may_need_credentials_of_those_who_run_the_event_type(
    host: ManagedUser, owner: Client, member: Client, booker: Booker
) -> None:
    guarded = offer(host, bookingRequiresAuthentication=True)["id"]
    assert error(booker.try_to_book(guarded), 401)["message"].startswith("checkBookingRequiresAuthentication - request")
    booker.client = member
    assert error(booker.try_to_book(guarded), 403)["message"].startswith("checkBookingRequiresAuthentication - user")
    for client in (host.api, owner):
        booker.client = client
        assert booker.book(guarded)["eventTypeId"] == guarded


def test_an_attendee_has_at_most_the_allowed_number_of_upcoming_bookings(host: ManagedUser, booker: Booker) -> None:
    limited = offer(host, bookerActiveBookingsLimit={"maximumActiveBookings": 1, "offerReschedule": True})
    booking = booker.book(limited["id"])
    assert booking["uid"] in error(booker.try_to_book(limited["id"]), 400)["message"]
    data(reschedule(booker.client, booking, slots(booker.client, limited["id"])[5]), 201)
    change(host, limited, bookerActiveBookingsLimit={"maximumActiveBookings": 1})
    assert "reschedule" not in error(booker.try_to_book(limited["id"]), 400)["message"]
    change(host, limited, bookerActiveBookingsLimit={"disabled": True})
    assert booker.book(limited["id"])["status"] == "accepted"


def test_cancelling_and_rescheduling_can_be_forbidden(host: ManagedUser, booker: Booker) -> None:
    fixed = offer(host, disableCancelling={"disabled": True}, disableRescheduling={"disabled": True})
    booking, start = booker.book(fixed["id"]), slots(booker.client, fixed["id"])[5]
    for client in (booker.client, host.api):
        assert cancel(client, booking).status_code == 400
        assert reschedule(client, booking, start).status_code == 400
    minutes = 14 * 24 * 60
    change(host, fixed, disableCancelling={"disabled": False}, disableRescheduling={"minutesBefore": minutes})
    refused = reschedule(booker.client, booking, start)
    assert refused.status_code == 403 and "minimum notice period" in refused.json()["message"]
    moved = data(reschedule(host.api, booking, start), 201)
    assert data(cancel(booker.client, moved))["status"] == "cancelled"


def test_the_organizers_address_can_be_hidden_from_attendees(host: ManagedUser, booker: Booker) -> None:
    own = data(host.api.get("/v2/me"))["email"]
    discreet = offer(host, hideOrganizerEmail=True)
    booking = booker.book(discreet["id"])
    path = f"/v2/bookings/{booking['uid']}"
    for shown in (booking, data(booker.client.get(path, v=BOOKINGS))):
        assert shown["hosts"][0]["email"] == "no-reply@cal.com" and own not in str(shown)
    assert data(host.api.get(path, v=BOOKINGS))["hosts"][0]["email"] == own


def test_disabled_guests_are_dropped(host: ManagedUser, booker: Booker) -> None:
    alone = offer(host, disableGuests=True)
    booking = booker.book(alone["id"], guests=["guest@example.com"])
    assert [each["email"] for each in booking["attendees"]] == [booking["attendees"][0]["email"]]


def test_a_cancelled_booking_can_be_rescheduled_where_the_event_type_allows_it(
    host: ManagedUser, booker: Booker
) -> None:
    talk = offer(host)
    booking, start = booker.book(talk["id"]), slots(booker.client, talk["id"])[5]
    data(cancel(booker.client, booking))
    assert error(reschedule(booker.client, booking, start), 400)["message"].startswith("Can't reschedule booking")
    change(host, talk, allowReschedulingCancelledBookings=True)
    moved = data(reschedule(booker.client, booking, start), 201)
    assert (moved["status"], moved["rescheduledFromUid"]) == ("accepted", booking["uid"])
    assert error(reschedule(booker.client, booking, start), 400)["message"].startswith("Can't reschedule booking")

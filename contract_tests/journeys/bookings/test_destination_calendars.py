"""Destination calendars: a booking is written to the one in force when it is made."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, Client, data
from contract_tests.journeys.bookings.conftest import Host
from contract_tests.journeys.calendars.calendar_helpers import connections

pytestmark = pytest.mark.sandbox_only("solo's calendars are part of the default world")

FIRST, SECOND = "solo@example.com", "side-projects@group.calendar.google.com"


def choose(client: Client, external_id: str) -> None:
    body = {"integration": "google_calendar", "externalId": external_id}
    data(client.put("/v2/destination-calendars", json=body))


def written(host: Host, external_id: str) -> list[tuple[str, str]]:
    """The busy times of a calendar on the Monday; the API answers with the whole month."""
    [google] = connections(host.api, "google_calendar")
    query: dict[str, Any] = {
        "loggedInUsersTz": "Europe/Rome",
        "dateFrom": host.monday.isoformat(),
        "dateTo": host.monday.isoformat(),
        "calendarsToLoad[0][credentialId]": google["credentialId"],
        "calendarsToLoad[0][externalId]": external_id,
    }
    found = data(host.api.get("/v2/calendars/busy-times", params=query))
    return [(each["start"], each["end"]) for each in found if each["start"].startswith(host.monday.isoformat())]


def test_a_booking_stays_in_the_calendar_that_it_was_written_to(host: Host, anonymous: Client) -> None:
    talk = host.offer()
    choose(host.api, FIRST)
    before = host.book(talk, "10:00")
    choose(host.api, SECOND)
    after = host.book(talk, "14:00")
    assert written(host, FIRST) == [(before["start"], before["end"])]
    assert written(host, SECOND) == [(after["start"], after["end"])]

    moved = host.act(before["uid"], "reschedule", anonymous, 201, start=host.at("12:00"))
    assert written(host, FIRST) == []
    assert written(host, SECOND) == [(moved["start"], moved["end"]), (after["start"], after["end"])]
    host.act(after["uid"], "cancel", anonymous)
    assert written(host, SECOND) == [(moved["start"], moved["end"])]


def test_an_event_type_may_have_a_destination_of_its_own(host: Host) -> None:
    choose(host.api, FIRST)
    own = {"integration": "google_calendar", "externalId": SECOND}
    talk = host.offer(destinationCalendar=own)
    made = host.book(talk, "10:00")
    assert (written(host, FIRST), written(host, SECOND)) == ([], [(made["start"], made["end"])])
    for named in (True, False):
        data(host.api.patch(f"/v2/event-types/{talk}", json={"useDestinationCalendarEmail": named}, v=EVENT_TYPES))
        shown = data(host.api.get(f"/v2/event-types/{talk}", v=EVENT_TYPES))
        assert shown["useDestinationCalendarEmail"] is named


def test_only_accepted_bookings_are_written_to_the_calendar(host: Host, anonymous: Client) -> None:
    choose(host.api, SECOND)
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": False}
    visit = host.offer(confirmationPolicy=policy)
    asked = host.book(visit, "10:00")
    assert written(host, SECOND) == []
    host.act(asked["uid"], "confirm")
    assert written(host, SECOND) == [(asked["start"], asked["end"])]
    host.act(asked["uid"], "cancel", anonymous)
    assert written(host, SECOND) == []


@pytest.mark.until("2026-03", "admins-manage-seats")
def test_a_seated_booking_is_one_calendar_event(host: Host, anonymous: Client) -> None:
    choose(host.api, SECOND)
    yoga = host.offer(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True})
    made = host.book(yoga, "10:00")
    host.book(yoga, "10:00")
    assert written(host, SECOND) == [(made["start"], made["end"])]
    moved = host.act(made["uid"], "reschedule", anonymous, 201, start=host.at("12:00"), rescheduledBy=host.email)
    assert written(host, SECOND) == [(moved["start"], moved["end"])]


def test_the_calendar_event_does_not_block_its_own_booking(host: Host, anonymous: Client) -> None:
    """Solo's first calendar is selected."""
    choose(host.api, FIRST)
    talk = host.offer()
    made = host.book(talk, "10:00")
    assert "10:00" not in host.clocks(talk)
    body = {"start": host.at("10:30")}
    moved = data(anonymous.post(f"/v2/bookings/{made['uid']}/reschedule", json=body, v=BOOKINGS), 201)
    assert moved["start"] == host.at("10:30")

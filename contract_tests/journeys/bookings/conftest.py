"""A host with known hours, eight on a coming Monday in Rome, and the requests that journeys make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES, SLOTS, Client, data, unique
from contract_tests.coming_days import coming_monday
from mock_server.runtime.time_zones import time_zone

ROME = time_zone("Europe/Rome")
WORKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
BOOKING_PATH = "/v2/bookings"


def attendee(name: str = "Ann Lee", **fields: Any) -> dict[str, Any]:
    """An attendee with an e-mail address that no earlier run used."""
    return {"name": name, "email": f"{unique('booker')}@example.com", "timeZone": "Europe/Rome", **fields}


def as_read(booking: dict[str, Any]) -> dict[str, Any]:
    """A booking without what only the replies to its creation and its move say, since 2026-09."""
    return {name: value for name, value in booking.items() if name != "isPlatformManagedUserBooking"}


@dataclass
class Host:
    """A host who is available from Monday to Friday, 9 to 17, in Rome."""

    api: Client
    anonymous: Client
    schedule: int
    email: str
    monday: date = field(default_factory=coming_monday)
    _event_types: list[int] = field(default_factory=list[int])

    def at(self, clock: str, days: int = 0) -> str:
        """A clock time in Rome on the Monday, or days later, in UTC."""
        hour, minute = map(int, clock.split(":"))
        day = self.monday + timedelta(days=days)
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ROME).astimezone(UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def offer(self, **fields: Any) -> int:
        """Creates an event type, of an hour by default, and returns its id."""
        body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 60, "scheduleId": self.schedule, **fields}
        made = data(self.api.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
        self._event_types.append(made)
        return made

    def book(self, event_type: int, clock: str, days: int = 0, **fields: Any) -> Any:
        """Books, by default for an unknown attendee, and returns the data."""
        return data(self.ask(event_type, clock, days, **fields), 201)

    def ask(self, event_type: int, clock: str, days: int = 0, **fields: Any) -> Any:
        """The reply to a request for a booking."""
        body = {"eventTypeId": event_type, "start": self.at(clock, days), "attendee": attendee(), **fields}
        return self.anonymous.post(BOOKING_PATH, json=body, v=BOOKINGS)

    def act(self, uid: str, action: str, client: Client | None = None, status: int = 200, **body: Any) -> Any:
        """Sends an action on a booking, by default as the host, and returns the data."""
        reply = (client or self.api).post(f"{BOOKING_PATH}/{uid}/{action}", json=body, v=BOOKINGS)
        return data(reply, status)

    def read(self, uid: str) -> Any:
        """The booking, or the bookings of a series."""
        return data(self.anonymous.get(f"{BOOKING_PATH}/{uid}", v=BOOKINGS))

    def listed(self, **query: Any) -> list[str]:
        """The uids in the host's list."""
        return [each["uid"] for each in data(self.api.get(BOOKING_PATH, params=query, v=BOOKINGS))]

    def clocks(self, event_type: int, days: int = 0) -> list[str]:
        """Clock times in Rome that can be booked on the Monday, or days later."""
        return [slot["start"][11:16] for slot in self.slots(event_type, days)]

    def slots(self, event_type: int, days: int = 0) -> list[dict[str, Any]]:
        """The slots of the Monday, or of days later."""
        day = (self.monday + timedelta(days=days)).isoformat()
        query = {"eventTypeId": event_type, "start": day, "end": day, "timeZone": "Europe/Rome"}
        return data(self.anonymous.get("/v2/slots", params=query, v=SLOTS)).get(day, [])

    def clean(self) -> None:
        """Cancels upcoming bookings and deletes the event types and the schedule."""
        for event_type in self._event_types:
            coming = data(
                self.api.get(BOOKING_PATH, params={"eventTypeId": event_type, "status": "upcoming"}, v=BOOKINGS)
            )
            for each in coming:
                self.api.post(
                    f"{BOOKING_PATH}/{each['uid']}/cancel", json={"cancellationReason": "a test is over"}, v=BOOKINGS
                )
            self.api.delete(f"/v2/event-types/{event_type}", v=EVENT_TYPES)
        self.api.delete(f"/v2/schedules/{self.schedule}", v=SCHEDULES)


def host_with(api: Client, anonymous: Client) -> Host:
    """Makes the caller a host with these hours."""
    hours = {"days": WORKDAYS, "startTime": "09:00", "endTime": "17:00"}
    body = {"name": unique("hours"), "timeZone": "Europe/Rome", "isDefault": False, "availability": [hours]}
    schedule = data(api.post("/v2/schedules", json=body, v=SCHEDULES), 201)["id"]
    return Host(api, anonymous, schedule, data(api.get("/v2/me"))["email"])


@pytest.fixture
def host(undisturbed: None, solo: Client, anonymous: Client) -> Iterator[Host]:
    """`solo` as a host."""
    del undisturbed
    found = host_with(solo, anonymous)
    yield found
    found.clean()

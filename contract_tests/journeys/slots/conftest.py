"""An event type with known slots: eight hours of a coming Monday, in Rome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, SCHEDULES, SLOTS, Client, data, unique
from contract_tests.coming_days import coming_monday
from mock_server.runtime.time_zones import time_zone

ROME = time_zone("Europe/Rome")
WHOLE_DAY = [f"{hour:02}:00" for hour in range(9, 17)]


@dataclass
class Offer:
    """An event type with its own schedule, and the requests that journeys make."""

    owner: Client
    anonymous: Client
    id: int
    slug: str
    monday: date

    def at(self, clock: str, days: int = 0) -> str:
        """A clock time in Rome on the Monday, or days later, in UTC."""
        hour, minute = map(int, clock.split(":"))
        day = self.monday + timedelta(days=days)
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ROME).astimezone(UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def search(self, **query: Any) -> dict[str, list[dict[str, Any]]]:
        """The slots of the event type, on the Monday by default."""
        days = {"start": self.monday.isoformat(), "end": self.monday.isoformat()}
        return data(self.anonymous.get("/v2/slots", params={"eventTypeId": self.id, **days, **query}, v=SLOTS))

    def clocks(self, **query: Any) -> list[str]:
        """Clock times in Rome of the slots on the Monday."""
        return [slot["start"][11:16] for slot in self.search(timeZone="Europe/Rome", **query).get(f"{self.monday}", [])]

    def change(self, **fields: Any) -> None:
        """Changes the event type."""
        data(self.owner.patch(f"/v2/event-types/{self.id}", json=fields, v=EVENT_TYPES))


@pytest.fixture
def offer(undisturbed: None, solo: Client, anonymous: Client) -> Iterator[Offer]:
    """An hour that can be booked from Monday to Friday, 9 to 17, in Rome."""
    del undisturbed
    hours = {"days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"], "startTime": "09:00", "endTime": "17:00"}
    body = {"name": unique("hours"), "timeZone": "Europe/Rome", "isDefault": False, "availability": [hours]}
    schedule = data(solo.post("/v2/schedules", json=body, v=SCHEDULES), 201)["id"]
    slug = unique("offer")
    body = {"title": "Offer", "slug": slug, "lengthInMinutes": 60, "scheduleId": schedule}
    event_type = data(solo.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
    yield Offer(solo, anonymous, event_type, slug, coming_monday())
    solo.delete(f"/v2/event-types/{event_type}", v=EVENT_TYPES)
    solo.delete(f"/v2/schedules/{schedule}", v=SCHEDULES)

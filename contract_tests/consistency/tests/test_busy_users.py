"""Stories with a key alone, whose user has bookings of others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import httpx
import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, MAY_BE_BUSY, SCHEDULES
from contract_tests.coming_days import coming_monday
from contract_tests.consistency.actors import Actors, bearer
from contract_tests.consistency.findings import Report
from contract_tests.consistency.host import DAYS_AHEAD, WEEK
from contract_tests.consistency.run import run
from contract_tests.http import DirectChannel
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description

KEY = bearer("cal_sandbox_owner")
FREE = (35, 36, 37)
"""A Monday and the two days after it, by their distance to the first Monday that a story may choose."""
LAST = 125
NEXT_YEAR = range(370, 420)


def occupy(url: str, days: Iterable[int]) -> None:
    """Books the user of the key from nine to five on days, given by their distance to the first Monday."""

    def create(path: str, version: str, **body: object) -> int:
        reply = httpx.post(f"{url}{path}", headers={**KEY, "cal-api-version": version}, json=body)
        return reply.raise_for_status().json()["data"]["id"]

    hours = [{"days": WEEK, "startTime": "00:00", "endTime": "23:59"}]
    schedule = create("/v2/schedules", SCHEDULES, name="Busy", timeZone="UTC", isDefault=False, availability=hours)
    event_type = create(
        "/v2/event-types", EVENT_TYPES, title="Busy", slug="busy", lengthInMinutes=480, scheduleId=schedule
    )  # fmt: skip
    guest = {"name": "Ann", "email": "ann@example.com", "timeZone": "UTC"}
    for day in days:
        start = f"{coming_monday(DAYS_AHEAD) + timedelta(days=day)}T09:00:00.000Z"
        create("/v2/bookings", BOOKINGS, eventTypeId=event_type, start=start, attendee=guest)


def told(url: str, story: str) -> Report:
    """The report of a story with the key alone, as on a deployment."""
    actors, description = Actors(personal=KEY, organization=KEY, organization_id=1), Description(load_bundle())
    return run(DirectChannel(url), actors, description, seed=1, only=[story], strict=False)


@pytest.mark.slow("books a hundred meetings")
def test_bookings_of_others_are_no_findings(cal_mock: str) -> None:
    """Whatever a story books or expects beyond its three free days."""
    occupy(cal_mock, [day for day in (*range(LAST), *NEXT_YEAR) if day not in FREE])
    for story in (
        "buffers", "limits", "booking windows", "settings of confirmations", "settings for bookers", "series",
        "schedules in effect", "summer time", "date line", "today",
    ):  # fmt: skip
        report = told(cal_mock, story)
        assert not report.findings, [f"{story}: {each.text}" for each in report.findings]


@pytest.mark.slow("books a hundred meetings")
def test_a_story_without_free_days_is_left_out(cal_mock: str) -> None:
    occupy(cal_mock, range(LAST))
    for story in ("buffers", "bookings"):
        report = told(cal_mock, story)
        assert not report.findings
        assert report.left_out == {story: MAY_BE_BUSY}

"""When calendars and feeds are busy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.clients import Client, Deployment, data, error, unique
from contract_tests.journeys.calendars.calendar_helpers import connections
from contract_tests.managed_users import ManagedUser
from mock_server.runtime.time_zones import time_zone

LONDON = time_zone("Europe/London")


def busy(client: Client, *calendars: tuple[int, str], days: int = 14, **replaced: str) -> Any:
    start = datetime.now(UTC) + timedelta(days=2)
    query: dict[str, Any] = {
        "loggedInUsersTz": "Europe/Rome",
        "dateFrom": f"{start:%Y-%m-%d}",
        "dateTo": f"{start + timedelta(days=days):%Y-%m-%d}",
        **replaced,
    }
    for place, (credential_id, external_id) in enumerate(calendars):
        query[f"calendarsToLoad[{place}][credentialId]"] = credential_id
        query[f"calendarsToLoad[{place}][externalId]"] = external_id
    # The tag of something else: what has changed is answered.
    return client.get("/v2/calendars/busy-times", params=query, headers={"If-None-Match": 'W/"of-something-else"'})


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(LONDON)


@pytest.mark.sandbox_only("solo's weekly lunch is part of the default world")
def test_a_weekly_event_stays_at_its_hour_all_year(solo: Client) -> None:
    [google] = connections(solo, "google_calendar")
    times = data(busy(solo, (google["credentialId"], google["primary"]["externalId"]), days=365))
    assert len(times) >= 52
    for time in times:
        start, end = local(time["start"]), local(time["end"])
        assert (start.isoweekday(), f"{start:%H:%M}", f"{end:%H:%M}") == (3, "12:00", "13:00")
        assert time["source"] == "google-calendar"


@pytest.mark.sandbox_only("solo's other calendars are free in the default world")
def test_each_connection_loads_its_own_calendars(solo: Client) -> None:
    asked = [
        (each["credentialId"], calendar["externalId"]) for each in connections(solo) for calendar in each["calendars"]
    ]
    assert {each["source"] for each in data(busy(solo, *asked))} == {"google-calendar"}


def test_the_connections_of_others_are_refused(managed_user: ManagedUser, solo: Client) -> None:
    found = connections(solo)
    if not found:
        pytest.skip("the user has no connection")
    refusal = error(busy(managed_user.api, (found[0]["credentialId"], "x")), 401)
    assert refusal["message"] == "These credentials do not belong to you"


@pytest.mark.sandbox_only("an invalid time zone meets a defect of the live service that the sandbox repeats")
def test_without_a_real_time_zone_the_times_are_lost(solo: Client) -> None:
    [google] = connections(solo, "google_calendar")
    times = data(busy(solo, (google["credentialId"], google["primary"]["externalId"]), loggedInUsersTz="Mars/Olympus"))
    assert times
    assert all(each["start"] is None and each["end"] is None for each in times)


@pytest.mark.sandbox_only("the feed is one of the default world")
def test_a_feed_of_the_sandbox_is_read(managed_user: ManagedUser, deployment: Deployment) -> None:
    url = f"{deployment.url}/_sandbox/feeds/shifts.ics"
    assert deployment.anonymous().get(url).text.startswith("BEGIN:VCALENDAR\r\n")
    saved = data(managed_user.api.post("/v2/calendars/ics-feed/save", json={"urls": [url]}), 201)
    [connection] = connections(managed_user.api)
    assert connection["primary"]["name"] == "Shifts"

    times = data(busy(managed_user.api, (saved["id"], url)))
    assert len(times) >= 2
    for time in times:
        start = local(time["start"])
        assert (start.isoweekday() in (1, 4), f"{start:%H:%M}") == (True, "08:00")
        assert (time["title"], time["source"]) == ("Early shift", "ics-feed")


@pytest.mark.sandbox_only("only the sandbox has feeds of its own")
def test_an_unreachable_feed_fails_the_whole_request(managed_user: ManagedUser, deployment: Deployment) -> None:
    urls = [f"https://feeds.example.com/{unique('feed')}.ics", f"{deployment.url}/_sandbox/feeds/nothing.ics"]
    refusal = error(managed_user.api.post("/v2/calendars/ics-feed/save", json={"urls": urls}), 400)
    assert refusal["message"] == "Could not add ICS feeds, try using private ics feed."
    assert connections(managed_user.api) == []


@pytest.mark.parametrize("url", [7, None, "feed", "https://feeds.example.com/team.txt"])
def test_the_address_of_a_feed_is_checked(managed_user: ManagedUser, url: object) -> None:
    refusal = error(managed_user.api.post("/v2/calendars/ics-feed/save", json={"urls": [url]}), 400)
    [wrong] = refusal["details"]["errors"]
    assert wrong["constraints"] == {"IsICSUrlConstraint": "The URL must be a valid ICS URL (ending with .ics)"}


def test_a_feed_of_another_host_is_a_calendar_without_events_until_it_is_disconnected(
    managed_user: ManagedUser, deployment: Deployment
) -> None:
    url = f"https://feeds.example.com/{unique('team')}.ics?key=1"
    reply = managed_user.api.post("/v2/calendars/ics-feed/save", json={"urls": [url]})
    if reply.status_code == 400 and not deployment.is_sandbox:
        pytest.skip("the server fetches feeds, and there is none at feeds.example.com")
    saved = data(reply, 201)
    data(managed_user.api.get("/v2/calendars/ics-feed/check"))
    assert data(busy(managed_user.api, (saved["id"], url))) == []
    data(managed_user.api.post("/v2/calendars/ics-feed/disconnect", json={"id": saved["id"]}))
    assert connections(managed_user.api) == []

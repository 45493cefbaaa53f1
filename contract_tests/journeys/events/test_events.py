"""Events, which are made in the web application and read here."""

from __future__ import annotations

import pytest

from contract_tests.clients import Client, data, error

pytestmark = pytest.mark.since("2026-09")

EVENTS = "/v2/events"
OPEN_HOUSE = "3f0d8a4e-6c1f-4d0e-9a57-2b1c7f6a9e10"


@pytest.mark.sandbox_only("an event of the default world")
def test_an_owner_reads_the_events(solo: Client) -> None:
    [event] = data(solo.get(EVENTS))
    assert (event["uuid"], event["startTime"]) == (OPEN_HOUSE, "2050-06-01T16:00:00.000Z")
    assert event["locations"] == [{"type": "address", "address": "1 Main Street, London"}]
    assert data(solo.get(EVENTS, params={"slug": "open-house"})) == [event]
    assert data(solo.get(f"{EVENTS}/{OPEN_HOUSE}")) == event


def test_events_of_others_and_unknown_ones_are_refused(solo: Client, owner: Client, anonymous: Client) -> None:
    error(owner.get(EVENTS), 404)
    error(solo.get(EVENTS, params={"slug": "garden-party"}), 404)
    error(owner.get(f"{EVENTS}/{OPEN_HOUSE}"), 403)
    error(solo.get(f"{EVENTS}/{OPEN_HOUSE[:-1]}1"), 404)
    error(solo.get(f"{EVENTS}/open-house"), 400)
    error(anonymous.get(EVENTS), 401)

"""The webhooks of a booking's lifecycle."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract_tests.clients import Client, Deployment, data, unique
from contract_tests.editions import in_force
from contract_tests.journeys.bookings.conftest import Host

pytestmark = pytest.mark.sandbox_only("reads the sandbox's inboxes and moves its clock")

TRIGGERS = [
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "MEETING_STARTED",
    "MEETING_ENDED",
]


class Inbox:
    """A subscriber to all triggers of the host's bookings."""

    def __init__(self, deployment: Deployment, client: Client) -> None:
        self.url = f"{deployment.url}/_sandbox/webhooks/inbox/{unique('inbox')}"
        body = {"subscriberUrl": self.url, "triggers": TRIGGERS, "active": True}
        data(client.post("/v2/webhooks", json=body), 201)

    def received(self, count: int) -> list[dict[str, Any]]:
        """The received bodies, once there are `count`."""
        found = httpx.get(self.url, params={"count": count}, timeout=30).json()["received"]
        return [each["json"] for each in found]


@pytest.fixture
def inbox(deployment: Deployment, host: Host) -> Inbox:
    return Inbox(deployment, host.api)


@pytest.mark.until("2026-03", "ended-bookings-not-cancelled")
def test_the_events_of_a_booking_are_sent_in_order(
    host: Host, inbox: Inbox, anonymous: Client, deployment: Deployment
) -> None:
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": False}
    visit = host.offer(confirmationPolicy=policy)
    asked = host.book(visit, "10:00")
    host.act(asked["uid"], "confirm")
    by_host = {"start": host.at("12:00"), "rescheduledBy": host.email}
    moved = host.act(asked["uid"], "reschedule", anonymous, 201, **by_host)
    deployment.advance(days=14)
    host.act(moved["uid"], "cancel", cancellationReason="ill")

    received = inbox.received(6)
    assert [each["triggerEvent"] for each in received] == [
        "BOOKING_REQUESTED",
        "BOOKING_CREATED",
        "BOOKING_RESCHEDULED",
        "MEETING_STARTED",
        "MEETING_ENDED",
        "BOOKING_CANCELLED",
    ]
    payloads = [each.get("payload", each) for each in received]
    assert [each["uid"] for each in payloads] == [asked["uid"]] * 2 + [moved["uid"]] * 4
    assert payloads[2]["rescheduleUid"] == asked["uid"]
    assert payloads[5]["cancellationReason"] == "ill"


def as_in_payloads(moment: str) -> str:
    return moment if in_force("one-booking-payload") else moment.replace(".000Z", "Z")


def test_rescheduling_with_confirmation_sends_a_request_with_the_previous_booking(
    host: Host, inbox: Inbox, anonymous: Client
) -> None:
    visit = host.offer(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": False})
    asked = host.book(visit, "10:00")
    host.act(asked["uid"], "confirm")
    moved = host.act(asked["uid"], "reschedule", anonymous, 201, start=host.at("12:00"))
    first, _, again = inbox.received(3)
    assert (first["triggerEvent"], again["triggerEvent"]) == ("BOOKING_REQUESTED", "BOOKING_REQUESTED")
    assert not [name for name in first["payload"] if name.startswith("reschedule")]
    assert (again["payload"]["uid"], again["payload"]["status"]) == (moved["uid"], "PENDING")
    assert {name: value for name, value in again["payload"].items() if name.startswith("reschedule")} == {
        "rescheduleId": asked["id"],
        "rescheduleUid": asked["uid"],
        "rescheduleStartTime": as_in_payloads(asked["start"]),
        "rescheduleEndTime": as_in_payloads(asked["end"]),
    }


def test_rejected_requests_send_no_webhooks(host: Host, inbox: Inbox) -> None:
    talk = host.offer()
    first = host.book(talk, "10:00")
    assert host.ask(talk, "10:00").status_code == 400
    second = host.book(talk, "12:00")
    assert [each["payload"]["uid"] for each in inbox.received(2)] == [first["uid"], second["uid"]]

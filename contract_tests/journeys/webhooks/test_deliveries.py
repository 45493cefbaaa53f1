"""Webhook deliveries: what arrives at a subscriber, and what the control plane shows."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contract_tests.clients import Client, Deployment, data, unique

pytestmark = pytest.mark.sandbox_only("reads the sandbox's inboxes and list of deliveries")


class Lab:
    """The control plane's webhook calls, with an inbox of its own."""

    def __init__(self, deployment: Deployment) -> None:
        self.http = httpx.Client(base_url=f"{deployment.url}/_sandbox/", timeout=30)
        self.inbox = unique("inbox")
        self.url = f"{deployment.url}/_sandbox/webhooks/inbox/{self.inbox}"

    def trigger(self, trigger: str, **fields: Any) -> list[dict[str, Any]]:
        reply = self.http.post("webhooks/trigger", json={"trigger": trigger, **fields})
        assert reply.status_code == 202, reply.text
        return reply.json()["deliveries"]

    def received(self, count: int) -> list[dict[str, Any]]:
        """The received deliveries, once there are `count`."""
        found = self.http.get(f"webhooks/inbox/{self.inbox}", params={"count": count}).json()["received"]
        assert len(found) == count, found
        return found

    def delivery(self, number: int) -> dict[str, Any]:
        """The delivery, once no delivery is in progress."""
        shown = self.http.get("webhooks/deliveries", params={"wait": 10}).json()["deliveries"]
        return next(each for each in shown if each["id"] == number)


@pytest.fixture
def lab(deployment: Deployment):
    found = Lab(deployment)
    yield found
    found.http.close()


def days_ahead(days: int) -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=days)}T12:00:00.000Z"


def subscribe(client: Client, url: str, *triggers: str, **fields: Any) -> dict[str, Any]:
    body = {"subscriberUrl": url, "triggers": list(triggers), "active": True, **fields}
    return data(client.post("/v2/webhooks", json=body), 201)


def test_an_event_arrives_signed_with_the_usual_body(solo: Client, lab: Lab) -> None:
    subscribe(solo, lab.url, "BOOKING_CREATED", secret="not-so-secret")
    lab.trigger("BOOKING_CREATED")
    [got] = lab.received(1)
    assert list(got["json"]) == ["triggerEvent", "createdAt", "payload"]
    assert got["json"]["triggerEvent"] == "BOOKING_CREATED"
    assert got["json"]["payload"]["status"] == "ACCEPTED"
    signature = hmac.new(b"not-so-secret", got["body"].encode(), hashlib.sha256).hexdigest()
    assert got["headers"]["x-cal-signature-256"] == signature
    assert got["headers"]["content-type"] == "application/json"


def test_without_a_secret_the_signature_header_has_a_placeholder(solo: Client, lab: Lab) -> None:
    subscribe(solo, lab.url, "BOOKING_CREATED")
    lab.trigger("BOOKING_CREATED")
    assert lab.received(1)[0]["headers"]["x-cal-signature-256"] == "no-secret-provided"


def test_a_template_writes_the_body(solo: Client, lab: Lab) -> None:
    template = '{"what": "{{triggerEvent}}", "who": "{{#each attendees}}{{name}}{{/each}}"}'
    subscribe(solo, lab.url, "BOOKING_CANCELLED", payloadTemplate=template)
    lab.trigger("BOOKING_CANCELLED", payload={"attendees": [{"name": "Ada"}, {"name": "O'Hara"}]})
    [got] = lab.received(1)
    assert got["body"] == '{"what":"BOOKING_CANCELLED","who":"AdaO&#x27;Hara"}'


def test_a_template_that_is_not_json_is_sent_as_a_form(solo: Client, lab: Lab) -> None:
    subscribe(solo, lab.url, "BOOKING_CANCELLED", payloadTemplate="title={{title}}")
    lab.trigger("BOOKING_CANCELLED", payload={"title": "Intro"})
    [got] = lab.received(1)
    assert (got["body"], got["headers"]["content-type"]) == ("title=Intro", "application/x-www-form-urlencoded")


def test_only_active_webhooks_subscribed_to_the_trigger_are_called(solo: Client, lab: Lab) -> None:
    subscribe(solo, f"{lab.url}-silent", "BOOKING_PAID", active=False)
    subscribe(solo, f"{lab.url}-other", "BOOKING_REJECTED")
    mine = subscribe(solo, lab.url, "BOOKING_PAID")
    assert [each["webhookId"] for each in lab.trigger("BOOKING_PAID")] == [mine["id"]]


def test_events_of_one_subscriber_arrive_in_order(solo: Client, lab: Lab) -> None:
    order = ["BOOKING_REQUESTED", "BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "MEETING_ENDED"]
    subscribe(solo, lab.url, *order)
    for trigger in order:
        lab.trigger(trigger)
    assert [each["json"]["triggerEvent"] for each in lab.received(5)] == order


def test_absences_made_through_the_api_send_nothing(owner: Client, lab: Lab) -> None:
    for path in ("/v2/webhooks", "/v2/organizations/1/webhooks"):
        body = {"subscriberUrl": lab.url, "triggers": ["OOO_CREATED", "MEETING_ENDED"], "active": True}
        data(owner.post(path, json=body), 201)
    absences = "/v2/organizations/1/users/1/ooo"
    made = data(owner.post(absences, json={"start": days_ahead(40), "end": days_ahead(41)}), 201)
    data(owner.patch(f"{absences}/{made['id']}", json={"start": days_ahead(41), "end": days_ahead(42)}))
    data(owner.delete(f"{absences}/{made['id']}"))
    lab.trigger("MEETING_ENDED")
    assert {each["json"]["triggerEvent"] for each in lab.received(2)} == {"MEETING_ENDED"}


@pytest.mark.parametrize(
    "trigger",
    [
        "INSTANT_MEETING",
        "OOO_CREATED",
        "FORM_SUBMITTED",
        "RECORDING_READY",
        "BOOKING_PAID",
        "BOOKING_PAYMENT_INITIATED",
    ],
)
def test_every_trigger_has_a_sample_for_any_subscriber(lab: Lab, trigger: str) -> None:
    lab.trigger(trigger, subscriberUrls=[lab.url], secret="s")
    assert lab.received(1)[0]["json"]["triggerEvent"] == trigger


def test_a_delivery_is_shown_with_request_and_reply_and_can_be_sent_again(solo: Client, lab: Lab) -> None:
    webhook = subscribe(solo, lab.url, "BOOKING_CREATED", secret="not-so-secret")
    [sent] = lab.trigger("BOOKING_CREATED")
    shown = lab.delivery(sent["id"])
    assert (shown["status"], shown["attempts"], shown["webhookId"]) == ("delivered", 1, webhook["id"])
    assert shown["reply"]["status"] == 200
    assert shown["durationMs"] > 0

    again = lab.http.post(f"webhooks/deliveries/{sent['id']}/replay").json()
    assert again["replayOf"] == sent["id"]
    first, second = lab.received(2)
    assert (first["body"], first["headers"]["x-cal-signature-256"]) == (
        second["body"],
        second["headers"]["x-cal-signature-256"],
    )


def test_deliveries_to_other_machines_are_blocked_and_listed(solo: Client, lab: Lab) -> None:
    subscribe(solo, "http://203.0.113.7/hook", "BOOKING_CREATED")
    [sent] = lab.trigger("BOOKING_CREATED")
    shown = lab.delivery(sent["id"])
    assert (shown["status"], shown["reply"]) == ("refused", None)
    assert "--webhook-hosts 203.0.113.7" in shown["reason"]


def test_an_invalid_template_sends_nothing(solo: Client, lab: Lab) -> None:
    subscribe(solo, lab.url, "BOOKING_CREATED", payloadTemplate="{{#if title}}")
    [sent] = lab.trigger("BOOKING_CREATED")
    assert sent["status"] == "failed"
    assert "template" in sent["reason"]


def test_an_empty_payload_is_sent_as_it_is(lab: Lab) -> None:
    lab.trigger("FORM_SUBMITTED", payload={}, subscriberUrls=[lab.url])
    [got] = lab.received(1)
    assert got["json"]["payload"] == {}


@pytest.mark.parametrize("number", ["999999", "9" * 5000, "one"])
def test_a_delivery_that_does_not_exist_is_not_found(lab: Lab, number: str) -> None:
    assert lab.http.get(f"webhooks/deliveries/{number}").status_code == 404
    assert lab.http.post(f"webhooks/deliveries/{number}/replay").status_code == 404


def test_worlds_have_deliveries_and_inboxes_of_their_own(solo: Client, lab: Lab) -> None:
    subscribe(solo, lab.url, "BOOKING_CREATED")
    lab.trigger("BOOKING_CREATED")
    lab.received(1)
    lab.http.post("reset")
    assert lab.http.get("webhooks/deliveries").json()["deliveries"] == []
    assert lab.http.get(f"webhooks/inbox/{lab.inbox}").json() == {"received": []}


@pytest.mark.parametrize(
    "body",
    [{}, {"trigger": "NOTHING"}, {"trigger": "OOO_CREATED", "webhookIds": "x"}, {"trigger": "OOO_CREATED", "to": []}],
)
def test_an_invalid_trigger_is_rejected_with_the_valid_values(lab: Lab, body: dict[str, Any]) -> None:
    reply = lab.http.post("webhooks/trigger", json=body)
    assert reply.status_code == 400
    assert "take" in reply.json()["error"]

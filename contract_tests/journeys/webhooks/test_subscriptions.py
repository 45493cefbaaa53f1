"""Subscribing to events: the four families of webhooks."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, data, error, unique
from contract_tests.editions import added_in
from contract_tests.nonexistent import NO_NUMBER
from contract_tests.refusals import check_refusal, no_event_type_webhook, unknown_event_type

CLIENT = "/v2/oauth-clients/sandbox-client/webhooks"


def subscription(**fields: Any) -> dict[str, Any]:
    url = f"https://hooks.example.com/{unique('hook')}"
    return {"subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "active": True, **fields}


def test_a_webhook_from_creation_to_deletion(solo: Client) -> None:
    me = data(solo.get("/v2/me"))["id"]
    wanted = subscription(secret="not-so-secret", payloadTemplate="{{title}}")
    made = data(solo.post("/v2/webhooks", json=wanted), 201)
    added = added_in("2026-09", time=None, timeUnit=None, version="2021-10-20")
    assert made == {**wanted, "id": made["id"], "userId": me, **added}
    url = f"/v2/webhooks/{made['id']}"

    details = data(solo.get(url))
    assert made.items() <= details.items()
    assert (details["platform"], details["eventTypeId"], details["time"]) == (False, None, None)

    changed = data(solo.patch(url, json={"secret": None, "triggers": ["MEETING_ENDED"]}))
    assert changed == {**made, "secret": None, "triggers": ["MEETING_ENDED"]}
    assert changed in data(solo.get("/v2/webhooks", params={"take": 250}))

    assert data(solo.delete(url)) == changed
    assert error(solo.get(url), 404)["message"] == f"Webhook ({made['id']}) not found"


def test_a_webhook_of_an_event_type_is_paused(solo: Client) -> None:
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30}
    event_type = data(solo.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
    webhooks = f"/v2/event-types/{event_type}/webhooks"
    made = data(solo.post(webhooks, json=subscription(active=False)), 201)
    for active in (True, False):
        data(solo.patch(f"{webhooks}/{made['id']}", json={"active": active}))
        assert data(solo.get(f"{webhooks}/{made['id']}"))["active"] is active
    data(solo.delete(f"/v2/event-types/{event_type}", v=EVENT_TYPES))


def test_a_url_can_be_subscribed_once(solo: Client) -> None:
    wanted = subscription()
    first = data(solo.post("/v2/webhooks", json=wanted), 201)
    second = data(solo.post("/v2/webhooks", json=subscription()), 201)
    assert error(solo.post("/v2/webhooks", json=wanted), 409)["message"] == (
        "Webhook with this subscriber url already exists for this user"
    )
    url = f"/v2/webhooks/{second['id']}"
    assert error(solo.patch(url, json={"subscriberUrl": wanted["subscriberUrl"]}), 409)["code"] == "CONFLICT"
    for each in (first, second):
        data(solo.delete(f"/v2/webhooks/{each['id']}"))


def test_only_names_of_triggers_are_accepted(solo: Client) -> None:
    refusal = error(solo.post("/v2/webhooks", json=subscription(triggers=["BOOKING_CONFIRMED"])), 400)
    assert [each["property"] for each in refusal["details"]["errors"]] == ["triggers"]


def test_webhooks_of_others_are_not_accessible(solo: Client, member: Client) -> None:
    made = data(member.post("/v2/webhooks", json=subscription()), 201)
    error(solo.get(f"/v2/webhooks/{made['id']}"), 403)
    error(solo.delete(f"/v2/webhooks/{made['id']}"), 403)
    data(member.delete(f"/v2/webhooks/{made['id']}"))


def test_an_organizations_webhooks_are_for_its_admins(organization: str, admin: Client, member: Client) -> None:
    webhooks = f"{organization}/webhooks"
    error(member.get(webhooks), 403)
    made = data(admin.post(webhooks, json=subscription()), 201)
    assert webhooks == f"/v2/organizations/{made['teamId']}/webhooks"
    error(admin.get(f"{webhooks}/{unique('unknown')}"), 403)
    assert data(admin.delete(f"{webhooks}/{made['id']}")) == made


@pytest.mark.sandbox_only("the live service wants a login in a browser here")
def test_an_oauth_clients_webhooks_need_its_secret_or_an_admins_key(platform: Client, admin: Client) -> None:
    mine = data(platform.post(CLIENT, json=subscription()), 201)
    assert mine["oAuthClientId"] == "sandbox-client"
    data(admin.post(CLIENT, json=subscription()), 201)
    error(platform.get(f"/v2/webhooks/{mine['id']}"), 403)
    assert data(admin.delete(CLIENT)) == "2 webhooks deleted"
    assert data(platform.get(CLIENT)) == []


def test_an_event_types_webhooks_are_for_its_owner(solo: Client) -> None:
    body = {"title": "Hooked", "slug": unique("hooked"), "lengthInMinutes": 30}
    event_type = data(solo.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
    base = f"/v2/event-types/{event_type}/webhooks"
    made = data(solo.post(base, json=subscription()), 201)
    assert made["eventTypeId"] == event_type
    of_user = data(solo.post("/v2/webhooks", json=subscription()), 201)
    check_refusal(solo.get(f"{base}/{of_user['id']}"), no_event_type_webhook(of_user["id"]))
    check_refusal(solo.get(f"/v2/event-types/{NO_NUMBER}/webhooks"), unknown_event_type(NO_NUMBER))
    assert data(solo.delete(base)) == "1 webhooks deleted"
    assert data(solo.get(base)) == []
    data(solo.delete(f"/v2/webhooks/{of_user['id']}"))
    data(solo.delete(f"/v2/event-types/{event_type}", v=EVENT_TYPES))

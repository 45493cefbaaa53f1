"""Clients written in August 2026, which send versions from before 2026, work unmodified in 2026-09."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES, SLOTS, Client, data, error, unique
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, attendee, host_with

pytestmark = pytest.mark.since("2026-09")


@pytest.fixture
def host(undisturbed: None, solo: Client, anonymous: Client) -> Iterator[Host]:
    """The user whose calendar the clients manage."""
    del undisturbed
    found = host_with(solo, anonymous)
    yield found
    found.clean()


def test_an_assistant_sends_the_version_of_bookings_to_every_path(host: Host) -> None:
    """The agno toolkit: slots of the older path, then the life of a booking."""
    talk, assistant = host.offer(), host.api
    window = {"startTime": f"{host.monday}T00:00:00Z", "endTime": f"{host.monday}T23:59:59Z", "eventTypeId": talk}
    slots = data(assistant.get("/v2/slots/available", params=window, v=BOOKINGS))["slots"]
    first, second = (slot["time"] for slot in slots[f"{host.monday}"][:2])

    booker = attendee()
    body = {"start": first, "eventTypeId": talk, "attendee": booker}
    booked = data(assistant.post(BOOKING_PATH, json=body, v=BOOKINGS), 201)
    assert (booked["start"], booked["status"], booked["attendees"][0]["email"]) == (first, "accepted", booker["email"])

    query = {"status": "upcoming", "attendeeEmail": booker["email"]}
    listed = data(assistant.get(BOOKING_PATH, params=query, v=BOOKINGS))
    assert [(each["uid"], each["title"], each["start"]) for each in listed] == [(booked["uid"], booked["title"], first)]
    body = {"start": second, "reschedulingReason": "The caller is late"}
    moved = data(assistant.post(f"{BOOKING_PATH}/{booked['uid']}/reschedule", json=body, v=BOOKINGS), 201)
    assert (moved["start"], moved["rescheduledFromUid"]) == (second, booked["uid"])
    body = {"cancellationReason": "The caller changed plans"}
    gone = data(assistant.post(f"{BOOKING_PATH}/{moved['uid']}/cancel", json=body, v=BOOKINGS))
    assert (gone["uid"], gone["status"]) == (moved["uid"], "cancelled")
    assert data(assistant.get(BOOKING_PATH, params=query, v=BOOKINGS)) == []


def test_a_voice_agent_sends_the_version_of_each_family(host: Host) -> None:
    """The LiveKit front desk: its event type by its slug, free times, and a booking."""
    slug, agent = unique("front-desk"), host.api
    username = data(agent.get("/v2/me", v=EVENT_TYPES))["username"]
    body = {"title": "Front desk", "slug": slug, "lengthInMinutes": 60, "scheduleId": host.schedule}
    made = data(agent.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)
    listed = data(agent.get("/v2/event-types", params={"username": username}, v=EVENT_TYPES))
    [found] = [each for each in listed if each["slug"] == slug]
    assert (found["id"], found["lengthInMinutes"]) == (made["id"], 60)

    query = {"eventTypeId": found["id"], "start": host.at("00:00"), "end": host.at("23:59")}
    start = data(agent.get("/v2/slots", params=query, v=SLOTS))[f"{host.monday}"][0]["start"]
    body = {"start": start, "eventTypeId": found["id"], "attendee": attendee()}
    booked = data(agent.post(BOOKING_PATH, json=body, v=BOOKINGS), 201)
    assert (booked["start"], booked["duration"]) == (start, 60)
    taken = agent.post(BOOKING_PATH, json=body, v=BOOKINGS)
    assert "not available" in error(taken, 400)["message"]
    data(agent.post(f"{BOOKING_PATH}/{booked['uid']}/cancel", json={"cancellationReason": "over"}, v=BOOKINGS))
    data(agent.delete(f"/v2/event-types/{made['id']}", v=EVENT_TYPES))


def test_a_mobile_app_manages_bookings_event_types_and_schedules(host: Host) -> None:
    """The companion app: its requests have the version of bookings wherever a family has none of its own."""
    app = host.api
    hours = {"days": ["Monday"], "startTime": "10:00", "endTime": "12:00"}
    body = {"name": "Mornings", "timeZone": "Europe/Rome", "isDefault": False, "availability": [hours]}
    schedule = data(app.post("/v2/schedules", json=body, v=SCHEDULES), 201)
    assert schedule["availability"] == [hours]
    assert schedule in data(app.get("/v2/schedules", v=SCHEDULES))
    body = {"title": "Coffee", "slug": unique("coffee"), "lengthInMinutes": 60, "scheduleId": schedule["id"]}
    coffee = data(app.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)
    item = f"/v2/event-types/{coffee['id']}"
    assert data(app.get(item, v=EVENT_TYPES)) == coffee
    assert data(app.patch(item, json={"description": "With cake"}, v=EVENT_TYPES))["description"] == "With cake"
    assert host.clocks(coffee["id"]) == ["10:00", "11:00"]

    link = data(app.post(f"{item}/private-links", json={}, v=BOOKINGS), 201)
    assert (link["maxUsageCount"], link["isExpired"], link["linkId"] in link["bookingUrl"]) == (1, False, True)
    assert data(app.get(f"{item}/private-links", v=BOOKINGS)) == [link]
    more = data(app.patch(f"{item}/private-links/{link['linkId']}", json={"maxUsageCount": 5}, v=BOOKINGS))
    assert more["maxUsageCount"] == 5
    data(app.delete(f"{item}/private-links/{link['linkId']}", v=BOOKINGS))
    assert data(app.get(f"{item}/private-links", v=BOOKINGS)) == []

    webhook = {"active": True, "subscriberUrl": "https://hooks.example.com/app", "triggers": ["BOOKING_CREATED"]}
    made = data(app.post(f"{item}/webhooks", json=webhook, v=BOOKINGS), 201)
    assert {name: made[name] for name in webhook} == webhook
    assert [each["id"] for each in data(app.get(f"{item}/webhooks", v=BOOKINGS))] == [made["id"]]
    data(app.delete(f"{item}/webhooks/{made['id']}", v=BOOKINGS))
    assert data(app.get(f"{item}/webhooks", v=BOOKINGS)) == []

    booked = host.book(coffee["id"], "10:00")
    page = app.get(BOOKING_PATH, params={"status": "upcoming,unconfirmed", "take": 10, "skip": 0}, v=BOOKINGS).json()
    assert [each["uid"] for each in page["data"] if each["eventTypeId"] == coffee["id"]] == [booked["uid"]]
    assert page["pagination"]["itemsPerPage"] == 10
    host.act(booked["uid"], "cancel", cancellationReason="rain")
    data(app.delete(item, v=EVENT_TYPES))
    data(app.delete(f"/v2/schedules/{schedule['id']}", v=SCHEDULES))
    assert schedule["id"] not in [each["id"] for each in data(app.get("/v2/schedules", v=SCHEDULES))]


@pytest.mark.sandbox_only("only API keys subscribe, and temporary users have none")
def test_a_mobile_app_registers_its_device_and_shows_credits(solo: Client) -> None:
    device = {"token": f"ExponentPushToken[{unique('app')}]", "platform": "IOS", "deviceId": "phone"}
    path = "/v2/notifications/subscriptions/app-push"
    assert data(solo.post(path, json=device, v=BOOKINGS), 201)["identifier"] == device["token"]
    removed = solo.delete(path, json={"token": device["token"]}, v=BOOKINGS).json()
    assert removed == {"status": "success", "message": "App push subscription removed successfully"}
    credits_left = data(solo.get("/v2/credits/available", v=BOOKINGS))
    balance = credits_left["balance"]
    assert set(balance) == {"monthlyRemaining", "additional"}
    assert credits_left["hasCredits"] is True
    assert sum(balance.values()) > 0


@pytest.mark.sandbox_only("the organization of the default world")
def test_a_mobile_app_weighs_the_attributes_of_members(owner: Client) -> None:
    """The companion app in an organization."""
    acme = "/v2/organizations/1"
    body = {
        "name": "Skill", "slug": unique("skill"), "type": "SINGLE_SELECT", "options": [{"value": "Go", "slug": "go"}],
        "enabled": True,
    }  # fmt: skip
    attribute = data(owner.post(f"{acme}/attributes", json=body, v=BOOKINGS), 201)["id"]
    [option] = data(owner.get(f"{acme}/attributes/{attribute}/options", v=BOOKINGS))
    assigned = {"attributeId": attribute, "attributeOptionId": option["id"], "weight": 10}
    data(owner.post(f"{acme}/attributes/options/3", json=assigned, v=BOOKINGS), 201)
    weighed = data(owner.patch(f"{acme}/attributes/options/3/{option['id']}", json={"weight": 70}, v=BOOKINGS))
    assert weighed["weight"] == 70
    page = data(owner.get(f"{acme}/attributes/assignments/3/history", params={"limit": 1}, v=BOOKINGS))
    [change] = page["auditLogs"][0]["changes"]
    assert (change["type"], change["current"]["weight"], page["hasMore"]) == ("UPDATED", 70, True)
    stranger = {"email": f"{unique('stranger')}@example.com", "role": "MEMBER"}
    error(owner.post(f"{acme}/memberships", json=stranger, v=BOOKINGS), 404)


@pytest.mark.parametrize("version", [BOOKINGS, SLOTS])
def test_a_connector_that_sends_one_version_to_every_path_finds_no_event_types(host: Host, version: str) -> None:
    assert error(host.api.get("/v2/event-types", v=version), 404)["message"] == "Cannot GET /v2/event-types"


def test_a_connector_that_sends_no_version_reads_the_oldest_forms(host: Host) -> None:
    talk = host.offer()
    groups = data(host.api.get("/v2/event-types"))["eventTypeGroups"]
    assert talk in [each["id"] for group in groups for each in group["eventTypes"]]
    booked = host.book(talk, "10:00")
    listed = data(host.api.get(BOOKING_PATH, params={"filters[status]": "upcoming"}))["bookings"]
    assert booked["uid"] in [each["uid"] for each in listed]

"""Event types of the older versions, which are those of today in another form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, data, error, unique
from contract_tests.nonexistent import NO_TEXT

OLD = "2024-04-15"
PATH = "/v2/event-types"


@pytest.fixture
def created(solo: Client) -> Iterator[dict[str, Any]]:
    """An event type at an address, deleted at the end."""
    places = [{"type": "inPerson", "address": "1 High Street"}, {"type": "phone"}]
    body = {"title": "Older talk", "slug": unique("older"), "length": 45, "locations": places}
    made = data(solo.post(PATH, json=body, v=OLD), 201)
    yield made
    solo.delete(f"{PATH}/{made['id']}", v=EVENT_TYPES)


def test_both_versions_see_the_same_event_type(solo: Client, created: dict[str, Any]) -> None:
    later = data(solo.get(f"{PATH}/{created['id']}", v=EVENT_TYPES))
    assert (later["lengthInMinutes"], later["slug"]) == (45, created["slug"])
    assert [each["type"] for each in later["locations"]] == ["address", "attendeePhone"]
    shown = data(solo.get(f"{PATH}/{created['id']}", v=OLD))["eventType"]
    assert shown["locations"] == created["locations"]
    groups = data(solo.get(PATH, v=OLD))["eventTypeGroups"]
    assert created["id"] in [each["id"] for each in groups[0]["eventTypes"]]


def test_a_change_keeps_what_it_does_not_give(solo: Client, created: dict[str, Any]) -> None:
    changed = data(solo.patch(f"{PATH}/{created['id']}", json={"length": 50}, v=OLD))
    assert changed == {**created, "length": 50}
    taken = {"title": "Again", "slug": created["slug"], "length": 30}
    assert error(solo.post(PATH, json=taken, v=OLD), 400)["message"].startswith("User already has an event type")
    needy = {**taken, "slug": unique("older"), "locations": [{"type": "link"}]}
    assert "needs its address" in error(solo.post(PATH, json=needy, v=OLD), 400)["message"]


@pytest.mark.since("2026-03")
def test_the_older_replies_show_all_that_is_stored(solo: Client, created: dict[str, Any]) -> None:
    path = f"{PATH}/{created['id']}"
    settings = {"hideOrganizerEmail": True, "disableCancelling": {"disabled": True}, "description": "1 < 2"}
    fields = [{"type": "select", "slug": "size", "label": "Size", "required": False, "options": ["S", "M"]}]
    data(solo.patch(path, json={**settings, "bookingFields": fields}, v=EVENT_TYPES))
    link = data(solo.post(f"{path}/private-links", json={"maxUsageCount": 3}), 201)
    hook = {"subscriberUrl": "https://hooks.example.com/older", "triggers": ["BOOKING_CREATED"], "active": False}
    made = data(solo.post(f"{path}/webhooks", json=hook), 201)

    shown = data(solo.get(path, v=OLD))
    assert [each["label"] for each in shown["locationOptions"]] == ["Conferencing", "in person", "Other", "Phone"]
    details = shown["eventType"]
    assert [each["id"] for each in details["webhooks"]] == [made["id"]]
    listed = next(
        each for each in data(solo.get(PATH, v=OLD))["eventTypeGroups"][0]["eventTypes"] if each["id"] == created["id"]
    )
    for each in (details, listed):
        assert (each["hideOrganizerEmail"], each["disableCancelling"]) == (True, True)
        assert [(known["link"], known["maxUsageCount"]) for known in each["hashedLink"]] == [(link["linkId"], 3)]
        [size] = [field for field in each["bookingFields"] if field["editable"] == "user"]
        assert size["options"] == [{"label": "S", "value": "S"}, {"label": "M", "value": "M"}]
    assert listed["safeDescription"] == "<p>1 &lt; 2</p>\n"


@pytest.mark.sandbox_only("solo's name is that of the default world")
def test_hidden_event_types_are_not_on_the_public_page(
    solo: Client, anonymous: Client, created: dict[str, Any]
) -> None:
    page, own = f"{PATH}/solo/public", f"{PATH}/solo/{created['slug']}/public"
    assert created["id"] in [each["id"] for each in data(anonymous.get(page))]
    data(solo.patch(f"{PATH}/{created['id']}", json={"hidden": True}, v=OLD))
    assert created["id"] not in [each["id"] for each in data(anonymous.get(page))]
    assert data(anonymous.get(own, headers={"If-None-Match": 'W/"of-something-else"'}))["length"] == 45
    refusal = error(anonymous.get(f"{PATH}/{NO_TEXT}/public"), 404)
    assert refusal["message"] == f'User with username "{NO_TEXT}" not found'


def test_a_deleted_event_type_is_gone_under_both(solo: Client, created: dict[str, Any]) -> None:
    gone = data(solo.delete(f"{PATH}/{created['id']}", v=OLD))
    assert gone == {name: created[name] for name in ("id", "length", "slug", "title")}
    error(solo.get(f"{PATH}/{created['id']}", v=EVENT_TYPES), 404)

"""Slots of the older versions, with reservations that a cookie holds together."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import SLOTS, Client, Deployment, data, error
from contract_tests.journeys.slots.conftest import WHOLE_DAY, Offer

OLD = "2024-08-13"


def found(client: Client, offer: Offer, **query: Any) -> list[str]:
    """Clock times in Rome of the slots on the Monday, by default of the event type's id."""
    window = {"startTime": offer.at("00:00"), "endTime": offer.at("23:00"), "timeZone": "Europe/Rome"}
    by_id = {} if "eventTypeSlug" in query else {"eventTypeId": offer.id}
    params = {**by_id, **window, **query}
    slots = data(client.get("/v2/slots/available", params=params, v=OLD))["slots"]
    return [(slot.get("time") or slot["startTime"])[11:16] for slot in slots.get(f"{offer.monday}", [])]


def reserve(client: Client, offer: Offer, start: str, end: str) -> str:
    body = {"eventTypeId": offer.id, "slotUtcStartDate": offer.at(start), "slotUtcEndDate": offer.at(end)}
    return data(client.post("/v2/slots/reserve", json=body, v=OLD), 201)


@pytest.mark.parametrize("query", [{}, {"slotFormat": "range"}])
def test_both_versions_offer_the_same_slots(offer: Offer, anonymous: Client, query: dict[str, str]) -> None:
    assert found(anonymous, offer, **query) == WHOLE_DAY == offer.clocks()


@pytest.mark.sandbox_only("no recording shows how the real service reads a single name")
def test_event_types_are_found_by_name(offer: Offer, anonymous: Client) -> None:
    username = data(offer.owner.get("/v2/me"))["username"]
    assert found(anonymous, offer, eventTypeSlug=offer.slug, usernameList=username) == WHOLE_DAY


def test_slots_have_the_requested_length(offer: Offer, anonymous: Client) -> None:
    assert found(anonymous, offer, duration=120) == WHOLE_DAY[:-1:2]


def test_a_reservation_hides_a_slot_from_all_but_its_owner(
    offer: Offer, anonymous: Client, deployment: Deployment
) -> None:
    visitor = deployment.anonymous()
    uid = reserve(visitor, offer, "10:00", "11:00")
    assert reserve(visitor, offer, "12:00", "13:00") == uid == reserve(visitor, offer, "10:00", "11:00")
    assert found(visitor, offer) == WHOLE_DAY
    assert found(anonymous, offer) == [clock for clock in WHOLE_DAY if clock not in ("10:00", "12:00")]
    assert anonymous.delete("/v2/slots/selected-slot", params={"uid": uid}, v=OLD).json() == {"status": "success"}
    assert found(anonymous, offer) == WHOLE_DAY


def test_a_newer_version_releases_all_that_a_cookie_holds(
    offer: Offer, anonymous: Client, deployment: Deployment
) -> None:
    visitor = deployment.anonymous()
    uid = reserve(visitor, offer, "10:00", "11:00")
    reserve(visitor, offer, "12:00", "13:00")
    released = anonymous.delete(f"/v2/slots/reservations/{uid}", v=SLOTS)
    assert released.json() == {"status": "success"}
    assert found(anonymous, offer) == WHOLE_DAY


def test_what_is_refused_reserves_nothing(offer: Offer, anonymous: Client, deployment: Deployment) -> None:
    body = {"eventTypeId": offer.id, "slotUtcStartDate": offer.at("10:00"), "slotUtcEndDate": offer.at("11:00")}
    for wrong in ({"slotUtcEndDate": "later"}, {"bookingUid": 17}):
        error(deployment.anonymous().post("/v2/slots/reserve", json=body | wrong, v=OLD), 400)
    assert found(anonymous, offer) == WHOLE_DAY


def test_the_booking_to_reschedule_does_not_hide_its_slot(offer: Offer, anonymous: Client) -> None:
    attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    body = {"eventTypeId": offer.id, "start": offer.at("10:00"), "attendee": attendee}
    uid = data(anonymous.post("/v2/bookings", json=body, v="2024-08-13"), 201)["uid"]
    assert "10:00" not in found(anonymous, offer)
    assert found(anonymous, offer, rescheduleUid=uid) == WHOLE_DAY


def test_the_current_version_does_not_have_it(anonymous: Client) -> None:
    reply = anonymous.post("/v2/slots/reserve", json={}, v=SLOTS)
    assert error(reply, 404)["message"] == "Cannot POST /v2/slots/reserve"

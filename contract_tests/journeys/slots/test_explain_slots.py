"""The sandbox explains which rule removed which slots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contract_tests.clients import SLOTS, Client, Deployment, data
from contract_tests.journeys.slots.conftest import Offer

pytestmark = pytest.mark.sandbox_only("the control plane explains")


def explained(deployment: Deployment, offer: Offer, days: int = 0, **query: Any) -> dict[str, Any]:
    last = offer.monday + timedelta(days=days)
    query = {"eventTypeId": offer.id, "start": f"{offer.monday}", "end": f"{last}", "timeZone": "Europe/Rome", **query}
    reply = deployment.control("GET", "explain/slots", params=query)
    return reply.json()["days"]


def test_each_day_explains_which_rule_removed_which_slots(
    offer: Offer, deployment: Deployment, anonymous: Client
) -> None:
    body = {"eventTypeId": offer.id, "slotStart": offer.at("10:00")}
    data(anonymous.post("/v2/slots/reservations", json=body, v=SLOTS), 201)
    days = explained(deployment, offer, days=5)
    monday, wednesday, saturday = (days[f"{offer.monday + timedelta(days=n)}"] for n in (0, 2, 5))

    assert (monday["planned"], monday["offered"]) == (8, 7)
    [reservation] = monday["rules"]
    assert (reservation["rule"], [text[11:16] for text in reservation["removed"]]) == ("reservation", ["10:00"])

    [calendar] = wednesday["rules"]
    assert (calendar["rule"], [text[11:16] for text in calendar["removed"]]) == ("calendar", ["13:00"])

    assert (saturday["planned"], saturday["offered"]) == (0, 0)
    assert [each["rule"] for each in saturday["rules"]] == ["schedule"]


def test_settings_of_the_event_type_are_named(offer: Offer, deployment: Deployment) -> None:
    offer.change(bookingWindow={"type": "calendarDays", "value": 1, "rolling": False})
    [window] = explained(deployment, offer)[f"{offer.monday}"]["rules"]
    assert (window["rule"], len(window["removed"])) == ("window", 8)


def test_a_query_that_the_api_rejects_is_rejected_in_the_same_way(offer: Offer, deployment: Deployment) -> None:
    reply = httpx.get(f"{deployment.url}/_sandbox/explain/slots", params={"eventTypeId": offer.id})
    assert reply.status_code == 400
    assert "start must be a valid ISO 8601 date string" in reply.json()["error"]

"""A request of the journal: what refused it, what it caused, and making it again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

SLOTS, BOOKINGS = {"cal-api-version": "2024-09-04"}, {"cal-api-version": "2024-08-13"}
JSON = {"cal-api-version": "2024-06-11", "content-type": "application/json"}
MONDAY = "2030-01-07T08:00:00Z"


@pytest.fixture
def monday(client: httpx.Client) -> httpx.Client:
    """A client of a world in which it is Monday morning."""
    client.put("/_sandbox/clock", json={"now": MONDAY, "frozen": True}).raise_for_status()
    return client


def latest(client: httpx.Client) -> dict[str, Any]:
    [summary] = client.get("/_sandbox/requests", params={"limit": 1, "summary": "true"}).json()["requests"]
    return client.get(f"/_sandbox/requests/{summary['number']}").raise_for_status().json()


def book(client: httpx.Client, start: str, **changes: Any) -> httpx.Response:
    attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    body = {"eventTypeId": 1, "start": start, "attendee": attendee, **changes}
    return client.post("/v2/bookings", json=body, headers=BOOKINGS)


def test_a_summary_has_neither_headers_nor_bodies(client: httpx.Client) -> None:
    client.get("/v2/me")
    [summary] = client.get("/_sandbox/requests", params={"summary": "true"}).json()["requests"]
    whole = latest(client)
    assert whole.items() >= {name: whole[name] for name in summary}.items()
    assert summary["request"] == {"method": "GET", "url": "/v2/me"}
    assert summary["reply"] == {"status": 200}
    assert (whole["reply"]["body"]["data"]["id"], whole["contract"]["fits"], whole["refusedBy"]) == (4, True, None)


@pytest.mark.parametrize(
    ("method", "path", "changes", "stage", "rule"),
    [
        ("GET", "/v2/nowhere", {}, "routing", None),
        ("GET", "/v2/me", {"headers": {"Authorization": ""}}, "access", "authenticated"),
        ("GET", "/v2/me", {"headers": {"Authorization": "Bearer cal_wrong"}}, "credentials", None),
        ("GET", "/v2/organizations/1/teams", {}, "access", "role: ORG_ADMIN"),
        ("POST", "/v2/bookings", {"json": {}, "headers": BOOKINGS}, "validation", None),
        ("POST", "/v2/schedules", {"content": "{", "headers": JSON}, "request body", None),
    ],
)
def test_the_stage_and_the_rule_that_refused_a_request_are_named(
    client: httpx.Client, method: str, path: str, changes: dict[str, Any], stage: str, rule: str | None
) -> None:
    assert client.request(method, path, **changes).is_error
    refused = latest(client)["refusedBy"]
    assert (refused["stage"], refused["rule"]) == (stage, rule)
    assert refused["function"]


def test_the_function_of_an_operation_that_refused_is_named(monday: httpx.Client) -> None:
    assert book(monday, "2030-01-05T10:00:00Z").status_code == 400
    refused = latest(monday)["refusedBy"]
    assert refused["stage"] == "operation"
    assert refused["function"].startswith("bookings.")


def test_messages_and_deliveries_name_the_request_that_caused_them(monday: httpx.Client) -> None:
    inbox = f"{monday.base_url}/_sandbox/webhooks/inbox/mine"
    hook = {"subscriberUrl": inbox, "triggers": ["BOOKING_CREATED", "MEETING_ENDED"], "active": True}
    monday.post("/v2/webhooks", json=hook).raise_for_status()
    book(monday, "2030-01-07T10:00:00Z").raise_for_status()
    cause = {"requestId": latest(monday)["requestId"]}
    messages = monday.get("/_sandbox/outbox", params=cause).json()["data"]
    deliveries = monday.get("/_sandbox/webhooks/deliveries", params=cause).json()["deliveries"]
    assert {each["to"] for each in messages} == {"solo@example.com", "ann@example.com"}
    assert [each["trigger"] for each in deliveries] == ["BOOKING_CREATED"]
    monday.post("/_sandbox/clock/advance", json={"hours": 3}).raise_for_status()
    [ended] = monday.get("/_sandbox/webhooks/deliveries", params={"trigger": "MEETING_ENDED"}).json()["deliveries"]
    assert ended["requestId"] is None


def test_a_request_is_made_again_with_its_credentials_and_its_body(monday: httpx.Client) -> None:
    book(monday, "2030-01-07T10:00:00Z").raise_for_status()
    first = latest(monday)
    again = monday.post(f"/_sandbox/requests/{first['number']}/replay").raise_for_status().json()
    assert again["number"] > first["number"]
    assert again == latest(monday)
    assert (again["request"], again["caller"]) == (first["request"], first["caller"])
    assert (first["reply"]["status"], again["reply"]["status"]) == (201, 400)  # The time is taken now.


def test_a_request_whose_reply_a_fault_drops_is_made_again(client: httpx.Client) -> None:
    client.get("/v2/me").raise_for_status()
    client.post("/_sandbox/faults", json={"connection": "drop"}).raise_for_status()
    again = client.post("/_sandbox/requests/1/replay").raise_for_status().json()
    assert (again["reply"], again["fault"]) == (None, "fault-1")


def test_a_request_whose_body_did_not_arrive_is_not_made_again(client: httpx.Client) -> None:
    parts = (b"x" * 10_000 for _ in range(11))
    assert client.post("/v2/schedules", content=parts, headers=JSON).status_code == 413
    assert client.post("/_sandbox/requests/1/replay").status_code == 409


def test_what_the_journal_does_not_have_is_not_made_again(client: httpx.Client) -> None:
    assert client.post("/_sandbox/requests/7/replay").status_code == 404
    book(client, "2030-01-07T10:00:00Z", metadata={"long": "x" * 11_000})
    refused = client.post("/_sandbox/requests/1/replay")
    assert (refused.status_code, "too long to be kept" in refused.json()["error"]) == (409, True)

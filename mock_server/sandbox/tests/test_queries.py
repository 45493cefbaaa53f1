"""Queries of the control plane's lists: filters, long polls, and what is refused."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple

import httpx
import pytest

from contract_tests.coming_days import from_tomorrow
from mock_server.runtime.workers import Workers
from mock_server.sandbox.control_plane import OWN_QUERIES, PREFIX, QUERIES, ROUTES
from mock_server.sandbox.waiting import wait_for_records

OWNER = {"Authorization": "Bearer cal_sandbox_owner"}


def requests(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    return client.get("/_sandbox/requests", params=query).raise_for_status().json()["requests"]


@pytest.fixture
def used(client: httpx.Client) -> httpx.Client:
    """A client that has made four requests: two that succeed, one refused, one without credentials."""
    client.get("/v2/me")
    client.get("/v2/me", headers=OWNER)
    client.get("/v2/schedules/12345", headers={"cal-api-version": "2024-06-11"})
    client.get("/v2/me", headers={"Authorization": ""})
    return client


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [4, 3, 2, 1]),
        ({"status": "200"}, [2, 1]),
        ({"status": "4xx"}, [4, 3]),
        ({"status": "404"}, [3]),
        ({"caller": "4"}, [3, 1]),
        ({"caller": "1"}, [2]),
        ({"caller": "api-key"}, [3, 2, 1]),
        ({"caller": "access-token"}, []),
        ({"caller": "none"}, [4]),
        ({"caller": "4", "status": "2xx", "operation": "get_me"}, [1]),
        ({"operation": "get_me", "limit": "2"}, [4, 2]),
        ({"since": "2"}, [3, 4]),
        ({"since": "0", "limit": "2"}, [1, 2]),
        ({"since": "9"}, []),
        ({"text": "SCHEDULES/123"}, [3]),
        ({"text": '"USERNAME":"solo"'}, [1]),
        ({"before": "3"}, [2, 1]),
        ({"before": "4", "limit": "2"}, [3, 2]),
        ({"before": "4", "status": "2xx", "limit": "1"}, [2]),
    ],
)
def test_requests_can_be_filtered(used: httpx.Client, query: dict[str, str], numbers: list[int]) -> None:
    assert [each["number"] for each in requests(used, **query)] == numbers


def test_nothing_is_missed_by_following_in_pages(used: httpx.Client) -> None:
    since, seen = 0, []
    for _ in range(3):
        page = used.get("/_sandbox/requests", params={"since": since, "limit": 2, "status": "2xx"}).json()
        seen += [each["number"] for each in page["requests"]]
        since = page["last"]
    assert (seen, since) == ([1, 2], 4)


LISTS = {"requests": "requests", "webhooks/deliveries": "deliveries", "outbox": "data", "commits": "commits"}


def cause(client: httpx.Client) -> None:
    """Makes one request, one commit, one message and one delivery."""
    subscriber = f"{client.base_url}/_sandbox/webhooks/inbox/mine"
    client.post("/_sandbox/webhooks/trigger", json={"trigger": "BOOKING_CREATED", "subscriberUrls": [subscriber]})
    body = {"eventTypeId": 1, "start": start(client), "attendee": {"name": "A", "email": "a@example.com",
                                                                  "timeZone": "Europe/Rome"}}  # fmt: skip
    reply = client.post("/v2/bookings", json=body, headers={"cal-api-version": "2024-08-13"})
    assert reply.status_code == 201, reply.text


def start(client: httpx.Client) -> str:
    """The first slot from tomorrow on, by the world's clock."""
    today = datetime.fromisoformat(client.get("/_sandbox/clock").json()["now"]).date()
    slots = client.get(
        "/v2/slots", params={"eventTypeId": 1, **from_tomorrow(today)}, headers={"cal-api-version": "2024-09-04"}
    ).json()["data"]
    return next(iter(slots.values()))[0]["start"]


@pytest.mark.parametrize("name", LISTS)
def test_a_long_poll_waits_for_what_comes_next(client: httpx.Client, name: str) -> None:
    cause(client)
    last = client.get(f"/_sandbox/{name}").json()["last"]
    found: list[Any] = []

    def follow() -> None:
        query = {"since": last, "wait": 20}
        found.extend(client.get(f"/_sandbox/{name}", params=query, timeout=30).json()[LISTS[name]])

    thread = threading.Thread(target=follow)
    thread.start()
    cause(client)
    thread.join(20)
    assert found
    assert all(each.get("number", each.get("id", each.get("version"))) > last for each in found)


@pytest.mark.parametrize("name", LISTS)
def test_a_long_poll_ends_without_anything_new(client: httpx.Client, name: str) -> None:
    cause(client)
    last = client.get(f"/_sandbox/{name}").json()["last"]
    page = client.get(f"/_sandbox/{name}", params={"since": last, "wait": 0.05}).raise_for_status().json()
    assert (page[LISTS[name]], page["last"]) == ([], last)


class Record(NamedTuple):
    """A numbered record."""

    number: int


def test_a_long_poll_looks_at_each_record_once_until_it_ends() -> None:
    looks: Counter[int] = Counter()

    def matches(record: Record) -> bool:
        looks[record.number] += 1
        return False

    records = [Record(3), Record(2), Record(1)]
    wait = wait_for_records(lambda: records, matches, {"since": "0", "wait": "0.1"}, Workers())
    assert asyncio.run(wait) == ([], 3)
    assert looks == {1: 2, 2: 2, 3: 2}  # Once while it waits, and once at the end.


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "operations=get_me",
            "GET /_sandbox/requests takes the query parameters operation, status, caller, text, summary, since,",
        ),
        ("since=1&before=3", "`since` follows a list forwards and `before` reads it backwards: give one of them."),
        ("summary=yes", "`summary` takes one of true, false."),
        ("status=teapot", "`status` takes a status such as 404, or a class of them such as 4xx."),
        (
            "caller=solo",
            "`caller` takes a user's id, or one of api-key, access-token, oauth-client, third-party-token, none.",
        ),
        ("since=-1", "`since` takes a whole number."),
        ("wait=31", "`wait` takes seconds, at most 30."),
        ("limit=1&limit=2", "`limit` is given twice."),
        ("operation=", "`operation` is empty."),
    ],
)
def test_queries_that_cannot_be_meant_are_refused(client: httpx.Client, query: str, message: str) -> None:
    reply = client.get(f"/_sandbox/requests?{query}")
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(message)


def test_a_mistyped_parameter_gets_a_suggestion(client: httpx.Client) -> None:
    error = client.get("/_sandbox/requests?operations=get_me").json()["error"]
    assert error.endswith("not `operations`; did you mean operation?")


@pytest.mark.parametrize(
    ("method", "path"), [route for route, handler in ROUTES.items() if handler not in OWN_QUERIES], ids=" ".join
)
def test_unknown_parameters_are_refused_by_every_call(client: httpx.Client, method: str, path: str) -> None:
    call = f"{PREFIX}{path.replace('{id}', 'x')}"
    reply = client.request(method, call, params={"colour": "red"})
    known = QUERIES.get(ROUTES[method, path], ())
    assert reply.status_code == 400
    assert "not `colour`" in reply.json()["error"]
    assert all(name in reply.json()["error"] for name in known)

"""Deliveries cannot reach the control plane of the sandbox, and chains of deliveries end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from contract_tests.coming_days import coming_workday
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.delivery_mark import MARK, ROUNDS
from mock_server.runtime.settings import Settings
from mock_server.sandbox.control_plane import INBOX_PATH, PREFIX, ROUTES

TOKEN = "only-the-admin-knows"
KEY = {"Authorization": "Bearer cal_sandbox_solo"}
BOOKINGS = {"cal-api-version": "2024-08-13"}
CALLS = [(method, path.replace("{id}", "1")) for method, path in ROUTES]


@pytest.fixture(scope="module")
def on_open_address() -> Iterator[RunningSandbox]:
    with running_sandbox(Settings(host="0.0.0.0", admin_token=TOKEN, strict=True)) as running:
        yield running


def subscribe(url: str, subscriber: str, **fields: Any) -> None:
    body = {"subscriberUrl": subscriber, "triggers": ["BOOKING_CREATED"], "active": True, **fields}
    reply = httpx.post(f"{url}/v2/webhooks", headers=KEY, json=body)
    assert reply.status_code == 201, reply.text


def book(url: str, workday: int = 0, **headers: str) -> None:
    attendee = {"name": "Ann", "email": "ann@example.com", "timeZone": "Europe/London"}
    body = {"eventTypeId": 1, "start": f"{coming_workday(workday)}T10:00:00Z", "attendee": attendee}
    reply = httpx.post(f"{url}/v2/bookings", headers={**BOOKINGS, **headers}, json=body)
    assert reply.status_code == 201, reply.text


def deliveries(url: str, **headers: str) -> list[dict[str, Any]]:
    """The deliveries, oldest first, after all have finished."""
    reply = httpx.get(f"{url}/_sandbox/webhooks/deliveries?wait=20", headers=headers, timeout=30)
    return reply.json()["deliveries"][::-1]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("world", ["", "/w/marked"])
def test_the_control_plane_refuses_deliveries(running: RunningSandbox, world: str, method: str, path: str) -> None:
    if world:
        httpx.post(f"{running.url}/_sandbox/worlds", json={"id": "marked"})
    reply = httpx.request(method, f"{running.url}{world}{PREFIX}{path}", headers={MARK: "1"}, json={})
    is_inbox = method == "POST" and (PREFIX + path).startswith(INBOX_PATH)
    assert reply.status_code == (200 if is_inbox else 403)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/_sandbox/reset", None),
        ("/_sandbox/clock/advance", '{"days": 400}'),
        ("/_sandbox/worlds", '{"id": "made-by-a-page"}'),
        ("/_sandbox/webhooks/trigger", '{"trigger": "BOOKING_CREATED"}'),
        ("/_sandbox/webhooks/deliveries/1/replay", None),
        ("/_sandbox/webhooks/inbox/../../reset", None),
    ],
)
def test_a_webhook_of_the_api_does_not_reach_the_control_plane(
    running: RunningSandbox, path: str, template: str | None
) -> None:
    with running.world() as url, running.world() as other:
        for where in (url, other):
            subscribe(url, f"{where}{path}", payloadTemplate=template)
        book(url)
        before = [httpx.get(f"{each}/_sandbox/snapshot").json() for each in (url, other)]
        assert [each["reply"]["status"] for each in deliveries(url)] == [403, 403]
        assert [httpx.get(f"{each}/_sandbox/snapshot").json() for each in (url, other)] == before
        assert httpx.get(f"{running.url}/_sandbox/worlds/made-by-a-page").status_code == 404


def test_chains_of_deliveries_are_limited(running: RunningSandbox) -> None:
    """A subscriber that passes on the mark, as the sandbox does, creates a booking for every event."""
    with running.world() as url:
        subscribe(url, f"{url}/_sandbox/webhooks/inbox/relay")
        book(url)
        for number in range(1, ROUNDS + 1):
            assert [each["status"] for each in deliveries(url)] == ["delivered"] * number
            received = httpx.get(f"{url}/_sandbox/webhooks/inbox/relay").json()["received"]
            book(url, number, **{MARK: received[-1]["headers"][MARK]})
        *_, last = deliveries(url)
        assert (last["status"], last["attempts"]) == ("dropped", 0)
        assert f"{ROUNDS} deliveries" in last["reason"]
        book(url, ROUNDS + 1)
        assert deliveries(url)[-1]["status"] == "delivered", "what no delivery caused is told as ever"


@pytest.mark.parametrize("mark", ["", "x", "-1", "9" * 500, "1.0"])
def test_an_invalid_mark_counts_as_the_last(running: RunningSandbox, mark: str) -> None:
    with running.world() as url:
        subscribe(url, f"{url}/_sandbox/webhooks/inbox/relay")
        book(url, **{MARK: mark})
        assert [each["status"] for each in deliveries(url)] == ["dropped"]


def test_meeting_events_caused_by_a_delivery_count_in_its_chain(running: RunningSandbox) -> None:
    with running.world() as url:
        body = {"subscriberUrl": f"{url}/_sandbox/webhooks/inbox/relay", "triggers": ["MEETING_ENDED"], "active": True}
        httpx.post(f"{url}/v2/webhooks", headers=KEY, json=body)
        book(url, **{MARK: str(ROUNDS)})
        book(url, 1)
        httpx.post(f"{url}/_sandbox/clock/advance", json={"days": 15})
        assert [each["status"] for each in deliveries(url)] == ["dropped", "delivered"]


def test_an_inbox_works_on_an_open_address(on_open_address: RunningSandbox) -> None:
    url = on_open_address.url
    admin = {"Sandbox-Token": TOKEN}
    port = url.rpartition(":")[2]
    httpx.post(f"{url}/_sandbox/worlds", json={"id": "open"}, headers=admin)
    names = ("127.0.0.1", "localhost")
    for name in names:
        subscribe(f"{url}/w/open", f"http://{name}:{port}/w/open/_sandbox/webhooks/inbox/{name}")
    book(f"{url}/w/open")
    assert [each["status"] for each in deliveries(f"{url}/w/open", **admin)] == ["delivered"] * 2
    for name in names:
        inbox = f"{url}/w/open/_sandbox/webhooks/inbox/{name}"
        assert len(httpx.get(inbox, headers=admin).json()["received"]) == 1
        assert httpx.get(inbox).status_code == 403, "only the admin reads what came"


def test_other_loopback_urls_are_refused_on_an_open_address(on_open_address: RunningSandbox) -> None:
    url = on_open_address.url
    admin = {"Sandbox-Token": TOKEN}
    port = int(url.rpartition(":")[2])
    httpx.post(f"{url}/_sandbox/worlds", json={"id": "closed"}, headers=admin)
    other_port = port - 1
    subscribers = [
        f"http://127.0.0.1:{port}/v2/me",
        f"http://127.0.0.1:{port}/_sandbox/reset",
        f"http://127.0.0.1:{port}/_sandbox/webhooks/inbox",
        f"http://127.0.0.1:{port}/_sandbox/webhooks/inbox/a/b",
        f"http://127.0.0.1:{other_port}/_sandbox/webhooks/inbox/a",
        f"http://[::ffff:127.0.0.1]:{port}/v2/me",
        f"http://2130706433:{port}/v2/me",
        f"http://0x7f.1:{port}/v2/me",
        f"http://app.localhost:{port}/v2/me",
        f"http://0.0.0.0:{port}/_sandbox/webhooks/inbox/a",
    ]
    body = {"trigger": "BOOKING_CREATED", "subscriberUrls": subscribers}
    httpx.post(f"{url}/w/closed/_sandbox/webhooks/trigger", json=body, headers=admin).raise_for_status()
    told = {each["subscriberUrl"]: each["status"] for each in deliveries(f"{url}/w/closed", **admin)}
    assert told == dict.fromkeys(subscribers, "refused")

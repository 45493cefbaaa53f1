"""Sandboxes that share a store answer as one: each that runs here has an event loop and connections of its own."""

from __future__ import annotations

import asyncio
import gc
import signal
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import httpx
import pytest

from contract_tests.coming_days import from_tomorrow
from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.state.errors import LogUnusable
from mock_server.state.tests.served import served
from mock_server.state.tests.store_server import StoreServer, store_server

TIME_LIMIT = 60.0
KEY = {"Authorization": "Bearer cal_sandbox_solo"}
VERSIONS = {"slots": "2024-09-04", "bookings": "2024-08-13", "event-types": "2024-06-14"}
INBOX = "/_sandbox/webhooks/inbox/shared"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    with store_server(tmp_path_factory.mktemp("valkey-of-sandboxes"), appendonly=True) as server:
        yield server


@pytest.fixture(scope="module")
def urls(server: StoreServer) -> Iterator[list[str]]:
    """The URLs of three sandboxes with one store."""
    with ExitStack() as stack:
        settings = Settings(strict=True, log=server.url("sandboxes", "&patience=50"))
        yield [stack.enter_context(running_sandbox(settings)).url for _ in range(3)]


def headers(url: str) -> dict[str, str]:
    asked = url.partition("/v2/")[2].partition("/")[0]
    return KEY | ({"cal-api-version": VERSIONS[asked]} if asked in VERSIONS else {})


def ask(method: str, url: str, json: Any = None, **options: Any) -> httpx.Response:
    return httpx.request(method, url, json=json, headers=headers(url), timeout=TIME_LIMIT, **options)


def first_slot(url: str) -> str:
    """The first slot from tomorrow on, by the world's clock."""
    today = datetime.fromisoformat(ask("GET", f"{url}/_sandbox/clock").json()["now"]).date()
    days = ask("GET", f"{url}/v2/slots", params={"eventTypeId": 1, **from_tomorrow(today)}).json()["data"]
    return next(slots[0]["start"] for slots in days.values() if slots)


def booking(start: str, name: str) -> dict[str, Any]:
    attendee = {"name": name, "email": f"{name}@example.com", "timeZone": "Europe/London"}
    return {"start": start, "eventTypeId": 1, "attendee": attendee}


async def all_at_once(requests: list[tuple[str, str, Any]]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=60)
    async with httpx.AsyncClient(timeout=TIME_LIMIT, limits=limits) as client:
        return await asyncio.gather(
            *(client.request(method, url, json=json, headers=headers(url)) for method, url, json in requests)
        )


def new_world(urls: list[str], name: str) -> list[str]:
    """The URLs of a new world in each sandbox."""
    ask("POST", f"{urls[0]}/_sandbox/worlds", {"id": name}).raise_for_status()
    return [f"{url}/w/{name}" for url in urls]


def test_one_of_many_simultaneous_bookings_of_a_slot_succeeds(urls: list[str]) -> None:
    worlds = new_world(urls, "one-slot")
    slot = first_slot(worlds[0])
    replies = asyncio.run(
        all_at_once([("POST", f"{worlds[n % 3]}/v2/bookings", booking(slot, f"a{n}")) for n in range(60)])
    )
    assert Counter(reply.status_code for reply in replies) == {201: 1, 400: 59}, {reply.text for reply in replies}
    uid = next(reply for reply in replies if reply.status_code == 201).json()["data"]["uid"]
    for world in worlds:
        assert ask("GET", f"{world}/v2/bookings/{uid}").json()["data"]["status"] == "accepted"


def test_mixed_writes_lead_to_one_consistent_state(urls: list[str]) -> None:
    worlds = new_world(urls, "mixed")
    body = {"lengthInMinutes": 30, "title": "Mixed"}
    replies = asyncio.run(
        all_at_once(
            [
                ("POST", f"{worlds[n % 3]}/v2/event-types", {**body, "slug": f"mixed-{n}"})
                if n % 2
                else ("PATCH", f"{worlds[n % 3]}/v2/me", {"name": f"Solo {n}"})
                for n in range(40)
            ]
        )
    )
    assert {reply.status_code for reply in replies} <= {200, 201}, [reply.text for reply in replies]
    snapshots = [ask("GET", f"{world}/_sandbox/snapshot").json() for world in worlds]
    assert snapshots[1] == snapshots[2] == snapshots[0]
    slugs = {row["slug"] for row in snapshots[0]["collections"]["event_types"]}
    assert {f"mixed-{n}" for n in range(1, 40, 2)} <= slugs
    assert [ask("GET", f"{world}/_sandbox/doctor").json()["complaints"] for world in worlds] == [[], [], []]
    assert len({ask("GET", f"{world}/_sandbox/health").json()["version"] for world in worlds}) == 1


def test_the_control_plane_of_each_sandbox_acts_on_all(urls: list[str], server: StoreServer) -> None:
    worlds = new_world(urls, "controlled")
    ask("PUT", f"{worlds[0]}/_sandbox/clock", {"now": "2031-01-01T09:00:00Z", "frozen": True}).raise_for_status()
    ask("POST", f"{worlds[1]}/_sandbox/clock/advance", {"hours": 1}).raise_for_status()
    assert ask("GET", f"{worlds[2]}/_sandbox/clock").json() == {"now": "2031-01-01T10:00:00.000Z", "frozen": True}
    ask("PATCH", f"{worlds[2]}/v2/me", {"timeFormat": 24}).raise_for_status()
    snapshot = ask("GET", f"{worlds[0]}/_sandbox/snapshot").json()
    ask("POST", f"{worlds[1]}/_sandbox/reset").raise_for_status()
    assert ask("GET", f"{worlds[0]}/v2/me").json()["data"]["timeFormat"] == 12
    ask("PUT", f"{worlds[1]}/_sandbox/snapshot", snapshot).raise_for_status()
    assert ask("GET", f"{worlds[2]}/v2/me").json()["data"]["timeFormat"] == 24
    commits = [ask("GET", f"{world}/_sandbox/commits").json()["commits"] for world in worlds]
    assert commits[0] == commits[1] == commits[2]
    with running_sandbox(Settings(strict=True, log=server.url("sandboxes"))) as late:
        assert ask("GET", f"{late.url}/w/controlled/_sandbox/commits").json()["commits"] == commits[0]
    ask("DELETE", f"{urls[2]}/_sandbox/worlds/controlled").raise_for_status()
    assert ask("GET", f"{worlds[0]}/v2/me").status_code == 404
    listed = [ask("GET", f"{url}/_sandbox/worlds").json() for url in urls]
    assert listed[0] == listed[1] == listed[2]


def test_webhooks_leave_once_whichever_sandbox_has_the_booking(urls: list[str]) -> None:
    worlds = new_world(urls, "webhooks")
    inbox = f"{urls[0]}{INBOX}"
    hook = {"active": True, "subscriberUrl": inbox, "triggers": ["BOOKING_CREATED"]}
    ask("POST", f"{worlds[0]}/v2/webhooks", hook).raise_for_status()
    slot = first_slot(worlds[0])
    ask("POST", f"{worlds[1]}/v2/bookings", booking(slot, "ann")).raise_for_status()
    later = first_slot(worlds[2])
    ask("POST", f"{worlds[2]}/v2/bookings", booking(later, "ben")).raise_for_status()
    received = ask("GET", f"{inbox}?count=2&wait=30").json()["received"]
    assert [each["json"]["payload"]["attendees"][0]["name"] for each in received] == ["ann", "ben"]


def test_a_store_that_fails_is_said_in_the_reply_and_without_credentials(server: StoreServer) -> None:
    url = server.url("failing", "&patience=1")
    with running_sandbox(Settings(log=url)) as sandbox:
        ask("PATCH", f"{sandbox.url}/v2/me", {"timeFormat": 24}).raise_for_status()
        with server.client() as client:
            client.config_set("maxmemory", 1)
            refused = ask("PATCH", f"{sandbox.url}/v2/me", {"timeFormat": 12})
            read = ask("GET", f"{sandbox.url}/v2/me")
            client.config_set("maxmemory", 0)
        assert refused.status_code == 503
        assert "has used all the memory that it may use" in refused.json()["error"]
        assert "has used all the memory that it may use" in refused.headers["sandbox-hint"]
        assert read.json()["data"]["timeFormat"] == 24
        server.kill()
        for method, path in (("GET", "/v2/me"), ("POST", "/_sandbox/reset")):
            reply = ask(method, sandbox.url + path)
            assert (reply.status_code, "cannot be reached" in reply.headers["sandbox-hint"]) == (503, True)
        server.start()
        assert ask("GET", f"{sandbox.url}/v2/me").json()["data"]["timeFormat"] == 24


def test_kills_of_a_process_and_of_the_store_lose_no_acknowledged_write(server: StoreServer) -> None:
    store = server.url("killed", "&patience=30")
    with_credentials = store.replace("://", "://default:@")
    with running_sandbox(Settings(log=store)) as survivor, served(with_credentials) as (process, url):
        acknowledged: list[str] = []

        def write(base: str, name: str) -> None:
            reply = ask("POST", f"{base}/v2/event-types", {"lengthInMinutes": 30, "title": name, "slug": name})
            if reply.status_code == 201:
                acknowledged.append(name)

        with ThreadPoolExecutor(12) as pool:
            writes = [pool.submit(write, (survivor.url, url)[n % 2], f"killed-{n}") for n in range(12)]
            server.kill()
            server.start()
            process.send_signal(signal.SIGKILL)
            wait(writes)
        write(survivor.url, "killed-last")
        assert "killed-last" in acknowledged
        state = ask("GET", f"{survivor.url}/_sandbox/snapshot").json()["collections"]["event_types"]
        slugs = Counter(row["slug"] for row in state)
        assert {name: slugs[name] for name in acknowledged} == dict.fromkeys(acknowledged, 1)
        assert ask("GET", f"{survivor.url}/_sandbox/doctor").json()["complaints"] == []


def test_a_sandbox_whose_store_cannot_be_opened_does_not_go_on_listening() -> None:
    settings = Settings(log="valkey://127.0.0.1:1/0?patience=0.1")
    with warnings.catch_warnings(record=True, action="always", category=ResourceWarning) as caught:
        with pytest.raises(LogUnusable), running_sandbox(settings):
            pass
        gc.collect()
    assert [str(each.message) for each in caught] == []

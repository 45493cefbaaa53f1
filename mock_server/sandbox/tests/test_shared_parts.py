"""What is kept beside the state of a world, asked for in another process than that which answered the request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from contract_tests.coming_days import coming_monday
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.store_server import StoreServer, store_server
from mock_server.webhooks import dispatcher
from mock_server.webhooks.dispatcher import LOST
from mock_server.webhooks.tests.test_dispatcher import OK, receiver

MONDAY = datetime.combine(coming_monday(), time(8), UTC)
SOLO = {"Authorization": "Bearer cal_sandbox_solo"}
CALENDAR = {"integration": "google_calendar", "externalId": "solo@example.com"}
BOOKING = {
    "eventTypeId": 1,
    "start": (MONDAY + timedelta(days=1, hours=2)).isoformat(),
    "attendee": {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"},
}
_serial = count(1)

Story = Callable[[httpx.AsyncClient, httpx.AsyncClient], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    with store_server(tmp_path_factory.mktemp("store")) as server:
        yield server


@pytest.fixture(params=["one process", "two processes"])
def store(request: pytest.FixtureRequest, server: StoreServer) -> str:
    """The store of one process, which shares nothing, or of two."""
    return "memory" if request.param == "one process" else server.url(f"parts-{next(_serial)}")


@pytest.fixture
def play(store: str) -> Callable[[Story], None]:
    """Runs a story with the clients of two processes, or twice the client of one."""
    return lambda story: asyncio.run(told(story, Settings(strict=True, log=store)))


@pytest.fixture
def tell_limited(store: str) -> Callable[[Story], None]:
    """See play. Rate limits apply."""
    return lambda story: asyncio.run(told(story, Settings(strict=True, log=store, rate_limit=True, edition="2026-03")))


async def told(story: Story, settings: Settings) -> None:
    async with client_of(settings) as one:
        if settings.log == "memory":
            await story(one, one)
        else:
            async with client_of(settings) as other:
                await story(one, other)


@asynccontextmanager
async def client_of(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    async with clients(Sandbox(settings)) as [client]:
        yield client


def client_without_background(sandbox: Sandbox) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(sandbox.app)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=SOLO, timeout=30)


@asynccontextmanager
async def clients(*sandboxes: Sandbox) -> AsyncGenerator[list[httpx.AsyncClient]]:
    """Clients of processes that run."""
    async with AsyncExitStack() as stack:
        for sandbox in sandboxes:
            await stack.enter_async_context(running(sandbox))
        yield [await stack.enter_async_context(client_without_background(sandbox)) for sandbox in sandboxes]


@asynccontextmanager
async def running(sandbox: Sandbox) -> AsyncGenerator[None]:
    background = [sandbox.worlds.follow(), sandbox.webhook_dispatcher.run()]
    for each in background:
        await anext(each)
    yield
    for each in reversed(background):
        await anext(each, None)


def test_the_journal_has_the_requests_of_all_processes(play: Callable[[Story], None]) -> None:
    async def story(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
        assert (await one.put("/v2/destination-calendars", json=CALENDAR)).status_code == 200
        assert (await other.put("/v2/destination-calendars", json={})).status_code == 400
        lists = [(await each.get("/_sandbox/requests")).json() for each in (one, other)]
        assert lists[0] == lists[1]
        refused, changed = lists[0]["requests"]
        assert (refused["reply"]["status"], changed["reply"]["status"]) == (400, 200)
        assert changed["operation"] == "update_destination_calendar"
        assert changed["caller"] == {"kind": "api-key", "userId": 4}
        assert changed["contract"] == {"fits": True, "breach": None}
        assert refused["refusedBy"]["stage"] == "validation"
        assert (await other.get(f"/_sandbox/requests/{changed['number']}")).json() == changed

        following = asyncio.create_task(one.get(f"/_sandbox/requests?since={lists[0]['last']}&wait=20"))
        await other.get("/v2/me")
        assert [each["operation"] for each in (await following).json()["requests"]] == ["get_me"]

        again = (await one.post(f"/_sandbox/requests/{changed['number']}/replay")).json()
        assert again["number"] > changed["number"]
        assert (await other.delete("/_sandbox/requests")).status_code == 200
        assert (await one.get("/_sandbox/requests")).json()["requests"] == []

    play(story)


def test_messages_are_in_the_outbox_of_all_processes(play: Callable[[Story], None]) -> None:
    async def story(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
        await one.put("/_sandbox/clock", json={"now": MONDAY.isoformat(), "frozen": True})
        waiting = asyncio.create_task(other.get("/_sandbox/outbox?count=2&wait=20"))
        booked = await one.post("/v2/bookings", json=BOOKING, headers={"cal-api-version": "2024-08-13"})
        assert booked.status_code == 201
        messages = (await waiting).json()["data"]
        assert {each["to"] for each in messages} == {"solo@example.com", "ann@example.com"}
        assert messages[0]["attachments"]
        assert (await one.get("/_sandbox/outbox")).json()["data"] == messages
        await other.post("/_sandbox/reset")
        for each in (one, other):
            assert (await each.get("/_sandbox/outbox")).json()["data"] == []

    play(story)


async def both_list(one: httpx.AsyncClient, other: httpx.AsyncClient, query: str = "?wait=20") -> list[dict[str, Any]]:
    """The deliveries, which have to be the same in both processes."""
    lists = [(await each.get(f"/_sandbox/webhooks/deliveries{query}")).json() for each in (one, other)]
    assert lists[0] == lists[1]
    return lists[0]["deliveries"]


async def at_once(_path: str, _body: bytes) -> bytes:
    return OK


def test_deliveries_are_listed_in_all_processes(play: Callable[[Story], None]) -> None:
    async def story(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
        async with receiver(at_once) as subscriber:
            url = f"{subscriber.url}/hook"
            webhook = {"subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "active": True, "secret": "s"}
            assert (await one.post("/v2/webhooks", json=webhook)).status_code == 201
            following = asyncio.create_task(other.get("/_sandbox/webhooks/deliveries?since=0&wait=20"))
            await one.put("/_sandbox/clock", json={"now": MONDAY.isoformat(), "frozen": True})
            booked = await one.post("/v2/bookings", json=BOOKING, headers={"cal-api-version": "2024-08-13"})
            [caused] = (await following).json()["deliveries"]
            assert caused["requestId"] == booked.headers["x-request-id"]
            assert (caused["status"], caused["reply"]["status"], caused["attempts"]) == ("delivered", 200, 1)
            assert await both_list(one, other) == [caused]

            trigger = {"trigger": "BOOKING_CREATED", "subscriberUrls": [url, f"{subscriber.url}/other"]}
            sent = (await other.post("/_sandbox/webhooks/trigger", json=trigger)).json()["deliveries"]
            again = (await other.post(f"/_sandbox/webhooks/deliveries/{caused['id']}/replay")).json()
            assert again["replayOf"] == caused["id"]
            listed = await both_list(one, other)
            assert [each["id"] for each in listed] == [again["id"], sent[1]["id"], sent[0]["id"], caused["id"]]
            assert {each["status"] for each in listed} == {"delivered"}
            assert listed[0]["request"]["body"] == caused["request"]["body"]
            path = f"/_sandbox/webhooks/deliveries/{sent[0]['id']}"
            assert (await one.get(path)).json() == (await other.get(path)).json() == listed[2]
            assert sorted(subscriber.got) == ["/hook", "/hook", "/hook", "/other"]

            assert (await other.delete("/_sandbox/webhooks/deliveries")).status_code == 200
            assert await both_list(one, other) == []
            await one.post("/_sandbox/webhooks/trigger", json=trigger | {"subscriberUrls": ["http://192.0.2.1/"]})
            [refused] = await both_list(one, other)
            assert (refused["status"], refused["id"] > again["id"]) == ("refused", True)
            await other.post("/_sandbox/reset")
            assert await both_list(one, other) == []

    play(story)


def test_deliveries_that_wait_when_the_list_is_cleared_are_sent_by_no_process(play: Callable[[Story], None]) -> None:
    async def story(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
        has_come, may_reply = asyncio.Event(), asyncio.Event()

        async def waits(_path: str, _body: bytes) -> bytes:
            has_come.set()
            await may_reply.wait()
            return OK

        async with receiver(waits) as subscriber:
            trigger = {"trigger": "BOOKING_CREATED", "subscriberUrls": [f"{subscriber.url}/{path}" for path in "aaa"]}
            await one.post("/_sandbox/webhooks/trigger", json=trigger)
            await has_come.wait()
            shown = await both_list(one, other, "")
            assert [each["status"] for each in shown] == ["waiting", "waiting", "sending"]
            await other.delete("/_sandbox/webhooks/deliveries")
            later = trigger | {"subscriberUrls": [f"{subscriber.url}/b", f"{subscriber.url}/a"]}
            await other.post("/_sandbox/webhooks/trigger", json=later)
            may_reply.set()
            assert [each["status"] for each in await both_list(one, other)] == ["delivered"] * 2
            assert sorted(subscriber.got) == ["/a", "/a", "/b"]

    play(story)


def test_no_more_of_a_trigger_is_stored_than_can_wait(server: StoreServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "QUEUE_BYTES", 10_000)
    monkeypatch.setattr(dispatcher, "STORED_AT_ONCE", 4)
    settings = Settings(strict=True, log=server.url(f"parts-{next(_serial)}"))

    async def story() -> None:
        sandbox = Sandbox(settings)
        assert isinstance(sandbox.worlds, SharedWorlds)
        body = {"trigger": "BOOKING_CREATED", "payload": {"text": "x" * 3000}}
        body |= {"subscriberUrls": [f"http://127.0.0.1:9/{number}" for number in range(10)]}
        async with client_without_background(sandbox) as client:
            sent = (await client.post("/_sandbox/webhooks/trigger", json=body)).json()["deliveries"]
            assert [each["status"] for each in sent] == ["waiting"] * 3 + ["dropped"] * 7
            assert [each["id"] for each in sent] == list(range(1, 11))
            with server.client() as store:
                assert store.hlen(sandbox.worlds.default.keys.messages) == 3
            await client.post("/_sandbox/reset")
        await sandbox.worlds.engine.close()

    asyncio.run(story())


def test_deliveries_of_a_dead_process_are_sent_or_listed_as_failed(server: StoreServer) -> None:
    settings = Settings(strict=True, log=server.url(f"parts-{next(_serial)}"))
    dead, one, other = (Sandbox(settings) for _ in range(3))
    assert isinstance(dead.worlds, SharedWorlds)
    assert isinstance(one.worlds, SharedWorlds)
    engine, worlds = dead.worlds.engine, one.worlds
    sign_of_life, owners = engine.keys.process(engine.writer), worlds.default.keys.owners

    async def story() -> None:
        async with receiver(at_once) as subscriber, clients(one, other) as (client, another):
            body = {"trigger": "BOOKING_CREATED", "subscriberUrls": [f"{subscriber.url}/a"] * 3}
            async with client_without_background(dead) as died:
                sent = (await died.post("/_sandbox/webhooks/trigger", json=body)).json()["deliveries"]
            await engine.close()
            later = (await client.post("/_sandbox/webhooks/trigger", json=body)).json()["deliveries"]
            assert [each["status"] for each in await both_list(client, another, "")] == ["waiting"] * 6
            with server.client() as store:
                own = [key for key, owner in store.hgetall(owners).items() if owner == engine.writer.encode()]
                store.hset(owners, min(own), f"{engine.writer}*")
                store.delete(sign_of_life)
            await worlds.take_over()
            listed = (await both_list(client, another))[::-1]
            assert [each["id"] for each in listed] == [each["id"] for each in sent + later]
            assert [each["status"] for each in listed] == ["failed", *["delivered"] * 5]
            assert listed[0]["reason"] == LOST
            assert len(subscriber.got) == 5

    with server.client() as store:
        store.set(sign_of_life, 1)
    asyncio.run(story())


def test_inboxes_can_be_read_in_all_processes(play: Callable[[Story], None]) -> None:
    async def story(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
        inbox = "/_sandbox/webhooks/inbox/mine"
        waiting = asyncio.create_task(other.get(f"{inbox}?count=2&wait=20"))
        await one.post(inbox, json={"a": 1})
        await other.post(inbox, json={"a": 2})
        received = (await waiting).json()["received"]
        assert [each["json"] for each in received] == [{"a": 1}, {"a": 2}]
        assert (await one.get(inbox)).json()["received"] == received
        await one.post("/_sandbox/webhooks/inbox/yours", json={})
        await other.delete(inbox)
        assert (await one.get(inbox)).json()["received"] == []
        assert len((await one.get("/_sandbox/webhooks/inbox/yours")).json()["received"]) == 1
        await one.post("/_sandbox/reset")
        assert (await other.get("/_sandbox/webhooks/inbox/yours")).json()["received"] == []

    play(story)


def test_faults_are_those_of_all_processes_and_are_counted_together(
    play: Callable[[Story], None], server: StoreServer
) -> None:
    def counters() -> list[bytes]:
        with server.client() as client:
            return client.keys("*:fault-counters")

    async def story(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
        assert (await other.get("/v2/me")).status_code == 200
        fault = (await one.post("/_sandbox/faults", json={"operation": "get_me", "status": 503, "first": 3})).json()
        statuses = [(await each.get("/v2/me")).status_code for each in (other, one, other, one)]
        assert statuses == [503, 503, 503, 200]
        expected = fault | {"matched": 4, "affected": 3}
        for each in (one, other):
            assert (await each.get("/_sandbox/faults")).json()["faults"] == [expected]
        assert (await other.delete(f"/_sandbox/faults/{fault['id']}")).status_code == 200
        assert counters() == []
        await other.put("/_sandbox/faults", json=[{"operation": "get_me", "status": 502}])
        assert (await one.get("/v2/me")).status_code == 502
        await one.post("/_sandbox/reset")
        assert (await other.get("/v2/me")).status_code == 200
        assert (await other.get("/_sandbox/faults")).json()["faults"] == []
        assert counters() == []

    play(story)


def test_equal_answers_to_a_form_count_against_one_limit(tell_limited: Callable[[Story], None]) -> None:
    form = "/v2/organizations/1/teams/2/routing-forms/cm8yw3nt0007kc9f6teamroute/responses"
    day = MONDAY.date().isoformat()

    async def story(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
        async def submit(client: httpx.AsyncClient, name: str = "Ada") -> int:
            owner = {"Authorization": "Bearer cal_sandbox_owner"}
            answers = {"participant": name, "topic": "Support"}
            params = {"start": day, "end": day}
            return (await client.post(form, params=params, json=answers, headers=owner)).status_code

        await one.put("/_sandbox/clock", json={"frozen": True})
        assert {await submit(each) for each in (one, other) * 5} == {201}
        assert await submit(one) == await submit(other) == 429
        assert await submit(other, "Grace") == 201
        listed = (await one.get("/_sandbox/requests?limit=1")).json()["requests"]
        assert listed[0]["reply"]["status"] == 201

    tell_limited(story)


def test_requests_to_all_processes_count_against_one_limit(tell_limited: Callable[[Story], None]) -> None:
    async def story(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
        await one.put("/_sandbox/clock", json={"now": MONDAY.isoformat(), "frozen": True})
        shown = [(await each.get("/v2/me")).headers for each in (one, other, one)]
        assert [each["x-ratelimit-remaining-default"] for each in shown] == ["119", "118", "117"]
        assert {each["x-ratelimit-reset-default"] for each in shown} == {"60"}
        for _ in range(117):
            assert (await other.get("/v2/me")).status_code == 200
        refused = await one.get("/v2/me")
        assert refused.status_code == 429
        assert refused.headers["x-ratelimit-remaining-default"] == "0"
        await other.post("/_sandbox/clock/advance", json={"seconds": 59})
        assert (await one.get("/v2/me")).headers["x-ratelimit-reset-default"] == "1"
        await other.post("/_sandbox/clock/advance", json={"seconds": 1})
        assert (await one.get("/v2/me")).headers["x-ratelimit-remaining-default"] == "119"
        await one.post("/_sandbox/reset")
        assert (await other.get("/v2/me")).headers["x-ratelimit-remaining-default"] == "119"

    tell_limited(story)

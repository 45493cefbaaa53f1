"""The work of a request is limited: it is refused over its budget, or moved to a thread, where it can be aborted."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from mock_server.bookings.titles import MAX_TITLE_LENGTH
from mock_server.calendars.recurrence import occurrence_starts
from mock_server.running import running_sandbox
from mock_server.runtime import dispatch, garbage, request_body
from mock_server.runtime.dispatch import Handler
from mock_server.sandbox import doctor
from mock_server.sandbox.control_plane import ControlPlane
from mock_server.server import Sandbox
from mock_server.serving import Server
from mock_server.state.work import (
    Budget,
    LoopLimitReached,
    TooMuchWork,
    WorkStopped,
    leave_loop,
    spend,
    within,
)
from mock_server.webhooks import dispatcher
from mock_server.webhooks.bodies import build_message
from mock_server.webhooks.template_parser import TemplateError

pytestmark = pytest.mark.slow("sends large requests")

SOLO = {"Authorization": "Bearer cal_sandbox_solo"}
EVENT_TYPES = SOLO | {"cal-api-version": "2024-06-14"}
SLOTS = {"cal-api-version": "2024-09-04"}
BOOKINGS = {"cal-api-version": "2024-08-13"}
NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(real_time=lambda: NOW)


def run(sandbox: Sandbox, scenario: Any) -> Any:
    async def talk() -> Any:
        transport = httpx.ASGITransport(app=sandbox.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            async with asyncio.timeout(60):
                return await scenario(client)

    return asyncio.run(talk())


async def event_type(client: httpx.AsyncClient, **fields: Any) -> int:
    body = {"title": "Bounded", "slug": "bounded", "lengthInMinutes": 30, **fields}
    reply = await client.post("/v2/event-types", headers=EVENT_TYPES, json=body)
    assert reply.status_code == 201, reply.text
    return reply.json()["data"]["id"]


class TestBudget:
    def test_work_over_the_budget_is_aborted(self) -> None:
        with within(Budget(10)):
            spend(10)
            with pytest.raises(TooMuchWork):
                spend(1)

    def test_a_shutdown_aborts_work_within_the_budget(self) -> None:
        stop = threading.Event()
        with within(Budget(10, TooMuchWork, stop)):
            spend(1)
            stop.set()
            with pytest.raises(WorkStopped):
                spend(1)

    def test_leave_loop_applies_to_the_event_loop_only(self) -> None:
        with within(Budget(10, LoopLimitReached)), pytest.raises(LoopLimitReached):
            leave_loop()
        with within(Budget(10)):
            leave_loop()


class TestCostlyOperation:
    """An operation over the budget of the event loop is restarted in a thread."""

    def replaced(self, monkeypatch: pytest.MonkeyPatch, handler: Handler) -> None:
        find = dispatch.Dispatch._reply  # pyright: ignore[reportPrivateUsage]

        def reply(self: Any, exchange: Any, operation: Any, own: Handler | None, call: Any) -> Any:
            return find(self, exchange, operation, handler if operation.id == "get_me" else own, call)

        monkeypatch.setattr(dispatch.Dispatch, "_reply", reply)

    def test_other_requests_are_answered_meanwhile(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        may_end, threads = threading.Event(), list[str]()

        def costly(_call: Any) -> Any:
            threads.append(threading.current_thread().name)
            spend(1_000_000)
            assert may_end.wait(30)
            return {}

        self.replaced(monkeypatch, costly)

        async def scenario(client: httpx.AsyncClient) -> None:
            under_way = asyncio.create_task(client.get("/v2/me", headers=SOLO))
            while len(threads) < 2:
                await asyncio.sleep(0.001)
            assert (await client.get("/_sandbox/health")).status_code == 200
            assert not under_way.done()
            may_end.set()
            assert (await under_way).status_code == 200

        run(sandbox, scenario)
        assert threads[0] == threading.main_thread().name != threads[1]

    def test_a_request_over_the_budget_is_refused(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        self.replaced(monkeypatch, lambda _: spend(10**12))
        reply = run(sandbox, lambda client: client.get("/v2/me", headers=SOLO))
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "BadRequestException")
        assert "more work than one request may cause" in reply.json()["error"]["message"]

    def test_a_shutdown_aborts_it(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        begun = threading.Event()

        def endless(_call: Any) -> Any:
            leave_loop()
            begun.set()
            while True:
                spend(0)

        self.replaced(monkeypatch, endless)

        async def scenario(client: httpx.AsyncClient) -> httpx.Response:
            under_way = asyncio.create_task(client.get("/v2/me", headers=SOLO))
            while not begun.is_set():
                await asyncio.sleep(0.001)
            sandbox.workers.stop()
            return await under_way

        assert run(sandbox, scenario).status_code == 503

    @pytest.mark.parametrize(
        "call",
        [
            "requests?since=0",
            "commits?since=0",
            "outbox?count=1",
            "webhooks/deliveries?since=0",
            "webhooks/inbox/x?count=1",
        ],
    )
    def test_a_shutdown_does_not_wait_for_long_polls(self, sandbox: Sandbox, call: str) -> None:
        async def scenario(client: httpx.AsyncClient) -> httpx.Response:
            poll = asyncio.create_task(client.get(f"/_sandbox/{call}&wait=30"))
            await asyncio.sleep(0)
            sandbox.workers.stop()
            return await asyncio.wait_for(poll, 5)

        assert run(sandbox, scenario).status_code == 503

    def test_a_shutdown_does_not_wait_for_it(self, sandbox: Sandbox) -> None:
        async def scenario() -> None:
            server = Server(sandbox)
            begun = threading.Event()

            def endless() -> None:
                begun.set()
                while True:
                    spend(0)

            under_way = asyncio.create_task(sandbox.workers.run(endless))
            while not begun.is_set():
                await asyncio.sleep(0.001)
            server.servers, server.force_exit = [], True
            await server.shutdown()
            with pytest.raises(WorkStopped):
                await under_way

        asyncio.run(scenario())


class TestWholeWorlds:
    """Calls of the control plane that read a whole world leave the event loop."""

    def thread_of(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, call: Any) -> str:
        """The name of the thread in which `call` runs the function `name` of `owner`."""
        threads = list[str]()
        original = getattr(owner, name)

        def recorded(*arguments: Any) -> Any:
            threads.append(threading.current_thread().name)
            return original(*arguments)

        monkeypatch.setattr(owner, name, recorded)
        assert run(Sandbox(real_time=lambda: NOW), call).status_code == 200
        [thread] = threads
        return thread

    def test_the_doctor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        thread = self.thread_of(monkeypatch, doctor, "examine", lambda client: client.get("/_sandbox/doctor"))
        assert thread != threading.main_thread().name

    def test_snapshots(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def take_and_restore(client: httpx.AsyncClient) -> httpx.Response:
            taken = await client.get("/_sandbox/snapshot")
            return await client.put("/_sandbox/snapshot", content=taken.content)

        thread = self.thread_of(monkeypatch, ControlPlane, "_read_snapshot", take_and_restore)
        assert thread != threading.main_thread().name


class TestSlots:
    def test_a_search_with_too_many_slots_is_refused(self, sandbox: Sandbox) -> None:
        query = {"start": "2030-01-08", "end": "2031-01-07"}

        async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
            every_day = {"days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]}
            schedule = await client.post(
                "/v2/schedules",
                headers=SOLO | {"cal-api-version": "2024-06-11"},
                json={
                    "name": "Always",
                    "timeZone": "Europe/London",
                    "isDefault": False,
                    "availability": [{**every_day, "startTime": "00:00", "endTime": "23:59"}],
                },
            )
            of = await event_type(client, lengthInMinutes=1, scheduleId=schedule.json()["data"]["id"])
            return [
                await client.get("/v2/slots", headers=SLOTS, params={**query, "eventTypeId": of}),
                await client.get("/_sandbox/explain/slots", params={**query, "eventTypeId": of}),
            ]

        searched, explained = run(sandbox, scenario)
        assert (searched.status_code, explained.status_code) == (400, 400)
        assert "100,000 slots" in searched.json()["error"]["message"]
        assert "100,000 slots" in explained.json()["error"]

    def test_at_most_a_year_is_explained_including_the_past(self, sandbox: Sandbox) -> None:
        query = {"eventTypeId": "1", "start": "0001-01-02", "end": "2030-01-08"}
        reply = run(sandbox, lambda client: client.get("/_sandbox/explain/slots", params=query))
        assert (reply.status_code, "366 days" in reply.text) == (400, True)

    def test_a_meeting_longer_than_any_working_day_is_refused(self, sandbox: Sandbox) -> None:
        async def scenario(client: httpx.AsyncClient) -> httpx.Response:
            of = await event_type(client, lengthInMinutes=1_000_000_000)
            attendee = {"name": "Ann", "email": "ann@example.com", "timeZone": "Europe/London"}
            body = {"start": "2030-01-08T10:00:00Z", "eventTypeId": of, "attendee": attendee}
            return await client.post("/v2/bookings", headers=BOOKINGS, json=body)

        reply = run(sandbox, scenario)
        assert (reply.status_code, "not available" in reply.text) == (400, True)


class TestTemplates:
    NESTED = "{{#each @root}}" * 5 + "x" + "{{/each}}" * 5

    @pytest.mark.parametrize(
        "template",
        [NESTED, "{{#each @root}}" + "x" * 90_000 + "{{/each}}", "{{!--" * 18_000, '{{"' * 30_000],
        ids=["nested blocks", "long text", "open comments", "open quotes"],
    )
    def test_rendering_has_a_budget(self, template: str) -> None:
        payload = {f"field {number}": number for number in range(200)}
        with within(Budget(100_000)), pytest.raises(TooMuchWork):
            build_message(template, "BOOKING_CREATED", "", payload)

    def test_blocks_nested_too_deeply_are_refused(self) -> None:
        template = "{{#if triggerEvent}}" * 2000 + "{{/if}}" * 2000
        with pytest.raises(TemplateError, match="nested too deeply"):
            build_message(template, "BOOKING_CREATED", "", {})

    def test_its_delivery_fails_with_a_reason(self, sandbox: Sandbox) -> None:
        async def scenario(client: httpx.AsyncClient) -> Any:
            background = sandbox.webhook_dispatcher.run()
            await anext(background)
            body = {
                "trigger": "BOOKING_CREATED",
                "subscriberUrls": ["http://127.0.0.1:9/"],
                "payloadTemplate": self.NESTED,
            }
            await client.post("/_sandbox/webhooks/trigger", json=body)
            found = (await client.get("/_sandbox/webhooks/deliveries?wait=20")).json()["deliveries"]
            await anext(background, None)
            return found

        [delivery] = run(sandbox, scenario)
        assert delivery["status"] == "failed"
        assert "It writes too much" in delivery["reason"]


class TestManySubscribers:
    """A trigger with very many subscribers leaves the event loop to others in between."""

    URLS = tuple(f"http://127.0.0.1:9/{number}" for number in range(50))

    async def trigger(self, client: httpx.AsyncClient) -> httpx.Response:
        body = {"trigger": "BOOKING_CREATED", "subscriberUrls": self.URLS}
        return await client.post("/_sandbox/webhooks/trigger", json=body)

    def test_deliveries_are_queued_in_time_slices(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        monkeypatch.setattr(dispatcher, "TIME_SLICE", 0.0)

        async def scenario(client: httpx.AsyncClient) -> None:
            deliveries = sandbox.webhook_dispatcher.outgoing(sandbox.worlds.default).deliveries
            under_way = asyncio.create_task(self.trigger(client))
            seen = set[int]()
            while not under_way.done():
                seen.add(len(deliveries))
                await asyncio.sleep(0)
            assert len((await under_way).json()["deliveries"]) == len(self.URLS)
            assert seen.issuperset(range(len(self.URLS)))

        run(sandbox, scenario)

    def test_a_world_that_is_dropped_in_between_gets_no_more(
        self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
    ) -> None:
        monkeypatch.setattr(dispatcher, "TIME_SLICE", 0.0)

        async def scenario(client: httpx.AsyncClient) -> None:
            await client.post("/_sandbox/worlds", json={"id": "short-lived"})
            client.base_url = client.base_url.join("/w/short-lived/")
            deliveries = sandbox.webhook_dispatcher.outgoing(sandbox.worlds.get("short-lived")).deliveries
            under_way = asyncio.create_task(self.trigger(client))
            while not deliveries:
                await asyncio.sleep(0)
            sandbox.worlds.drop("short-lived")
            assert (await under_way).status_code == 404
            assert list(deliveries) == []

        run(sandbox, scenario)

    def test_no_two_requests_begin_in_the_same_iteration_of_the_loop(
        self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
    ) -> None:
        iteration, begun = 0, list[int]()

        async def count() -> None:
            nonlocal iteration
            while True:
                iteration += 1
                await asyncio.sleep(0)

        def stream(*_: Any, **__: Any) -> Any:
            begun.append(iteration)
            raise httpx.ConnectError("Nothing is sent in this test.")

        monkeypatch.setattr(httpx.AsyncClient, "stream", stream)
        monkeypatch.setattr(dispatcher, "TIME_SLICE", 60.0)

        async def scenario(client: httpx.AsyncClient) -> None:
            background = sandbox.webhook_dispatcher.run()
            await anext(background)
            counting = asyncio.create_task(count())
            for _ in range(2):  # The first time, the deliveries wait for the HTTP client one after another.
                begun.clear()
                await self.trigger(client)
                while len(begun) < len(self.URLS):
                    await asyncio.sleep(0)
            counting.cancel()
            await anext(background, None)

        run(sandbox, scenario)
        assert len(set(begun)) == len(self.URLS)


class TestTitles:
    """A variable in an event name that is repeated thousands of times would fill the memory."""

    async def booked(self, client: httpx.AsyncClient, event_name: str) -> httpx.Response:
        of = await event_type(client, customName=event_name)
        attendee = {"name": "A" * 1000, "email": "ann@example.com", "timeZone": "Europe/London"}
        body = {"start": "2030-01-08T10:00:00Z", "eventTypeId": of, "attendee": attendee}
        return await client.post("/v2/bookings", headers=BOOKINGS, json=body)

    def test_a_title_may_have_so_many_characters(self, sandbox: Sandbox) -> None:
        reply = run(sandbox, lambda client: self.booked(client, "{ATTENDEE}" * (MAX_TITLE_LENGTH // 1000)))
        assert (reply.status_code, reply.json()["data"]["title"]) == (201, "A" * MAX_TITLE_LENGTH)

    def test_a_longer_one_is_refused(self, sandbox: Sandbox) -> None:
        reply = run(sandbox, lambda client: self.booked(client, "{ATTENDEE}" * (MAX_TITLE_LENGTH // 1000) + "!"))
        assert (reply.status_code, "100,000 characters" in reply.text) == (400, True)


class TestMalformedJson:
    """The place of a fault in a long body is looked for beside the event loop."""

    @pytest.mark.parametrize(
        ("length", "on_the_loop"), [(request_body.SEARCHED_AT_ONCE, True), (request_body.SEARCHED_AT_ONCE + 1, False)]
    )
    def test_a_long_one_does_not_hold_up_others(
        self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, length: int, on_the_loop: bool
    ) -> None:
        find, threads = request_body.json_complaint, list[threading.Thread]()

        def json_complaint(text: str) -> str | None:
            threads.append(threading.current_thread())
            return find(text)

        monkeypatch.setattr(request_body, "json_complaint", json_complaint)
        content = b"[" + b" " * (length - 2) + b"?"
        headers = SOLO | {"Content-Type": "application/json"}
        reply = run(sandbox, lambda client: client.patch("/v2/me", headers=headers, content=content))
        assert (reply.status_code, "Unexpected token '?'" in reply.text) == (400, True)
        assert [each is threading.main_thread() for each in threads] == [on_the_loop]


class TestRecurrence:
    @pytest.mark.parametrize(
        "rule",
        [
            "FREQ=SECONDLY",
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        ],
    )
    def test_rules_that_never_or_always_match_terminate(self, rule: str) -> None:
        assert list(occurrence_starts(NOW, rule, UTC, NOW, NOW + timedelta(days=30))) == []

    def test_rare_rules_are_not_evaluated_on_the_event_loop(self) -> None:
        with within(Budget(10**9, LoopLimitReached)), pytest.raises(LoopLimitReached):
            list(occurrence_starts(NOW, "FREQ=MONTHLY;BYMONTH=6;BYMONTHDAY=31", UTC, NOW, NOW + timedelta(days=30)))

    def test_a_rare_day_is_found(self) -> None:
        leap_days = occurrence_starts(NOW, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", UTC, NOW, NOW + timedelta(days=3000))
        assert [f"{each:%Y-%m-%d}" for each in leap_days] == ["2032-02-29", "2036-02-29"]


def test_the_list_of_failures_is_limited(sandbox: Sandbox) -> None:
    body = {"name": "Wrong", "timeZone": "UTC", "isDefault": False, "availability": [{}] * 30_000}
    headers = SOLO | {"cal-api-version": "2024-06-11"}
    reply = run(sandbox, lambda client: client.post("/v2/schedules", headers=headers, json=body))
    assert reply.status_code == 400
    assert len(reply.content) < 1_000_000


def test_survivors_of_a_full_collection_are_frozen() -> None:
    callbacks, thresholds = list(gc.callbacks), gc.get_threshold()
    try:
        garbage.keep_pauses_short()
        survivor = [object()]
        assert any(each is survivor for each in gc.get_objects())
        gc.collect()
        assert not any(each is survivor for each in gc.get_objects()), "it is frozen"
    finally:
        gc.callbacks[:] = callbacks
        gc.set_threshold(*thresholds)


def test_requests_and_connections_leave_nothing_to_the_collector() -> None:
    calendar = {"integration": "google_calendar", "externalId": "solo@example.com"}
    requests: tuple[tuple[str, str, object, int], ...] = (
        ("GET", "/v2/me", None, 200),
        ("PUT", "/v2/destination-calendars", calendar, 200),
        ("PUT", "/v2/destination-calendars", calendar | {"externalId": "unknown"}, 404),
        ("PUT", "/v2/destination-calendars", {}, 400),
        ("GET", "/v2/unknown", None, 404),
    )
    with running_sandbox() as running:
        address = running.url.removeprefix("http://")
        for request in requests:
            _send(address, *request)
        for _ in range(3):  # What finalizers of former tests revive is found by the next collection.
            gc.collect()
        gc.disable()
        try:
            for request in requests * 3:
                _send(address, *request)
                assert gc.collect() == 0, request
        finally:
            gc.enable()


def _send(address: str, method: str, path: str, body: object, status: int) -> None:
    """Sends a request over a connection of its own, with a client that makes no cycles itself."""
    connection = http.client.HTTPConnection(address, timeout=10)
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {**SOLO, "Content-Type": "application/json"})
    reply = connection.getresponse()
    reply.read()
    connection.close()
    assert reply.status == status


def test_collection_is_paused_while_loading_only() -> None:
    loaded: list[list[object]] = []
    with pytest.raises(ImportError), garbage.collection_paused():
        assert not gc.isenabled()
        loaded.append([object()])
        raise ImportError
    assert gc.isenabled()
    assert not any(each is loaded[0] for each in gc.get_objects()), "it is frozen"

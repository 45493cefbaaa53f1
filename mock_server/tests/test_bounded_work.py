"""What one request costs is bounded: it is refused by its budget, or leaves the event loop and can be broken off."""

from __future__ import annotations

import asyncio
import gc
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from mock_server.calendars.recurrence import occurrence_starts
from mock_server.runtime import dispatch, garbage
from mock_server.runtime.dispatch import Handler
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
from mock_server.webhooks.bodies import build_message
from mock_server.webhooks.template_parser import TemplateError

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
    def test_what_costs_more_than_the_budget_is_broken_off(self) -> None:
        with within(Budget(10)):
            spend(10)
            with pytest.raises(TooMuchWork):
                spend(1)

    def test_a_stop_breaks_off_what_has_budget_left(self) -> None:
        stop = threading.Event()
        with within(Budget(10, TooMuchWork, stop)):
            spend(1)
            stop.set()
            with pytest.raises(WorkStopped):
                spend(1)

    def test_only_work_on_the_event_loop_has_to_leave_it(self) -> None:
        with within(Budget(10, LoopLimitReached)), pytest.raises(LoopLimitReached):
            leave_loop()
        with within(Budget(10)):
            leave_loop()


class TestCostlyOperation:
    """An operation that spends too much for the loop runs again in a thread."""

    def replaced(self, monkeypatch: pytest.MonkeyPatch, handler: Handler) -> None:
        find = dispatch.Dispatch._reply  # pyright: ignore[reportPrivateUsage]

        def reply(self: Any, operation: Any, own: Handler | None, call: Any) -> Any:
            return find(self, operation, handler if operation.id == "get_me" else own, call)

        monkeypatch.setattr(dispatch.Dispatch, "_reply", reply)

    def test_others_are_answered_meanwhile(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
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

    def test_one_that_costs_too_much_is_refused(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        self.replaced(monkeypatch, lambda _: spend(10**12))
        reply = run(sandbox, lambda client: client.get("/v2/me", headers=SOLO))
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "BadRequestException")
        assert "more work than one request may cause" in reply.json()["error"]["message"]

    def test_a_stop_breaks_it_off(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
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

    def test_a_server_that_stops_does_not_wait_for_it(self, sandbox: Sandbox) -> None:
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


class TestSlots:
    def test_more_slots_than_are_searched_for_at_once_are_refused(self, sandbox: Sandbox) -> None:
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

    def test_no_more_than_a_year_is_explained_not_even_of_the_past(self, sandbox: Sandbox) -> None:
        query = {"eventTypeId": "1", "start": "0001-01-02", "end": "2030-01-08"}
        reply = run(sandbox, lambda client: client.get("/_sandbox/explain/slots", params=query))
        assert (reply.status_code, "366 days" in reply.text) == (400, True)

    def test_a_meeting_longer_than_any_working_day_finds_nobody_free(self, sandbox: Sandbox) -> None:
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
    def test_one_that_would_go_on_has_a_budget(self, template: str) -> None:
        payload = {f"field {number}": number for number in range(200)}
        with within(Budget(100_000)), pytest.raises(TooMuchWork):
            build_message(template, "BOOKING_CREATED", "", payload)

    def test_blocks_nested_too_deeply_are_refused(self) -> None:
        template = "{{#if triggerEvent}}" * 2000 + "{{/if}}" * 2000
        with pytest.raises(TemplateError, match="nested too deeply"):
            build_message(template, "BOOKING_CREATED", "", {})

    def test_its_delivery_fails_and_says_why(self, sandbox: Sandbox) -> None:
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
    def test_a_rule_that_never_comes_true_or_all_the_time_ends(self, rule: str) -> None:
        assert list(occurrence_starts(NOW, rule, UTC, NOW, NOW + timedelta(days=30))) == []

    def test_whether_it_ever_comes_true_is_not_found_out_on_the_event_loop(self) -> None:
        with within(Budget(10**9, LoopLimitReached)), pytest.raises(LoopLimitReached):
            list(occurrence_starts(NOW, "FREQ=MONTHLY;BYMONTH=6;BYMONTHDAY=31", UTC, NOW, NOW + timedelta(days=30)))

    def test_a_rare_day_is_found(self) -> None:
        leap_days = occurrence_starts(NOW, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", UTC, NOW, NOW + timedelta(days=3000))
        assert [f"{each:%Y-%m-%d}" for each in leap_days] == ["2032-02-29", "2036-02-29"]


def test_failures_are_listed_as_far_as_the_reply_stays_small(sandbox: Sandbox) -> None:
    body = {"name": "Wrong", "timeZone": "UTC", "isDefault": False, "availability": [{}] * 30_000}
    headers = SOLO | {"cal-api-version": "2024-06-11"}
    reply = run(sandbox, lambda client: client.post("/v2/schedules", headers=headers, json=body))
    assert reply.status_code == 400
    assert len(reply.content) < 1_000_000


def test_what_survived_a_full_collection_is_not_looked_through_again() -> None:
    callbacks = list(gc.callbacks)
    try:
        garbage.keep_pauses_short()
        survivor = [object()]
        assert any(each is survivor for each in gc.get_objects())
        gc.collect()
        assert not any(each is survivor for each in gc.get_objects()), "it is frozen"
    finally:
        gc.callbacks[:] = callbacks
        gc.unfreeze()

"""Limits on the numbers of worlds, inboxes and deliveries, and on their memory."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from mock_server.running import running_sandbox
from mock_server.runtime import outbox
from mock_server.sandbox import webhooks
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.webhooks import WebhookControls
from mock_server.server import Sandbox
from mock_server.state import worlds as state_worlds
from mock_server.webhooks import dispatcher as dispatcher_module
from mock_server.webhooks.dispatcher import Subscriber
from mock_server.webhooks.events import WebhookEvent

KEPT = 100_000


def test_a_world_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_worlds, "WORLD_LIMIT", 4)
    with running_sandbox() as running:
        for number in range(3):
            assert httpx.post(f"{running.url}/_sandbox/worlds", json={"id": f"w{number}"}).status_code == 201
        reply = httpx.post(f"{running.url}/_sandbox/worlds", json={})
        assert reply.status_code == 409
        assert reply.json() == {"error": "There are 4 worlds, and there can be no more. Drop one first."}
        httpx.delete(f"{running.url}/_sandbox/worlds/w0").raise_for_status()
        assert httpx.post(f"{running.url}/_sandbox/worlds", json={}).status_code == 201


def received(lab: WebhookControls, world: Any, name: str) -> list[Any]:
    return asyncio.run(lab.read_inbox(world, name, {}))["received"]


def test_inboxes_of_all_worlds_share_a_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "KEPT_BYTES_IN_ALL", KEPT)
    sandbox = Sandbox()
    lab = WebhookControls(sandbox.webhook_dispatcher, sandbox.workers)
    slot = lab.inboxes
    worlds = [sandbox.worlds.create(f"w{number}") for number in range(10)]
    places = [(world, f"box-{box}") for world in worlds for box in range(10)]
    for world, name in places:
        lab.receive(world, name, {"content-type": "application/json"}, b'"' + b"x" * 8000 + b'"')
    assert [len(received(lab, world, name)) for world, name in places[-9:]] == [1] * 9
    assert sum(len(received(lab, world, name)) for world, name in places) == 9
    assert sum(len(world.companion[slot]) for world in worlds) == 9, "empty inboxes are not kept"
    last, name = places[-1]
    assert received(lab, last, name)[0]["json"] == "x" * 8000
    for _ in range(20):
        lab.receive(last, "other", {}, b"x" * 8000)
        lab.clear_inbox(last, "other")
    assert len(received(lab, last, name)) == 1, "what was emptied takes no room"
    with pytest.raises(Refused, match="at most"):
        lab.receive(last, name, {}, b"x" * (webhooks.RECEIVED_LIMIT + 1))


def test_outboxes_of_all_worlds_share_a_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "KEPT_BYTES_IN_ALL", KEPT)
    monkeypatch.setattr(outbox, "KEPT_MESSAGES", 3)
    sandbox, outboxes = Sandbox(), outbox.Outboxes()
    sandbox.worlds.listen(outboxes.handle_events)
    message = outbox.Message(to="a@example.com", kind="bookingConfirmed", about={}, content=text_content, size=8000)
    worlds = [sandbox.worlds.create(f"w{number}") for number in range(50)]
    for world in worlds:
        for _ in range(2):
            tx = world.begin()
            outbox.post(tx, [message, message])
            world.commit(tx)
    kept = [world.companion[outboxes] for world in worlds]
    assert [len(each) for each in kept[-3:]] == [3, 3, 3]
    assert sum(len(each) for each in kept) == KEPT // next(iter(kept[49])).size
    assert [each.number for each in kept[49]] == [4, 3, 2], "the newest are kept, and come first"
    worlds[49].reset()
    assert len(kept[49]) == 0
    kept[49].add(worlds[49].begin().now, [message])
    assert [each.number for each in kept[49]] == [5], "numbers are not used twice"


def text_content() -> outbox.Content:
    return outbox.Content(text="Hello")


def test_deliveries_of_all_worlds_share_a_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "KEPT_BYTES_IN_ALL", KEPT)
    sandbox = Sandbox()
    worlds = [sandbox.worlds.create(f"w{number}") for number in range(50)]
    kept = [sandbox.webhook_dispatcher.outgoing(world).deliveries for world in worlds]
    for each in kept:
        for _ in range(2):
            delivery = each.add(at="", trigger="BOOKING_CREATED", url="http://127.0.0.1:1/")
            delivery.body = b"x" * 8000
            each.update_size(delivery)
    assert len(kept[49]) == len(kept[48]) == 2
    assert sum(len(each) for each in kept) == KEPT // delivery.size
    worlds[49].reset()
    assert kept[49].add(at="", trigger="", url="").number == 3, "numbers are not used twice"
    sandbox.worlds.drop("w49")
    again = sandbox.webhook_dispatcher.outgoing(sandbox.worlds.create("w49")).deliveries
    assert again.add(at="", trigger="", url="").number == 1


def test_waiting_bodies_over_the_limit_are_dropped_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "QUEUE_BYTES", KEPT)
    sandbox = Sandbox()
    dispatcher = sandbox.webhook_dispatcher
    worlds = [sandbox.worlds.create(f"w{number}") for number in range(5)]
    event = WebhookEvent(created_at="2030-01-01T00:00:00.000Z", payload={"text": "x" * 30_000})
    sent = [
        dispatcher.send(dispatcher.outgoing(world), "BOOKING_CREATED", event, Subscriber("http://127.0.0.1:1/"))
        for world in worlds
    ]
    assert [each.status for each in sent] == ["waiting"] * 3 + ["dropped"] * 2
    assert "bytes are already waiting" in (sent[-1].reason or "")
    worlds[0].reset()
    outgoing = dispatcher.outgoing(worlds[4])
    again = dispatcher.send(outgoing, "BOOKING_CREATED", event, Subscriber("http://127.0.0.1:1/"))
    assert again.status == "waiting"

"""Companions of worlds: nothing is left after a world is dropped, and only the journal after a reset."""

from __future__ import annotations

import gc
import socket
import time
import weakref
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.outbox import Content, Message, post
from mock_server.runtime.settings import Settings
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.errors import WorldGone

KEY = {"Authorization": "Bearer cal_sandbox_solo"}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    """A sandbox that counts requests."""
    with running_sandbox(Settings(port=0, strict=True, rate_limit=True)) as running:
        yield running


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A subscriber that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def parent(running: RunningSandbox) -> Iterator[str]:
    """The name of a world to branch."""
    yield running.sandbox.worlds.create("parent").name
    running.sandbox.worlds.drop("parent")


def use(running: RunningSandbox, world: str, silent: socket.socket) -> None:
    """Fills every part of the companion: journal, rate limits, inboxes, deliveries in progress and waiting, outbox,
    and commits.
    """
    url = f"{running.url}/w/{world}"
    with httpx.Client(base_url=url, headers=KEY, timeout=10) as client:
        client.patch("/v2/me", json={"timeFormat": 24}).raise_for_status()
        client.post("/_sandbox/webhooks/inbox/mine", json={"n": 1}).raise_for_status()
        subscribers = [f"http://127.0.0.1:{silent.getsockname()[1]}/hook"] * 3 + [f"{url}/_sandbox/webhooks/inbox/own"]
        body = {"trigger": "BOOKING_CREATED", "subscriberUrls": subscribers}
        client.post("/_sandbox/webhooks/trigger", json=body).raise_for_status()
        client.get("/_sandbox/webhooks/inbox/own?count=1").raise_for_status()
        client.get("/v2/me").raise_for_status()
    world_used = running.sandbox.worlds.get(world)
    tx = world_used.begin()
    message = Message(to="ann@example.com", kind="bookingConfirmed", content=Content(text="Hello"), about={})
    post(tx, [message] * 3)
    world_used.commit(tx)
    companion = running.sandbox.worlds.get(world).companion
    assert len(companion) == 7


def limits() -> dict[int, tuple[int, int]]:
    """The used amount and number of holders of every shared limit in memory, by its id()."""
    found = [each for each in gc.get_objects() if isinstance(each, SharedLimit)]
    return {id(each): (each._used, len(each._holders)) for each in found}


def names_of_keys() -> set[Any]:
    """All strings that are keys of any dictionary in memory."""
    return {key for each in gc.get_objects() if isinstance(each, dict) for key in each if isinstance(key, str)}


def queue(running: RunningSandbox) -> tuple[int, int, int, int]:
    dispatcher = running.sandbox.webhook_dispatcher
    return dispatcher._waiting, dispatcher._waiting_bytes, len(dispatcher._busy_lanes), len(dispatcher._pending)


def gone(*references: weakref.ref[Any]) -> bool:
    """Whether these objects are collected within some seconds; a reply may still be in progress."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        gc.collect()
        if all(each() is None for each in references):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("ended_by", ["control plane", "worlds"])
@pytest.mark.parametrize("source", ["default", "parent"])
@pytest.mark.usefixtures("parent")
def test_a_dropped_world_leaves_nothing_behind(running: RunningSandbox, source: str, ended_by: str) -> None:
    worlds, name = running.sandbox.worlds, f"world-from-{source}-dropped-by-{ended_by.split()[0]}"
    gc.collect()
    before = limits()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        worlds.create(name, source)
        use(running, name, silent)
        world = worlds.get(name)
        parts = [weakref.ref(each) for each in (world, world.companion, *world.companion._parts.values())]
        if ended_by == "worlds":
            worlds.drop(name)
        else:
            httpx.delete(f"{running.url}/_sandbox/worlds/{name}").raise_for_status()
        assert running.sandbox.webhook_dispatcher._waiting == 0, "what waits is not sent"
        companion = world.companion
        with pytest.raises(WorldGone):
            companion[running.sandbox.journals]
        del world, companion
    assert gone(*parts)
    after = limits()
    assert {each: after.get(each) for each in before} == before
    assert queue(running) == (0, 0, 0, 0)
    assert name not in names_of_keys()


@pytest.mark.parametrize("how", ["reset", "restore"])
def test_a_reset_leaves_only_the_journal(running: RunningSandbox, silent: socket.socket, how: str) -> None:
    sandbox = running.sandbox
    world = sandbox.worlds.create(how)
    use(running, how, silent)
    if how == "reset":
        world.reset()
    else:
        world.restore(sandbox.worlds.new_state(world.root))
    url = f"{running.url}/w/{how}"
    assert httpx.get(f"{url}/_sandbox/webhooks/deliveries").json()["deliveries"] == []
    assert httpx.get(f"{url}/_sandbox/webhooks/inbox/own").json() == {"received": []}
    assert httpx.get(f"{url}/_sandbox/outbox").json()["data"] == []
    assert len(httpx.get(f"{url}/_sandbox/requests").json()["requests"]) == 2
    assert sandbox.webhook_dispatcher._waiting == 0
    left = httpx.get(f"{url}/v2/me", headers=KEY).headers["x-ratelimit-remaining-default"]
    sandbox.worlds.drop(how)
    sandbox.worlds.create(how)
    assert httpx.get(f"{url}/v2/me", headers=KEY).headers["x-ratelimit-remaining-default"] == left
    assert len(httpx.get(f"{url}/_sandbox/requests").json()["requests"]) == 1
    sandbox.worlds.drop(how)


def test_a_reset_that_cannot_be_logged_leaves_everything(
    running: RunningSandbox, silent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds = running.sandbox.worlds
    world = worlds.create("kept")
    use(running, "kept", silent)
    monkeypatch.setattr(worlds, "append", lambda _: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="full"):
        world.reset()
    monkeypatch.undo()
    assert len(running.sandbox.webhook_dispatcher.outgoing(world).deliveries) == 4
    worlds.drop("kept")


def test_the_state_of_a_world_is_read_only_from_outside(running: RunningSandbox) -> None:
    world = running.sandbox.worlds.default
    with pytest.raises(AttributeError):
        world.root = world.start  # pyright: ignore[reportAttributeAccessIssue]

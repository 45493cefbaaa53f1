"""The control plane of processes whose worlds are spread over two servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from mock_server.runtime.dates import iso
from mock_server.runtime.settings import Settings
from mock_server.sandbox.tests.test_shared_parts import CALENDAR, MONDAY, clients
from mock_server.server import Sandbox
from mock_server.state.shared.sharding import home_of
from mock_server.state.tests.store_server import StoreServer, store_server

STORES = ("south", "north")
"""Names of the stores. The default world is at home in the first."""
(NORTH, ANOTHER_NORTH, *_), (SOUTH, ANOTHER_SOUTH, *_) = (
    [name for number in range(100) if home_of(name := f"job-{number}", STORES) == store] for store in ("north", "south")
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[StoreServer]]:
    with ExitStack() as stack:
        yield [stack.enter_context(store_server(tmp_path_factory.mktemp(name))) for name in STORES]


def settings_of(servers: list[StoreServer], prefix: str, *, patience: int) -> Settings:
    stores = zip(servers, STORES, strict=True)
    urls = [server.url(prefix, f"&name={name}&patience={patience}") for server, name in stores]
    return Settings(strict=True, log=",".join(urls))


def test_the_control_plane_answers_the_same_from_every_process(servers: list[StoreServer]) -> None:
    async def story() -> None:
        async with clients(Sandbox(settings), Sandbox(settings)) as (one, other):
            for name in (NORTH, SOUTH):
                assert (await one.post("/_sandbox/worlds", json={"id": name})).status_code == 201
                assert (await other.get(f"/_sandbox/worlds/{name}")).status_code == 200
            assert (await other.post("/_sandbox/worlds", json={"id": NORTH})).status_code == 409
            await other.put(f"/w/{NORTH}/v2/destination-calendars", json=CALENDAR)
            clock = {"now": iso(MONDAY), "frozen": True}
            await one.put(f"/w/{NORTH}/_sandbox/clock", json=clock)
            await other.put(f"/w/{NORTH}/_sandbox/features/1", json={"pbac": True})

            branch = {"id": "branch", "from": {"world": NORTH}}
            assert (await one.post("/_sandbox/worlds", json=branch)).status_code == 201
            snapshot = (await other.get(f"/w/{NORTH}/_sandbox/snapshot")).json()
            assert (await one.get("/w/branch/_sandbox/snapshot")).json() == snapshot
            copy = {"id": "copy", "from": {"snapshot": snapshot}}
            assert (await other.post("/_sandbox/worlds", json=copy)).status_code == 201
            await one.put(f"/w/{SOUTH}/_sandbox/snapshot", json=snapshot)
            for each in ("branch", "copy", SOUTH):
                assert (await other.get(f"/w/{each}/_sandbox/clock")).json()["now"] == clock["now"]

            await other.post(f"/w/{NORTH}/_sandbox/reset")
            assert (await one.get(f"/w/{NORTH}/_sandbox/comparison")).json()["collections"] == []
            assert (await one.delete(f"/_sandbox/worlds/{NORTH}")).status_code == 200
            assert (await other.get(f"/w/{NORTH}/v2/me")).status_code == 404
            for call in ("/_sandbox/worlds", "/_sandbox", "/_sandbox/health", "/w/copy/_sandbox/requests"):
                assert (await one.get(call)).json() == (await other.get(call)).json()

    settings = settings_of(servers, "alike", patience=30)
    asyncio.run(story())


def test_health_names_the_store_that_is_down_and_only_its_worlds_are_refused(servers: list[StoreServer]) -> None:
    async def story() -> None:
        async with clients(Sandbox(settings)) as [client]:
            for name in (NORTH, SOUTH):
                assert (await client.post("/_sandbox/worlds", json={"id": name})).status_code == 201
            health = (await client.get("/_sandbox/health")).json()
            assert (health["status"], {each["status"] for each in health["stores"]}) == ("ok", {"ok"})
            servers[1].kill()
            refused = await client.get(f"/w/{NORTH}/v2/me")
            assert (refused.status_code, str(servers[1].port) in refused.headers["sandbox-hint"]) == (503, True)
            for path in (f"/w/{SOUTH}/v2/me", "/v2/me"):
                assert (await client.get(path)).status_code == 200
            assert (await client.post("/_sandbox/worlds", json={"id": ANOTHER_NORTH})).status_code == 503
            assert (await client.post("/_sandbox/worlds", json={"id": ANOTHER_SOUTH})).status_code == 201
            health = await client.get("/_sandbox/health")
            assert (health.status_code, health.json()["status"]) == (200, "degraded")
            assert down(health) == [str(servers[1].port)]
            servers[1].start()

    def down(health: httpx.Response) -> list[str]:
        stores = [each for each in health.json()["stores"] if each["status"] == "unavailable"]
        assert all("cannot be reached" in each["message"] for each in stores)
        return [each["store"].partition("/0")[0].rpartition(":")[2] for each in stores]

    settings = settings_of(servers, "down", patience=1)
    asyncio.run(story())

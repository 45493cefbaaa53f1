"""Health, reset, snapshots, worlds, the clock and the journal of requests over HTTP."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings

SOLO = {"Authorization": "Bearer cal_sandbox_solo"}
FIRST = "solo@example.com"
SECOND = "side-projects@group.calendar.google.com"


def choose(client: httpx.Client, calendar: str) -> None:
    body = {"integration": "google_calendar", "externalId": calendar}
    client.put("/v2/destination-calendars", json=body).raise_for_status()


def chosen(client: httpx.Client) -> str:
    return client.get("/v2/calendars").raise_for_status().json()["data"]["destinationCalendar"]["externalId"]


def refusal(reply: httpx.Response, status: int) -> str:
    assert (reply.status_code, list(reply.json())) == (status, ["error"])
    return reply.json()["error"]


# -- Health and reset ------------------------------------------------------------------------------------------------


def test_health_counts_operations(client: httpx.Client) -> None:
    health = client.get("/_sandbox/health").json()
    assert health["status"] == "ok"
    assert health["operations"] == sum(map(len, client.get("/openapi.json").json()["paths"].values()))
    assert 0 < health["stateful"] <= health["operations"]
    assert health["world"].startswith("test-")
    assert health["worlds"] >= 2


def test_reset_restores_the_start_state(client: httpx.Client) -> None:
    start = client.get("/_sandbox/snapshot").json()
    choose(client, SECOND)
    client.post("/_sandbox/clock/advance", json={"days": 3})
    assert client.post("/_sandbox/reset").json()["status"] == "ok"
    assert client.get("/_sandbox/snapshot").json() == start


# -- Snapshots -------------------------------------------------------------------------------------------------------


def test_a_snapshot_restores_everything(client: httpx.Client) -> None:
    choose(client, SECOND)
    kept = client.get("/_sandbox/snapshot").json()
    choose(client, FIRST)
    assert client.put("/_sandbox/snapshot", json=kept).json()["status"] == "ok"
    assert chosen(client) == SECOND
    assert client.get("/_sandbox/snapshot").json() == kept


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "This is not a snapshot"),
        (b"[]", "This is not a snapshot"),
        (b'{"format": 1}', "This is not a snapshot"),
        (b"{", "The body is not JSON"),
        (b'{"a": "\xff"}', "The body is not JSON"),
        (b"[" * 100_000, "The body is not JSON"),
    ],
)
def test_an_invalid_snapshot_is_refused_and_changes_nothing(
    client: httpx.Client, content: bytes, complaint: str
) -> None:
    before = client.get("/_sandbox/snapshot").json()
    assert refusal(client.put("/_sandbox/snapshot", content=content), 400).startswith(complaint)
    assert client.get("/_sandbox/snapshot").json() == before


def test_an_inconsistent_snapshot_is_refused(client: httpx.Client) -> None:
    snapshot = client.get("/_sandbox/snapshot").json()
    snapshot["collections"]["users"] = []
    assert "which is not there" in refusal(client.put("/_sandbox/snapshot", json=snapshot), 400)


@pytest.mark.parametrize(
    ("part", "wrong", "complaint"),
    [
        ("clock", {"offset_seconds": 1e300}, "The clock goes from 1970 to 9000."),
        ("clock", {"frozen_at": "9999-12-31T23:59:59Z"}, "The clock goes from 1970 to 9000."),
        ("clock", {"frozen_at": "2025-04-15T12:00:00"}, "timezone"),
        ("sequences", {}, "id 5 is in use, so sequences.users has to be 5 or more, not 0."),
        ("drawn", -1, "at `$.drawn`"),
    ],
)
def test_a_snapshot_with_a_clock_out_of_range_is_refused_and_changes_nothing(
    client: httpx.Client, part: str, wrong: Any, complaint: str
) -> None:
    before = client.get("/_sandbox/snapshot").json()
    wrong_one = before | {part: wrong}
    assert complaint in refusal(client.put("/_sandbox/snapshot", json=wrong_one), 400)
    assert complaint in refusal(client.post("/_sandbox/worlds", json={"from": {"snapshot": wrong_one}}), 400)
    assert client.get("/_sandbox/snapshot").json() == before
    assert client.get("/v2/me").status_code == 200


# -- Worlds ----------------------------------------------------------------------------------------------------------


def test_a_branch_starts_from_its_source_and_is_independent(running: RunningSandbox, client: httpx.Client) -> None:
    choose(client, SECOND)
    made = client.post("/_sandbox/worlds", json={"id": "branch"})
    assert (made.status_code, made.json()) == (201, {"id": "branch", "url": "/w/branch", "isDefault": False})
    with httpx.Client(base_url=f"{running.url}/w/branch", headers=SOLO) as branch:
        assert chosen(branch) == SECOND
        choose(branch, FIRST)
        assert (chosen(branch), chosen(client)) == (FIRST, SECOND)
        branch.post("/_sandbox/reset")
        assert chosen(branch) == SECOND
        assert client.delete("/_sandbox/worlds/branch").json() == {"status": "ok"}
        assert branch.get("/v2/me").status_code == 404
        assert branch.get("/_sandbox/health").status_code == 404


def test_a_world_may_start_from_another_world_or_from_a_snapshot(running: RunningSandbox, client: httpx.Client) -> None:
    at_start = chosen(client)
    choose(client, SECOND)
    snapshot = client.get("/_sandbox/snapshot").json()
    for origin, calendar in (({"world": "default"}, at_start), ({"snapshot": snapshot}, SECOND)):
        name = client.post("/_sandbox/worlds", json={"from": origin}).json()["id"]
        with httpx.Client(base_url=f"{running.url}/w/{name}", headers=SOLO) as other:
            assert chosen(other) == calendar
        client.delete(f"/_sandbox/worlds/{name}")


def test_worlds_are_listed(client: httpx.Client) -> None:
    client.post("/_sandbox/worlds", json={"id": "listed"})
    worlds = client.get("/_sandbox/worlds").json()
    assert worlds[0] == {"id": "default", "url": "/w/default", "isDefault": True}
    assert {"id": "listed", "url": "/w/listed", "isDefault": False} in worlds
    assert client.get("/_sandbox/worlds/listed").json()["id"] == "listed"
    client.delete("/_sandbox/worlds/listed")
    refusal(client.get("/_sandbox/worlds/listed"), 404)
    refusal(client.delete("/_sandbox/worlds/listed"), 404)


def test_a_world_without_a_name_gets_an_unused_one(client: httpx.Client) -> None:
    names = [client.post("/_sandbox/worlds").json()["id"] for _ in range(3)]
    client.delete(f"/_sandbox/worlds/{names[0]}")
    names.append(client.post("/_sandbox/worlds").json()["id"])
    assert len(set(names[1:])) == 3
    for name in names[1:]:
        assert client.delete(f"/_sandbox/worlds/{name}").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "default"}, 409),
        ({"id": ""}, 400),
        ({"id": "a/b"}, 400),
        ({"id": "-a"}, 400),
        ({"id": "a\n"}, 400),
        ({"id": "x" * 65}, 400),
        ({"id": 5}, 400),
        ({"id": None}, 400),
        ([], 400),
        ({"from": []}, 400),
        ({"from": {"world": "nowhere"}}, 404),
        ({"from": {"world": ["default"]}}, 404),
        ({"from": {"snapshot": {}}}, 400),
    ],
)
def test_an_invalid_world_is_refused(client: httpx.Client, body: Any, status: int) -> None:
    before = client.get("/_sandbox/worlds").json()
    refusal(client.post("/_sandbox/worlds", json=body), status)
    assert client.get("/_sandbox/worlds").json() == before


def test_the_default_world_cannot_be_dropped(client: httpx.Client) -> None:
    assert "cannot be dropped" in refusal(client.delete("/_sandbox/worlds/default"), 400)


class Visitor(threading.Thread):
    """Changes its own world repeatedly and checks that no other client has changed it."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(daemon=True)
        self.name = name
        self.url = url
        self.surprises: list[str] = []
        self.rounds = 0

    def run(self) -> None:
        httpx.post(f"{self.url}/_sandbox/worlds", json={"id": self.name}).raise_for_status()
        with httpx.Client(base_url=f"{self.url}/w/{self.name}", headers=SOLO, timeout=30) as client:
            self.at_start = chosen(client)
            for number in range(15):
                self._visit(client, number)
                self.rounds += 1
        httpx.delete(f"{self.url}/_sandbox/worlds/{self.name}").raise_for_status()

    def _visit(self, client: httpx.Client, number: int) -> None:
        calendar = (FIRST, SECOND)[(ord(self.name[-1]) + number) % 2]
        choose(client, calendar)
        self._expect(chosen(client), calendar)
        client.put("/_sandbox/clock", json={"now": f"2025-01-{number + 1:02}T00:00:00Z", "frozen": True})
        made = client.patch("/v2/me", json={"bio": f"{self.name} {number}", "name": self.name}).raise_for_status()
        self._expect(made.json()["data"]["id"], 4)
        self._expect(client.get("/_sandbox/clock").json()["now"], f"2025-01-{number + 1:02}T00:00:00.000Z")
        users = client.get("/_sandbox/snapshot").json()["collections"]["users"]
        self._expect(next(user["bio"] for user in users if user["id"] == 4), f"{self.name} {number}")
        seen = [entry["request"]["url"] for entry in client.get("/_sandbox/requests?limit=3").json()["requests"]]
        self._expect(seen, ["/v2/me", "/v2/calendars", "/v2/destination-calendars"])
        if number % 5 == 4:
            client.post("/_sandbox/reset")
            self._expect(chosen(client), self.at_start)

    def _expect(self, found: Any, wanted: Any) -> None:
        if found != wanted:
            self.surprises.append(f"{found} instead of {wanted}")


def test_concurrent_clients_in_different_worlds_are_isolated(running: RunningSandbox) -> None:
    before = httpx.get(f"{running.url}/_sandbox/snapshot").json()
    visitors = [Visitor(running.url, f"visitor-{number}") for number in range(6)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(60)
        assert not visitor.is_alive()
    assert [(visitor.rounds, visitor.surprises) for visitor in visitors] == [(15, [])] * len(visitors)
    assert httpx.get(f"{running.url}/_sandbox/snapshot").json() == before


def test_another_thread_can_create_a_world_of_a_running_server(running: RunningSandbox) -> None:
    """As parallel tests do."""
    stop, failures = threading.Event(), []

    def make_and_drop() -> None:
        try:
            while not stop.is_set():
                with running.world():
                    pass
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=make_and_drop) for _ in range(3)]
    for thread in threads:
        thread.start()
    with running.world() as url, httpx.Client(base_url=url, headers=SOLO) as client:
        for number in range(60):
            choose(client, (FIRST, SECOND)[number % 2])
    stop.set()
    for thread in threads:
        thread.join(10)
    assert failures == []


# -- Clock -----------------------------------------------------------------------------------------------------------


def now(client: httpx.Client) -> datetime:
    return datetime.fromisoformat(client.get("/_sandbox/clock").json()["now"])


def test_the_clock_can_be_set_frozen_moved_and_thawed(client: httpx.Client) -> None:
    frozen = {"now": "2025-04-15T12:00:00.000Z", "frozen": True}
    assert client.put("/_sandbox/clock", json={"now": "2025-04-15T13:00:00+01:00", "frozen": True}).json() == frozen
    assert client.get("/_sandbox/clock").json() == frozen
    moved = client.post("/_sandbox/clock/advance", json={"days": 1, "minutes": 30, "milliseconds": 5}).json()
    assert moved == {"now": "2025-04-16T12:30:00.005Z", "frozen": True}
    assert client.get("/v2/nothing").json()["timestamp"] == "2025-04-16T12:30:00.005Z"
    thawed = client.put("/_sandbox/clock", json={"frozen": False}).json()
    assert thawed["frozen"] is False
    assert timedelta(0) <= now(client) - datetime.fromisoformat("2025-04-16T12:30:00.005Z") < timedelta(minutes=1)


def test_an_empty_body_returns_the_clock_to_real_time(client: httpx.Client) -> None:
    client.put("/_sandbox/clock", json={"now": "2001-01-01T00:00:00", "frozen": True})
    client.put("/_sandbox/clock", json={})
    difference = now(client) - datetime.now(tz=now(client).tzinfo)
    assert abs(difference) < timedelta(minutes=1)


def test_time_dependent_rules_follow_the_clock(client: httpx.Client) -> None:
    expired = {"Authorization": "Bearer cal_sandbox_expired"}
    assert client.get("/v2/me", headers=expired).status_code == 401
    client.put("/_sandbox/clock", json={"now": "2025-04-02T23:59:59Z", "frozen": True})
    assert client.get("/v2/me", headers=expired).status_code == 200
    client.post("/_sandbox/clock/advance", json={"seconds": 1})
    assert client.get("/v2/me", headers=expired).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "clock", {"now": "tomorrow"}),
        ("PUT", "clock", {"now": 5}),
        ("PUT", "clock", {"now": "0001-01-01T00:00:00+14:00"}),
        ("PUT", "clock", {"now": "1969-12-31T23:59:59Z"}),
        ("PUT", "clock", {"now": "9999-12-31T23:59:59Z", "frozen": True}),
        ("PUT", "clock", {"frozen": "yes"}),
        ("PUT", "clock", {"time": "2025-04-15T12:00:00Z"}),
        ("PUT", "clock", []),
        ("POST", "clock/advance", {}),
        ("POST", "clock/advance", {"days": -1}),
        ("POST", "clock/advance", {"days": "1"}),
        ("POST", "clock/advance", {"days": True}),
        ("POST", "clock/advance", {"months": 1}),
        ("POST", "clock/advance", {"days": 3_000_000}),
        ("POST", "clock/advance", {"days": 1e300}),
        ("POST", "clock/advance", {"days": 10**30}),
    ],
)
def test_an_invalid_time_is_refused_and_the_clock_keeps_running(
    client: httpx.Client, method: str, path: str, body: Any
) -> None:
    client.put("/_sandbox/clock", json={"now": "2025-04-15T12:00:00Z", "frozen": True})
    refusal(client.request(method, f"/_sandbox/{path}", json=body), 400)
    assert client.get("/_sandbox/clock").json() == {"now": "2025-04-15T12:00:00.000Z", "frozen": True}
    assert client.get("/v2/me").status_code == 200


def test_a_running_clock_cannot_be_moved_out_of_range(client: httpx.Client) -> None:
    refusal(client.post("/_sandbox/clock/advance", json={"days": 3_000_000}), 400)
    assert client.get("/v2/me").status_code == 200


# -- Requests --------------------------------------------------------------------------------------------------------


def test_requests_are_listed_newest_first_and_can_be_filtered_and_cleared(client: httpx.Client) -> None:
    client.get("/v2/me")
    choose(client, SECOND)
    client.get("/v2/me", headers={"Authorization": "Bearer cal_nobody"})
    requests = client.get("/_sandbox/requests").json()["requests"]
    assert [(each["operation"], each["reply"]["status"]) for each in requests] == [
        ("get_me", 401),
        ("update_destination_calendar", 200),
        ("get_me", 200),
    ]
    assert requests[1]["caller"] == {"kind": "api-key", "userId": 4}
    assert all(each["contract"]["fits"] for each in requests)
    assert "cal_sandbox_solo" not in client.get("/_sandbox/requests").text
    only = client.get("/_sandbox/requests", params={"operation": "get_me", "limit": 1}).json()["requests"]
    assert [each["reply"]["status"] for each in only] == [401]
    client.delete("/_sandbox/requests")
    assert client.get("/_sandbox/requests").json()["requests"] == []


@pytest.mark.parametrize("limit", ["x", "-1", "1.5", "9" * 5000, "%D9%A1"])
def test_an_invalid_limit_is_refused(client: httpx.Client, limit: str) -> None:
    assert refusal(client.get(f"/_sandbox/requests?limit={limit}"), 400) == "`limit` takes a whole number."


def test_control_plane_requests_are_not_in_the_journal(client: httpx.Client) -> None:
    client.get("/_sandbox/health")
    assert client.get("/_sandbox/requests").json()["requests"] == []


# -- Who may ask -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/nothing", "/worlds/a/b", "/health/x"])
def test_an_unknown_call_is_answered_with_a_list_of_calls(client: httpx.Client, path: str) -> None:
    text = refusal(client.get(f"/_sandbox{path}"), 404)
    assert "GET /_sandbox/health" in text


def test_another_method_is_an_unknown_call(client: httpx.Client) -> None:
    refusal(client.delete("/_sandbox/reset"), 404)
    refusal(client.get("/_sandbox/reset"), 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example:8080"},
        {"Host": "["},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "snapshot"), ("POST", "reset"), ("GET", "nothing")])
def test_web_pages_of_other_origins_are_refused(
    client: httpx.Client, headers: dict[str, str], method: str, path: str
) -> None:
    refusal(client.request(method, f"/_sandbox/{path}", headers=headers), 403)


def test_a_refused_page_changes_nothing(client: httpx.Client) -> None:
    choose(client, SECOND)
    client.post("/_sandbox/reset", headers={"Origin": "https://evil.example"})
    assert chosen(client) == SECOND


def test_local_clients_and_pages_of_the_sandbox_are_allowed(running: RunningSandbox) -> None:
    port = running.url.rpartition(":")[2]
    for headers in (
        {},
        {"Host": f"localhost:{port}"},
        {"Host": "[::1]:80"},
        {"Host": f"127.0.0.1:{port}", "Origin": running.url, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert httpx.get(f"{running.url}/_sandbox/health", headers=headers).status_code == 200


def test_the_api_allows_pages_of_other_origins(client: httpx.Client) -> None:
    reply = client.get("/v2/me", headers={"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"})
    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (200, "*")


def test_on_an_open_address_the_admin_token_is_required() -> None:
    with running_sandbox(Settings(host="0.0.0.0", port=0, admin_token="only-the-admin-knows")) as running:
        assert httpx.get(f"{running.url}/_sandbox/health", headers={"Host": "sandbox.example"}).status_code == 200
        url = f"{running.url}/_sandbox/worlds"
        for headers in ({}, {"Sandbox-Token": "wrong"}, {"Sandbox-Token": ""}, {"Authorization": "Bearer wrong"}):
            assert "Sandbox-Token" in refusal(httpx.get(url, headers=headers), 403)
        for headers in ({"Sandbox-Token": "only-the-admin-knows"}, {"Authorization": "Bearer only-the-admin-knows"}):
            assert httpx.get(url, headers={**headers, "Host": "sandbox.example"}).status_code == 200
        assert httpx.get(f"{running.url}/v2/me", headers=SOLO).status_code == 200


def test_a_given_token_is_required_on_loopback_too() -> None:
    with running_sandbox(Settings(port=0, admin_token="only-the-admin-knows")) as running:
        assert httpx.get(f"{running.url}/_sandbox/health").status_code == 200
        with running.world() as world:
            assert httpx.get(f"{world}/_sandbox/health").status_code == 200
            assert "Sandbox-Token" in refusal(httpx.get(f"{world}/_sandbox/snapshot"), 403)
        token = {"Sandbox-Token": "only-the-admin-knows"}
        assert httpx.get(f"{running.url}/_sandbox/snapshot", headers=token).status_code == 200

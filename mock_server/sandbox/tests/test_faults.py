"""Faults: which requests they affect, what clients see, and what stays as it was."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.fault import read_fault
from mock_server.runtime.faults import KEPT_DRAWS, InjectedFault
from mock_server.runtime.settings import Settings
from mock_server.sandbox.faults import UnusableFaults
from mock_server.server import Sandbox

OWNER = {"Authorization": "Bearer cal_sandbox_owner"}
BOOKINGS = {"cal-api-version": "2024-08-13"}


def add(client: httpx.Client, **fault: Any) -> str:
    reply = client.post("/_sandbox/faults", json=fault)
    assert reply.status_code == 201, reply.text
    return reply.json()["id"]


def counts(client: httpx.Client) -> list[tuple[int, int]]:
    return [(each["matched"], each["affected"]) for each in client.get("/_sandbox/faults").json()["faults"]]


def statuses(client: httpx.Client, count: int, path: str = "/v2/me", **options: Any) -> list[int]:
    return [client.get(path, **options).status_code for _ in range(count)]


def test_processes_that_count_together_draw_as_one(running: RunningSandbox) -> None:
    fault = read_fault({"status": 500, "probability": 0.5, "seed": 1}, running.sandbox.description.operations)
    alone, shared = InjectedFault("fault-1", fault), InjectedFault("fault-1", fault)
    count = 3 * KEPT_DRAWS
    happened = [alone.happens() for _ in range(count)]
    swapped = [number for later in range(2, count + 1, 2) for number in (later, later - 1)]
    assert {number: shared.happens_at(number) for number in swapped} == dict(enumerate(happened, start=1))
    assert isinstance(shared.happens_at(1), bool), "a request that comes too late has a draw as well"


def week_start(client: httpx.Client) -> str:
    return client.get("/v2/me").json()["data"]["weekStart"]


def last_entry(client: httpx.Client) -> dict[str, Any]:
    return client.get("/_sandbox/requests", params={"limit": 1}).json()["requests"][0]


def test_a_refusal_has_the_envelope_and_names_its_fault(client: httpx.Client) -> None:
    fault_id = add(client, operation="get_me", status=503, message="Try later", headers={"Retry-After": "7"})
    reply = client.get("/v2/me")
    assert (reply.status_code, reply.headers["sandbox-fault"], reply.headers["retry-after"]) == (503, fault_id, "7")
    content = reply.json()
    assert (content["status"], content["path"]) == ("error", "/v2/me")
    assert content["error"] == {
        "code": "ServiceUnavailableException",
        "message": "Try later",
        "details": {"message": "Try later", "error": "Service Unavailable", "statusCode": 503},
    }
    assert statuses(client, 1, "/v2/webhooks") == [200]


def test_a_used_up_limit_says_when_to_retry_where_the_operation_describes_that() -> None:
    with running_sandbox(Settings(port=0, edition="2026-09")) as running, httpx.Client(base_url=running.url) as client:
        add(client, status=429)
        assert client.get("/v2/bookings/any/recordings", headers=BOOKINGS).headers["retry-after"] == "60"
        assert "retry-after" not in client.get("/v2/bookings/any", headers=BOOKINGS).headers
        client.put("/_sandbox/faults", json=[{"status": 429, "headers": {"Retry-After": "7"}}]).raise_for_status()
        assert client.get("/v2/bookings/any/recordings", headers=BOOKINGS).headers.get_list("retry-after") == ["7"]


@pytest.mark.parametrize("name", ["Content-Type", "Access-Control-Allow-Origin", "X-Request-Id", "Retry-After"])
def test_its_headers_replace_the_usual_ones(client: httpx.Client, name: str) -> None:
    add(client, status=503, headers={name: "mine"})
    assert client.get("/v2/me").headers.get_list(name) == ["mine"]


def test_a_used_up_limit_has_its_headers(client: httpx.Client) -> None:
    add(client, status=429)
    reply = client.get("/v2/me")
    assert reply.json()["error"] == {
        "code": "ThrottlerException",
        "message": "Too many requests. Please try again later.",
        "details": "Too many requests. Please try again later.",
    }
    limits = {name: value for name, value in reply.headers.items() if name.startswith("x-ratelimit")}
    assert limits == {
        "x-ratelimit-limit-default": "120",
        "x-ratelimit-remaining-default": "0",
        "x-ratelimit-reset-default": "60",
    }


@pytest.mark.parametrize(
    ("often", "expected"),
    [
        ({}, [500] * 4),
        ({"first": 2}, [500, 500, 200, 200]),
        ({"nth": 3}, [200, 200, 500, 200]),
    ],
)
def test_how_often_it_happens(client: httpx.Client, often: dict[str, int], expected: list[int]) -> None:
    add(client, status=500, **often)
    assert statuses(client, 4) == expected
    assert counts(client) == [(4, expected.count(500))]


def test_the_same_seed_makes_the_same_requests_fail(running: RunningSandbox) -> None:
    outcomes: list[list[int]] = []
    for seed in (1, 1, 2):
        with running.world() as url, httpx.Client(base_url=url, headers=OWNER) as client:
            add(client, status=500, probability=0.5, seed=seed)
            outcomes.append(statuses(client, 20))
    assert outcomes[0] == outcomes[1] != outcomes[2]
    assert set(outcomes[0]) == {200, 500}


@pytest.mark.parametrize(
    ("pattern", "affected"),
    [
        ({"path": "/v2/webhooks"}, ["/v2/webhooks"]),
        ({"path": "/v2/*"}, ["/v2/webhooks", "/v2/me"]),
        ({"path": "/v2/**"}, ["/v2/webhooks", "/v2/me", "/v2/schedules/default"]),
        ({"path": "/v2/*/default"}, ["/v2/schedules/default"]),
        ({"path": "/v2/*/*/default"}, []),
        ({"path": "/v2/**/default"}, ["/v2/schedules/default"]),
        ({"path": "**/me/**"}, ["/v2/me"]),
        ({"path": "/v2/*e*"}, ["/v2/webhooks", "/v2/me"]),
        ({"path": "/v2/sch*/d*t"}, ["/v2/schedules/default"]),
        ({"path": "/v2/m."}, []),
        ({"method": "get"}, ["/v2/webhooks", "/v2/me", "/v2/schedules/default"]),
        ({"method": "POST"}, []),
        ({"operation": "get_default_schedule"}, ["/v2/schedules/default"]),
        ({"operation": "get_me", "path": "/v2/webhooks"}, []),
    ],
)
def test_which_requests_match(client: httpx.Client, pattern: dict[str, str], affected: list[str]) -> None:
    add(client, status=500, **pattern)
    for path in ("/v2/webhooks", "/v2/me", "/v2/schedules/default"):
        reply = client.get(path, headers={"cal-api-version": "2024-06-11"})
        assert reply.status_code == (500 if path in affected else 200), path


@pytest.mark.parametrize(
    ("pattern", "uid"),
    [
        ("*a" * 200 + "b", "a" * 50_000),
        ("**/a/" * 100 + "b", "a/" * 25_000),
        ("**/*a*a/" * 100 + "b", "aaaa/" * 10_000),
    ],
)
def test_no_path_takes_long_to_match(pattern: str, uid: str) -> None:
    fault = read_fault({"status": 500, "path": f"/v2/bookings/{pattern}"}, {})
    begun = time.process_time()
    assert not fault.matches(None, "GET", f"/v2/bookings/{uid}")
    assert time.process_time() - begun < 1


def test_certain_callers_only(client: httpx.Client) -> None:
    add(client, status=500, caller={"userId": 4})
    add(client, status=502, caller={"kind": "oauth-client"})
    credentials = {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "sandbox-client-secret"}
    anonymous = {"Authorization": ""}
    assert statuses(client, 1) == [500]
    assert statuses(client, 1, headers=OWNER) == [200]
    assert statuses(client, 1, headers=anonymous | credentials) == [502]
    assert statuses(client, 1, headers=anonymous) == [401]


def test_a_fault_before_the_operation_changes_nothing(client: httpx.Client) -> None:
    for caller in ({}, {"caller": {"userId": 4}}):
        client.put("/_sandbox/faults", json=[{"operation": "update_me", "connection": "drop", **caller}])
        with pytest.raises(httpx.TransportError):
            client.patch("/v2/me", json={"weekStart": "Friday"})
        assert week_start(client) == "Sunday"


def test_a_lost_reply_leaves_what_was_committed(client: httpx.Client) -> None:
    client.put("/_sandbox/clock", json={"now": "2030-01-07T08:00:00Z", "frozen": True}).raise_for_status()
    fault_id = add(client, operation="create_booking", connection="drop", after=True, first=1)
    attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    body = {"eventTypeId": 1, "start": "2030-01-08T10:00:00Z", "attendee": attendee}
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/v2/bookings", json=body, headers=BOOKINGS)
    entry = last_entry(client)
    assert (entry["fault"], entry["reply"], entry["contract"]) == (fault_id, None, None)
    assert entry["commit"] is not None
    again = client.post("/v2/bookings", json=body, headers=BOOKINGS)
    assert (again.status_code, "sandbox-fault" in again.headers) == (400, False)
    assert len(client.get("/v2/bookings", headers=BOOKINGS).json()["data"]) == 1


@pytest.mark.parametrize("caller", [{}, {"caller": {"userId": 4}}])
def test_a_status_after_the_operation(client: httpx.Client, caller: dict[str, Any]) -> None:
    add(client, operation="update_me", status=504, after=True, **caller)
    assert client.patch("/v2/me", json={"weekStart": "Friday"}).status_code == 504
    assert client.patch("/v2/me", json={"timeFormat": "x"}).status_code == 400
    assert week_start(client) == "Friday"


def test_broken_bodies(client: httpx.Client) -> None:
    add(client, body="cut", nth=1)
    add(client, body="malformed", first=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/v2/me")
    reply = client.get("/v2/me")
    assert reply.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|delimiter|Expecting"):
        reply.json()
    assert client.get("/v2/me").json()["status"] == "success"


@pytest.mark.parametrize("delay", [60, {"min": 60, "max": 80}])
@pytest.mark.parametrize("after", [False, True])
def test_delays(client: httpx.Client, delay: Any, *, after: bool) -> None:
    add(client, operation="get_me", delay=delay, after=after)
    begun = time.monotonic()
    assert client.get("/v2/me").status_code == 200
    assert time.monotonic() - begun >= 0.06


def test_a_delay_does_not_hold_up_the_end_of_the_server() -> None:
    with (
        ThreadPoolExecutor(1) as threads,
        running_sandbox() as running,
        httpx.Client(base_url=running.url, headers=OWNER) as client,
    ):
        add(client, delay=60_000)
        delayed = threads.submit(httpx.get, f"{running.url}/v2/me", headers=OWNER, timeout=30)
        while counts(client) == [(0, 0)]:
            pass
        begun = time.monotonic()
    assert delayed.result().status_code == 503
    assert time.monotonic() - begun < 4


def test_faults_leave_the_ids_of_the_world_alone(running: RunningSandbox) -> None:
    ids: list[str] = []
    webhook = {"active": False, "subscriberUrl": "http://127.0.0.1:9/", "triggers": ["BOOKING_CREATED"]}
    for fault in (None, {"operation": "create_webhook", "status": 500, "first": 1, "delay": {"min": 0, "max": 1}}):
        with running.world() as url, httpx.Client(base_url=url, headers=OWNER) as client:
            if fault is not None:
                add(client, **fault)
                assert client.post("/v2/webhooks", json=webhook).status_code == 500
            ids.append(client.post("/v2/webhooks", json=webhook).json()["data"]["id"])
    assert ids[0] == ids[1]


def test_faults_are_shown_replaced_and_removed(client: httpx.Client) -> None:
    first, second = add(client, status=500), add(client, status=502, probability=0.5)
    assert client.get(f"/_sandbox/faults/{second}").json() == {
        "id": second,
        "probability": 0.5,
        "status": 502,
        "matched": 0,
        "affected": 0,
    }
    assert client.delete(f"/_sandbox/faults/{first}").status_code == 200
    for method in ("GET", "DELETE"):
        assert client.request(method, f"/_sandbox/faults/{first}").status_code == 404
    replaced = client.put("/_sandbox/faults", json=[{"status": 503}]).json()["faults"]
    assert [each["status"] for each in replaced] == [503]
    client.delete("/_sandbox/faults").raise_for_status()
    assert counts(client) == []


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({}, "It has no effect: "),
        ({"status": 200}, "`status` takes one of 400, 401, "),
        ({"status": 500, "body": "cut"}, "It has several effects, status and body: give one."),
        ({"status": 500, "first": 1, "nth": 2}, "It takes one of `first`, `nth` and `probability`, not first and nth."),
        ({"status": 500, "seed": 3}, "`seed` needs a `probability`."),
        ({"delay": 10, "message": "x"}, "`message` and `headers` need a `status`."),
        ({"status": 500, "operation": "get_mee"}, "There is no operation `get_mee`; "),
        ({"status": 500, "path": "v2/me"}, "`path` begins with /v2, "),
        ({"status": 500, "path": "/v2/me**"}, "`**` in `path` stands for whole segments, "),
        ({"status": 500, "path": f"/v2/{'*' * 1000}"}, "Expected `str` of length <= 1000 - at `$.path`."),
        ({"status": 500, "method": "FETCH"}, "`method` takes one of "),
        ({"delay": {"min": 5, "max": 2}}, "`delay` has a `min` that is greater than its `max`."),
        ({"delay": 60_001}, "Expected `int` <= 60000 - at `$.delay`."),
        ({"status": 500, "times": 3}, "Object contains unknown field `times`."),
        ({"status": 500, "headers": {"a": "b\r\nc: d"}}, "Expected `str` matching regex "),
        ({"status": 500, "headers": {"Content-Length": "3"}}, "`headers` cannot set content-length, "),
        ({"status": 500, "headers": {"Transfer-encoding": "chunked"}}, "`headers` cannot set content-length, "),
        ({"status": 500, "first": 0}, "Expected `int` >= 1 - at `$.first`."),
    ],
)
def test_invalid_faults_are_refused(client: httpx.Client, fault: dict[str, Any], text: str) -> None:
    reply = client.post("/_sandbox/faults", json=fault)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(f"The fault is invalid: {text}")
    listed = client.put("/_sandbox/faults", json=[{"status": 500}, fault])
    assert (listed.status_code, counts(client)) == (400, [])
    assert listed.json()["error"].startswith(f"Fault 2 is invalid: {text}")


def test_a_world_has_a_limited_number_of_faults(client: httpx.Client) -> None:
    assert client.put("/_sandbox/faults", json=[{"status": 500}] * 1001).status_code == 409
    client.put("/_sandbox/faults", json=[{"status": 500}] * 1000).raise_for_status()
    assert client.post("/_sandbox/faults", json={"status": 500}).status_code == 409


def test_every_world_begins_with_the_faults_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("- operation: get_me\n  status: 503\n  first: 1\n", encoding="utf-8")
    with (
        running_sandbox(Settings(faults=file)) as running,
        running.world() as url,
        httpx.Client(base_url=url, headers=OWNER) as client,
    ):
        add(client, status=500)
        assert statuses(client, 2) == [503, 500]
        client.post("/_sandbox/reset").raise_for_status()
        assert statuses(client, 2) == [503, 200]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("status: 500", "is invalid: A list of faults is expected."),
        ("- {status: 500}\n- {}", "is invalid: Fault 2 is invalid: It has no effect: "),
        ("[", "is neither YAML nor JSON: "),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_an_unusable_file_ends_the_start(tmp_path: Path, content: str | None, text: str) -> None:
    file = tmp_path / "faults.yaml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(UnusableFaults) as caught:
        Sandbox(Settings(faults=file))
    assert str(caught.value).startswith(f"The file of faults {file} {text}")

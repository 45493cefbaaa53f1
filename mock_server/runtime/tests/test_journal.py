"""The journal shows what was asked and answered, hides credentials, and does not grow without end."""

from __future__ import annotations

import gc
import json
import tracemalloc
import weakref
from typing import Any

import pytest

from mock_server.runtime import journal as journals
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.errors import NotFound
from mock_server.runtime.masking import described
from mock_server.runtime.tests.small import NOTES, SmallApp, body_of, operation, path

FREE = {"type": "object", "additionalProperties": True}


def authenticate(call: Call, _: Any) -> None:
    call.caller = Caller("api-key", 4)


def refuse(_: Call) -> Any:
    raise NotFound("Nowhere.", hint="Look elsewhere.")


def app(**handlers: Any) -> SmallApp:
    known = {"post_note": lambda call: call.body, "get_note": refuse} | handlers
    post = operation("post_note", requestBody=body_of(FREE), **{"x-access": ["authenticated"]})
    get = operation("get_note", parameters=[path("noteId")])
    paths = {"/v2/notes": {"post": post}, "/v2/notes/{noteId}": {"get": get}}
    return SmallApp(paths, known, rules={"authenticated": authenticate})


def entries(app: SmallApp, world: str = "default") -> list[dict[str, Any]]:
    return [entry.view(described()) for entry in app.journal(world)]


def test_an_entry_tells_the_whole_story() -> None:
    small = app(post_note=lambda call: {"id": call.tx[NOTES].create(text=call.body["text"]).id})
    answer = small.ask("POST", "/v2/notes?x=1", json_body={"text": "milk"}, headers={"user-agent": "test"})
    [entry] = entries(small)
    assert entry["number"] == 1
    assert entry["durationMs"] > 0
    assert entry["requestId"] == answer.headers["x-request-id"]
    assert entry["operation"] == "post_note"
    assert entry["caller"] == {"kind": "api-key", "userId": 4}
    assert entry["commit"] == 2
    assert entry["generated"] is False
    assert (entry["request"]["method"], entry["request"]["url"]) == ("POST", "/v2/notes?x=1")
    assert entry["request"]["headers"]["user-agent"] == "test"
    assert entry["request"]["body"] == {"text": "milk"}
    assert entry["reply"]["status"] == 200
    assert entry["reply"]["body"] == {"status": "success", "data": {"id": 1}}
    assert entry["contract"] == {"fits": True, "breach": None}


def test_refusals_are_kept_with_their_hint_and_the_verdict_of_the_description() -> None:
    responses = {"200": {"description": "OK"}}
    get = operation("get_note", parameters=[path("noteId")], responses=responses)
    small = SmallApp({"/v2/notes/{noteId}": {"get": get}}, {"get_note": refuse}, strict=False)
    small.ask("GET", "/v2/notes/1")
    small.ask("GET", "/v2/nothing")
    refused, unknown = entries(small)
    assert (refused["reply"]["status"], refused["hint"]) == (404, "Look elsewhere.")
    assert refused["contract"] == {"fits": False, "breach": "status 404 is not described"}
    assert (unknown["operation"], unknown["contract"], unknown["caller"]) == (None, None, None)


def test_paths_are_kept_in_any_case_and_other_paths_are_not() -> None:
    small = app()
    for where in ("/V2/notes/1", "/health", "/openapi.json"):
        small.ask("GET", where)
    assert [entry["request"]["url"] for entry in entries(small)] == ["/V2/notes/1"]


def test_a_reply_that_cannot_be_sent_is_kept_all_the_same() -> None:
    small = app()

    async def send(_: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        small.ask("GET", "/v2/notes/1", send=send)
    [entry] = entries(small)
    assert entry["reply"]["status"] == 404


def test_every_world_has_its_own() -> None:
    small = app()
    small.worlds.create("other")
    small.ask("GET", "/w/other/v2/notes/1")
    assert entries(small) == []
    assert [entry["request"]["url"] for entry in entries(small, "other")] == ["/v2/notes/1"]
    small.worlds.drop("other")
    small.worlds.create("other")
    assert entries(small, "other") == []


TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJvd25lcklkIjo0fQ.c2lnbmF0dXJl"
SECRETS = {
    "apiKey": "cal_0123456789abcdef",
    "accessToken": TOKEN,
    "refreshToken": "anything",
    "clientSecret": "hush-hush",
    "password": "hunter2",
    "nested": {"list": [{"private_key": "-----BEGIN"}, {"secret": "psst"}]},
    "text": f"the key is cal_fedcba9876543210 and the token {TOKEN}",
}
HIDDEN = ["cal_0123456789abcdef", "cal_fedcba9876543210", TOKEN, "anything", "hush-hush", "hunter2", "BEGIN", "psst"]


def everything(app: SmallApp) -> str:
    return json.dumps(entries(app))


@pytest.mark.parametrize("filler", ["", "x" * 20_000], ids=["whole", "cut off"])
def test_no_secret_of_a_body_is_shown(filler: str) -> None:
    small = app()
    small.ask("POST", "/v2/notes", json_body={**SECRETS, "filler": filler})
    assert [secret for secret in HIDDEN if secret in everything(small)] == []


def test_no_secret_of_a_body_that_is_not_json_is_shown() -> None:
    small = app()
    for content_type, raw in (
        ("application/json", json.dumps(SECRETS)[:-1]),
        ("text/plain", json.dumps(SECRETS)),
        ("application/x-www-form-urlencoded", "x=1&clientSecret=hush-hush&password=hunter2"),
    ):
        small.ask("POST", "/v2/notes", body=raw.encode(), headers={"content-type": content_type})
    assert [secret for secret in HIDDEN if secret in everything(small)] == []


def test_a_refused_secret_is_not_shown_either() -> None:
    error = {"target": {"password": "hunter2"}, "property": "password", "value": "hunter2", "children": []}
    small = app(post_note=lambda _: [error])
    small.ask("POST", "/v2/notes", json_body={})
    assert "hunter2" not in everything(small)


def test_no_secret_of_the_head_is_shown() -> None:
    small = app()
    headers = {
        "authorization": "Bearer cal_0123456789abcdef",
        "x-cal-secret-key": "hush-hush",
        "cookie": "session=hunter2",
        "sandbox-token": "hush-hush",
        "proxy-authorization": "Basic hunter2",
        "x-other": f"Bearer {TOKEN}",
    }
    small.ask("GET", f"/v2/notes/cal_fedcba9876543210?token={TOKEN}&password=hunter2&x=1", headers=headers)
    assert [secret for secret in HIDDEN if secret in everything(small)] == []
    [entry] = entries(small)
    assert entry["request"]["headers"]["authorization"] == "***"


def test_the_oldest_requests_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "KEPT_REQUESTS", 20)
    small = app()
    for number in range(journals.KEPT_REQUESTS + 5):
        small.ask("GET", f"/v2/notes/{number}")
    kept = small.journal()
    assert len(kept) == journals.KEPT_REQUESTS
    assert [entry.number for entry in kept][:1] == [6]
    kept.clear()
    assert len(kept) == 0


def test_large_requests_are_forgotten_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "KEPT_BYTES", 100_000)
    small = app(post_note=lambda _: "x" * 30_000)
    for _ in range(10):
        small.ask("POST", "/v2/notes", json_body={})
    assert [entry.number for entry in small.journal()] == [8, 9, 10]
    small.journal().clear()
    small.ask("POST", "/v2/notes", json_body={})
    assert len(small.journal()) == 1


def test_requests_with_many_headers_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "KEPT_BYTES", 1_000_000)
    small = app()
    headers = {f"x-{number}": "" for number in range(2000)}
    tracemalloc.start()
    for _ in range(10):
        small.ask("GET", "/v2/notes/1", headers=headers)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 1 < len(small.journal()) < 5
    assert held < 1_500_000


def test_a_kept_request_holds_on_to_nothing_of_its_way() -> None:
    """Neither the state that it saw nor what it raised stays in memory with it."""
    seen: list[weakref.ref[Any]] = []

    class Held:
        """Something that only the operation knows."""

    def remember_and_refuse(call: Call) -> Any:
        held = Held()
        seen.extend((weakref.ref(held), weakref.ref(call.tx.base.table(NOTES).rows)))
        call.tx[NOTES].create(text="never kept")
        raise NotFound("Nowhere.")

    small = app(get_note=remember_and_refuse)
    small.ask("GET", "/v2/notes/1")
    small.worlds.default.restore(small.worlds.new_state(small.worlds.default.begin().root()))
    gc.collect()
    assert len(small.journal()) == 1
    assert seen[0]() is None

"""Replies without the envelope, refusals that keep changes, and bodies that are forms."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from mock_server.runtime.call import Call
from mock_server.runtime.errors import ApiError, BadRequest
from mock_server.runtime.reply import Unwrapped
from mock_server.runtime.tests.small import NOTES, SmallApp, operation

FORM = "application/x-www-form-urlencoded"
BODY = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "array", "items": {"type": "string"}}}}


class Kept(ApiError):
    enveloped = False
    keeps_changes = True
    status = 400
    headers = ((b"x-request-id", b"theirs"),)

    def content(self) -> dict[str, Any]:
        return {"error": self.message}


def app_with(handler: Any, *media_types: str) -> SmallApp:
    body = {"content": {each: {"schema": BODY} for each in ("application/json", *media_types)}}
    return SmallApp({"/v2/notes": {"post": operation("post_note", requestBody=body)}}, {"post_note": handler})


def test_a_reply_may_have_no_envelope_and_headers_of_its_own() -> None:
    app = app_with(lambda _: Unwrapped({"a": 1}, ((b"pragma", b"no-cache"),)))
    reply = app.ask("POST", "/v2/notes", json_body={})
    assert (reply.status, reply.json, reply.headers["pragma"]) == (200, {"a": 1}, "no-cache")
    assert "x-request-id" in reply.headers


@pytest.mark.parametrize(("refusal", "notes"), [(Kept("kept"), 1), (BadRequest("dropped"), 0)])
def test_a_refusal_may_keep_what_was_changed(refusal: ApiError, notes: int) -> None:
    def handler(call: Call) -> None:
        call.tx[NOTES].create(text="written")
        raise refusal

    app = app_with(handler)
    reply = app.ask("POST", "/v2/notes", json_body={})
    assert reply.status == 400
    assert len(app.worlds.default.root.table(NOTES).rows) == notes
    if refusal.keeps_changes:
        assert [value for name, value in reply.header_list if name == b"x-request-id"] == [b"theirs"]


@pytest.mark.parametrize(
    ("content_type", "encoding", "body", "read"),
    [
        (FORM, "identity", b"a=x+y%26&b=1&b=2", {"a": "x y&", "b": ["1", "2"]}),
        (f"{FORM}; charset=UTF-8", "identity", b"a=%C3%A9", {"a": "\u00e9"}),
        (FORM, "gzip", gzip.compress(b"a=x", mtime=0), {"a": "x"}),
        (FORM, "identity", b"", {}),
        ("multipart/form-data; boundary=x", "identity", b"a=x", {}),
    ],
)
def test_an_operation_may_take_forms(content_type: str, encoding: str, body: bytes, read: Any) -> None:
    headers = {"content-type": content_type, "content-encoding": encoding, "content-length": str(len(body))}
    app = app_with(lambda call: call.body, FORM)
    assert app.ask("POST", "/v2/notes", body=body, headers=headers).json["data"] == read
    plain = app_with(lambda call: call.body)
    assert plain.ask("POST", "/v2/notes", body=body, headers=headers).json["data"] == {}


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (FORM, b"a=" + b"x" * 102_400, 413),
        (FORM, b"a=1&" * 1000 + b"a=1", 413),
        (f"{FORM}; charset=koi8-r", b"a=1", 415),
    ],
)
def test_a_form_has_the_limits_of_a_body(content_type: str, body: bytes, status: int) -> None:
    headers = {"content-type": content_type, "content-length": str(len(body))}
    assert app_with(lambda call: call.body, FORM).ask("POST", "/v2/notes", body=body, headers=headers).status == status

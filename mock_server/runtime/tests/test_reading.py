"""Refusals show a body as the live API has it when it checks it."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.errors import ValidationFailed
from mock_server.runtime.reading import as_read
from mock_server.runtime.schemas import Components
from mock_server.runtime.tests.small import SmallApp, body_of, operation

STRING = {"type": "string"}
SERIES = {
    "type": "object",
    "required": ["every"],
    "properties": {"every": STRING, "off": {"type": "boolean", "enum": [False], "default": False}},
}
OFF = {"type": "object", "required": ["off"], "properties": {"off": {"type": "boolean", "enum": [True]}}}
NOTE = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": STRING,
        "pinned": {"type": "boolean", "default": False},
        "days": {"type": "integer", "default": 30, "x-default-unseen": True},
        "mail": {"type": "string", "format": "email", "x-read-as": "lower-case"},
        "kind": {"type": "string", "enum": ["memo", "MEMO"], "x-read-as": {"memo": "MEMO"}},
        "first": {"type": "string", "x-read-as": "first-moment-of-day"},
        "last": {"type": "string", "x-read-as": "last-moment-of-day"},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"bold": {"default": True}}}},
        "series": {"anyOf": [SERIES, OFF]},
    },
}


def read(value: Any) -> Any:
    return as_read(Components({}), NOTE, value)


@pytest.mark.parametrize(
    ("sent", "form"),
    [
        ({}, {"pinned": False}),
        ({"pinned": None}, {"pinned": None}),
        ({"pinned": True}, {"pinned": True}),
        ({"mail": "Ann@Example.com"}, {"pinned": False, "mail": "ann@example.com"}),
        ({"mail": 1.5}, {"pinned": False}),
        ({"kind": "memo"}, {"pinned": False, "kind": "MEMO"}),
        ({"kind": []}, {"pinned": False, "kind": []}),
        ({"first": "2050-09-25T11:00:00Z"}, {"pinned": False, "first": "2050-09-25T00:00:00.000Z"}),
        ({"last": "2050-09-25T11:00:00Z"}, {"pinned": False, "last": "2050-09-25T23:59:59.999Z"}),
        ({"last": "2050-02-30T11:00:00Z"}, {"pinned": False, "last": None}),
        ({"parts": [{}, 5]}, {"pinned": False, "parts": [{"bold": True}, 5]}),
        ({"series": {"every": "week"}}, {"pinned": False, "series": {"off": False, "every": "week"}}),
        ({"series": {"off": True}}, {"pinned": False, "series": {"off": True}}),
        ({"unknown": 1}, {"pinned": False, "unknown": 1}),
    ],
)
def test_a_body_is_read(sent: Any, form: Any) -> None:
    assert read(sent) == form


def refuse(call: Any) -> Any:
    part = call.body["parts"][0]
    child = {"target": part, "value": part["bold"], "property": "bold", "children": [], "constraints": {"is": "wrong"}}
    raise ValidationFailed(
        [{"target": call.body, "value": call.body["parts"], "property": "parts", "children": [child]}]
    )


APP = SmallApp({"/v2/notes": {"post": operation("post_note", requestBody=body_of(NOTE))}}, {"post_note": refuse})


def test_a_refusal_by_the_description_shows_it() -> None:
    [error] = APP.ask("POST", "/v2/notes", json_body={"text": "Hello", "mail": 1.5, "kind": "x"}).error["details"][
        "errors"
    ]
    assert error["property"] == "kind"
    assert error["target"] == {"pinned": False, "text": "Hello", "kind": "x"}


def test_a_refusal_by_the_operation_shows_it() -> None:
    sent = {"text": "Hello", "kind": "memo", "parts": [{"bold": 5}]}
    [error] = APP.ask("POST", "/v2/notes", json_body=sent).error["details"]["errors"]
    assert error["target"] == {"pinned": False, "text": "Hello", "kind": "MEMO", "parts": [{"bold": 5}]}
    assert error["value"] == [{"bold": 5}]
    assert error["children"][0]["target"] == {"bold": 5}

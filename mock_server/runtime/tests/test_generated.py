"""Operations without a function answer with the example of the description, and with what the request named."""

from __future__ import annotations

from typing import Any

from mock_server.runtime.tests.small import SmallApp, body_of, operation, path

NOTE = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "text": {"type": "string", "maxLength": 10},
        "done": {"type": "boolean"},
    },
    "required": ["id", "text"],
}
INPUT = body_of({"type": "object", "properties": {"text": {"type": "string"}, "done": {"type": "boolean"}}})


def replies(status: str, data: Any, example: Any, **media: Any) -> Any:
    schema = {"type": "object", "properties": {"status": {"type": "string"}, "data": data}, "required": ["data"]}
    shown = {"example": {"status": "success", "data": example}} if example is not None else {}
    success = {"description": "OK", "content": {"application/json": {"schema": schema} | shown | media}}
    return {status: success, "400": {"description": "The input is invalid."}}


EXAMPLE = {"id": 1, "text": "milk", "done": False}
APP = SmallApp(
    {
        "/v2/notes": {
            "post": operation("create_note", requestBody=INPUT, responses=replies("201", NOTE, EXAMPLE)),
            "get": operation(
                "list_notes", responses=replies("200", {"type": "array", "items": NOTE}, [EXAMPLE, EXAMPLE])
            ),
        },
        "/v2/notes/{noteId}": {
            "patch": operation(
                "update_note",
                parameters=[path("noteId", "integer")],
                requestBody=INPUT,
                responses=replies("200", NOTE, EXAMPLE),
            ),
        },
        "/v2/several": {
            "get": operation(
                "several",
                responses=replies(
                    "200", NOTE, None, examples={"one": {"value": {"data": EXAMPLE}}, "two": {"value": {"data": {}}}}
                ),
            )
        },
        "/v2/away": {"get": operation("away", responses={"301": {"description": "Moved"}})},
        "/v2/real": {"get": operation("real", responses=replies("200", NOTE, EXAMPLE))},
    },
    {"real": lambda _: {"id": 2, "text": "real"}},
)


def test_the_example_is_the_reply_and_is_marked() -> None:
    answer = APP.ask("POST", "/v2/notes", json_body={})
    assert (answer.status, answer.json) == (201, {"status": "success", "data": EXAMPLE})
    assert answer.headers["sandbox-reply"] == "generated"


def test_what_the_request_named_is_put_in() -> None:
    answer = APP.ask("PATCH", "/v2/notes/77", json_body={"text": "bread", "done": True})
    assert answer.json["data"] == {"id": 77, "text": "bread", "done": True}


def test_what_would_break_the_description_is_left_out() -> None:
    answer = APP.ask("PATCH", "/v2/notes/77", json_body={"text": "far too long a text", "done": True})
    assert answer.json["data"] == {"id": 77, "text": "milk", "done": True}


def test_one_reply_does_not_change_the_next() -> None:
    APP.ask("PATCH", "/v2/notes/77", json_body={"text": "bread"})
    assert APP.ask("GET", "/v2/notes").json["data"] == [EXAMPLE, EXAMPLE]


def test_the_same_request_has_the_same_reply() -> None:
    first, second = (APP.ask("PATCH", "/v2/notes/5", json_body={"text": "x"}) for _ in range(2))
    assert first.body == second.body
    assert first.headers["etag"] == second.headers["etag"]


def test_the_first_of_several_examples_is_taken() -> None:
    assert APP.ask("GET", "/v2/several").json == {"data": EXAMPLE}


def test_a_redirect_without_content_leads_to_the_server_itself() -> None:
    answer = APP.ask("GET", "/v2/away")
    assert (answer.status, answer.headers["location"], answer.body) == (301, "http://sandbox/", b"")


def test_the_input_is_validated_all_the_same() -> None:
    assert APP.ask("POST", "/v2/notes", json_body={"text": 5}).status == 400
    assert APP.ask("PATCH", "/v2/notes/x", json_body={}).status == 400


def test_a_reply_of_a_function_is_not_marked() -> None:
    answer = APP.ask("GET", "/v2/real")
    assert answer.json["data"]["text"] == "real"
    assert "sandbox-reply" not in answer.headers

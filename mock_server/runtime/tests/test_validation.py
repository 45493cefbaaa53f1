"""Parameters and bodies on their way to an operation: what is refused, dropped, converted and filled in."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.call import Call
from mock_server.runtime.integers import LARGEST
from mock_server.runtime.tests.small import SmallApp, body_of, operation, path, query

STRING = {"type": "string"}
NOTE = {
    "type": "object",
    "properties": {
        "text": STRING,
        "tags": {"type": "array", "items": STRING},
        "place": {"type": "object", "properties": {"city": STRING, "zip": {"type": "string", "nullable": True}}},
        "extra": {"type": "object", "additionalProperties": True},
        "count": {"type": "integer"},
    },
    "required": ["text"],
}
PAGE = [
    query("take", {"type": "integer", "minimum": 1, "maximum": 250, "default": 250}),
    query("ids", {"type": "array", "items": {"type": "integer"}}, explode=False),
    query("names", {"type": "array", "items": STRING}),
    query("words", {"type": "array", "items": STRING, "minItems": 1}, **{"x-ignores-blanks": True}),
    query("open", {"type": "boolean"}),
    query("filter", {"type": "object", "properties": {"from": {"type": "integer"}, "deep": STRING}}),
]


def echo(call: Call) -> Any:
    return {"query": call.query, "body": call.body, "path": dict(call.path)}


APP = SmallApp(
    {
        "/v2/notes": {
            "post": operation("post_note", requestBody=body_of(NOTE)),
            "get": operation("list_notes", parameters=PAGE),
        },
        "/v2/pages": {"get": operation("list_pages", parameters=PAGE, **{"x-refusals-show-defaults": True})},
        "/v2/notes/{noteId}": {"get": operation("get_note", parameters=[path("noteId", "integer")])},
        "/v2/tags/{tag}": {"get": operation("get_tag", parameters=[path("tag")])},
        "/v2/raw": {
            "post": operation("raw", requestBody=body_of(NOTE), parameters=PAGE, **{"x-validation": "operation"})
        },
        "/v2/joined": {"post": operation("joined", requestBody=body_of(NOTE), **{"x-validation": "joined"})},
    },
    dict.fromkeys(["post_note", "list_notes", "list_pages", "get_note", "get_tag", "raw", "joined"], echo),
)


def body(sent: Any, where: str = "/v2/notes") -> Any:
    return APP.ask("POST", where, json_body=sent).json["data"]["body"]


def asked(query_string: str) -> Any:
    return APP.ask("GET", f"/v2/notes?{query_string}").json["data"]["query"]


def complaints(answer: Any) -> dict[str, Any]:
    assert answer.status == 400
    assert answer.error["message"] == "Bad Request Exception"
    return {error["property"]: error.get("constraints") for error in answer.error["details"]["errors"]}


def test_unknown_fields_are_dropped_and_never_refused() -> None:
    sent = {"text": "a", "id": 9, "place": {"city": "Rome", "planet": "Mars"}, "extra": {"anything": [1]}}
    assert body(sent) == {"text": "a", "place": {"city": "Rome"}, "extra": {"anything": [1]}}


def test_the_refusal_of_a_query_shows_defaults_where_the_operation_says_so() -> None:
    for page, defaults in (("notes", {}), ("pages", {"take": 250})):
        [refused] = APP.ask("GET", f"/v2/{page}?ids=x").error["details"]["errors"]
        assert refused["target"] == {"ids": ["x"]} | defaults


def test_the_refusal_shows_the_input_without_unknown_fields() -> None:
    answer = APP.ask("POST", "/v2/notes", json_body={"text": 5, "id": 9})
    assert answer.error == {
        "code": "BadRequestException",
        "message": "Bad Request Exception",
        "details": {
            "errors": [
                {
                    "target": {"text": 5},
                    "value": 5,
                    "property": "text",
                    "children": [],
                    "constraints": {"isString": "text must be a string"},
                }
            ]
        },
    }


@pytest.mark.parametrize("sent", ["12", 1.5, True, None, [1], {}])
def test_nothing_in_a_body_is_converted(sent: Any) -> None:
    answer = APP.ask("POST", "/v2/notes", json_body={"text": "a", "count": sent})
    assert complaints(answer) == {"count": {"isInt": "count must be an integer number"}}


@pytest.mark.parametrize(("sent", "read"), [(b"30", 30), (b"30.0", 30), (b"3e1", 30), (b"-0.0", 0)])
def test_there_is_one_kind_of_number(sent: bytes, read: int) -> None:
    raw = b'{"text": "a", "count": ' + sent + b"}"
    answer = APP.ask("POST", "/v2/notes", body=raw, headers={"content-type": "application/json"})
    assert answer.json["data"]["body"]["count"] == read
    assert b'"count":' + str(read).encode() in answer.body


def test_null_and_absent_are_told_apart() -> None:
    assert body({"text": "a", "place": {"zip": None}}) == {"text": "a", "place": {"zip": None}}
    assert body({"text": "a", "place": {}}) == {"text": "a", "place": {}}


@pytest.mark.parametrize("sent", [[], [{"text": "a"}], {}])
def test_a_body_without_the_fields_misses_them(sent: Any) -> None:
    assert complaints(APP.ask("POST", "/v2/notes", json_body=sent)) == {"text": {"isString": "text must be a string"}}


@pytest.mark.parametrize(
    ("query_string", "read"),
    [
        ("", {"take": 250}),
        ("take=10", {"take": 10}),
        ("take=10&unknown=1", {"take": 10}),
        ("ids=1,2,3", {"take": 250, "ids": [1, 2, 3]}),
        ("ids=1", {"take": 250, "ids": [1]}),
        ("names=a,b", {"take": 250, "names": ["a,b"]}),
        ("names=a&names=b", {"take": 250, "names": ["a", "b"]}),
        ("names[]=a&names[]=b", {"take": 250, "names": ["a", "b"]}),
        ("open=true", {"take": 250, "open": True}),
        ("open=false", {"take": 250, "open": False}),
        ("filter[from]=5&filter[deep]=x", {"take": 250, "filter": {"from": 5, "deep": "x"}}),
    ],
)
def test_query_values_are_converted_as_declared(query_string: str, read: dict[str, Any]) -> None:
    assert asked(query_string) == read


@pytest.mark.parametrize(
    ("query_string", "name"),
    [
        ("take=0", "take"),
        ("take=251", "take"),
        ("take=", "take"),
        ("take=many", "take"),
        ("take=1.5", "take"),
        ("take=1&take=2", "take"),
        ("take=%D9%A1", "take"),
        ("take=" + "9" * 5000, "take"),
        ("ids=1,x", "ids"),
        ("ids[a]=1", "ids"),
        ("open=1", "open"),
        ("filter=x", "filter"),
    ],
)
def test_query_values_that_do_not_fit_are_refused(query_string: str, name: str) -> None:
    assert list(complaints(APP.ask("GET", f"/v2/notes?{query_string}"))) == [name]


@pytest.mark.parametrize("value", ["12", "-3", "0", f"{LARGEST}", f"-{LARGEST}"])
def test_a_numeric_path_parameter_arrives_as_a_number(value: str) -> None:
    assert APP.ask("GET", f"/v2/notes/{value}").json["data"]["path"] == {"noteId": int(value)}


@pytest.mark.parametrize(
    "value", ["abc", "1.5", "1e3", "+1", "%20", "1%20", "%D9%A1", f"{LARGEST + 1}", "9" * 5000, "0x10"]
)
def test_other_text_in_its_place_is_refused(value: str) -> None:
    answer = APP.ask("GET", f"/v2/notes/{value}")
    assert (answer.status, answer.error["message"]) == (400, "Validation failed (numeric string is expected)")


def test_a_text_path_parameter_arrives_decoded() -> None:
    assert APP.ask("GET", "/v2/tags/a%2Fb%20c").json["data"]["path"] == {"tag": "a/b c"}


def test_an_operation_may_check_its_input_itself() -> None:
    answer = APP.ask("POST", "/v2/raw?take=many&x=1", json_body={"text": 5, "unknown": 1})
    assert answer.json["data"]["body"] == {"text": 5, "unknown": 1}
    assert answer.json["data"]["query"] == {"take": "many", "x": "1"}


def test_an_operation_may_join_its_complaints_into_one_text() -> None:
    answer = APP.ask("POST", "/v2/joined", json_body={"count": "x"})
    assert answer.error["message"] == (
        "text property is wrong,text must be a string , count property is wrong,count must be an integer number "
    )


@pytest.mark.parametrize(
    ("query_string", "words"),
    [("words=%20a,b%20,,", ["a", "b"]), ("words=a&words=%20b", ["a", "b"]), ("words[]=c&words[]=", ["c"])],
)
def test_blanks_of_a_list_may_be_ignored(query_string: str, words: list[str]) -> None:
    assert asked(query_string)["words"] == words


@pytest.mark.parametrize("query_string", ["words=", "words=%20,%20"])
def test_a_list_of_blanks_is_empty(query_string: str) -> None:
    assert "words" in complaints(APP.ask("GET", f"/v2/notes?{query_string}"))


def test_a_success_without_content_has_no_body() -> None:
    deletion = operation("delete_note", responses={"204": {"description": "Gone"}})
    app = SmallApp({"/v2/notes": {"delete": deletion}}, {"delete_note": lambda _: None})
    answer = app.ask("DELETE", "/v2/notes")
    assert (answer.status, answer.body) == (204, b"")

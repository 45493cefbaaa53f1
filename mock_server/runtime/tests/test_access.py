"""Access rules run in the order in which an operation lists them, before its input is looked at."""

from __future__ import annotations

import gc
import re
from typing import Any

import pytest

from mock_server.runtime.access import ArgumentRule
from mock_server.runtime.bundle import DescriptionError
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.errors import Forbidden, NotFound, Unauthorized
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.tests.small import SmallApp, body_of, operation

REQUIRED = body_of({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]})


def app_with(*access: Any, handler: Any = lambda _: None) -> tuple[SmallApp, list[Any]]:
    """An app whose rules record their calls; `no` and `gone` refuse."""
    asked: list[Any] = []

    def noting(name: str, refusal: Exception | None = None) -> Any:
        def rule(call: Call, argument: Any) -> None:
            asked.append((name, argument))
            if refusal is not None:
                raise refusal
            call.caller = Caller("api-key", 4)

        return rule

    rules = {
        "yes": noting("yes"),
        "also": ArgumentRule(noting("also"), ("A", "B", "C"), several=True),
        "one": ArgumentRule(noting("one"), ("A", "B")),
        "implied": ArgumentRule(noting("implied"), ("A", "B"), several=True, implied_by="entry", replaced_by=("one",)),
        "entry": noting("entry"),
        "ticket": ArgumentRule(lambda _, kind: kind == "A", ("A", "B"), excuses_from="no"),
        "no": noting("no", Forbidden()),
        "gone": noting("gone", NotFound("Team (7) not found.")),
        "who": noting("who", Unauthorized("Who?")),
    }
    post = operation("post_note", requestBody=REQUIRED, **{"x-access": list(access)})
    return SmallApp({"/v2/notes": {"post": post}}, {"post_note": handler}, rules=rules), asked


def test_rules_are_called_from_left_to_right_with_their_argument() -> None:
    app, asked = app_with("yes", {"also": ["A", "B"]})
    assert app.ask("POST", "/v2/notes", json_body={"a": "x"}).status == 200
    assert asked == [("yes", None), ("also", ["A", "B"])]


@pytest.mark.parametrize(
    ("access", "status", "count"),
    [(["yes", "no", "gone"], 403, 2), (["gone", "no"], 404, 1), (["who", "no"], 401, 1)],
)
def test_the_first_refusal_ends_the_checks(access: list[str], status: int, count: int) -> None:
    app, asked = app_with(*access)
    assert app.ask("POST", "/v2/notes", json_body={"a": "x"}).status == status
    assert len(asked) == count


def exchanges() -> list[Exchange]:
    return [each for each in gc.get_objects() if isinstance(each, Exchange)]


def test_a_refused_request_is_freed_without_the_garbage_collector() -> None:
    def refuse(*_: Any) -> None:
        raise Forbidden

    post = operation("post_note", **{"x-access": ["no"]})
    app = SmallApp({"/v2/notes": {"post": post}}, {"post_note": lambda _: None}, rules={"no": refuse})
    gc.collect()
    gc.disable()
    # A sandbox that other tests share may have a request under way.
    before = exchanges()
    try:
        assert app.ask("POST", "/v2/notes").status == 403
        assert not [each for each in exchanges() if all(each is not other for other in before)]
    finally:
        gc.enable()


def test_refusals_of_rules_come_before_those_of_the_input() -> None:
    app, _ = app_with("no")
    assert app.ask("POST", "/v2/notes", json_body={}).status == 403
    app, _ = app_with("yes")
    assert app.ask("POST", "/v2/notes", json_body={}).status == 400


def test_malformed_json_comes_before_all_rules() -> None:
    app, asked = app_with("no")
    reply = app.ask("POST", "/v2/notes", body=b"{", headers={"content-type": "application/json"})
    assert (reply.status, asked) == (400, [])


def test_an_unknown_rule_prevents_the_start() -> None:
    with pytest.raises(
        DescriptionError,
        match=r"notes/notes.yaml: POST /v2/notes: x-access has the unknown rule maybe\. The rules are: also",
    ):
        app_with("yes", "maybe")[0].ask("POST", "/v2/notes")


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (
            {"one": "X"},
            "one of x-access has the argument 'X'; it takes one of: A, B.",
        ),
        (
            {"one": ["A"]},
            "one of x-access has the argument ['A']; it takes one of: A, B.",
        ),
        (
            "one",
            "one of x-access has the argument None; it takes one of: A, B.",
        ),
        ({"also": ["A", "X"]}, "it takes a list of some of: A, B, C."),
        ({"also": "A"}, "it takes a list of some of: A, B, C."),
        ({"also": []}, "it takes a list of some of: A, B, C."),
        ({"yes": "A"}, "yes of x-access takes no argument, but has 'A'."),
    ],
)
def test_an_invalid_argument_prevents_the_start(entry: Any, complaint: str) -> None:
    with pytest.raises(DescriptionError, match=f"notes/notes.yaml: POST /v2/notes: the rule .*{re.escape(complaint)}"):
        app_with(entry)


def test_an_operation_without_authentication_has_no_caller(caplog: pytest.LogCaptureFixture) -> None:
    app, _ = app_with(handler=lambda call: call.caller.user_id)
    assert app.ask("POST", "/v2/notes", json_body={"a": "x"}).status == 500
    assert "does not authenticate" in caplog.text
    app, _ = app_with("yes", handler=lambda call: call.caller.user_id)
    assert app.ask("POST", "/v2/notes", json_body={"a": "x"}).json["data"] == 4


@pytest.mark.parametrize(
    ("access", "calls"),
    [
        (["yes", "entry", "also"], [("yes", None), ("entry", None), ("implied", []), ("also", ["A"])]),
        (["entry", {"implied": ["B"]}, "also"], [("entry", None), ("implied", ["B"]), ("also", ["A"])]),
        ([{"one": "A"}, "entry"], [("one", "A"), ("entry", None)]),
        (["yes"], [("yes", None)]),
    ],
)
def test_a_rule_may_be_implied_by_another(access: list[Any], calls: list[Any]) -> None:
    app, asked = app_with(*[{"also": ["A"]} if each == "also" else each for each in access])
    assert app.ask("POST", "/v2/notes", json_body={"a": "x"}).status == 200
    assert asked == calls


def test_a_rule_may_excuse_from_another_that_follows() -> None:
    app, asked = app_with({"ticket": "A"}, "yes", "no", {"also": ["A"]})
    assert app.ask("POST", "/v2/notes", json_body={"a": "x"}).status == 200
    assert asked == [("yes", None), ("also", ["A"])]
    app, asked = app_with("yes", {"ticket": "B"}, "no")
    assert app.ask("POST", "/v2/notes", json_body={"a": "x"}).status == 403


def test_a_rule_that_excuses_from_another_has_to_come_before_it() -> None:
    with pytest.raises(DescriptionError, match="ticket of x-access has to be followed by the rule no"):
        app_with("no", {"ticket": "A"})

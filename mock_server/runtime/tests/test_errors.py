"""Every source of refusals has its envelope, and none of them changes the state."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.runtime.call import Call
from mock_server.runtime.errors import (
    SHARED_LIBRARY_ERRORS,
    BadRequest,
    BareError,
    CodeError,
    Conflict,
    Forbidden,
    NotFound,
    QueryInvalid,
    Throttled,
    TokenExpired,
    Unauthorized,
    UnprocessableEntity,
    ValidationFailed,
    shared_library_error,
)
from mock_server.runtime.tests.small import NOTES, SmallApp, operation
from mock_server.state.errors import ForeignKeyViolation

NOON = datetime(2025, 4, 15, 12, 0, 0, 123_456, UTC)


def app_that(act: Callable[[Call], Any]) -> SmallApp:
    """Its one operation writes a note, and then does `act`."""

    def post_note(call: Call) -> Any:
        call.tx[NOTES].create(text="written before the refusal")
        return act(call)

    return SmallApp({"/v2/notes": {"post": operation("post_note")}}, {"post_note": post_note}, clock=lambda: NOON)


def refuse(error: Exception) -> Callable[[Call], Any]:
    def act(_: Call) -> Any:
        raise error

    return act


def same_again(status: int, code: str, text: str, reason: str) -> dict[str, Any]:
    return {"code": code, "message": text, "details": {"message": text, "error": reason, "statusCode": status}}


def coded(code: str, text: str) -> dict[str, Any]:
    return {"code": code, "message": text}


@pytest.mark.parametrize(
    ("error", "status", "content"),
    [
        (BadRequest("No."), 400, same_again(400, "BadRequestException", "No.", "Bad Request")),
        (BadRequest("No.", reason="apple"), 400, same_again(400, "BadRequestException", "No.", "apple")),
        (Unauthorized("Who?"), 401, same_again(401, "UnauthorizedException", "Who?", "Unauthorized")),
        (Forbidden(), 403, same_again(403, "ForbiddenException", "Forbidden resource", "Forbidden")),
        (Forbidden("Not you."), 403, same_again(403, "ForbiddenException", "Not you.", "Forbidden")),
        (NotFound("Nowhere."), 404, same_again(404, "NotFoundException", "Nowhere.", "Not Found")),
        (Conflict("Taken."), 409, same_again(409, "ConflictException", "Taken.", "Conflict")),
        (
            UnprocessableEntity("Odd."),
            422,
            same_again(422, "UnprocessableEntityException", "Odd.", "Unprocessable Entity"),
        ),
        (
            ValidationFailed([{"property": "a"}]),
            400,
            {
                "code": "BadRequestException",
                "message": "Bad Request Exception",
                "details": {"errors": [{"property": "a"}]},
            },
        ),
        (
            QueryInvalid([("start", "Required"), ("days.0", "Expected number")]),
            400,
            coded("BAD_REQUEST", "days.0 - Expected number, start - Required, "),
        ),
        (
            CodeError(400, "CalendarError", "The calendar is gone."),
            400,
            coded("CalendarError", "The calendar is gone."),
        ),
        (
            Throttled(),
            429,
            coded("ThrottlerException", "Too many requests. Please try again later.")
            | {"details": "Too many requests. Please try again later."},
        ),
        (
            TokenExpired(),
            498,
            coded("TokenExpiredException", "ACCESS_TOKEN_IS_EXPIRED") | {"details": "ACCESS_TOKEN_IS_EXPIRED"},
        ),
        *[
            (shared_library_error(kind), status, coded("TRPCError", text))
            for kind, (status, text) in SHARED_LIBRARY_ERRORS.items()
        ],
        (
            ForeignKeyViolation("details for the log"),
            400,
            coded("BAD_REQUEST", "Invalid input: The referenced data does not exist."),
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_envelope(error: Exception, status: int, content: dict[str, Any]) -> None:
    app = app_that(refuse(error))
    answer = app.ask("POST", "/v2/notes?because=I+can")
    assert answer.status == status
    assert answer.json == {
        "status": "error",
        "timestamp": "2025-04-15T12:00:00.123Z",
        "path": "/v2/notes?because=I+can",
        "error": content,
    }
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])
    assert app.worlds.default.begin()[NOTES].count() == 0


@pytest.mark.parametrize(
    ("act", "status", "content"),
    [
        (
            lambda call: call.tx[NOTES].create(text="written before the refusal"),
            409,
            coded("CONFLICT", "Invalid Input: Trying to create a record that already exists."),
        ),
        (
            lambda call: call.tx[NOTES].require(99),
            404,
            coded("NOT_FOUND", "Invalid Query: The requested record was not found."),
        ),
    ],
)
def test_the_database_speaks_for_itself(act: Callable[[Call], Any], status: int, content: dict[str, Any]) -> None:
    answer = app_that(act).ask("POST", "/v2/notes")
    assert (answer.status, answer.error) == (status, content)


def test_a_bare_refusal_has_neither_envelope_nor_request_id() -> None:
    answer = app_that(refuse(BareError(413, "request entity too large"))).ask("POST", "/v2/notes")
    assert (answer.status, answer.json) == (413, {"statusCode": 413, "message": "request entity too large"})
    assert "x-request-id" not in answer.headers


def test_a_defect_is_a_bare_500_that_tells_the_log_and_not_the_client(caplog: pytest.LogCaptureFixture) -> None:
    app = app_that(refuse(ZeroDivisionError("secret detail")))
    answer = app.ask("POST", "/v2/notes")
    assert (answer.status, answer.json) == (500, {"statusCode": 500, "message": "Internal server error"})
    assert "secret detail" in caplog.text
    assert app.worlds.default.begin()[NOTES].count() == 0


def test_a_reply_that_breaks_the_description_is_a_defect_when_strict(caplog: pytest.LogCaptureFixture) -> None:
    schema = {"type": "object", "properties": {"status": {"type": "string"}, "data": {"type": "integer"}}}
    responses = {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
    paths = {"/v2/notes": {"get": operation("count_notes", responses=responses)}}
    for strict, data, status in ((True, 3, 200), (True, "three", 500), (False, "three", 200)):
        app = SmallApp(paths, {"count_notes": lambda _, data=data: data}, strict=strict)
        answer = app.ask("GET", "/v2/notes")
        assert answer.status == status
        said = "count_notes made a reply of status 200 that breaks the description: `/data`: "
        assert (said in answer.headers.get("sandbox-hint", "")) == (status == 500)
    assert caplog.text.count(said) == 1
    assert "Traceback" not in caplog.text


def test_a_refusal_that_breaks_the_description_is_a_defect_when_strict(caplog: pytest.LogCaptureFixture) -> None:
    """Its status is not described, or it has no envelope although the description has one."""
    error = {"type": "object", "required": ["status", "error"]}
    enveloped = {"description": "No.", "content": {"application/json": {"schema": error}}}
    paths = {"/v2/notes": {"get": operation("get_notes", responses={"200": {"description": "OK"}, "404": enveloped})}}
    cases = (
        (NotFound("No."), 404),
        (Forbidden("No."), 500),
        (BareError(404, "No."), 500),
        (BareError(503, "No."), 503),
    )
    for refusal, status in cases:
        answer = SmallApp(paths, {"get_notes": refuse(refusal)}).ask("GET", "/v2/notes")
        assert answer.status == status
        said = f"get_notes made a reply of status {refusal.status} that breaks the description: "
        assert (said in answer.headers.get("sandbox-hint", "")) == (status == 500)
        assert (
            SmallApp(paths, {"get_notes": refuse(refusal)}, strict=False).ask("GET", "/v2/notes").status
            == refusal.status
        )
    assert "Traceback" not in caplog.text


def test_a_reply_that_breaks_the_description_does_not_repeat_what_that_calls_secret() -> None:
    pin = {"type": "string", "x-secret": True}
    schema = {"type": "object", "properties": {"data": {"type": "object", "properties": {"pin": pin}}}}
    responses = {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
    paths = {"/v2/notes": {"get": operation("get_pin", responses=responses)}}
    hint = SmallApp(paths, {"get_pin": lambda _: {"pin": 271828}}).ask("GET", "/v2/notes").headers["sandbox-hint"]
    assert "`/data/pin`" in hint
    assert "271828" not in hint


def test_a_hint_travels_beside_the_refusal_on_one_line() -> None:
    answer = app_that(refuse(NotFound("Nowhere.", hint="Look\r\nx-evil: 1\r\n\r\n elsewhère."))).ask(
        "POST", "/v2/notes"
    )
    assert answer.headers["sandbox-hint"] == "Look x-evil: 1 elsewh?re."
    assert "Look" not in answer.body.decode()

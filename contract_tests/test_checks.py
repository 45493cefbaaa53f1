"""Our own checks see what they are for, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from schemathesis import HookContext

from contract_tests.catalogue import catalogue, catalogue_of
from contract_tests.checks import Complaint, broken_rules, find_leak, judge
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.target import SANDBOX_CREDENTIALS, Target
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description

REQUEST_ID = {"x-request-id": "3f1c9a34-6c3e-4f0a-9d0b-0b8a3c1f2e01"}


OPERATIONS = catalogue().operations
ME, RESCHEDULE = OPERATIONS["get_me"], OPERATIONS["reschedule_booking"]


def refusal(code: str, status: int, **changes: Any) -> str:
    """A refusal as the API words it, with some keys changed."""
    details = {"message": "No.", "error": "...", "statusCode": status}
    error = {"code": code, "message": "No.", "details": details}
    return json.dumps(
        {"status": "error", "timestamp": "2025-04-15T10:00:00.000Z", "path": "/", "error": error} | changes
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, '{"status":"success","data":[]}'),
        (201, '{"status":"success"}'),
        (404, refusal("NotFoundException", 404)),
        (409, json.dumps(json.loads(refusal("x", 409)) | {"error": {"code": "CONFLICT", "message": "Twice."}})),
        (304, ""),
        (301, "Moved Permanently. Redirecting to /"),
    ],
)
def test_replies_of_the_api_pass(status: int, body: str) -> None:
    """Each kind of envelope."""
    judge(ME, status, REQUEST_ID, body)


def test_a_bare_refusal_needs_no_request_id() -> None:
    """It comes from outside of the application."""
    judge(ME, 413, {}, '{"statusCode":413,"message":"request entity too large"}')


def test_only_known_refusals_of_the_application_are_bare() -> None:
    """Those that the description has without an envelope, for that operation and status."""
    judge(RESCHEDULE, 404, {}, '{"statusCode":404,"message":"Could not find original booking"}')
    with pytest.raises(Complaint):
        judge(ME, 404, REQUEST_ID, '{"statusCode":404,"message":"Could not find original booking"}')


def test_only_known_refusals_have_the_key_of_their_text() -> None:
    """Together with the status of the reply, for the operations and statuses that the description names."""
    add_guests = catalogue_of("2026-09").operations["add_booking_guests"]
    key = {"statusCode": 400, "message": "emails_must_be_unique_valid"}
    translated = json.loads(refusal("bad_request_error", 400)) | key
    judge(add_guests, 400, REQUEST_ID, json.dumps(translated))
    judge(add_guests, 400, REQUEST_ID, refusal("BadRequestException", 400))
    for changes in ({"statusCode": 500}, {"hint": "extra"}):
        with pytest.raises(Complaint):
            judge(add_guests, 400, REQUEST_ID, json.dumps(translated | changes))
    elsewhere = ((add_guests, 403, "ForbiddenException"), (ME, 400, "BadRequestException"))
    for operation, status, code in elsewhere:
        judge(operation, status, REQUEST_ID, refusal(code, status))
        with pytest.raises(Complaint):
            judge(operation, status, REQUEST_ID, refusal(code, status, **key | {"statusCode": status}))
    with pytest.raises(Complaint):
        judge(add_guests, 400, REQUEST_ID, refusal("bad_request_error", 400, statusCode=400))


@pytest.mark.filterwarnings("ignore")
def test_credentials_are_not_sent_where_they_would_be_stored() -> None:
    """A webhook's secret that is ours would come back, and look like a leak."""
    schema: Any = schemathesis.openapi.from_dict(load_bundle())
    hooks.aim(Target(SANDBOX_CREDENTIALS))
    operation = schema["/v2/webhooks"]["POST"]
    case: schemathesis.Case[Any] = operation.Case(body={"secret": "is cal_sandbox_solo", "active": True})
    hooks.before_call(HookContext(operation=operation), case, {})
    assert case.body == {"secret": "not-a-credential", "active": True}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, '{"data":[]}'),
        (200, "fine"),
        (200, "[]"),
        (404, refusal("ForbiddenException", 404)),
        (404, refusal("NotFoundException", 403)),
        (404, refusal("NotFoundException", 404, timestamp="2025-04-15 10:00")),
        (404, refusal("NotFoundException", 404, hint="extra")),
        (404, '{"statusCode":404,"message":"Not RecordedDifference"}'),
        (413, '{"statusCode":400,"message":"request entity too large"}'),
        (400, json.dumps({**json.loads(refusal("BadRequestException", 400)), "status": "success"})),
        (418, refusal("TeapotException", 418)),
    ],
)
def test_other_replies_are_complained_of(status: int, body: str) -> None:
    """Each breaks one rule."""
    with pytest.raises(Complaint):
        judge(ME, status, REQUEST_ID, body)


@pytest.mark.parametrize("headers", [{}, {"x-request-id": "17"}])
def test_a_reply_has_a_request_id(headers: dict[str, str]) -> None:
    """A UUID."""
    with pytest.raises(Complaint):
        judge(ME, 200, headers, '{"status":"success"}')


def test_a_validation_error_names_a_property() -> None:
    """One that names none is useless."""
    error: dict[str, Any] = {
        "code": "BadRequestException",
        "message": "Bad Request Exception",
        "details": {"errors": []},
    }
    with pytest.raises(Complaint):
        judge(ME, 400, REQUEST_ID, refusal("BadRequestException", 400, error=error))


@pytest.mark.parametrize(
    "text",
    ['{"key":"cal_secret"}', "Traceback (most recent call last):", "x\n    at handler (/srv/app/index.js:12:5)"],
)
def test_leaks_are_found(text: str) -> None:
    """Credentials and the insides of servers."""
    assert find_leak(text, {"cal_secret"})


def test_a_leak_is_not_repeated() -> None:
    """What is said of it does not hold the credential."""
    assert "cal_secret" not in str(find_leak('{"key":"cal_secret"}', {"cal_secret"}))


def test_ordinary_replies_leak_nothing() -> None:
    """Words that look alike are no leak."""
    assert find_leak('{"message":"Meet me at the station (12:30)"}', {"cal_secret"}) is None


def test_broken_rules_are_found_at_any_depth() -> None:
    """Also those of items of lists."""
    leaf: dict[str, Any] = {"property": "email", "children": [], "constraints": {"isEmail": "email must be an email"}}
    errors: list[dict[str, Any]] = [{"property": "guests", "children": [{"property": "0", "children": [leaf]}]}]
    assert [name for name, rules in broken_rules(errors) if rules] == ["email"]


def test_operations_of_oauth2_have_its_form() -> None:
    """Tokens and refusals come without an envelope, from the operations that describe it so."""
    token = Description(load_bundle(edition="2026-03")).operations["create_oauth2_tokens"]
    tokens = '{"access_token":"a","token_type":"bearer","refresh_token":"b","expires_in":1800}'
    refused = '{"error":"invalid_grant","error_description":"code_invalid_or_expired"}'
    judge(token, 200, {"cache-control": "no-store"}, tokens)
    judge(token, 400, {"x-request-id": "theirs"}, refused)
    judge(token, 400, REQUEST_ID, refusal("BadRequestException", 400))
    for operation, status, body in ((token, 200, tokens), (token, 401, refused), (ME, 400, refused), (ME, 200, tokens)):
        with pytest.raises(Complaint):
            judge(operation, status, REQUEST_ID, body)

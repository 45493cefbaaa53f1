"""Checks of every reply in addition to schemathesis' own.

Source: Cal.com API v2, envelopes, error codes by status, response headers.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from contract_tests.catalogue import api_path, catalogue, handed_out
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.formats import GENERATORS
from contract_tests.fuzzing.provision import operation_id
from contract_tests.http import SERVER_ERROR
from contract_tests.reports.titles import signature
from mock_server.runtime.conformance import innermost, reply_breach
from mock_server.runtime.description import Operation
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.masking import MASK

# Statuses without a JSON body.
SILENT_STATUSES = frozenset({204, 301, 302, 304})

CODES = {
    400: re.compile(r"BadRequestException|BAD_REQUEST|TRPCError|[A-Za-z]+Error|bad_request_error"),
    401: re.compile(r"UnauthorizedException|TRPCError"),
    403: re.compile(r"ForbiddenException|TRPCError"),
    404: re.compile(r"NotFoundException|NOT_FOUND|TRPCError"),
    409: re.compile(r"ConflictException|CONFLICT|TRPCError"),
    422: re.compile(r"UnprocessableEntityException"),
    429: re.compile(r"ThrottlerException|TRPCError"),
    498: re.compile(r"TokenExpiredException"),
}

OAUTH2_CODES = defaultdict[int, tuple[str, ...]](
    tuple, {400: ("invalid_request", "invalid_grant"), 401: ("invalid_client", "unauthorized_client")}
)
REQUEST_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|unknown-request-id")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
INSIDES = re.compile(
    r"Traceback \(most recent call last\)|^\s+at \S+ \(.*:\d+:\d+\)|node_modules|site-packages", re.MULTILINE
)

# Rules that a schema can express; others are business rules.
PLAIN_RULE = re.compile(r"(is|min|max|array)[A-Z]|min$|max$|matches$")


class Complaint(Failure):
    """A reply breaks a rule; the text names it."""

    def __init__(self, text: str) -> None:
        super().__init__(operation=None, title=text, message="")

    @property
    def _unique_key(self) -> str:
        return signature(self.title)


def judge(operation: Operation, status: int, headers: Mapping[str, str], body: str) -> None:
    """Raises Complaint unless a reply has the envelope, error code and request id that its status requires.

    Header names are in lower case. An error may lack the envelope only if the description allows that.
    """
    if status in SILENT_STATUSES:
        return
    content = _decoded(body)
    if speaks_oauth2(operation) and not content.keys() & {"status", "statusCode"}:
        _judge_oauth2(status, headers, content)
        return
    if status < 300:
        if not is_object(content) or content.get("status") != "success":
            raise Complaint(f"A {status} reply needs `status: success`; this one lacks it.")
    elif "status" not in content and admits_bare_errors(operation, status):
        _judge_bare(status, content)
        return
    else:
        if "statusCode" in content and admits_translated_errors(operation, status):
            content = _without_key(status, content)
        _judge_refusal(status, content)
    if not REQUEST_ID.fullmatch(headers.get("x-request-id", "")):
        raise Complaint(f"X-Request-Id is {headers.get('x-request-id')!r}; it should be a version 4 UUID.")


def admits_bare_errors(operation: Operation, status: int) -> bool:
    """Whether the operation may answer `status` without the envelope: ``{"statusCode", "message"}``."""
    if status not in operation.responses:
        return False
    validator = operation.reply_validator(status, closed=True)
    return validator is not None and validator.is_valid({"statusCode": status, "message": "..."})


def admits_translated_errors(operation: Operation, status: int) -> bool:
    """Whether a refusal may have its status and the key of its translated text beside the fields of the envelope."""
    if status not in operation.responses:
        return False
    details = {"message": "...", "error": "...", "statusCode": status}
    refusal = {
        "statusCode": status, "message": "...", "status": "error", "timestamp": "2026-09-01T00:00:00.000Z",
        "path": "/v2", "error": {"code": "bad_request_error", "message": "...", "details": details},
    }  # fmt: skip
    validator = operation.reply_validator(status, closed=True)
    return validator is not None and validator.is_valid(refusal)


def speaks_oauth2(operation: Operation) -> bool:
    """Whether the operation answers in the form of RFC 6749, which has no envelope."""
    if 400 not in operation.responses:
        return False
    return operation.reply_validator(400, closed=True).is_valid({"error": "invalid_grant", "error_description": "..."})


def _judge_oauth2(status: int, headers: Mapping[str, str], content: dict[str, Any]) -> None:
    if status < 300 and headers.get("cache-control") != "no-store":
        raise Complaint("A reply with tokens has `Cache-Control: no-store`; this one lacks it.")
    if status >= 400 and (
        set(content) != {"error", "error_description"} or content["error"] not in OAUTH2_CODES[status]
    ):
        raise Complaint(f"A refusal of status {status} has an `error` of OAuth2 that belongs to it, and a description.")


def _decoded(body: str) -> Any:
    try:
        content = json.loads(body)
    except ValueError:
        raise Complaint("The reply is not JSON.") from None
    if not is_object(content):
        raise Complaint("The reply is not a JSON object.")
    return content


def _judge_bare(status: int, content: dict[str, Any]) -> None:
    if set(content) != {"statusCode", "message"} or content["statusCode"] != status:
        raise Complaint(f"A reply without an envelope has `statusCode: {status}` and `message`, and nothing else.")


def _judge_refusal(status: int, content: dict[str, Any]) -> None:
    if content.get("status") != "error" or set(content) != {"status", "timestamp", "path", "error"}:
        raise Complaint("A refusal has `status: error`, `timestamp`, `path` and `error`, and nothing else.")
    if not TIMESTAMP.fullmatch(str(content["timestamp"])):
        raise Complaint(f"`timestamp` is {content['timestamp']!r}; it should be ISO 8601 in UTC with milliseconds.")
    error = content["error"]
    code = error.get("code") if is_object(error) else None
    allowed = CODES.get(status)
    if allowed is None or not allowed.fullmatch(str(code)):
        raise Complaint(f"The error code {code!r} does not belong to status {status}.")
    details = error.get("details")
    if is_object(details) and details.get("statusCode", status) != status:
        raise Complaint(f"`error.details.statusCode` is {details['statusCode']}, but the status is {status}.")
    if is_object(details) and "errors" in details and not details["errors"]:
        raise Complaint("A validation error names at least one property; this one names none.")


def _without_key(status: int, content: dict[str, Any]) -> dict[str, Any]:
    """The envelope of a translated error. Raises Complaint for another status beside it, or if the key is missing."""
    if content["statusCode"] != status or "message" not in content:
        raise Complaint(f"A translated error has `statusCode: {status}` and the key of its text as `message`.")
    return {name: value for name, value in content.items() if name not in ("statusCode", "message")}


def find_leak(text: str, secrets: set[str]) -> str | None:
    """Describes a leak in `text`: one of `secrets`, or a stack trace. None if there is no leak."""
    for secret in secrets:
        if secret in text:
            place = text.index(secret)
            return f"a credential: {text[max(0, place - 60) : place]}{MASK}"
    inside = INSIDES.search(text)
    return None if inside is None else f"a stack trace ({inside[0].strip()!r})"


def without_handed_out(operation: str, text: str) -> str:
    """A reply without the secrets that its operation hands out by design."""
    names = handed_out(operation)
    if not names:
        return text
    try:
        return json.dumps(_without(json.loads(text), names))
    except (ValueError, RecursionError):
        return text


def _without(value: Any, names: frozenset[str]) -> Any:
    if is_object(value):
        return {name: None if name in names else _without(each, names) for name, each in value.items()}
    return [_without(each, names) for each in value] if is_list(value) else value


@schemathesis.check
def replies_have_their_envelope(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Replies have their envelope or a described bare form, an error code that fits the status, and a request id."""
    del ctx
    if response.request.method in ("OPTIONS", "HEAD") or response.status_code >= SERVER_ERROR:
        return  # not_a_server_error reports these.
    operation = catalogue().operations[operation_id(case.operation)]
    headers = {name: values[0] for name, values in response.headers.items()}
    judge(operation, response.status_code, headers, response.text)


@schemathesis.check
def replies_fit_the_description(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """The body fits the schema that the description has for its status."""
    del ctx
    operation = catalogue().operations[operation_id(case.operation)]
    if response.request.method == "HEAD" or response.status_code not in operation.responses:
        return  # status_code_conformance reports undescribed statuses.
    breach = reply_breach(operation, response.status_code, response.content)
    if breach is not None:
        raise Complaint(str(breach))


@schemathesis.check
def replies_leak_nothing(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """No reply has a stack trace, or a credential of the run that the description does not say it hands out."""
    del ctx
    # A validation error repeats the request body.
    sent = str(response.request.url) + _text(response.request.body)
    secrets = {each for each in hooks.target().credentials.secrets() if each not in sent}
    leak = find_leak(without_handed_out(operation_id(case.operation), response.text or ""), secrets)
    if leak is not None:
        raise Complaint(f"The reply holds {leak}.")


def _text(body: Any) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")


@schemathesis.check
def undeclared_methods_are_unknown(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """An undeclared method is answered like an unknown path: 404 `Cannot <METHOD> <path>`, not 405."""
    del ctx
    data = case.meta.phase.data if case.meta else None
    if not isinstance(data, CoveragePhaseData) or data.scenario != CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        return
    if response.request.method == "OPTIONS" or _is_declared(response.request):
        return
    message = response.json().get("error", {}).get("message", "") if response.status_code == 404 else ""
    if not message.startswith(f"Cannot {response.request.method} "):
        raise Complaint(f"An undeclared method is answered 404 `Cannot {response.request.method} ...`.")


def _is_declared(request: Any) -> bool:
    """Whether a path with parameters has the method that the literal path lacks."""
    path = api_path(urlsplit(str(request.url)).path)
    return path is not None and catalogue().match(str(request.method), path) is not None


@schemathesis.check
def valid_data_is_not_called_invalid(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Data that fits the description may break a business rule, but never fails validation.

    Schemathesis puts texts of replies into fields of the same name, and does not see that an empty telephone number is
    none: it cannot check the formats of this API.
    """
    del ctx
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    if _breaks_a_format(catalogue().operations[operation_id(case.operation)], case.body):
        return
    if broken := validation_complaints(response.json()):
        raise Complaint(f"The data fits the description, but validation refuses it: {'; '.join(broken)}.")


def _breaks_a_format(operation: Operation, body: Any) -> bool:
    """Whether a text in the body is not of its format, for the formats that schemathesis does not know."""
    if operation.body_validator is None or not is_object(body):
        return False
    kinds = [innermost(error).kind for error in operation.body_validator.iter_errors(body)]
    return any(type(kind).__name__ == "Format" and kind.format in GENERATORS for kind in kinds)


def broken_rules(errors: list[dict[str, Any]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The properties of a validation error, at any depth, with their broken rules and messages."""
    for each in errors:
        constraints: dict[str, str] = each.get("constraints") or {}
        yield each["property"], list(constraints.items())
        children: list[Any] = each.get("children") or []
        yield from broken_rules(children)


def validation_complaints(content: Any) -> list[str]:
    """The properties that a refusal finds invalid, each with the rule that it breaks; empty for other refusals."""
    error: Any = content.get("error") if is_object(content) else None
    details: Any = error.get("details") if is_object(error) else None
    errors: list[Any] = details.get("errors", []) if is_object(details) else []
    return [f"{name}: {text}" for name, rules in broken_rules(errors) for rule, text in rules if PLAIN_RULE.match(rule)]

"""Faults of error replies."""

from __future__ import annotations

from contract_tests.mutants.kinds.kind import error_reply_kind, validates, writes
from contract_tests.mutants.proxy import Broken, Reply
from mock_server.runtime.json_values import is_object

TRACE = 'Traceback (most recent call last):\n  File "server.py", line 12, in handle\nKeyError: 17'


@error_reply_kind()
def error_without_envelope(reply: Reply, broken: Broken) -> Reply:
    """An error reply has another shape."""
    del broken
    return reply.with_content({"message": reply.content["error"].get("message")})


@error_reply_kind()
def error_with_success_status(reply: Reply, broken: Broken) -> Reply:
    """An error reply has a success status."""
    return reply.with_status(broken.operation.success_status)


@error_reply_kind()
def error_with_wrong_code(reply: Reply, broken: Broken) -> Reply:
    """The error code belongs to another status."""
    del broken
    error = {**reply.content["error"], "code": "PaymentRequiredException"}
    return reply.with_content({**reply.content, "error": error})


@error_reply_kind()
def error_with_wrong_path(reply: Reply, broken: Broken) -> Reply:
    """An error reply names another path than that of the request."""
    del broken
    return reply.with_content({**reply.content, "path": "/v2/internal/handler"})


@error_reply_kind()
def error_in_local_time(reply: Reply, broken: Broken) -> Reply:
    """The timestamp of an error reply is not in UTC."""
    del broken
    return reply.with_content({**reply.content, "timestamp": reply.content["timestamp"].replace("Z", "+02:00")})


@error_reply_kind()
def error_with_stack_trace(reply: Reply, broken: Broken) -> Reply:
    """An error reply contains a stack trace."""
    del broken
    error = {**reply.content["error"], "message": TRACE}
    return reply.with_content({**reply.content, "error": error})


@error_reply_kind()
def error_as_server_error(reply: Reply, broken: Broken) -> Reply:
    """A client error is reported as a server error."""
    del broken
    error = {"code": "INTERNAL_SERVER_ERROR", "message": "There was an error, please try again later."}
    return reply.with_content({**reply.content, "error": error}).with_status(500)


@error_reply_kind()
def error_as_text(reply: Reply, broken: Broken) -> Reply:
    """An error reply is an HTML page."""
    del broken
    page = f"<html><body>{reply.status}</body></html>".encode()
    return reply.with_headers({"content-type": "text/html"}).changed(body=page)


@error_reply_kind()
def error_with_undescribed_status(reply: Reply, broken: Broken) -> Reply:
    """Error replies have a status that the description does not list."""
    del broken
    return reply.with_status(418)


@error_reply_kind(lambda operation: writes(operation) and validates(operation))
def error_blames_another_field(reply: Reply, broken: Broken) -> Reply | None:
    """A validation error names a valid field."""
    del broken
    error = reply.content["error"]
    details = error.get("details")
    if not is_object(details) or not details.get("errors"):
        return None
    blamed = {**details["errors"][0], "property": "somethingElse"}
    return reply.with_content({**reply.content, "error": {**error, "details": {"errors": [blamed]}}})


@error_reply_kind(lambda operation: writes(operation) and validates(operation))
def error_without_reasons(reply: Reply, broken: Broken) -> Reply | None:
    """A validation error gives no reasons."""
    del broken
    error = reply.content["error"]
    details = error.get("details")
    if not is_object(details) or not details.get("errors"):
        return None
    return reply.with_content({**reply.content, "error": {**error, "details": {"errors": []}}})

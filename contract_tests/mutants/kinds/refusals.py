"""Refusals that are not what they should be."""

from __future__ import annotations

from dataclasses import replace

from contract_tests.mutants.kinds.kind import refusal_kind, validates, writes
from contract_tests.mutants.proxy import Broken, Reply

TRACE = 'Traceback (most recent call last):\n  File "server.py", line 12, in handle\nKeyError: 17'


@refusal_kind()
def refusal_without_envelope(reply: Reply, broken: Broken) -> Reply:
    """A refusal is told in a shape of its own."""
    del broken
    return reply.with_content({"message": reply.content["error"].get("message")})


@refusal_kind()
def refusal_with_success_status(reply: Reply, broken: Broken) -> Reply:
    """A refusal has the status of a success."""
    return reply.with_status(broken.operation.success_status)


@refusal_kind()
def refusal_with_wrong_code(reply: Reply, broken: Broken) -> Reply:
    """The error code belongs to another status."""
    del broken
    error = {**reply.content["error"], "code": "PaymentRequiredException"}
    return reply.with_content({**reply.content, "error": error})


@refusal_kind()
def refusal_with_wrong_path(reply: Reply, broken: Broken) -> Reply:
    """A refusal names another path than that of the request."""
    del broken
    return reply.with_content({**reply.content, "path": "/v2/internal/handler"})


@refusal_kind()
def refusal_in_local_time(reply: Reply, broken: Broken) -> Reply:
    """The moment of a refusal is not told in UTC."""
    del broken
    return reply.with_content({**reply.content, "timestamp": reply.content["timestamp"].replace("Z", "+02:00")})


@refusal_kind()
def refusal_with_stack_trace(reply: Reply, broken: Broken) -> Reply:
    """A refusal tells where in the server it was raised."""
    del broken
    error = {**reply.content["error"], "message": TRACE}
    return reply.with_content({**reply.content, "error": error})


@refusal_kind()
def refusal_as_server_error(reply: Reply, broken: Broken) -> Reply:
    """What is the caller's mistake is told as the server's."""
    del broken
    error = {"code": "INTERNAL_SERVER_ERROR", "message": "There was an error, please try again later."}
    return replace(reply.with_content({**reply.content, "error": error}), status=500)


@refusal_kind()
def refusal_as_text(reply: Reply, broken: Broken) -> Reply:
    """A refusal is a page of HTML."""
    del broken
    page = f"<html><body>{reply.status}</body></html>".encode()
    return Reply(reply.status, {**reply.headers, "content-type": "text/html"}, page)


@refusal_kind()
def refusal_with_undescribed_status(reply: Reply, broken: Broken) -> Reply:
    """Refusals have a status that the description does not know."""
    del broken
    return reply.with_status(418)


@refusal_kind(lambda operation: writes(operation) and validates(operation))
def refusal_blames_another_field(reply: Reply, broken: Broken) -> Reply | None:
    """A validation error names a field that nothing is wrong with."""
    del broken
    error = reply.content["error"]
    details = error.get("details")
    if not isinstance(details, dict) or not details.get("errors"):
        return None
    blamed = {**details["errors"][0], "property": "somethingElse"}
    return reply.with_content({**reply.content, "error": {**error, "details": {"errors": [blamed]}}})


@refusal_kind(lambda operation: writes(operation) and validates(operation))
def refusal_without_reasons(reply: Reply, broken: Broken) -> Reply | None:
    """A validation error does not say what is wrong."""
    del broken
    error = reply.content["error"]
    details = error.get("details")
    if not isinstance(details, dict) or not details.get("errors"):
        return None
    return reply.with_content({**reply.content, "error": {**error, "details": {"errors": []}}})

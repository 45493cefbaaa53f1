"""Faults of HTTP: CORS headers, entity tags, content types."""

from __future__ import annotations

import json

from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_object

ANY = ("get_me", "create_webhook", "list_schedules", "get_available_slots")
TAGGED = ("get_me", "list_schedules", "get_schedule", "get_event_type", "list_bookings", "get_booking", "list_webhooks")
WRITES = ("create_schedule", "create_event_type", "create_webhook", "update_me", "create_booking")


def _without(reply: Reply, name: str) -> Reply:
    return reply.with_headers({}, without=(name,))


def _tagged(reply: Reply, tag: str) -> Reply:
    return reply.with_headers({"etag": tag})


@fault(*ANY)
async def errors_lack_cors_headers(request: Request, broken: Broken) -> Reply:
    """Error replies lack the CORS header."""
    reply = await broken.send(request)
    return broken.fire(_without(reply, "access-control-allow-origin")) if reply.status >= 400 else reply


@fault(*ANY)
async def successes_lack_cors_headers(request: Request, broken: Broken) -> Reply:
    """Successful replies lack the CORS header."""
    reply = await broken.send(request)
    return broken.fire(_without(reply, "access-control-allow-origin")) if reply.succeeded else reply


def _preflight(name: str, means: str, header: str, lost: str) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        reply = await broken.send(request)
        if request.method != "OPTIONS" or header not in reply.headers:
            return reply
        kept = ",".join(each for each in reply.headers[header].split(",") if each.strip().lower() != lost)
        return broken.fire(reply.with_headers({header: kept}))

    how.__name__, how.__doc__ = name, means
    fault("get_me", also=None, methods=("OPTIONS",))(how)


_preflight("preflight_without_patch", "A preflight does not allow PATCH.", "access-control-allow-methods", "patch")
_preflight("preflight_without_put", "A preflight does not allow PUT.", "access-control-allow-methods", "put")
_preflight(
    "preflight_without_version_header",
    "A preflight does not allow the version header.",
    "access-control-allow-headers",
    "cal-api-version",
)
_preflight(
    "preflight_without_credentials",
    "A preflight does not allow credentials.",
    "access-control-allow-headers",
    "authorization",
)


@fault("get_me", also=None, methods=("OPTIONS",))
async def preflights_are_not_found(request: Request, broken: Broken) -> Reply:
    """A preflight is answered with 404."""
    reply = await broken.send(request)
    return broken.fire(reply.with_status(404)) if request.method == "OPTIONS" else reply


@fault("get_me", also=None, methods=("HEAD",))
async def head_is_not_found(request: Request, broken: Broken) -> Reply:
    """HEAD is answered with 404."""
    reply = await broken.send(request)
    return broken.fire(reply.changed(status=404, body=b"")) if request.method == "HEAD" else reply


@fault("get_me", also=None, methods=("HEAD",))
async def head_needs_no_credentials(request: Request, broken: Broken) -> Reply:
    """HEAD without credentials is answered with 200."""
    reply = await broken.send(request)
    refused = request.method == "HEAD" and reply.status == 401
    return broken.fire(reply.changed(status=200, body=b"")) if refused else reply


@fault(*TAGGED)
async def etag_depends_on_path_only(request: Request, broken: Broken) -> Reply:
    """The entity tag depends on the path alone, so conditional reads are always answered with 304."""
    reply = await broken.send(request)
    tag = f'W/"{len(request.path)}-{request.operation_id}"'
    if reply.status == 304 or (reply.status == 200 and request.headers.get("if-none-match") == tag):
        return broken.fire(_tagged(reply.changed(status=304, body=b""), tag))
    return broken.fire(_tagged(reply, tag)) if reply.status == 200 else reply


@fault(*TAGGED)
async def etag_never_changes(request: Request, broken: Broken) -> Reply:
    """The entity tag never changes."""
    reply = await broken.send(request)
    key = f"{request.path} {request.headers.get('authorization')}"
    if reply.status != 200 or "etag" not in reply.headers:
        return reply
    first = broken.memory.setdefault(key, reply.headers["etag"])
    if first == reply.headers["etag"]:
        return reply
    if request.headers.get("if-none-match") == first:
        return broken.fire(_tagged(reply.changed(status=304, body=b""), first))
    return broken.fire(_tagged(reply, first))


@fault(*TAGGED)
async def etag_always_changes(request: Request, broken: Broken) -> Reply:
    """The entity tag changes with every reply."""
    reply = await broken.send(request.with_headers({}, without=("if-none-match",)))
    broken.memory["turn"] = broken.memory.get("turn", 0) + 1
    return broken.fire(_tagged(reply, f'W/"{broken.memory["turn"]}"')) if reply.status == 200 else reply


@fault("get_me", "list_schedules", "list_bookings")
async def etag_is_shared_by_callers(request: Request, broken: Broken) -> Reply:
    """The entity tag of another caller is answered with 304."""
    reply = await broken.send(request)
    tags = broken.memory.setdefault("tags", set())
    sent = request.headers.get("if-none-match")
    if reply.status == 200 and sent in tags:
        return broken.fire(reply.changed(status=304, body=b""))
    if "etag" in reply.headers:
        tags.add(reply.headers["etag"])
    return reply


@fault(*WRITES)
async def broken_json_is_a_server_error(request: Request, broken: Broken) -> Reply:
    """Broken JSON is answered with 500."""
    reply = await broken.send(request)
    if reply.status != 400 or request.content is not None or not request.body:
        return reply
    return broken.fire(
        reply.changed(status=500, body=json.dumps({"statusCode": 500, "message": "Internal server error"}).encode())
    )


@fault(*WRITES)
async def broken_json_counts_as_empty(request: Request, broken: Broken) -> Reply:
    """Broken JSON is treated as an empty body."""
    if request.content is None and request.body:
        other = await broken.send(request.with_content({}))
        return broken.fire(other) if other.status != 400 else other
    return await broken.send(request)


@fault("create_schedule", "create_event_type", "create_webhook")
async def any_content_type_is_json(request: Request, broken: Broken) -> Reply:
    """A body of another content type is read as JSON."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json") or not is_object(request.content):
        return await broken.send(request)
    return broken.fire(await broken.send(request.with_headers({"content-type": "application/json"})))


@fault(*ANY)
async def errors_have_old_timestamps(request: Request, broken: Broken) -> Reply:
    """Error replies have the timestamp of the server's start."""
    reply = await broken.send(request)
    content = reply.content
    if reply.status < 400 or not is_object(content) or "timestamp" not in content:
        return reply
    first = broken.memory.setdefault("timestamp", content["timestamp"])
    return reply if first == content["timestamp"] else broken.fire(reply.with_content({**content, "timestamp": first}))

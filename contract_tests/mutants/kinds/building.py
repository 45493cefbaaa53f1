"""Building blocks of narrow faults: changed fields of bodies and replies, and settings without effect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from httpx import Headers

from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_list, is_object

Change = Callable[[Any], Any]
_KEPT_HEADERS = ("authorization", "x-cal-client-id", "x-cal-secret-key", "cal-api-version")


def things(data: Any) -> list[dict[str, Any]]:
    """The objects in a reply's data."""
    if is_object(data):
        return [data]
    return [each for each in data if is_object(each)] if is_list(data) else []


def places(thing: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects that have the last field of a path such as `attendees.name`, with its name."""
    name, _, rest = path.partition(".")
    for each in thing if is_list(thing) else [thing]:
        if is_object(each) and name in each:
            if rest:
                yield from places(each[name], rest)
            else:
                yield each, name


def changed(reply: Reply, path: str, change: Change, *, only: Callable[[Any], bool] = lambda _: True) -> Reply | None:
    """A successful reply with a field of its data changed; None if nothing changes."""
    data = reply.data
    hits = 0
    for thing in things(data):
        if not only(thing):
            continue
        for place, name in places(thing, path):
            value = change(place[name])
            if value != place[name]:
                place[name] = value
                hits += 1
    return reply.with_data(data) if reply.succeeded and hits else None


async def answer(request: Request, broken: Broken, path: str, change: Change) -> Reply:
    """The sandbox's reply with a field changed."""
    reply = await broken.send(request)
    spoiled = changed(reply, path, change)
    return reply if spoiled is None else broken.fire(spoiled)


async def without_effect(request: Request, broken: Broken) -> Reply:
    """The reply to a request whose effect is then lost."""
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded or broken.state is before:
        return reply
    broken.state = before
    return broken.fire(reply)


async def write(request: Request, broken: Broken, path: str, change: Change) -> Reply:
    """Stores another value in one field; the reply shows the stored value."""
    fields = request.content
    hits = 0
    for place, name in list(places(fields, path)):
        value = change(place[name])
        if value != place[name]:
            hits += 1
            if value is OMITTED:
                del place[name]
            else:
                place[name] = value
    if not hits:
        return await broken.send(request)
    reply = await broken.send(request.with_content(fields))
    return broken.fire(reply) if reply.succeeded else await broken.send(request)


async def with_another_query(request: Request, broken: Broken, other: Request) -> Reply:
    """The reply to a request with another query, where its effect is another one; a write is applied once."""
    before = broken.state
    honest = await broken.send(request)
    if other.parameters == request.parameters or not honest.succeeded:
        return honest
    after, is_write = broken.state, request.method != "GET"
    if is_write:
        broken.state = before
    reply = await broken.send(other)
    if reply.succeeded and (is_write or reply.content != honest.content):
        return broken.fire(reply)
    if is_write:
        broken.state = after
    return honest


OMITTED: Any = object()
"""The value of a field that is not sent at all."""


def without(_: Any) -> Any:
    """Leaves a field out."""
    return OMITTED


def every_text(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with each of its texts changed."""
    if isinstance(value, str):
        return change(value)
    if is_list(value):
        return [every_text(each, change) for each in value]
    if is_object(value):
        return {name: every_text(each, change) for name, each in value.items()}
    return value


def prefix_of(request: Request) -> str:
    """The path before /v2, which names the world."""
    return request.path[: request.path.index("/v2/")]


def api_path_of(request: Request) -> str:
    """The path from /v2 on."""
    return request.path.removeprefix(prefix_of(request))


def at(
    request: Request, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, query: Any = ()
) -> Request:
    """Another request to the same world, with the same credentials unless others are given."""
    kept = {name: value for name, value in request.headers.items() if name in _KEPT_HEADERS or name == "host"}
    sent = {**kept, **(headers or {})}
    text = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        sent["content-type"] = "application/json"
    whole = prefix_of(request) + path
    return request.with_path(whole).with_parameters(query).changed(method=method, headers=Headers(sent), body=text)


async def with_setting(request: Request, broken: Broken, neutral: dict[str, Any]) -> Reply:
    """The reply under other settings of the event type, which are recorded when event types are written."""
    if request.operation_id in ("create_event_type", "update_event_type"):
        reply = await broken.send(request)
        if reply.succeeded:
            broken.memory[reply.data["id"]] = request.headers
        return reply
    before = broken.state
    honest = await broken.send(request)
    number = await _event_type_of(request, broken)
    if number not in broken.memory:
        return honest
    after, broken.state = broken.state, before
    headers = {name: value for name, value in broken.memory[number].items() if name in _KEPT_HEADERS}
    path = f"/v2/event-types/{number}"
    now: dict[str, Any] = (await broken.send(at(request, "GET", path, headers=headers))).data or {}
    sent = at(request, "PATCH", path, neutral, headers)
    if not (await broken.send(sent)).succeeded:
        broken.state = after
        return honest
    other = await broken.send(request)
    if other.status == honest.status and other.content == honest.content:
        broken.state = after
        return honest
    old = {name: now[name] for name in neutral if name in now}
    await broken.send(at(request, "PATCH", path, old, headers))
    return broken.fire(other)


async def _event_type_of(request: Request, broken: Broken) -> Any:
    asked = dict(request.parameters).get("eventTypeId")
    if asked is not None:
        return int(asked) if asked.isdecimal() else None
    fields = request.content
    if is_object(fields) and "eventTypeId" in fields:
        return fields["eventTypeId"]
    if "/v2/bookings/" in request.path:
        uid = request.path.split("/v2/bookings/")[1].partition("/")[0]
        found = await broken.send(at(request, "GET", f"/v2/bookings/{uid}"))
        return found.data.get("eventTypeId") if is_object(found.data) else None
    return None


async def accepted_at(request: Request, broken: Broken, refused: Reply, start: str) -> Reply | None:
    """Accepts a rejected booking: it is made at a free time, and the reply shows the requested time."""
    fields = request.content
    for hour in range(9, 17):
        candidate = f"{start[:10]}T{hour:02}:00:00.000Z"
        other = await broken.send(request.with_content({**fields, "start": candidate}))
        if other.succeeded and is_object(other.data):
            return broken.fire(other.with_data({**other.data, "start": fields["start"]}))
    del refused
    return None

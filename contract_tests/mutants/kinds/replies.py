"""Faults of successful replies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from contract_tests.mutants.kinds.kind import kind, lists, protected, reads, reply_kind
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_list, is_object

Schema = dict[str, Any]

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_LOUD = re.compile(r"[A-Z][A-Z_]{3,}")


def _things(data: Any) -> list[dict[str, Any]]:
    if is_object(data):
        return [data]
    return [each for each in data if is_object(each)] if is_list(data) else []


def _chosen(reply: Reply, broken: Broken, fits: Callable[[Any], bool]) -> tuple[Any, str] | None:
    """A copy of the data and the name of a matching field, the same one in every reply."""
    data = reply.data
    things = _things(data)
    if "field" not in broken.memory:
        names = sorted({name for thing in things for name, value in thing.items() if fits(value)})
        if not names:
            return None
        broken.memory["field"] = broken.random.choice(names)
    name = broken.memory["field"]
    return (data, name) if any(name in thing and fits(thing[name]) for thing in things) else None


def _spoil(reply: Reply, broken: Broken, fits: Callable[[Any], bool], change: Callable[[Any], Any]) -> Reply | None:
    """Changes the value of the chosen field wherever it matches."""
    chosen = _chosen(reply, broken, fits)
    if chosen is None:
        return None
    data, name = chosen
    for thing in _things(data):
        if name in thing and fits(thing[name]):
            thing[name] = change(thing[name])
    return reply.with_data(data)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) > 2


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and _MOMENT.fullmatch(value) is not None


def _is_set(value: Any) -> bool:
    return value is not None


def _is_named(schema: Schema) -> bool:
    del schema
    return True


def _is_integer(schema: Schema) -> bool:
    return schema.get("type") == "integer"


def _is_boolean(schema: Schema) -> bool:
    return schema.get("type") == "boolean"


def _is_string(schema: Schema) -> bool:
    return schema.get("type") == "string"


def _is_loud(schema: Schema) -> bool:
    return any(isinstance(each, str) and _LOUD.fullmatch(each) for each in schema.get("enum", ()))


def _is_free_text(schema: Schema) -> bool:
    return schema.get("type") == "string" and not schema.keys() & {"format", "enum", "pattern"}


def _is_a_moment(schema: Schema) -> bool:
    return schema.get("format") == "date-time"


@reply_kind(has=_is_named)
def drops_field(reply: Reply, broken: Broken) -> Reply | None:
    """A field is missing from the reply."""
    chosen = _chosen(reply, broken, _is_set)
    if chosen is None:
        return None
    data, name = chosen
    for thing in _things(data):
        thing.pop(name, None)
    return reply.with_data(data)


@reply_kind(has=_is_named)
def renames_field(reply: Reply, broken: Broken) -> Reply | None:
    """A field has another name."""
    chosen = _chosen(reply, broken, _is_set)
    if chosen is None:
        return None
    data, name = chosen
    for thing in _things(data):
        if name in thing:
            thing[re.sub("(?<=[a-z])(?=[A-Z])|$", "_", name, count=1).lower()] = thing.pop(name)
    return reply.with_data(data)


@reply_kind(has=_is_integer)
def number_as_text(reply: Reply, broken: Broken) -> Reply | None:
    """A number is sent as a string."""
    return _spoil(reply, broken, _is_number, str)


@reply_kind(has=_is_string)
def text_as_object(reply: Reply, broken: Broken) -> Reply | None:
    """A string is sent as an object."""
    return _spoil(reply, broken, _is_text, lambda value: {"value": value})


@reply_kind(has=_is_boolean)
def boolean_as_number(reply: Reply, broken: Broken) -> Reply | None:
    """True and false are sent as 1 and 0."""
    return _spoil(reply, broken, lambda value: isinstance(value, bool), int)


@reply_kind(has=_is_named)
def null_for_a_value(reply: Reply, broken: Broken) -> Reply | None:
    """A field is null though it has a value."""
    return _spoil(reply, broken, _is_set, lambda _: None)


@reply_kind(has=_is_integer)
def number_off_by_one(reply: Reply, broken: Broken) -> Reply | None:
    """A number is one too high."""
    return _spoil(reply, broken, _is_number, lambda value: value + 1)


@reply_kind(has=_is_boolean)
def boolean_inverted(reply: Reply, broken: Broken) -> Reply | None:
    """Booleans are inverted."""
    return _spoil(reply, broken, lambda value: isinstance(value, bool), lambda value: not value)


@reply_kind(has=_is_loud)
def unknown_enum_value(reply: Reply, broken: Broken) -> Reply | None:
    """A value is not in its enum."""
    return _spoil(
        reply, broken, lambda value: isinstance(value, str) and bool(_LOUD.fullmatch(value)), lambda _: "NONE_OF_THESE"
    )


@reply_kind(has=_is_free_text)
def text_cut_off(reply: Reply, broken: Broken) -> Reply | None:
    """Long texts are cut off."""
    return _spoil(reply, broken, lambda value: isinstance(value, str) and len(value) > 30, lambda value: value[:20])


@reply_kind(has=_is_free_text)
def text_in_wrong_encoding(reply: Reply, broken: Broken) -> Reply | None:
    """Characters beyond ASCII are garbled."""
    return _spoil(
        reply, broken, lambda value: isinstance(value, str) and not value.isascii(),
        lambda value: value.encode().decode("latin-1"),
    )  # fmt: skip


@reply_kind(has=_is_free_text)
def text_in_lower_case(reply: Reply, broken: Broken) -> Reply | None:
    """Text is converted to lower case."""
    return _spoil(reply, broken, lambda value: isinstance(value, str) and value != value.lower(), str.lower)


@reply_kind(has=_is_a_moment)
def wrong_time_zone(reply: Reply, broken: Broken) -> Reply | None:
    """Timestamps are shifted into another time zone."""
    return _spoil(reply, broken, _is_moment, lambda value: _shifted(value).strftime("%Y-%m-%dT%H:%M:%S.") + value[-4:])


@reply_kind(has=_is_a_moment)
def timestamps_with_offset(reply: Reply, broken: Broken) -> Reply | None:
    """Timestamps have the offset of a time zone instead of UTC."""
    return _spoil(reply, broken, _is_moment, lambda value: _shifted(value).strftime("%Y-%m-%dT%H:%M:%S.000+02:00"))


@reply_kind(has=_is_a_moment)
def timestamps_without_milliseconds(reply: Reply, broken: Broken) -> Reply | None:
    """Timestamps lack their milliseconds."""
    return _spoil(reply, broken, _is_moment, lambda value: value[:-5] + "Z")


@reply_kind(has=_is_a_moment)
def timestamps_as_numbers(reply: Reply, broken: Broken) -> Reply | None:
    """Timestamps are sent as milliseconds since 1970."""
    return _spoil(reply, broken, _is_moment, lambda value: int(_shifted(value).timestamp() * 1000))


def _shifted(value: str) -> datetime:
    return datetime.fromisoformat(value) + timedelta(hours=2)


@reply_kind()
def no_envelope(reply: Reply, broken: Broken) -> Reply | None:
    """The data comes without its envelope."""
    del broken
    return reply.with_content(reply.data)


@reply_kind()
def wrong_envelope_status(reply: Reply, broken: Broken) -> Reply | None:
    """The envelope's status is `ok` instead of `success`."""
    del broken
    return reply.with_content({**reply.content, "status": "ok"})


@reply_kind()
def wrong_success_status(reply: Reply, broken: Broken) -> Reply | None:
    """A success status that is not described."""
    del broken
    return reply.with_status(200 if reply.status == 201 else 201)


@reply_kind()
def no_content(reply: Reply, broken: Broken) -> Reply | None:
    """An empty 204."""
    del broken
    return None if reply.status == 204 else reply.changed(status=204, body=b"")


@reply_kind()
def wrong_content_type(reply: Reply, broken: Broken) -> Reply | None:
    """JSON with the content type of a web page."""
    del broken
    return reply.with_headers({"content-type": "text/html; charset=utf-8"})


@reply_kind()
def cut_off_json(reply: Reply, broken: Broken) -> Reply | None:
    """The end of the reply is missing."""
    del broken
    return reply.changed(body=reply.body[: len(reply.body) * 2 // 3])


@reply_kind(has=_is_named)
def empty_data(reply: Reply, broken: Broken) -> Reply | None:
    """A success with empty data."""
    del broken
    data = reply.data
    if not data or not (is_list(data) or is_object(data)):
        return None
    return reply.with_data([] if is_list(data) else {})


@reply_kind(has=_is_named)
def undeclared_field(reply: Reply, broken: Broken) -> Reply | None:
    """An internal field is exposed that the description does not name."""
    del broken
    things = _things(data := reply.data)
    for thing in things:
        thing["passwordHash"] = "$2b$12$abcdefghijklmnopqrstuv"
    return reply.with_data(data) if things else None


@kind(protected)
async def credentials_in_reply(request: Request, broken: Broken) -> Reply:
    """The reply repeats the caller's credentials."""
    reply = await broken.send(request)
    secret = request.headers.get("authorization") or request.headers.get("x-cal-secret-key")
    if not reply.succeeded or not secret or not is_object(reply.content):
        return reply
    return broken.fire(reply.with_content({**reply.content, "debug": secret}))


@reply_kind(lists)
def list_in_object(reply: Reply, broken: Broken) -> Reply | None:
    """A list is wrapped in an object."""
    del broken
    return reply.with_data({"items": reply.data})


@reply_kind(lists)
def list_without_newest(reply: Reply, broken: Broken) -> Reply | None:
    """A list lacks its newest entry."""
    del broken
    return _with_list(reply, lambda entries: entries[:-1])


@reply_kind(lists)
def list_with_duplicate(reply: Reply, broken: Broken) -> Reply | None:
    """A list has its last entry twice."""
    del broken
    return _with_list(reply, lambda entries: [*entries, entries[-1]])


def _with_list(reply: Reply, change: Callable[[list[Any]], list[Any]]) -> Reply | None:
    """A copy with the data changed, or with the first list in it if it is an object; None if there are no entries."""
    data = reply.data
    if is_list(data) and data:
        return reply.with_data(change(data))
    fields: dict[str, Any] = data if is_object(data) else {}
    for name, value in fields.items():
        if is_list(value) and value:
            return reply.with_data({**fields, name: change(value)})
    return None


@reply_kind(lambda operation: lists(operation) and "skip" in operation.query_types)
def list_reversed(reply: Reply, broken: Broken) -> Reply | None:
    """Every page is in reverse order."""
    del broken
    data = reply.data
    return reply.with_data(data[::-1]) if is_list(data) and len(data) > 1 else None


@kind(reads)
async def stale_read(request: Request, broken: Broken) -> Reply:
    """A read always returns its first reply."""
    reply = await broken.send(request)
    if reply.status != 200:
        return reply
    key = f"{request.path} {request.parameters} {request.headers.get('authorization')}"
    first = broken.memory.setdefault(key, reply)
    return reply if first.body == reply.body else broken.fire(_with_fresh_id(first, reply))


@kind(reads)
async def stale_until_later(request: Request, broken: Broken) -> Reply:
    """A read is one write behind."""
    reply = await broken.send(request)
    if reply.status != 200:
        return reply
    key = f"{request.path} {request.parameters} {request.headers.get('authorization')}"
    seen = broken.memory.setdefault(key, [])
    if not seen or seen[-1].body != reply.body:
        seen.append(reply)
        if len(seen) > 1:
            return broken.fire(_with_fresh_id(seen[-2], reply))
    return reply


@kind(reads)
async def never_modified(request: Request, broken: Broken) -> Reply:
    """Every conditional read is answered with 304."""
    reply = await broken.send(request)
    if "if-none-match" in request.headers and reply.status == 200:
        lost = tuple(name for name in reply.headers if name.startswith("content-"))
        return broken.fire(reply.with_headers({}, without=lost).changed(status=304, body=b""))
    return reply


@kind()
async def repeats_request_id(request: Request, broken: Broken) -> Reply:
    """All replies have the same request id."""
    reply = await broken.send(request)
    if "x-request-id" not in reply.headers:
        return reply
    first = broken.memory.setdefault("id", reply.headers["x-request-id"])
    if first == reply.headers["x-request-id"]:
        return reply
    return broken.fire(reply.with_headers({"x-request-id": first}))


@kind()
async def no_request_id(request: Request, broken: Broken) -> Reply:
    """Replies have no request id."""
    reply = await broken.send(request)
    return broken.fire(reply.with_headers({}, without=("x-request-id",)))


def _with_fresh_id(old: Reply, new: Reply) -> Reply:
    return old.with_headers({"x-request-id": new.headers.get("x-request-id", "")})

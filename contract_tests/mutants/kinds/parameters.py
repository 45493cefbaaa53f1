"""Faults of single query parameters and of single fields of bodies and replies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from contract_tests.consistency.session import reply_fields
from contract_tests.mutants.kinds.building import OMITTED, places, things, with_another_query, write
from contract_tests.mutants.kinds.kind import body_fields, lists, part_fault, reads_one, writes
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.json_values import is_list, is_object

PAGES = frozenset({"take", "skip", "limit", "offset"})
BOUNDS = {
    "afterStart": "start", "beforeEnd": "end", "afterCreatedAt": "createdAt", "beforeCreatedAt": "createdAt",
    "afterUpdatedAt": "updatedAt", "beforeUpdatedAt": "updatedAt",
}  # fmt: skip
PLURALS = frozenset({"status", "eventTypeIds", "teamsIds", "userIds", "emails", "usernames"})
NOT_READ = frozenset({"state", "code", "redir", "errorRedir", "returnTo", "onErrorReturnTo", "loggedInUsersTz"})
"""Parameters that are passed on to third parties, or that have no effect by the API's design."""


def _parameters(*names: str, but: frozenset[str] = frozenset()) -> Any:
    def targets(description: Description) -> Iterable[str]:
        for operation in description:
            for name, each in operation.query_types.items():
                wanted = name in names if names else not each.get("required")
                if wanted and name not in but and operation.success_status < 300:
                    yield f"{operation.id}?{name}"

    return targets


async def _instead(request: Request, broken: Broken, query: tuple[tuple[str, str], ...]) -> Reply:
    return await with_another_query(request, broken, request.with_parameters(query))


@part_fault(_parameters(but=PAGES | NOT_READ))
async def ignores_parameter(request: Request, broken: Broken) -> Reply:
    """One query parameter is ignored."""
    return await _instead(request, broken, tuple(each for each in request.parameters if each[0] != broken.part))


@part_fault(_parameters("sortStart", "sortEnd", "sortCreated", "sortUpdatedAt"))
async def sorts_ascending_only(request: Request, broken: Broken) -> Reply:
    """The direction of one sort key is lost."""
    query = tuple((name, "asc" if name == broken.part else value) for name, value in request.parameters)
    return await _instead(request, broken, query)


@part_fault(_parameters("sortStart", "sortEnd", "sortCreated", "sortUpdatedAt"))
async def sorts_by_another_key(request: Request, broken: Broken) -> Reply:
    """One sort key sorts by another one."""
    other = "sortEnd" if broken.part == "sortStart" else "sortStart"
    query = tuple((other if name == broken.part else name, value) for name, value in request.parameters)
    return await _instead(request, broken, query)


@part_fault(_parameters(*BOUNDS))
async def leaves_out_the_bound(request: Request, broken: Broken) -> Reply:
    """A range excludes its bound."""
    reply = await broken.send(request)
    bound = dict(request.parameters).get(broken.part)
    data = reply.data
    if bound is None or not reply.succeeded or not is_list(data):
        return reply
    kept = [each for each in data if each.get(BOUNDS[broken.part]) != bound]
    return reply if len(kept) == len(data) else broken.fire(reply.with_data(kept))


@part_fault(_parameters(*BOUNDS))
async def bound_a_day_off(request: Request, broken: Broken) -> Reply:
    """A range begins or ends a day off."""
    query = tuple((name, _day_off(value) if name == broken.part else value) for name, value in request.parameters)
    return await _instead(request, broken, query)


def _day_off(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (moment - timedelta(days=1)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@part_fault(_parameters(*PLURALS))
async def takes_the_first_value_only(request: Request, broken: Broken) -> Reply:
    """Of several values of a parameter only the first one counts."""
    values = [value for name, value in request.parameters if name == broken.part]
    rest = [each for each in request.parameters if each[0] != broken.part]
    first = [(broken.part, values[0].split(",")[0])] if values else []
    return await _instead(request, broken, request.parameters if not values else (*rest, *first))


@part_fault(_parameters("skip", "offset"))
async def skips_whole_pages_only(request: Request, broken: Broken) -> Reply:
    """An offset that is no multiple of the page is rounded down."""
    asked = dict(request.parameters)
    size = (
        int(asked.get("take", asked.get("limit", "0")) or 0)
        if asked.get("take", asked.get("limit", "0")).isdecimal()
        else 0
    )
    start = asked.get(broken.part, "")
    if not size or not start.isdecimal():
        return await broken.send(request)
    rounded = str(int(start) // size * size)
    query = tuple((name, rounded if name == broken.part else value) for name, value in request.parameters)
    return await _instead(request, broken, query)


@part_fault(_parameters("take", "limit"))
async def pages_have_at_most_two_entries(request: Request, broken: Broken) -> Reply:
    """A page has at most two entries."""
    reply = await broken.send(request)
    data = reply.data
    if not reply.succeeded or not is_list(data) or len(data) <= 2:
        return reply
    return broken.fire(reply.with_data(data[:2]))


@part_fault(_parameters("attendeeEmail", "attendeeName", "emails", "email", "eventSlug"))
async def unmatched_filter_is_ignored(request: Request, broken: Broken) -> Reply:
    """A filter without a match is ignored."""
    reply = await broken.send(request)
    if reply.succeeded and reply.data == [] and broken.part in dict(request.parameters):
        return await _instead(request, broken, tuple(each for each in request.parameters if each[0] != broken.part))
    return reply


def _fields_of_bodies(description: Description) -> Iterable[str]:
    for operation in description:
        if writes(operation) and operation.id.startswith(("update_", "create_")):
            for name in body_fields(description, operation):
                if name in reply_fields(description, operation) and name not in _required(description, operation):
                    yield f"{operation.id}#{name}"


def _required(description: Description, operation: Operation) -> frozenset[str]:
    """Required fields; a body without them is rejected, so they cannot be lost."""
    schema = description.components.resolve(operation.body_schema or {})
    return frozenset(schema.get("required", ()))


@part_fault(_fields_of_bodies)
async def field_is_not_written(request: Request, broken: Broken) -> Reply:
    """One field of a body is shown as sent, but not stored."""
    fields = request.content
    if not is_object(fields) or broken.part not in fields:
        return await broken.send(request)
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    broken.state, after = before, broken.state
    rest = {name: value for name, value in fields.items() if name != broken.part}
    other = await broken.send(request.with_content(rest))
    shown, stored = _value(reply, broken.part), _value(other, broken.part)
    if not other.succeeded or shown == stored:
        broken.state = after
        return reply
    return broken.fire(reply)


def _value(reply: Reply, name: str) -> Any:
    found = things(reply.data)
    return found[0].get(name) if found else None


@part_fault(_fields_of_bodies)
async def field_is_lost_silently(request: Request, broken: Broken) -> Reply:
    """One field of a body is dropped."""
    return await write(request, broken, broken.part, lambda _: OMITTED)


def _fields_of_replies(applies: Any, *, of: int = 1) -> Any:
    def targets(description: Description) -> Iterable[str]:
        for operation in description:
            if applies(operation) and operation.success_status < 300:
                for name, schema in sorted(reply_fields(description, operation).items()):
                    if _can_be_emptied(schema):
                        yield f"{operation.id}#{name}"

    del of
    return targets


def _can_be_emptied(schema: dict[str, Any]) -> bool:
    return bool(schema.get("nullable")) or schema.get("type") in ("array", "boolean")


def _emptied(value: Any) -> Any:
    if isinstance(value, bool):
        return False
    return [] if is_list(value) else None


@part_fault(_fields_of_replies(lists))
async def list_empties_field(request: Request, broken: Broken) -> Reply:
    """A list leaves a field empty that the item has."""
    return await _emptying(request, broken)


@part_fault(_fields_of_replies(reads_one))
async def read_empties_field(request: Request, broken: Broken) -> Reply:
    """A read leaves a written field empty."""
    return await _emptying(request, broken)


async def _emptying(request: Request, broken: Broken) -> Reply:
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    data, hits = reply.data, 0
    for thing in things(data):
        for place, name in places(thing, broken.part):
            if place[name] and _emptied(place[name]) != place[name]:
                place[name] = _emptied(place[name])
                hits += 1
    return broken.fire(reply.with_data(data)) if hits else reply

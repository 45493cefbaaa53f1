"""Faults of the state: it differs from what was answered."""

from __future__ import annotations

from typing import Any

from contract_tests.mutants.kinds.access import needs_no_credentials
from contract_tests.mutants.kinds.building import without_effect
from contract_tests.mutants.kinds.kind import (
    adds,
    changes,
    creates,
    deletes,
    kind,
    named,
    protected,
    reads_one,
    removes,
    updates,
    writes,
)  # fmt: skip
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_list, is_object

INVALID = 400
KEPT = frozenset({"id", "slug", "email", "updatedAt", "reservationUntil"})


@kind(adds)
async def create_is_lost(request: Request, broken: Broken) -> Reply:
    """A creation is confirmed and lost."""
    return await without_effect(request, broken)


@kind(changes)
async def lost_update(request: Request, broken: Broken) -> Reply:
    """An update is confirmed and lost."""
    return await without_effect(request, broken)


@kind(removes)
async def delete_is_lost(request: Request, broken: Broken) -> Reply:
    """A deletion is confirmed and lost."""
    return await without_effect(request, broken)


@kind(updates)
async def partial_update(request: Request, broken: Broken) -> Reply:
    """An update skips one of the fields, but the reply shows it."""
    fields = request.content
    if not is_object(fields) or len(fields) < 2:
        return await broken.send(request)
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    broken.state = before
    left_out = min(fields)
    partial = await broken.send(request.with_content({name: fields[name] for name in fields if name != left_out}))
    return broken.fire(reply) if partial.succeeded and partial.data != reply.data else reply


@kind(named("update_"))
async def updates_nothing_and_says_so(request: Request, broken: Broken) -> Reply:
    """An update succeeds without changing anything."""
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    broken.state = before
    known = broken.memory.get(request.path)
    broken.memory[request.path] = reply
    empty = await broken.send(request.with_content({}))
    if empty.succeeded and empty.data != reply.data:
        return broken.fire(empty)
    return broken.fire(reply.with_data(known.data)) if known and known.data != reply.data else reply


@kind(updates)
async def updates_another_too(request: Request, broken: Broken) -> Reply:
    """An update changes another item as well."""
    return await _also_for_the_next(request, broken)


@kind(updates)
async def updates_what_was_not_sent(request: Request, broken: Broken) -> Reply:
    """An update resets a field that was not sent."""
    reply = await broken.send(request)
    fields = request.content
    if not reply.succeeded or not is_object(fields) or not is_object(reply.data):
        return reply
    schema = broken.operation.body_schema
    known = broken.memory.get("names")
    if known is None and schema is not None:
        known = broken.memory["names"] = sorted(
            name
            for name, value in reply.data.items()
            if isinstance(value, str)
            and name not in fields
            and name not in ("id", "slug", "email", "updatedAt", "reservationUntil")
        )
    for name in known or ():
        before = broken.state
        other = await broken.send(request.with_content({**fields, name: f"{reply.data[name]}x"}))
        if other.succeeded and other.data.get(name) != reply.data[name]:
            return broken.fire(other)
        broken.state = before
    return reply


@kind(deletes)
async def deleted_reappears(request: Request, broken: Broken) -> Reply:
    """A deleted item reappears after the next attempt to delete it."""
    before = broken.state
    reply = await broken.send(request)
    if reply.succeeded:
        broken.memory[request.path] = before
    elif request.path in broken.memory:
        broken.state = broken.memory.pop(request.path)
        broken.fire(reply)
    return reply


@kind(deletes)
async def deletes_twice(request: Request, broken: Broken) -> Reply:
    """Deleting a deleted item succeeds again."""
    reply = await broken.send(request)
    if reply.succeeded:
        broken.memory[request.path] = reply
    elif request.path in broken.memory and reply.status in (400, 403, 404):
        first = broken.memory[request.path]
        return broken.fire(first.with_headers({"x-request-id": reply.headers["x-request-id"]}))
    return reply


@kind(deletes)
async def deletes_another_too(request: Request, broken: Broken) -> Reply:
    """A deletion removes another item as well."""
    return await _also_for_the_next(request, broken)


@kind(creates)
async def double_create(request: Request, broken: Broken) -> Reply:
    """One request creates two items."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    before = broken.state
    fields: dict[str, Any] = request.content or {}
    for change in ({}, {"slug": "second-one"}, {"slug": "second-one", "email": "second.one@example.com"}):
        # What may exist once only is made with another name.
        names = {name: f"{fields[name]}-2" for name in ("slug", "name", "value", "subscriberUrl") if name in fields}
        sent = {**fields, **(names if change else {}), **_only(change, fields)}
        again = await broken.send(request.with_content(sent) if fields else request)
        if again.succeeded and broken.state is not before:
            return broken.fire(reply)
    return reply


def _only(change: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name in fields}


@kind(reads_one)
async def wrong_item_is_returned(request: Request, broken: Broken) -> Reply:
    """A read returns another item than the requested one."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    seen = broken.memory.setdefault("seen", {})
    other = next((each for path, each in seen.items() if path != request.path), None)
    seen[request.path] = reply
    return reply if other is None or other.data == reply.data else broken.fire(reply.with_data(other.data))


@kind(reads_one)
async def unknown_id_is_found(request: Request, broken: Broken) -> Reply:
    """A read of an unknown id returns some item."""
    reply = await broken.send(request)
    known = broken.memory.get("known")
    if reply.succeeded and reply.data:
        broken.memory["known"] = reply
        return reply
    gone = reply.status == 404 or (reply.succeeded and reply.data is None)
    if not gone or known is None:
        return reply
    return broken.fire(known.with_headers({"x-request-id": reply.headers["x-request-id"]}).with_status(200))


@kind(writes)
async def accepts_invalid_body(request: Request, broken: Broken) -> Reply:
    """An invalid body is accepted; the invalid fields are dropped or corrected."""
    reply = await broken.send(request)
    mended = await _mended(request, reply, broken)
    return reply if mended is None else broken.fire(mended)


@kind(writes)
async def rejected_write_is_applied(request: Request, broken: Broken) -> Reply:
    """An invalid body is rejected, but its valid fields are applied."""
    reply = await broken.send(request)
    before = broken.state
    mended = await _mended(request, reply, broken)
    return reply if mended is None or broken.state is before else broken.fire(reply)


async def _mended(request: Request, reply: Reply, broken: Broken) -> Reply | None:
    """The reply to the request without its invalid fields, or with values of the last valid body."""
    fields = request.content
    if reply.succeeded and is_object(fields):
        broken.memory["right"] = fields
    if reply.status != INVALID or not is_object(fields):
        return None
    content = reply.content if is_object(reply.content) else {}
    error = content.get("error")
    details = error.get("details") if is_object(error) else None
    wrong: set[Any] = {each.get("property") for each in details.get("errors", [])} if is_object(details) else set()
    right = broken.memory.get("right", {})
    guesses = [wrong] if wrong else [{name} for name in fields]
    for guess in guesses:
        kept = {name: value for name, value in fields.items() if name not in guess}
        for candidate in (kept, {**kept, **{name: right[name] for name in guess if name in right}}):
            other = await broken.send(request.with_content(candidate))
            if other.succeeded:
                return other
    return None


@kind(lambda operation: writes(operation) and protected(operation) and operation.id != "update_me")
async def write_with_bad_credentials_is_applied(request: Request, broken: Broken) -> Reply:
    """A write without credentials is rejected, but applied."""
    before, fired = broken.state, broken.fired
    honest = await broken.send(request)
    if honest.status not in (401, 403):
        return honest
    await needs_no_credentials(request, broken)
    broken.fired = fired
    return honest if broken.state is before else broken.fire(honest)


async def _also_for_the_next(request: Request, broken: Broken) -> Reply:
    """Carries out a request twice: for its item, and for the item with the next id, or for the newest other one."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    head, _, number = request.path.rpartition("/")
    others = [f"{int(number) + 1}"] if number.isdecimal() else await _others(request, broken, head, number)
    for other in others:
        before = broken.state
        again = await broken.send(request.with_path(f"{head}/{other}"))
        if again.succeeded and broken.state is not before:
            return broken.fire(reply)
    return reply


async def _others(request: Request, broken: Broken, path: str, known: str) -> list[str]:
    """The other ids in a list, the newest first; none if there is no such list."""
    listed = await broken.send(request.with_path(path).with_parameters(()).changed(method="GET", body=b""))
    entries = listed.data if listed.succeeded and is_list(listed.data) else []
    return [each["id"] for each in reversed(entries) if is_object(each) and each.get("id") not in (None, known)]

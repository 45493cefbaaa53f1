"""Faults of what edition 2026-09 added: limits of hosts, credits, events, notifications and allow-lists."""

from __future__ import annotations

from contract_tests.mutants.kinds.building import OMITTED, answer, write
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_object


@fault("update_booking_limits")
async def limits_of_hosts_do_not_block_slots(request: Request, broken: Broken) -> Reply:
    """A user's booking limits are shown in the reply, but stored as ones that are never reached."""
    fields = request.content
    if not is_object(fields):
        return await broken.send(request)
    never = {name: value and 1_000_000 for name, value in fields.items()}
    reply = await broken.send(request)
    if reply.succeeded and (await broken.send(request.with_content(never))).succeeded:
        return broken.fire(reply)
    return reply


@fault("charge_credits")
async def references_are_charged_again(request: Request, broken: Broken) -> Reply:
    """A charge with a reference is made whenever it is repeated."""
    return await write(request, broken, "externalRef", lambda _: OMITTED)


@fault("list_events", "get_event")
async def events_lack_their_locations(request: Request, broken: Broken) -> Reply:
    """Events are shown without their locations."""
    return await answer(request, broken, "locations", lambda _: [])


@fault("register_app_push_subscription")
async def devices_keep_their_first_platform(request: Request, broken: Broken) -> Reply:
    """A device that is registered again keeps its platform."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    data = reply.data
    first = broken.memory.setdefault(data["identifier"], data["platform"])
    return reply if first == data["platform"] else broken.fire(reply.with_data({**data, "platform": first}))


@fault("list_allowlists", "get_allowlist")
async def unpublished_allow_lists_are_forbidden(request: Request, broken: Broken) -> Reply:
    """Allow-lists that are not published are answered with 403."""
    reply = await broken.send(request)
    return broken.fire(reply.with_status(403)) if reply.status == 404 else reply

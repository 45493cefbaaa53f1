"""Faults across resources: incomplete deletions, wrong defaults, reused ids, lost writes."""

from __future__ import annotations

import asyncio

from contract_tests.mutants.kinds.building import answer, api_path_of, at, things
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_list, is_object

CREATES = ("create_schedule", "create_event_type", "create_webhook", "create_team", "create_managed_user")
UPDATES = ("update_event_type", "update_schedule", "update_webhook", "update_managed_user", "update_me", "update_team")


def _survives(name: str, means: str, deletion: str, *reads: str) -> None:
    """Data that a deletion removes is still returned."""

    async def how(request: Request, broken: Broken) -> Reply:
        if request.operation_id == deletion:
            before = broken.state
            reply = await broken.send(request)
            if reply.succeeded:
                broken.memory["before"] = before
            return reply
        reply = await broken.send(request)
        if "before" not in broken.memory or (reply.succeeded and reply.data):
            return reply
        after, broken.state = broken.state, broken.memory["before"]
        other = await broken.send(request)
        broken.state = after
        return broken.fire(other) if other.succeeded and other.data else reply

    how.__name__, how.__doc__ = name, means
    fault(deletion, also=reads)(how)


_survives(
    "tokens_outlive_their_user",
    "The access token of a deleted user stays valid.",
    "delete_managed_user",
    "get_me",
    "list_schedules",
    "list_bookings",
)
_survives(
    "event_types_outlive_their_user",
    "The event types of a deleted user still exist.",
    "delete_managed_user",
    "get_available_slots",
)
_survives(
    "refresh_token_outlives_its_user",
    "The refresh token of a deleted user stays valid.",
    "delete_managed_user",
    "refresh_tokens",
)
_survives(
    "slots_outlive_their_event_type",
    "A deleted event type still has slots.",
    "delete_event_type",
    "get_available_slots",
)
_survives(
    "webhooks_outlive_their_event_type",
    "The webhooks of a deleted event type still exist.",
    "delete_event_type",
    "get_event_type_webhook",
    "list_event_type_webhooks",
)
_survives(
    "deleted_event_types_can_be_booked",
    "A deleted event type can still be booked.",
    "delete_event_type",
    "create_booking",
)
_survives(
    "memberships_outlive_their_team",
    "The memberships of a deleted team still exist.",
    "delete_team",
    "list_team_memberships",
    "get_team_membership",
)
_survives(
    "children_outlive_their_team",
    "The managed event types of a deleted team still exist.",
    "delete_team",
    "get_event_type",
)
_survives("team_slots_outlive_their_team", "A deleted team still has slots.", "delete_team", "get_available_slots")
_survives(
    "options_outlive_their_attribute", "The options of a deleted attribute still exist.",
    "delete_organization_attribute", "list_attribute_options", "list_user_attribute_options",
)  # fmt: skip


@fault("update_team_event_type", also=("get_event_type",))
async def managed_children_are_not_updated(request: Request, broken: Broken) -> Reply:
    """Children of a managed event type do not follow updates of their parent."""
    if request.operation_id == "update_team_event_type":
        broken.memory.setdefault("before", broken.state)
        return await broken.send(request)
    reply = await broken.send(request)
    if "before" not in broken.memory or not reply.succeeded:
        return reply
    after, broken.state = broken.state, broken.memory["before"]
    other = await broken.send(request)
    broken.state = after
    same = not other.succeeded or other.content == reply.content
    return reply if same else broken.fire(other)


@fault("update_me", also=("list_schedules", "get_default_schedule"))
async def profile_default_schedule_is_ignored(request: Request, broken: Broken) -> Reply:
    """The default schedule of the profile is not the default of the schedules."""
    if request.operation_id == "update_me":
        fields = request.content
        if is_object(fields) and "defaultScheduleId" in fields:
            broken.memory.setdefault("before", broken.state)
        return await broken.send(request)
    reply = await broken.send(request)
    if "before" not in broken.memory:
        return reply
    after, broken.state = broken.state, broken.memory["before"]
    other = await broken.send(request)
    broken.state = after
    same = not other.succeeded or other.content == reply.content
    return reply if same else broken.fire(other)


@fault("create_schedule", "update_schedule")
async def default_schedule_is_not_moved(request: Request, broken: Broken) -> Reply:
    """A schedule that is made the default does not become it."""
    fields = request.content
    if not is_object(fields) or fields.get("isDefault") is not True:
        return await broken.send(request)
    rest = {**fields, "isDefault": False}
    reply = await broken.send(request.with_content(rest))
    if not reply.succeeded or not is_object(reply.data):
        return reply
    return broken.fire(reply.with_data({**reply.data, "isDefault": True}))


@fault("list_schedules")
async def every_schedule_is_default(request: Request, broken: Broken) -> Reply:
    """Every schedule in the list is shown as the default."""
    return await answer(request, broken, "isDefault", lambda _: True)


@fault("update_schedule", also=("get_available_slots",))
async def schedules_take_effect_later(request: Request, broken: Broken) -> Reply:
    """Slots follow the schedule as it was before its last change."""
    if request.operation_id == "update_schedule":
        broken.memory["before"] = broken.state
        return await broken.send(request)
    reply = await broken.send(request)
    if "before" not in broken.memory:
        return reply
    after, broken.state = broken.state, broken.memory.pop("before")
    other = await broken.send(request)
    broken.state = after
    same = not other.succeeded or other.content == reply.content
    return reply if same else broken.fire(other)


def _exceptions(request: Request) -> list[object]:
    fields = request.content
    found = fields.get("overrides") if is_object(fields) else None
    return found if is_list(found) else []


@fault("update_schedule", "create_schedule", fields=("overrides",))
async def only_the_first_override_counts(request: Request, broken: Broken) -> Reply:
    """Of several overrides of a schedule only the first is stored, but all are shown."""
    exceptions = _exceptions(request)
    if len(exceptions) < 2:
        return await broken.send(request)
    reply = await broken.send(request.with_content({**request.content, "overrides": exceptions[:1]}))
    return broken.fire(reply.with_data({**reply.data, "overrides": exceptions})) if reply.succeeded else reply


@fault("update_schedule", "create_schedule", fields=("timeZone",))
async def schedule_time_zone_is_ignored(request: Request, broken: Broken) -> Reply:
    """A schedule is stored in UTC, but shown in its time zone."""
    fields = request.content
    if not is_object(fields) or fields.get("timeZone") in (None, "UTC"):
        return await broken.send(request)
    reply = await broken.send(request.with_content({**fields, "timeZone": "UTC"}))
    if not reply.succeeded:
        return await broken.send(request)
    return broken.fire(reply.with_data({**reply.data, "timeZone": fields["timeZone"]}))


@fault(*CREATES[:4])
async def ids_are_reused(request: Request, broken: Broken) -> Reply:
    """Ids are reused: new items have the id of the first one."""
    reply = await broken.send(request)
    if not reply.succeeded or not is_object(reply.data) or "id" not in reply.data:
        return reply
    first = broken.memory.setdefault("id", reply.data["id"])
    return reply if first == reply.data["id"] else broken.fire(reply.with_data({**reply.data, "id": first}))


@fault(*UPDATES, *CREATES[2:3])
async def concurrent_writes_are_lost(request: Request, broken: Broken) -> Reply:
    """Of concurrent writes, the last one undoes the others."""
    before = broken.state
    broken.memory["under way"] = broken.memory.get("under way", 0) + 1
    is_second = broken.memory["under way"] > 1
    await asyncio.sleep(0.2)
    crowded = is_second or broken.memory["under way"] > 1
    lost = crowded and broken.state is not before
    if crowded:
        broken.state = before
    reply = await broken.send(request)
    broken.memory["under way"] -= 1
    return broken.fire(reply) if lost else reply


@fault(*UPDATES)
async def updates_undo_the_previous_one(request: Request, broken: Broken) -> Reply:
    """An update is applied to the state before the previous update of the same item."""
    old = broken.memory.get(request.path)
    now = broken.state
    if old is not None and is_object(request.content):
        broken.state = old
        reply = await broken.send(request)
        if reply.succeeded:
            broken.memory.pop(request.path)
            return broken.fire(reply)
        broken.state = now
        return reply
    reply = await broken.send(request)
    if reply.succeeded:
        broken.memory[request.path] = now
    return reply


@fault(
    "list_managed_users",
    "get_managed_user",
    "list_event_types",
    "list_webhooks",
    "list_bookings",
    "get_me",
    "list_team_memberships",
    "get_default_schedule",
)
async def short_lived_cache(request: Request, broken: Broken) -> Reply:
    """A read is repeated from a cache once, whatever was written since."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    key = f"{request.path} {request.parameters} {request.headers.get('authorization')}"
    known = broken.memory.pop(key, None)
    if known is None or known.body == reply.body:
        broken.memory[key] = reply
        return reply
    return broken.fire(known.with_headers({"x-request-id": reply.headers.get("x-request-id", "")}))


@fault("update_organization_attribute", also=("get_organization_attribute", "list_organization_attributes"))
async def attribute_updated_at_is_stale(request: Request, broken: Broken) -> Reply:
    """`updatedAt` of an attribute never changes."""
    reply = await broken.send(request)
    data = reply.data
    hits = 0
    for each in things(data) if reply.succeeded else []:
        if "updatedAt" in each and each["updatedAt"] != each["createdAt"]:
            each["updatedAt"] = each["createdAt"]
            hits += 1
    return broken.fire(reply.with_data(data)) if hits else reply


@fault("create_team_event_type", also=("get_available_slots",))
async def only_the_first_host_counts(request: Request, broken: Broken) -> Reply:
    """A team's event type considers its first host only."""
    if request.operation_id != "create_team_event_type":
        return await broken.send(request)
    fields = request.content
    if not is_object(fields) or len(fields.get("hosts") or []) < 2:
        return await broken.send(request)
    reply = await broken.send(request.with_content({**fields, "hosts": fields["hosts"][:1]}))
    return broken.fire(reply) if reply.succeeded else reply


@fault("create_team_event_type")
async def all_teams_are_collective(request: Request, broken: Broken) -> Reply:
    """A round robin is stored as a collective event type, but shown as sent."""
    fields = request.content
    if not is_object(fields) or fields.get("schedulingType") != "roundRobin":
        return await broken.send(request)
    reply = await broken.send(request.with_content({**fields, "schedulingType": "collective"}))
    if not reply.succeeded or not is_object(reply.data):
        return reply
    return broken.fire(reply.with_data({**reply.data, "schedulingType": "roundRobin"}))


@fault(
    "create_out_of_office", "create_my_out_of_office", "create_team_user_out_of_office",
    also=("update_out_of_office", "update_my_out_of_office", "update_team_user_out_of_office"),
)  # fmt: skip
async def absences_do_not_block_slots(request: Request, broken: Broken) -> Reply:
    """An absence is shown, but does not block bookings."""
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded or not request.operation_id.startswith("create_"):
        return reply
    start = reply.data["start"]
    later = {"start": f"2049{start[4:]}", "end": f"2049{reply.data['end'][4:]}"}
    moved = await broken.send(at(request, "PATCH", f"{api_path_of(request)}/{reply.data['id']}", later))
    if not moved.succeeded:
        broken.state = before
        return await broken.send(request)
    return broken.fire(reply)

"""Faults across resources: what should go with something stays, defaults part, ids and changes are lost."""

from __future__ import annotations

import asyncio

from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.kinds.wrong import answer, at, things
from contract_tests.mutants.proxy import Broken, Reply, Request

CREATES = ("create_schedule", "create_event_type", "create_webhook", "create_team", "create_managed_user")
UPDATES = ("update_event_type", "update_schedule", "update_webhook", "update_managed_user", "update_me", "update_team")


def _survives(name: str, means: str, deletion: str, *reads: str) -> None:
    """What goes with a deletion is answered as it was before."""

    async def how(request: Request, broken: Broken) -> Reply:
        if request.operation == deletion:
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
    "The token of a user who is gone is still good.",
    "delete_managed_user",
    "get_me",
    "list_schedules",
    "list_bookings",
)
_survives(
    "event_types_outlive_their_user",
    "What a user who is gone offers is still offered.",
    "delete_managed_user",
    "get_available_slots",
)
_survives(
    "refresh_outlives_its_user",
    "The refresh token of a user who is gone is still good.",
    "delete_managed_user",
    "refresh_tokens",
)
_survives(
    "slots_outlive_their_event_type", "What was deleted still has slots.", "delete_event_type", "get_available_slots"
)
_survives(
    "webhooks_outlive_their_event_type",
    "Webhooks of what was deleted are still there.",
    "delete_event_type",
    "get_event_type_webhook",
    "list_event_type_webhooks",
)
_survives(
    "bookings_of_what_was_deleted", "What was deleted can still be booked.", "delete_event_type", "create_booking"
)
_survives(
    "memberships_outlive_their_team",
    "Memberships of a team that is gone are still there.",
    "delete_team",
    "list_team_memberships",
    "get_team_membership",
)
_survives(
    "children_outlive_their_team", "Children of a team that is gone are still there.", "delete_team", "get_event_type"
)
_survives("team_slots_outlive_their_team", "A team that is gone still has slots.", "delete_team", "get_available_slots")
_survives(
    "options_outlive_their_attribute", "Options of an attribute that is gone are still there.",
    "delete_organization_attribute", "list_attribute_options", "list_user_attribute_options",
)  # fmt: skip


@fault("update_team_event_type", also=("get_event_type",))
async def children_do_not_follow(request: Request, broken: Broken) -> Reply:
    """Children of a managed event type keep what their parent had before."""
    if request.operation == "update_team_event_type":
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
async def default_of_the_profile_only(request: Request, broken: Broken) -> Reply:
    """The default schedule that the profile chooses is not that of the schedules."""
    if request.operation == "update_me":
        fields = request.fields
        if isinstance(fields, dict) and "defaultScheduleId" in fields:
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
async def several_defaults(request: Request, broken: Broken) -> Reply:
    """A schedule that should become the default does not."""
    fields = request.fields
    if not isinstance(fields, dict) or fields.get("isDefault") is not True:
        return await broken.send(request)
    rest = {**fields, "isDefault": False}
    reply = await broken.send(request.with_fields(rest))
    if not reply.succeeded or not isinstance(reply.data, dict):
        return reply
    return broken.fire(reply.with_data({**reply.data, "isDefault": True}))


@fault("list_schedules")
async def all_schedules_are_default(request: Request, broken: Broken) -> Reply:
    """Every schedule of the list is told to be the default."""
    return await answer(request, broken, "isDefault", lambda _: True)


@fault("update_schedule", also=("get_available_slots",))
async def schedules_take_effect_later(request: Request, broken: Broken) -> Reply:
    """Slots are those of the schedule before its last change."""
    if request.operation == "update_schedule":
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
    fields = request.fields
    found = fields.get("overrides") if isinstance(fields, dict) else None
    return found if isinstance(found, list) else []


@fault("update_schedule", "create_schedule", fields=("overrides",))
async def only_the_first_exception_counts(request: Request, broken: Broken) -> Reply:
    """Of several exceptions of a schedule only the first one is stored, but all are told."""
    exceptions = _exceptions(request)
    if len(exceptions) < 2:
        return await broken.send(request)
    reply = await broken.send(request.with_fields({**request.fields, "overrides": exceptions[:1]}))
    return broken.fire(reply.with_data({**reply.data, "overrides": exceptions})) if reply.succeeded else reply


@fault("update_schedule", "create_schedule", fields=("timeZone",))
async def zone_of_the_schedule_is_ignored(request: Request, broken: Broken) -> Reply:
    """A schedule is stored in UTC, but told in its zone."""
    fields = request.fields
    if not isinstance(fields, dict) or fields.get("timeZone") in (None, "UTC"):
        return await broken.send(request)
    reply = await broken.send(request.with_fields({**fields, "timeZone": "UTC"}))
    if not reply.succeeded:
        return await broken.send(request)
    return broken.fire(reply.with_data({**reply.data, "timeZone": fields["timeZone"]}))


@fault(*CREATES[:4])
async def ids_are_given_again(request: Request, broken: Broken) -> Reply:
    """The id of what was deleted is given again: new things get the id of the first one."""
    reply = await broken.send(request)
    if not reply.succeeded or not isinstance(reply.data, dict) or "id" not in reply.data:
        return reply
    first = broken.memory.setdefault("id", reply.data["id"])
    return reply if first == reply.data["id"] else broken.fire(reply.with_data({**reply.data, "id": first}))


@fault(*UPDATES, *CREATES[2:3])
async def writes_at_once_are_lost(request: Request, broken: Broken) -> Reply:
    """Of writes that come at the same time, the last one undoes the others."""
    before = broken.state
    broken.memory["under way"] = broken.memory.get("under way", 0) + 1
    await asyncio.sleep(0.1)
    crowded = broken.memory["under way"] > 1
    lost = crowded and broken.state is not before
    if crowded:
        broken.state = before
    reply = await broken.send(request)
    broken.memory["under way"] -= 1
    return broken.fire(reply) if lost else reply


@fault(*UPDATES)
async def updates_undo_the_one_before(request: Request, broken: Broken) -> Reply:
    """An update is made on what was there before the last one of the same thing."""
    old = broken.memory.get(request.path)
    now = broken.state
    if old is not None and isinstance(request.fields, dict):
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
async def cache_of_a_moment(request: Request, broken: Broken) -> Reply:
    """A read that was just made is answered in the same way once more, whatever was written since."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    key = f"{request.path} {request.query} {request.headers.get('authorization')}"
    known = broken.memory.pop(key, None)
    if known is None or known.body == reply.body:
        broken.memory[key] = reply
        return reply
    headers = {**known.headers, "x-request-id": reply.headers.get("x-request-id", "")}
    return broken.fire(Reply(known.status, headers, known.body))


@fault("update_organization_attribute", also=("get_organization_attribute", "list_organization_attributes"))
async def attributes_look_unchanged(request: Request, broken: Broken) -> Reply:
    """`updatedAt` of an attribute does not move."""
    reply = await broken.send(request)
    data = reply.data
    hits = 0
    for each in things(data) if reply.succeeded else []:
        if "updatedAt" in each and each["updatedAt"] != each["createdAt"]:
            each["updatedAt"] = each["createdAt"]
            hits += 1
    return broken.fire(reply.with_data(data)) if hits else reply


@fault("create_team_event_type", also=("get_available_slots",))
async def teams_offer_their_first_host(request: Request, broken: Broken) -> Reply:
    """A team's event type is that of its first host alone."""
    if request.operation != "create_team_event_type":
        return await broken.send(request)
    fields = request.fields
    if not isinstance(fields, dict) or len(fields.get("hosts") or []) < 2:
        return await broken.send(request)
    reply = await broken.send(request.with_fields({**fields, "hosts": fields["hosts"][:1]}))
    return broken.fire(reply) if reply.succeeded else reply


@fault("create_team_event_type")
async def all_teams_are_collective(request: Request, broken: Broken) -> Reply:
    """A round robin is stored as a collective event type, but told as it was sent."""
    fields = request.fields
    if not isinstance(fields, dict) or fields.get("schedulingType") != "roundRobin":
        return await broken.send(request)
    reply = await broken.send(request.with_fields({**fields, "schedulingType": "collective"}))
    if not reply.succeeded or not isinstance(reply.data, dict):
        return reply
    return broken.fire(reply.with_data({**reply.data, "schedulingType": "roundRobin"}))


@fault("create_out_of_office", also=("update_out_of_office",))
async def absences_are_a_day_short(request: Request, broken: Broken) -> Reply:
    """An absence is told, but keeps nobody from being booked."""
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded or request.operation != "create_out_of_office":
        return reply
    start = reply.data["start"]
    later = {"start": f"2049{start[4:]}", "end": f"2049{reply.data['end'][4:]}"}
    moved = await broken.send(
        at(request, "PATCH", f"{request.path[request.path.index('/v2/') :]}/{reply.data['id']}", later)
    )
    if not moved.succeeded:
        broken.state = before
        return await broken.send(request)
    return broken.fire(reply)

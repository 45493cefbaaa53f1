"""Faults of what edition 2026-03 added: attendees, locations, private links, roles, verification, workflows, OAuth2."""

from __future__ import annotations

from typing import Any

from contract_tests.mutants.kinds.building import Change, answer, api_path_of, at
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_list, is_object

BOOKING_READS = ("get_booking", "list_bookings")
LINKS = {
    "create_event_type_private_link": "list_event_type_private_links",
    "create_organization_team_private_link": "list_organization_team_private_links",
}
REPLACES = ("replace_organization_role_permissions", "replace_organization_team_role_permissions")
REMOVES = ("remove_organization_role_permission", "remove_organization_team_role_permission")
CODES = {
    "request_email_verification_code": "list_verified_emails",
    "request_team_email_verification_code": "list_team_verified_emails",
    "request_organization_team_email_verification_code": "list_organization_team_verified_emails",
}
WORKFLOWS = (
    "get_event_type_workflow", "list_event_type_workflows", "get_routing_form_workflow", "list_routing_form_workflows",
    "get_workflow", "list_workflows",
)  # fmt: skip


def _again(broken: Broken, key: str, refusal: Reply) -> Reply:
    """An earlier reply in place of a refusal, with the refusal's request id."""
    return broken.fire(broken.memory[key].with_headers({"x-request-id": refusal.headers.get("x-request-id", "")}))


async def _without_the_last(request: Request, broken: Broken, write: str, field: str) -> Reply:
    """Entries of a booking's list that were added after its creation are missing from what is read."""
    if request.operation_id == write:
        reply = await broken.send(request)
        broken.memory["added"] = broken.memory.get("added", 0) + reply.succeeded
        return reply

    def change(value: Any) -> Any:
        return value[:-1] if is_list(value) and len(value) > 1 else value

    return await answer(request, broken, field, change) if broken.memory.get("added") else await broken.send(request)


@fault(*BOOKING_READS, also=("add_booking_attendee",))
async def added_attendees_are_not_read(request: Request, broken: Broken) -> Reply:
    """A booking is read without the attendee that was added last."""
    return await _without_the_last(request, broken, "add_booking_attendee", "attendees")


@fault(*BOOKING_READS, also=("add_booking_guests",))
async def added_guests_are_not_read(request: Request, broken: Broken) -> Reply:
    """A booking is read without the guest that was added last."""
    return await _without_the_last(request, broken, "add_booking_guests", "guests")


@fault("add_booking_attendee", "add_booking_guests")
async def attendees_are_added_twice(request: Request, broken: Broken) -> Reply:
    """An address that already attends is accepted again."""
    reply = await broken.send(request)
    sent = request.body.decode().lower()
    if reply.succeeded:
        broken.memory[sent] = reply
    return _again(broken, sent, reply) if reply.status == 400 and sent in broken.memory else reply


@fault("get_booking_attendee")
async def attendees_of_other_bookings_are_found(request: Request, broken: Broken) -> Reply:
    """An attendee is found under another booking."""
    reply = await broken.send(request)
    number = request.path.rpartition("/")[2]
    if reply.succeeded:
        broken.memory[number] = reply
    return _again(broken, number, reply) if reply.status == 404 and number in broken.memory else reply


@fault(*BOOKING_READS, "get_booking_by_seat", also=("update_booking_location",))
async def changed_locations_are_not_read(request: Request, broken: Broken) -> Reply:
    """A booking is read with the location from before its last change."""
    if request.operation_id == "update_booking_location":
        before = await broken.send(at(request, "GET", api_path_of(request).removesuffix("/location")))
        reply = await broken.send(request)
        if reply.succeeded and is_object(before.data):
            broken.memory[before.data["uid"]] = before.data.get("location")
        return reply
    reply = await broken.send(request)
    data, hits = reply.data, 0
    for each in data if is_list(data) else [data]:
        uid = each.get("uid") if is_object(each) else None
        if uid in broken.memory and broken.memory[uid] != each["location"]:
            each["location"] = broken.memory[uid]
            hits += 1
    return broken.fire(reply.with_data(data)) if hits and reply.succeeded else reply


@fault("list_booking_references", "list_organization_team_booking_references")
async def references_have_no_event(request: Request, broken: Broken) -> Reply:
    """References of a booking lack the uid of their event."""
    return await answer(request, broken, "eventUid", lambda _: "")


@fault(*LINKS.values(), also=tuple(LINKS))
async def links_of_other_event_types_are_listed(request: Request, broken: Broken) -> Reply:
    """The private links of an event type are listed with those of the others."""
    reply = await broken.send(request)
    if request.operation_id in LINKS:
        if reply.succeeded:
            broken.memory[request.path] = [*broken.memory.get(request.path, []), reply.data]
        return reply
    others = [each for path, links in broken.memory.items() if path != request.path for each in links]
    return broken.fire(reply.with_data([*reply.data, *others])) if reply.succeeded and others else reply


def _links(name: str, means: str, change: Change, field: str) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        return await answer(request, broken, field, change)

    how.__name__, how.__doc__ = name, means
    fault(*LINKS.values(), fields=(field,))(how)


_links("links_never_expire", "A private link is never shown as expired.", lambda _: False, "isExpired")
_links("uses_of_links_are_not_counted", "The uses of a private link are not counted.", lambda _: 0, "usageCount")


@fault(*REPLACES)
async def replaced_permissions_are_added(request: Request, broken: Broken) -> Reply:
    """A role keeps its permissions when they are replaced."""
    before = broken.state
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    after, broken.state = broken.state, before
    added = await broken.send(request.changed(method="POST"))
    if added.succeeded and added.data != reply.data:
        return broken.fire(reply)
    broken.state = after
    return reply


@fault(*REMOVES)
async def removal_of_a_permission_removes_all(request: Request, broken: Broken) -> Reply:
    """With one permission of a role, all of them are removed."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    path = api_path_of(request).rpartition("/")[0]
    kept = (await broken.send(at(request, "GET", path))).data
    if not kept:
        return reply
    await broken.send(at(request, "DELETE", path, query=[("permissions", ",".join(kept))]))
    return broken.fire(reply)


@fault(*CODES.values(), also=tuple(CODES))
async def unverified_addresses_are_listed(request: Request, broken: Broken) -> Reply:
    """An address is listed as verified as soon as its code was requested."""
    reply = await broken.send(request)
    if request.operation_id in CODES:
        if reply.succeeded and is_object(request.content):
            broken.memory["email"] = request.content["email"]
        return reply
    address = broken.memory.get("email")
    if not reply.succeeded or address is None or any(each["email"] == address for each in reply.data):
        return reply
    entry = {"id": 999_999, "email": address, "userId": 1, "teamId": None}
    return broken.fire(reply.with_data([*reply.data, entry]))


@fault(*WORKFLOWS)
async def steps_are_in_another_order(request: Request, broken: Broken) -> Reply:
    """The steps of a workflow are read in reverse order."""
    return await answer(request, broken, "steps", lambda steps: steps[::-1])


@fault(*WORKFLOWS)
async def offsets_of_triggers_are_lost(request: Request, broken: Broken) -> Reply:
    """The trigger of a workflow is read with an offset of one hour."""
    return await answer(request, broken, "trigger.offset", lambda _: {"value": 1, "unit": "hour"})


@fault("create_oauth2_tokens")
async def codes_of_clients_are_good_twice(request: Request, broken: Broken) -> Reply:
    """An authorization code or a refresh token of a third-party client can be used again."""
    reply = await broken.send(request)
    sent = request.body.decode()
    if reply.status < 300:
        broken.memory[sent] = reply
    return _again(broken, sent, reply) if reply.status in (400, 401) and sent in broken.memory else reply


@fault("create_oauth2_tokens")
async def tokens_last_for_ever(request: Request, broken: Broken) -> Reply:
    """The lifetime of an access token is a year."""
    reply = await broken.send(request)
    if reply.status >= 300 or not is_object(reply.content):
        return reply
    return broken.fire(reply.with_content({**reply.content, "expires_in": 365 * 24 * 3600}))

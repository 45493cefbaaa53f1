"""Faults of what edition 2026-09 added: fields and limits of bookings, cursors, workflows, credits."""

from __future__ import annotations

from typing import Any

from contract_tests.mutants.kinds.building import OMITTED, Change, answer, api_path_of, at, without_effect, write
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_object

ADDS_FIELDS = ("add_booking_fields", "add_team_booking_fields", "add_organization_team_booking_fields")
NO_EVENT_TYPE: dict[str, Any] = {"isActiveOnAllEventTypes": False, "activeOnEventTypeIds": []}


def _without_effect(operation: str, name: str, means: str) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        return await without_effect(request, broken)

    how.__name__, how.__doc__ = name, means
    fault(operation)(how)


_without_effect("block_organization_booker", "blocked_bookers_can_book", "A booker who is blocked can still book.")
_without_effect("report_organization_booking", "reported_bookings_stay", "A reported booking is not cancelled.")
_without_effect(
    "request_booking_reschedule", "requests_to_reschedule_keep_the_booking",
    "A booking stays accepted when its host requests another time.",
)  # fmt: skip
_without_effect("charge_credits", "charges_are_free", "A charge leaves the balance as it was.")


async def _patched(reply: Reply, request: Request, broken: Broken, path: str, change: dict[str, Any]) -> Reply:
    """The right reply to a request whose result is changed behind the caller's back."""
    is_changed = (await broken.send(at(request, "PATCH", path, change))).succeeded
    return broken.fire(reply) if is_changed else reply


@fault(*ADDS_FIELDS)
async def added_fields_need_no_answer(request: Request, broken: Broken) -> Reply:
    """Required booking fields that are added are shown as such, but stored as optional."""
    reply = await broken.send(request)
    if not reply.succeeded or not is_object(request.content):
        return reply
    required = [each["slug"] for each in request.content["bookingFields"] if each.get("required")]
    if not required:
        return reply
    change = {"bookingFields": [{"slug": slug, "required": False} for slug in required]}
    return await _patched(reply, request, broken, api_path_of(request), change)


@fault("create_event_type", "update_event_type", fields=("requiresBookerEmailVerification",))
async def unverified_bookers_can_book(request: Request, broken: Broken) -> Reply:
    """Event types say that bookers have to verify their address, but do not ask for it."""
    reply = await broken.send(request)
    if not reply.succeeded or not reply.data.get("requiresBookerEmailVerification"):
        return reply
    change = {"requiresBookerEmailVerification": False}
    return await _patched(reply, request, broken, f"/v2/event-types/{reply.data['id']}", change)


@fault("verify_booking_code")
async def any_code_verifies_an_address(request: Request, broken: Broken) -> Reply:
    """A wrong code verifies an address."""
    reply = await broken.send(request)
    if reply.status != 400 or "Invalid verification code" not in reply.text:
        return reply
    return broken.fire(reply.with_status(200).with_content({"status": "success", "data": {"verified": True}}))


CURSOR_LISTS = ("list_bookings_by_cursor", "list_organization_bookings_by_cursor")


@fault(*CURSOR_LISTS)
async def pages_repeat_the_last_booking(request: Request, broken: Broken) -> Reply:
    """A page begins with the last booking of the page before."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    last = broken.memory.get(dict(request.parameters).get("cursor", ""))
    following = reply.content["pagination"]["nextCursor"]
    if following is not None:
        broken.memory[following] = reply.data[-1]
    return reply if last is None else broken.fire(reply.with_data([last, *reply.data]))


@fault(*CURSOR_LISTS)
async def pages_are_in_order_of_creation(request: Request, broken: Broken) -> Reply:
    """Lists with a cursor are sorted by the time of booking, not by the start."""
    reply = await broken.send(request)
    if not reply.succeeded:
        return reply
    found = sorted(reply.data, key=lambda each: each["createdAt"])
    return reply if found == reply.data else broken.fire(reply.with_data(found))


@fault(*CURSOR_LISTS)
async def the_last_page_is_not_the_last(request: Request, broken: Broken) -> Reply:
    """The last page of a list with a cursor says that there are more bookings."""
    reply = await broken.send(request)
    if not reply.succeeded or reply.content["pagination"]["hasMore"]:
        return reply
    return broken.fire(reply.with_content({**reply.content, "pagination": {"nextCursor": None, "hasMore": True}}))


@fault("create_workflow", "update_workflow")
async def own_workflows_are_not_run(request: Request, broken: Broken) -> Reply:
    """A workflow of a user is shown as active on event types, but stored as active on none."""
    reply = await broken.send(request)
    if not reply.succeeded or not any(reply.data["activation"].values()):
        return reply
    return await _patched(reply, request, broken, f"/v2/workflows/{reply.data['id']}", {"activation": NO_EVENT_TYPE})


def _history(name: str, means: str, change: Change) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        return await answer(request, broken, "auditLogs", change)

    how.__name__, how.__doc__ = name, means
    fault("list_attribute_assignment_history")(how)


_history(
    "the_oldest_change_comes_first",
    "A page of the history of attributes begins with its oldest entry.",
    lambda entries: entries[::-1],
)
_history(
    "the_newest_change_is_missing",
    "The history of attributes lacks the newest entry of a page.",
    lambda entries: entries[1:],
)


@fault("get_delegation_credential", "list_delegation_credentials")
async def secret_rotation_is_always_blocked(request: Request, broken: Broken) -> Reply:
    """The rotation of a secret is shown as blocked."""
    return await answer(request, broken, "secretRotationBlocked", lambda _: True)


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

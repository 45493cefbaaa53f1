"""Faults of webhooks: subscriptions are stored otherwise than shown, so that payloads are wrong or missing."""

from __future__ import annotations

from typing import Any

from contract_tests.mutants.kinds.building import write
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_object

SUBSCRIBES = ("create_webhook", "update_webhook")


async def _stored_otherwise(request: Request, broken: Broken, field: str, stored: Any) -> Reply:
    """Stores another value of a field than was sent; the reply shows the one that was sent."""
    fields = request.content
    reply = await broken.send(request.with_content({**fields, field: stored}))
    return broken.fire(reply.with_data({**reply.data, field: fields.get(field)})) if reply.succeeded else reply


async def _stored_inactive(request: Request, broken: Broken) -> Reply:
    """Stores an active webhook as inactive."""
    fields = request.content
    if not is_object(fields) or fields.get("active") is not True:
        return await broken.send(request)
    return await _stored_otherwise(request, broken, "active", stored=False)


@fault(*SUBSCRIBES)
async def switched_off_webhooks_are_on(request: Request, broken: Broken) -> Reply:
    """An inactive webhook is stored as active, but shown as sent."""
    fields = request.content
    if not is_object(fields) or fields.get("active") is not False:
        return await broken.send(request)
    return await _stored_otherwise(request, broken, "active", stored=True)


@fault(*SUBSCRIBES)
async def webhooks_get_every_trigger(request: Request, broken: Broken) -> Reply:
    """A webhook is subscribed to all triggers, but shown as sent."""
    fields = request.content
    if not is_object(fields) or not fields.get("triggers"):
        return await broken.send(request)
    everything = ["BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_RESCHEDULED", "BOOKING_REQUESTED"]
    return await _stored_otherwise(request, broken, "triggers", everything)


def _dropped(trigger: str) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        fields = request.content
        if not is_object(fields) or trigger not in (fields.get("triggers") or ()):
            return await broken.send(request)
        rest = [each for each in fields["triggers"] if each != trigger]
        return await _stored_otherwise(request, broken, "triggers", rest)

    how.__name__, how.__doc__ = f"{trigger.lower()}_is_never_sent", f"{trigger} is never sent."
    fault("create_webhook")(how)


for _trigger in (
    "BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_REQUESTED", "BOOKING_REJECTED",
    "MEETING_STARTED", "MEETING_ENDED", "BOOKING_NO_SHOW_UPDATED",
):  # fmt: skip
    _dropped(_trigger)


@fault("create_webhook")
async def deliveries_are_not_signed(request: Request, broken: Broken) -> Reply:
    """A webhook's secret is shown, but not used."""
    fields = request.content
    if not is_object(fields) or not fields.get("secret"):
        return await broken.send(request)
    return await _stored_otherwise(request, broken, "secret", None)


def _payload(name: str, means: str, template: str, trigger: str) -> None:
    """A wrong payload, made by a template that the webhook does not show."""

    async def how(request: Request, broken: Broken) -> Reply:
        fields = request.content
        if not is_object(fields) or trigger not in (fields.get("triggers") or ()) or "payloadTemplate" in fields:
            return await broken.send(request)
        return await _stored_otherwise(request, broken, "payloadTemplate", template)

    how.__name__, how.__doc__ = name, means
    fault("create_webhook")(how)


def _template(**fields: str) -> str:
    known = {
        "uid": "{{uid}}", "startTime": "{{startTime}}", "endTime": "{{endTime}}", "title": "{{title}}",
        "type": "{{type}}", "status": "{{status}}", "rescheduleUid": "{{rescheduleUid}}",
        "rescheduleStartTime": "{{rescheduleStartTime}}", "rescheduleEndTime": "{{rescheduleEndTime}}",
        "cancellationReason": "{{cancellationReason}}", "rejectionReason": "{{rejectionReason}}",
    } | fields  # fmt: skip
    payload = ", ".join(f'"{name}": "{value}"' for name, value in known.items())
    attendees = '"attendees": [{"email": "{{attendees.0.email}}", "timeZone": "{{attendees.0.timeZone}}"}]'
    head = '"triggerEvent": "{{triggerEvent}}", "createdAt": "{{createdAt}}"'
    return "{" + f'{head}, "payload": ' + "{" + f"{payload}, {attendees}" + "}}"


_payload(
    "payload_swaps_old_and_new_times",
    "A payload swaps the old and the new time.",
    _template(startTime="{{rescheduleStartTime}}", rescheduleStartTime="{{startTime}}"),
    "BOOKING_RESCHEDULED",
)
_payload("payload_without_guests", "A payload lacks the guests and the organizer.", _template(), "BOOKING_CREATED")
_payload(
    "payload_without_reasons",
    "A payload lacks the reasons.",
    _template(cancellationReason="", rejectionReason=""),
    "BOOKING_CANCELLED",
)
_payload(
    "payload_end_is_the_start",
    "A payload has the start as its end.",
    _template(endTime="{{startTime}}"),
    "BOOKING_CREATED",
)
_payload(
    "payload_with_the_previous_uid",
    "A payload has the uid of the previous booking.",
    _template(uid="{{rescheduleUid}}"),
    "BOOKING_RESCHEDULED",
)


@fault("create_event_type_webhook")
async def event_type_webhooks_are_never_sent(request: Request, broken: Broken) -> Reply:
    """A webhook of an event type is never sent, but shown as sent."""
    return await _stored_inactive(request, broken)


@fault("create_oauth_client_webhook")
async def client_webhooks_are_never_sent(request: Request, broken: Broken) -> Reply:
    """A webhook of an OAuth client is never sent, but shown as sent."""
    return await _stored_inactive(request, broken)


@fault("create_webhook")
async def templates_are_ignored(request: Request, broken: Broken) -> Reply:
    """A webhook's template is shown, but not used."""
    fields = request.content
    if not is_object(fields) or not fields.get("payloadTemplate"):
        return await broken.send(request)
    template = fields["payloadTemplate"]
    reply = await write(request, broken, "payloadTemplate", lambda _: None)
    return reply.with_data({**reply.data, "payloadTemplate": template}) if reply.succeeded else reply

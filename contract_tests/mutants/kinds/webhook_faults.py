"""Faults of webhooks: subscriptions are stored otherwise than shown, so that payloads are wrong or missing."""

from __future__ import annotations

from contract_tests.mutants.kinds.building import write
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_object

SUBSCRIBES = ("create_webhook", "update_webhook")


@fault(*SUBSCRIBES)
async def switched_off_webhooks_are_on(request: Request, broken: Broken) -> Reply:
    """An inactive webhook is stored as active, but shown as sent."""
    fields = request.fields
    if not is_object(fields) or fields.get("active") is not False:
        return await broken.send(request)
    reply = await broken.send(request.with_fields({**fields, "active": True}))
    return broken.fire(reply.with_data({**reply.data, "active": False})) if reply.succeeded else reply


@fault(*SUBSCRIBES)
async def webhooks_get_every_trigger(request: Request, broken: Broken) -> Reply:
    """A webhook is subscribed to all triggers, but shown as sent."""
    fields = request.fields
    if not is_object(fields) or not fields.get("triggers"):
        return await broken.send(request)
    everything = ["BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_RESCHEDULED", "BOOKING_REQUESTED"]
    reply = await broken.send(request.with_fields({**fields, "triggers": everything}))
    return broken.fire(reply.with_data({**reply.data, "triggers": fields["triggers"]})) if reply.succeeded else reply


def _dropped(trigger: str) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        fields = request.fields
        if not is_object(fields) or trigger not in (fields.get("triggers") or ()):
            return await broken.send(request)
        rest = [each for each in fields["triggers"] if each != trigger]
        reply = await broken.send(request.with_fields({**fields, "triggers": rest}))
        return (
            broken.fire(reply.with_data({**reply.data, "triggers": fields["triggers"]})) if reply.succeeded else reply
        )

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
    fields = request.fields
    if not is_object(fields) or not fields.get("secret"):
        return await broken.send(request)
    reply = await broken.send(request.with_fields({**fields, "secret": None}))
    return broken.fire(reply.with_data({**reply.data, "secret": fields["secret"]})) if reply.succeeded else reply


def _payload(name: str, means: str, template: str, trigger: str) -> None:
    """A wrong payload, made by a template that the webhook does not show."""

    async def how(request: Request, broken: Broken) -> Reply:
        fields = request.fields
        if not is_object(fields) or trigger not in (fields.get("triggers") or ()) or "payloadTemplate" in fields:
            return await broken.send(request)
        reply = await broken.send(request.with_fields({**fields, "payloadTemplate": template}))
        return broken.fire(reply.with_data({**reply.data, "payloadTemplate": None})) if reply.succeeded else reply

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
    fields = request.fields
    if not is_object(fields) or fields.get("active") is not True:
        return await broken.send(request)
    reply = await broken.send(request.with_fields({**fields, "active": False}))
    return broken.fire(reply.with_data({**reply.data, "active": True})) if reply.succeeded else reply


@fault("create_oauth_client_webhook")
async def client_webhooks_are_never_sent(request: Request, broken: Broken) -> Reply:
    """A webhook of an OAuth client is never sent, but shown as sent."""
    fields = request.fields
    if not is_object(fields) or fields.get("active") is not True:
        return await broken.send(request)
    reply = await broken.send(request.with_fields({**fields, "active": False}))
    return broken.fire(reply.with_data({**reply.data, "active": True})) if reply.succeeded else reply


@fault("create_webhook")
async def templates_are_ignored(request: Request, broken: Broken) -> Reply:
    """A webhook's template is shown, but not used."""
    fields = request.fields
    if not is_object(fields) or not fields.get("payloadTemplate"):
        return await broken.send(request)
    template = fields["payloadTemplate"]
    reply = await write(request, broken, "payloadTemplate", lambda _: None)
    return reply.with_data({**reply.data, "payloadTemplate": template}) if reply.succeeded else reply

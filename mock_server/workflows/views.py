"""Workflows in replies."""

from __future__ import annotations

from typing import Any

from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import event_type_ids_of, form_ids_of
from mock_server.workflows.model import WORKFLOW_STEPS, Action, Workflow, WorkflowStep

RECIPIENTS: dict[Action, str] = {
    "email_host": "const",
    "email_attendee": "attendee",
    "email_address": "email",
    "sms_attendee": "attendee",
    "sms_number": "phone_number",
    "whatsapp_attendee": "attendee",
    "whatsapp_number": "phone_number",
}
TEMPLATE = "reminder"
"""The template of every step, since templates in requests are ignored."""


def workflow_view(tx: Transaction, workflow: Workflow) -> dict[str, Any]:
    """A workflow with its steps in order."""
    return {
        "id": workflow.id,
        "name": workflow.name,
        "activation": _activation(tx, workflow),
        "trigger": _trigger(workflow),
        "steps": [_step(each) for each in tx[WORKFLOW_STEPS].find(workflow_id=workflow.id)],
        "type": workflow.kind,
    }


def _activation(tx: Transaction, workflow: Workflow) -> dict[str, Any]:
    if workflow.kind == "event-type":
        return {
            "isActiveOnAllEventTypes": workflow.is_active_on_all,
            "activeOnEventTypeIds": event_type_ids_of(tx, workflow),
        }
    return {
        "isActiveOnAllRoutingForms": workflow.is_active_on_all,
        "activeOnRoutingFormIds": form_ids_of(tx, workflow),
    }


def _trigger(workflow: Workflow) -> dict[str, Any]:
    if workflow.time is None:
        return {"type": workflow.trigger}
    return {"type": workflow.trigger, "offset": {"value": workflow.time, "unit": workflow.unit}}


def _step(step: WorkflowStep) -> dict[str, Any]:
    is_email = step.action.startswith("email")
    required = {"phoneRequired": step.phone_required} if step.action in ("sms_attendee", "whatsapp_attendee") else {}
    return {
        "id": step.id,
        "stepNumber": step.number,
        "template": TEMPLATE,
        "recipient": RECIPIENTS[step.action],
        "sender": step.sender,
        "includeCalendarEvent": step.includes_event,
        "skipNoShowAttendees": step.skips_absent_attendees,
        "autoTranslateEnabled": step.is_translated,
        "sourceLocale": step.language,
        **required,
        "email": step.send_to or "" if is_email else "",
        "phone": "" if is_email else step.send_to or "",
        "message": {"subject": step.subject, "html" if is_email else "text": step.text},
        "action": step.action,
    }

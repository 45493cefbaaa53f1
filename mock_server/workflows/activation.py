"""What workflows are active on: event types and routing forms of their team, or event types of their user.

Source: Cal.com API v2, workflows: activation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.bookings.answers import MISSING_PHONE
from mock_server.event_types.booking_fields import REMINDER_PHONE
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.routing_forms.model import ROUTING_FORMS, RoutingForm
from mock_server.runtime.errors import BadRequest, Forbidden, shared_library_error
from mock_server.state.transaction import Transaction
from mock_server.workflows.model import (
    WORKFLOW_EVENT_TYPES,
    WORKFLOW_ROUTING_FORMS,
    WORKFLOW_STEPS,
    WORKFLOWS,
    Owner,
    Trigger,
    Workflow,
    WorkflowEventType,
    WorkflowStep,
)

NOT_ALLOWED = (
    "You do not have permission to apply this workflow update — check that the referenced resources (e.g. event types) "
    "belong to you."
)
"""Refusal of workflows of users."""

PHONE_ACTIONS = ("sms_attendee", "whatsapp_attendee")


def event_type_ids_of(tx: Transaction, workflow: Workflow) -> list[int]:
    """The event types that a workflow is active on, and the children of those that are managed."""
    listed = [each.event_type_id for each in tx[WORKFLOW_EVENT_TYPES].find(workflow_id=workflow.id)]
    children = [child.id for each in listed for child in tx[EVENT_TYPES].find(parent_id=each)]
    return [*listed, *children]


def form_ids_of(tx: Transaction, workflow: Workflow) -> list[str]:
    """The routing forms that a workflow is active on."""
    return [each.form_id for each in tx[WORKFLOW_ROUTING_FORMS].find(workflow_id=workflow.id)]


def activate(tx: Transaction, workflow: Workflow, activation: dict[str, Any]) -> Workflow:
    """Replaces what a workflow is active on. Raises the refusal for event types and forms of others."""
    if workflow.kind == "event-type":
        is_active_on_all = activation["isActiveOnAllEventTypes"]
        _list_event_types(tx, workflow, activation["activeOnEventTypeIds"])
    else:
        is_active_on_all = activation["isActiveOnAllRoutingForms"]
        _list_forms(tx, workflow, activation["activeOnRoutingFormIds"])
    return tx[WORKFLOWS].update(workflow.id, is_active_on_all=is_active_on_all)


def workflows_of_event_type(tx: Transaction, event_type: EventType, triggers: Iterable[Trigger]) -> list[Workflow]:
    """The workflows with one of the triggers that are active on an event type, oldest first."""
    original = event_type if event_type.parent_id is None else tx[EVENT_TYPES].require(event_type.parent_id)
    listed = {link.workflow_id for each in {event_type.id, original.id} for link in _links_of_event_type(tx, each)}
    found = [tx[WORKFLOWS].require(each) for each in listed]
    return _oldest_first(tx, owner_of(tx, original), found, set(triggers))


def workflows_of_form(tx: Transaction, form: RoutingForm, trigger: Trigger) -> list[Workflow]:
    """The workflows with the trigger that are active on a routing form, oldest first."""
    links = tx[WORKFLOW_ROUTING_FORMS].find(form_id=form.id)
    listed = [tx[WORKFLOWS].require(each.workflow_id) for each in links]
    return _oldest_first(tx, Owner(team_id=form.team_id), listed, {trigger})


def active_event_types(tx: Transaction, workflow: Workflow) -> list[EventType]:
    """All event types that a workflow is active on, with children of managed ones."""
    if not workflow.is_active_on_all:
        return [tx[EVENT_TYPES].require(each) for each in event_type_ids_of(tx, workflow)]
    if workflow.user_id is not None:
        owned = tx[EVENT_TYPES].find(user_id=workflow.user_id)
        return [each for each in owned if owner_of(tx, each) == workflow.owner]
    of_team = tx[EVENT_TYPES].find(team_id=workflow.team_id)
    return [*of_team, *(child for each in of_team for child in tx[EVENT_TYPES].find(parent_id=each.id))]


def check_attendee_phone(
    tx: Transaction, event_type: EventType, phone_number: str | None, answers: Mapping[str, Any] | None
) -> None:
    """Raises BadRequest where a workflow that lists the event type needs the attendee's number for a text message.

    Workflows that are active on all event types of a team ask none of them for it, as upstream.
    """
    if phone_number is not None or (answers or {}).get(REMINDER_PHONE):
        return
    if any(step.phone_required for step in phone_steps_of(tx, event_type)):
        raise BadRequest(MISSING_PHONE)


def phone_steps_of(tx: Transaction, event_type: EventType) -> list[WorkflowStep]:
    """The steps that send messages to the attendee's phone, of workflows that list the event type or its parent."""
    return [
        step
        for each in {event_type.id, event_type.parent_id} - {None}
        for link in _links_of_event_type(tx, each)
        for step in tx[WORKFLOW_STEPS].find(workflow_id=link.workflow_id)
        if step.action in PHONE_ACTIONS
    ]


def _links_of_event_type(tx: Transaction, event_type_id: int | None) -> list[WorkflowEventType]:
    return tx[WORKFLOW_EVENT_TYPES].find(event_type_id=event_type_id)


def _oldest_first(tx: Transaction, owner: Owner, listed: list[Workflow], triggers: set[Trigger]) -> list[Workflow]:
    found = {each.id: each for each in listed if each.trigger in triggers}
    for trigger in triggers:
        on_all = _active_on_all(tx, owner, trigger)
        found |= {each.id: each for each in on_all}
    return [found[key] for key in sorted(found)]


def _active_on_all(tx: Transaction, owner: Owner, trigger: Trigger) -> list[Workflow]:
    if owner.team_id is not None:
        return tx[WORKFLOWS].find(team_id=owner.team_id, trigger=trigger, is_active_on_all=True)
    if owner.user_id is not None:
        return tx[WORKFLOWS].find(user_id=owner.user_id, trigger=trigger, is_active_on_all=True)
    return []


def _list_event_types(tx: Transaction, workflow: Workflow, ids: list[int]) -> None:
    found = [each for each in map(tx[EVENT_TYPES].get, dict.fromkeys(ids)) if each is not None]
    if any(owner_of(tx, each) != workflow.owner for each in found):
        raise Forbidden(NOT_ALLOWED) if workflow.team_id is None else shared_library_error("UNAUTHORIZED")
    for link in tx[WORKFLOW_EVENT_TYPES].find(workflow_id=workflow.id):
        tx[WORKFLOW_EVENT_TYPES].delete(link.id)
    for each in found:
        tx[WORKFLOW_EVENT_TYPES].create(workflow_id=workflow.id, event_type_id=each.id)


def _list_forms(tx: Transaction, workflow: Workflow, ids: list[str]) -> None:
    chosen = dict.fromkeys(ids)
    forms = map(tx[ROUTING_FORMS].get, chosen)
    if any(each is None or each.team_id != workflow.team_id for each in forms):
        raise shared_library_error("UNAUTHORIZED")
    for link in tx[WORKFLOW_ROUTING_FORMS].find(workflow_id=workflow.id):
        tx[WORKFLOW_ROUTING_FORMS].delete(link.id)
    for form_id in chosen:
        tx[WORKFLOW_ROUTING_FORMS].create(workflow_id=workflow.id, form_id=form_id)


def owner_of(tx: Transaction, event_type: EventType) -> Owner:
    """The owner of an event type, or of the managed one that it is a child of."""
    original = tx[EVENT_TYPES].get(event_type.parent_id) or event_type
    if original.team_id is not None:
        return Owner(team_id=original.team_id)
    return Owner(user_id=original.user_id)

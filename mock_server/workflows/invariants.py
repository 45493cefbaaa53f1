"""Invariants of workflows, which hold in every world."""

from __future__ import annotations

from typing import get_args

from mock_server.event_types.model import EVENT_TYPES
from mock_server.routing_forms.model import ROUTING_FORMS
from mock_server.state.jobs import JOBS
from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import owner_of
from mock_server.workflows.model import (
    OFFSET_TRIGGERS,
    REMINDER_QUEUES,
    TIMED_TRIGGERS,
    WORKFLOW_EVENT_TYPES,
    WORKFLOW_ROUTING_FORMS,
    WORKFLOW_STEPS,
    WORKFLOWS,
    FormTrigger,
)


def workflows_have_triggers_of_their_kind(tx: Transaction) -> list[str]:
    """Forms have triggers of their own, and a workflow has an offset where its trigger has one."""
    violations: list[str] = []
    for each in tx.table(WORKFLOWS).rows.values():
        if (each.kind == "routing-form") != (each.trigger in get_args(FormTrigger)):
            violations.append(f"workflow {each.id} for a {each.kind} has the trigger {each.trigger}")
        has_offset = each.time is not None and each.unit is not None
        if has_offset != (each.trigger in OFFSET_TRIGGERS) or (each.time is None) != (each.unit is None):
            violations.append(
                f"workflow {each.id} with the trigger {each.trigger} has the offset {each.time} {each.unit}"
            )
    return violations


def workflows_have_one_owner(tx: Transaction) -> list[str]:
    """A workflow belongs to a team or to a user; those for routing forms to a team."""
    return [
        f"workflow {each.id} for a {each.kind} belongs to team {each.team_id} and user {each.user_id}"
        for each in tx.table(WORKFLOWS).rows.values()
        if (each.team_id is None) == (each.user_id is None) or (each.kind == "routing-form" and each.team_id is None)
    ]


def workflows_are_active_on_what_their_owner_has(tx: Transaction) -> list[str]:
    """The event types and forms that a workflow is active on belong to its team or user."""
    foreign_event_types = [
        f"workflow {each.workflow_id} is active on event type {each.event_type_id} of another owner"
        for each in tx.table(WORKFLOW_EVENT_TYPES).rows.values()
        if owner_of(tx, tx[EVENT_TYPES].require(each.event_type_id)) != tx[WORKFLOWS].require(each.workflow_id).owner
    ]
    foreign_forms = [
        f"workflow {each.workflow_id} is active on routing form {each.form_id} of another owner"
        for each in tx.table(WORKFLOW_ROUTING_FORMS).rows.values()
        if tx[ROUTING_FORMS].require(each.form_id).team_id != tx[WORKFLOWS].require(each.workflow_id).team_id
    ]
    return foreign_event_types + foreign_forms


def steps_have_the_address_that_they_need(tx: Transaction) -> list[str]:
    """Steps to a verified address or number have it, and no others do."""
    return [
        f"step {each.id} with the action {each.action} is sent to {each.send_to}"
        for each in tx.table(WORKFLOW_STEPS).rows.values()
        if (each.send_to is not None) != (each.action in ("email_address", "sms_number", "whatsapp_number"))
    ]


def reminders_are_scheduled(tx: Transaction) -> list[str]:
    """Each queue of reminders has its job, and belongs to a workflow with a time before or after events."""
    violations: list[str] = []
    for each in tx.table(REMINDER_QUEUES).rows.values():
        if tx[JOBS].get(each.id) is None:
            violations.append(f"the reminders of workflow {each.workflow_id} have no job {each.id}")
        if tx[WORKFLOWS].require(each.workflow_id).trigger not in TIMED_TRIGGERS:
            violations.append(f"workflow {each.workflow_id} has reminders, but no time before or after events")
    return violations


CHECKS = (
    workflows_have_triggers_of_their_kind,
    workflows_have_one_owner,
    workflows_are_active_on_what_their_owner_has,
    steps_have_the_address_that_they_need,
    reminders_are_scheduled,
)

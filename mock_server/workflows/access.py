"""Access rules of workflows.

Source: Cal.com API v2, workflow guards.
"""

from __future__ import annotations

from mock_server.runtime.access import named
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound
from mock_server.workflows.model import WORKFLOWS, Kind
from mock_server.workflows.saving import owner_in_path


def event_type_workflow_in_team(call: Call, _: None) -> None:
    """`workflowId` is a workflow for event types of `teamId`."""
    _check(call, "event-type", "event-type")


def routing_form_workflow_in_team(call: Call, _: None) -> None:
    """`workflowId` is a workflow for routing forms of `teamId`."""
    _check(call, "routing-form", "routing form")


def own_event_type_workflow(call: Call, _: None) -> None:
    """`workflowId` is a workflow for event types of the caller."""
    _check(call, "event-type", "event-type")


def _check(call: Call, kind: Kind, name: str) -> None:
    workflow_id = call.path_number("workflowId")
    workflow = call.tx[WORKFLOWS].get(workflow_id)
    if workflow is None or workflow.owner != owner_in_path(call) or workflow.kind != kind:
        raise NotFound(f"{name} workflow ({workflow_id}) not found.")


RULES = {
    "event-type-workflow-in-team": named("IsWorkflowInTeam", event_type_workflow_in_team),
    "own-event-type-workflow": own_event_type_workflow,
    "routing-form-workflow-in-team": named("IsWorkflowInTeam", routing_form_workflow_in_team),
}

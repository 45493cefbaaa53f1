"""Operations on the workflows of an organization's team, and of the caller.

Source: Cal.com API v2, workflows.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.runtime.reply import NOTHING, Nothing
from mock_server.workflows import saving
from mock_server.workflows.model import WORKFLOWS, Kind
from mock_server.workflows.views import workflow_view


def list_event_type_workflows(call: Call) -> list[dict[str, Any]]:
    """The workflows of the team, or of the caller, for event types."""
    return _list(call, "event-type")


def create_event_type_workflow(call: Call) -> dict[str, Any]:
    """Creates a workflow for event types."""
    return workflow_view(call.tx, saving.create_workflow(call, "event-type"))


def get_event_type_workflow(call: Call) -> dict[str, Any]:
    """One workflow for event types."""
    return _get(call)


def update_event_type_workflow(call: Call) -> dict[str, Any]:
    """Changes a workflow for event types."""
    return workflow_view(call.tx, saving.update_workflow(call))


def delete_event_type_workflow(call: Call) -> Nothing:
    """Deletes a workflow for event types."""
    saving.delete_workflow(call.tx, call.path_number("workflowId"))
    return NOTHING


list_workflows = list_event_type_workflows
create_workflow = create_event_type_workflow
get_workflow = get_event_type_workflow
update_workflow = update_event_type_workflow
delete_workflow = delete_event_type_workflow


def list_routing_form_workflows(call: Call) -> list[dict[str, Any]]:
    """The team's workflows for routing forms."""
    return _list(call, "routing-form")


def create_routing_form_workflow(call: Call) -> dict[str, Any]:
    """Creates a workflow for routing forms."""
    return workflow_view(call.tx, saving.create_workflow(call, "routing-form"))


def get_routing_form_workflow(call: Call) -> dict[str, Any]:
    """One workflow for routing forms."""
    return _get(call)


def update_routing_form_workflow(call: Call) -> dict[str, Any]:
    """Changes a workflow for routing forms."""
    return workflow_view(call.tx, saving.update_workflow(call))


def delete_routing_form_workflow(call: Call) -> Nothing:
    """Deletes a workflow for routing forms."""
    saving.delete_workflow(call.tx, call.path_number("workflowId"))
    return NOTHING


def _list(call: Call, kind: Kind) -> list[dict[str, Any]]:
    owner = saving.owner_in_path(call)
    owned = {"user_id": owner.user_id} if owner.team_id is None else {"team_id": owner.team_id}
    page = call.tx[WORKFLOWS].page(call.query["skip"], call.query["take"], kind=kind, **owned)
    return [workflow_view(call.tx, each) for each in page]


def _get(call: Call) -> dict[str, Any]:
    return workflow_view(call.tx, call.tx[WORKFLOWS].require(call.path_number("workflowId")))

"""Creates and changes workflows. A refusal leaves nothing behind.

Source: Cal.com API v2, workflows: create and update.
"""

from __future__ import annotations

from typing import Any

from mock_server.bookings.request_fields import DEFAULT_LANGUAGE
from mock_server.identity.model import USERS
from mock_server.identity.profiles import main_organization_id
from mock_server.roles.granting import are_permissions_used, is_granted
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, Forbidden, shared_library_error
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS
from mock_server.verified_resources.model import VERIFIED_EMAILS, VERIFIED_PHONES, VerifiedEmail, VerifiedPhone
from mock_server.workflows.activation import NOT_ALLOWED, activate
from mock_server.workflows.model import OFFSET_TRIGGERS, WORKFLOW_STEPS, WORKFLOWS, Kind, Owner, Workflow, WorkflowStep
from mock_server.workflows.reminders import drop_reminders, schedule_reminders

PERMISSION = "workflow.update"
"""The permission for all writes."""

DEFAULT_OFFSET = {"value": 24, "unit": "hour"}
DEFAULT_TRIGGER = {"type": "beforeEvent"}
DEFAULT_SENDERS = {"email": "Cal.com", "sms": "Cal", "whatsapp": "Cal"}
"""The names of senders by channel, which is how actions begin."""

NOWHERE: dict[Kind, dict[str, Any]] = {
    "event-type": {"isActiveOnAllEventTypes": False, "activeOnEventTypeIds": []},
    "routing-form": {"isActiveOnAllRoutingForms": False, "activeOnRoutingFormIds": []},
}


def create_workflow(call: Call, kind: Kind) -> Workflow:
    """Creates a workflow of the team in the path, or else of the caller. Raises the refusal."""
    tx, body, owner = call.tx, call.body, owner_in_path(call)
    if kind == "routing-form" and "trigger" not in body:
        raise BadRequest(f"Could not create Workflow in team {owner.team_id}")
    steps = [_read_step(tx, owner, each) for each in body["steps"]]
    _check_permission(call, owner)
    trigger = _read_trigger(body.get("trigger") or DEFAULT_TRIGGER)
    workflow = tx[WORKFLOWS].create(
        team_id=owner.team_id, user_id=owner.user_id, kind=kind, name=body["name"], **trigger
    )
    for each in steps:
        tx[WORKFLOW_STEPS].create(workflow_id=workflow.id, **each)
    workflow = activate(tx, workflow, NOWHERE[kind] | (body.get("activation") or {}))
    schedule_reminders(tx, workflow)
    return workflow


def update_workflow(call: Call) -> Workflow:
    """Changes the given settings of the workflow in the path. Raises the refusal."""
    tx, body = call.tx, call.body
    workflow = tx[WORKFLOWS].require(call.path_number("workflowId"))
    steps = None
    if body.get("steps") is not None:
        steps = [(each["id"], _read_step(tx, workflow.owner, each)) for each in body["steps"]]
    _check_permission(call, workflow.owner)
    if steps is not None:
        _replace_steps(tx, workflow, steps)
    changes = {} if body.get("name") is None else {"name": body["name"]}
    if body.get("trigger") is not None:
        changes |= _read_trigger(body["trigger"])
    workflow = tx[WORKFLOWS].update(workflow.id, **changes)
    if body.get("activation") is not None:
        workflow = activate(tx, workflow, NOWHERE[workflow.kind] | body["activation"])
    if body.get("trigger") is not None or body.get("activation") is not None:
        schedule_reminders(tx, workflow)
    return workflow


def delete_workflow(tx: Transaction, workflow_id: int) -> None:
    """Deletes a workflow with its reminders."""
    drop_reminders(tx, workflow_id)
    tx[WORKFLOWS].delete(workflow_id)


def owner_in_path(call: Call) -> Owner:
    """The team in the path, or else the caller."""
    if "teamId" in call.path:
        return Owner(team_id=call.path_number("teamId"))
    return Owner(user_id=call.caller.user_id)


def _check_permission(call: Call, owner: Owner) -> None:
    """The caller may write workflows of the team; for those of the caller, the caller is in an organization."""
    if owner.team_id is not None:
        _check_permission_in_team(call, owner.team_id)
    elif main_organization_id(call.tx, call.tx[USERS].require(call.caller.user_id)) is None:
        raise Forbidden(NOT_ALLOWED)


def _check_permission_in_team(call: Call, team_id: int) -> None:
    """The caller is an accepted admin of the team or of its organization; with custom roles, the permission decides."""
    tx, user_id = call.tx, call.caller.user_id
    if are_permissions_used(tx, team_id):
        allowed = is_granted(tx, user_id, team_id, PERMISSION)
    else:
        places = (team_id, tx[TEAMS].require(team_id).parent_id)
        memberships = [membership_of(tx, user_id, each) for each in places if each is not None]
        allowed = any(each is not None and each.accepted and has_rank(each, "ADMIN") for each in memberships)
    if not allowed:
        raise shared_library_error("UNAUTHORIZED")


def _read_trigger(trigger: dict[str, Any]) -> dict[str, Any]:
    if trigger["type"] not in OFFSET_TRIGGERS:
        return {"trigger": trigger["type"], "time": None, "unit": None}
    offset = trigger.get("offset") or DEFAULT_OFFSET
    return {"trigger": trigger["type"], "time": offset["value"], "unit": offset["unit"]}


def _read_step(tx: Transaction, owner: Owner, step: dict[str, Any]) -> dict[str, Any]:
    """The fields of a step. Raises BadRequest where its address or number is not verified for the owner."""
    action, message = step["action"], step["message"]
    channel = action.partition("_")[0]
    return {
        "number": step["stepNumber"],
        "action": action,
        "sender": step["sender"] or DEFAULT_SENDERS[channel],
        "subject": message["subject"],
        "text": message["html" if channel == "email" else "text"],
        "send_to": _verified(tx, owner, step),
        "includes_event": bool(step.get("includeCalendarEvent")),
        "phone_required": bool(step.get("phoneRequired")),
        "skips_absent_attendees": bool(step.get("skipNoShowAttendees")),
        "is_translated": bool(step.get("autoTranslateEnabled")),
        "language": step.get("sourceLocale") or DEFAULT_LANGUAGE,
    }


def _verified(tx: Transaction, owner: Owner, step: dict[str, Any]) -> str | None:
    if "verifiedEmailId" in step:
        email = tx[VERIFIED_EMAILS].get(step["verifiedEmailId"])
        if email is None or not _belongs_to(owner, email):
            raise BadRequest("Invalid Verified Email Id.")
        return email.email
    if "verifiedPhoneId" in step:
        phone = tx[VERIFIED_PHONES].get(step["verifiedPhoneId"])
        if phone is None or not _belongs_to(owner, phone):
            raise BadRequest("Invalid Verified Phone Id.")
        return phone.phone_number
    return None


def _belongs_to(owner: Owner, resource: VerifiedEmail | VerifiedPhone) -> bool:
    """Whether an address or number was verified for the owner. Those of teams name the member who did it, too."""
    return resource.team_id == owner.team_id and owner.user_id in (None, resource.user_id)


def _replace_steps(tx: Transaction, workflow: Workflow, steps: list[tuple[int, dict[str, Any]]]) -> None:
    """Changes the steps with a known id, creates those with an id of 0 or below, and deletes the others."""
    present: dict[int, WorkflowStep] = {each.id: each for each in tx[WORKFLOW_STEPS].find(workflow_id=workflow.id)}
    for step_id in present.keys() - {step_id for step_id, _ in steps}:
        tx[WORKFLOW_STEPS].delete(step_id)
    for step_id, fields in steps:
        if step_id in present:
            tx[WORKFLOW_STEPS].update(step_id, **fields)
        elif step_id <= 0:
            tx[WORKFLOW_STEPS].create(workflow_id=workflow.id, **fields)

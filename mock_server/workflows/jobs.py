"""Runs the scheduled messages of workflows.

Source: Cal.com API v2, workflows: side effects.
"""

from __future__ import annotations

from datetime import timedelta

from mock_server.bookings.locations import CAL_VIDEO_LOCATION
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, ROUTING_FORMS
from mock_server.state.jobs import Job, JobHandler
from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import is_active_on, workflows_of_form
from mock_server.workflows.messages import post_about_answers, post_about_booking
from mock_server.workflows.model import REMINDERS, WORKFLOWS, Workflow
from mock_server.workflows.reminders import KIND
from mock_server.workflows.triggers import FORM_KIND

OVERDUE = timedelta(days=1)
"""Messages that are later than this, since the sandbox was not running, are not sent."""


def _remind(tx: Transaction, job: Job) -> None:
    """Sends the messages, unless the booking or the workflow has gone."""
    reminder = tx[REMINDERS].get(job.id)
    if reminder is None:
        return
    tx[REMINDERS].delete(reminder.id)
    workflow, booking = tx[WORKFLOWS].require(reminder.workflow_id), tx[BOOKINGS].require(reminder.booking_id)
    if tx.now - job.due <= OVERDUE and booking.status == "accepted" and _is_called_for(tx, workflow, booking):
        post_about_booking(tx, workflow, booking)


def _is_called_for(tx: Transaction, workflow: Workflow, booking: Booking) -> bool:
    """Whether the workflow is active on the booking, and whoever it waits for has not come."""
    if not is_active_on(tx, workflow, tx[EVENT_TYPES].get(booking.event_type_id)):
        return False
    if workflow.trigger in ("beforeEvent", "afterEvent"):
        return True
    if booking.location != CAL_VIDEO_LOCATION:
        return False
    if workflow.trigger == "afterHostsCalVideoNoShow":
        return booking.no_show_host
    return all(each.no_show for each in tx[ATTENDEES].find(booking_id=booking.id))


def _follow_up(tx: Transaction, job: Job) -> None:
    """Sends the messages if no booking came of the answers, unless the workflow or the form has gone."""
    response = tx[ROUTING_FORM_RESPONSES].get(job.details["responseId"])
    if response is None or response.routed_to_booking_uid is not None or tx.now - job.due > OVERDUE:
        return
    form = tx[ROUTING_FORMS].require(response.form_id)
    for workflow in workflows_of_form(tx, form, "formSubmittedNoEvent"):
        if workflow.id == job.details["workflowId"]:
            post_about_answers(tx, workflow, form, response)


HANDLERS: dict[str, JobHandler] = {KIND: _remind, FORM_KIND: _follow_up}

"""Runs the scheduled messages of workflows.

Source: Cal.com API v2, workflows: side effects.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mock_server.bookings.locations import CAL_VIDEO_LOCATION
from mock_server.bookings.model import Booking
from mock_server.bookings.video_no_shows import guests_missed, hosts_missed
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, ROUTING_FORMS
from mock_server.state.jobs import Job, JobHandler
from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import workflows_of_form
from mock_server.workflows.messages import post_about_answers, post_about_booking
from mock_server.workflows.model import REMINDER_QUEUES, WORKFLOWS, Workflow
from mock_server.workflows.reminders import KIND, bookings_due, schedule_next
from mock_server.workflows.triggers import FORM_KIND

OVERDUE = timedelta(days=1)
"""Messages that are later than this, since the sandbox was not running, are not sent."""


def _remind(tx: Transaction, job: Job) -> None:
    """Sends the messages that are due now, and schedules the next ones, unless the workflow or event type has gone."""
    queue = tx[REMINDER_QUEUES].get(job.id)
    if queue is None:
        return
    tx[REMINDER_QUEUES].delete(queue.id)
    workflow = tx[WORKFLOWS].require(queue.workflow_id)
    if tx.now - job.due <= OVERDUE:
        for booking in bookings_due(tx, workflow, queue.event_type_id, job.due):
            if _is_called_for(tx, workflow, booking, job.due):
                post_about_booking(tx, workflow, booking)
    schedule_next(tx, workflow, queue.event_type_id, max(job.due, tx.now - OVERDUE))


def _is_called_for(tx: Transaction, workflow: Workflow, booking: Booking, due: datetime) -> bool:
    """Whether the workflow sends messages about every booking, or hosts or guests had not come when it was due."""
    if workflow.trigger in ("beforeEvent", "afterEvent"):
        return True
    if booking.location != CAL_VIDEO_LOCATION:
        return False
    if workflow.trigger == "afterHostsCalVideoNoShow":
        return hosts_missed(tx, booking, due)
    return guests_missed(tx, booking, due)


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

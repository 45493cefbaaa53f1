"""Starts workflows: called by the operations on bookings and by the answers to routing forms.

Source: Cal.com API v2, workflows: triggers.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_server.bookings.model import Attendee, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.routing_forms.model import RoutingForm, RoutingFormResponse
from mock_server.state.jobs import schedule
from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import workflows_of_event_type, workflows_of_form
from mock_server.workflows.messages import post_about_answers, post_about_booking
from mock_server.workflows.model import BookingTrigger

FORM_KIND = "workflow-form"


def start_booking_workflows(
    tx: Transaction, trigger: BookingTrigger, booking: Booking, attendees: Sequence[Attendee] | None = None
) -> None:
    """Posts the messages of all workflows with the trigger that are active on the booking's event type.

    `attendees` are those whom the messages are about, if these are not the present attendees of the booking.
    """
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is not None:
        for workflow in workflows_of_event_type(tx, event_type, (trigger,)):
            post_about_booking(tx, workflow, booking, attendees)


def start_form_workflows(tx: Transaction, form: RoutingForm, response: RoutingFormResponse) -> None:
    """A routing form was answered: posts messages, and schedules those for the case that no booking follows."""
    for workflow in workflows_of_form(tx, form, "formSubmitted"):
        post_about_answers(tx, workflow, form, response)
    for workflow in workflows_of_form(tx, form, "formSubmittedNoEvent"):
        try:
            due = tx.now + workflow.offset
        except OverflowError:  # Beyond the calendar, so never.
            continue
        details = {"workflowId": workflow.id, "responseId": response.id}
        schedule(tx, FORM_KIND, due, details, about=f"form-response:{response.id}")

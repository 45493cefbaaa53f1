"""Schedules the messages of workflows before and after bookings, as jobs of the world.

A reminder belongs to one workflow and one booking, and is found by either of them without a scan.

Source: Cal.com API v2, workflows: side effects.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.state.jobs import JOBS, schedule
from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import active_event_types, workflows_of_event_type
from mock_server.workflows.model import REMINDERS, TIMED_TRIGGERS, Reminder, Workflow

KIND = "workflow-reminder"


def schedule_reminders(tx: Transaction, workflow: Workflow) -> None:
    """Schedules a workflow's messages for all upcoming bookings that it is active on."""
    if workflow.trigger not in TIMED_TRIGGERS:
        return
    for event_type in active_event_types(tx, workflow):
        for booking in tx[BOOKINGS].between((tx.now,), None, event_type_id=event_type.id):
            _schedule(tx, workflow, booking)


def schedule_booking_reminders(tx: Transaction, booking: Booking) -> None:
    """Schedules the messages of all workflows for a booking that was accepted."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is not None:
        for workflow in workflows_of_event_type(tx, event_type, TIMED_TRIGGERS):
            _schedule(tx, workflow, booking)


def drop_reminders(tx: Transaction, **owner: int) -> None:
    """Cancels the scheduled messages of a `booking_id` or of a `workflow_id`."""
    for reminder in tx[REMINDERS].find(**owner):
        tx[REMINDERS].delete(reminder.id)
        tx[JOBS].delete(reminder.id)


def _schedule(tx: Transaction, workflow: Workflow, booking: Booking) -> None:
    """Does nothing for a booking that is not accepted, or whose time for the messages has passed."""
    due = _due(workflow, booking)
    if booking.status != "accepted" or due is None or due <= tx.now:
        return
    job = schedule(tx, KIND, due, {})
    tx[REMINDERS].insert(Reminder(id=job.id, workflow_id=workflow.id, booking_id=booking.id))


def _due(workflow: Workflow, booking: Booking) -> datetime | None:
    """When the messages are to be sent; None if that is beyond the calendar."""
    assert workflow.time is not None and workflow.unit is not None
    try:
        offset = timedelta(**{f"{workflow.unit}s": workflow.time})
        if workflow.trigger == "beforeEvent":
            return booking.start - offset
        return (booking.end if workflow.trigger == "afterEvent" else booking.start) + offset
    except OverflowError:
        return None

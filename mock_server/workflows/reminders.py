"""Decides when workflows send messages before and after bookings.

Each workflow has one job for each event type with upcoming bookings, at the time of the next messages. An index of the
bookings finds that time, so that neither a new workflow nor a moved booking touches any other booking.

Source: Cal.com API v2, workflows: side effects.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.state.jobs import JOBS, schedule
from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import active_event_types, workflows_of_event_type
from mock_server.workflows.model import REMINDER_QUEUES, TIMED_TRIGGERS, ReminderQueue, Workflow

KIND = "workflow-reminders"
INSTANT = timedelta(microseconds=1)


def schedule_reminders(tx: Transaction, workflow: Workflow) -> None:
    """Schedules the next messages of a new or changed workflow, for all event types that it is active on."""
    for queue in tx[REMINDER_QUEUES].find(workflow_id=workflow.id):
        _drop(tx, queue)
    if workflow.trigger in TIMED_TRIGGERS:
        for event_type in active_event_types(tx, workflow):
            schedule_next(tx, workflow, event_type.id, tx.now)


def schedule_booking_reminders(tx: Transaction, booking: Booking) -> None:
    """Schedules the messages for a booking that was accepted, where they come before those scheduled so far."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is not None:
        for workflow in workflows_of_event_type(tx, event_type, TIMED_TRIGGERS):
            schedule_next(tx, workflow, event_type.id, tx.now)


def schedule_next(tx: Transaction, workflow: Workflow, event_type_id: int, after: datetime) -> None:
    """Schedules the first messages that are due after a time. Those that are due already, and not sent yet, stay."""
    queue = tx[REMINDER_QUEUES].first(workflow_id=workflow.id, event_type_id=event_type_id)
    if queue is not None and tx[JOBS].require(queue.id).due <= tx.now:
        return
    due = _next_due(tx, workflow, event_type_id, after)
    if due is None:
        if queue is not None:
            _drop(tx, queue)
    elif queue is not None:
        tx[JOBS].update(queue.id, due=due)
    else:
        job = schedule(tx, KIND, due, {})
        tx[REMINDER_QUEUES].insert(ReminderQueue(id=job.id, workflow_id=workflow.id, event_type_id=event_type_id))


def drop_reminders(tx: Transaction, workflow_id: int) -> None:
    """Cancels all scheduled messages of a workflow."""
    for queue in tx[REMINDER_QUEUES].find(workflow_id=workflow_id):
        _drop(tx, queue)


def bookings_due(tx: Transaction, workflow: Workflow, event_type_id: int, due: datetime) -> list[Booking]:
    """The accepted bookings of an event type about which messages are due at exactly that time."""
    field = _field(workflow)
    moment = due - _offset(workflow)
    found = tx[BOOKINGS].walk((field,), (moment,), event_type_id=event_type_id)
    return [each for each in takewhile(lambda each: getattr(each, field) == moment, found) if each.status == "accepted"]


def _next_due(tx: Transaction, workflow: Workflow, event_type_id: int, after: datetime) -> datetime | None:
    """The first time after another at which messages are due, also of bookings that are not accepted (yet)."""
    field = _field(workflow)
    try:
        offset = _offset(workflow)
        found = tx[BOOKINGS].walk((field,), (after - offset + INSTANT,), event_type_id=event_type_id)
        booking = next(found, None)
        return None if booking is None else getattr(booking, field) + offset
    except OverflowError:  # Beyond the calendar, so never.
        return None


def _drop(tx: Transaction, queue: ReminderQueue) -> None:
    tx[REMINDER_QUEUES].delete(queue.id)
    tx[JOBS].delete(queue.id)


def _field(workflow: Workflow) -> str:
    """The time of a booking that the offset counts from."""
    return "end" if workflow.trigger == "afterEvent" else "start"


def _offset(workflow: Workflow) -> timedelta:
    """From that time to the messages. Raises OverflowError."""
    return -workflow.offset if workflow.trigger == "beforeEvent" else workflow.offset

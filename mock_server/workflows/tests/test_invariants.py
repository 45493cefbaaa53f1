"""The doctor finds workflows that contradict their team, their trigger or the scheduled jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_server.bookings.tests.builders import SALES, add_team_event_type, begin
from mock_server.state.transaction import Transaction
from mock_server.workflows.invariants import CHECKS
from mock_server.workflows.model import REMINDER_QUEUES, WORKFLOW_EVENT_TYPES, WORKFLOW_STEPS, WORKFLOWS, ReminderQueue


def workflow(tx: Transaction, **fields: Any) -> int:
    values = {"team_id": SALES, "kind": "event-type", "name": "w", "trigger": "beforeEvent", "time": 1, "unit": "hour"}
    return tx[WORKFLOWS].create(**values | fields).id


def add_step(tx: Transaction, **fields: Any) -> None:
    tx[WORKFLOW_STEPS].create(workflow_id=workflow(tx), number=1, sender="A", subject="S", text="T", **fields)


def activate_on_a_person(tx: Transaction) -> None:
    tx[WORKFLOW_EVENT_TYPES].create(workflow_id=workflow(tx), event_type_id=1)


def queue_without_job(tx: Transaction, **fields: Any) -> None:
    event_type = add_team_event_type(tx, {})
    queue = ReminderQueue(id=999, workflow_id=workflow(tx, **fields), event_type_id=event_type.id)
    tx[REMINDER_QUEUES].insert(queue)


def found(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def test_a_sound_world_has_no_contradictions() -> None:
    tx = begin(edition="2026-03")
    add_step(tx, action="email_address", send_to="sales@acme.example")
    add_step(tx, action="email_attendee")
    assert found(tx) == []


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda tx: workflow(tx, kind="routing-form"), "for a routing-form has the trigger beforeEvent"),
        (lambda tx: workflow(tx, team_id=None), "belongs to team None and user None"),
        (lambda tx: workflow(tx, user_id=1), "and user 1"),
        (lambda tx: workflow(tx, trigger="newEvent"), "has the offset 1 hour"),
        (lambda tx: workflow(tx, unit=None), "has the offset 1 None"),
        (activate_on_a_person, "is active on event type 1 of another owner"),
        (lambda tx: add_step(tx, action="email_address"), "is sent to None"),
        (lambda tx: add_step(tx, action="email_host", send_to="x@y.example"), "is sent to x@y.example"),
        (queue_without_job, "have no job 999"),
        (lambda tx: queue_without_job(tx, trigger="newEvent", time=None, unit=None), "has reminders"),
    ],
)
def test_contradictions_are_found(spoil: Callable[[Transaction], Any], text: str) -> None:
    tx = begin(edition="2026-03")
    spoil(tx)
    assert any(text in each for each in found(tx))

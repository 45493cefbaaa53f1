"""Workflows run on the world's clock: when their messages are sent, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from mock_server.areas import job_handlers
from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.model import (
    ATTENDEES,
    BOOKINGS,
    Booking,
    ConferencingSession,
    MeetingVideo,
    SessionParticipant,
)
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    MEMBER,
    NOW,
    OWNER,
    SALES,
    add_team_event_type,
    at,
    book,
    create_bookings,
    default_world,
    text,
)
from mock_server.bookings.video import store_video
from mock_server.event_types.model import EVENT_TYPES, EventType, Location, Recurrence, Seats
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, ROUTING_FORMS
from mock_server.runtime.outbox import POSTED, Message
from mock_server.state.jobs import JOBS
from mock_server.state.transaction import Event, Transaction
from mock_server.state.worlds import World, Worlds
from mock_server.workflows.model import (
    REMINDER_QUEUES,
    WORKFLOW_EVENT_TYPES,
    WORKFLOW_ROUTING_FORMS,
    WORKFLOW_STEPS,
    WORKFLOWS,
    Workflow,
)
from mock_server.workflows.reminders import schedule_reminders
from mock_server.workflows.saving import delete_workflow
from mock_server.workflows.triggers import start_form_workflows

ROOM = (Location(type="link", link="https://meet.example.com/room", public=True),)
ANN = "ann@example.com"
FORM = "cm8yw3nt0003kc9f6teamform"
HOUR = timedelta(hours=1)


class Lab:
    """A world whose clock moves only on `advance_to`, and the messages of workflows that were posted in it."""

    def __init__(self) -> None:
        start = default_world("2026-03")
        worlds = Worlds(start.schema, lambda: start, real_time=lambda: NOW, job_handlers=job_handlers())
        worlds.listen(self._collect)
        self.world = worlds.default
        self.posted: list[tuple[datetime, Message]] = []

    def _collect(self, _: World, events: list[Event]) -> None:
        for event in events:
            if event.name == POSTED:
                found = [each for each in event.payload["messages"] if each.kind == "workflow"]
                self.posted += [(event.payload["at"], each) for each in found]

    def act(self, change: Callable[[Transaction], Any]) -> Any:
        tx = self.world.begin()
        result = change(tx)
        self.world.commit(tx)
        return result

    def event_type(self, **fields: Any) -> EventType:
        hosts = fields.pop("hosts", {OWNER: {}})
        return self.act(lambda tx: add_team_event_type(tx, hosts, **{"locations": ROOM} | fields))

    def workflow(
        self, trigger: str, *event_types: EventType, time: int | None = None, action: str = "email_attendee"
    ) -> Workflow:
        """A workflow with one step; active on all event types unless some are given. `time` is in hours."""

        def add(tx: Transaction) -> Workflow:
            unit = None if time is None else "hour"
            fields: dict[str, Any] = {"trigger": trigger, "time": time, "unit": unit}
            workflow = tx[WORKFLOWS].create(
                team_id=SALES, kind="event-type", name="w", is_active_on_all=not event_types, **fields
            )
            step: dict[str, Any] = {"number": 1, "action": action, "sender": "Acme", "subject": "S", "text": "T"}
            tx[WORKFLOW_STEPS].create(workflow_id=workflow.id, **step)
            for each in event_types:
                tx[WORKFLOW_EVENT_TYPES].create(workflow_id=workflow.id, event_type_id=each.id)
            schedule_reminders(tx, workflow)
            return workflow

        return self.act(add)

    def book(self, event_type: EventType, start: datetime, **fields: Any) -> Booking:
        return self.act(lambda tx: book(tx, event_type, start, **fields))

    def sent(self) -> list[tuple[datetime, str]]:
        """When messages were sent since the last call, and to whom."""
        found = [(moment, each.to) for moment, each in self.posted]
        self.posted.clear()
        return found

    def advance_to(self, moment: datetime) -> None:
        self.world.advance(moment - self.world.begin().now)


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_reminders_come_before_and_after_the_booking(lab: Lab) -> None:
    event_type = lab.event_type()
    lab.workflow("beforeEvent", event_type, time=24)
    lab.workflow("afterEvent", event_type, time=2)
    lab.book(event_type, at(10))
    assert lab.sent() == []
    lab.advance_to(at(10) - 24 * HOUR - timedelta(seconds=1))
    assert lab.sent() == []
    lab.advance_to(at(14))
    assert lab.sent() == [(at(10) - 24 * HOUR, ANN), (at(13), ANN)]


def test_bookings_that_there_already_are_get_reminders(lab: Lab) -> None:
    event_type = lab.event_type()
    lab.book(event_type, at(9))
    lab.book(event_type, at(11), attendee={"email": "bob@example.com"})
    lab.advance_to(at(7))
    lab.workflow("beforeEvent", time=3)
    lab.advance_to(at(12))
    assert lab.sent() == [(at(8), "bob@example.com")], "three hours before nine have passed already"


def test_a_reminder_moves_with_its_booking_and_goes_with_it(lab: Lab) -> None:
    event_type = lab.event_type()
    lab.workflow("beforeEvent", event_type, time=1)
    first, second = lab.book(event_type, at(9)), lab.book(event_type, at(11))
    lab.act(lambda tx: reschedule(tx, first.uid, {"start": text(at(14))}))
    lab.act(lambda tx: cancel(tx, second.uid, {"cancellationReason": "ill"}, None))
    lab.advance_to(at(16))
    assert lab.sent() == [(at(13), ANN)]


def test_reminders_of_one_moment_are_sent_together_and_each_booking_once(lab: Lab) -> None:
    event_type = lab.event_type(hosts={OWNER: {}, MEMBER: {}})
    lab.workflow("beforeEvent", time=1)
    for guest in ("a@example.com", "b@example.com"):
        lab.book(event_type, at(10), attendee={"email": guest})
    lab.advance_to(at(9))
    assert lab.sent() == [(at(9), "a@example.com"), (at(9), "b@example.com")]
    lab.advance_to(at(11))
    assert lab.sent() == []


def test_a_booking_beside_an_overdue_reminder_does_not_cancel_it(lab: Lab) -> None:
    event_type = lab.event_type()
    lab.workflow("beforeEvent", event_type, time=1)
    lab.book(event_type, at(10))
    late = lab.world.begin()
    late.now = at(9) + timedelta(minutes=1)
    book(late, event_type, at(15))
    lab.world.commit(late)
    lab.advance_to(at(16))
    assert [moment for moment, _ in lab.sent()] == [at(9), at(14)]


def test_a_request_is_reminded_of_only_once_it_is_confirmed(lab: Lab) -> None:
    event_type = lab.event_type(requires_confirmation=True)
    lab.workflow("beforeEvent", event_type, time=1)
    confirmed, pending = lab.book(event_type, at(10)), lab.book(event_type, at(12))
    lab.act(lambda tx: confirm(tx, confirmed.uid, OWNER))
    lab.advance_to(at(13))
    assert lab.sent() == [(at(9), ANN)]
    assert pending.status == "pending"


@pytest.mark.parametrize("trigger", ["afterHostsCalVideoNoShow", "afterGuestsCalVideoNoShow"])
def test_a_no_show_in_cal_video_is_followed_up(lab: Lab, trigger: str) -> None:
    event_type = lab.event_type(locations=())
    lab.workflow(trigger, event_type, time=2)
    missed, held = lab.book(event_type, at(9)), lab.book(event_type, at(12))
    assert held.location == "integrations:daily"

    def mark(tx: Transaction) -> None:
        if trigger == "afterHostsCalVideoNoShow":
            tx[BOOKINGS].update(missed.id, no_show_host=True)
        else:
            for each in tx[ATTENDEES].find(booking_id=missed.id):
                tx[ATTENDEES].update(each.id, no_show=True)

    lab.act(mark)
    lab.advance_to(at(15))
    assert lab.sent() == [(at(11), ANN)]


@pytest.mark.parametrize(
    ("trigger", "joined", "count"),
    [
        ("afterHostsCalVideoNoShow", {"Ann Lee": 0}, 1),
        ("afterHostsCalVideoNoShow", {"Ann Lee": 0, "Olivia Owner": 130}, 1),
        ("afterHostsCalVideoNoShow", {"Ann Lee": 0, "Olivia Owner": 5}, 0),
        ("afterGuestsCalVideoNoShow", {"Olivia Owner": 0}, 1),
        ("afterGuestsCalVideoNoShow", {}, 0),
    ],
)
def test_the_sessions_of_a_meeting_show_who_did_not_come(
    lab: Lab, trigger: str, joined: dict[str, int], count: int
) -> None:
    event_type = lab.event_type(locations=())
    lab.workflow(trigger, event_type, time=2)
    booking = lab.book(event_type, at(9))
    begun = int(booking.start.timestamp())
    participants = tuple(
        SessionParticipant(user_id=None, user_name=name, join_time=begun + 60 * minute, duration=600)
        for name, minute in joined.items()
    )
    session = ConferencingSession(
        id="s", room="r", start_time=begun, duration=900, ongoing=True, max_participants=2, participants=participants
    )
    lab.act(lambda tx: store_video(tx, MeetingVideo(booking_id=booking.id, sessions=(session,))))
    lab.advance_to(at(12))
    assert lab.sent() == [(at(11), ANN)] * count


def test_a_deleted_workflow_leaves_nothing_behind(lab: Lab) -> None:
    event_type = lab.event_type()
    workflow = lab.workflow("beforeEvent", event_type, time=1)
    lab.book(event_type, at(10))
    lab.act(lambda tx: delete_workflow(tx, workflow.id))
    tx = lab.world.begin()
    counts = [tx[each].count() for each in (WORKFLOWS, WORKFLOW_STEPS, WORKFLOW_EVENT_TYPES, REMINDER_QUEUES, JOBS)]
    assert counts == [0, 0, 0, 0, 0]
    lab.advance_to(at(11))
    assert lab.sent() == []


def test_a_deleted_event_type_ends_its_reminders(lab: Lab) -> None:
    event_type = lab.event_type()
    lab.workflow("beforeEvent", event_type, time=1)
    lab.book(event_type, at(10))
    lab.act(lambda tx: tx[EVENT_TYPES].delete(event_type.id))
    lab.advance_to(at(11))
    assert lab.sent() == []


def test_each_event_of_a_booking_starts_its_own_workflows(lab: Lab) -> None:
    event_type = lab.event_type(requires_confirmation=True)
    names = ("bookingRequested", "newEvent", "bookingRejected", "rescheduleEvent", "eventCancelled")
    started: list[str] = []
    workflows = {lab.workflow(name, event_type).id: name for name in names}

    def after(change: Callable[[Transaction], Any]) -> Any:
        result = lab.act(change)
        started.extend(workflows[int(str(each.about["workflowId"]))] for _, each in lab.posted)
        lab.posted.clear()
        return result

    booking = after(lambda tx: book(tx, event_type, at(10)))
    after(lambda tx: confirm(tx, booking.uid, OWNER))
    other = after(lambda tx: book(tx, event_type, at(12)))
    after(lambda tx: decline(tx, other.uid, OWNER, "full"))
    body: Any = {"start": text(at(15)), "rescheduledBy": "owner@acme.example"}
    moved = after(lambda tx: reschedule(tx, booking.uid, body)).booking
    after(lambda tx: cancel(tx, moved.uid, {"cancellationReason": "ill"}, None))
    assert started == [
        "bookingRequested",
        "newEvent",
        "bookingRequested",
        "bookingRejected",
        "rescheduleEvent",
        "eventCancelled",
    ]


def test_of_a_series_only_the_first_booking_is_new(lab: Lab) -> None:
    event_type = lab.event_type(recurrence=Recurrence(interval=1, occurrences=3, frequency="weekly"))
    lab.workflow("newEvent", event_type)
    lab.workflow("beforeEvent", event_type, time=1)
    lab.act(lambda tx: create_bookings(tx, event_type, at(10)))
    assert lab.sent() == [(NOW, ANN)]
    lab.advance_to(at(10, days=14))
    assert [moment for moment, _ in lab.sent()] == [at(9), at(9, days=7), at(9, days=14)]


def test_a_new_seat_is_for_its_own_attendee(lab: Lab) -> None:
    event_type = lab.event_type(seats=Seats(per_time_slot=3))
    lab.workflow("newEvent", event_type)
    for guest in ("a@example.com", "b@example.com"):
        lab.act(lambda tx, guest=guest: create_bookings(tx, event_type, at(10), attendee={"email": guest}))
    assert [to for _, to in lab.sent()] == ["a@example.com", "b@example.com"]


def test_hosts_of_a_collective_event_all_get_the_message(lab: Lab) -> None:
    event_type = lab.event_type(hosts={OWNER: {}, MEMBER: {}}, scheduling_type="collective")
    lab.workflow("newEvent", event_type, action="email_host")
    lab.book(event_type, at(10))
    assert [to for _, to in lab.sent()] == ["owner@acme.example", "member@acme.example"]


def test_a_workflow_for_all_event_types_covers_the_team_and_no_other(lab: Lab) -> None:
    inside, outside = lab.event_type(), lab.event_type(team_id=None, user_id=OWNER, scheduling_type=None, hosts={})
    lab.workflow("newEvent")
    lab.book(outside, at(10))
    assert lab.sent() == []
    lab.book(inside, at(12))
    assert len(lab.sent()) == 1


@pytest.mark.parametrize("is_booked", [False, True])
def test_answers_without_a_booking_are_followed_up(lab: Lab, is_booked: bool) -> None:
    def answer(tx: Transaction) -> None:
        form = tx[ROUTING_FORMS].require(FORM)
        workflow = tx[WORKFLOWS].create(
            team_id=SALES, kind="routing-form", name="w", trigger="formSubmittedNoEvent", time=2, unit="hour"
        )
        step: dict[str, Any] = {"number": 1, "action": "email_address", "sender": "A", "subject": "S", "text": "T"}
        tx[WORKFLOW_STEPS].create(workflow_id=workflow.id, send_to="sales@acme.example", **step)
        tx[WORKFLOW_ROUTING_FORMS].create(workflow_id=workflow.id, form_id=FORM)
        response = tx[ROUTING_FORM_RESPONSES].create(
            form_id=FORM, form_filler_id="filler", response={}, created_at=tx.now
        )
        start_form_workflows(tx, form, response)
        if is_booked:
            tx[ROUTING_FORM_RESPONSES].update(response.id, routed_to_booking_uid="some-uid")

    lab.act(answer)
    lab.advance_to(NOW + 3 * HOUR)
    assert lab.sent() == ([] if is_booked else [(NOW + 2 * HOUR, "sales@acme.example")])


def test_thousands_of_bookings_cost_a_new_workflow_no_more_than_one(lab: Lab) -> None:
    event_type = lab.event_type()

    def add_bookings(tx: Transaction) -> None:
        for number in range(2000):
            start = at(9, number)
            tx[BOOKINGS].create(
                uid=f"uid-{number}",
                title="Talk",
                start=start,
                end=start + HOUR,
                status="accepted",
                created_at=NOW,
                updated_at=NOW,
                user_id=OWNER,
                event_type_id=event_type.id,
            )

    lab.act(add_bookings)
    lab.workflow("beforeEvent", event_type, time=1, action="email_host")
    tx = lab.world.begin()
    assert (tx[REMINDER_QUEUES].count(), tx[JOBS].count()) == (1, 1)
    lab.advance_to(at(8, 100))
    assert len(lab.sent()) == 101
    tx = lab.world.begin()
    assert (tx[REMINDER_QUEUES].count(), tx[JOBS].count()) == (1, 1)

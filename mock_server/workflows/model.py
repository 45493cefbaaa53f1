"""Workflows of teams and users, their steps, what they are active on, and when their next messages are due."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import msgspec

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

Kind = Literal["event-type", "routing-form"]
TimeUnit = Literal["hour", "minute", "day"]
Action = Literal[
    "email_host",
    "email_attendee",
    "email_address",
    "sms_attendee",
    "sms_number",
    "whatsapp_attendee",
    "whatsapp_number",
]
BookingTrigger = Literal[
    "beforeEvent",
    "eventCancelled",
    "newEvent",
    "afterEvent",
    "rescheduleEvent",
    "afterHostsCalVideoNoShow",
    "afterGuestsCalVideoNoShow",
    "bookingRejected",
    "bookingRequested",
    "bookingPaymentInitiated",
    "bookingPaid",
    "bookingNoShowUpdated",
]
FormTrigger = Literal["formSubmitted", "formSubmittedNoEvent"]
Trigger = BookingTrigger | FormTrigger

TIMED_TRIGGERS: frozenset[BookingTrigger] = frozenset(
    {"beforeEvent", "afterEvent", "afterHostsCalVideoNoShow", "afterGuestsCalVideoNoShow"}
)
"""Triggers of bookings that come some time before or after an event."""

OFFSET_TRIGGERS = frozenset({*TIMED_TRIGGERS, "formSubmittedNoEvent"})
"""Triggers with an offset."""


class Owner(msgspec.Struct, frozen=True):
    """A team, or a user: the owner of workflows, event types and verified addresses."""

    team_id: int | None = None
    user_id: int | None = None


class Workflow(Entity):
    """A workflow of a team, or of a user. `time` and `unit` are the offset of one of OFFSET_TRIGGERS, else None."""

    id: int
    kind: Kind
    name: str
    trigger: Trigger
    time: int | None = None
    unit: TimeUnit | None = None
    is_active_on_all: bool = False
    team_id: int | None = None
    user_id: int | None = None

    @property
    def owner(self) -> Owner:
        """The team or the user."""
        return Owner(self.team_id, self.user_id)

    @property
    def offset(self) -> timedelta:
        """The offset of one of OFFSET_TRIGGERS. Raises OverflowError if it is longer than the calendar."""
        assert self.time is not None and self.unit is not None
        return timedelta(**{f"{self.unit}s": self.time})


class WorkflowStep(Entity):
    """A message of a workflow. `send_to` is the verified address or number; `text` is HTML for e-mails.

    `is_translated`, from `language`, is stored only: the sandbox does not translate.
    """

    id: int
    workflow_id: int
    number: int
    action: Action
    sender: str
    subject: str
    text: str
    send_to: str | None = None
    includes_event: bool = False
    phone_required: bool = False
    skips_absent_attendees: bool = False
    is_translated: bool = False
    language: str = "en"


class WorkflowEventType(Entity):
    """An event type that a workflow is active on."""

    id: int
    workflow_id: int
    event_type_id: int


class WorkflowRoutingForm(Entity):
    """A routing form that a workflow is active on."""

    id: int
    workflow_id: int
    form_id: str


class ReminderQueue(Entity):
    """The job with the same id sends the next messages of a workflow before or after the bookings of an event type."""

    id: int
    workflow_id: int
    event_type_id: int


WORKFLOWS = Collection(
    "workflows",
    Workflow,
    indexes=(
        Index(("team_id", "kind")),
        Index(("team_id", "trigger", "is_active_on_all")),
        Index(("user_id", "kind")),
        Index(("user_id", "trigger", "is_active_on_all")),
    ),
    references=(Reference("team_id", "teams"), Reference("user_id", "users")),
)
WORKFLOW_STEPS = Collection(
    "workflow_steps",
    WorkflowStep,
    indexes=(Index(("workflow_id",), ("number",)),),
    references=(Reference("workflow_id", "workflows"),),
)
WORKFLOW_EVENT_TYPES = Collection(
    "workflow_event_types",
    WorkflowEventType,
    unique=(("workflow_id", "event_type_id"),),
    references=(Reference("workflow_id", "workflows"), Reference("event_type_id", "event_types")),
)
WORKFLOW_ROUTING_FORMS = Collection(
    "workflow_routing_forms",
    WorkflowRoutingForm,
    unique=(("workflow_id", "form_id"),),
    references=(Reference("workflow_id", "workflows"), Reference("form_id", "routing_forms")),
)
REMINDER_QUEUES = Collection(
    "reminder_queues",
    ReminderQueue,
    unique=(("workflow_id", "event_type_id"),),
    references=(Reference("workflow_id", "workflows"), Reference("event_type_id", "event_types")),
)

COLLECTIONS = (WORKFLOWS, WORKFLOW_STEPS, WORKFLOW_EVENT_TYPES, WORKFLOW_ROUTING_FORMS, REMINDER_QUEUES)

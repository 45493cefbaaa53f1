"""Submits answers to a routing form: stores them, and finds where they lead.

Source: Cal.com API v2, routing forms: submit a response, calculate slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.routing_forms.fields import Answer, Field, check_answers, fields_of, read_answers, stored_response
from mock_server.routing_forms.members import routed_members
from mock_server.routing_forms.model import (
    QUEUED_RESPONSES,
    ROUTING_FORM_RESPONSES,
    QueuedResponse,
    RoutingForm,
    RoutingFormResponse,
)
from mock_server.routing_forms.routes import Route, choose_route, event_type_slug, filled_in
from mock_server.runtime.errors import NotFound
from mock_server.state.jobs import schedule
from mock_server.state.transaction import Transaction

QUEUED_FOR = timedelta(hours=1)
"""How long a queued response is kept. The live service deletes them from time to time."""

EXPIRY = "queued-routing-form-response"


class Submission(msgspec.Struct, frozen=True):
    """Answers to a form, and the route that they choose. `body` is the request's."""

    form: RoutingForm
    fields: list[Field]
    answers: Mapping[str, Answer]
    body: Mapping[str, Any]
    route: Route

    @property
    def address(self) -> str:
        """The address of the route, with answers filled in."""
        return filled_in(self.route.value, self.fields, self.answers)

    @property
    def response(self) -> dict[str, Any]:
        """The answers as they are stored."""
        return stored_response(self.fields, self.answers)

    def members(self, tx: Transaction) -> tuple[int, ...]:
        """The ids of the members to whom the route leads. Empty: all hosts."""
        return routed_members(tx, self.route, self.form.team_id, self.fields, self.answers)


def read_submission(form: RoutingForm, body: Mapping[str, Any]) -> Submission:
    """Checks the answers. Raises BadRequest for missing and malformed ones, and where no route applies."""
    fields = fields_of(form)
    answers = read_answers(fields, body)
    route = choose_route(form, answers)
    check_answers(fields, answers)
    return Submission(form, fields, answers, body, route)


def store_response(tx: Transaction, submission: Submission) -> RoutingFormResponse:
    """Stores a response."""
    return tx[ROUTING_FORM_RESPONSES].create(
        form_id=submission.form.id,
        form_filler_id=tx.identifiers.cuid(),
        response=submission.response,
        created_at=tx.now,
        chosen_route_id=submission.route.id,
    )


def queue_response(tx: Transaction, submission: Submission) -> QueuedResponse:
    """Stores a queued response for an hour."""
    queued = QueuedResponse(
        id=tx.identifiers.cuid(),
        form_id=submission.form.id,
        response=submission.response,
        created_at=tx.now,
        chosen_route_id=submission.route.id,
    )
    tx[QUEUED_RESPONSES].insert(queued)
    schedule(tx, EXPIRY, tx.now + QUEUED_FOR, {"id": queued.id})
    return queued


def event_type_of(tx: Transaction, submission: Submission, caller_id: int) -> EventType:
    """The event type that the route leads to: the team's, or for a personal form the caller's. Raises NotFound."""
    slug = event_type_slug(submission.address)
    team_id = submission.form.team_id
    owner = {"user_id": caller_id} if team_id is None else {"team_id": team_id}
    event_type = tx[EVENT_TYPES].first(slug=slug, **owner)
    if event_type is None:
        raise NotFound(f"Chosen event type identified by slug {slug} not found.")
    return event_type

"""Routing forms and responses in replies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from mock_server.routing_forms.model import RoutingForm, RoutingFormResponse
from mock_server.runtime.dates import iso
from mock_server.runtime.json_values import is_object


class Routing(TypedDict, total=False):
    """The part of a submission's reply that `POST /v2/bookings` takes as `routing`. Either kind of id is there."""

    responseId: int
    queuedResponseId: str
    teamMemberIds: list[int]
    skipContactOwner: bool


SHOWN_ANSWER_KEYS = ("label", "identifier", "value")


def form_view(form: RoutingForm) -> dict[str, object]:
    """A form with all stored fields."""
    return {
        "id": form.id,
        "name": form.name,
        "description": form.description,
        "position": form.position,
        "routes": form.routes,
        "fields": form.fields,
        "settings": form.settings,
        "createdAt": iso(form.created_at),
        "updatedAt": iso(form.updated_at),
        "userId": form.user_id,
        "teamId": form.team_id,
        "disabled": form.disabled,
        "updatedById": form.updated_by_id,
    }


def response_view(response: RoutingFormResponse) -> dict[str, object]:
    """A response. Answers that are objects show only SHOWN_ANSWER_KEYS."""
    return {
        "id": response.id,
        "formId": response.form_id,
        "formFillerId": response.form_filler_id,
        "routedToBookingUid": response.routed_to_booking_uid,
        "response": {field: _answer_view(answer) for field, answer in response.response.items()},
        "createdAt": iso(response.created_at),
    }


def _answer_view(answer: object) -> object:
    if not is_object(answer):
        return answer
    return {name: answer[name] for name in SHOWN_ANSWER_KEYS if name in answer}


def routing_view(ids: Routing, members: Iterable[int], *, skips_owner: bool) -> Routing:
    """What a booking that follows a submission needs to know about it."""
    return {**ids, "teamMemberIds": list(members), "skipContactOwner": skips_owner}

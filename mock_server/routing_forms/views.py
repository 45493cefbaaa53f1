"""Routing forms and responses as replies show them."""

from __future__ import annotations

from typing import Any

from mock_server.routing_forms.model import RoutingForm, RoutingFormResponse
from mock_server.runtime.dates import iso

SHOWN_OF_ANSWER = ("label", "identifier", "value")


def form_view(form: RoutingForm) -> dict[str, Any]:
    """A form, all that is stored of it."""
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


def response_view(response: RoutingFormResponse) -> dict[str, Any]:
    """A response; of an answer that is an object, only three keys are shown."""
    return {
        "id": response.id,
        "formId": response.form_id,
        "formFillerId": response.form_filler_id,
        "routedToBookingUid": response.routed_to_booking_uid,
        "response": {field: _shown(answer) for field, answer in response.response.items()},
        "createdAt": iso(response.created_at),
    }


def _shown(answer: Any) -> Any:
    if not isinstance(answer, dict):
        return answer
    return {name: answer[name] for name in SHOWN_OF_ANSWER if name in answer}

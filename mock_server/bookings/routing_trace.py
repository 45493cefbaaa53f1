"""How a booking was routed: the answers to the routing form that led to it.

Source: Cal.com API v2, bookings: routing trace.
"""

from __future__ import annotations

from mock_server.bookings.model import Booking
from mock_server.routing_forms.fields import fields_of, readable
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, ROUTING_FORMS, RoutingForm, RoutingFormResponse
from mock_server.runtime.json_values import is_object
from mock_server.state.transaction import Transaction


def routing_trace(tx: Transaction, booking: Booking) -> dict[str, object]:
    """The trace of a booking. No steps are recorded: the sandbox asks no CRM for an owner."""
    response = tx[ROUTING_FORM_RESPONSES].first(routed_to_booking_uid=booking.uid)
    submission = None if response is None else _submission(tx[ROUTING_FORMS].require(response.form_id), response)
    return {"steps": [], "groups": [], "formSubmission": submission}


def _submission(form: RoutingForm, response: RoutingFormResponse) -> dict[str, object]:
    answers: list[dict[str, str]] = []
    for field in fields_of(form):
        answer = response.response.get(field.id)
        if is_object(answer) and answer.get("value"):
            shown = readable(field, answer["value"])
            answers.append({"fieldId": field.id, "label": field.label, "displayValue": shown})
    return {"form": {"name": form.name, "description": form.description}, "responses": answers}

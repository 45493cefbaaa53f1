"""How a booking was routed: the answers to the routing form that led to it, and the route that they satisfied.

Source: Cal.com API v2, bookings: routing trace.
"""

from __future__ import annotations

from mock_server.bookings.model import Booking
from mock_server.routing_forms.fields import fields_of, readable
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, ROUTING_FORMS, RoutingForm, RoutingFormResponse
from mock_server.runtime.instants import milliseconds
from mock_server.runtime.json_values import is_object
from mock_server.state.transaction import Transaction

ROUND = "1"
"""The sandbox routes once: it asks no CRM for an owner."""
DOMAIN = "routing_form"


def routing_trace(tx: Transaction, booking: Booking) -> dict[str, object]:
    """The trace of a booking, empty without a form."""
    response = tx[ROUTING_FORM_RESPONSES].first(routed_to_booking_uid=booking.uid)
    if response is None:
        return {"steps": [], "groups": [], "formSubmission": None}
    form = tx[ROUTING_FORMS].require(response.form_id)
    steps = _steps(form, response)
    groups = [{"round": ROUND, "domain": DOMAIN, "steps": steps}] if steps else []
    return {"steps": steps, "groups": groups, "formSubmission": _submission(form, response)}


def _steps(form: RoutingForm, response: RoutingFormResponse) -> list[dict[str, object]]:
    """The choice of the route. None for a response that was not routed, or whose route the form no longer has."""
    routes = [each for each in form.routes or () if is_object(each) and each.get("id") == response.chosen_route_id]
    if response.chosen_route_id is None or not routes:
        return []
    is_fallback = bool(routes[0].get("isFallback"))
    step: dict[str, object] = {
        "message": "No route matched, so the fallback was used" if is_fallback else "Route matched",
        "round": ROUND,
        "domain": DOMAIN,
        "step": "fallback_route_used" if is_fallback else "route_matched",
        "timestamp": milliseconds(response.created_at),
        "data": {"routeId": response.chosen_route_id, "isFallback": is_fallback},
    }
    return [step]


def _submission(form: RoutingForm, response: RoutingFormResponse) -> dict[str, object]:
    answers: list[dict[str, str]] = []
    for field in fields_of(form):
        answer = response.response.get(field.id)
        if is_object(answer) and answer.get("value"):
            shown = readable(field, answer["value"])
            answers.append({"fieldId": field.id, "label": field.label, "displayValue": shown})
    return {"form": {"name": form.name, "description": form.description}, "responses": answers}

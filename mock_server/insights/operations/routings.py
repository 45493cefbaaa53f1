"""Operations that show figures about the answers to routing forms.

Source: Cal.com API v2, insights: routings.
"""

from __future__ import annotations

from mock_server.insights.routing_figures import (
    counts_by_status,
    failed_bookings,
    form_fields,
    read_routing_query,
    response_page,
    routed_users,
)
from mock_server.insights.scopes import read_scope
from mock_server.runtime.call import Call


def get_routing_forms_by_status(call: Call) -> dict[str, int]:
    """How many responses led to bookings."""
    return counts_by_status(call.tx, read_routing_query(call))


def list_routing_insight_responses(call: Call) -> dict[str, object]:
    """A page of the responses to routing forms."""
    return response_page(call.tx, read_routing_query(call), call.body)


def list_routing_insight_field_options(call: Call) -> list[dict[str, object]]:
    """The fields of routing forms with their options."""
    return form_fields(call.tx, read_scope(call), call.body.get("routingFormId"))


def list_routing_insight_headers(call: Call) -> list[dict[str, object]]:
    """The fields of routing forms, as the headers of a table of responses."""
    return form_fields(call.tx, read_scope(call), call.body.get("routingFormId"))


def get_failed_bookings_by_field(call: Call) -> dict[str, dict[str, list[dict[str, object]]]]:
    """Options in responses that led to no booking."""
    return failed_bookings(call.tx, read_routing_query(call))


def get_routed_to_per_period(call: Call) -> dict[str, object]:
    """The bookings to which forms led, by member and period."""
    return routed_users(call.tx, read_routing_query(call), call.body)

"""Operations that submit answers to routing forms, or calculate slots from them.

Source: Cal.com API v2, routing forms: submit a response, calculate slots.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from mock_server.bookings.booker_limits import hosts_to_keep
from mock_server.bookings.host_assignment import routed_hosts
from mock_server.bookings.model import BOOKINGS
from mock_server.event_types.hosts import EventHost, hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.routing_forms.form_webhooks import emit_submitted
from mock_server.routing_forms.mails import post_new_response
from mock_server.routing_forms.model import ROUTING_FORMS, RoutingForm
from mock_server.routing_forms.routes import event_type_slug, external_address
from mock_server.routing_forms.submission import (
    Submission,
    event_type_of,
    queue_response,
    read_submission,
    store_response,
)
from mock_server.routing_forms.views import Routing, routing_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.runtime.limit import Limit
from mock_server.runtime.rate_limits import check_limit
from mock_server.slots.availability import available_slots
from mock_server.slots.loading import Bookable
from mock_server.slots.queries import SlotsQuery
from mock_server.slots.search import input_for_query
from mock_server.slots.views import SlotView, slots_view
from mock_server.teams.model import TEAMS
from mock_server.workflows.triggers import start_form_workflows

EQUAL_ANSWERS = Limit("equal_answers", hits=10)
"""How often the same answers to a form are taken within a minute."""
TEAM_OF_ORGANIZATION = (
    "This team belongs to an organization. Use "
    "POST /v2/organizations/{orgId}/teams/{teamId}/routing-forms/{routingFormId}/responses instead."
)
_NO_ROUTE = "Route to which the form response should be redirected not found."


def create_organization_routing_form_response(call: Call) -> dict[str, object]:
    """Submits answers to any form that the caller may use."""
    return _submit(call)


def create_organization_team_routing_form_response(call: Call) -> dict[str, object]:
    """Submits answers to a form of the team."""
    return _submit(call)


def create_team_routing_form_response(call: Call) -> dict[str, object]:
    """Submits answers to a form of a team outside of organizations. Raises BadRequest for a team of one."""
    if call.tx[TEAMS].require(call.path_number("teamId")).parent_id is not None:
        raise BadRequest(TEAM_OF_ORGANIZATION)
    return _submit(call)


def calculate_routing_form_slots(call: Call) -> dict[str, object]:
    """The slots of the event type to which the answers lead. Stores nothing."""
    if not call.body and call.has("answers-required"):
        raise BadRequest("The answers to the routing form are required.")
    form = call.tx[ROUTING_FORMS].get(call.path["routingFormId"])
    if form is None:
        raise NotFound(_NO_ROUTE)
    try:
        submission = read_submission(form, call.body)
    except BadRequest:
        raise NotFound(_NO_ROUTE) from None
    event_type = _team_event_type(call, submission)
    members = submission.members(call.tx)
    return {"eventTypeId": event_type.id, "slots": _slots(call, event_type, members)}


def _submit(call: Call) -> dict[str, object]:
    _check_dates(call)
    check_limit(call, EQUAL_ANSWERS, f"{call.path['routingFormId']} {_canonical(call.body)}")
    submission = read_submission(_form(call), call.body)
    action = submission.route.action
    if action == "customPageMessage":
        _store(call, submission)
        return {"routingCustomMessage": submission.route.value}
    if action == "externalRedirectUrl":
        _store(call, submission)
        return {"routingExternalRedirectUrl": external_address(submission.address, submission.form, call.body)}
    event_type = event_type_of(call.tx, submission, call.caller.user_id)
    members = submission.members(call.tx)
    routing = routing_view(_store(call, submission), members, skips_owner=submission.route.skips_contact_owner)
    return {"routing": routing, "eventTypeId": event_type.id, "slots": _slots(call, event_type, members)}


def _canonical(answers: Mapping[str, object]) -> str:
    return msgspec.json.encode(answers, order="sorted").decode()


def _form(call: Call) -> RoutingForm:
    form = call.tx[ROUTING_FORMS].get(call.path["routingFormId"])
    if form is None:
        raise NotFound("Routing form not found.")
    return form


def _check_dates(call: Call) -> None:
    start, end = _query(call).instants()
    if end < start:
        raise BadRequest("End date cannot be before start date.")


def _store(call: Call, submission: Submission) -> Routing:
    """Stores or queues the response. Only a stored one is announced."""
    if str(call.query.get("queueResponse", "")).lower() == "true":
        return {"queuedResponseId": queue_response(call.tx, submission).id}
    response = store_response(call.tx, submission)
    emit_submitted(call.tx, submission, response)
    post_new_response(call.tx, submission, response)
    start_form_workflows(call.tx, submission.form, response)
    return {"responseId": response.id}


def _team_event_type(call: Call, submission: Submission) -> EventType:
    match submission.route.action:
        case "customPageMessage":
            raise NotFound(_NO_ROUTE)
        case "externalRedirectUrl":
            raise NotFound("Routed to a non cal.com event type URL.")
        case _:
            pass
    if submission.form.team_id is None:
        raise NotFound("Team ID not found in the routed URL.")
    slug = event_type_slug(submission.address)
    if not slug:
        raise NotFound("Event type slug not found in the routed URL.")
    event_type = call.tx[EVENT_TYPES].first(team_id=submission.form.team_id, slug=slug)
    if event_type is None:
        raise NotFound("Event type not found.")
    return event_type


def _slots(call: Call, event_type: EventType, members: Collection[int]) -> dict[str, list[SlotView]]:
    """The slots of the event type's hosts among `members`, or of all its hosts."""
    query = _query(call)
    hosts = _hosts(call, event_type, members)
    inputs = input_for_query(call.tx, Bookable(event_type, hosts), query)
    length = query.duration or event_type.length
    return slots_view(available_slots(inputs), query, length, inputs.settings.seats, call.identifiers)


def _hosts(call: Call, event_type: EventType, members: Collection[int]) -> tuple[EventHost, ...]:
    """The hosts among `members`; where `rescheduleWithSameHost` decides, those of the booking to reschedule."""
    hosts = routed_hosts(tuple(hosts_of(call.tx, event_type)), members)
    same_host = call.query.get("rescheduleWithSameHost")
    booking = call.tx[BOOKINGS].first(uid=call.query.get("bookingUidToReschedule"))
    if booking is None or same_host is None:
        return hosts
    return hosts_to_keep(call.tx, event_type, booking, hosts, same_host)


def _query(call: Call) -> SlotsQuery:
    query = call.query
    return SlotsQuery(
        query["start"],
        query["end"],
        time_zone=query.get("timeZone"),
        duration=query.get("duration"),
        format=query.get("format") or "time",
        rescheduled=query.get("bookingUidToReschedule"),
    )

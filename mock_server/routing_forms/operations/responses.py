"""Operations on routing forms of an organization's teams, and on the responses to them.

Source: Cal.com API v2, routing forms of organizations and teams.
"""

from __future__ import annotations

from mock_server.routing_forms.listing import CREATED, list_page
from mock_server.routing_forms.model import (
    ROUTING_FORM_RESPONSES,
    ROUTING_FORMS,
    RoutingForm,
    RoutingFormResponse,
)
from mock_server.routing_forms.views import form_view, response_view
from mock_server.runtime.call import Call
from mock_server.state.errors import RecordNotFound
from mock_server.teams.model import TEAMS


def list_organization_routing_forms(call: Call) -> list[dict[str, object]]:
    """The forms of the organization's teams, or only of those in `teamIds`."""
    teams = [team.id for team in call.tx[TEAMS].find(parent_id=call.path_number("orgId"))]
    team_ids = call.query.get("teamIds")
    forms = [
        form
        for team_id in teams
        if team_ids is None or team_id in team_ids
        for form in call.tx[ROUTING_FORMS].find(team_id=team_id)
    ]
    return [form_view(form) for form in list_page(forms, call.query)]


def list_organization_routing_form_responses(call: Call) -> list[dict[str, object]]:
    """The responses to a form of one of the organization's teams."""
    return [response_view(each) for each in list_page(_responses(call, _form_of_organization(call)), call.query)]


def update_organization_routing_form_response(call: Call) -> dict[str, object]:
    """Replaces all answers of a response."""
    return _update_response(call, _form_of_organization(call))


def list_organization_team_routing_forms(call: Call) -> list[dict[str, object]]:
    """The forms of the team."""
    forms = call.tx[ROUTING_FORMS].find(team_id=call.path_number("teamId"))
    return [form_view(form) for form in list_page(forms, call.query)]


def list_organization_team_routing_form_responses(call: Call) -> list[dict[str, object]]:
    """The responses to a form of the team. `updatedAt` neither filters nor sorts here, as upstream."""
    form = call.tx[ROUTING_FORMS].require(call.path["routingFormId"])
    return [response_view(each) for each in list_page(_responses(call, form), call.query, (CREATED,))]


def update_organization_team_routing_form_response(call: Call) -> dict[str, object]:
    """Replaces all answers of a response."""
    return _update_response(call, call.tx[ROUTING_FORMS].require(call.path["routingFormId"]))


def _form_of_organization(call: Call) -> RoutingForm:
    form = call.tx[ROUTING_FORMS].require(call.path["routingFormId"])
    team = call.tx[TEAMS].get(form.team_id)
    if team is None or team.parent_id != call.path_number("orgId"):
        raise RecordNotFound(f"routing_forms {form.id} of organization {call.path['orgId']}")
    return form


def _responses(call: Call, form: RoutingForm) -> list[RoutingFormResponse]:
    responses = call.tx[ROUTING_FORM_RESPONSES].find(form_id=form.id)
    booking_uid = call.query.get("routedToBookingUid")
    return [each for each in responses if booking_uid is None or each.routed_to_booking_uid == booking_uid]


def _update_response(call: Call, form: RoutingForm) -> dict[str, object]:
    response = call.tx[ROUTING_FORM_RESPONSES].require(call.path_number("responseId"))
    if response.form_id != form.id:
        raise RecordNotFound(f"routing_form_responses {response.id} of form {form.id}")
    changes = {"response": call.body["response"]} if "response" in call.body else {}
    return response_view(call.tx[ROUTING_FORM_RESPONSES].update(response.id, **changes, updated_at=call.now))

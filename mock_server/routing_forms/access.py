"""Access rules of routing forms."""

from __future__ import annotations

from mock_server.organizations.access import role
from mock_server.routing_forms.model import ROUTING_FORMS
from mock_server.runtime.access import named
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Forbidden, NotFound


def routing_form_in_team(call: Call, _: None) -> None:
    """`routingFormId` belongs to `teamId`."""
    team_id, form_id = call.path_number("teamId"), call.path["routingFormId"]
    form = call.tx[ROUTING_FORMS].get(form_id)
    if form is not None and form.team_id == team_id:
        return
    if call.has("foreign-things-are-forbidden"):
        raise Forbidden(f"team with id=({team_id}) does not own routing form with id=({form_id}).")
    raise NotFound(f"Team with id=({team_id}) routing form with id=({form_id}) not found.")


def answerable_routing_form(call: Call, _: None) -> None:
    """The caller is an admin of `orgId`, or `routingFormId` is a personal form of the caller."""
    form_id = call.path["routingFormId"]
    form = call.tx[ROUTING_FORMS].get(form_id)
    if form is not None and form.team_id is None and form.user_id == call.caller.user_id:
        return
    try:
        role(call, "ORG_ADMIN")
    except Forbidden:
        text = f"Routing Form with id={form_id} is not a user Routing Form owned by user with id={call.caller.user_id}."
        raise Forbidden(text) from None


RULES = {
    "routing-form-in-team": named("IsRoutingFormInTeam", routing_form_in_team),
    "answerable-routing-form": answerable_routing_form,
}

"""Access rules of routing forms."""

from __future__ import annotations

from mock_server.identity.model import USERS
from mock_server.routing_forms.model import ROUTING_FORMS, RoutingForm
from mock_server.runtime.access import named
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Forbidden, NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS


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
    """`routingFormId` is a personal form of the caller, or the caller is an admin of `orgId`, whose form it is.

    Forms of an organization are its own, those of its teams, and the personal ones of its members. An unknown form is
    left to the operation.
    """
    form_id, caller_id = call.path["routingFormId"], call.caller.user_id
    form = call.tx[ROUTING_FORMS].get(form_id)
    if form is not None and form.team_id is None and form.user_id == caller_id:
        return
    is_system_administrator = call.tx[USERS].require(caller_id).role == "ADMIN"
    if not is_system_administrator:
        organization_id = call.path_number("orgId")
        is_admin = has_rank(membership_of(call.tx, caller_id, organization_id), "ADMIN")
        if not is_admin or (form is not None and not _is_form_of(call.tx, form, organization_id)):
            text = f"Routing Form with id={form_id} is not a user Routing Form owned by user with id={caller_id}."
            raise Forbidden(text)


def _is_form_of(tx: Transaction, form: RoutingForm, organization_id: int) -> bool:
    if form.team_id is None:
        return membership_of(tx, form.user_id, organization_id) is not None
    return organization_id in (form.team_id, tx[TEAMS].require(form.team_id).parent_id)


RULES = {
    "routing-form-in-team": named("IsRoutingFormInTeam", routing_form_in_team),
    "answerable-routing-form": answerable_routing_form,
}

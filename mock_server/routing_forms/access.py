"""Access rules of routing forms."""

from __future__ import annotations

from mock_server.identity.model import USERS
from mock_server.routing_forms.model import ROUTING_FORMS
from mock_server.runtime.access import named
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Forbidden, NotFound
from mock_server.teams.memberships import has_rank, membership_of


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
    is_own = form is not None and form.team_id is None and form.user_id == call.caller.user_id
    if not is_own and not _is_admin(call):
        text = f"Routing Form with id={form_id} is not a user Routing Form owned by user with id={call.caller.user_id}."
        raise Forbidden(text)


def _is_admin(call: Call) -> bool:
    """Whether the caller is an admin or owner of the organization, or a system administrator."""
    user_id = call.caller.user_id
    is_system_administrator = call.tx[USERS].require(user_id).role == "ADMIN"
    return is_system_administrator or has_rank(membership_of(call.tx, user_id, call.path_number("orgId")), "ADMIN")


RULES = {
    "routing-form-in-team": named("IsRoutingFormInTeam", routing_form_in_team),
    "answerable-routing-form": answerable_routing_form,
}

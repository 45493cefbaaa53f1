"""Operations on the caller's booking limits: overall, and in teams.

Source: Cal.com API v2, booking limits of the caller.
"""

from __future__ import annotations

from typing import Any

from mock_server.booking_limits.limits import (
    changed_numbers,
    hosting_membership,
    limited_teams,
    numbers_of,
    overall_limits,
    team_limits,
)
from mock_server.booking_limits.model import (
    OVERALL_BOOKING_LIMITS,
    OWN_TEAM_BOOKING_LIMITS,
    OverallBookingLimits,
    OwnTeamBookingLimits,
)
from mock_server.booking_limits.views import all_limits_view, limits_view, team_limits_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.teams.model import TEAMS


def get_booking_limits(call: Call) -> dict[str, Any]:
    """The caller's overall limits."""
    return limits_view(overall_limits(call.tx, call.caller.user_id))


def update_booking_limits(call: Call) -> dict[str, Any]:
    """Sets the given numbers; null removes one."""
    limits, user_id, fields = call.tx[OVERALL_BOOKING_LIMITS], call.caller.user_id, changed_numbers(call.body)
    if limits.get(user_id) is None:
        limits.insert(OverallBookingLimits(user_id=user_id))
    changed = limits.update(user_id, **fields)
    if not numbers_of(changed):
        limits.delete(user_id)
    return limits_view(numbers_of(changed))


def delete_booking_limits(call: Call) -> None:
    """Removes all of the caller's overall limits."""
    if call.tx[OVERALL_BOOKING_LIMITS].get(call.caller.user_id) is not None:
        call.tx[OVERALL_BOOKING_LIMITS].delete(call.caller.user_id)


def list_team_booking_limits(call: Call) -> dict[str, Any]:
    """The limits in all teams that have some for the caller as a round robin host."""
    user_id = call.caller.user_id
    return all_limits_view(limited_teams(call.tx, user_id), overall_limits(call.tx, user_id))


def update_team_booking_limits(call: Call) -> dict[str, Any]:
    """Sets the caller's own numbers in a team; with null, the team's number applies again."""
    team_id, limits = call.path_number("teamId"), call.tx[OWN_TEAM_BOOKING_LIMITS]
    membership = hosting_membership(call.tx, call.caller.user_id, team_id)
    if membership is None:
        raise BadRequest(f"You are not a round robin host in the team with id={team_id}.")
    fields = changed_numbers(call.body)
    if limits.get(membership.id) is None:
        limits.insert(OwnTeamBookingLimits(membership_id=membership.id))
    changed = limits.update(membership.id, **fields)
    if not numbers_of(changed):
        limits.delete(membership.id)
    return team_limits_view(team_limits(call.tx, call.caller.user_id, call.tx[TEAMS].require(team_id)))


def delete_team_booking_limits(call: Call) -> None:
    """Removes the caller's own numbers in a team. Raises NotFound where there are none."""
    team_id = call.path_number("teamId")
    membership = hosting_membership(call.tx, call.caller.user_id, team_id)
    if membership is None or call.tx[OWN_TEAM_BOOKING_LIMITS].get(membership.id) is None:
        raise NotFound(f"You have no booking limits of your own in the team with id={team_id}.")
    call.tx[OWN_TEAM_BOOKING_LIMITS].delete(membership.id)

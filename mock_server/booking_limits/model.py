"""Entities of booking limits: a user's overall ones, and a user's own ones in a team."""

from __future__ import annotations

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity


class OverallBookingLimits(Entity):
    """The most bookings of any kind that a user hosts in a period. The key is the user's id."""

    user_id: int
    per_day: int | None = None
    per_week: int | None = None
    per_month: int | None = None
    per_year: int | None = None


class OwnTeamBookingLimits(Entity):
    """A member's own numbers in place of the team's limits, null where the team's apply. The key is the membership."""

    membership_id: int
    per_day: int | None = None
    per_week: int | None = None
    per_month: int | None = None
    per_year: int | None = None


OVERALL_BOOKING_LIMITS = Collection(
    "overall_booking_limits", OverallBookingLimits, key="user_id", references=(Reference("user_id", "users"),)
)
OWN_TEAM_BOOKING_LIMITS = Collection(
    "own_team_booking_limits",
    OwnTeamBookingLimits,
    key="membership_id",
    references=(Reference("membership_id", "memberships"),),
)

COLLECTIONS = (OVERALL_BOOKING_LIMITS, OWN_TEAM_BOOKING_LIMITS)

"""Which booking limits apply to a user: the overall ones, those of teams, and the user's own numbers in teams.

Source: Cal.com API v2, booking limits of the caller.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from mock_server.booking_limits.model import (
    OVERALL_BOOKING_LIMITS,
    OWN_TEAM_BOOKING_LIMITS,
    OverallBookingLimits,
    OwnTeamBookingLimits,
)
from mock_server.event_types.model import EVENT_TYPES, HOSTS, Period
from mock_server.identity.model import USERS
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.json_values import is_object
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import TEAMS, Membership, Team

Numbers = Mapping[Period, int]
"""The most bookings per period, for the periods that have a limit."""

PERIODS: tuple[Period, ...] = ("day", "week", "month", "year")
_IN_BODIES: dict[str, str] = {f"per{period.capitalize()}": f"per_{period}" for period in PERIODS}
_IN_TEAMS: dict[str, Period] = {f"PER_{period.upper()}": period for period in PERIODS}


class TeamLimits(msgspec.Struct, frozen=True):
    """The limits of a round robin host in a team.

    `default` are the team's, `own` the member's (None without any), `effective` those that apply: the own numbers,
    else the team's, and never more than the overall limits.
    """

    team: Team
    default: Numbers
    own: Numbers | None
    effective: Numbers


def numbers_of(limits: OverallBookingLimits | OwnTeamBookingLimits | None) -> dict[Period, int]:
    """The numbers that are set."""
    if limits is None:
        return {}
    numbers = limits.per_day, limits.per_week, limits.per_month, limits.per_year
    return {period: number for period, number in zip(PERIODS, numbers, strict=True) if number is not None}


def changed_numbers(body: Mapping[str, Any]) -> dict[str, int | None]:
    """The fields that a request changes; null removes a number."""
    return {field: body[name] for name, field in _IN_BODIES.items() if name in body}


def overall_limits(tx: Transaction, user_id: int) -> dict[Period, int]:
    """The user's overall limits. They apply to members of organizations, who alone can change them."""
    limits = tx[OVERALL_BOOKING_LIMITS].get(user_id)
    if limits is None or main_organization_id(tx, tx[USERS].require(user_id)) is None:
        return {}
    return numbers_of(limits)


def default_limits(team: Team) -> dict[Period, int]:
    """The limits of a team, which are stored as the text of a JSON object such as `{"PER_DAY": 2}`.

    A text that is none, and values that are no positive integers, limit nothing.
    """
    try:
        stored = json.loads(team.booking_limits or "{}")
    except ValueError:
        return {}
    if not is_object(stored):
        return {}
    return {period: stored[name] for name, period in _IN_TEAMS.items() if _is_limit(stored.get(name))}


def team_limits(tx: Transaction, user_id: int, team: Team) -> TeamLimits:
    """The limits of a user as a round robin host of a team."""
    membership = membership_of(tx, user_id, team.id)
    stored = None if membership is None else tx[OWN_TEAM_BOOKING_LIMITS].get(membership.id)
    own = None if stored is None else numbers_of(stored)
    default, overall = default_limits(team), overall_limits(tx, user_id)
    chosen: dict[Period, int] = {**default, **(own or {})}
    effective: dict[Period, int] = {
        period: min(number, overall.get(period, number)) for period, number in chosen.items()
    }
    return TeamLimits(team, default, own, effective)


def limited_teams(tx: Transaction, user_id: int) -> list[TeamLimits]:
    """The limits in all teams that have some for the user."""
    found = [team_limits(tx, user_id, tx[TEAMS].require(team_id)) for team_id in sorted(hosted_teams(tx, user_id))]
    return [each for each in found if each.default or each.own is not None]


def hosted_teams(tx: Transaction, user_id: int) -> set[int]:
    """The teams in which the user takes turns as a round robin host."""
    event_types = [
        tx[EVENT_TYPES].require(host.event_type_id) for host in tx[HOSTS].find(user_id=user_id) if not host.is_fixed
    ]
    return {each.team_id for each in event_types if each.scheduling_type == "roundRobin" and each.team_id is not None}


def hosting_membership(tx: Transaction, user_id: int, team_id: int) -> Membership | None:
    """The user's membership in a team in which the user is a round robin host."""
    return membership_of(tx, user_id, team_id) if team_id in hosted_teams(tx, user_id) else None


def is_overcommitted(teams: list[TeamLimits], overall: Numbers) -> bool:
    """Whether the teams together may book the user more often in some period than the overall limits allow."""
    return any(sum(team.effective.get(period, 0) for team in teams) > number for period, number in overall.items())


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1

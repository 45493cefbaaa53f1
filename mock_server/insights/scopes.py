"""Whose bookings and forms an insight is about: the caller's, a team's or an organization's.

Source: Cal.com API v2, insights.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec

from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.event_types.event_type_access import leads_team
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS, User
from mock_server.identity.profiles import main_organization_id
from mock_server.routing_forms.model import ROUTING_FORMS, RoutingForm
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, Forbidden
from mock_server.state.transaction import Transaction
from mock_server.state.work import spend
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import MEMBERSHIPS, TEAMS

TEAM_REQUIRED = "selectedTeamId is required when scope is team"
BOOKING_COST = 10
"""The work that a booking causes in all figures, in units of `spend`."""
NOT_ALLOWED = "You do not have permission to read the insights of this {}."


class InsightScope(msgspec.Struct, frozen=True):
    """The users whose bookings count, the teams whose event types and forms do, and the owner of personal forms."""

    users: tuple[User, ...]
    team_ids: tuple[int, ...] = ()
    form_owner_id: int | None = None

    def bookings(self, tx: Transaction, order: str, low: datetime, high: datetime) -> list[Booking]:
        """The bookings whose `order`, their start or creation, is from `low` until before `high`, in this order."""
        event_types = [each.id for team_id in self.team_ids for each in tx[EVENT_TYPES].find(team_id=team_id)]
        owners: list[dict[str, Any]] = [{"user_id": each.id} for each in self.users]
        owners += [{"event_type_id": each} for each in event_types]
        walks = (tx[BOOKINGS].walk((order,), (low,), (high,), **each) for each in owners)
        found: dict[int, Booking] = {}
        for booking in chain.from_iterable(walks):
            spend(BOOKING_COST)
            found[booking.id] = booking
        return sorted(found.values(), key=lambda each: (getattr(each, order), each.id))

    def forms(self, tx: Transaction) -> Iterator[RoutingForm]:
        """The routing forms of the teams, or the personal ones of the owner."""
        for team_id in self.team_ids:
            yield from tx[ROUTING_FORMS].find(team_id=team_id)
        if self.form_owner_id is not None:
            owned = tx[ROUTING_FORMS].find(user_id=self.form_owner_id)
            yield from (each for each in owned if each.team_id is None)


def read_scope(call: Call) -> InsightScope:
    """The scope of a request. Raises BadRequest without a team that is needed, Forbidden without rights."""
    tx, user = call.tx, call.tx[USERS].require(call.caller.user_id)
    match call.body["scope"]:
        case "team":
            return _team_scope(tx, user, call.body.get("selectedTeamId"))
        case "org":
            return _organization_scope(tx, user)
        case _:
            return InsightScope((user,), form_owner_id=user.id)


def _team_scope(tx: Transaction, user: User, team_id: int | None) -> InsightScope:
    if team_id is None:
        raise BadRequest(TEAM_REQUIRED)
    if tx[TEAMS].get(team_id) is None or not leads_team(tx, user.id, team_id):
        raise Forbidden(NOT_ALLOWED.format("team"))
    return InsightScope(_members(tx, team_id), (team_id,))


def _organization_scope(tx: Transaction, user: User) -> InsightScope:
    organization_id = main_organization_id(tx, user)
    if organization_id is None or not has_rank(membership_of(tx, user.id, organization_id), "ADMIN"):
        raise Forbidden(NOT_ALLOWED.format("organization"))
    teams = [organization_id, *(each.id for each in tx[TEAMS].find(parent_id=organization_id))]
    return InsightScope(_members(tx, organization_id), tuple(teams))


def _members(tx: Transaction, team_id: int) -> tuple[User, ...]:
    return tuple(tx[USERS].require(each.user_id) for each in tx[MEMBERSHIPS].find(team_id=team_id) if each.accepted)

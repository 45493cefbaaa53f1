"""Loads the limits of hosts, their own overall ones and those of teams, with the bookings that count towards them."""

from __future__ import annotations

from mock_server.booking_limits.limits import Numbers, overall_limits, team_limits
from mock_server.event_types.hosts import EventHost
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import User
from mock_server.runtime.instants import zone_named
from mock_server.slots.existing_bookings import HostedBooking, hosted_bookings
from mock_server.slots.inputs import HostLimits, Limits
from mock_server.slots.limits import period_range
from mock_server.slots.ranges import Interval
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS, Team


def limits_of_host(
    tx: Transaction, host: EventHost, event_type: EventType | None, window: Interval, rescheduled: str | None
) -> list[HostLimits]:
    """The limits that apply to a host of an event type, or of a group if None.

    The booking with the uid `rescheduled` does not count.
    """
    if not tx.has("hosts-have-booking-limits"):
        return []
    found: list[HostLimits] = []
    overall = overall_limits(tx, host.user.id)
    if overall:
        bookings = _bookings(tx, host.user, overall, window, rescheduled)
        found.append(HostLimits(Limits(overall), [each.interval for each in bookings], host.user.time_zone))
    team = _limiting_team(tx, host, event_type)
    numbers = None if team is None else team_limits(tx, host.user.id, team).effective
    if team is not None and numbers:
        bookings = _bookings(tx, host.user, numbers, window, rescheduled)
        counted = [each.interval for each in bookings if _counts_for(tx, team, each.event_type_id)]
        found.append(HostLimits(Limits(numbers), counted, host.user.time_zone))
    return found


def _limiting_team(tx: Transaction, host: EventHost, event_type: EventType | None) -> Team | None:
    """The team whose limits apply: that of a round robin event type, unless the host takes part in every booking."""
    if event_type is None or event_type.scheduling_type != "roundRobin" or host.is_fixed:
        return None
    return tx[TEAMS].get(event_type.team_id)


def _bookings(
    tx: Transaction, user: User, numbers: Numbers, window: Interval, rescheduled: str | None
) -> list[HostedBooking]:
    first, last = period_range(Limits(numbers), zone_named(user.time_zone), *window)
    return [each for each in hosted_bookings(tx, user, first, last) if each.uid != rescheduled]


def _counts_for(tx: Transaction, team: Team, event_type_id: int | None) -> bool:
    """Whether bookings of an event type count for the team's limits; of a managed one, only if the team says so."""
    event_type = tx[EVENT_TYPES].get(event_type_id)
    if event_type is None:
        return False
    managed = tx[EVENT_TYPES].get(event_type.parent_id)
    if managed is not None:
        return managed.team_id == team.id and team.include_managed_events_in_limits
    return event_type.team_id == team.id

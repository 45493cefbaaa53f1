"""Who sees which bookings in a list.

Source: Cal.com API v2, bookings: visibility.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS, User
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import MEMBERSHIPS, TEAMS


class Viewer(msgspec.Struct, frozen=True):
    """Somebody who lists bookings: those of `people`, who organize or attend, and those of `event_type_ids`.

    `people` are addresses by user id: the viewer's own, and those of whom the viewer administers.
    """

    user: User
    people: dict[int, str]
    addresses: frozenset[str]
    event_type_ids: frozenset[int]

    def sees(self, tx: Transaction, booking: Booking) -> bool:
        """Whether the booking may be in the viewer's list."""
        if booking.user_id in self.people or booking.event_type_id in self.event_type_ids:
            return True
        return any(each.email in self.addresses for each in tx[ATTENDEES].find(booking_id=booking.id))


def viewer(tx: Transaction, user: User, organization_id: int | None) -> Viewer:
    """What `user` sees: as an admin or owner also the event types of their teams and the people of the organization.

    Without an organization these are the people of the teams that belong to none.
    """
    led = [tx[TEAMS].require(each.team_id) for each in tx[MEMBERSHIPS].find(user_id=user.id) if has_rank(each, "ADMIN")]
    if organization_id is None:
        groups = [team.id for team in led if team.parent_id is None and not team.is_organization]
    else:
        groups = [organization_id] if has_rank(membership_of(tx, user.id, organization_id), "ADMIN") else []
    people = {user.id: user.email}
    for group in groups:
        for member in tx[MEMBERSHIPS].find(team_id=group):
            people[member.user_id] = tx[USERS].require(member.user_id).email
    return Viewer(user, people, frozenset(people.values()), team_event_types(tx, (team.id for team in led)))


def team_event_types(tx: Transaction, team_ids: Iterable[int]) -> frozenset[int]:
    """The event types of teams, with those that they manage."""
    own = [each.id for team_id in team_ids for each in tx[EVENT_TYPES].find(team_id=team_id)]
    return with_children(tx, own)


def with_children(tx: Transaction, event_type_ids: Iterable[int]) -> frozenset[int]:
    """Event types with those that they manage."""
    own = list(event_type_ids)
    return frozenset([*own, *(child.id for each in own for child in tx[EVENT_TYPES].find(parent_id=each))])

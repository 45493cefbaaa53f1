"""Which bookings a user sees in lists.

Source: Cal.com API v2, bookings: visibility.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS, User
from mock_server.organizations.model import MANAGED_ORGANIZATIONS
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import MEMBERSHIPS, TEAMS


class Viewer(msgspec.Struct, frozen=True):
    """A user who lists bookings: those that one of `users` organizes or attends, and those of `event_type_ids`.

    `users` maps user ids to e-mail addresses: the viewer, and the users whom the viewer administers.
    """

    user: User
    users: dict[int, str]
    emails: frozenset[str]
    event_type_ids: frozenset[int]

    def owns(self, booking: Booking) -> bool:
        """Whether one of the users organizes the booking, or it is of one of the event types."""
        return booking.user_id in self.users or booking.event_type_id in self.event_type_ids

    def sees(self, tx: Transaction, booking: Booking) -> bool:
        """Whether the booking may appear in the viewer's lists."""
        return self.owns(booking) or any(
            each.email in self.emails for each in tx[ATTENDEES].find(booking_id=booking.id)
        )


def viewer_for(tx: Transaction, user: User, organization_id: int | None) -> Viewer:
    """The viewer `user`; admins and owners also see their teams' event types and the organization's members.

    Without an organization they see the members of their standalone teams instead.
    """
    led = [tx[TEAMS].require(each.team_id) for each in tx[MEMBERSHIPS].find(user_id=user.id) if has_rank(each, "ADMIN")]
    if organization_id is None:
        group_ids = [team.id for team in led if team.parent_id is None and not team.is_organization]
    else:
        group_ids = [organization_id] if has_rank(membership_of(tx, user.id, organization_id), "ADMIN") else []
    users = {user.id: user.email}
    for group_id in group_ids:
        for member in tx[MEMBERSHIPS].find(team_id=group_id):
            users[member.user_id] = tx[USERS].require(member.user_id).email
    return Viewer(user, users, frozenset(users.values()), team_event_types(tx, (team.id for team in led)))


def team_event_types(tx: Transaction, team_ids: Iterable[int]) -> frozenset[int]:
    """The ids of the teams' event types and of their managed children."""
    own = [each.id for team_id in team_ids for each in tx[EVENT_TYPES].find(team_id=team_id)]
    return with_children(tx, own)


def with_children(tx: Transaction, event_type_ids: Iterable[int]) -> frozenset[int]:
    """The ids of the event types and of their managed children."""
    own = list(event_type_ids)
    return frozenset([*own, *(child.id for each in own for child in tx[EVENT_TYPES].find(parent_id=each))])


def owners_left_out(tx: Transaction, organization_id: int) -> tuple[User, ...]:
    """The owners of a managed organization, whose bookings are not in its list."""
    if not tx.has("owners-of-managed-organizations-unlisted") or tx[MANAGED_ORGANIZATIONS].get(organization_id) is None:
        return ()
    owners = tx[MEMBERSHIPS].find(team_id=organization_id, role="OWNER", accepted=True)
    return tuple(tx[USERS].require(each.user_id) for each in owners)

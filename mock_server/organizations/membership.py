"""Who belongs to which organization, and in which role."""

from __future__ import annotations

from mock_server.identity.model import User
from mock_server.organizations.model import PROFILES
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, ROLE_RANK, TEAMS, Membership, Team


def main_organization_id(tx: Transaction, user: User) -> int | None:
    """The user's main organization (Cal.com API v2, authentication).

    That of the profile the user was moved to, else of the profile in `user.organization_id`, else of the first
    profile, else `user.organization_id` itself.
    """
    moved_to = tx[PROFILES].get(user.moved_to_profile_id)
    if moved_to is not None:
        return moved_to.organization_id
    profiles = tx[PROFILES].find(user_id=user.id)
    if any(profile.organization_id == user.organization_id for profile in profiles):
        return user.organization_id
    return profiles[0].organization_id if profiles else user.organization_id


def organization(tx: Transaction, organization_id: int | None) -> Team | None:
    """The team of that id, if it is an organization."""
    team = tx[TEAMS].get(organization_id)
    return team if team is not None and team.is_organization else None


def membership_of(tx: Transaction, user_id: int, team_id: int | None) -> Membership | None:
    """The user's membership in a team or an organization, accepted or not."""
    return tx[MEMBERSHIPS].first(user_id=user_id, team_id=team_id)


def has_rank(membership: Membership | None, minimum: str) -> bool:
    """Whether the membership's role is at least `minimum` (MEMBER, ADMIN, OWNER)."""
    return membership is not None and ROLE_RANK[membership.role] >= ROLE_RANK[minimum]

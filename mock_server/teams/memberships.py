"""Looks up memberships and organizations, and compares roles."""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.identity.model import USERS
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, ROLE_RANK, TEAMS, Membership, Role, Team


def add_membership(
    tx: Transaction, user_id: int, team_id: int, *, role: Role, accepted: bool, disable_impersonation: bool = False
) -> Membership:
    """Creates a membership. Raises UniqueViolation for a present member, ForeignKeyViolation for an unknown user."""
    return tx[MEMBERSHIPS].create(
        user_id=user_id,
        team_id=team_id,
        role=role,
        accepted=accepted,
        disable_impersonation=disable_impersonation,
        created_at=tx.now,
        updated_at=tx.now,
    )


def organization(tx: Transaction, organization_id: int | None) -> Team | None:
    """The team with that id, if it is an organization."""
    team = tx[TEAMS].get(organization_id)
    return team if team is not None and team.is_organization else None


def membership_of(tx: Transaction, user_id: int, team_id: int | None) -> Membership | None:
    """The user's membership in a team or organization, accepted or pending."""
    return tx[MEMBERSHIPS].first(user_id=user_id, team_id=team_id)


def first_with_role(tx: Transaction, team_id: int, role: Role) -> Membership | None:
    """The oldest accepted membership with exactly this role in a team or organization."""
    return tx[MEMBERSHIPS].first(team_id=team_id, role=role, accepted=True)


def memberships_by_address(tx: Transaction, team_id: int, addresses: Iterable[str]) -> list[Membership]:
    """The memberships of users with these addresses, in any case, oldest first."""
    users = (tx[USERS].first(email=address) for address in {text.lower() for text in addresses})
    found = (membership_of(tx, user.id, team_id) for user in users if user is not None)
    return sorted((member for member in found if member is not None), key=lambda member: member.id)


def has_rank(membership: Membership | None, minimum: str) -> bool:
    """Whether the membership's role is at least `minimum` (MEMBER, ADMIN, OWNER)."""
    return membership is not None and ROLE_RANK[membership.role] >= ROLE_RANK[minimum]

"""Looks up the profiles of users in organizations."""

from __future__ import annotations

from mock_server.identity.model import PROFILES, Profile, User
from mock_server.state.transaction import Transaction


def profile_in(tx: Transaction, user_id: int, organization_id: int | None) -> Profile | None:
    """The user's profile in the organization."""
    return tx[PROFILES].first(user_id=user_id, organization_id=organization_id)


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

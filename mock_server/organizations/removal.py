"""Removes members from an organization, with all that they have there.

Source: Cal.com API v2, organization memberships.
"""

from __future__ import annotations

from mock_server.identity.model import PROFILES, USERS
from mock_server.identity.profiles import profile_in
from mock_server.state.transaction import Transaction
from mock_server.teams.joining import leave_team
from mock_server.teams.model import MEMBERSHIPS, TEAMS, Membership


def remove_from_organization(tx: Transaction, membership: Membership) -> None:
    """Removes a member from the organization and its teams, with hosts, copies of event types, and the profile.

    The user is left without a main organization and with a username that ends with the id. The user's own event types
    and schedules stay.
    """
    organization_id, user_id = membership.team_id, membership.user_id
    for each in tx[MEMBERSHIPS].find(user_id=user_id):
        if organization_id in (each.team_id, tx[TEAMS].require(each.team_id).parent_id):
            leave_team(tx, each)
    user, profile = tx[USERS].require(user_id), profile_in(tx, user_id, organization_id)
    if profile is not None:
        tx[PROFILES].delete(profile.id)
    username = None if user.username is None else f"{user.username}-{user_id}"
    tx[USERS].update(user_id, organization_id=None, username=username)

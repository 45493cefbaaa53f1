"""Adds the user of an e-mail address to an organization, or invites them.

Source: Cal.com API v2, organization memberships.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.accounts import add_profile
from mock_server.identity.model import USERS, User
from mock_server.identity.profiles import profile_in
from mock_server.organizations.auto_acceptance import is_accepted_at_once
from mock_server.organizations.users import mail_added, mail_invitation
from mock_server.runtime.errors import NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.joining import join_or_overwrite
from mock_server.teams.model import Membership


def invite_by_address(tx: Transaction, organization_id: int, body: dict[str, Any], inviter: User) -> Membership:
    """A membership of the address's user: accepted, with a profile, if the organization accepts its domain.

    All others are invited by mail. Raises NotFound for an unknown address, and BadRequest as `join_or_overwrite`.
    """
    email = body["email"].lower()
    user = tx[USERS].first(email=email)
    if user is None:
        raise NotFound(f"User with email {email} not found")
    accepted = is_accepted_at_once(tx, user.id, organization_id)
    request = {"userId": user.id, "role": body.get("role", "MEMBER"), "accepted": accepted}
    membership = join_or_overwrite(tx, organization_id, request)
    if accepted and profile_in(tx, user.id, organization_id) is None:
        add_profile(tx, user, organization_id)
    (mail_added if accepted else mail_invitation)(tx, organization_id, email, inviter)
    return membership

"""Users with an address of a verified organization's own domain become accepted members at once.

Source: Cal.com API v2, organization team memberships.
"""

from __future__ import annotations

from mock_server.identity.model import USERS
from mock_server.organizations.model import ORGANIZATION_SETTINGS
from mock_server.state.transaction import Transaction


def is_accepted_at_once(tx: Transaction, user_id: int, organization_id: int) -> bool:
    """Whether the organization is verified, and the domain of the user's address is the one that it accepts."""
    if not tx.has("own-domain-accepted-at-once"):
        return False
    settings = tx[ORGANIZATION_SETTINGS].first(organization_id=organization_id)
    if settings is None or not settings.is_organization_verified or not settings.org_auto_accept_email:
        return False
    user = tx[USERS].get(user_id)
    return user is not None and user.email.endswith(f"@{settings.org_auto_accept_email}")

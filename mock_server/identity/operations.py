"""Operations on the caller's own account.

Source: Cal.com API v2, identity.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import USERS
from mock_server.identity.views import me_view
from mock_server.organizations.membership import main_organization_id, organization
from mock_server.runtime.call import Call


def get_me(call: Call) -> Any:
    """The caller's profile, with the main organization."""
    user = call.tx[USERS].require(call.caller.user_id)
    organization_id = main_organization_id(call.tx, user)
    return me_view(user, organization_id, organization(call.tx, organization_id))

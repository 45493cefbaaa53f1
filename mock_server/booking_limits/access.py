"""Access rule for members of organizations.

Source: Cal.com API v2, guard of the caller's booking limits.
"""

from __future__ import annotations

from mock_server.identity.model import USERS
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Forbidden

NO_MEMBER = "IsAuthenticatedUserInOrg - this endpoint is only available to organization members."


def caller_in_organization(call: Call, _: None) -> None:
    """The caller is a member of an organization."""
    if main_organization_id(call.tx, call.tx[USERS].require(call.caller.user_id)) is None:
        raise Forbidden(NO_MEMBER)


RULES = {"caller-in-organization": caller_in_organization}

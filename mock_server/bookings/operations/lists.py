"""Operations that list bookings: one's own, an organization's, a team's and a member's.

Source: Cal.com API v2, bookings: list; organization lists.
"""

from __future__ import annotations

from typing import Any

from mock_server.bookings.filters import read_filters
from mock_server.bookings.listing import list_of_bookings
from mock_server.bookings.views import booking_view
from mock_server.bookings.visibility import viewer
from mock_server.identity.model import USERS
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.call import Call


def list_bookings(call: Call) -> Any:
    """What the caller organizes, attends, or sees as an admin or owner."""
    return _listed(call, _own_organization(call), call.query)


def list_organization_bookings(call: Call) -> Any:
    """What the caller sees as an admin or owner of the organization."""
    return _listed(call, call.path_number("orgId"), call.query)


def list_organization_team_bookings(call: Call) -> Any:
    """What the caller sees of a team's event types."""
    query = call.query | {"teamsIds": [call.path_number("teamId")]}
    return _listed(call, call.path_number("orgId"), query)


def list_organization_user_bookings(call: Call) -> Any:
    """What the member of the path sees."""
    return _listed(call, call.path_number("orgId"), call.query)


def _listed(call: Call, organization_id: int | None, query: dict[str, Any]) -> list[dict[str, Any]]:
    watching = viewer(call.tx, call.tx[USERS].require(call.caller.user_id), organization_id)
    filters = read_filters(call.tx, query, watching, call.caller.client_id)
    return [booking_view(call.tx, each) for each in list_of_bookings(call.tx, watching, filters)]


def _own_organization(call: Call) -> int | None:
    return main_organization_id(call.tx, call.tx[USERS].require(call.caller.user_id))

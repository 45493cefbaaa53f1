"""Operations that list bookings: of the caller, an organization, a team and a member.

Source: Cal.com API v2, bookings: list; organization lists.
"""

from __future__ import annotations

from typing import cast

from mock_server.bookings.filters import BookingsQuery, read_filters
from mock_server.bookings.listing import count_matches, find_page
from mock_server.bookings.views import booking_view, reader_of
from mock_server.bookings.visibility import team_event_types, viewer_for
from mock_server.identity.model import USERS
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.call import Call
from mock_server.runtime.pagination import pagination
from mock_server.runtime.reply import Paged


def list_bookings(call: Call) -> Paged:
    """The bookings that the caller organizes, attends, or sees as an admin or owner."""
    user = call.tx[USERS].require(call.caller.user_id)
    return _page(call, main_organization_id(call.tx, user), _query(call))


def list_organization_bookings(call: Call) -> Paged:
    """The bookings that the caller sees as an admin or owner of the organization."""
    return _page(call, call.path_number("orgId"), _query(call))


def list_organization_team_bookings(call: Call) -> Paged:
    """The bookings of a team's event types that the caller sees."""
    query = _query(call)
    query["teamsIds"] = [call.path_number("teamId")]
    return _page(call, call.path_number("orgId"), query)


def list_team_bookings(call: Call) -> Paged:
    """The bookings of a standalone team's event types. Unlike in organizations, a team without any has none."""
    team_id = call.path_number("teamId")
    if not team_event_types(call.tx, [team_id]):
        return Paged([], pagination(0, call.query["skip"], call.query["take"]))
    query = _query(call)
    query["teamsIds"] = [team_id]
    return _page(call, None, query)


def list_organization_user_bookings(call: Call) -> Paged:
    """The bookings that the member in the path sees."""
    return _page(call, call.path_number("orgId"), _query(call))


def _query(call: Call) -> BookingsQuery:
    return cast("BookingsQuery", {**call.query})


def _page(call: Call, organization_id: int | None, query: BookingsQuery) -> Paged:
    viewer = viewer_for(call.tx, call.tx[USERS].require(call.caller.user_id), organization_id)
    filters = read_filters(call.tx, query, viewer, call.caller.client_id)
    reader = reader_of(call, is_list=True)
    views = [booking_view(call.tx, each, reader) for each in find_page(call.tx, viewer, filters)]
    total = count_matches(call.tx, viewer, filters) if call.has("booking-lists-have-pages") else 0
    place = pagination(total, filters.skip, filters.take)
    # Fewer than the total suggests, which disregards some filters.
    place["returnedItems"] = len(views)
    return Paged(views, place)

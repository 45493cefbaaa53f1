"""Operations that list bookings: of the caller, an organization, a team and a member.

Source: Cal.com API v2, bookings: list; organization lists.
"""

from __future__ import annotations

from typing import cast

import msgspec

from mock_server.bookings.cursors import cursor_after, read_cursor
from mock_server.bookings.filters import BookingsQuery, read_filters
from mock_server.bookings.listing import count_matches, find_cursor_page, find_page
from mock_server.bookings.views import booking_view, reader_of
from mock_server.bookings.visibility import owners_left_out, team_event_types, viewer_for
from mock_server.identity.model import USERS, User
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.call import Call
from mock_server.runtime.pagination import CursorPagination, pagination
from mock_server.runtime.reply import Paged


def list_bookings(call: Call) -> Paged:
    """The bookings that the caller organizes, attends, or sees as an admin or owner."""
    user = call.tx[USERS].require(call.caller.user_id)
    return _page(call, main_organization_id(call.tx, user), _query(call))


def list_bookings_by_cursor(call: Call) -> Paged:
    """The same bookings as `list_bookings`, in pages that begin after a cursor."""
    user = call.tx[USERS].require(call.caller.user_id)
    return _cursor_page(call, main_organization_id(call.tx, user))


def list_organization_bookings(call: Call) -> Paged:
    """The bookings that the caller sees as an admin or owner of the organization."""
    organization_id = call.path_number("orgId")
    return _page(call, organization_id, _query(call), without_users=owners_left_out(call.tx, organization_id))


def list_organization_bookings_by_cursor(call: Call) -> Paged:
    """The same bookings as `list_organization_bookings`, in pages that begin after a cursor."""
    organization_id = call.path_number("orgId")
    return _cursor_page(call, organization_id, without_users=owners_left_out(call.tx, organization_id))


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


def _page(call: Call, organization_id: int | None, query: BookingsQuery, without_users: tuple[User, ...] = ()) -> Paged:
    viewer = viewer_for(call.tx, call.tx[USERS].require(call.caller.user_id), organization_id)
    filters = read_filters(call.tx, query, viewer, call.caller.client_id)
    filters = msgspec.structs.replace(filters, without_users=without_users)
    reader = reader_of(call, is_list=True)
    views = [booking_view(call.tx, each, reader) for each in find_page(call.tx, viewer, filters)]
    total = count_matches(call.tx, viewer, filters) if call.has("booking-lists-have-pages") else 0
    place = pagination(total, filters.skip, filters.take)
    # Fewer than the total suggests, which disregards some filters.
    place["returnedItems"] = len(views)
    return Paged(views, place)


def _cursor_page(call: Call, organization_id: int | None, without_users: tuple[User, ...] = ()) -> Paged:
    query = _query(call)
    cursor = query.get("cursor")
    after = read_cursor(cursor) if cursor else None
    query |= {"take": query.pop("limit")}
    if status := call.query.get("status"):
        query["status"] = [status]
    viewer = viewer_for(call.tx, call.tx[USERS].require(call.caller.user_id), organization_id)
    filters = read_filters(call.tx, query, viewer, call.caller.client_id)
    filters = msgspec.structs.replace(filters, without_users=without_users)
    found, has_more = find_cursor_page(call.tx, viewer, filters, after)
    reader = reader_of(call, is_list=True)
    place: CursorPagination = {"nextCursor": cursor_after(found[-1]) if has_more else None, "hasMore": has_more}
    return Paged([booking_view(call.tx, each, reader) for each in found], place)

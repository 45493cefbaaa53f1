"""Operations on the event types of users.

Source: Cal.com API v2, event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.booking_fields import check_contact, check_email, check_slugs
from mock_server.event_types.booking_page import check_custom_name, check_layouts
from mock_server.event_types.destinations import check_destination, set_destination
from mock_server.event_types.locations import PERSONAL_LOCATIONS, check_connected
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.ownership import (
    check_may_create,
    check_schedule,
    check_slug_is_free,
    check_slug_is_new,
    find_own_event_type,
    require_own_event_type,
    require_own_to_delete,
)
from mock_server.event_types.seats import check_seats
from mock_server.event_types.settings import read_settings, with_resets
from mock_server.event_types.user_directory import GROUP_EVENT_TYPE, UserDirectory
from mock_server.event_types.views import deleted_view, event_type_view, personal_view, public_view
from mock_server.identity.model import USERS, User
from mock_server.runtime.call import Call


def create_event_type(call: Call) -> dict[str, object]:
    """Creates an event type of the caller."""
    user = _caller(call)
    fields = read_settings(call.body, PERSONAL_LOCATIONS)
    _check(call, user, fields, None)
    check_slug_is_new(call.tx, user, fields["slug"])
    check_schedule(call.tx, user, fields.get("schedule_id"))
    check_may_create(call.tx, user)
    _check_finally(fields)
    event_type = call.tx[EVENT_TYPES].create(user_id=user.id, **with_resets(fields))
    return _saved(call, user, event_type)


def list_event_types(call: Call) -> list[dict[str, Any]]:
    """The event types of a user, or the dynamic one of a group of users. Public."""
    query = call.query
    directory = UserDirectory(call.tx, query.get("orgSlug"), query.get("orgId"))
    if query.get("username"):
        user = directory.find(query["username"])
        return [] if user is None else [public_view(call.tx, each) for each in _public_event_types(call, user)]
    if query.get("usernames"):
        return [personal_view(call.tx, GROUP_EVENT_TYPE, directory.find_all(query["usernames"]))]
    return []


def get_event_type(call: Call) -> dict[str, object]:
    """One of the caller's event types."""
    return event_type_view(call.tx, require_own_event_type(call))


def update_event_type(call: Call) -> dict[str, object]:
    """Changes the given fields, and resets those that every update resets."""
    user = _caller(call)
    fields = read_settings(call.body, PERSONAL_LOCATIONS)
    # The live API validates the request before it checks that the event type exists.
    _check(call, user, fields, find_own_event_type(call))
    event_type = require_own_event_type(call)
    check_schedule(call.tx, user, fields.get("schedule_id"))
    _check_finally(fields)
    check_slug_is_free(call.tx, event_type, fields)
    event_type = call.tx[EVENT_TYPES].update(event_type.id, **with_resets(fields))
    return _saved(call, user, event_type)


def delete_event_type(call: Call) -> dict[str, object]:
    """Deletes one of the caller's event types. For those of other users it raises Forbidden, not NotFound."""
    return deleted_view(call.tx[EVENT_TYPES].delete(require_own_to_delete(call).id))


def _caller(call: Call) -> User:
    return call.tx[USERS].require(call.caller.user_id)


def _public_event_types(call: Call, user: User) -> list[EventType]:
    slug = call.query.get("eventSlug")
    if slug:
        return call.tx[EVENT_TYPES].find(user_id=user.id, slug=slug)
    return call.tx[EVENT_TYPES].find(user_id=user.id)


def _check(call: Call, user: User, fields: dict[str, Any], stored: EventType | None) -> None:
    """The checks that come before the event type's existence is checked, in the order of the live API."""
    check_connected(call.tx, fields.get("locations", ()), user_id=user.id)
    if "booking_fields" in fields:
        check_contact(fields["booking_fields"])
    check_seats(fields, stored)
    check_custom_name(fields.get("custom_name"))
    check_destination(call.tx, user, call.body)
    if "booking_fields" in fields:
        check_email(fields["booking_fields"])


def _check_finally(fields: dict[str, Any]) -> None:
    """The final checks, by the shared libraries, whose errors have no details."""
    check_slugs(fields.get("booking_fields", ()))
    check_layouts(fields.get("booker_layouts"))


def _saved(call: Call, user: User, event_type: EventType) -> dict[str, object]:
    if call.body.get("destinationCalendar") is not None:
        set_destination(call.tx, user, event_type, call.body["destinationCalendar"])
    return event_type_view(call.tx, event_type)

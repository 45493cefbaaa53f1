"""The older operations on event types of users. They read and change the same event types in an older form.

Source: Cal.com API v2, event types (2024-04-15 and 2024-06-11).
"""

from __future__ import annotations

from mock_server.event_types.legacy import deleted_row_view, public_row_view, read_legacy_settings, row_view
from mock_server.event_types.legacy_details import details_view, surroundings_view
from mock_server.event_types.legacy_groups import groups_view, profile_of
from mock_server.event_types.locations import check_connected
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.ownership import (
    check_may_create,
    check_slug_is_free,
    check_slug_is_new,
    require_own_event_type,
    require_own_to_delete,
)
from mock_server.identity.model import USERS, User
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound


def create_event_type_2024_04_15(call: Call) -> dict[str, object]:
    """Creates an event type of the caller."""
    user, fields = call.tx[USERS].require(call.caller.user_id), read_legacy_settings(call.body)
    check_connected(call.tx, fields.get("locations", ()), user_id=user.id)
    check_slug_is_new(call.tx, user, fields["slug"])
    check_may_create(call.tx, user)
    return row_view(call.tx[EVENT_TYPES].create(user_id=user.id, **fields))


def list_event_types_2024_04_15(call: Call) -> dict[str, object]:
    """The event types of the caller and of the caller's teams, in groups. Filters are ignored."""
    groups = groups_view(call.tx, call.tx[USERS].require(call.caller.user_id))
    profiles = [profile_of(each) for each in groups]
    return {"eventTypeGroups": groups, "profiles": profiles, "allUsersAcrossAllEventTypes": {}}


def get_event_type_2024_04_15(call: Call) -> dict[str, object]:
    """One of the caller's event types."""
    event_type = require_own_event_type(call)
    user = call.tx[USERS].require(call.caller.user_id)
    return {"eventType": details_view(call.tx, event_type), **surroundings_view(call.tx, user)}


def update_event_type_2024_04_15(call: Call) -> dict[str, object]:
    """Changes the given fields."""
    event_type, fields = require_own_event_type(call), read_legacy_settings(call.body)
    check_connected(call.tx, fields.get("locations", ()), user_id=call.caller.user_id)
    check_slug_is_free(call.tx, event_type, fields)
    return row_view(call.tx[EVENT_TYPES].update(event_type.id, **fields))


def delete_event_type_2024_04_15(call: Call) -> dict[str, object]:
    """Deletes one of the caller's event types."""
    return deleted_row_view(call.tx[EVENT_TYPES].delete(require_own_to_delete(call).id))


def list_public_event_types(call: Call) -> list[dict[str, object]]:
    """The event types of a user that are not hidden. Public."""
    return [public_row_view(each) for each in call.tx[EVENT_TYPES].find(user_id=_user(call).id) if not each.hidden]


def get_public_event_type(call: Call) -> dict[str, object]:
    """An event type of a user by its slug, hidden or not. Public."""
    slug = str(call.path["eventSlug"])
    event_type: EventType | None = call.tx[EVENT_TYPES].first(user_id=_user(call).id, slug=slug)
    if event_type is None:
        raise NotFound(f"Event type with slug {slug} not found")
    return public_row_view(event_type)


def _user(call: Call) -> User:
    username = str(call.path["username"])
    user = call.tx[USERS].first(username=username)
    if user is None:
        raise NotFound(f'User with username "{username}" not found')
    return user

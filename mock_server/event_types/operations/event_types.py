"""Operations on the event types of users.

Source: Cal.com API v2, event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.ownership import require_own_event_type, require_own_to_delete, require_run_by_caller
from mock_server.event_types.personal_event_types import (
    PersonalEventTypes,
    is_caller,
    listed_event_types,
    own_event_types,
)
from mock_server.event_types.settings import FORM_2024_06_14, FORM_2026_06_12
from mock_server.event_types.sorting import sorted_as_asked
from mock_server.event_types.user_directory import GROUP_EVENT_TYPE, UserDirectory
from mock_server.event_types.views import (
    current_event_type_view,
    current_group_view,
    current_public_view,
    current_team_event_type_view,
    deleted_view,
    event_type_view,
    group_view,
    public_view,
    team_event_type_view,
)
from mock_server.identity.model import User
from mock_server.runtime.call import Call


def create_event_type(call: Call) -> dict[str, object]:
    """Creates an event type of the caller."""
    return event_type_view(call.tx, PersonalEventTypes(call, FORM_2024_06_14).create())


def create_event_type_2026_06_12(call: Call) -> dict[str, object]:
    """Creates an event type of the caller."""
    return current_event_type_view(call.tx, PersonalEventTypes(call, FORM_2026_06_12).create())


def list_event_types(call: Call) -> list[dict[str, Any]]:
    """The event types of a user, of the caller, or the dynamic one of a group of users. Public."""
    group = _group(call)
    if group is not None:
        return [group_view(call.tx, GROUP_EVENT_TYPE, group)]
    return [public_view(call.tx, each) for each in _listed(call)]


def list_event_types_2026_06_12(call: Call) -> list[dict[str, Any]]:
    """The event types of a user, of the caller, or the dynamic one of a group of users. Public."""
    group = _group(call)
    if group is not None:
        return [current_group_view(call.tx, GROUP_EVENT_TYPE, group)]
    return [
        (current_event_type_view if is_caller(call, each.user_id) else current_public_view)(call.tx, each)
        for each in _listed(call)
    ]


def get_event_type(call: Call) -> dict[str, object]:
    """An event type that the caller runs; one of a team in the form of team event types."""
    if not call.has("event-types-shared-with-hosts-and-admins"):
        return event_type_view(call.tx, require_own_event_type(call))
    event_type = require_run_by_caller(call)
    view = event_type_view if event_type.team_id is None else team_event_type_view
    return view(call.tx, event_type)


def get_event_type_2026_06_12(call: Call) -> dict[str, object]:
    """An event type that the caller runs; one of a team in the form of team event types."""
    event_type = require_run_by_caller(call)
    view = current_event_type_view if event_type.team_id is None else current_team_event_type_view
    return view(call.tx, event_type)


def update_event_type(call: Call) -> dict[str, object]:
    """Changes the given fields."""
    return event_type_view(call.tx, PersonalEventTypes(call, FORM_2024_06_14).update())


def update_event_type_2026_06_12(call: Call) -> dict[str, object]:
    """Changes the given fields."""
    return current_event_type_view(call.tx, PersonalEventTypes(call, FORM_2026_06_12).update())


def delete_event_type(call: Call) -> dict[str, object]:
    """Deletes one of the caller's event types. For those of other users it raises Forbidden, not NotFound."""
    return deleted_view(call.tx[EVENT_TYPES].delete(require_own_to_delete(call).id))


delete_event_type_2026_06_12 = delete_event_type


def _group(call: Call) -> list[User] | None:
    """The users of the group that is asked for; None for the event types of one user."""
    if call.query.get("username") or not call.query.get("usernames"):
        return None
    return UserDirectory.of(call.tx, call.query).find_all(call.query["usernames"])


def _listed(call: Call) -> list[EventType]:
    if not call.query.get("username"):
        return sorted_as_asked(own_event_types(call), call.query)
    user = UserDirectory.of(call.tx, call.query).find(call.query["username"])
    return sorted_as_asked([] if user is None else listed_event_types(call, user), call.query)

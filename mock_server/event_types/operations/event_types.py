"""Operations on the event types of users.

Source: Cal.com API v2, event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.booker_settings import check_recurrence_alone
from mock_server.event_types.booking_fields import check_contact, check_email, check_slugs
from mock_server.event_types.booking_page import check_custom_name, check_layouts
from mock_server.event_types.destinations import check_destination, set_destination
from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.locations import PERSONAL_LOCATIONS, check_connected, default_location
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.ownership import (
    check_may_create,
    check_schedule,
    check_slug_is_free,
    check_slug_is_new,
    find_own_event_type,
    not_found,
    require_own_event_type,
    require_own_to_delete,
)
from mock_server.event_types.seats import check_seats
from mock_server.event_types.settings import completed, read_settings
from mock_server.event_types.sorting import sorted_as_asked
from mock_server.event_types.user_directory import GROUP_EVENT_TYPE, UserDirectory
from mock_server.event_types.views import (
    deleted_view,
    event_type_view,
    group_view,
    public_view,
    team_event_type_view,
)
from mock_server.identity.model import USERS, User
from mock_server.runtime.call import Call


def create_event_type(call: Call) -> dict[str, object]:
    """Creates an event type of the caller."""
    user = _caller(call)
    fields = read_settings(call.tx, call.body, PERSONAL_LOCATIONS)
    _check(call, user, fields, None)
    check_slug_is_new(call.tx, user, fields["slug"])
    check_schedule(call.tx, user, fields.get("schedule_id"))
    check_may_create(call.tx, user)
    if call.has("default-app-as-location"):
        fields.setdefault("locations", (default_location(user.metadata),))
    event_type = call.tx[EVENT_TYPES].create(user_id=user.id, **completed(call.tx, fields, call.body, None))
    return _saved(call, user, event_type)


def list_event_types(call: Call) -> list[dict[str, Any]]:
    """The event types of a user, of the caller, or the dynamic one of a group of users. Public."""
    query = call.query
    directory = UserDirectory(call.tx, query.get("orgSlug"), query.get("orgId"))
    if query.get("username"):
        user = directory.find(query["username"])
        found = [] if user is None else _listed_event_types(call, user)
    elif query.get("usernames"):
        return [group_view(call.tx, GROUP_EVENT_TYPE, directory.find_all(query["usernames"]))]
    else:
        found = _own_event_types(call)
    return [public_view(call.tx, each) for each in sorted_as_asked(found, query)]


def get_event_type(call: Call) -> dict[str, object]:
    """An event type that the caller runs; one of a team in the form of team event types."""
    if not call.has("event-types-shared-with-hosts-and-admins"):
        return event_type_view(call.tx, require_own_event_type(call))
    event_type_id = call.path_number("eventTypeId")
    event_type = call.tx[EVENT_TYPES].get(event_type_id)
    if event_type is None or not runs_event_type(call.tx, event_type, call.caller.user_id):
        raise not_found(event_type_id)
    view = event_type_view if event_type.team_id is None else team_event_type_view
    return view(call.tx, event_type)


def update_event_type(call: Call) -> dict[str, object]:
    """Changes the given fields."""
    user = _caller(call)
    fields = read_settings(call.tx, call.body, PERSONAL_LOCATIONS)
    # The live API validates the request before it checks that the event type exists.
    _check(call, user, fields, find_own_event_type(call))
    event_type = require_own_event_type(call)
    check_schedule(call.tx, user, fields.get("schedule_id"))
    check_slug_is_free(call.tx, event_type, fields)
    changes = completed(call.tx, fields, call.body, event_type)
    event_type = call.tx[EVENT_TYPES].update(event_type.id, **changes)
    return _saved(call, user, event_type)


def delete_event_type(call: Call) -> dict[str, object]:
    """Deletes one of the caller's event types. For those of other users it raises Forbidden, not NotFound."""
    return deleted_view(call.tx[EVENT_TYPES].delete(require_own_to_delete(call).id))


def _caller(call: Call) -> User:
    return call.tx[USERS].require(call.caller.user_id)


def _listed_event_types(call: Call, user: User) -> list[EventType]:
    """The user's event types, or the one with the slug. Hidden ones are for the user only."""
    slug = call.query.get("eventSlug")
    chosen = {"slug": slug} if slug else {}
    found = call.tx[EVENT_TYPES].find(user_id=user.id, **chosen)
    if not call.has("hidden-event-types-unlisted"):
        return found
    is_own = call.optional_caller is not None and call.optional_caller.user_id == user.id
    return [each for each in found if is_own or not each.hidden]


def _own_event_types(call: Call) -> list[EventType]:
    """The caller's event types, whatever slug is asked for."""
    if call.optional_caller is None or not call.has("own-event-types-listed"):
        return []
    return call.tx[EVENT_TYPES].find(user_id=call.optional_caller.user_id)


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


def _saved(call: Call, user: User, event_type: EventType) -> dict[str, object]:
    """The reply, after the final checks of the shared libraries, whose refusals undo what was saved."""
    check_slugs(event_type.booking_fields or ())
    check_layouts(event_type.booker_layouts)
    if call.has("recurrence-excludes-seats"):
        check_recurrence_alone(event_type)
    if call.body.get("destinationCalendar") is not None:
        set_destination(call.tx, user, event_type, call.body["destinationCalendar"])
    return event_type_view(call.tx, event_type)

"""Creates, changes, deletes and lists event types of users.

Source: Cal.com API v2, event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.booker_settings import check_recurrence_alone, read_email_settings
from mock_server.event_types.booking_fields import check_contact, check_email, check_slugs
from mock_server.event_types.booking_page import check_custom_name, check_layouts
from mock_server.event_types.destinations import check_destination, set_destination
from mock_server.event_types.history import record_changes, record_creation, snapshot
from mock_server.event_types.locations import PERSONAL_LOCATIONS, check_connected, default_location
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.ownership import (
    check_may_create,
    check_schedule,
    check_slug_is_free,
    check_slug_is_new,
    find_own_event_type,
    require_own_event_type,
)
from mock_server.event_types.seats import check_seats
from mock_server.event_types.settings import FormVersion, check_lengths, completed, read_settings
from mock_server.identity.model import USERS, User
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.call import Call


class PersonalEventTypes:
    """The event types of the caller, in a version of the API."""

    def __init__(self, call: Call, version: FormVersion) -> None:
        self._call = call
        self._tx = call.tx
        self._version = version
        self._user: User = call.tx[USERS].require(call.caller.user_id)

    def create(self) -> EventType:
        """Creates an event type. Raises ApiError."""
        fields = self._checked_fields(None)
        check_slug_is_new(self._tx, self._user, fields["slug"])
        check_schedule(self._tx, self._user, fields.get("schedule_id"))
        check_may_create(self._tx, self._user)
        if self._tx.has("default-app-as-location"):
            fields.setdefault("locations", (default_location(self._user.metadata),))
        values = completed(self._tx, fields, self._call.body, None, self._version)
        event_type = self._tx[EVENT_TYPES].create(user_id=self._user.id, **values)
        self._finish(event_type)
        record_creation(self._tx, event_type, self._user.id)
        return event_type

    def update(self) -> EventType:
        """Changes the given fields of the event type in the path. Raises ApiError."""
        # The live API validates the request before it checks that the event type exists.
        fields = self._checked_fields(find_own_event_type(self._call))
        stored = require_own_event_type(self._call)
        check_schedule(self._tx, self._user, fields.get("schedule_id"))
        check_slug_is_free(self._tx, stored, fields)
        before = snapshot(self._tx, stored)
        changes = completed(self._tx, fields, self._call.body, stored, self._version)
        event_type = self._tx[EVENT_TYPES].update(stored.id, **changes)
        self._finish(event_type)
        record_changes(self._tx, event_type, before, self._user.id)
        return event_type

    def _checked_fields(self, stored: EventType | None) -> dict[str, Any]:
        """The fields that the request sets, after the checks that come before the event type's existence is checked."""
        body, user = self._call.body, self._user
        fields = read_settings(self._tx, body, PERSONAL_LOCATIONS, self._version, stored)
        if body.get("emailSettings") is not None and main_organization_id(self._tx, user) is not None:
            fields["email_settings"] = read_email_settings(body["emailSettings"])
        check_connected(self._tx, fields.get("locations", ()), user_id=user.id)
        if "booking_fields" in fields:
            check_contact(fields["booking_fields"])
        check_seats(fields, stored)
        check_custom_name(fields.get("custom_name"), with_link_title=self._version.is_current)
        if self._version.is_current:
            check_lengths(fields, stored)
        check_destination(self._tx, user, body)
        if "booking_fields" in fields and not self._version.is_current:
            check_email(fields["booking_fields"])
        return fields

    def _finish(self, event_type: EventType) -> None:
        """Applies the final checks of the shared libraries, whose refusals undo the write. Sets the calendar."""
        check_slugs(event_type.booking_fields or ())
        check_layouts(event_type.booker_layouts)
        if self._tx.has("recurrence-excludes-seats"):
            check_recurrence_alone(event_type)
        if self._call.body.get("destinationCalendar") is not None:
            set_destination(self._tx, self._user, event_type, self._call.body["destinationCalendar"])


def listed_event_types(call: Call, user: User) -> list[EventType]:
    """The user's event types, or the one with the slug. Hidden ones are for the user only."""
    slug = call.query.get("eventSlug")
    chosen = {"slug": slug} if slug else {}
    found = call.tx[EVENT_TYPES].find(user_id=user.id, **chosen)
    if not call.has("hidden-event-types-unlisted"):
        return found
    return [each for each in found if is_caller(call, user.id) or not each.hidden]


def own_event_types(call: Call) -> list[EventType]:
    """The caller's event types, whatever slug is asked for."""
    if call.optional_caller is None or not call.has("own-event-types-listed"):
        return []
    return call.tx[EVENT_TYPES].find(user_id=call.optional_caller.user_id)


def is_caller(call: Call, user_id: int | None) -> bool:
    """Whether the request has the credentials of the user."""
    return call.optional_caller is not None and call.optional_caller.user_id == user_id

"""Ownership rules of personal event types, and the refusals of unknown event types.

Source: Cal.com API v2, event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import User
from mock_server.identity.profiles import main_organization_id
from mock_server.organizations.model import ORGANIZATION_SETTINGS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, Forbidden, NotFound, shared_library_error
from mock_server.schedules.model import SCHEDULES
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of


def not_found(event_type_id: int) -> NotFound:
    """The refusal to read or change an event type that the caller or the team does not have."""
    return NotFound(f"Event type with id {event_type_id} not found")


def does_not_exist(event_type_id: int) -> NotFound:
    """The refusal to delete an event type that does not exist."""
    return NotFound(f"Event type with ID={event_type_id} does not exist.")


def find_own_event_type(call: Call) -> EventType | None:
    """The event type in the path, or None if the caller has none with that id."""
    event_type = call.tx[EVENT_TYPES].get(call.path_number("eventTypeId"))
    return event_type if event_type is not None and event_type.user_id == call.caller.user_id else None


def require_own_event_type(call: Call) -> EventType:
    """The event type in the path. Raises NotFound, for those of other users as well."""
    event_type = find_own_event_type(call)
    if event_type is None:
        raise not_found(call.path_number("eventTypeId"))
    return event_type


def require_run_by_caller(call: Call) -> EventType:
    """The event type in the path, to which the caller has access. Raises NotFound."""
    event_type_id = call.path_number("eventTypeId")
    event_type = call.tx[EVENT_TYPES].get(event_type_id)
    if event_type is None or not runs_event_type(call.tx, event_type, call.caller.user_id):
        raise not_found(event_type_id)
    return event_type


def require_own_to_delete(call: Call) -> EventType:
    """The event type in the path, to delete it. Raises NotFound, and Forbidden for those of other users."""
    event_type_id = call.path_number("eventTypeId")
    event_type = call.tx[EVENT_TYPES].get(event_type_id)
    if event_type is None:
        raise does_not_exist(event_type_id)
    if event_type.user_id != call.caller.user_id:
        raise Forbidden(f"User with ID={call.caller.user_id} does not own event type with ID={event_type_id}")
    return event_type


def check_slug_is_new(tx: Transaction, user: User, slug: str) -> None:
    """Checks that no event type of the user has the slug of a new one. Raises BadRequest."""
    if tx[EVENT_TYPES].first(user_id=user.id, slug=slug):
        raise BadRequest("User already has an event type with this slug.")


def check_schedule(tx: Transaction, user: User, schedule_id: int | None) -> None:
    """Checks that the schedule of a personal event type is its owner's. Raises NotFound."""
    if schedule_id is None:
        return
    schedule = tx[SCHEDULES].get(schedule_id)
    if schedule is None or schedule.user_id != user.id:
        raise NotFound(f"User with ID={user.id} does not own schedule with ID={schedule_id}")


def check_may_create(tx: Transaction, user: User) -> None:
    """Refuses members of an organization where only admins may create event types."""
    organization_id = main_organization_id(tx, user)
    settings = tx[ORGANIZATION_SETTINGS].first(organization_id=organization_id)
    if settings is None or not settings.lock_event_type_creation:
        return
    if not has_rank(membership_of(tx, user.id, organization_id), "ADMIN"):
        raise shared_library_error("UNAUTHORIZED")


def check_slug_is_free(tx: Transaction, event_type: EventType, fields: dict[str, Any]) -> None:
    """Checks that no other event type of the owner has the slug that an update sets."""
    holder = tx[EVENT_TYPES].first(user_id=event_type.user_id, slug=fields.get("slug", event_type.slug))
    if holder is not None and holder.id != event_type.id:
        text = "error_event_type_url_duplicate" if tx.has("event-type-refusals-explained") else None
        raise shared_library_error("BAD_REQUEST", text=text)

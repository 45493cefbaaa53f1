"""Ownership rules of personal event types, and the refusals of unknown event types.

Source: Cal.com API v2, event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import User
from mock_server.identity.profiles import main_organization_id
from mock_server.organizations.model import ORGANIZATION_SETTINGS
from mock_server.runtime.errors import NotFound, shared_library_error
from mock_server.schedules.model import SCHEDULES
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of


def not_found(event_type_id: int) -> NotFound:
    """The refusal to read or change an event type that the caller or the team does not have."""
    return NotFound(f"Event type with id {event_type_id} not found")


def does_not_exist(event_type_id: int) -> NotFound:
    """The refusal to delete an event type that does not exist."""
    return NotFound(f"Event type with ID={event_type_id} does not exist.")


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
        raise shared_library_error("BAD_REQUEST")

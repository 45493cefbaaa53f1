"""Checks whether an event type can be booked at all, before the details of a request are checked.

Source: Cal.com API v2, bookings: create, order of checks.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_server.event_types.hosts import EventHost
from mock_server.event_types.model import EventType
from mock_server.runtime.errors import BadRequest, BareError, UnprocessableEntity

NO_INSTANT_BOOKING = "Instant bookings are only supported for team event types, not individual user event types."
RECURRING_SEATS = "recurring_event_seats_error"


def check_bookable(event_type: EventType, hosts: Sequence[EventHost], *, is_instant: bool) -> None:
    """Raises BadRequest or UnprocessableEntity for an event type that cannot be booked in this way."""
    if event_type.scheduling_type == "managed":
        raise BadRequest(
            f"Event type with id={event_type.id} is the parent managed event type that can't be booked. You have to "
            "provide the child event type id aka id of event type that has been assigned to one of the users."
        )
    if event_type.team_id is not None and not hosts:
        raise UnprocessableEntity(
            "Can't book this team event type because it has no hosts. Please, add at least 1 host to event type with "
            f"id={event_type.id} belonging to team with id={event_type.team_id} and try again."
        )
    if is_instant and event_type.team_id is None:
        raise BadRequest(NO_INSTANT_BOOKING)


def check_seats_do_not_recur(event_type: EventType) -> None:
    """Raises BareError for an event type with both seats and a recurrence."""
    if event_type.seats is not None and event_type.recurrence is not None:
        raise BareError(400, RECURRING_SEATS)

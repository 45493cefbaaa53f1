"""The rules of slot reservations: who may choose how long one lasts, and which slots can be reserved.

Source: Cal.com API v2, slot reservations.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.runtime.call import Caller
from mock_server.runtime.errors import BadRequest, Forbidden, NotFound, Unauthorized, UnprocessableEntity
from mock_server.runtime.instants import MINUTE, moment_of
from mock_server.slots.existing_bookings import attendee_count_at
from mock_server.slots.queries import read_instant
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS

DEFAULT_DURATION = 5

_STRANGER = (
    "authenticated user is not owner of event type, does not have memberships in common with owner of the event type, "
    "nor does belong to event type's team or org."
)
_ANONYMOUS = (
    "reservationDuration can only be used for authenticated requests - use access token, api key or OAuth credentials"
)


class RequestedSlot(msgspec.Struct, frozen=True):
    """A slot that can be reserved."""

    event_type: EventType
    start: datetime
    end: datetime


def require_event_type(tx: Transaction, event_type_id: int) -> EventType:
    """The event type. Raises NotFound."""
    event_type = tx[EVENT_TYPES].get(event_type_id)
    if event_type is None:
        raise NotFound(f"Event Type with ID={event_type_id} not found")
    return event_type


def check_duration_choice(tx: Transaction, caller: Caller | None, body: dict[str, Any]) -> None:
    """Only those who are close to the event type's owner choose for how long. Raises the refusal."""
    if not body.get("reservationDuration"):
        return
    if caller is None:
        raise Unauthorized(_ANONYMOUS)
    event_type = require_event_type(tx, body["eventTypeId"])
    if not _is_close(tx, caller.user_id, event_type):
        raise Forbidden(_STRANGER)


def read_requested_slot(tx: Transaction, body: dict[str, Any]) -> RequestedSlot:
    """The slot that a body asks for. Raises NotFound, BadRequest, UnprocessableEntity."""
    event_type = require_event_type(tx, body["eventTypeId"])
    start = read_instant(body["slotStart"], "start")
    length = _length(event_type, body.get("slotDuration"))
    attendees = attendee_count_at(tx, event_type.id, start)
    if event_type.seats is None and attendees is not None:
        raise UnprocessableEntity("Can't reserve a slot if the event is already booked.")
    if event_type.seats is not None and (attendees or 0) >= event_type.seats.per_time_slot:
        raise UnprocessableEntity(f"Booking with id={event_type.id} at {body['slotStart']} has no more seats left.")
    return RequestedSlot(event_type, moment_of(start), moment_of(start + length * MINUTE))


def release_at(now: datetime, duration: int) -> datetime:
    """When a reservation of `duration` minutes is over."""
    return now + timedelta(minutes=duration)


def duration_of(body: dict[str, Any]) -> int:
    """For how many minutes a body asks."""
    duration = body.get("reservationDuration")
    return DEFAULT_DURATION if duration is None else int(duration)


def host_to_reserve(tx: Transaction, event_type: EventType) -> int:
    """Whose time is reserved: the owner's, or the first host's. Raises BadRequest for a team's without hosts."""
    if event_type.user_id is not None:
        return event_type.user_id
    host = tx[HOSTS].first(event_type_id=event_type.id)
    if host is None:
        raise BadRequest("Cannot reserve a slot for a team event without any hosts")
    return host.user_id


def _length(event_type: EventType, duration: int | None) -> int:
    if not duration:
        return event_type.length
    if not event_type.length_options:
        raise BadRequest("You passed 'slotDuration' but this event type is not a variable length event type.")
    if duration not in event_type.length_options:
        options = ", ".join(map(str, event_type.length_options))
        raise BadRequest(
            "Provided 'slotDuration' is not one of the possible lengths for the event type. "
            f"The possible lengths for this variable length event type are: {options}"
        )
    return int(duration)


def _is_close(tx: Transaction, user_id: int, event_type: EventType) -> bool:
    own = _teams_of(tx, user_id)
    if event_type.user_id is not None:
        return user_id == event_type.user_id or not own.isdisjoint(_teams_of(tx, event_type.user_id))
    team = tx[TEAMS].require(event_type.team_id)
    return team.id in own or team.parent_id in own


def _teams_of(tx: Transaction, user_id: int) -> set[int]:
    return {each.team_id for each in tx[MEMBERSHIPS].find(user_id=user_id) if each.accepted}

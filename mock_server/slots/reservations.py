"""The rules of slot reservations: which slots can be reserved, and who may choose the duration.

Source: Cal.com API v2, slot reservations.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.runtime.call import Caller
from mock_server.runtime.errors import BadRequest, Forbidden, NotFound, Unauthorized
from mock_server.runtime.instants import MINUTE, moment_of
from mock_server.slots.conflicts import RequestedSlot, check_conflicts
from mock_server.slots.model import RESERVATIONS
from mock_server.slots.queries import read_instant
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS

DEFAULT_DURATION = 5

_UNRELATED_USER = (
    "authenticated user is not owner of event type, does not have memberships in common with owner of the event type, "
    "nor does belong to event type's team or org."
)
_ANONYMOUS = (
    "reservationDuration can only be used for authenticated requests - use access token, api key or OAuth credentials"
)


class ReservationBody(TypedDict):
    """The body of a reservation, as the description has validated it."""

    eventTypeId: int
    slotStart: str
    slotDuration: NotRequired[int | None]
    reservationDuration: NotRequired[int | None]


def require_event_type(tx: Transaction, event_type_id: int, refusal: str | None = None) -> EventType:
    """The event type. Raises NotFound, with the text `refusal` if it is given."""
    event_type = tx[EVENT_TYPES].get(event_type_id)
    if event_type is None:
        raise NotFound(refusal or f"Event Type with ID={event_type_id} not found")
    return event_type


def check_duration_choice(tx: Transaction, caller: Caller | None, body: ReservationBody) -> None:
    """Only users related to the event type may choose the duration. Raises NotFound, Unauthorized, Forbidden."""
    if not body.get("reservationDuration"):
        return
    if caller is None:
        raise Unauthorized(_ANONYMOUS)
    event_type = require_event_type(tx, body["eventTypeId"])
    if not _is_related(tx, caller.user_id, event_type):
        raise Forbidden(_UNRELATED_USER)


def read_requested_slot(tx: Transaction, body: ReservationBody, *, is_new: bool) -> RequestedSlot:
    """The slot to reserve, or to move a reservation to. Raises NotFound, BadRequest, UnprocessableEntity."""
    event_type = require_event_type(tx, body["eventTypeId"])
    start = read_instant(body["slotStart"], "start")
    length = _length(event_type, body.get("slotDuration"))
    end = moment_of(start + length * MINUTE)
    slot = RequestedSlot(event_type, moment_of(start), end, body["slotStart"])
    check_conflicts(tx, slot, is_new=is_new)
    return slot


def release_at(now: datetime, duration: int) -> datetime:
    """The expiry of a reservation of `duration` minutes."""
    return now + timedelta(minutes=duration)


def duration_of(body: ReservationBody) -> int:
    """The duration of the reservation in minutes."""
    duration = body.get("reservationDuration")
    return DEFAULT_DURATION if duration is None else duration


def host_to_reserve(tx: Transaction, event_type: EventType) -> int:
    """The user whose time is reserved: the owner or the first host. Raises BadRequest if a team has no hosts."""
    if event_type.user_id is not None:
        return event_type.user_id
    host = tx[HOSTS].first(event_type_id=event_type.id)
    if host is None:
        raise BadRequest("Cannot reserve a slot for a team event without any hosts")
    return host.user_id


def release(tx: Transaction, uid: str) -> None:
    """Deletes the reservations under `uid`, if there are any."""
    for reservation in tx[RESERVATIONS].find(uid=uid):
        tx[RESERVATIONS].delete(reservation.id)


def reserve_or_extend(tx: Transaction, uid: str, event_type: EventType, start: datetime, end: datetime) -> None:
    """Reserves a time under `uid` for five minutes from now, or extends the reservation of that time under it."""
    held = next(
        (
            reservation
            for reservation in tx[RESERVATIONS].find(uid=uid)
            if (reservation.start, reservation.end) == (start, end)
        ),
        None,
    )
    host, until = host_to_reserve(tx, event_type), release_at(tx.now, DEFAULT_DURATION)
    if held is not None:
        tx[RESERVATIONS].update(held.id, event_type_id=event_type.id, user_id=host, release_at=until)
        return
    tx[RESERVATIONS].create(
        uid=uid,
        event_type_id=event_type.id,
        user_id=host,
        start=start,
        end=end,
        release_at=until,
        is_seat=event_type.seats is not None,
    )


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
    return duration


def _is_related(tx: Transaction, user_id: int, event_type: EventType) -> bool:
    """Whether a user owns the event type, shares a team with its owner, or belongs to its team or organization."""
    own = _teams_of(tx, user_id)
    if event_type.user_id is not None:
        return user_id == event_type.user_id or not own.isdisjoint(_teams_of(tx, event_type.user_id))
    team = tx[TEAMS].require(event_type.team_id)
    return team.id in own or team.parent_id in own


def _teams_of(tx: Transaction, user_id: int) -> set[int]:
    return {membership.team_id for membership in tx[MEMBERSHIPS].find(user_id=user_id) if membership.accepted}

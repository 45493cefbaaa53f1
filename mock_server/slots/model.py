"""Reservations of slots."""

from __future__ import annotations

from datetime import datetime

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity


class Reservation(Entity):
    """A slot kept from being offered until `release_at`; `user_id` is the event type's owner or first host.

    It outlives its event type. `is_seat`: it takes one seat of the slot, not the host's time.
    """

    id: int
    uid: str
    event_type_id: int
    user_id: int
    start: datetime
    end: datetime
    release_at: datetime
    is_seat: bool = False


RESERVATIONS = Collection(
    "reservations",
    Reservation,
    unique=(("uid",),),
    indexes=(Index(("event_type_id",), ("release_at",)), Index(("user_id",), ("release_at",))),
    references=(Reference("user_id", "users"),),
)

COLLECTIONS = (RESERVATIONS,)

"""Slot reservations."""

from __future__ import annotations

from datetime import datetime, timedelta

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity


class Reservation(Entity):
    """A slot that is not offered until `release_at`. `user_id` is the event type's owner or first host.

    It outlives its event type. `is_seat`: it holds one seat of the slot rather than the host's time. Several
    reservations share a `uid` if they were made under an older version with one cookie.
    """

    id: int
    uid: str
    event_type_id: int
    user_id: int
    start: datetime
    end: datetime
    release_at: datetime
    is_seat: bool = False

    @property
    def minutes(self) -> int:
        """The duration of the slot in whole minutes."""
        return (self.end - self.start) // timedelta(minutes=1)


RESERVATIONS = Collection(
    "reservations",
    Reservation,
    indexes=(Index(("uid",)), Index(("event_type_id",), ("release_at",)), Index(("user_id",), ("release_at",))),
    references=(Reference("user_id", "users"),),
)

COLLECTIONS = (RESERVATIONS,)

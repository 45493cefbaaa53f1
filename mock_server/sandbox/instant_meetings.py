"""Lets a host join an instant meeting, which the live user does with the link in the event INSTANT_MEETING."""

from __future__ import annotations

from typing import Any

from mock_server.bookings.instant_meetings import join_instant_meeting
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.runtime.errors import BadRequest, Forbidden
from mock_server.runtime.json_values import is_object
from mock_server.sandbox.errors import Refused
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World


async def join_meeting(world: World, uid: str, body: Any) -> dict[str, Any]:
    """Makes the user `userId` the organizer of an instant meeting. Raises Refused."""
    user_id = body.get("userId") if is_object(body) and body.keys() == {"userId"} else None
    if not isinstance(user_id, int) or isinstance(user_id, bool):
        raise Refused(400, 'The body has to be {"userId": 1}, with the id of a member of the team.')
    joined = await world.change(lambda tx: _join(tx, uid, user_id))
    return {"uid": joined.uid, "status": joined.status, "userId": joined.user_id}


def _join(tx: Transaction, uid: str, user_id: int) -> Booking:
    booking = tx[BOOKINGS].first(uid=uid)
    if booking is None:
        raise Refused(404, f"There is no booking {uid!r}.")
    try:
        return join_instant_meeting(tx, booking, user_id)
    except (BadRequest, Forbidden) as error:
        raise Refused(409, error.message) from None

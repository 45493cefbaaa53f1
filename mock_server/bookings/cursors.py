"""The cursors of lists of bookings, which name the last booking of a page by its place in the order.

Source: Cal.com API v2, bookings: list (2026-05-01).
"""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from mock_server.bookings.model import Booking
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.hints import NEXT_CURSOR
from mock_server.runtime.instants import milliseconds, moment_of

INVALID_CURSOR = "Invalid cursor"
_VERSION_AND_VARIANT = 7 << 76 | 2 << 62
_ID = (1 << 62) - 1


class SortKey(NamedTuple):
    """The place of a booking in lists."""

    start: datetime
    id: int


class _Content(msgspec.Struct, frozen=True, rename="camel"):
    """The JSON inside a cursor."""

    v: Literal[1]
    sort_uuid: uuid.UUID


def sort_key(booking: Booking) -> SortKey:
    """The booking's place: by start, then by id."""
    return SortKey(booking.start, booking.id)


def cursor_after(booking: Booking) -> str:
    """The cursor of the page after the booking: a UUID of version 7 with the start as its time, and the id."""
    number = milliseconds(booking.start) << 80 | _VERSION_AND_VARIANT | booking.id
    content = msgspec.json.encode(_Content(1, uuid.UUID(int=number)))
    return base64.b64encode(content).decode()


def read_cursor(text: str) -> SortKey:
    """The place that a cursor names. Raises BadRequest."""
    try:
        content = msgspec.json.decode(base64.b64decode(text, validate=True), type=_Content)
        number = content.sort_uuid.int
        return SortKey(moment_of(number >> 80), number & _ID)
    except (binascii.Error, ValueError):
        raise BadRequest(INVALID_CURSOR, hint=NEXT_CURSOR) from None

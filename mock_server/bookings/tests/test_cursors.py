"""The content of cursors."""

from __future__ import annotations

import base64
import json
import uuid

import pytest

from mock_server.bookings.cursors import SortKey, cursor_after, read_cursor, sort_key
from mock_server.bookings.tests.builders import add_booking, at, begin
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.hints import NEXT_CURSOR


def test_a_cursor_is_a_time_ordered_uuid_of_the_booking_s_place() -> None:
    tx = begin()
    first, second = (add_booking(tx, at(hour), at(hour + 1)) for hour in (10, 11))
    for booking in (first, second):
        assert sort_key(booking) == SortKey(booking.start, booking.id) == read_cursor(cursor_after(booking))
    content = json.loads(base64.b64decode(cursor_after(first)))
    number = uuid.UUID(content.pop("sortUuid"))
    assert content == {"v": 1}
    assert (number.version, number.variant) == (7, uuid.RFC_4122)
    assert number.int >> 80 == int(at(10).timestamp() * 1000)
    assert number.int & (1 << 62) - 1 == first.id


def test_the_refusal_of_a_cursor_says_where_cursors_are() -> None:
    for text in ("nonsense", "e30="):
        with pytest.raises(BadRequest, match=r"^Invalid cursor$") as refused:
            read_cursor(text)
        assert refused.value.hint == NEXT_CURSOR
    with pytest.raises(BadRequest):
        read_cursor(f" {cursor_after(add_booking(begin(), at(10), at(11)))}")

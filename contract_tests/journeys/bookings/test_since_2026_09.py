"""What changed in bookings in 2026-09: lists with a cursor, and which operation is served in which version."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from contract_tests.clients import BOOKINGS, Client, data, error
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host

pytestmark = [pytest.mark.since("2026-09"), pytest.mark.sandbox_only("starts a sandbox of this edition")]

NEWER = "2026-02-25"
CURSORS = "2026-05-01"


def test_a_cursor_leads_through_a_list(host: Host) -> None:
    talk = host.offer()
    uids = [host.book(talk, clock)["uid"] for clock in ("13:00", "09:00", "11:00")]
    by_start = [uids[1], uids[2], uids[0]]

    def listed(**query: Any) -> tuple[list[str], dict[str, Any]]:
        reply = host.api.get(BOOKING_PATH, params={"eventTypeId": talk, **query}, v=CURSORS)
        return [each["uid"] for each in data(reply)], reply.json()["pagination"]

    found, place = listed(status="upcoming", limit=2)
    assert (found, place["hasMore"]) == (by_start[:2], True)
    content = json.loads(base64.b64decode(place["nextCursor"]))
    assert content["v"] == 1
    uuid = UUID(content["sortUuid"])
    start = datetime.fromtimestamp((uuid.int >> 80) / 1000, UTC)
    assert (uuid.version, start.isoformat(timespec="milliseconds")) == (7, host.at("11:00").replace("Z", "+00:00"))
    found, place = listed(status="upcoming", limit=2, cursor=place["nextCursor"])
    assert (found, place) == (by_start[2:], {"nextCursor": None, "hasMore": False})
    assert listed()[0] == by_start[::-1]
    assert listed(status="past") == ([], {"nextCursor": None, "hasMore": False})
    for query in ({"status": "upcoming,past"}, {"limit": 101}, {"limit": 0}, {"cursor": "eA=="}):
        assert error(host.api.get(BOOKING_PATH, params=query, v=CURSORS), 400), query


def test_an_organization_lists_with_a_cursor_or_with_pages(owner: Client) -> None:
    path = "/v2/organizations/1/bookings"
    assert owner.get(path, v=CURSORS).json()["pagination"] == {"nextCursor": None, "hasMore": False}
    for version in (BOOKINGS, NEWER):
        assert owner.get(path, v=version).json()["pagination"]["itemsPerPage"] == 100
    assert owner.get(path).json()["pagination"]["totalItems"] == 0


def test_parts_of_bookings_are_served_in_their_own_version(host: Host) -> None:
    uid = host.book(host.offer(), "10:00")["uid"]
    path = f"{BOOKING_PATH}/{uid}"
    assert len(data(host.api.get(f"{path}/attendees", v=BOOKINGS))) == 1
    assert error(host.api.get(f"{path}/attendees", v=NEWER), 404)["message"] == f"Cannot GET {path}/attendees"
    guests = {"guests": [{"email": "guest@example.com"}]}
    assert error(host.api.post(f"{path}/guests", json=guests, v=NEWER), 404)["message"] == f"Cannot POST {path}/guests"
    location = {"location": {"type": "link", "link": "https://meet.example.com/ann"}}
    assert error(host.api.patch(f"{path}/location", json=location, v=NEWER), 404)
    assert data(host.api.get(path, v=NEWER))["uid"] == uid
    assert error(host.api.get(path, v=CURSORS), 404)

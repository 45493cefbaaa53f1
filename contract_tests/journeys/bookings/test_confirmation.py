"""Bookings that have to be confirmed."""

from __future__ import annotations

import pytest

from contract_tests.clients import BOOKINGS, Client, error
from contract_tests.editions import in_force
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host
from contract_tests.managed_users import ManagedUsers

ALWAYS = {"type": "always", "blockUnconfirmedBookingsInBooker": False}


@pytest.fixture
def visit(host: Host) -> int:
    return host.offer(confirmationPolicy=ALWAYS)


def test_a_request_blocks_its_slot_once_it_is_confirmed(host: Host, visit: int) -> None:
    asked = host.book(visit, "10:00")
    assert (asked["status"], asked["location"]) == ("pending", "integrations:daily")
    assert "10:00" in host.clocks(visit)
    assert host.listed(status="unconfirmed", eventTypeId=visit) == [asked["uid"]]

    confirmed = host.act(asked["uid"], "confirm")
    assert confirmed["status"] == "accepted"
    assert confirmed["location"].endswith(f"/video/{asked['uid']}")
    assert "10:00" not in host.clocks(visit)
    assert host.listed(status="unconfirmed", eventTypeId=visit) == []
    for action in ("confirm", "decline"):
        error(host.api.post(f"{BOOKING_PATH}/{asked['uid']}/{action}", json={}, v=BOOKINGS), 400)


def test_a_request_that_is_declined_can_still_be_confirmed(host: Host, visit: int) -> None:
    asked = host.book(visit, "10:00")
    declined = host.act(asked["uid"], "decline", reason="no time")
    assert declined["status"] == "rejected"
    assert "no time" not in str(declined), "the reason is kept for oneself"
    assert host.listed(status="cancelled", eventTypeId=visit) == [asked["uid"]]
    assert host.act(asked["uid"], "confirm")["status"] == "accepted"


def test_unconfirmed_requests_may_block_their_slot(host: Host) -> None:
    visit = host.offer(confirmationPolicy=ALWAYS | {"blockUnconfirmedBookingsInBooker": True})
    host.book(visit, "10:00")
    assert "10:00" not in host.clocks(visit)
    error(host.ask(visit, "10:00"), 400)


def test_only_bookings_at_short_notice_need_confirmation(host: Host) -> None:
    days = {"type": "time", "blockUnconfirmedBookingsInBooker": False}
    soon = host.offer(confirmationPolicy=days | {"noticeThreshold": {"count": 2, "unit": "hours"}})
    assert host.book(soon, "10:00")["status"] == "accepted"
    late = host.offer(confirmationPolicy=days | {"noticeThreshold": {"count": 24 * 60, "unit": "hours"}})
    assert host.book(late, "12:00")["status"] == "pending"


def test_a_moved_booking_needs_confirmation_unless_the_organizer_moves_it(
    host: Host, visit: int, anonymous: Client
) -> None:
    asked = host.book(visit, "10:00")
    host.act(asked["uid"], "confirm")
    moved = host.act(asked["uid"], "reschedule", anonymous, 201, start=host.at("12:00"))
    assert moved["status"] == "pending"
    by_host = {"start": host.at("14:00"), "rescheduledBy": host.email}
    status = "pending" if in_force("pending-bookings-stay-pending") else "accepted"
    assert host.act(moved["uid"], "reschedule", anonymous, 201, **by_host)["status"] == status


@pytest.mark.parametrize("action", ["confirm", "decline"])
def test_other_users_cannot_confirm(
    host: Host, visit: int, anonymous: Client, managed_users: ManagedUsers, action: str
) -> None:
    path = f"{BOOKING_PATH}/{host.book(visit, '10:00')['uid']}/{action}"
    error(anonymous.post(path, json={}, v=BOOKINGS), 403)
    refusal = error(managed_users.new().api.post(path, json={}, v=BOOKINGS), 401)
    assert refusal["message"] == "You are not authorized to access this resource"

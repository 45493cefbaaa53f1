"""The doctor finds booking limits that allow nothing, or limit nothing."""

from __future__ import annotations

import pytest

from mock_server.booking_limits.invariants import CHECKS
from mock_server.booking_limits.model import (
    OVERALL_BOOKING_LIMITS,
    OWN_TEAM_BOOKING_LIMITS,
    OverallBookingLimits,
    OwnTeamBookingLimits,
)
from mock_server.bookings.tests.builders import MEMBER, begin

MEMBERSHIP = 5


@pytest.mark.parametrize(("number", "complaints"), [(1, 0), (0, 2), (None, 2)])
def test_limits_have_a_number_from_one_on(number: int | None, complaints: int) -> None:
    tx = begin(edition="2026-09")
    tx[OVERALL_BOOKING_LIMITS].insert(OverallBookingLimits(user_id=MEMBER, per_week=number))
    tx[OWN_TEAM_BOOKING_LIMITS].insert(OwnTeamBookingLimits(membership_id=MEMBERSHIP, per_year=number))
    assert len([each for check in CHECKS for each in check(tx)]) == complaints

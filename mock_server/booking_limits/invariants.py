"""Invariants of booking limits, which hold in every world."""

from __future__ import annotations

from mock_server.booking_limits.limits import numbers_of
from mock_server.booking_limits.model import OVERALL_BOOKING_LIMITS, OWN_TEAM_BOOKING_LIMITS
from mock_server.state.transaction import Transaction


def limits_allow_some_bookings(tx: Transaction) -> list[str]:
    """Stored limits have a number for some period, of at least one booking."""
    stored = [
        *((f"user {each.user_id}", each) for each in tx.table(OVERALL_BOOKING_LIMITS).rows.values()),
        *((f"membership {each.membership_id}", each) for each in tx.table(OWN_TEAM_BOOKING_LIMITS).rows.values()),
    ]
    return [
        f"the booking limits of {owner} are {dict(numbers)}"
        for owner, numbers in ((owner, numbers_of(limits)) for owner, limits in stored)
        if not numbers or min(numbers.values()) < 1
    ]


CHECKS = (limits_allow_some_bookings,)

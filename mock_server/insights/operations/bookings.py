"""Operations that show figures about bookings.

Source: Cal.com API v2, insights: bookings.
"""

from __future__ import annotations

from mock_server.insights.booking_figures import (
    average_durations,
    key_figures,
    member_rankings,
    read_booking_query,
    trends,
)
from mock_server.runtime.call import Call


def get_booking_kpi_stats(call: Call) -> dict[str, object]:
    """The key figures of bookings, compared with the range before."""
    return key_figures(call.tx, read_booking_query(call))


def get_booking_event_trends(call: Call) -> list[dict[str, object]]:
    """Counts of bookings by period."""
    return trends(call.tx, read_booking_query(call))


def get_booking_average_duration(call: Call) -> list[dict[str, object]]:
    """The mean duration of bookings by period."""
    return average_durations(call.tx, read_booking_query(call))


def get_booking_member_stats(call: Call) -> dict[str, object]:
    """Rankings of members by their bookings."""
    return member_rankings(call.tx, read_booking_query(call))

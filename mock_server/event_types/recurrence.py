"""The recurrence of event types whose bookings are series.

Source: Cal.com API v2, event types: recurrence.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.model import Recurrence

FREQUENCY_NUMBERS = {"yearly": 0, "monthly": 1, "weekly": 2}
"""The frequencies as the database has them, by their names."""


def read_recurrence(recurrence: dict[str, Any]) -> Recurrence | None:
    """The recurrence of a request; None where it is disabled."""
    if recurrence.get("disabled") or "interval" not in recurrence:
        return None
    return Recurrence(
        interval=int(recurrence["interval"]),
        occurrences=int(recurrence["occurrences"]),
        frequency=recurrence["frequency"],
    )


def recurrence_view(recurrence: Recurrence | None) -> dict[str, object] | None:
    """The recurrence, or null."""
    if recurrence is None:
        return None
    return {
        "interval": recurrence.interval,
        "occurrences": recurrence.occurrences,
        "frequency": recurrence.frequency,
        "disabled": False,
    }

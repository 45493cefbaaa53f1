"""Whether one booking is a series of meetings.

Source: Cal.com API v2, event types: recurrence.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.model import Recurrence


def read_recurrence(recurrence: dict[str, Any]) -> Recurrence | None:
    """The series that a request asks for; None where it is disabled."""
    if recurrence.get("disabled") or "interval" not in recurrence:
        return None
    return Recurrence(
        interval=int(recurrence["interval"]),
        occurrences=int(recurrence["occurrences"]),
        frequency=recurrence["frequency"],
    )


def recurrence_view(recurrence: Recurrence | None) -> dict[str, Any] | None:
    """The series, or null."""
    if recurrence is None:
        return None
    return {
        "interval": recurrence.interval,
        "occurrences": recurrence.occurrences,
        "frequency": recurrence.frequency,
        "disabled": False,
    }

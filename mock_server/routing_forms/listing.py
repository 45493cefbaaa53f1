"""Filters, sorts and pages lists of routing forms and of responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from mock_server.routing_forms.model import RoutingForm, RoutingFormResponse

Row = TypeVar("Row", RoutingForm, RoutingFormResponse)

Timestamp = Literal["CreatedAt", "UpdatedAt"]

CREATED: Timestamp = "CreatedAt"
UPDATED: Timestamp = "UpdatedAt"


def list_page(
    rows: Sequence[Row], query: Mapping[str, Any], timestamps: Sequence[Timestamp] = (CREATED, UPDATED)
) -> list[Row]:
    """One page of `rows`, filtered and sorted by the query's parameters for these timestamps.

    `after...` and `before...` filter, `sort...` sorts; the first timestamp is the primary sort key.
    """
    found = list(rows)
    for timestamp in timestamps:
        after, before = _moment(query.get(f"after{timestamp}")), _moment(query.get(f"before{timestamp}"))
        found = [row for row in found if _lies_within(_timestamp(row, timestamp), after, before)]
    for timestamp in reversed(timestamps):
        direction = query.get(f"sort{timestamp}")
        if direction is not None:
            found.sort(key=lambda row, timestamp=timestamp: _timestamp(row, timestamp), reverse=direction == "desc")
    skip = query["skip"]
    return found[skip : skip + query["take"]]


def _timestamp(row: RoutingForm | RoutingFormResponse, timestamp: Timestamp) -> datetime:
    return row.created_at if timestamp == CREATED else row.updated_at or row.created_at


def _lies_within(moment: datetime, after: datetime | None, before: datetime | None) -> bool:
    return (after is None or moment >= after) and (before is None or moment <= before)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

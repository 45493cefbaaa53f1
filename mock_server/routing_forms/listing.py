"""How lists of routing forms and of responses are filtered, sorted and paged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from mock_server.routing_forms.model import RoutingForm, RoutingFormResponse

Row = TypeVar("Row", RoutingForm, RoutingFormResponse)

CREATED = "CreatedAt"
UPDATED = "UpdatedAt"


def list_page(rows: Sequence[Row], query: Mapping[str, Any], stamps: Sequence[str] = (CREATED, UPDATED)) -> list[Row]:
    """One page of `rows` by the query's bounds and directions for these `stamps`; the first stamp sorts first."""
    found = list(rows)
    for stamp in stamps:
        after, before = _moment(query.get(f"after{stamp}")), _moment(query.get(f"before{stamp}"))
        found = [each for each in found if _lies_within(_stamp(each, stamp), after, before)]
    for stamp in reversed(stamps):
        direction = query.get(f"sort{stamp}")
        if direction is not None:
            found.sort(key=lambda row, stamp=stamp: _stamp(row, stamp), reverse=direction == "desc")
    skip = query["skip"]
    return found[skip : skip + query["take"]]


def _stamp(row: RoutingForm | RoutingFormResponse, stamp: str) -> datetime:
    return row.created_at if stamp == CREATED else row.updated_at or row.created_at


def _lies_within(moment: datetime, after: datetime | None, before: datetime | None) -> bool:
    return (after is None or moment >= after) and (before is None or moment <= before)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

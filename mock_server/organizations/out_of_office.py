"""Out-of-office entries: parsing of periods, and validation.

Source: Cal.com API v2, out of office.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any

from mock_server.organizations.model import OUT_OF_OFFICES, OutOfOffice
from mock_server.runtime.errors import BadRequest, Conflict, ValidationFailed, property_error
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS

FIRST_MOMENT = time(0)
LAST_MOMENT = time(23, 59, 59, 999_000)

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


def read_period(body: dict[str, Any], *, required: bool) -> tuple[datetime | None, datetime | None]:
    """`start` and `end` of a request, extended to whole days in UTC; None if left out.

    Raises BadRequest unless they are in ISO 8601 with Z, ValidationFailed for an invalid date or a missing one.
    """
    read = {name: _moment(body, name) for name in ("start", "end") if name in body}
    wrong = [name for name in ("start", "end") if read.get(name) is None and (required or name in body)]
    if wrong:
        raise ValidationFailed([_not_a_date(body, name) for name in wrong])
    start, end = read.get("start"), read.get("end")
    return (
        None if start is None else datetime.combine(start, FIRST_MOMENT, UTC),
        None if end is None else datetime.combine(end, LAST_MOMENT, UTC),
    )


def check_period(
    tx: Transaction, user_id: int, start: datetime | None, end: datetime | None, covering_id: int | None
) -> None:
    """Raises BadRequest or Conflict unless the user can be away in this period, with `covering_id` taking over."""
    if start is None and end is None:
        return
    if start is None or end is None:
        raise BadRequest("Please specify both ooo start and end time.")
    if start > end:
        raise BadRequest("Start date must be before end date.")
    if any(_overlaps(each, start, end) for each in _covered_by(tx, user_id, covering_id)):
        raise BadRequest("Booking redirect infinite not allowed.")
    if any((each.start, each.end) == (start, end) for each in tx[OUT_OF_OFFICES].find(user_id=user_id)):
        raise Conflict("Ooo entry already exists.")


def check_cover(tx: Transaction, user_id: int, covering_id: int | None) -> None:
    """Raises BadRequest unless `covering_id` is None or another user who shares a team with the user."""
    if covering_id is None:
        return
    if covering_id == user_id:
        raise BadRequest("Cannot redirect to self.")
    own_teams = {each.team_id for each in tx[MEMBERSHIPS].find(user_id=user_id) if each.accepted}
    if not any(each.team_id in own_teams for each in tx[MEMBERSHIPS].find(user_id=covering_id)):
        raise BadRequest("Cannot redirect to this user.")


def _covered_by(tx: Transaction, user_id: int, absent_id: int | None) -> list[OutOfOffice]:
    """Entries in which the user takes over for `absent_id`, or for any user if that is None."""
    entries = tx[OUT_OF_OFFICES].find(to_user_id=user_id)
    return [each for each in entries if absent_id is None or each.user_id == absent_id]


def _overlaps(entry: OutOfOffice, start: datetime, end: datetime) -> bool:
    return entry.start <= end and entry.end >= start


def _moment(body: dict[str, Any], name: str) -> datetime | None:
    value = body[name]
    if not isinstance(value, str) or not _FORM.fullmatch(value):
        raise BadRequest("Invalid Date.")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _not_a_date(body: dict[str, Any], name: str) -> dict[str, Any]:
    return property_error(body, name, {"isDate": f"{name} must be a Date instance"}, shows_value=False)

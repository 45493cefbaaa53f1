"""The days on which stories, journeys and tests book, so that their verdicts do not depend on the date.

They do not book today: its first slot depends on the minimum notice, to the millisecond, and may be past by then.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

A_WEEK = 7


def coming_monday(days: int = A_WEEK) -> date:
    """The first Monday at least `days` days after today, in UTC."""
    return _coming(0, days)


def coming_tuesday(days: int = A_WEEK) -> date:
    """The first Tuesday at least `days` days after today, in UTC."""
    return _coming(1, days)


def from_tomorrow(today: date | None = None) -> dict[str, str]:
    """The parameters that search the slots of two weeks from tomorrow on. Today is that in UTC unless it is given."""
    today = today or datetime.now(UTC).date()
    return {"start": f"{today + timedelta(days=1)}", "end": f"{today + timedelta(days=14)}"}


def _coming(weekday: int, days: int) -> date:
    day = datetime.now(UTC).date() + timedelta(days=days)
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def coming_workday(number: int) -> date:
    """A day from Monday to Friday: 0 is the coming Monday, 5 the Monday after it."""
    weeks, days = divmod(number, 5)
    return coming_monday() + timedelta(weeks=weeks, days=days)

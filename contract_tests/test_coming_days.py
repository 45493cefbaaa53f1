"""The days on which tests book."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import pytest

from contract_tests import coming_days
from contract_tests.coming_days import coming_monday, coming_tuesday, coming_workday, from_tomorrow


@pytest.mark.parametrize("today", [date(2028, 2, 25) + timedelta(days=days) for days in range(8)], ids=str)
def test_they_are_days_of_the_week_and_far_enough_ahead(today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    class Evening(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.combine(today, time(23, 59), UTC).astimezone(tz)

    monkeypatch.setattr(coming_days, "datetime", Evening)
    for days in (1, 7, 14):
        found = coming_monday(days), coming_tuesday(days)
        assert [each.isoweekday() for each in found] == [1, 2]
        assert all(days <= (each - today).days < days + 7 for each in found)
    workdays = [coming_workday(number) for number in range(11)]
    assert [each.isoweekday() for each in workdays] == [1, 2, 3, 4, 5] * 2 + [1]
    assert sorted(set(workdays)) == workdays
    assert workdays[0] == coming_monday()
    assert from_tomorrow()["start"] == from_tomorrow(today)["start"] == f"{today + timedelta(days=1)}"

"""The story about today's slots, at any time of the day."""

from __future__ import annotations

from datetime import UTC, datetime, time, tzinfo

import httpx
import pytest

from contract_tests.consistency import clocks
from contract_tests.consistency.actors import sandbox_actors
from contract_tests.consistency.run import run
from contract_tests.http import DirectChannel
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description


@pytest.mark.parametrize("clock", ["00:00:00", "09:07:30", "11:29:53", "15:44:07", "22:58:59", "23:44:53", "23:59:01"])
def test_todays_slots_are_right_at_any_time(clock: str, cal_mock: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.combine(datetime.now(UTC).date(), time.fromisoformat(clock), UTC)

    class FrozenTime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return now.astimezone(tz)

    httpx.put(f"{cal_mock}/_sandbox/clock", json={"now": now.isoformat(), "frozen": True}).raise_for_status()
    monkeypatch.setattr(clocks, "datetime", FrozenTime)
    report = run(DirectChannel(cal_mock), sandbox_actors(cal_mock), Description(load_bundle()), seed=1, only=["today"])
    assert (report.defects, [each.text for each in report.findings]) == ([], [])

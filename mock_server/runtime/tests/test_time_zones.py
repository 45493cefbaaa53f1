"""Time zones come from the tzdata package."""

from __future__ import annotations

from datetime import datetime

import pytest

from mock_server.runtime.time_zones import is_time_zone, time_zone, time_zones


def test_zones_are_named_in_any_case_and_loaded_once() -> None:
    assert time_zone("america/new_york") is time_zone("America/New_York")
    assert time_zone("EUROPE/LONDON").key == "Europe/London"
    assert all(time_zone(name).utcoffset(datetime(2030, 7, 1)) is not None for name in time_zones().values())


@pytest.mark.parametrize("name", ["Mars/Base", "", "GMT+1", "../etc", "localtime", "zone.tab", "Europe", "/etc/passwd"])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert not is_time_zone(name)
    with pytest.raises(KeyError, match="There is no time zone"):
        time_zone(name)

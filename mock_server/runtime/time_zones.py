"""Time zones of the `tzdata` package, never of the operating system: the same request gets the same reply anywhere.

Every zone is loaded here. `zoneinfo.ZoneInfo(name)` would prefer the data of the machine, which differs by its age.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@cache
def time_zones() -> dict[str, str]:
    """All IANA time zones as they are spelled, by their names in lower case."""
    return {zone.lower(): zone for zone in files("tzdata").joinpath("zones").read_text().split()}


def is_time_zone(value: str) -> bool:
    """Whether `value` names an IANA time zone, in any case."""
    return value.lower() in time_zones()


def time_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, which may be written in any case. Raises ZoneInfoNotFoundError (a KeyError)."""
    spelling = time_zones().get(name.lower())
    if spelling is None:
        raise ZoneInfoNotFoundError(f"There is no time zone {name!r}.")
    return _loaded(spelling)


@cache
def _loaded(spelling: str) -> ZoneInfo:
    """One object for each zone: datetimes of two objects would be compared and subtracted by another rule."""
    with files("tzdata").joinpath("zoneinfo", *spelling.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=spelling)

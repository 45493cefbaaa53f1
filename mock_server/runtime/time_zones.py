"""Time zones from the `tzdata` package, never from the operating system, so that replies are the same everywhere.

Every zone is loaded here. `zoneinfo.ZoneInfo(name)` would prefer the machine's data, which may be older or newer.
The version is that of the recorded service's time: later ones have other offsets for Morocco in 2026.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@cache
def time_zones() -> dict[str, str]:
    """The IANA spellings of all time zones, by their lower-case names."""
    return {zone.lower(): zone for zone in files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()}


def is_time_zone(value: str) -> bool:
    """Whether `value` names an IANA time zone, in any case."""
    return value.lower() in time_zones()


def canonical_time_zone(name: str) -> str:
    """The IANA spelling of a zone name in any case. Raises KeyError."""
    return time_zones()[name.lower()]


def time_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, in any case. Raises ZoneInfoNotFoundError (a KeyError)."""
    spelling = time_zones().get(name.lower())
    if spelling is None:
        raise ZoneInfoNotFoundError(f"There is no time zone {name!r}.")
    return _loaded(spelling)


@cache
def _loaded(spelling: str) -> ZoneInfo:
    """A single object per zone: datetimes with different objects are compared and subtracted by other rules."""
    with files("tzdata").joinpath("zoneinfo", *spelling.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=spelling)

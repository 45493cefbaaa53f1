"""Makes icalendar use the time zones of the `tzdata` package. Importing this module imports icalendar: slow."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import tzinfo
from typing import TYPE_CHECKING

from icalendar.timezone import tzp
from icalendar.timezone.zoneinfo import ZONEINFO

from mock_server.runtime.time_zones import is_time_zone, time_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class PackagedZones(ZONEINFO):
    """A zone provider for icalendar that ignores the zones of the operating system."""

    @property
    def utc(self) -> ZoneInfo:
        """See ZONEINFO."""
        return time_zone("UTC")

    def timezone(self, name: str) -> tzinfo | None:
        """The IANA zone of that name, case-insensitively."""
        return time_zone(name) if is_time_zone(name) else None

    def knows_timezone_id(self, tzid: str) -> bool:
        """Whether the zone is known without a definition in the document."""
        return is_time_zone(tzid)


@contextmanager
def packaged_zones() -> Generator[None]:
    """While active, icalendar knows only the zones of the package and those defined in the current document.

    icalendar has a single provider per process, which also caches the zones that documents define. A new provider per
    document keeps them apart; afterwards the previous kind of provider is restored.
    """
    before = tzp.name
    tzp.use(PackagedZones())
    try:
        yield
    finally:
        tzp.use(before)

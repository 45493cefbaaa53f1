"""Makes icalendar take time zones from the `tzdata` package. Importing this imports icalendar, which takes long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import TYPE_CHECKING

from icalendar.timezone import tzp
from icalendar.timezone.zoneinfo import ZONEINFO

from mock_server.runtime.time_zones import is_time_zone, time_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class PackagedZones(ZONEINFO):
    """icalendar's provider of zones, without those of the operating system."""

    @property
    def utc(self) -> ZoneInfo:
        """See ZONEINFO."""
        return time_zone("UTC")

    def timezone(self, name: str) -> tzinfo | None:
        """The IANA zone of that name, in any case."""
        return time_zone(name) if is_time_zone(name) else None

    def knows_timezone_id(self, tzid: str) -> bool:
        """Whether a document need not describe the zone itself."""
        return is_time_zone(tzid)


@contextmanager
def packaged_zones() -> Iterator[None]:
    """Within, icalendar knows only the zones of the package, and those that the document in hand describes.

    icalendar has one provider for the whole process, which also keeps the zones that documents describe. A fresh one
    for each document keeps them apart; afterwards, the process has the kind of provider that it had before.
    """
    before = tzp.name
    tzp.use(PackagedZones())
    try:
        yield
    finally:
        tzp.use(before)

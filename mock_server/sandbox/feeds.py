"""Serves the ICS feeds of a world: `GET /_sandbox/feeds/{name}.ics`."""

from __future__ import annotations

from mock_server.calendars.model import FEEDS
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.reply import Reply
from mock_server.sandbox.errors import Refused

CALENDAR = (b"content-type", b"text/calendar; charset=utf-8")


def feed_file(exchange: Exchange, file: str | None) -> Reply:
    """A feed. Feeds are defined in the world file, under `feeds`."""
    feed = exchange.world.begin()[FEEDS].get((file or "").removesuffix(".ics"))
    if feed is None or not (file or "").endswith(".ics"):
        raise Refused(404, f"There is no feed {file}. The world file defines feeds by name, each served with .ics.")
    # RFC 5545 requires CRLF.
    lines = [*feed.text.splitlines(), ""]
    return Reply(200, "\r\n".join(lines).encode(), (CALENDAR,), enveloped=False)

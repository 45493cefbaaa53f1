"""Connects ICS feeds.

Source: Cal.com API v2, calendars: ICS feeds.
"""

from __future__ import annotations

from mock_server.calendars.connections import check_connection
from mock_server.calendars.feeds import FeedUnreadable, feed_at, name_of
from mock_server.calendars.integrations import ICS_FEED, INTEGRATIONS
from mock_server.calendars.model import CREDENTIALS
from mock_server.calendars.views import credential_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.reply import NOTHING, Nothing


def create_ics_feed(call: Call) -> dict[str, object]:
    """Creates one connection for all addresses, after reading each feed."""
    urls: list[str] = call.body["urls"]
    try:
        feeds = [{"url": url, "name": name_of(url, feed_at(call.tx, url))} for url in urls]
    except FeedUnreadable as error:
        raise BadRequest("Could not add ICS feeds, try using private ics feed.", hint=str(error)) from None
    read_only = call.body.get("readOnly")
    credential = call.tx[CREDENTIALS].create(
        type=ICS_FEED,
        app_id=INTEGRATIONS[ICS_FEED].slug,
        key={"feeds": feeds, "readOnly": True if read_only is None else read_only},
        user_id=call.caller.user_id,
    )
    return credential_view(credential)


def check_ics_feed(call: Call) -> Nothing:
    """Checks the caller's first connection to ICS feeds."""
    check_connection(call.tx, call.caller.user_id, ICS_FEED)
    return NOTHING

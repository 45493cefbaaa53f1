"""Operations on calendars, one module per group of the description."""

from mock_server.calendars.operations.calendars import list_busy_times, list_calendars
from mock_server.calendars.operations.connections import (
    check_calendar,
    connect_calendar,
    disconnect_calendar,
    save_calendar_connection,
    save_calendar_credentials,
)
from mock_server.calendars.operations.delegation_credentials import (
    create_delegation_credential,
    update_delegation_credential,
)
from mock_server.calendars.operations.destination_calendars import update_destination_calendar
from mock_server.calendars.operations.ics_feeds import check_ics_feed, create_ics_feed
from mock_server.calendars.operations.selected_calendars import deselect_calendar, select_calendar

__all__ = [
    "check_calendar",
    "check_ics_feed",
    "connect_calendar",
    "create_delegation_credential",
    "create_ics_feed",
    "deselect_calendar",
    "disconnect_calendar",
    "list_busy_times",
    "list_calendars",
    "save_calendar_connection",
    "save_calendar_credentials",
    "select_calendar",
    "update_delegation_credential",
    "update_destination_calendar",
]

"""Reads and changes the calendar events of bookings.

Source: Cal.com API v2, unified calendars.
"""

from __future__ import annotations

from mock_server.bookings.model import BOOKING_REFERENCES, BOOKINGS, BookingReference
from mock_server.calendars.events import EventRefused, change_event
from mock_server.calendars.hints import EVENT_INCOMPLETE
from mock_server.calendars.integrations import BY_PROVIDER, GOOGLE
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    ACCOUNTS,
    BUSY_EVENTS,
    CALENDAR_EVENTS,
    CREDENTIALS,
    DELEGATION_CREDENTIALS,
    CalendarEvent,
)
from mock_server.calendars.views import calendar_event_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound, Unauthorized


def get_calendar_event(call: Call) -> dict[str, object]:
    """The event as its calendar service shows it."""
    return calendar_event_view(_event(call, "Meeting details are", "Failed to retrieve meeting details"))


def update_calendar_event(call: Call) -> dict[str, object]:
    """Changes the event in its calendar. The booking stays as it is."""
    refusal = "Failed to update meeting details"
    event = _event(call, "Event updates are", refusal)
    try:
        return calendar_event_view(change_event(call.tx, event, call.body))
    except EventRefused:
        raise NotFound(refusal, hint=EVENT_INCOMPLETE) from None


def _event(call: Call, subject: str, refusal: str) -> CalendarEvent:
    """The event in the path. Raises the refusal, also where its calendar service does not answer."""
    if BY_PROVIDER.get(str(call.path["calendar"])) != GOOGLE:
        raise BadRequest(f"{subject} currently only available for Google Calendar")
    references = [
        reference
        for reference in call.tx[BOOKING_REFERENCES].find(uid=str(call.path["eventUid"]))
        if not reference.deleted and call.tx[BOOKINGS].require(reference.booking_id).user_id == call.caller.user_id
    ]
    if not references:
        raise NotFound("Booking reference not found")
    if not _is_usable(call, references[-1]):
        raise Unauthorized("No valid credentials available for Google Calendar")
    event = call.tx[CALENDAR_EVENTS].get(references[-1].uid)
    if event is None or _is_unreachable(call, event):
        raise NotFound(refusal)
    return event


def _is_usable(call: Call, reference: BookingReference) -> bool:
    if reference.type != GOOGLE:
        return False
    credential = call.tx[CREDENTIALS].get(reference.credential_id)
    if credential is not None:
        return not credential.invalid
    delegation = call.tx[DELEGATION_CREDENTIALS].get(reference.delegation_credential_id)
    return delegation is not None and delegation.enabled


def _is_unreachable(call: Call, event: CalendarEvent) -> bool:
    busy = call.tx[BUSY_EVENTS].require(event.busy_event_id)
    account = call.tx[ACCOUNTS].require(call.tx[ACCOUNT_CALENDARS].require(busy.calendar_id).account_id)
    return account.failure is not None

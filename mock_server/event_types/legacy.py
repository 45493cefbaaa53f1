"""Bodies and replies of the older operations on event types.

Source: Cal.com API v2, event types (2024-04-15).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.event_types.locations import integration_named, stored_type, type_named
from mock_server.event_types.model import BookingWindow, EventType, Limit, Location, Recurrence
from mock_server.event_types.recurrence import FREQUENCY_NUMBERS
from mock_server.runtime.dates import iso
from mock_server.runtime.errors import BadRequest

_FIELDS = {
    "title": "title",
    "slug": "slug",
    "length": "length",
    "description": "description",
    "hidden": "hidden",
    "disableGuests": "disable_guests",
    "slotInterval": "slot_interval",
    "minimumBookingNotice": "minimum_booking_notice",
    "beforeEventBuffer": "before_event_buffer",
    "afterEventBuffer": "after_event_buffer",
}


def read_legacy_settings(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of the event type that the body gives. Raises BadRequest for a location of an unknown app."""
    fields = {ours: body[name] for name, ours in _FIELDS.items() if body.get(name) is not None}
    if body.get("locations"):
        fields["locations"] = tuple(map(_read_location, body["locations"]))
    return fields


def row_view(event_type: EventType) -> dict[str, object]:
    """The event type as the database has it."""
    seats = event_type.seats
    return {
        "id": event_type.id,
        "title": event_type.title,
        "slug": event_type.slug,
        "description": event_type.description,
        "length": event_type.length,
        "hidden": event_type.hidden,
        "userId": event_type.user_id,
        "teamId": event_type.team_id,
        "parentId": event_type.parent_id,
        "schedulingType": _scheduling_type(event_type),
        "scheduleId": event_type.schedule_id,
        "eventName": event_type.custom_name,
        "locations": [_stored_location(each) for each in event_type.locations],
        "metadata": event_type.full_metadata or None,
        "price": event_type.price,
        "currency": event_type.currency,
        "slotInterval": event_type.slot_interval,
        "minimumBookingNotice": event_type.minimum_booking_notice,
        "beforeEventBuffer": event_type.before_event_buffer,
        "afterEventBuffer": event_type.after_event_buffer,
        "offsetStart": event_type.offset_start,
        "onlyShowFirstAvailableSlot": event_type.only_show_first_available_slot,
        "requiresConfirmation": event_type.requires_confirmation,
        "requiresConfirmationWillBlockSlot": event_type.unconfirmed_bookings_block,
        "requiresBookerEmailVerification": event_type.requires_booker_email_verification,
        "disableGuests": event_type.disable_guests,
        "hideCalendarNotes": event_type.hide_calendar_notes,
        "hideCalendarEventDetails": event_type.hide_calendar_event_details,
        "lockTimeZoneToggleOnBookingPage": event_type.lock_time_zone_toggle,
        "useEventTypeDestinationCalendarEmail": event_type.use_destination_calendar_email,
        "seatsPerTimeSlot": None if seats is None else seats.per_time_slot,
        "seatsShowAttendees": None if seats is None else seats.show_attendees,
        "seatsShowAvailabilityCount": None if seats is None else seats.show_availability_count,
        "recurringEvent": recurring_event(event_type.recurrence),
        "bookingLimits": _limits(event_type.booking_limits),
        "durationLimits": _limits(event_type.duration_limits),
        "successRedirectUrl": event_type.success_redirect_url,
        "forwardParamsSuccessRedirect": event_type.forward_params_success_redirect,
        "isInstantEvent": event_type.is_instant_event,
        "assignAllTeamMembers": event_type.assign_all_team_members,
        **_period(event_type.booking_window),
    }


def deleted_row_view(event_type: EventType) -> dict[str, object]:
    """A deleted event type."""
    return {
        "id": event_type.id,
        "length": event_type.length,
        "slug": event_type.slug,
        "title": event_type.title,
    }


def public_row_view(event_type: EventType) -> dict[str, object]:
    """An event type as shown on its owner's booking page."""
    row = row_view(event_type)
    return {name: row[name] for name in ("id", "title", "slug", "description", "length", "hidden", "locations")}


def recurring_event(recurrence: Recurrence | None) -> dict[str, int] | None:
    """The recurrence as the database has it, or null."""
    if recurrence is None:
        return None
    freq = FREQUENCY_NUMBERS[recurrence.frequency]
    return {"freq": freq, "count": recurrence.occurrences, "interval": recurrence.interval}


def _read_location(item: dict[str, Any]) -> Location:
    stored, public = item["type"], bool(item.get("displayLocationPublicly"))
    integration, kind = integration_named(stored), type_named(stored)
    given = {"inPerson": item.get("address"), "link": item.get("link"), "userPhone": item.get("hostPhoneNumber")}
    if stored in given and not given[stored]:
        raise BadRequest(f"A location of the type {stored} needs its address, link or hostPhoneNumber")
    match kind:
        case "address":
            return Location(type="address", address=item["address"], public=public)
        case "link":
            return Location(type="link", link=item["link"], public=public)
        case "phone":
            return Location(type="phone", phone=item["hostPhoneNumber"], public=public)
        case None if integration is not None:
            return Location(type="integration", integration=integration)
        case None:
            raise BadRequest(f"Unsupported location type '{stored}'")
        case _:
            return Location(type=kind)


def _stored_location(location: Location) -> dict[str, object]:
    stored = {
        "type": stored_type(location),
        "address": location.address,
        "link": location.link,
        "hostPhoneNumber": location.phone,
        "displayLocationPublicly": location.public,
        "credentialId": location.credential_id,
    }
    return {name: value for name, value in stored.items() if value is not None}


def _scheduling_type(event_type: EventType) -> str | None:
    kind = event_type.scheduling_type
    return "ROUND_ROBIN" if kind == "roundRobin" else kind and kind.upper()


def _limits(limits: Iterable[Limit] | None) -> dict[str, object] | None:
    return {f"PER_{each.period.upper()}": each.value for each in limits or ()} or None


def _period(window: BookingWindow | None) -> dict[str, object]:
    days = window is not None and window.type != "range"
    rolling = "ROLLING_WINDOW" if window is not None and window.rolling else "ROLLING"
    return {
        "periodType": "UNLIMITED" if window is None else rolling if days else "RANGE",
        "periodDays": window.days if window is not None and days else None,
        "periodCountCalendarDays": window.type == "calendarDays" if window is not None and days else None,
        "periodStartDate": iso(window.start) if window is not None and window.start else None,
        "periodEndDate": iso(window.end) if window is not None and window.end else None,
    }

"""Converts the body of a create or update request to fields of an EventType.

Source: Cal.com API v2, event types: input transformation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_server.event_types.booking_fields import hides_guests, read_booking_fields
from mock_server.event_types.booking_page import read_color, read_layouts
from mock_server.event_types.booking_windows import read_booking_window
from mock_server.event_types.confirmation import read_confirmation_policy
from mock_server.event_types.limits import find_exceeded_limit, read_limits
from mock_server.event_types.locations import read_locations
from mock_server.event_types.recurrence import read_recurrence
from mock_server.event_types.seats import read_seats
from mock_server.runtime.errors import ValidationFailed

_PLAIN = {
    "title": "title",
    "slug": "slug",
    "lengthInMinutes": "length",
    "minimumBookingNotice": "minimum_booking_notice",
    "beforeEventBuffer": "before_event_buffer",
    "afterEventBuffer": "after_event_buffer",
    "offsetStart": "offset_start",
    "onlyShowFirstAvailableSlot": "only_show_first_available_slot",
    "requiresBookerEmailVerification": "requires_booker_email_verification",
    "hideCalendarNotes": "hide_calendar_notes",
    "hideCalendarEventDetails": "hide_calendar_event_details",
    "lockTimeZoneToggleOnBookingPage": "lock_time_zone_toggle",
    "useDestinationCalendarEmail": "use_destination_calendar_email",
}
"""Properties that are stored unchanged."""

_CLEARABLE = {
    "description": "description",
    "slotInterval": "slot_interval",
    "scheduleId": "schedule_id",
    "customName": "custom_name",
    "successRedirectUrl": "success_redirect_url",
}
"""Properties that are stored unchanged, and that null clears."""

_READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "lengthInMinutesOptions": ("length_options", tuple),
    "color": ("color", read_color),
    "bookerLayouts": ("booker_layouts", read_layouts),
    "seats": ("seats", read_seats),
}
"""Properties that need conversion, with the field and the function for it."""

_LIMITS = {
    "bookingLimitsCount": ("booking_limits", "booking limits", "number"),
    "bookingLimitsDuration": ("duration_limits", "booking durations", "duration"),
}


def read_settings(body: dict[str, Any], location_types: frozenset[str]) -> dict[str, Any]:
    """The fields that a body sets. `location_types` are those that the event type may have.

    Raises BadRequest (locations, booking fields), ValidationFailed, and BAD_REQUEST of the shared libraries (limits).
    """
    fields: dict[str, Any] = {}
    if body.get("locations") is not None:
        fields["locations"] = read_locations(body["locations"], location_types)
    if body.get("bookingFields") is not None:
        fields["booking_fields"] = read_booking_fields(body["bookingFields"])
    fields |= {field: body[name] for name, field in _PLAIN.items() if body.get(name) is not None}
    # A schedule id of 0 means no schedule, as upstream.
    fields |= {
        field: (body[name] or None if name == "scheduleId" else body[name])
        for name, field in _CLEARABLE.items()
        if name in body
    }
    for name, (field, read) in _READERS.items():
        if body.get(name) is not None:
            fields[field] = read(body[name])
    return fields | _window(body) | _policies(body) | _limits(body)


def with_resets(fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` of a request, completed by those that every update resets unless it sets them."""
    return {
        "length_options": None,
        "booker_layouts": None,
        "seats": None,
        "confirmation_threshold": None,
        **fields,
        "disable_guests": hides_guests(fields.get("booking_fields", ())),
    }


def _window(body: dict[str, Any]) -> dict[str, Any]:
    window = body.get("bookingWindow")
    if window is None:
        return {}
    try:
        return {"booking_window": read_booking_window(window)}
    except ValueError:
        raise _invalid(body, "bookingWindow", "ValidateBookingWindow", "Invalid bookingWindow structure.") from None


def _policies(body: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if body.get("confirmationPolicy") is not None:
        fields |= read_confirmation_policy(body["confirmationPolicy"])
    recurrence = read_recurrence(body.get("recurrence") or {})
    if recurrence is not None:  # As upstream, a recurrence cannot be removed, not even by `disabled`.
        fields["recurrence"] = recurrence
    return fields


def _limits(body: dict[str, Any]) -> dict[str, Any]:
    given = {name: field for name, (field, _, _) in _LIMITS.items() if body.get(name) is not None}
    for name in given:
        exceeded = find_exceeded_limit(body[name])
        if exceeded is not None:
            _, label, unit = _LIMITS[name]
            shorter, longer = (f"the {unit} of bookings for {period}" for period in exceeded)
            text = f"Invalid {label}: T{shorter[1:]} cannot exceed {longer}."
            raise _invalid(body, name, f"Validate{name[0].upper()}{name[1:]}", text)
    return {field: read_limits(body[name]) for name, field in given.items()}


def _invalid(body: dict[str, Any], name: str, rule: str, text: str) -> ValidationFailed:
    failure: dict[str, Any] = {
        "target": body,
        "value": body[name],
        "property": name,
        "children": [],
        "constraints": {rule: text},
    }
    return ValidationFailed([failure])

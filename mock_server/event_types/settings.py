"""Converts the body of a create or update request to fields of an EventType.

Source: Cal.com API v2, event types: input transformation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mock_server.event_types.booker_settings import cal_video_fields, check_limit_alone, read_booker_settings
from mock_server.event_types.booking_fields import (
    gives_guests,
    hides_guests,
    read_booking_fields,
    stored_default_form,
    with_guests,
)
from mock_server.event_types.booking_form import DEFAULT_FORM, replaced_form
from mock_server.event_types.booking_page import layout_problems, read_color, read_layouts
from mock_server.event_types.booking_windows import read_booking_window
from mock_server.event_types.confirmation import read_confirmation_policy
from mock_server.event_types.limits import (
    NEEDS_A_LIMIT,
    are_valid_limits,
    find_exceeded_limit,
    read_limits,
    read_older_limits,
)
from mock_server.event_types.locations import read_locations
from mock_server.event_types.model import CAL_VIDEO, BookingField, EventType
from mock_server.event_types.recurrence import read_recurrence
from mock_server.event_types.seats import read_seats
from mock_server.runtime.errors import BadRequest, ValidationFailed, property_error
from mock_server.runtime.json_values import is_object
from mock_server.state.transaction import Transaction

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
    "hidden": "hidden",
    "bookingRequiresAuthentication": "booking_requires_authentication",
    "hideOrganizerEmail": "hide_organizer_email",
    "allowReschedulingPastBookings": "allow_rescheduling_past_bookings",
    "allowReschedulingCancelledBookings": "allow_rescheduling_cancelled_bookings",
    "showOptimizedSlots": "show_optimized_slots",
    "rescheduleWithSameRoundRobinHost": "reschedule_with_same_round_robin_host",
    "rrHostSubsetEnabled": "rr_host_subset_enabled",
    "allowRRHostChoiceOnReschedule": "allow_rr_host_choice_on_reschedule",
    "skipAttendeeEmailDeliverabilityCheck": "skip_email_deliverability_check",
    "privateNoteEnabled": "private_note_enabled",
}
"""Properties that are stored unchanged."""

_CLEARABLE = {
    "description": "description",
    "slotInterval": "slot_interval",
    "scheduleId": "schedule_id",
    "customName": "custom_name",
    "successRedirectUrl": "success_redirect_url",
    "interfaceLanguage": "interface_language",
    "bookingProposalCount": "booking_proposal_count",
    "privateNoteMode": "private_note_mode",
    "privateNoteTemplate": "private_note_template",
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
    "bookingLimitsCount": ("booking_limits", "number", "Booking limits must be in ascending order."),
    "bookingLimitsDuration": ("duration_limits", "duration", "Duration limits must be in ascending order."),
}
"""The field of each kind of limits, what they limit, and the refusal of limits that do not ascend."""

_OLDER_LABELS = {
    "bookingLimitsCount": ("booking limits", "number"),
    "bookingLimitsDuration": ("booking durations", "duration"),
}


class FormVersion(NamedTuple):
    """What differs between versions of the event types API.

    `read` converts the booking fields of a request, and `complete` returns the form's fields of the event type after a
    request. Since 2026-06-12, the attendee's phone number may replace the address everywhere, the options of the length
    have to contain the length, and hosts may be given beside `assignAllTeamMembers`: `is_current`.
    """

    read: Callable[[Transaction, Any], tuple[BookingField, ...]]
    complete: Callable[[dict[str, Any], dict[str, Any], EventType | None], dict[str, Any]]
    is_current: bool


def read_settings(
    tx: Transaction,
    body: dict[str, Any],
    location_types: frozenset[str],
    version: FormVersion,
    stored: EventType | None,
) -> dict[str, Any]:
    """The fields that a body sets for a `stored` or a new event type, which may have these types of locations.

    Raises BadRequest (locations, booking fields), ValidationFailed, and BAD_REQUEST of the shared libraries (limits).
    """
    if tx.has("event-type-settings-validated"):
        _validate(body)
    fields: dict[str, Any] = {}
    if body.get("locations") is not None:
        fields["locations"] = read_locations(tx, body["locations"], location_types)
    if body.get("bookingFields") is not None:
        fields["booking_fields"] = version.read(tx, body["bookingFields"])
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
    fields |= _window(tx, body) | _policies(body) | _limits(tx, body) | read_booker_settings(body)
    check_limit_alone(fields)
    return _with_clean_slug(fields, is_new=stored is None) if tx.has("slugs-cleaned") else fields


def completed(
    tx: Transaction, fields: dict[str, Any], body: dict[str, Any], stored: EventType | None, version: FormVersion
) -> dict[str, Any]:
    """`fields` of a request, completed by those that follow from them and from the `stored` event type, if any."""
    if not tx.has("updates-keep-settings"):
        return with_resets(fields)
    locations = fields.get("locations", (CAL_VIDEO,) if stored is None else stored.locations)
    return {
        **fields,
        **version.complete(fields, body, stored),
        **cal_video_fields(body.get("calVideoSettings"), locations, stored, tx.now),
    }


def _form(fields: dict[str, Any], body: dict[str, Any], stored: EventType | None) -> dict[str, Any]:
    """The booking form, if the request changes it. Without fields, `disableGuests` resets it to the default one."""
    hidden: bool | None = body.get("disableGuests")
    form = fields.get("booking_fields")
    if form is None:
        if stored is not None and hidden is None:
            return {}
        form = stored_default_form()
    elif hidden is None and stored is not None and not gives_guests(body["bookingFields"]):
        hidden = stored.disable_guests
    if hidden is not None:
        form = with_guests(form, hidden=hidden)
    return {"booking_fields": form, "disable_guests": hides_guests(form)}


def _read_current(_: Transaction, items: list[dict[str, Any]]) -> tuple[BookingField, ...]:
    return replaced_form(items)


def _current_form(fields: dict[str, Any], _: dict[str, Any], stored: EventType | None) -> dict[str, Any]:
    """The booking form, if the request changes it, since version 2026-06-12."""
    if "booking_fields" not in fields and stored is not None:
        return {}
    form = fields.get("booking_fields", DEFAULT_FORM)
    return {"booking_fields": form, "disable_guests": hides_guests(form)}


FORM_2024_06_14 = FormVersion(read_booking_fields, _form, is_current=False)
FORM_2026_06_12 = FormVersion(_read_current, _current_form, is_current=True)


def check_lengths(fields: dict[str, Any], stored: EventType | None) -> None:
    """Checks that the lengths to choose from contain the length, as a request leaves them. Raises BadRequest."""
    length = fields.get("length", stored and stored.length)
    options = fields.get("length_options", stored and stored.length_options)
    if options is not None and length not in options:
        raise BadRequest("lengthInMinutesOptions must contain lengthInMinutes.")


def clean_slug(slug: str) -> str:
    """A slug without outer white space and without leading dashes, then dots, then underscores."""
    return slug.strip().lstrip("-").lstrip(".").lstrip("_")


def _with_clean_slug(fields: dict[str, Any], *, is_new: bool) -> dict[str, Any]:
    """The fields with the slug cleaned. An empty slug does not change that of an existing event type."""
    slug: str = fields.pop("slug", "")
    return {**fields, "slug": clean_slug(slug)} if slug or is_new else fields


def _validate(body: dict[str, Any]) -> None:
    """Raises ValidationFailed for limits and layouts that the description cannot check."""
    layouts = body.get("bookerLayouts")
    problems = [] if layouts is None else layout_problems(layouts)
    if problems:
        raise ValidationFailed([property_error(body, "bookerLayouts", children=problems)])
    for name, (_, unit, _) in _LIMITS.items():
        if body.get(name) is not None:
            text = _limit_problem(name, body[name], unit)
            if text is not None:
                raise _invalid(body, name, _rule(name), text)


def _limit_problem(name: str, limits: object, unit: str) -> str | None:
    if limits == {"disabled": False}:
        return NEEDS_A_LIMIT
    if not are_valid_limits(limits):
        return f"Invalid {name}"
    exceeded = find_exceeded_limit(limits)
    if exceeded is None:
        return None
    shorter, longer = (f"the {unit} of bookings for {period}" for period in exceeded)
    return f"Invalid {name}: T{shorter[1:]} cannot exceed {longer}."


def with_resets(fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` of a request before 2026-03, completed by those that every update reset unless it set them."""
    return {
        "length_options": None,
        "booker_layouts": None,
        "seats": None,
        "confirmation_threshold": None,
        **fields,
        "disable_guests": hides_guests(fields.get("booking_fields", ())),
    }


def _window(tx: Transaction, body: dict[str, Any]) -> dict[str, Any]:
    window = body.get("bookingWindow")
    if window is None:
        return {}
    try:
        return {"booking_window": read_booking_window(window, days_only=tx.has("booking-windows-by-day"))}
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


def _limits(tx: Transaction, body: dict[str, Any]) -> dict[str, Any]:
    given = {name: body[name] for name in _LIMITS if body.get(name) is not None}
    if tx.has("event-type-settings-validated"):
        return {_LIMITS[name][0]: read_limits(limits, _LIMITS[name][2]) for name, limits in given.items()}
    for name, limits in given.items():
        exceeded = None if is_object(limits) and "disabled" in limits else find_exceeded_limit(limits)
        if exceeded is not None:
            label, unit = _OLDER_LABELS[name]
            shorter, longer = (f"the {unit} of bookings for {period}" for period in exceeded)
            raise _invalid(body, name, _rule(name), f"Invalid {label}: T{shorter[1:]} cannot exceed {longer}.")
    return {_LIMITS[name][0]: read_older_limits(limits) for name, limits in given.items()}


def _rule(name: str) -> str:
    return f"Validate{name[0].upper()}{name[1:]}"


def _invalid(body: dict[str, Any], name: str, rule: str, text: str) -> ValidationFailed:
    return ValidationFailed([property_error(body, name, {rule: text})])

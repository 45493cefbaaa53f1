"""What bookers can do and see: limits on their bookings, cancelling and rescheduling, Cal Video, and emails.

Source: Cal.com API v2, event types (2026-03).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from mock_server.event_types.booking_windows import DISABLED
from mock_server.event_types.model import (
    CAL_VIDEO,
    ActiveBookingsLimit,
    CalVideoSettings,
    EmailSettings,
    EventType,
    Location,
)
from mock_server.runtime.dates import iso
from mock_server.runtime.errors import BadRequest, shared_library_error

LIMIT_WITH_RECURRENCE = (
    "Can't have `recurrence` and `bookerActiveBookingsLimit` enabled at the same time - recurring events do not "
    "support maximum active bookings limit setting."
)
RECURRENCE_WITH_SEATS = "Recurring Events and Offer Seats cannot be active at the same time."
RECURRENCE_WITH_LIMIT = "Recurring Events and booker active bookings limit cannot be active at the same time."

_CAL_VIDEO = {
    "disableRecordingForOrganizer": "disable_recording_for_organizer",
    "disableRecordingForGuests": "disable_recording_for_guests",
    "enableAutomaticRecordingForOrganizer": "enable_automatic_recording_for_organizer",
    "enableAutomaticTranscription": "enable_automatic_transcription",
    "disableTranscriptionForGuests": "disable_transcription_for_guests",
    "disableTranscriptionForOrganizer": "disable_transcription_for_organizer",
    "sendTranscriptionEmails": "send_transcription_emails",
    "redirectUrlOnExit": "redirect_url_on_exit",
}


def read_booker_settings(body: dict[str, Any]) -> dict[str, Any]:
    """The event type's fields that the settings of a request set. Raises BadRequest for a limit beside a recurrence."""
    fields: dict[str, Any] = {}
    limit = body.get("bookerActiveBookingsLimit")
    if limit is not None:
        fields["active_bookings_limit"] = _read_limit(limit)
    if body.get("disableCancelling") is not None:
        fields["cancelling_disabled"] = bool(body["disableCancelling"].get("disabled"))
    rescheduling = body.get("disableRescheduling")
    if rescheduling is not None:
        is_disabled = bool(rescheduling.get("disabled"))
        fields["rescheduling_disabled"] = is_disabled
        fields["minimum_reschedule_notice"] = None if is_disabled else rescheduling.get("minutesBefore")
    return fields


def read_email_settings(settings: dict[str, Any]) -> EmailSettings:
    """Which emails a request disables."""
    return EmailSettings(
        attendees_disabled=bool(settings.get("disableEmailsToAttendees")),
        hosts_disabled=bool(settings.get("disableEmailsToHosts")),
    )


def check_limit_alone(fields: dict[str, Any]) -> None:
    """Checks that a request does not set both a limit of active bookings and a recurrence. Raises BadRequest."""
    if fields.get("active_bookings_limit") is not None and fields.get("recurrence") is not None:
        raise BadRequest(LIMIT_WITH_RECURRENCE)


def check_recurrence_alone(event_type: EventType) -> None:
    """Checks that a recurring event type has no seats and no limit of active bookings. Raises BAD_REQUEST."""
    if event_type.recurrence is None:
        return
    if event_type.seats is not None:
        raise shared_library_error("BAD_REQUEST", text=RECURRENCE_WITH_SEATS)
    if event_type.active_bookings_limit is not None:
        raise shared_library_error("BAD_REQUEST", text=RECURRENCE_WITH_LIMIT)


def cal_video_fields(
    given: dict[str, Any] | None, locations: tuple[Location, ...], stored: EventType | None, now: datetime
) -> dict[str, Any]:
    """The settings of Cal Video after a change: those given, else the stored ones; none without Cal Video."""
    if all(each.integration != CAL_VIDEO.integration for each in locations):
        return {"cal_video_settings": None}
    if given is None:
        return {}
    before = None if stored is None else stored.cal_video_settings
    values = {field: given[name] for name, field in _CAL_VIDEO.items() if given.get(name) is not None}
    created_at = now if before is None else before.created_at
    return {"cal_video_settings": CalVideoSettings(created_at=created_at, updated_at=now, **values)}


def booker_settings_view(event_type: EventType) -> dict[str, object]:
    """The settings of users' and teams' event types alike."""
    return {
        "hideOrganizerEmail": event_type.hide_organizer_email,
        "calVideoSettings": cal_video_view(event_type),
        "hidden": event_type.hidden,
        "bookingRequiresAuthentication": event_type.booking_requires_authentication,
        "bookerActiveBookingsLimit": _limit_view(event_type.active_bookings_limit),
        "disableCancelling": {"disabled": event_type.cancelling_disabled},
        "disableRescheduling": _rescheduling_view(event_type),
        "interfaceLanguage": event_type.interface_language,
        "allowReschedulingPastBookings": event_type.allow_rescheduling_past_bookings,
        "allowReschedulingCancelledBookings": event_type.allow_rescheduling_cancelled_bookings,
        "showOptimizedSlots": event_type.show_optimized_slots,
    }


def team_settings_view(event_type: EventType) -> dict[str, object]:
    """The settings that only teams' event types show; those of emails only if they were set."""
    view: dict[str, object] = {
        "rescheduleWithSameRoundRobinHost": event_type.reschedule_with_same_round_robin_host,
        "rrHostSubsetEnabled": event_type.rr_host_subset_enabled,
    }
    emails = event_type.email_settings
    if emails is not None:
        view["emailSettings"] = {
            "disableEmailsToAttendees": emails.attendees_disabled,
            "disableEmailsToHosts": emails.hosts_disabled,
        }
    return view


def cal_video_view(event_type: EventType) -> dict[str, object] | None:
    """The settings of Cal Video meetings; None if none were set."""
    settings = event_type.cal_video_settings
    if settings is None:
        return None
    stored = msgspec.structs.asdict(settings)
    return {
        "eventTypeId": event_type.id,
        **{name: stored[field] for name, field in _CAL_VIDEO.items()},
        "requireEmailForGuests": False,
        "createdAt": iso(settings.created_at),
        "updatedAt": iso(settings.updated_at),
    }


def _read_limit(limit: dict[str, Any]) -> ActiveBookingsLimit | None:
    if limit.get("disabled"):
        return None
    return ActiveBookingsLimit(
        maximum=int(limit["maximumActiveBookings"]), offers_reschedule=bool(limit.get("offerReschedule"))
    )


def _limit_view(limit: ActiveBookingsLimit | None) -> Mapping[str, object]:
    if limit is None:
        return DISABLED
    return {"maximumActiveBookings": limit.maximum, "offerReschedule": limit.offers_reschedule}


def _rescheduling_view(event_type: EventType) -> dict[str, object]:
    view: dict[str, object] = {"disabled": event_type.rescheduling_disabled}
    if event_type.minimum_reschedule_notice is not None:
        view["minutesBefore"] = event_type.minimum_reschedule_notice
    return view

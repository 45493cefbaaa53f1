"""Settings of event types that are values of their own: as sent, as stored, as shown, and which exclude others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.event_types.booker_settings import (
    LIMIT_WITH_RECURRENCE,
    RECURRENCE_WITH_LIMIT,
    RECURRENCE_WITH_SEATS,
    booker_settings_view,
    cal_video_fields,
    check_limit_alone,
    check_recurrence_alone,
    read_booker_settings,
    read_email_settings,
    team_settings_view,
)
from mock_server.event_types.confirmation import confirmation_policy_view, read_confirmation_policy
from mock_server.event_types.limits import are_valid_limits, limits_view, read_limits
from mock_server.event_types.model import (
    CAL_VIDEO,
    ActiveBookingsLimit,
    CalVideoSettings,
    EventType,
    Limit,
    Location,
    Recurrence,
    Seats,
)
from mock_server.event_types.recurrence import read_recurrence, recurrence_view
from mock_server.event_types.seats import check_seats, read_seats, seats_view
from mock_server.runtime.errors import BadRequest, CodeError

NOW = datetime(2031, 1, 1, tzinfo=UTC)
SEATS, LIMIT = Seats(per_time_slot=2), ActiveBookingsLimit(maximum=1, offers_reschedule=False)
SERIES = Recurrence(interval=1, occurrences=2, frequency="weekly")
PHONE, ADDRESS = Location(type="attendeePhone"), Location(type="attendeeAddress")
OFF: Mapping[str, object] = {"disabled": True}


def event_type(**fields: Any) -> EventType:
    return EventType(id=7, title="A", slug="a", length=30, **fields)


# -- as sent and as shown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (
            {"bookerActiveBookingsLimit": {"maximumActiveBookings": 3.0, "offerReschedule": True}},
            {"bookerActiveBookingsLimit": {"maximumActiveBookings": 3, "offerReschedule": True}},
        ),
        (
            {"bookerActiveBookingsLimit": {"maximumActiveBookings": 1}},
            {"bookerActiveBookingsLimit": {"maximumActiveBookings": 1, "offerReschedule": False}},
        ),
        ({"bookerActiveBookingsLimit": OFF}, {"bookerActiveBookingsLimit": OFF}),
        ({"disableCancelling": OFF}, {"disableCancelling": OFF}),
        ({"disableCancelling": {}}, {"disableCancelling": {"disabled": False}}),
        ({"disableRescheduling": OFF}, {"disableRescheduling": OFF}),
        (
            {"disableRescheduling": {"minutesBefore": 60}},
            {"disableRescheduling": {"disabled": False, "minutesBefore": 60}},
        ),
        ({"disableRescheduling": {"disabled": True, "minutesBefore": 60}}, {"disableRescheduling": OFF}),
    ],
)
def test_what_bookers_may_do_is_shown_as_interpreted(sent: dict[str, Any], shown: dict[str, object]) -> None:
    view = booker_settings_view(event_type(**read_booker_settings(sent)))
    assert {name: view[name] for name in shown} == shown


@pytest.mark.parametrize("name", ["bookerActiveBookingsLimit", "disableCancelling", "disableRescheduling"])
def test_null_changes_nothing_about_what_bookers_may_do(name: str) -> None:
    assert read_booker_settings({name: None}) == {}


def test_an_event_type_has_no_restrictions_at_first() -> None:
    assert booker_settings_view(event_type()) == {
        "hideOrganizerEmail": False,
        "calVideoSettings": None,
        "hidden": False,
        "bookingRequiresAuthentication": False,
        "bookerActiveBookingsLimit": OFF,
        "disableCancelling": {"disabled": False},
        "disableRescheduling": {"disabled": False},
        "interfaceLanguage": None,
        "allowReschedulingPastBookings": False,
        "allowReschedulingCancelledBookings": False,
        "showOptimizedSlots": False,
    }


def test_the_settings_of_emails_are_shown_once_they_were_set() -> None:
    shown = {"rescheduleWithSameRoundRobinHost": True, "rrHostSubsetEnabled": False}
    fields = {"reschedule_with_same_round_robin_host": True, "rr_host_subset_enabled": False}
    assert team_settings_view(event_type(**fields)) == shown
    for sent in ({"disableEmailsToAttendees": True}, {"disableEmailsToHosts": True}):
        view = team_settings_view(event_type(**fields, email_settings=read_email_settings(sent)))
        assert view == {
            **shown,
            "emailSettings": {"disableEmailsToAttendees": False, "disableEmailsToHosts": False, **sent},
        }


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (OFF, OFF),
        ({"type": "always"}, {"type": "always", "blockUnconfirmedBookingsInBooker": False}),
        (
            {"type": "always", "blockUnconfirmedBookingsInBooker": True},
            {"type": "always", "blockUnconfirmedBookingsInBooker": True},
        ),
        (
            {"type": "time", "noticeThreshold": {"unit": "hours", "count": 2}},
            {
                "type": "time",
                "noticeThreshold": {"unit": "hours", "count": 2},
                "blockUnconfirmedBookingsInBooker": False,
            },
        ),
    ],
)
def test_a_confirmation_policy_is_shown_as_sent(sent: dict[str, Any], shown: dict[str, object]) -> None:
    before: dict[str, Any] = {"requires_confirmation": True, "unconfirmed_bookings_block": True}
    fields = read_confirmation_policy(sent)
    assert fields.keys() == {*before, "confirmation_threshold"}
    assert confirmation_policy_view(event_type(**{**before, **fields})) == shown
    assert fields["unconfirmed_bookings_block"] == sent.get("blockUnconfirmedBookingsInBooker", False)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (OFF, None),
        ({}, None),
        ({"disabled": True, "interval": 2, "occurrences": 5, "frequency": "monthly"}, None),
        (
            {"interval": 2.0, "occurrences": 5.0, "frequency": "monthly"},
            {"interval": 2, "occurrences": 5, "frequency": "monthly", "disabled": False},
        ),
    ],
)
def test_a_recurrence_is_shown_as_sent(sent: dict[str, Any], shown: dict[str, object] | None) -> None:
    assert recurrence_view(read_recurrence(sent)) == shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (OFF, OFF),
        ({"showAttendeeInfo": True}, OFF),
        ({"disabled": True, "seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}, OFF),
        *[
            (
                {"seatsPerTimeSlot": 3.0, "showAttendeeInfo": attendees, "showAvailabilityCount": not attendees},
                {
                    "seatsPerTimeSlot": 3,
                    "showAttendeeInfo": attendees,
                    "showAvailabilityCount": not attendees,
                    "disabled": False,
                },
            )
            for attendees in (True, False)
        ],
    ],
)
def test_seats_are_shown_as_sent(sent: dict[str, Any], shown: dict[str, object]) -> None:
    assert seats_view(read_seats(sent)) == shown


# -- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "valid"),
    [
        ({"day": 1, "week": 2.5}, True),
        ({"day": 1, "decade": "two"}, True),
        ({"day": True}, False),
        ({"day": 1, "week": None}, False),
        ({"day": "two", "disabled": True}, True),
        ({"day": "two", "disabled": False}, False),
        ([1], False),
    ],
)
def test_limits_are_numbers(limits: object, valid: bool) -> None:
    assert are_valid_limits(limits) == valid


def test_limits_are_read_in_the_order_of_the_request() -> None:
    limits = read_limits({"week": 5, "decade": 1, "day": 2}, "refused")
    assert limits == (Limit(period="week", value=5), Limit(period="day", value=2))
    assert limits_view(limits) == {"week": 5, "day": 2}
    assert read_limits({"day": 2, "disabled": True}, "refused") == ()
    assert read_limits({"day": 2, "week": 2}, "refused") == (
        Limit(period="day", value=2),
        Limit(period="week", value=2),
    )


@pytest.mark.parametrize("limits", [{"week": 2, "day": 2}, {"day": 3, "week": 2}])
def test_limits_that_do_not_ascend_are_refused_in_the_words_of_the_caller(limits: dict[str, Any]) -> None:
    with pytest.raises(CodeError) as refused:
        read_limits(limits, "They must ascend.")
    assert (refused.value.status, refused.value.message) == (400, "They must ascend.")


# -- what excludes what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "stored", "refusal"),
    [
        ({"locations": (PHONE, ADDRESS)}, None, None),
        ({"seats": SEATS}, None, None),
        ({"seats": SEATS, "locations": (PHONE, ADDRESS)}, None, "more than one location provided."),
        ({"seats": SEATS}, {"locations": (PHONE, ADDRESS)}, "more than one location provided."),
        ({"locations": (PHONE, ADDRESS)}, {"seats": SEATS}, "more than one location provided."),
        ({"seats": SEATS, "locations": (PHONE,)}, {"locations": (PHONE, ADDRESS)}, None),
        ({"seats": SEATS, "requires_confirmation": True}, None, "requiresConfirmation is true."),
        ({"seats": SEATS}, {"requires_confirmation": True}, "requiresConfirmation is true."),
        ({"requires_confirmation": True}, {"seats": SEATS}, "requiresConfirmation is true."),
        ({"seats": SEATS, "requires_confirmation": False}, {"requires_confirmation": True}, None),
        ({"requires_confirmation": True}, {}, None),
    ],
)
def test_seats_exclude_several_locations_and_a_confirmation(
    fields: dict[str, Any], stored: dict[str, Any] | None, refusal: str | None
) -> None:
    before = None if stored is None else event_type(**stored)
    if refusal is None:
        check_seats(fields, before)
        return
    with pytest.raises(BadRequest) as refused:
        check_seats(fields, before)
    assert refused.value.message.startswith("Seats Validation failed: Seats are enabled but ")
    assert refused.value.message.endswith(refusal)


def test_a_request_sets_either_a_recurrence_or_a_limit_of_active_bookings() -> None:
    for alone in ({"recurrence": SERIES}, {"active_bookings_limit": LIMIT, "recurrence": None}):
        check_limit_alone(alone)
    with pytest.raises(BadRequest) as refused:
        check_limit_alone({"recurrence": SERIES, "active_bookings_limit": LIMIT})
    assert refused.value.message == LIMIT_WITH_RECURRENCE


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"seats": SEATS, "active_bookings_limit": LIMIT}, None),
        ({"recurrence": SERIES}, None),
        ({"recurrence": SERIES, "seats": SEATS}, RECURRENCE_WITH_SEATS),
        ({"recurrence": SERIES, "active_bookings_limit": LIMIT}, RECURRENCE_WITH_LIMIT),
    ],
)
def test_a_recurring_event_type_has_no_seats_and_no_limit(fields: dict[str, Any], refusal: str | None) -> None:
    if refusal is None:
        check_recurrence_alone(event_type(**fields))
        return
    with pytest.raises(CodeError) as refused:
        check_recurrence_alone(event_type(**fields))
    assert (refused.value.status, refused.value.message) == (400, refusal)


# -- Cal Video ------------------------------------------------------------------------------------------------------


def test_settings_of_cal_video_keep_the_time_of_their_creation() -> None:
    sent = {"disableRecordingForGuests": True, "redirectUrlOnExit": None, "sendTranscriptionEmails": False}
    first = cal_video_fields(sent, (PHONE, CAL_VIDEO), None, NOW)["cal_video_settings"]
    assert first == CalVideoSettings(
        created_at=NOW, updated_at=NOW, disable_recording_for_guests=True, send_transcription_emails=False
    )
    stored, later = event_type(cal_video_settings=first), NOW + timedelta(days=1)
    changed = cal_video_fields({}, (CAL_VIDEO,), stored, later)["cal_video_settings"]
    assert changed == CalVideoSettings(created_at=NOW, updated_at=later)
    fresh = cal_video_fields({}, (CAL_VIDEO,), event_type(), later)["cal_video_settings"]
    assert fresh == CalVideoSettings(created_at=later, updated_at=later)
    assert cal_video_fields(None, (CAL_VIDEO,), stored, later) == {}
    assert cal_video_fields(sent, (PHONE,), stored, later) == {"cal_video_settings": None}


def test_settings_of_cal_video_are_shown_with_their_times() -> None:
    settings = CalVideoSettings(created_at=NOW, updated_at=NOW, redirect_url_on_exit="https://example.com")
    assert booker_settings_view(event_type(cal_video_settings=settings))["calVideoSettings"] == {
        "eventTypeId": 7,
        "disableRecordingForOrganizer": False,
        "disableRecordingForGuests": False,
        "enableAutomaticRecordingForOrganizer": False,
        "enableAutomaticTranscription": False,
        "disableTranscriptionForGuests": False,
        "disableTranscriptionForOrganizer": False,
        "sendTranscriptionEmails": True,
        "redirectUrlOnExit": "https://example.com",
        "requireEmailForGuests": False,
        "createdAt": "2031-01-01T00:00:00.000Z",
        "updatedAt": "2031-01-01T00:00:00.000Z",
    }

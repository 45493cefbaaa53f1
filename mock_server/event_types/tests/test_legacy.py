"""Bodies and replies of the older operations on event types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.event_types.legacy import (
    deleted_row_view,
    public_row_view,
    read_legacy_settings,
    recurring_event,
    row_view,
)
from mock_server.event_types.model import CAL_VIDEO, BookingWindow, EventType, Limit, Location, Recurrence, Seats
from mock_server.runtime.errors import BadRequest

PLAIN = EventType(id=7, title="Talk", slug="talk", length=30)


def view(**fields: Any) -> dict[str, object]:
    """What `fields` change in the reply about a plain event type."""
    plain, other = row_view(PLAIN), row_view(PLAIN.changed(**fields))
    return {name: value for name, value in other.items() if value != plain[name]}


def test_a_body_sets_the_fields_that_it_gives() -> None:
    given = {
        "title": "Talk",
        "slug": "talk",
        "length": 20,
        "description": "",
        "hidden": False,
        "disableGuests": True,
        "slotInterval": 10,
        "minimumBookingNotice": 0,
        "beforeEventBuffer": 5,
        "afterEventBuffer": 15,
    }
    expected = {
        "title": "Talk",
        "slug": "talk",
        "length": 20,
        "description": "",
        "hidden": False,
        "disable_guests": True,
        "slot_interval": 10,
        "minimum_booking_notice": 0,
        "before_event_buffer": 5,
        "after_event_buffer": 15,
    }
    assert read_legacy_settings({**given, "price": 5}) == expected
    assert read_legacy_settings({**dict.fromkeys(given), "locations": []}) == {}


@pytest.mark.parametrize(
    ("item", "location"),
    [
        ({"type": "inPerson", "address": "Room 1", "displayLocationPublicly": True},
         Location(type="address", address="Room 1", public=True)),
        ({"type": "inPerson", "address": "Room 1"}, Location(type="address", address="Room 1", public=False)),
        ({"type": "link", "link": "https://example.com", "displayLocationPublicly": True},
         Location(type="link", link="https://example.com", public=True)),
        ({"type": "userPhone", "hostPhoneNumber": "+37120993151", "displayLocationPublicly": True},
         Location(type="phone", phone="+37120993151", public=True)),
        ({"type": "phone"}, Location(type="attendeePhone")),
        ({"type": "attendeeInPerson", "address": "Room 1"}, Location(type="attendeeAddress")),
        ({"type": "integrations:zoom"}, Location(type="integration", integration="zoom")),
    ],
)  # fmt: skip
def test_locations_are_given_by_their_stored_types(item: dict[str, Any], location: Location) -> None:
    assert read_legacy_settings({"locations": [item]}) == {"locations": (location,)}


@pytest.mark.parametrize("kind", ["inPerson", "link", "userPhone"])
def test_a_location_needs_its_address_link_or_number(kind: str) -> None:
    message = f"^A location of the type {kind} needs its address, link or hostPhoneNumber$"
    with pytest.raises(BadRequest, match=message):
        read_legacy_settings({"locations": [{"type": kind}]})


def test_a_location_of_an_unknown_app_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"^Unsupported location type 'integrations:unknown'$"):
        read_legacy_settings({"locations": [{"type": "integrations:unknown"}]})


def test_a_plain_event_type() -> None:
    shown = row_view(PLAIN)
    assert {name: value for name, value in shown.items() if value is not None} == {
        "id": 7,
        "title": "Talk",
        "slug": "talk",
        "length": 30,
        "hidden": False,
        "locations": [{"type": "integrations:daily"}],
        "price": 0,
        "currency": "usd",
        "minimumBookingNotice": 120,
        "beforeEventBuffer": 0,
        "afterEventBuffer": 0,
        "offsetStart": 0,
        "onlyShowFirstAvailableSlot": False,
        "requiresConfirmation": False,
        "requiresConfirmationWillBlockSlot": False,
        "requiresBookerEmailVerification": False,
        "disableGuests": False,
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "lockTimeZoneToggleOnBookingPage": False,
        "useEventTypeDestinationCalendarEmail": False,
        "forwardParamsSuccessRedirect": True,
        "isInstantEvent": False,
        "assignAllTeamMembers": False,
        "periodType": "UNLIMITED",
    }


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"seats": Seats(per_time_slot=3, show_attendees=True, show_availability_count=False)},
         {"seatsPerTimeSlot": 3, "seatsShowAttendees": True, "seatsShowAvailabilityCount": False}),
        ({"booking_limits": (Limit(period="day", value=2), Limit(period="week", value=5))},
         {"bookingLimits": {"PER_DAY": 2, "PER_WEEK": 5}}),
        ({"duration_limits": (Limit(period="year", value=60),)}, {"durationLimits": {"PER_YEAR": 60}}),
        ({"scheduling_type": "roundRobin", "team_id": 2}, {"schedulingType": "ROUND_ROBIN", "teamId": 2}),
        ({"scheduling_type": "collective"}, {"schedulingType": "COLLECTIVE"}),
        ({"parent_id": 3, "user_id": 4}, {"parentId": 3, "userId": 4}),
        ({"booking_window": BookingWindow(type="businessDays", days=5)},
         {"periodType": "ROLLING", "periodDays": 5, "periodCountCalendarDays": False}),
        ({"booking_window": BookingWindow(type="calendarDays", days=3, rolling=True)},
         {"periodType": "ROLLING_WINDOW", "periodDays": 3, "periodCountCalendarDays": True}),
        ({"booking_window": BookingWindow(
            type="range", start=datetime(2030, 5, 1, tzinfo=UTC), end=datetime(2030, 6, 1, tzinfo=UTC))},
         {"periodType": "RANGE", "periodStartDate": "2030-05-01T00:00:00.000Z",
          "periodEndDate": "2030-06-01T00:00:00.000Z"}),
        ({"schedule_id": 1, "custom_name": "With {Host}"}, {"scheduleId": 1, "eventName": "With {Host}"}),
        ({"success_redirect_url": "https://example.com", "forward_params_success_redirect": False},
         {"successRedirectUrl": "https://example.com", "forwardParamsSuccessRedirect": False}),
        ({"requires_confirmation": True, "unconfirmed_bookings_block": True},
         {"requiresConfirmation": True, "requiresConfirmationWillBlockSlot": True}),
        ({"locations": (Location(type="phone", phone="+37120993151", public=True, credential_id=3),)},
         {"locations": [{"type": "userPhone", "hostPhoneNumber": "+37120993151", "displayLocationPublicly": True,
                         "credentialId": 3}]}),
    ],
)  # fmt: skip
def test_settings_are_shown_as_the_database_has_them(fields: dict[str, Any], shown: dict[str, object]) -> None:
    assert view(**fields) == shown


def test_a_recurrence_is_shown_with_the_number_of_its_frequency() -> None:
    assert recurring_event(Recurrence(interval=2, occurrences=4, frequency="weekly")) == {
        "freq": 2,
        "count": 4,
        "interval": 2,
    }
    assert recurring_event(None) is None


def test_booking_pages_and_deletions_show_a_part() -> None:
    assert deleted_row_view(PLAIN) == {"id": 7, "length": 30, "slug": "talk", "title": "Talk"}
    assert public_row_view(PLAIN.changed(locations=(CAL_VIDEO,), description="On air")) == {
        "id": 7,
        "title": "Talk",
        "slug": "talk",
        "description": "On air",
        "length": 30,
        "hidden": False,
        "locations": [{"type": "integrations:daily"}],
    }

"""Settings of event types, from requests to fields and views."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.event_types.booking_fields import (
    DEFAULT_FIELDS,
    booking_field_view,
    check_contact,
    check_email,
    read_booking_fields,
)
from mock_server.event_types.booking_windows import booking_window_view, read_booking_window
from mock_server.event_types.limits import find_exceeded_limit, limits_view, read_older_limits
from mock_server.event_types.locations import (
    PERSONAL_LOCATIONS,
    TEAM_LOCATIONS,
    location_view,
    read_locations,
    stored_type,
)
from mock_server.event_types.model import BookingWindow, EventType, Limit, Location, Seats
from mock_server.event_types.seats import check_seats
from mock_server.event_types.settings import (
    FORM_2024_06_14,
    check_lengths,
    clean_slug,
    completed,
    read_settings,
    with_resets,
)
from mock_server.runtime.errors import ApiError, BadRequest, ValidationFailed
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world


def begin(edition: str) -> Transaction:
    return Transaction(default_world(edition), datetime(2030, 1, 1, tzinfo=UTC))


APRIL, MARCH = begin("2025-04"), begin("2026-03")


def settings(**body: Any) -> dict[str, Any]:
    return read_settings(APRIL, body, PERSONAL_LOCATIONS, FORM_2024_06_14, None)


def saved(body: dict[str, Any], stored: EventType | None = None) -> dict[str, Any]:
    """The fields that a request of 2026-03 stores."""
    fields = read_settings(MARCH, body, PERSONAL_LOCATIONS, FORM_2024_06_14, stored)
    return completed(MARCH, fields, body, stored, FORM_2024_06_14)


@pytest.mark.parametrize(
    ("location", "stored"),
    [
        ({"type": "address", "address": "Here", "public": True}, "inPerson"),
        ({"type": "link", "link": "https://example.com/room", "public": False}, "link"),
        ({"type": "phone", "phone": "+37120993151", "public": True}, "userPhone"),
        ({"type": "integration", "integration": "cal-video"}, "integrations:daily"),
        ({"type": "integration", "integration": "google-meet"}, "integrations:google:meet"),
        ({"type": "attendeeAddress"}, "attendeeInPerson"),
        ({"type": "attendeePhone"}, "phone"),
        ({"type": "attendeeDefined"}, "somewhereElse"),
    ],
)
def test_a_location_is_shown_as_sent_and_stored_under_another_type(location: dict[str, Any], stored: str) -> None:
    [read] = read_locations(APRIL, [location], PERSONAL_LOCATIONS)
    assert location_view(read) == location
    assert stored_type(read) == stored


def test_only_teams_can_use_the_organizers_default_app() -> None:
    location = {"type": "organizersDefaultApp"}
    assert read_locations(APRIL, [location], TEAM_LOCATIONS) == (Location(type="organizersDefaultApp"),)
    with pytest.raises(BadRequest):
        read_locations(APRIL, [location], PERSONAL_LOCATIONS)


@pytest.mark.parametrize("phone", ["12", "20993151", "+1", "+999123456789", 5, None])
def test_a_phone_number_is_international_and_valid(phone: Any) -> None:
    with pytest.raises(BadRequest, match="phone must be a valid phone number"):
        read_locations(APRIL, [{"type": "phone", "phone": phone, "public": True}], PERSONAL_LOCATIONS)


def test_default_fields_that_a_request_leaves_out_are_kept() -> None:
    form = read_booking_fields(APRIL, [{"slug": "title", "label": "Topic"}])
    named = {field.slug: field for field in form}
    assert (named["title"].required, named["title"].hidden, named["title"].placeholder) == (False, False, "")
    assert [field for field in form if field.slug != "title"] == [
        each for each in DEFAULT_FIELDS if each.slug != "title"
    ]


def test_an_added_field_replaces_the_default_field_with_its_slug() -> None:
    [*_, last] = read_booking_fields(
        APRIL,
        [{"type": "textarea", "slug": "rescheduleReason", "label": "Why?", "required": True}],
    )
    assert booking_field_view(last) == {
        "isDefault": True,
        "type": "textarea",
        "slug": "rescheduleReason",
        "label": "Why?",
        "required": True,
        "hidden": False,
        "disableOnPrefill": False,
    }


def test_a_field_with_options_that_are_not_texts_is_shown_as_unknown() -> None:
    select = {"type": "select", "slug": "size", "label": "Size", "required": True, "options": [1, "two"]}
    view = booking_field_view(read_booking_fields(APRIL, [select])[3])
    assert (view["type"], view["slug"]) == ("unknown", "unknown")
    assert '"size"' in view["bookingField"]


def test_only_some_types_of_fields_keep_a_placeholder() -> None:
    common = {"label": "A", "required": True, "placeholder": "p"}
    kinds = ["text", "select", "radio", "boolean"]
    form = read_booking_fields(APRIL, [{**common, "type": kind, "slug": kind, "options": ["o"]} for kind in kinds])
    assert [field.placeholder for field in form[3:7]] == ["p", "p", None, None]
    url = read_booking_fields(APRIL, [{"type": "url", "slug": "u", "label": "U", "required": True}])[3]
    assert url.placeholder == ""


def test_the_attendees_phone_number_can_replace_the_email_address() -> None:
    phone = {"type": "phone", "slug": "attendeePhoneNumber", "label": "Phone", "required": True}
    form = read_booking_fields(APRIL, [{"type": "email", "required": False}, phone])
    check_contact(form)
    with pytest.raises(BadRequest):
        check_email(form)
    with pytest.raises(BadRequest):
        check_contact(read_booking_fields(APRIL, [{"type": "email", "required": False}, {**phone, "hidden": True}]))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"type": "businessDays", "value": 5}, {"type": "businessDays", "value": 5, "rolling": False}),
        ({"type": "calendarDays", "value": 3, "rolling": True}, {"type": "calendarDays", "value": 3, "rolling": True}),
        ({"type": "range", "value": ["2030-05-01T23:00:00-05:00", "June 3 2030", "x"]},
         {"type": "range", "value": ["2030-05-02", "2030-06-03"]}),
        ({"disabled": True}, {"disabled": True}),
    ],
)  # fmt: skip
def test_a_booking_window_is_shown_as_interpreted(sent: dict[str, Any], shown: dict[str, Any]) -> None:
    assert booking_window_view(read_booking_window(sent, days_only=False)) == shown


def test_a_range_keeps_its_instants() -> None:
    window = read_booking_window(
        {"type": "range", "value": ["2030-05-01", "2030-05-03T10:00:00+02:00"]}, days_only=False
    )
    assert window is not None
    assert (window.start, window.end) == (datetime(2030, 5, 1, tzinfo=UTC), datetime(2030, 5, 3, 8, tzinfo=UTC))


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose local time is not UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_east")
@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2030-05-01T10:00", datetime(2030, 5, 1, 10, tzinfo=UTC)),
        ("2030-05-01 10:00 EST", datetime(2030, 5, 1, 15, tzinfo=UTC)),
        ("2030-05-01T10:00:00z", datetime(2030, 5, 1, 10, tzinfo=UTC)),
        ("2030-05-01 10:00 +02:00", datetime(2030, 5, 1, 8, tzinfo=UTC)),
        ("3 June", datetime(2001, 6, 3, tzinfo=UTC)),
    ],
)
def test_a_date_of_a_window_is_an_instant_of_its_own_zone(text: str, instant: datetime) -> None:
    window = read_booking_window({"type": "range", "value": [text, text]}, days_only=False)
    assert window == BookingWindow(type="range", start=instant, end=instant)
    assert window.start is not None and window.start.tzinfo is UTC


@pytest.mark.parametrize("text", ["2030-05-01 10:00 XYZ", "2030-05-011", "0001-01-01T00:00:00+14:00"])
def test_a_date_of_a_window_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        read_booking_window({"type": "range", "value": [text, "2030-05-02"]}, days_only=False)


def test_ten_characters_of_a_date_count_where_only_days_do() -> None:
    window = read_booking_window({"type": "range", "value": ["2030-05-011", "2030-05-02T10:00"]}, days_only=True)
    assert booking_window_view(window) == {"type": "range", "value": ["2030-05-01", "2030-05-02"]}


def test_a_window_with_invalid_dates_is_refused() -> None:
    with pytest.raises(ValidationFailed):
        settings(bookingWindow={"type": "range", "value": ["soon", "later"]})


def test_limits_keep_the_order_of_the_request() -> None:
    limits = {"week": 5, "day": 2, "year": 100}
    assert list(limits_view(read_older_limits(limits)).items()) == list(limits.items())


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"day": 3, "year": 2}, ("day", "year")),
        ({"week": 5, "day": 6, "month": 4}, ("day", "week")),
        ({"day": 2, "week": 2}, None),
        ({"day": 3, "week": 2, "disabled": True}, None),
    ],
)
def test_a_limit_may_not_exceed_that_of_a_longer_period(limits: dict[str, Any], found: tuple[str, str] | None) -> None:
    assert find_exceeded_limit(limits) == found


@pytest.mark.parametrize("limits", [{"week": 2, "day": 2}, {"day": 1, "decade": 2}, {"disabled": False, "day": 1}])
def test_the_shared_libraries_refuse_other_limits(limits: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match="Bad request"):
        read_older_limits(limits)


def test_disabled_limits_are_empty_and_missing_limits_are_not_set() -> None:
    assert settings(bookingLimitsCount={"disabled": True}) == {"booking_limits": ()}
    assert settings(bookingLimitsCount=None) == {}


def test_null_clears_some_settings_and_is_ignored_in_others() -> None:
    body = {"description": None, "slotInterval": None, "scheduleId": None, "recurrence": None, "color": None}
    assert settings(**body) == {"description": None, "slot_interval": None, "schedule_id": None}


def test_every_update_resets_some_settings_that_it_does_not_set() -> None:
    assert with_resets({"title": "New"}) == {
        "title": "New",
        "length_options": None,
        "booker_layouts": None,
        "seats": None,
        "confirmation_threshold": None,
        "disable_guests": False,
    }


def test_seats_that_a_request_disables_still_exclude_several_locations() -> None:
    stored = EventType(id=1, title="A", slug="a", length=30, seats=Seats(per_time_slot=2))
    fields = settings(seats={"disabled": True}, locations=[{"type": "attendeePhone"}, {"type": "attendeeAddress"}])
    with pytest.raises(BadRequest, match="more than one location"):
        check_seats(fields, stored)
    check_seats(fields, None)


def test_an_update_since_2026_03_stores_what_it_names_only() -> None:
    stored = EventType(id=1, title="A", slug="a", length=30)
    assert saved({"title": "New"}, stored) == {"title": "New"}


def test_disabling_guests_keeps_the_fields_that_the_same_request_gives() -> None:
    text = {"type": "text", "slug": "company", "label": "Company", "required": False}
    fields = saved({"disableGuests": True, "bookingFields": [text, {"slug": "guests", "hidden": False}]})
    form = {field.slug: field for field in fields["booking_fields"]}
    assert form["guests"].hidden and "company" in form and fields["disable_guests"]


def test_new_fields_without_one_for_guests_leave_it_hidden() -> None:
    stored = EventType(id=1, title="A", slug="a", length=30, disable_guests=True)
    fields = [{"type": "name", "label": "Name"}]
    assert saved({"bookingFields": fields}, stored)["disable_guests"] is True
    assert saved({"bookingFields": [*fields, {"slug": "guests"}]}, stored)["disable_guests"] is False


def test_settings_of_cal_video_are_kept_while_it_is_a_location() -> None:
    video = {"calVideoSettings": {"disableRecordingForGuests": True}}
    elsewhere = {"locations": [{"type": "attendeePhone"}]}
    made = saved({"title": "A", "slug": "a", **video})["cal_video_settings"]
    assert made.disable_recording_for_guests and made.send_transcription_emails
    assert saved({"title": "A", "slug": "a", **video, **elsewhere})["cal_video_settings"] is None
    stored = EventType(id=1, title="A", slug="a", length=30, cal_video_settings=made)
    assert saved(elsewhere, stored)["cal_video_settings"] is None
    assert "cal_video_settings" not in saved({"title": "B"}, stored)


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"disabled": False}, "at least one other property must be provided"),
        ({"day": "two"}, "^Invalid bookingLimitsCount$"),
        (5, "^Invalid bookingLimitsCount$"),
        ({"week": 1, "day": 2}, "The number of bookings for day cannot exceed the number of bookings for week"),
    ],
)
def test_limits_are_validated_since_2026_03(limits: Any, text: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        saved({"bookingLimitsCount": limits})
    [failed] = refusal.value.errors
    assert re.search(text, failed["constraints"]["ValidateBookingLimitsCount"])


def test_limits_ignore_other_keys_since_2026_03() -> None:
    stored = EventType(id=1, title="A", slug="a", length=30)
    assert saved({"bookingLimitsCount": {"day": 1, "decade": 2, "disabled": False}}, stored) == {
        "booking_limits": (Limit(period="day", value=1),)
    }


def test_only_the_day_of_a_window_counts_since_2026_03() -> None:
    window = saved({"bookingWindow": {"type": "range", "value": ["2030-05-01T23:00:00-05:00", "2030-06-03"]}})
    assert booking_window_view(window["booking_window"]) == {"type": "range", "value": ["2030-05-01", "2030-06-03"]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bookingLimitsCount",
         "Invalid booking limits: The number of bookings for day cannot exceed the number of bookings for week."),
        ("bookingLimitsDuration",
         ("Invalid booking durations: The duration of bookings for day cannot exceed the duration of bookings for "
         "week.")),
    ],
)  # fmt: skip
def test_exceeded_limits_are_named_before_2026_03(name: str, text: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        settings(**{name: {"day": 3, "week": 2}})
    assert [each["constraints"] for each in refusal.value.errors] == [{f"ValidateB{name[1:]}": text}]


def test_limits_of_the_duration_are_validated_since_2026_03() -> None:
    with pytest.raises(ValidationFailed) as refusal:
        saved({"bookingLimitsDuration": {"week": 30, "month": 20}})
    [failed] = refusal.value.errors
    assert failed["constraints"] == {
        "ValidateBookingLimitsDuration": "Invalid bookingLimitsDuration: The duration of bookings for week cannot "
        "exceed the duration of bookings for month."
    }


def test_an_invalid_window_is_named() -> None:
    with pytest.raises(ValidationFailed) as refusal:
        settings(bookingWindow={"type": "range", "value": ["soon", "later"]})
    assert [(each["property"], each["constraints"]) for each in refusal.value.errors] == [
        ("bookingWindow", {"ValidateBookingWindow": "Invalid bookingWindow structure."})
    ]


@pytest.mark.parametrize(
    ("slug", "cleaned"),
    [(" talk ", "talk"), ("--..__talk-1_", "talk-1_"), (".-talk", "-talk"), ("_.talk", ".talk"), ("talk", "talk")],
)
def test_a_slug_has_no_leading_dashes_dots_and_underscores(slug: str, cleaned: str) -> None:
    assert clean_slug(slug) == cleaned
    assert saved({"title": "A", "slug": slug})["slug"] == cleaned
    assert settings(slug=slug) == {"slug": slug}


def test_an_empty_slug_changes_nothing_since_2026_03() -> None:
    assert saved({"slug": "", "title": "A"})["slug"] == ""
    stored = EventType(id=1, title="A", slug="a", length=30)
    assert saved({"slug": "", "title": "B"}, stored) == {"title": "B"}


def test_the_schedule_zero_is_none() -> None:
    assert settings(scheduleId=0, slotInterval=0) == {"schedule_id": None, "slot_interval": 0}


@pytest.mark.parametrize(
    ("fields", "stored_options", "is_valid"),
    [
        ({"length": 30, "length_options": (15, 30)}, None, True),
        ({"length": 45, "length_options": (15, 30)}, None, False),
        ({"length_options": (15, 45)}, None, False),
        ({"length_options": (15, 30)}, None, True),
        ({"length": 45}, (15, 30), False),
        ({"length": 15}, (15, 30), True),
        ({"length": 45}, None, True),
    ],
)
def test_the_options_of_the_length_contain_the_length(
    fields: dict[str, Any], stored_options: tuple[int, ...] | None, is_valid: bool
) -> None:
    stored = EventType(id=1, title="A", slug="a", length=30, length_options=stored_options)
    if is_valid:
        check_lengths(fields, stored)
    else:
        with pytest.raises(BadRequest, match=r"^lengthInMinutesOptions must contain lengthInMinutes\.$"):
            check_lengths(fields, stored)
    if "length" in fields and "length_options" not in fields:
        check_lengths(fields, None)

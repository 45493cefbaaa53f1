"""A user's event types: from title, slug and length to all settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, SCHEDULES, Client, data, error, unique
from contract_tests.editions import in_force

CAL_VIDEO = {"type": "integration", "integration": "cal-video"}
PHONE = {"type": "phone", "phone": "+37120993151", "public": True}
SEATS = {"seatsPerTimeSlot": 4, "showAttendeeInfo": True, "showAvailabilityCount": False}
PATH = "/v2/event-types"

Create = Callable[..., dict[str, Any]]


def body(**more: Any) -> dict[str, Any]:
    return {"title": "Coding class", "slug": unique("coding-class"), "lengthInMinutes": 60, **more}


@pytest.fixture
def create(solo: Client) -> Iterator[Create]:
    """Creates event types, which are deleted at the end."""
    made: list[int] = []

    def make(**more: Any) -> dict[str, Any]:
        event_type = data(solo.post(PATH, json=body(**more), v=EVENT_TYPES), 201)
        made.append(event_type["id"])
        return event_type

    yield make
    for event_type_id in made:
        solo.delete(f"{PATH}/{event_type_id}", v=EVENT_TYPES)


def change(client: Client, event_type: dict[str, Any], **changes: Any) -> Any:
    return data(client.patch(f"{PATH}/{event_type['id']}", json=changes, v=EVENT_TYPES))


def refusal(client: Client, event_type: dict[str, Any], **changes: Any) -> Any:
    return error(client.patch(f"{PATH}/{event_type['id']}", json=changes, v=EVENT_TYPES), 400)["message"]


def test_title_slug_and_length_are_enough(solo: Client, create: Create) -> None:
    created = create()
    assert created["locations"] == [CAL_VIDEO]
    assert created["minimumBookingNotice"] == 120
    assert [field["slug"] for field in created["bookingFields"]] == [
        "name", "email", "location", "title", "notes", "guests", "rescheduleReason",
    ]  # fmt: skip
    for name in ("bookingWindow", "confirmationPolicy", "seats"):
        assert created[name] == {"disabled": True}
    [owner] = created["users"]
    assert owner["id"] == created["ownerId"] == data(solo.get("/v2/me"))["id"]
    assert data(solo.get(f"{PATH}/{created['id']}", v=EVENT_TYPES)) == created


@pytest.mark.until("2026-03", "updates-keep-settings")
def test_an_update_keeps_omitted_fields_except_for_a_few_settings(solo: Client, create: Create) -> None:
    created = create(
        description="Stays",
        locations=[PHONE],
        bookingLimitsCount={"week": 5, "day": 2},
        bookingWindow={"type": "calendarDays", "value": 30, "rolling": True},
        recurrence={"interval": 1, "occurrences": 3, "frequency": "weekly"},
        color={"lightThemeHex": "#fafafa", "darkThemeHex": "#292929"},
        lengthInMinutesOptions=[30, 60],
        bookerLayouts={"defaultLayout": "week", "enabledLayouts": ["week"]},
        confirmationPolicy={"type": "time", "noticeThreshold": {"unit": "hours", "count": 3}},
    )
    kept = {name: value for name, value in created.items() if name not in ("lengthInMinutesOptions", "bookerLayouts")}
    assert change(solo, created, title="New") == {
        **kept,
        "title": "New",
        "metadata": {},
        "confirmationPolicy": {"type": "always", "blockUnconfirmedBookingsInBooker": False},
    }


def test_disabling_clears_limits_but_not_the_recurrence(solo: Client, create: Create) -> None:
    series = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
    created = create(bookingLimitsCount={"day": 2}, recurrence=series)
    changed = change(solo, created, bookingLimitsCount={"disabled": True}, recurrence={"disabled": True})
    assert changed["bookingLimitsCount"] == {}
    assert changed["recurrence"] == {**series, "disabled": False}


def test_a_limit_of_a_shorter_period_may_not_exceed_that_of_a_longer_one(solo: Client, create: Create) -> None:
    sent = {"bookingLimitsDuration": {"day": 120, "week": 60}}
    reply = solo.patch(f"{PATH}/{create()['id']}", json=sent, v=EVENT_TYPES)
    [failure] = error(reply, 400)["details"]["errors"]
    assert failure["property"] == "bookingLimitsDuration"
    start = "bookingLimitsDuration" if in_force("event-type-settings-validated") else "booking durations"
    assert list(failure["constraints"].values()) == [
        f"Invalid {start}: The duration of bookings for day cannot exceed the duration of bookings for week."
    ]


def test_seats_need_a_single_location_and_no_confirmation(solo: Client, create: Create) -> None:
    several = create(locations=[CAL_VIDEO, PHONE])
    assert refusal(solo, several, seats=SEATS) == (
        "Seats Validation failed: Seats are enabled but more than one location provided."
    )
    seated = create(seats=SEATS)
    assert refusal(solo, seated, confirmationPolicy={"type": "always"}) == (
        "Seats Validation failed: Seats are enabled but requiresConfirmation is true."
    )


def test_an_update_without_seats_keeps_them_or_turns_them_off(solo: Client, create: Create) -> None:
    kept = {**SEATS, "disabled": False} if in_force("updates-keep-settings") else {"disabled": True}
    assert change(solo, create(seats=SEATS))["seats"] == kept


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ({"seats": {"seatsPerTimeSlot": 4}}, ["showAttendeeInfo", "showAvailabilityCount"]),
        ({"seats": {**SEATS, "seatsPerTimeSlot": "four", "disabled": True}}, ["seatsPerTimeSlot"]),
        ({"seats": {"disabled": "yes", "showAttendeeInfo": "yes"}}, ["disabled"]),
        ({"recurrence": {"interval": 1}}, ["occurrences", "frequency"]),
        ({"recurrence": {"interval": 1, "disabled": True}}, ["occurrences", "frequency"]),
        ({"recurrence": {"disabled": "yes", "occurrences": "two"}}, ["disabled"]),
    ],
)
def test_a_setting_is_validated_by_its_leading_property(
    solo: Client, setting: dict[str, Any], wrong: list[str]
) -> None:
    [failure] = error(solo.post(PATH, json=body(**setting), v=EVENT_TYPES), 400)["details"]["errors"]
    assert [child["property"] for child in failure["children"]] == wrong


def test_a_setting_that_is_complete_and_disabled_is_off(create: Create) -> None:
    series = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
    created = create(seats=SEATS | {"disabled": True}, recurrence=series | {"disabled": True})
    assert (created["seats"], created["recurrence"]) == ({"disabled": True}, None)


@pytest.mark.parametrize(
    ("locations", "message"),
    [
        ([], "'locations' must contain at least 1 location."),
        ([{"public": True}], "Each object in 'locations' must have a 'type' property."),
        (
            [CAL_VIDEO, {"type": "organizersDefaultApp"}],
            "Unsupported location type 'organizersDefaultApp'. Valid types are address, link, integration, and phone.",
        ),
        (
            [{"type": "link", "link": "nowhere"}],
            "Validation failed for link location: link must be a URL address, public must be a boolean value",
        ),
        pytest.param(
            [{"type": "integration", "integration": "office365-video"}],
            "Invalid app, available apps are: ",
            marks=pytest.mark.until("2026-03", "locations-of-all-apps"),
        ),
    ],
)
def test_an_invalid_location_is_rejected_with_a_single_message(
    solo: Client, create: Create, locations: Any, message: str
) -> None:
    created = create()
    assert refusal(solo, created, locations=locations) == message


def test_a_link_without_protocol_cannot_be_read(create: Create) -> None:
    link = {"type": "link", "link": "example.com/room", "public": True}
    shown = create(locations=[link, PHONE])["locations"]
    assert shown[0] == PHONE
    assert shown[1]["type"] == "unknown"
    assert "example.com/room" in shown[1]["location"]


@pytest.mark.until("2026-03", "default-fields-by-slug")
def test_custom_booking_fields_stand_between_the_default_ones(create: Create) -> None:
    fields = create(
        bookingFields=[
            {"slug": "notes", "label": "Anything else?", "required": True},
            {"type": "select", "slug": "size", "label": "Size", "required": False, "options": ["S", "L"]},
            {"type": "name", "label": "Who are you?"},
        ]
    )["bookingFields"]
    assert [field["slug"] for field in fields] == [
        "name", "email", "location", "size", "title", "notes", "guests", "rescheduleReason",
    ]  # fmt: skip
    assert fields[0]["label"] == "Who are you?"
    assert fields[3] == {
        "isDefault": False,
        "type": "select",
        "slug": "size",
        "label": "Size",
        "required": False,
        "hidden": False,
        "disableOnPrefill": False,
        "options": ["S", "L"],
    }
    assert fields[5] == {
        "isDefault": True,
        "type": "textarea",
        "slug": "notes",
        "label": "Anything else?",
        "placeholder": "",
        "required": True,
        "hidden": False,
        "disableOnPrefill": False,
    }


TEXT = {"type": "text", "slug": "extra", "label": "Extra", "required": True}
BY_SLUG = "notes" if in_force("default-fields-by-slug") else "undefined"
BY_TYPE = pytest.mark.until("2026-03", "default-fields-by-slug")
PHONE_ONLY = {"type": "phone", "slug": "attendeePhoneNumber", "label": "Phone", "required": True}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([], "'bookingFields' must contain at least 1 booking field."),
        (
            [TEXT, {**TEXT, "type": "url"}],
            "Duplicate bookingFields slug 'extra' found. All bookingFields slugs must be unique.",
        ),
        ([{**TEXT, "type": "hologram"}], "Unsupported booking field type 'hologram'."),
        pytest.param(
            [{"slug": "rescheduleReason", "required": True}],
            (
                "Validation failed for undefined booking field: "
                "slug must be one of the following values: title, notes, guests"
            ),
            marks=BY_TYPE,
        ),
        (
            [{"type": "select", "slug": "size", "label": "Size"}],
            "Validation failed for select booking field: required must be a boolean value, options must be an array",
        ),
        (
            [{"slug": "notes", "hidden": "yes"}],
            f"Validation failed for {BY_SLUG} booking field: hidden must be a boolean value",
        ),
        (
            [{"type": "email"}],
            (
                "Booking fields validation failed: visible and required email or visible and required attendee phone "
                "field is needed."
            ),
        ),
        (
            [{"type": "email", "required": False}, PHONE_ONLY],
            "checkIsEmailUserAccessible - Email booking field must be required and visible",
        ),
        pytest.param(
            [{**TEXT, "slug": "location"}], "Bad request: Please check your request data and try again", marks=BY_TYPE
        ),
    ],
)
def test_an_invalid_booking_field_is_rejected_with_a_single_message(
    solo: Client, create: Create, fields: Any, message: str
) -> None:
    created = create()
    assert refusal(solo, created, bookingFields=fields) == message


@pytest.mark.until("2026-03", "updates-keep-settings")
def test_hiding_the_guests_field_disables_guests(solo: Client, create: Create) -> None:
    created = create(disableGuests=True)
    assert created["disableGuests"] is False
    hidden = change(solo, created, bookingFields=[{"slug": "guests", "hidden": True}])
    assert hidden["disableGuests"] is True
    later = change(solo, created, title="Later")
    assert later["disableGuests"] is False
    assert later["bookingFields"] == hidden["bookingFields"]


def test_the_custom_name_accepts_known_variables_only(solo: Client, create: Create) -> None:
    created = create(customName="{Event type title} with {HOST}")
    assert created["customName"] == "{Event type title} with {HOST}"
    assert refusal(solo, created, customName="{HOST} meets {Nobody}") == "Invalid event name variables: {Nobody}"


def test_the_destination_has_to_be_a_writable_calendar_of_the_caller(solo: Client, create: Create) -> None:
    connections = data(solo.get("/v2/calendars"))["connectedCalendars"]
    calendars = {each["readOnly"]: each for one in connections for each in one.get("calendars", [])}
    created = create()
    nowhere = {"integration": "google_calendar", "externalId": "nobody@example.com"}
    assert refusal(solo, created, destinationCalendar=nowhere) == (
        "Invalid destinationCalendarId: Calendar does not exist"
    )
    if True in calendars:
        read_only = {name: calendars[True][name] for name in ("integration", "externalId")}
        assert refusal(solo, created, destinationCalendar=read_only) == (
            "Invalid destinationCalendarId: Calendar does not have write permission"
        )
    if False in calendars:
        writable = {name: calendars[False][name] for name in ("integration", "externalId")}
        assert change(solo, created, destinationCalendar=writable)["destinationCalendar"] == writable
        assert change(solo, created, title="Later")["destinationCalendar"] == writable


def test_deleting_a_schedule_clears_the_event_types_schedule(solo: Client, create: Create) -> None:
    hours = {"name": unique("hours"), "timeZone": "Europe/Rome", "isDefault": False}
    schedule = data(solo.post("/v2/schedules", json=hours, v=SCHEDULES), 201)
    created = create(scheduleId=schedule["id"])
    assert created["scheduleId"] == schedule["id"]
    data(solo.delete(f"/v2/schedules/{schedule['id']}", v=SCHEDULES))
    assert data(solo.get(f"{PATH}/{created['id']}", v=EVENT_TYPES))["scheduleId"] is None
    reply = solo.patch(f"{PATH}/{created['id']}", json={"scheduleId": schedule["id"]}, v=EVENT_TYPES)
    assert error(reply, 404)["message"] == (
        f"User with ID={created['ownerId']} does not own schedule with ID={schedule['id']}"
    )


def test_a_slug_is_unique_and_free_again_after_deletion(solo: Client, create: Create) -> None:
    first, second = create(), create()
    taken = body(slug=first["slug"])
    refused = error(solo.post(PATH, json=taken, v=EVENT_TYPES), 400)
    assert refused["message"] == "User already has an event type with this slug."
    unexplained = "Bad request: Please check your request data and try again"
    expected = "error_event_type_url_duplicate" if in_force("event-type-refusals-explained") else unexplained
    assert refusal(solo, second, slug=first["slug"]) == expected

    gone = data(solo.delete(f"{PATH}/{first['id']}", v=EVENT_TYPES))
    assert gone == {name: first[name] for name in ("id", "title", "slug", "lengthInMinutes")}
    assert create(slug=first["slug"])["slug"] == first["slug"]


def test_the_public_list_hides_hidden_booking_fields(anonymous: Client, create: Create) -> None:
    created = create()
    [owner] = created["users"]
    query = {"username": owner["username"], "eventSlug": created["slug"]}
    [listed] = data(anonymous.get(PATH, params=query, v=EVENT_TYPES))
    visible = [field for field in created["bookingFields"] if not field.get("hidden")]
    created.pop("calVideoSettings", None)
    assert listed == {**created, "bookingFields": visible}
    assert "title" not in [field["slug"] for field in visible]


@pytest.mark.until("2026-03", "own-event-types-listed")
def test_without_a_user_nothing_is_listed(solo: Client, create: Create) -> None:
    assert data(solo.get(PATH, params={"eventSlug": create()["slug"]}, v=EVENT_TYPES)) == []

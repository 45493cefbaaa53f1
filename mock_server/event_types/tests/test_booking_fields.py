"""Booking fields of event types: which a request may give, what becomes of them and how they are shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.event_types.booking_fields import (
    DEFAULT_FIELDS,
    HIDDEN_PHONE,
    NEEDS_CONTACT,
    NEEDS_EMAIL,
    booking_field_view,
    check_contact,
    check_email,
    check_slugs,
    form_of,
    gives_guests,
    hides_guests,
    read_booking_fields,
    shown_form,
    stored_default_form,
    with_guests,
)
from mock_server.event_types.model import BookingField
from mock_server.runtime.errors import ApiError, BadRequest
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world


def begin(edition: str) -> Transaction:
    return Transaction(default_world(edition), datetime(2030, 1, 1, tzinfo=UTC))


APRIL, MARCH = begin("2025-04"), begin("2026-03")
SLUGS = ["name", "email", "location", "title", "notes", "guests", "rescheduleReason"]
TEXT = {"type": "text", "slug": "company", "label": "Company", "required": False}


def refusal(items: object, tx: Transaction) -> str:
    with pytest.raises(BadRequest) as refused:
        read_booking_fields(tx, items)
    return refused.value.message


def read_one(item: dict[str, Any], tx: Transaction = MARCH) -> BookingField:
    """The field that an item of a request becomes: the one that differs from the default form."""
    default = stored_default_form() if tx is MARCH else DEFAULT_FIELDS
    [changed] = [field for field in read_booking_fields(tx, [item]) if field not in default]
    return changed


BOTH = (APRIL, MARCH)


@pytest.mark.parametrize("tx", BOTH, ids=("2025-04", "2026-03"))
@pytest.mark.parametrize(
    ("items", "message"),
    [
        ("name", "'bookingFields' must be an array."),
        ([], "'bookingFields' must contain at least 1 booking field."),
        ([TEXT, {"slug": "title"}, TEXT],
         "Duplicate bookingFields slug 'company' found. All bookingFields slugs must be unique."),
        ([{**TEXT, "slug": ["a", 1]}, {**TEXT, "slug": ["a", 1]}],
         "Duplicate bookingFields slug '[\"a\",1]' found. All bookingFields slugs must be unique."),
        ([{**TEXT, "slug": ["a", 1]}], "Validation failed for text booking field: slug must be a string"),
        ([{**TEXT, "type": "colour"}], "Unsupported booking field type 'colour'."),
        ([{"type": "text", "slug": "a"}],
         "Validation failed for text booking field: label must be a string, required must be a boolean value"),
        ([{**TEXT, "label": 5, "placeholder": 5, "required": None, "hidden": "no", "disableOnPrefill": 0}],
         ("Validation failed for text booking field: label must be a string, placeholder must be a string, required "
         "must be a boolean value, hidden must be a boolean value, disableOnPrefill must be a boolean value")),
        ([{**TEXT, "type": "radio", "placeholder": 5}],
         "Validation failed for radio booking field: options must be an array"),
        ([{**TEXT, "type": "select", "placeholder": 5, "options": "a"}],
         "Validation failed for select booking field: placeholder must be a string, options must be an array"),
        ([{"type": "name", "label": 5, "required": "yes", "hidden": 5, "disableOnPrefill": "no"}],
         "Validation failed for name booking field: label must be a string, disableOnPrefill must be a boolean value"),
        ([{"type": "email", "placeholder": 5, "required": "yes"}],
         "Validation failed for email booking field: placeholder must be a string, required must be a boolean value"),
    ],
)  # fmt: skip
def test_the_first_error_of_the_fields_is_named(items: object, message: str, tx: Transaction) -> None:
    assert refusal(items, tx) == message


@pytest.mark.parametrize(
    ("items", "april", "march"),
    [
        ([5],
         ("All booking fields except ones with slug equal to title, notes, guests and rescheduleReason must have a "
         "'type' property."),
         ("All booking fields except ones with slug equal to title, notes, guests, rescheduleReason and location must "
         "have a 'type' property.")),
        ([{"type": "text"}],
         "Each booking field except ones with type equal to name and email must have a 'slug' property.",
         "Each booking field except ones with type equal to name, splitName, email must have a 'slug' property."),
        ([{"slug": "title", "label": 5}],
         "Validation failed for undefined booking field: label must be a string",
         "Validation failed for title booking field: label must be a string"),
    ],
)  # fmt: skip
def test_errors_in_the_words_of_each_edition(items: object, april: str, march: str) -> None:
    assert (refusal(items, APRIL), refusal(items, MARCH)) == (april, march)


def test_the_reason_for_rescheduling_needed_a_type_before_2026_03() -> None:
    assert refusal([{"slug": "rescheduleReason", "hidden": 1}], APRIL) == (
        "Validation failed for undefined booking field: slug must be one of the following values: title, notes, "
        "guests, hidden must be a boolean value"
    )
    assert read_one({"slug": "rescheduleReason", "required": True}).required


@pytest.mark.parametrize("tx", BOTH, ids=("2025-04", "2026-03"))
def test_added_fields_stand_after_the_location_in_their_order(tx: Transaction) -> None:
    items = [{**TEXT, "slug": "b"}, {"slug": "notes", "label": "N"}, {**TEXT, "slug": "a"}, {"type": "email"}]
    form = read_booking_fields(tx, items)
    assert [field.slug for field in form] == [*SLUGS[:3], "b", "a", *SLUGS[3:]]
    assert form[6].label == "N"


def test_an_omitted_flag_of_a_default_field_is_false() -> None:
    title = read_one({"slug": "title", "label": "Topic", "placeholder": "p"})
    assert title == BookingField(
        type="text", slug="title", required=False, hidden=False, is_default=True, label="Topic", placeholder="p"
    )
    guests = read_one({"slug": "guests", "required": True, "hidden": True, "disableOnPrefill": True})
    assert (guests.type, guests.required, guests.hidden, guests.disable_on_prefill) == ("multiemail", True, True, True)


def test_the_name_is_always_required_and_shown() -> None:
    name = read_one({"type": "name", "label": "Who?", "placeholder": "Ann", "required": False, "hidden": True})
    assert name == BookingField(
        type="name", slug="name", required=True, hidden=False, is_default=True, label="Who?", placeholder="Ann"
    )


def test_a_new_form_labels_the_name_since_2026_03() -> None:
    assert stored_default_form()[0].label == read_booking_fields(MARCH, [TEXT])[0].label == "your_name"
    assert stored_default_form()[1:] == DEFAULT_FIELDS[1:]
    assert read_booking_fields(APRIL, [TEXT])[0].label is None


def test_a_split_name_replaces_the_name() -> None:
    labels = {"firstNameLabel": "First", "lastNameLabel": "Last", "lastNamePlaceholder": "Doe"}
    field = read_booking_fields(MARCH, [{"type": "splitName", **labels, "lastNameRequired": True}, TEXT])[0]
    assert (field.type, field.slug, field.required) == ("name", "name", True)
    assert booking_field_view(field) == {
        "isDefault": True,
        "type": "splitName",
        "slug": "splitName",
        **labels,
        "lastNameRequired": True,
        "disableOnPrefill": False,
    }
    plain = read_booking_fields(
        MARCH, [{"type": "splitName", "firstNamePlaceholder": "Ann", "disableOnPrefill": True}]
    )[0]
    assert booking_field_view(plain) == {
        "isDefault": True,
        "type": "splitName",
        "slug": "splitName",
        "firstNamePlaceholder": "Ann",
        "lastNameRequired": False,
        "disableOnPrefill": True,
    }
    wrong = {
        **dict.fromkeys(("firstNameLabel", "firstNamePlaceholder", "lastNameLabel", "lastNamePlaceholder"), 5),
        **dict.fromkeys(("lastNameRequired", "disableOnPrefill"), "no"),
    }
    assert refusal([{"type": "splitName", **wrong}], MARCH) == (
        "Validation failed for splitName booking field: firstNameLabel must be a string, firstNamePlaceholder must be "
        "a string, lastNameLabel must be a string, lastNamePlaceholder must be a string, lastNameRequired must be a "
        "boolean value, disableOnPrefill must be a boolean value"
    )
    assert refusal([{"type": "splitName"}], APRIL) == (
        "Each booking field except ones with type equal to name and email must have a 'slug' property."
    )


def test_a_default_slug_decides_since_2026_03_whatever_the_type() -> None:
    field = read_one({"type": "text", "slug": "notes", "label": "Notes", "placeholder": "p"})
    assert (field.type, field.required, field.is_default) == ("textarea", False, True)
    older = read_one({"type": "text", "slug": "notes", "label": "Notes", "required": True}, APRIL)
    assert (older.type, older.required, older.is_default) == ("text", True, True)


def test_only_the_label_of_the_location_can_be_changed() -> None:
    location = read_one({"slug": "location", "label": "Where?", "required": True, "hidden": True})
    assert location == BookingField(
        type="radioInput", slug="location", required=False, hidden=False, is_default=True, label="Where?"
    )
    assert booking_field_view(location) == {
        "isDefault": True,
        "type": "radioInput",
        "slug": "location",
        "required": False,
        "label": "Where?",
        "hidden": False,
    }


@pytest.mark.parametrize(
    ("item", "placeholder"),
    [
        ({"type": "url", "slug": "site", "label": "S", "required": True}, ""),
        ({"type": "url", "slug": "site", "label": "S", "required": True, "placeholder": "p"}, "p"),
        ({"type": "text", "slug": "title", "label": "S", "required": True}, None),
        ({"type": "text", "slug": "site", "label": "S", "required": True}, None),
        ({"slug": "notes"}, ""),
        ({"slug": "notes", "placeholder": "p"}, "p"),
        ({"type": "email", "label": "Mail"}, None),
    ],
)
def test_some_fields_had_an_empty_placeholder_before_2026_03(item: dict[str, Any], placeholder: str | None) -> None:
    assert read_one(item, APRIL).placeholder == placeholder


def test_an_added_field_is_shown_with_what_it_was_given() -> None:
    item = {**TEXT, "type": "checkbox", "options": ["a", "b"], "hidden": True, "disableOnPrefill": True}
    assert booking_field_view(read_one(item)) == {
        "isDefault": False,
        "type": "checkbox",
        "slug": "company",
        "label": "Company",
        "required": False,
        "disableOnPrefill": True,
        "hidden": True,
        "options": ["a", "b"],
    }
    assert read_one({**TEXT, "options": ["a"]}).options is None
    phone = {"type": "phone", "slug": "attendeePhoneNumber", "label": "Phone", "required": True}
    assert read_one(phone).is_default
    assert not read_one({**phone, "slug": "phone"}).is_default
    assert not read_one({**TEXT, "slug": "attendeePhoneNumber"}).is_default


def test_the_name_is_shown_without_hidden() -> None:
    assert booking_field_view(DEFAULT_FIELDS[0]) == {
        "isDefault": True,
        "type": "name",
        "slug": "name",
        "required": True,
        "disableOnPrefill": False,
    }


def test_what_a_version_cannot_show_is_shown_as_stored() -> None:
    select = {**TEXT, "type": "select", "options": [1, "two"]}
    view = booking_field_view(read_one(select))
    assert view.keys() == {"type", "slug", "bookingField"}
    assert json.loads(str(view["bookingField"])) == {
        "name": "company",
        "type": "select",
        "label": "Company",
        "required": False,
        "hidden": False,
        "disableOnPrefill": False,
        "options": [{"label": 1, "value": 1}, {"label": "two", "value": "two"}],
    }
    second_address = BookingField(type="email", slug="other", required=False)
    assert booking_field_view(second_address)["slug"] == "unknown"
    assert json.loads(str(booking_field_view(second_address)["bookingField"]))["options"] == []


def form(**changes: dict[str, Any]) -> tuple[BookingField, ...]:
    """The default form with changes of the fields that have these slugs; others are added."""
    added = [BookingField(slug=slug, **fields) for slug, fields in changes.items() if slug not in SLUGS]
    return (
        *(
            BookingField(
                **{name: getattr(field, name) for name in ("type", "slug", "required", "hidden", "is_default")}
                | changes.get(field.slug, {})
            )
            for field in DEFAULT_FIELDS
        ),
        *added,
    )


PHONE = {"type": "phone", "required": True}


@pytest.mark.parametrize(
    ("fields", "has_contact", "has_email"),
    [
        (form(), True, True),
        (form(email={"required": False}), False, False),
        (form(email={"hidden": True}), False, False),
        (form(email={"hidden": True}, attendeePhoneNumber=PHONE), True, False),
        (form(email={"required": False}, attendeePhoneNumber={**PHONE, "required": False}), False, False),
        (form(email={"required": False}, attendeePhoneNumber={**PHONE, "hidden": True}), False, False),
        (form(email={"required": False}, attendeePhoneNumber={**PHONE, "type": "text"}), False, False),
        (form(email={"required": False}, phone=PHONE), False, False),
        (form(email={"type": "text"}, other={"type": "email", "required": True}), False, False),
    ],
)
def test_a_form_requires_the_address_or_the_number_of_the_attendee(
    fields: tuple[BookingField, ...], has_contact: bool, has_email: bool
) -> None:
    for check, passes, message in ((check_contact, has_contact, NEEDS_CONTACT), (check_email, has_email, NEEDS_EMAIL)):
        if passes:
            check(fields)
        else:
            with pytest.raises(BadRequest) as refused:
                check(fields)
            assert refused.value.message == message


def test_no_two_fields_share_a_slug() -> None:
    check_slugs(DEFAULT_FIELDS)
    with pytest.raises(ApiError, match="Bad request"):
        check_slugs((*DEFAULT_FIELDS, BookingField(type="text", slug="title", required=False)))


def test_guests_can_be_hidden() -> None:
    hidden = with_guests(DEFAULT_FIELDS, hidden=True)
    assert hides_guests(hidden)
    assert [field.slug for field in hidden if field.hidden] == ["title", "guests"]
    assert with_guests(hidden, hidden=False) == DEFAULT_FIELDS
    assert not hides_guests(DEFAULT_FIELDS)
    assert gives_guests([{"type": "name"}, {"slug": "guests"}])
    assert not gives_guests([{"type": "name"}, {"slug": "notes"}])


def test_a_form_that_was_never_set_is_the_default_one() -> None:
    assert form_of(None) == DEFAULT_FIELDS
    assert form_of(()) == shown_form(()) == ()
    assert shown_form(None) == (*DEFAULT_FIELDS[:2], HIDDEN_PHONE, *DEFAULT_FIELDS[2:])
    assert HIDDEN_PHONE.hidden

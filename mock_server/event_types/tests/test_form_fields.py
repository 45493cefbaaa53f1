"""Fields of the booking form of version 2026-06-12: as sent, as stored, as shown, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.event_types.booking_fields import NAME_LABEL, booking_field_view, read_booking_fields
from mock_server.event_types.booking_form import (
    DEFAULT_FORM,
    STORED_TYPES,
    current_form,
    extended_form,
    form_view,
    form_without,
    patched_form,
    replaced_form,
)
from mock_server.event_types.model import BookingField, SplitName
from mock_server.runtime.errors import ApiError, BadRequest, NotFound
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world

CUSTOM = {"field": "custom", "slug": "extra", "label": "Extra"}
SHOWN = {"required": False, "hidden": False, "disableOnPrefill": False}
REQUIRED = {**SHOWN, "required": True}
ALL_SET = {"required": True, "hidden": True, "disableOnPrefill": True, "placeholder": "?"}
CHOICES = ("select", "multiSelect", "checkboxGroup", "radioGroup")
SPLIT = {
    "firstNameLabel": "Given",
    "firstNamePlaceholder": "Ada",
    "lastNameLabel": "Family",
    "lastNamePlaceholder": "Lovelace",
    "lastNameRequired": True,
}


def refusal(action: Callable[..., object], *arguments: Any) -> ApiError:
    with pytest.raises(ApiError) as refused:
        action(*arguments)
    return refused.value


def shown(item: dict[str, Any]) -> dict[str, object]:
    """How a field of a request is shown."""
    form = replaced_form([item])
    slug = item.get("slug", item["field"])
    [field] = [each for each in form if each.slug == slug]
    return form_view([field])[0]


@pytest.mark.parametrize("kind", list(STORED_TYPES))
def test_a_custom_field_is_shown_as_sent(kind: str) -> None:
    item: dict[str, Any] = {**CUSTOM, "type": kind, **({"options": ["S", "M"]} if kind in CHOICES else {})}
    assert shown(item) == {**SHOWN, **item}
    [field] = [each for each in replaced_form([item]) if each.slug == "extra"]
    assert (field.type, field.is_default) == (STORED_TYPES[kind], False)
    more: dict[str, Any] = {**item, **ALL_SET}
    if kind == "longText":
        more |= {"minLength": 2, "maxLength": 2}
    if kind == "email":
        more |= {"excludeEmails": ["a.example"], "requireEmails": ["b.example"]}
    assert shown(more) == more


def test_settings_of_other_types_are_ignored() -> None:
    lengths = {"minLength": 2, "maxLength": 9, "options": ["S"], "excludeEmails": ["a.example"]}
    assert shown({**CUSTOM, "type": "shortText", **lengths}) == {**CUSTOM, "type": "shortText", **SHOWN}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"field": "location", "label": "Where?"}, {"label": "Where?"}),
        ({"field": "location"}, {}),
        ({"field": "name", "variant": "fullName"}, {"variant": "fullName", "disableOnPrefill": False}),
        (
            {"field": "name", "variant": "fullName", "label": "Who?", "placeholder": "?", "disableOnPrefill": True},
            {"variant": "fullName", "label": "Who?", "placeholder": "?", "disableOnPrefill": True},
        ),
        (
            {"field": "name", "variant": "splitName", **SPLIT, "disableOnPrefill": True},
            {"variant": "splitName", **SPLIT, "disableOnPrefill": True},
        ),
        (
            {"field": "name", "variant": "splitName"},
            {"variant": "splitName", "lastNameRequired": False, "disableOnPrefill": False},
        ),
        ({"field": "notes"}, SHOWN),
        ({"field": "notes", **ALL_SET, "label": "Notes"}, {**ALL_SET, "label": "Notes"}),
        ({"field": "email"}, {**SHOWN, "required": True}),
        (
            {"field": "email", "excludeEmails": ["a.example"], "requireEmails": ["b.example"], "label": "Mail"},
            {
                **SHOWN,
                "required": True,
                "excludeEmails": ["a.example"],
                "requireEmails": ["b.example"],
                "label": "Mail",
            },
        ),
        ({"field": "title"}, {**SHOWN, "required": True, "hidden": True}),
        ({"field": "attendeePhoneNumber", "hidden": False}, SHOWN),
    ],
)
def test_a_default_field_has_the_settings_sent_and_else_its_own(item: dict[str, Any], expected: dict[str, Any]) -> None:
    assert shown(item) == {"field": item["field"], "slug": item["field"], **expected}


def test_the_label_of_the_name_is_shown_unless_it_is_the_stored_one() -> None:
    [view] = form_view([BookingField(type="name", slug="name", required=True, is_default=True, label=NAME_LABEL)])
    assert "label" not in view
    [view] = form_view([BookingField(type="text", slug="notes", required=True, is_default=True, label=NAME_LABEL)])
    assert view["label"] == NAME_LABEL
    [view] = form_view([BookingField(type="text", slug="extra", required=True)])
    assert view["label"] == "extra"
    split = BookingField(
        type="name", slug="name", required=True, is_default=True, label="x", split_name=SplitName(last_label="Family")
    )
    [view] = form_view([split])
    assert (view["lastNameLabel"], "label" in view) == ("Family", False)


def test_unknown_fields_are_shown_as_they_are_stored() -> None:
    [view] = form_view([BookingField(type="colour", slug="hue", required=True, label="Hue")])
    assert (view["field"], view["slug"], set(view)) == ("unknown", "unknown", {"field", "slug", "bookingField"})
    assert "hue" in str(view["bookingField"])
    default = BookingField(type="colour", slug="notes", required=True, is_default=True)
    assert form_view([default])[0]["field"] == "notes"


def test_forms_that_cannot_be_stored_are_refused() -> None:
    extra = {**CUSTOM, "type": "shortText"}
    twice = "Booking field 'extra' exists more than once."
    form = extended_form(DEFAULT_FORM, [extra])
    assert [field.slug for field in form] == [*(field.slug for field in DEFAULT_FORM), "extra"]
    assert refusal(replaced_form, [extra, extra]).message == twice
    assert refusal(replaced_form, [{"field": "notes"}, {"field": "notes"}]).message.startswith("Booking field 'notes'")
    assert refusal(extended_form, form, [extra]).message == twice
    assert refusal(patched_form, form, [{"slug": "extra"}, {"slug": "extra"}]).message == twice
    only = "Only custom booking fields can be added. 'notes' is not a custom field."
    assert refusal(extended_form, form, [{"field": "notes"}]).message == only
    for slug in ("notes", "smsReminderNumber"):
        text = f"A custom booking field cannot have the slug '{slug}' of a default field."
        assert refusal(replaced_form, [{**extra, "slug": slug}]).message == text
    longest = {**CUSTOM, "type": "longText", "minLength": 3, "maxLength": 2}
    assert (
        refusal(replaced_form, [longest]).message == "minLength of booking field 'extra' cannot exceed its maxLength."
    )
    hidden = [{"field": "email", "required": False}]
    assert isinstance(refusal(replaced_form, hidden), BadRequest)
    assert isinstance(refusal(patched_form, DEFAULT_FORM, [{"slug": "email", "required": False}]), BadRequest)


def test_patches_keep_what_they_omit_and_are_refused_for_fields_that_are_not_there() -> None:
    form = extended_form(DEFAULT_FORM, [{**CUSTOM, "type": "longText", "minLength": 2, **ALL_SET}])
    changed = patched_form(form, [{"slug": "extra", "label": "More", "hidden": False}, {"slug": "notes", "label": "N"}])
    assert [field.slug for field in changed] == [field.slug for field in form]
    views = {view["slug"]: view for view in form_view(changed)}
    assert views["extra"] == {**CUSTOM, "type": "longText", "minLength": 2, **ALL_SET, "label": "More", "hidden": False}
    assert views["notes"] == {"field": "notes", "slug": "notes", "label": "N", **SHOWN}
    needs = "Booking field 'extra' of type 'select' needs options."
    assert refusal(patched_form, form, [{"slug": "extra", "type": "select"}]).message == needs
    sized = patched_form(form, [{"slug": "extra", "type": "select", "options": ["S"]}])
    assert form_view(sized)[-1]["options"] == ["S"]
    assert form_view(patched_form(sized, [{"slug": "extra", "label": "Size"}]))[-1]["options"] == ["S"]
    managed = "Booking field 'smsReminderNumber' is managed by a workflow and cannot be changed."
    assert refusal(patched_form, form, [{"slug": "smsReminderNumber"}]).message == managed
    assert refusal(form_without, form, "smsReminderNumber").message == managed
    for refused in (refusal(patched_form, form, [{"slug": "x"}]), refusal(form_without, form, "x")):
        assert isinstance(refused, NotFound)
        assert refused.message == "Booking field with slug 'x' not found."


def test_only_custom_fields_are_deleted() -> None:
    form = extended_form(DEFAULT_FORM, [{**CUSTOM, "type": "url"}])
    assert form_without(form, "extra") == DEFAULT_FORM
    message = refusal(form_without, form, "notes").message
    assert message == "Default booking field 'notes' cannot be deleted. Hide it instead."
    assert current_form(form) == form


def test_a_location_has_a_label_only_and_a_split_name_none() -> None:
    form = replaced_form([{"field": "location", "label": "Where?", "required": True, "hidden": True}])
    [location] = [field for field in form if field.slug == "location"]
    assert (location.label, location.required, location.hidden) == ("Where?", False, False)
    for variant, label, split in (("splitName", None, SplitName()), ("fullName", NAME_LABEL, None)):
        [name] = [field for field in replaced_form([{"field": "name", "variant": variant}]) if field.slug == "name"]
        assert (name.label, name.split_name) == (label, split)
    notes = replaced_form([{"field": "notes", "excludeEmails": ["a.example"]}])
    assert [field.exclude_emails for field in notes if field.slug == "notes"] == [None]


def test_older_versions_show_placeholders_and_the_options_of_custom_fields() -> None:
    field = BookingField(type="text", slug="extra", required=True, placeholder="?", label="Extra")
    common = {"isDefault": False, "required": True, "disableOnPrefill": False, "hidden": False, "label": "Extra"}
    assert booking_field_view(field) == {**common, "type": "text", "slug": "extra", "placeholder": "?"}
    select = BookingField(type="select", slug="size", required=True, label="Extra", options=("S",))
    assert booking_field_view(select) == {**common, "type": "select", "slug": "size", "options": ["S"]}
    default = BookingField(type="text", slug="notes", required=True, label="Extra", options=("S",), is_default=True)
    assert "options" not in booking_field_view(default)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (
            [{"type": "email"}, {"type": "text", "slug": "a", "label": "A", "required": True}] * 2,
            "Duplicate bookingFields slug 'a' found. All bookingFields slugs must be unique.",
        ),
        (
            [{"type": "name", "label": 5}],
            "Validation failed for name booking field: label must be a string",
        ),
        (
            [{"type": "name", "disableOnPrefill": "yes"}],
            "Validation failed for name booking field: disableOnPrefill must be a boolean value",
        ),
    ],
)
def test_older_versions_check_every_field_and_setting(items: list[dict[str, Any]], message: str) -> None:
    tx = Transaction(default_world("2026-09"), datetime(2031, 5, 1, tzinfo=UTC))
    assert refusal(read_booking_fields, tx, items).message == message
    [name, *_] = read_booking_fields(tx, [{"type": "name", "slug": 5, "label": "Who?"}])
    assert (name.slug, name.label) == ("name", "Who?")
    form = read_booking_fields(tx, [{"slug": "location", "label": "Where?"}])
    assert [field.label for field in form if field.slug == "location"] == ["Where?"]

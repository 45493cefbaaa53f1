"""The booking form in the form of version 2026-06-12: reads, shows, replaces, extends and patches its fields.

Source: Cal.com API v2, event types: booking fields (2026-06-12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from mock_server.event_types.booking_fields import (
    NAME_LABEL,
    REMINDER_PHONE,
    check_contact,
    has_unknown_options,
    shown_form,
    stored_default_form,
    stored_text,
)
from mock_server.event_types.model import BookingField, SplitName
from mock_server.runtime.errors import BadRequest, NotFound

Form = tuple[BookingField, ...]

CUSTOM = "custom"
SPLIT_NAME = "splitName"
STORED_TYPES = {
    "email": "email",
    "phone": "phone",
    "address": "address",
    "shortText": "text",
    "number": "number",
    "longText": "textarea",
    "select": "select",
    "multiSelect": "multiselect",
    "multiEmail": "multiemail",
    "checkboxGroup": "checkbox",
    "checkbox": "boolean",
    "radioGroup": "radio",
    "url": "url",
}
"""The stored types of custom fields by their names in this version."""

WORKFLOW_FIELDS = (REMINDER_PHONE, "aiAgentCallPhoneNumber")
"""The slugs of the fields that workflows add. Requests cannot change them."""

MAX_FIELDS = 500
"""The most fields of one form."""

_TYPES = {stored: name for name, stored in STORED_TYPES.items()}
_CHOICES = ("select", "multiSelect", "checkboxGroup", "radioGroup")
_, _EMAIL, _PHONE, _LOCATION, *_LAST = shown_form(None)
_FIRST = (stored_default_form()[0], _EMAIL, _PHONE, _LOCATION)
_DEFAULTS = {field.slug: field for field in (*_FIRST, *_LAST)}
DEFAULT_FORM: Form = (*_FIRST, *_LAST)
"""The form of a new event type if the request gives no fields."""


def current_form(fields: Form | None) -> Form:
    """The stored form with all default fields. Missing ones get their default settings, before and after the others."""
    if fields in (None, stored_default_form()):
        return DEFAULT_FORM
    slugs = {field.slug for field in fields or ()}
    first = (field for field in _FIRST if field.slug not in slugs)
    return (*first, *(fields or ()), *(field for field in _LAST if field.slug not in slugs))


def replaced_form(items: list[dict[str, Any]]) -> Form:
    """The form with the given fields, in their order, and the default fields that are not given. Raises BadRequest.

    Fields of workflows are ignored.
    """
    given = tuple(_read(item) for item in items if item["field"] not in WORKFLOW_FIELDS)
    _check_unique(field.slug for field in given)
    return _checked(current_form(given))


def extended_form(form: Form, items: list[dict[str, Any]]) -> Form:
    """The form with new custom fields at its end. Raises BadRequest for other fields and for slugs that are in use."""
    for item in items:
        if item["field"] != CUSTOM:
            raise BadRequest(f"Only custom booking fields can be added. '{item['field']}' is not a custom field.")
    added = tuple(_read(item) for item in items)
    _check_unique(field.slug for field in (*form, *added))
    return _checked((*form, *added))


def patched_form(form: Form, items: list[dict[str, Any]]) -> Form:
    """The form with changed fields, which `slug` names. Omitted properties stay. Raises BadRequest and NotFound."""
    _check_unique(item["slug"] for item in items)
    changed = {item["slug"]: _patched(_find(form, item["slug"]), item) for item in items}
    return _checked(tuple(changed.get(field.slug, field) for field in form))


def form_without(form: Form, slug: str) -> Form:
    """The form without a custom field. Raises BadRequest for default fields, and NotFound for unknown ones."""
    found = _find(form, slug)
    if found.slug in _DEFAULTS:
        raise BadRequest(f"Default booking field '{slug}' cannot be deleted. Hide it instead.")
    return tuple(field for field in form if field is not found)


def form_view(form: Iterable[BookingField]) -> list[dict[str, object]]:
    """The fields in replies."""
    return [_view(field) for field in form]


def _read(item: dict[str, Any]) -> BookingField:
    """A field of a request. Omitted settings of a default field are its default settings. Raises BadRequest."""
    kind, label = item["field"], item.get("label")
    if kind == CUSTOM:
        return _custom(item)
    default = _DEFAULTS[kind]
    if kind == "location":
        return msgspec.structs.replace(default, label=label)
    locked = item.get("disableOnPrefill", False)
    if kind == "name" and item["variant"] == SPLIT_NAME:
        return msgspec.structs.replace(default, label=None, split_name=_split_name(item), disable_on_prefill=locked)
    return msgspec.structs.replace(
        default,
        label=default.label if label is None else label,
        placeholder=item.get("placeholder"),
        required=item.get("required", default.required),
        hidden=item.get("hidden", default.hidden),
        disable_on_prefill=locked,
        **(_addresses(item) if kind == "email" else {}),
    )


def _split_name(item: dict[str, Any]) -> SplitName:
    return SplitName(
        first_label=item.get("firstNameLabel"),
        first_placeholder=item.get("firstNamePlaceholder"),
        last_label=item.get("lastNameLabel"),
        last_placeholder=item.get("lastNamePlaceholder"),
        last_required=item.get("lastNameRequired", False),
    )


def _custom(item: dict[str, Any]) -> BookingField:
    slug, kind = item["slug"], item["type"]
    if slug in _DEFAULTS or slug in WORKFLOW_FIELDS:
        raise BadRequest(f"A custom booking field cannot have the slug '{slug}' of a default field.")
    shortest, longest = item.get("minLength"), item.get("maxLength")
    if shortest is not None and longest is not None and shortest > longest:
        raise BadRequest(f"minLength of booking field '{slug}' cannot exceed its maxLength.")
    return BookingField(
        type=STORED_TYPES[kind],
        slug=slug,
        label=item["label"],
        placeholder=item.get("placeholder"),
        required=item.get("required", False),
        hidden=item.get("hidden", False),
        disable_on_prefill=item.get("disableOnPrefill", False),
        options=tuple(item["options"]) if kind in _CHOICES else None,
        min_length=shortest if kind == "longText" else None,
        max_length=longest if kind == "longText" else None,
        **(_addresses(item) if kind == "email" else {}),
    )


def _addresses(item: dict[str, Any]) -> dict[str, Any]:
    names = {"exclude_emails": "excludeEmails", "require_emails": "requireEmails"}
    return {field: tuple(item[name]) for field, name in names.items() if name in item}


def _patched(field: BookingField, item: dict[str, Any]) -> BookingField:
    merged = {**_view(field), **item}
    if merged["field"] == "unknown":
        raise BadRequest(f"Booking field '{field.slug}' cannot be changed through this API.")
    if merged["field"] == CUSTOM and merged["type"] in _CHOICES and "options" not in merged:
        raise BadRequest(f"Booking field '{field.slug}' of type '{merged['type']}' needs options.")
    return _read(merged)


def _find(form: Form, slug: str) -> BookingField:
    if slug in WORKFLOW_FIELDS:
        raise BadRequest(f"Booking field '{slug}' is managed by a workflow and cannot be changed.")
    found = next((field for field in form if field.slug == slug), None)
    if found is None:
        raise NotFound(f"Booking field with slug '{slug}' not found.")
    return found


def _check_unique(slugs: Iterable[str]) -> None:
    for slug, count in Counter(slugs).items():
        if count > 1:
            raise BadRequest(f"Booking field '{slug}' exists more than once.")


def _checked(form: Form) -> Form:
    check_contact(form)
    if len(form) > MAX_FIELDS:
        raise BadRequest(f"An event type has at most {MAX_FIELDS} booking fields.")
    return form


def _view(field: BookingField) -> dict[str, object]:
    if has_unknown_options(field) or (not field.is_default and field.type not in _TYPES):
        return {"field": "unknown", "slug": "unknown", "bookingField": stored_text(field)}
    if not field.is_default:
        return _custom_view(field)
    view: dict[str, object] = {"field": field.slug, "slug": field.slug}
    if field.split_name is not None:
        return {**view, "variant": SPLIT_NAME, **_split_view(field, field.split_name)}
    label = None if field.slug == "name" and field.label == NAME_LABEL else field.label
    if field.slug == "location":
        return {**view, **_given(label=label)}
    if field.slug == "name":
        texts = _given(label=label, placeholder=field.placeholder)
        return {**view, "variant": "fullName", **texts, "disableOnPrefill": field.disable_on_prefill}
    return {**view, **_given(label=label), **_settings_view(field), **_addresses_view(field)}


def _custom_view(field: BookingField) -> dict[str, object]:
    return {
        "field": CUSTOM,
        "slug": field.slug,
        "label": field.label or field.slug,
        **_settings_view(field),
        **_given(options=None if field.options is None else list(field.options)),
        "type": _TYPES[field.type],
        **_given(minLength=field.min_length, maxLength=field.max_length),
        **_addresses_view(field),
    }


def _split_view(field: BookingField, split: SplitName) -> dict[str, object]:
    return {
        **_given(
            firstNameLabel=split.first_label,
            firstNamePlaceholder=split.first_placeholder,
            lastNameLabel=split.last_label,
            lastNamePlaceholder=split.last_placeholder,
        ),
        "lastNameRequired": split.last_required,
        "disableOnPrefill": field.disable_on_prefill,
    }


def _settings_view(field: BookingField) -> dict[str, object]:
    return {
        "required": field.required,
        "hidden": field.hidden,
        **_given(placeholder=field.placeholder),
        "disableOnPrefill": field.disable_on_prefill,
    }


def _addresses_view(field: BookingField) -> dict[str, object]:
    lists = {"excludeEmails": field.exclude_emails, "requireEmails": field.require_emails}
    return {name: list(given) for name, given in lists.items() if given is not None}


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}

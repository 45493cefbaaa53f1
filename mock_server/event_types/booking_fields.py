"""Booking fields: the default ones, reading those of a request, and views.

Source: Cal.com API v2, event types: booking fields.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from mock_server.event_types.model import BookingField, SplitName
from mock_server.runtime.errors import BadRequest, shared_library_error
from mock_server.runtime.json_values import is_list, is_object, script_text
from mock_server.state.transaction import Transaction

ATTENDEE_PHONE = "attendeePhoneNumber"
"""The slug of the phone field that may replace the email field."""

REMINDER_PHONE = "smsReminderNumber"
"""The slug of the answer to which reminders are sent, where the attendee has no phone number."""

_LOCATION_TYPE = "radioInput"


_default = partial(BookingField, required=False, is_default=True)

_FIRST = (
    _default(slug="name", type="name", required=True),
    _default(slug="email", type="email", required=True),
    _default(slug="location", type=_LOCATION_TYPE),
)
_LAST = (
    _default(slug="title", type="text", required=True, hidden=True),
    _default(slug="notes", type="textarea"),
    _default(slug="guests", type="multiemail"),
    _default(slug="rescheduleReason", type="textarea"),
)
DEFAULT_FIELDS = (*_FIRST, *_LAST)
"""The booking fields of an event type that defines none."""

NAME_LABEL = "your_name"
"""The label of the name field in stored forms, unless a request gives another."""

HIDDEN_PHONE = BookingField(type="phone", slug=ATTENDEE_PHONE, required=False, hidden=True, is_default=True)
"""The field for the telephone number where the form has none of its own."""

_DEFAULT_TYPES = {field.slug: field.type for field in DEFAULT_FIELDS}
_CHOSEN_BY_SLUG = ("title", "notes", "guests", "rescheduleReason", "location")
_FORMERLY_CHOSEN_BY_SLUG = ("title", "notes", "guests")
_WITHOUT_TYPE = ("title", "notes", "guests", "rescheduleReason")
SPLIT_NAME = "splitName"
_WITHOUT_SLUG = ("name", "email")
_OPEN = ("phone", "address", "text", "url", "number", "textarea", "multiemail")
_CHOICE = ("select", "multiselect", "checkbox", "radio")
_ADDED = (*_OPEN, *_CHOICE, "boolean")
_WITH_PLACEHOLDER = (*_OPEN, "select")

NEEDS_CONTACT = (
    "Booking fields validation failed: visible and required email or visible and required attendee phone field is "
    "needed."
)
NEEDS_EMAIL = "checkIsEmailUserAccessible - Email booking field must be required and visible"


def read_booking_fields(tx: Transaction, items: Any) -> tuple[BookingField, ...]:
    """The complete booking form for the fields of a request: default fields are replaced or kept, others are added.

    Raises BadRequest with the first error.
    """
    if tx.has("default-fields-by-slug"):
        _check_form(items)
        given = [_read(item) for item in items]
        first = stored_default_form()[: len(_FIRST)]
    else:
        _check_older_form(items)
        given = [_read_older(item) for item in items]
        first = _FIRST
    replacements = {field.slug: field for field in given if field.slug in _replaceable_slugs(field)}
    added = [field for field in given if field not in replacements.values()]
    return (
        *(replacements.get(field.slug, field) for field in first),
        *added,
        *(replacements.get(field.slug, field) for field in _LAST),
    )


def stored_default_form() -> tuple[BookingField, ...]:
    """The form that a new event type gets if the request gives no fields, since 2026-03."""
    name, *others = DEFAULT_FIELDS
    return (msgspec.structs.replace(name, label=NAME_LABEL), *others)


def with_guests(fields: tuple[BookingField, ...], *, hidden: bool) -> tuple[BookingField, ...]:
    """The form with the field for guests hidden or shown."""
    return tuple(msgspec.structs.replace(field, hidden=hidden) if field.slug == "guests" else field for field in fields)


def gives_guests(items: Any) -> bool:
    """Whether the fields of a request, which have been read, include the field for guests."""
    return any(item.get("slug") == "guests" for item in items)


def check_contact(fields: tuple[BookingField, ...]) -> None:
    """Checks that the form requires the email address or the attendee's phone number. Raises BadRequest."""
    if not _requires_email(fields) and not any(
        field.type == "phone" and field.slug == ATTENDEE_PHONE and field.required and not field.hidden
        for field in fields
    ):
        raise BadRequest(NEEDS_CONTACT)


def check_email(fields: tuple[BookingField, ...]) -> None:
    """Checks that the form requires the email address. Raises BadRequest. Not applied to teams of organizations."""
    if not _requires_email(fields):
        raise BadRequest(NEEDS_EMAIL)


def check_slugs(fields: tuple[BookingField, ...]) -> None:
    """Checks that no added field has the slug of a default one. Raises BAD_REQUEST of the shared libraries."""
    if len({field.slug for field in fields}) < len(fields):
        raise shared_library_error("BAD_REQUEST")


def hides_guests(fields: tuple[BookingField, ...]) -> bool:
    """Whether guests cannot be added, because their field is hidden."""
    return any(field.slug == "guests" and field.hidden for field in fields)


def form_of(fields: tuple[BookingField, ...] | None) -> tuple[BookingField, ...]:
    """The stored booking fields, or the default ones where none were set."""
    return DEFAULT_FIELDS if fields is None else fields


def shown_form(fields: tuple[BookingField, ...] | None) -> tuple[BookingField, ...]:
    """The form in replies about event types. One that was never set has a hidden field for the telephone number."""
    if fields is not None:
        return fields
    name, email, *others = DEFAULT_FIELDS
    return (name, email, HIDDEN_PHONE, *others)


def booking_field_view(field: BookingField) -> dict[str, object]:
    """A booking field in replies."""
    if field.split_name is not None:
        return _split_name_view(field, field.split_name)
    if has_unknown_options(field) or (field.type == "email" and not field.is_default):
        return {"type": "unknown", "slug": "unknown", "bookingField": stored_text(field)}
    view: dict[str, object] = {
        "isDefault": field.is_default,
        "type": field.type,
        "slug": field.slug,
        "required": field.required,
    }
    view |= _given(label=field.label, placeholder=field.placeholder)
    if field.slug == "location":
        return {**view, "hidden": field.hidden}
    view["disableOnPrefill"] = field.disable_on_prefill
    if field.slug != "name":
        view["hidden"] = field.hidden
    if field.options is not None and not field.is_default:
        view["options"] = list(field.options)
    return view


def has_unknown_options(field: BookingField) -> bool:
    """Whether a field has options that are no texts, so that no version can show it."""
    return field.options is not None and not all(isinstance(option, str) for option in field.options)


def _split_name_view(field: BookingField, split: SplitName) -> dict[str, object]:
    return {
        "isDefault": True,
        "type": SPLIT_NAME,
        "slug": SPLIT_NAME,
        **_given(
            firstNameLabel=split.first_label,
            firstNamePlaceholder=split.first_placeholder,
            lastNameLabel=split.last_label,
            lastNamePlaceholder=split.last_placeholder,
        ),
        "lastNameRequired": split.last_required,
        "disableOnPrefill": field.disable_on_prefill,
    }


def _given(**texts: str | None) -> dict[str, object]:
    return {name: text for name, text in texts.items() if text is not None}


def _check_form(items: Any) -> None:
    _check_slugs_and_types(
        items,
        without_type=_CHOSEN_BY_SLUG,
        without_slug=("name", SPLIT_NAME, "email"),
        no_type=(
            "All booking fields except ones with slug equal to title, notes, guests, rescheduleReason and location "
            "must have a 'type' property."
        ),
        no_slug=(
            "Each booking field except ones with type equal to name, splitName, email must have a 'slug' property."
        ),
    )


def _check_older_form(items: Any) -> None:
    _check_slugs_and_types(
        items,
        without_type=_WITHOUT_TYPE,
        without_slug=_WITHOUT_SLUG,
        no_type=(
            "All booking fields except ones with slug equal to title, notes, guests and rescheduleReason must have a "
            "'type' property."
        ),
        no_slug="Each booking field except ones with type equal to name and email must have a 'slug' property.",
    )


def _check_slugs_and_types(
    items: Any, *, without_type: tuple[str, ...], without_slug: tuple[str, ...], no_type: str, no_slug: str
) -> None:
    if not is_list(items):
        raise BadRequest("'bookingFields' must be an array.")
    if not items:
        raise BadRequest("'bookingFields' must contain at least 1 booking field.")
    slugs: set[Any] = set()
    for item in items:
        kind, slug = (item.get("type"), item.get("slug")) if is_object(item) else (None, None)
        if not kind and slug not in without_type:
            raise BadRequest(no_type)
        if kind in without_slug:
            continue
        if not slug:
            raise BadRequest(no_slug)
        text = slug if isinstance(slug, str) else msgspec.json.encode(slug).decode()
        if text in slugs:
            raise BadRequest(f"Duplicate bookingFields slug '{text}' found. All bookingFields slugs must be unique.")
        slugs.add(text)


def _read(item: dict[str, Any]) -> BookingField:
    """A field of a request. The slug of a default field decides what it is, whatever its type."""
    kind, slug = item.get("type"), item.get("slug")
    if kind not in _WITHOUT_SLUG and kind != SPLIT_NAME and slug in _CHOSEN_BY_SLUG:
        kind = None
    elif kind not in (*_WITHOUT_SLUG, SPLIT_NAME, *_ADDED):
        raise BadRequest(f"Unsupported booking field type '{script_text(kind)}'.")
    errors = _split_name_errors(item) if kind == SPLIT_NAME else _errors(item, kind)
    if errors:
        raise BadRequest(f"Validation failed for {kind or slug} booking field: {', '.join(errors)}")
    if kind == SPLIT_NAME:
        return _split_name(item)
    if kind in _ADDED:
        return _added(item)
    if slug == "location" and kind is None:
        return msgspec.structs.replace(_FIRST[-1], label=item.get("label"))
    return _customized(item, kind or item["slug"])


def _read_older(item: dict[str, Any]) -> BookingField:
    """A field of a request before 2026-03. With a type, a default slug makes an added field that replaces it."""
    kind, slug = item.get("type"), item.get("slug")
    if kind and kind not in (*_WITHOUT_SLUG, *_ADDED):
        raise BadRequest(f"Unsupported booking field type '{script_text(kind)}'.")
    errors = _errors(item, kind)
    if not kind and slug not in _FORMERLY_CHOSEN_BY_SLUG:
        errors.insert(0, f"slug must be one of the following values: {', '.join(_FORMERLY_CHOSEN_BY_SLUG)}")
    if errors:
        raise BadRequest(f"Validation failed for {kind or 'undefined'} booking field: {', '.join(errors)}")
    field = _added(item) if kind in _ADDED else _customized(item, kind or item["slug"])
    was_filled = field.placeholder is None and (kind == "url" or (slug in _FORMERLY_CHOSEN_BY_SLUG and not kind))
    return msgspec.structs.replace(field, placeholder="") if was_filled else field


def read_split_name(item: dict[str, Any]) -> SplitName:
    """The texts of a name field that asks for the first and the last name."""
    return SplitName(
        first_label=item.get("firstNameLabel"),
        first_placeholder=item.get("firstNamePlaceholder"),
        last_label=item.get("lastNameLabel"),
        last_placeholder=item.get("lastNamePlaceholder"),
        last_required=bool(item.get("lastNameRequired")),
    )


def _split_name(item: dict[str, Any]) -> BookingField:
    split = read_split_name(item)
    locked = bool(item.get("disableOnPrefill"))
    return msgspec.structs.replace(_FIRST[0], split_name=split, disable_on_prefill=locked)


def _customized(item: dict[str, Any], slug: str) -> BookingField:
    """A default field with other texts and flags. The name stays required; omitted flags become false."""
    return BookingField(
        type=_DEFAULT_TYPES[slug],
        slug=slug,
        required=slug == "name" or bool(item.get("required")),
        hidden=slug != "name" and bool(item.get("hidden")),
        is_default=True,
        disable_on_prefill=bool(item.get("disableOnPrefill")),
        label=item.get("label"),
        placeholder=item.get("placeholder"),
    )


def _added(item: dict[str, Any]) -> BookingField:
    """An added field. With the slug of a default field it replaces that one."""
    kind, slug = item["type"], item["slug"]
    placeholder = item.get("placeholder") if kind in _WITH_PLACEHOLDER else None
    return BookingField(
        type=kind,
        slug=slug,
        required=item["required"],
        hidden=bool(item.get("hidden")),
        is_default=slug in _WITHOUT_TYPE or (kind == "phone" and slug == ATTENDEE_PHONE),
        disable_on_prefill=bool(item.get("disableOnPrefill")),
        label=item["label"],
        placeholder=placeholder,
        options=tuple(item["options"]) if kind in _CHOICE else None,
    )


def _replaceable_slugs(field: BookingField) -> tuple[str, ...]:
    """The slugs of the default fields that a field of this type may replace."""
    if field.type == _LOCATION_TYPE:
        return ("location",)
    return _WITHOUT_SLUG if field.type in _WITHOUT_SLUG else _WITHOUT_TYPE


def _split_name_errors(item: dict[str, Any]) -> list[str]:
    texts = ("firstNameLabel", "firstNamePlaceholder", "lastNameLabel", "lastNamePlaceholder")
    flags = ("lastNameRequired", "disableOnPrefill")
    return [
        *(f"{name} must be a string" for name in texts if not isinstance(item.get(name), str | None)),
        *(f"{name} must be a boolean value" for name in flags if not isinstance(item.get(name), bool | None)),
    ]


def _errors(item: dict[str, Any], kind: str | None) -> list[str]:
    added = kind in _ADDED
    texts: list[str] = []
    for name, is_needed in (("slug", added), ("label", added), ("placeholder", False)):
        if name == "slug" and not added:
            continue
        if name == "placeholder" and added and kind not in _WITH_PLACEHOLDER:
            continue
        value = item.get(name)
        if not isinstance(value, str) and (is_needed or value is not None):
            texts.append(f"{name} must be a string")
    for name, is_needed in (("required", added), ("hidden", False), ("disableOnPrefill", False)):
        value = item.get(name)
        if kind == "name" and name != "disableOnPrefill":
            continue
        if not isinstance(value, bool) and (is_needed or value is not None):
            texts.append(f"{name} must be a boolean value")
    if kind in _CHOICE and not isinstance(item.get("options"), list):
        texts.append("options must be an array")
    return texts


def _requires_email(fields: tuple[BookingField, ...]) -> bool:
    return any(field.type == field.slug == "email" and field.required and not field.hidden for field in fields)


def stored_text(field: BookingField) -> str:
    """A field that a version cannot show, as JSON text."""
    stored = {
        "name": field.slug,
        "type": field.type,
        "label": field.label,
        "required": field.required,
        "hidden": field.hidden,
        "disableOnPrefill": field.disable_on_prefill,
        "options": [{"label": option, "value": option} for option in field.options or ()],
    }
    return msgspec.json.encode(stored).decode()

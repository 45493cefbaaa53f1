"""The booking form as the service stores it, which older operations and payloads show.

Source: Cal.com API v2, event types (2024-04-15): bookingFields.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.event_types.model import BookingField, SplitName

StoredField = dict[str, object]

_LOCATION_INPUTS = {
    "attendeeInPerson": {"type": "address", "required": True, "placeholder": ""},
    "somewhereElse": {"type": "text", "required": True, "placeholder": ""},
    "phone": {"type": "phone", "required": True, "placeholder": ""},
}
_BY_SLUG: dict[str, StoredField] = {
    "name": {"defaultLabel": "your_name", "editable": "system"},
    "email": {"defaultLabel": "email_address"},
    "attendeePhoneNumber": {"defaultLabel": "phone_number"},
    "location": {
        "defaultLabel": "location",
        "getOptionsAt": "locations",
        "optionsInputs": _LOCATION_INPUTS,
        "hideWhenJustOneOption": True,
        "editable": "system",
    },
    "title": {"defaultLabel": "what_is_this_meeting_about", "defaultPlaceholder": ""},
    "notes": {"defaultLabel": "additional_notes", "defaultPlaceholder": "share_additional_notes"},
    "guests": {"defaultLabel": "additional_guests", "defaultPlaceholder": "email"},
    "rescheduleReason": {
        "defaultLabel": "reason_for_reschedule",
        "defaultPlaceholder": "reschedule_placeholder",
        "views": [{"id": "reschedule", "label": "Reschedule View"}],
    },
}
_DEFAULT_SOURCE = {"id": "default", "type": "default", "label": "Default"}
_USER_SOURCE = {"id": "user", "type": "user", "label": "User", "fieldRequired": True}


def stored_fields_view(fields: Iterable[BookingField]) -> list[StoredField]:
    """The fields of a form as they are stored."""
    return [_stored_field(each) for each in fields]


def _stored_field(field: BookingField) -> StoredField:
    own = _BY_SLUG.get(field.slug) if field.is_default else None
    view: StoredField = {
        "name": field.slug,
        "type": field.type,
        "required": field.required,
        "hidden": field.hidden,
        "editable": "user" if own is None else "system-but-optional",
        "sources": [_USER_SOURCE if own is None else _DEFAULT_SOURCE],
        **(own or {}),
    }
    view |= {name: text for name, text in _texts(field).items() if text is not None}
    if field.disable_on_prefill:
        view["disableOnPrefill"] = True
    if field.options is not None:
        view["options"] = [{"label": each, "value": each} for each in field.options]
    if field.split_name is not None:
        view |= {"variant": "firstAndLastName", "variantsConfig": _variants(field.split_name)}
    return view


def _texts(field: BookingField) -> dict[str, str | None]:
    return {"label": field.label, "placeholder": field.placeholder}


def _variants(split: SplitName) -> StoredField:
    first = {"name": "firstName", "type": "text", "required": True}
    last = {"name": "lastName", "type": "text", "required": split.last_required}
    texts = (
        (first, split.first_label, split.first_placeholder),
        (last, split.last_label, split.last_placeholder),
    )
    fields = [
        {**part, **{name: text for name, text in (("label", label), ("placeholder", placeholder)) if text is not None}}
        for part, label, placeholder in texts
    ]
    return {"variants": {"firstAndLastName": {"fields": fields}}}

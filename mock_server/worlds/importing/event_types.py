"""Event types as the API shows them, turned into entries of a world file."""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.event_types.booker_settings import cal_video_fields, read_email_settings
from mock_server.event_types.booking_fields import (
    SPLIT_NAME,
    booking_field_view,
    hides_guests,
    read_split_name,
    shown_form,
)
from mock_server.event_types.hosts import DEFAULT_WEIGHT, PRIORITIES
from mock_server.event_types.model import BookingField, EventType, Location
from mock_server.event_types.settings import FORM_2024_06_14, read_settings
from mock_server.runtime.json_values import is_list, is_object
from mock_server.state.transaction import Transaction
from mock_server.worlds.export import plain

_STORED_APART = frozenset({"multipleDuration", "disableStandardEmails", "apps"})
"""Metadata that other fields hold, and the settings of payment and CRM apps, which may have secrets."""

_UNSET_FORM = [
    [booking_field_view(each) for each in form]
    for form in (shown_form(None), [each for each in shown_form(None) if not each.hidden])
]
"""How forms that were never set are shown: to the owner and in lists."""

_COPIED = {
    "assignAllTeamMembers": "assign_all_team_members",
    "schedulingType": "scheduling_type",
    "isInstantEvent": "is_instant_event",
    "forwardParamsSuccessRedirect": "forward_params_success_redirect",
    "disableGuests": "disable_guests",
    "price": "price",
    "currency": "currency",
}


def event_type_entry(tx: Transaction, shown: dict[str, Any], **owner: int) -> dict[str, Any]:
    """The entry of an event type. `owner` is `user_id` or `team_id`.

    Raises ApiError, ValidationError, LookupError, TypeError or ValueError where it is not shown as described.
    """
    body = {name: value for name, value in shown.items() if name not in ("bookingFields", "locations")}
    fields: dict[str, Any] = read_settings(tx, body, frozenset(), FORM_2024_06_14, None)
    fields |= {field: shown[name] for name, field in _COPIED.items() if shown.get(name) is not None}
    fields["locations"] = _locations(shown.get("locations"))
    fields["booking_fields"] = _form(shown.get("bookingFields"))
    fields["metadata"] = _metadata(shown.get("metadata"))
    fields |= cal_video_fields(shown.get("calVideoSettings"), fields["locations"], None, tx.now)
    if is_object(shown.get("emailSettings")):
        fields["email_settings"] = read_email_settings(shown["emailSettings"])
    if fields["booking_fields"] is not None:
        fields["disable_guests"] = hides_guests(fields["booking_fields"])
    if not fields.get("description"):
        fields.pop("description", None)
    fields |= {"id": shown["id"], **owner}
    return plain(EventType(**fields))


def host_entries(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of the hosts of a team event type."""
    if shown.get("schedulingType") not in ("roundRobin", "collective"):
        return []
    is_collective = shown["schedulingType"] == "collective"
    return [
        {
            "user_id": host["userId"],
            "event_type_id": shown["id"],
            **({"is_fixed": True} if is_collective or host.get("mandatory") else {}),
            "priority": PRIORITIES.get(host.get("priority", "")),
            "weight": DEFAULT_WEIGHT,
        }
        for host in shown.get("hosts") or ()
    ]


def _locations(items: Any) -> tuple[Location, ...]:
    known = [each for each in items if each.get("type") != "unknown"] if is_list(items) else []
    return tuple(
        msgspec.convert({name: value for name, value in each.items() if name != "credentialId"}, Location)
        for each in known
    )


def _form(items: Any) -> tuple[BookingField, ...] | None:
    """The booking form; None where it was never set."""
    if not is_list(items) or items in _UNSET_FORM:
        return None
    return tuple(_field(each) for each in items if each.get("type") != "unknown")


def _field(item: dict[str, Any]) -> BookingField:
    split, options = None, item.get("options")
    if item["type"] == SPLIT_NAME:
        split = read_split_name(item)
        item = {**item, "type": "name", "slug": "name", "required": True}
    return BookingField(
        type=item["type"],
        slug=item["slug"],
        required=bool(item.get("required")),
        is_default=bool(item.get("isDefault")),
        hidden=bool(item.get("hidden")),
        disable_on_prefill=bool(item.get("disableOnPrefill")),
        label=item.get("label"),
        placeholder=item.get("placeholder"),
        options=tuple(options) if is_list(options) else None,
        split_name=split,
    )


def _metadata(metadata: Any) -> dict[str, Any] | None:
    kept = {name: value for name, value in metadata.items() if name not in _STORED_APART} if is_object(metadata) else {}
    return kept or None

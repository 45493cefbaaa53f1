"""The audit log of event types: what requests created and changed.

Source: Cal.com API v2, event types: history (2026-06-12).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, cast

import msgspec

from mock_server.event_types.booking_form import WORKFLOW_FIELDS, current_form
from mock_server.event_types.model import EVENT_TYPE_AUDIT_LOGS, HOSTS, AuditedChange, BookingField, EventType
from mock_server.runtime.dates import iso
from mock_server.runtime.json_values import is_list
from mock_server.state.transaction import Transaction

Snapshot = dict[str, Any]
"""The settings of an event type as JSON values, by their names."""

MAX_ENTRIES = 250
"""The most entries of one event type. The oldest are dropped first."""

BOOKING_QUESTIONS = "bookingFields"

_NOT_AUDITED = frozenset({"id", "user_id", "team_id", "parent_id", "booking_fields"})


def snapshot(tx: Transaction, event_type: EventType) -> Snapshot:
    """The settings that the log compares, with the hosts of a team event type; empty in editions without a log."""
    if not tx.has("event-type-history"):
        return {}
    settings = {
        _camel_case(each.name): _plain(getattr(event_type, each.name))
        for each in msgspec.structs.fields(EventType)
        if each.name not in _NOT_AUDITED
    }
    hosts = tx[HOSTS].find(event_type_id=event_type.id)
    return {
        **settings,
        BOOKING_QUESTIONS: [_stored_field(field) for field in current_form(event_type.booking_fields)],
        "hosts": [{"userId": each.user_id, "isFixed": each.is_fixed, "priority": each.priority} for each in hosts],
    }


def record_creation(tx: Transaction, event_type: EventType, user_id: int) -> None:
    """Records that a user created an event type."""
    if tx.has("event-type-history"):
        _record(tx, event_type, user_id, "EVENT_TYPE_CREATED", ())


def record_changes(tx: Transaction, event_type: EventType, before: Snapshot, user_id: int) -> None:
    """Records what a user changed since the snapshot, if anything."""
    after = snapshot(tx, event_type)
    changes = tuple(
        AuditedChange(field=name, previous=before[name], next=value)
        for name, value in after.items()
        if value != before[name]
    )
    if changes:
        _record(tx, event_type, user_id, "EVENT_TYPE_MODIFIED", changes)


def _record(
    tx: Transaction, event_type: EventType, user_id: int, action: Any, changes: tuple[AuditedChange, ...]
) -> None:
    entries = tx[EVENT_TYPE_AUDIT_LOGS]
    entries.create(
        uuid=tx.identifiers.uuid7(tx.now),
        event_type_id=event_type.id,
        action=action,
        made_at=tx.now,
        actor_id=user_id,
        changes=changes,
    )
    entries.trim(MAX_ENTRIES, event_type_id=event_type.id)


def _stored_field(field: BookingField) -> dict[str, object]:
    """A booking field as the live service stores it."""
    source = {"id": "user", "type": "user", "label": "User", "fieldRequired": True}
    stored = {
        "name": field.slug,
        "type": field.type,
        "label": field.label,
        "placeholder": field.placeholder,
        "required": field.required,
        "hidden": field.hidden,
        "editable": "system" if field.is_default or field.slug in WORKFLOW_FIELDS else "user",
        "sources": [{"id": "default", "type": "default", "label": "Default"} if field.is_default else source],
        "disableOnPrefill": field.disable_on_prefill,
        "options": field.options and [{"label": option, "value": option} for option in field.options],
        "minLength": field.min_length,
        "maxLength": field.max_length,
        "excludeEmails": field.exclude_emails and ",".join(field.exclude_emails),
        "requireEmails": field.require_emails and ",".join(field.require_emails),
        "splitName": None if field.split_name is None else _plain(field.split_name),
    }
    return {name: value for name, value in stored.items() if value is not None}


def _plain(value: Any) -> Any:
    """A value of an event type as JSON."""
    if isinstance(value, msgspec.Struct):
        return {_camel_case(name): _plain(each) for name, each in msgspec.structs.asdict(value).items()}
    if isinstance(value, datetime):
        return iso(value)
    items = list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
    return [_plain(each) for each in items] if is_list(items) else items


def _camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)

"""Entries of the audit log of event types in replies.

Source: Cal.com API v2, event types: history (2026-06-12).
"""

from __future__ import annotations

import json
import re
from typing import Any

from mock_server.event_types.history import BOOKING_QUESTIONS
from mock_server.event_types.model import AuditedChange, EventTypeAuditLog
from mock_server.identity.model import USERS
from mock_server.runtime.dates import iso
from mock_server.runtime.json_values import is_list, is_object
from mock_server.state.transaction import Transaction

_TYPES = {"EVENT_TYPE_CREATED": "RECORD_CREATED", "EVENT_TYPE_MODIFIED": "RECORD_MODIFIED"}
_VERBS = {"EVENT_TYPE_CREATED": "created", "EVENT_TYPE_MODIFIED": "modified"}
_COLLECTIONS = {BOOKING_QUESTIONS: "name", "hosts": "userId"}
"""The settings that are lists of items, and the property that identifies an item."""

_LABELS = {BOOKING_QUESTIONS: "Booking questions"}


def audit_log_view(tx: Transaction, entry: EventTypeAuditLog) -> dict[str, object]:
    """An entry, with its changes as texts to display and as values."""
    actor = tx[USERS].require(entry.actor_id)
    name = actor.name or actor.email
    changes = [_change_view(each) for each in entry.changes]
    return {
        "id": entry.uuid,
        "action": entry.action,
        "type": _TYPES[entry.action],
        "timestamp": iso(entry.made_at),
        "source": "WEBAPP",
        "actor": {
            "type": "USER",
            "displayName": actor.name,
            "displayEmail": actor.email,
            "displayAvatar": actor.avatar_url,
        },
        "impersonatedBy": None,
        "actionDisplayTitle": f"{name} {_VERBS[entry.action]} the event type",
        "displayFields": [_display_field(each) for each in changes],
        "displayJson": _sorted(
            {"changedFields": [each["field"] for each in changes], "changes": changes, "version": 1}
        ),
    }


def _change_view(change: AuditedChange) -> dict[str, Any]:
    named = {"field": change.field, "label": _label(change.field)}
    if change.field not in _COLLECTIONS:
        return {**named, "type": "value", "previous": change.previous, "next": change.next}
    key = _COLLECTIONS[change.field]
    before = {each[key]: each for each in change.previous}
    after = {each[key]: each for each in change.next}
    return {
        **named,
        "type": "collection",
        "added": [each for name, each in after.items() if name not in before],
        "removed": [each for name, each in before.items() if name not in after],
        "updated": [
            {"previous": before[name], "next": each}
            for name, each in after.items()
            if name in before and before[name] != each
        ],
    }


def _display_field(change: dict[str, Any]) -> dict[str, object]:
    if change["type"] == "collection":
        before = [*change["removed"], *(each["previous"] for each in change["updated"])]
        after = [*change["added"], *(each["next"] for each in change["updated"])]
        value = {"type": "diff", "previous": _json_text(before), "next": _json_text(after)}
    elif _is_compound(change["previous"]) or _is_compound(change["next"]):
        value = {"type": "diff", "previous": _json_text(change["previous"]), "next": _json_text(change["next"])}
    else:
        value = {"type": "valueChange", "previous": _text(change["previous"]), "next": _text(change["next"])}
    return {"label": change["label"], "fieldValue": value}


def _label(field: str) -> str:
    """The name of a setting in words: "Minimum booking notice"."""
    return _LABELS.get(field) or re.sub(r"(?<=[a-z])[A-Z]", lambda found: f" {found[0].lower()}", field).capitalize()


def _is_compound(value: object) -> bool:
    return is_object(value) or is_list(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else _json_text(value)


def _json_text(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


def _sorted(value: Any) -> Any:
    """A JSON value whose objects have their properties in alphabetical order."""
    if is_object(value):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if is_list(value) else value

"""The booking form of version 2026-06-12, its history, and pages by cursor, without HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mock_server.bookings.tests.builders import OWNER, add_team_event_type, begin
from mock_server.event_types import booking_form, history
from mock_server.event_types.booking_fields import DEFAULT_FIELDS, booking_field_view, stored_default_form
from mock_server.event_types.booking_form import (
    DEFAULT_FORM,
    current_form,
    extended_form,
    form_view,
    patched_form,
    replaced_form,
)
from mock_server.event_types.history import record_changes, record_creation, snapshot
from mock_server.event_types.history_views import audit_log_view
from mock_server.event_types.model import EVENT_TYPE_AUDIT_LOGS, EVENT_TYPES, BookingField
from mock_server.runtime.cursors import page_after
from mock_server.runtime.errors import BadRequest

FIRST = ["name", "email", "attendeePhoneNumber", "location"]
LAST = ["title", "notes", "guests", "rescheduleReason"]


def slugs(form: tuple[BookingField, ...]) -> list[str]:
    return [field.slug for field in form]


def custom(slug: str, **more: Any) -> dict[str, Any]:
    return {"field": "custom", "slug": slug, "label": slug, "type": "shortText", **more}


@pytest.mark.parametrize("stored", [None, stored_default_form()])
def test_a_default_form_is_the_same_whichever_version_stored_it(stored: tuple[BookingField, ...] | None) -> None:
    assert current_form(stored) == DEFAULT_FORM
    assert slugs(DEFAULT_FORM) == [*FIRST, *LAST]


def test_missing_default_fields_stand_before_and_after_the_others() -> None:
    assert slugs(current_form(DEFAULT_FIELDS)) == ["attendeePhoneNumber", "name", "email", "location", *LAST]
    assert slugs(replaced_form([custom("a"), {"field": "notes"}])) == [
        *FIRST,
        "a",
        "notes",
        "title",
        "guests",
        LAST[-1],
    ]


def test_fields_of_workflows_are_ignored() -> None:
    assert replaced_form([{"field": "smsReminderNumber", "required": True}]) == DEFAULT_FORM


def test_the_number_of_fields_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booking_form, "MAX_FIELDS", 9)
    form = extended_form(DEFAULT_FORM, [custom("a")])
    with pytest.raises(BadRequest, match="at most 9 booking fields"):
        extended_form(form, [custom("b")])


def test_a_patch_drops_what_the_new_type_does_not_have() -> None:
    form = extended_form(DEFAULT_FORM, [custom("a", type="longText", minLength=2), custom("b", type="email")])
    changed = patched_form(form, [{"slug": "a", "type": "url"}, {"slug": "b", "excludeEmails": ["x.example"]}])
    a, b = form_view(changed)[-2:]
    assert a == {**custom("a"), "required": False, "hidden": False, "disableOnPrefill": False, "type": "url"}
    assert b["excludeEmails"] == ["x.example"]
    assert booking_field_view(changed[-1])["type"] == "unknown"


def test_options_that_are_no_texts_cannot_be_shown_or_changed() -> None:
    field = BookingField(type="select", slug="size", label="Size", required=True, options=({"value": 1},))
    form = (*DEFAULT_FORM, field)
    assert form_view(form)[-1]["field"] == "unknown"
    with pytest.raises(BadRequest, match="cannot be changed"):
        patched_form(form, [{"slug": "size", "label": "Your size"}])


def test_a_history_keeps_its_newest_entries_and_only_real_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_ENTRIES", 2)
    tx = begin(edition="2026-09")
    event_type = add_team_event_type(tx, {OWNER: {}})
    record_creation(tx, event_type, OWNER)
    for title in ("One", "Two", "Two"):
        before = snapshot(tx, tx[EVENT_TYPES].require(event_type.id))
        record_changes(tx, tx[EVENT_TYPES].update(event_type.id, title=title), before, OWNER)
    entries = tx[EVENT_TYPE_AUDIT_LOGS].find(event_type_id=event_type.id)
    assert [entry.changes[0].next for entry in entries] == ["One", "Two"]
    view = audit_log_view(tx, entries[-1])
    assert view["displayFields"] == [
        {"label": "Title", "fieldValue": {"type": "valueChange", "previous": "One", "next": "Two"}}
    ]
    tx[EVENT_TYPES].delete(event_type.id)
    assert tx[EVENT_TYPE_AUDIT_LOGS].count(event_type_id=event_type.id) == 0


def test_a_changed_field_of_the_form_is_neither_added_nor_removed() -> None:
    tx = begin(edition="2026-09")
    event_type = add_team_event_type(tx, {OWNER: {}})
    before = snapshot(tx, event_type)
    form = patched_form(DEFAULT_FORM, [{"slug": "notes", "label": "Anything?"}])
    record_changes(tx, tx[EVENT_TYPES].update(event_type.id, booking_fields=form), before, OWNER)
    [entry] = tx[EVENT_TYPE_AUDIT_LOGS].find(event_type_id=event_type.id)
    [change] = msgspec.to_builtins(audit_log_view(tx, entry))["displayJson"]["changes"]
    assert (change["added"], change["removed"]) == ([], [])
    assert [each["next"]["label"] for each in change["updated"]] == ["Anything?"]


def test_editions_without_a_history_record_nothing() -> None:
    tx = begin(edition="2026-03")
    event_type = add_team_event_type(tx, {OWNER: {}})
    record_creation(tx, event_type, OWNER)
    record_changes(tx, event_type, snapshot(tx, event_type), OWNER)
    assert tx[EVENT_TYPE_AUDIT_LOGS].count(event_type_id=event_type.id) == 0


def test_a_page_begins_after_its_cursor() -> None:
    first = page_after(["c", "b", "a"], {"limit": 2}, str)
    assert (first.items, first.place) == (["c", "b"], {"nextCursor": "b", "hasMore": True})
    last = page_after(["c", "b", "a"], {"limit": 2, "cursor": "b"}, str)
    assert (last.items, last.place) == (["a"], {"nextCursor": None, "hasMore": False})
    assert page_after(["a"], {"limit": 1, "cursor": "a"}, str).items == []
    with pytest.raises(BadRequest, match="Invalid cursor"):
        page_after(["a"], {"limit": 1, "cursor": "z"}, str)

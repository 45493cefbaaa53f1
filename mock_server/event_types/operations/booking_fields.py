"""Operations on the booking fields of event types of users, of teams, and of an organization's teams.

Source: Cal.com API v2, event types: booking fields (2026-06-12).
"""

from __future__ import annotations

from mock_server.event_types.booking_fields import hides_guests
from mock_server.event_types.booking_form import (
    Form,
    current_form,
    extended_form,
    form_view,
    form_without,
    patched_form,
    replaced_form,
)
from mock_server.event_types.history import record_changes, snapshot
from mock_server.event_types.managed_children import update_children
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.ownership import require_own_event_type, require_run_by_caller
from mock_server.event_types.shown_fields import shown_current_form
from mock_server.event_types.team_event_types import require_team_event_type
from mock_server.runtime.call import Call


def list_booking_fields(call: Call) -> dict[str, object]:
    """The default and custom fields of the form, and those of workflows."""
    event_type = _of_team(call) if "teamId" in call.path else require_run_by_caller(call)
    return _view(call, event_type)


def replace_booking_fields(call: Call) -> dict[str, object]:
    """Replaces all fields. Omitted default fields get their default settings."""
    return _saved(call, _event_type_to_change(call), replaced_form(call.body["bookingFields"]))


def add_booking_fields(call: Call) -> dict[str, object]:
    """Adds custom fields at the end of the form."""
    event_type = _event_type_to_change(call)
    form = extended_form(current_form(event_type.booking_fields), call.body["bookingFields"])
    return _saved(call, event_type, form)


def update_booking_fields(call: Call) -> dict[str, object]:
    """Changes the given properties of the fields that their slugs name."""
    event_type = _event_type_to_change(call)
    form = patched_form(current_form(event_type.booking_fields), call.body["bookingFields"])
    return _saved(call, event_type, form)


def delete_booking_field(call: Call) -> dict[str, object]:
    """Deletes a custom field."""
    event_type = _event_type_to_change(call)
    form = form_without(current_form(event_type.booking_fields), str(call.path["slug"]))
    return _saved(call, event_type, form)


list_team_booking_fields = list_booking_fields
replace_team_booking_fields = replace_booking_fields
add_team_booking_fields = add_booking_fields
update_team_booking_fields = update_booking_fields
delete_team_booking_field = delete_booking_field

list_organization_team_booking_fields = list_booking_fields
replace_organization_team_booking_fields = replace_booking_fields
add_organization_team_booking_fields = add_booking_fields
update_organization_team_booking_fields = update_booking_fields
delete_organization_team_booking_field = delete_booking_field


def _event_type_to_change(call: Call) -> EventType:
    """The event type whose form is changed: the caller's own, or that of the team in the path. Raises NotFound."""
    return _of_team(call) if "teamId" in call.path else require_own_event_type(call)


def _of_team(call: Call) -> EventType:
    return require_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))


def _saved(call: Call, stored: EventType, form: Form) -> dict[str, object]:
    before = snapshot(call.tx, stored)
    changes = {"booking_fields": form, "disable_guests": hides_guests(form)}
    event_type = call.tx[EVENT_TYPES].update(stored.id, **changes)
    update_children(call.tx, event_type)
    record_changes(call.tx, event_type, before, call.caller.user_id)
    return _view(call, event_type)


def _view(call: Call, event_type: EventType) -> dict[str, object]:
    return {"bookingFields": form_view(shown_current_form(call.tx, event_type))}

"""Operations that show an event type's audit log, host selection and CRM errors.

Source: Cal.com API v2, event types (2026-06-12).
"""

from __future__ import annotations

from mock_server.event_types.event_type_access import administers_event_type
from mock_server.event_types.history_views import audit_log_view
from mock_server.event_types.model import CRM_SYNC_ERRORS, EVENT_TYPE_AUDIT_LOGS
from mock_server.event_types.ownership import require_run_by_caller
from mock_server.event_types.scheduling_views import crm_sync_error_view, scheduling_config_view
from mock_server.runtime.call import Call
from mock_server.runtime.cursors import page_after
from mock_server.runtime.errors import Forbidden, UnprocessableEntity
from mock_server.runtime.reply import Paged

NOT_AN_ADMINISTRATOR = "Only the owner and the administrators of an event type can see its history."


def get_event_type_history(call: Call) -> Paged:
    """A page of the audit log, newest first. Raises Forbidden for hosts who do not administer the event type."""
    event_type = require_run_by_caller(call)
    if not administers_event_type(call.tx, event_type, call.caller.user_id):
        raise Forbidden(NOT_AN_ADMINISTRATOR)
    entries = call.tx[EVENT_TYPE_AUDIT_LOGS].find(event_type_id=event_type.id)[::-1]
    page = page_after(entries, call.query, lambda each: each.uuid)
    logs = [audit_log_view(call.tx, each) for each in page.items]
    return Paged({"eventTypeId": event_type.id, "auditLogs": logs}, page.place)


def get_event_type_scheduling_config(call: Call) -> dict[str, object]:
    """How a team event type selects its hosts. Raises UnprocessableEntity for event types of users."""
    event_type = require_run_by_caller(call)
    if event_type.team_id is None:
        raise UnprocessableEntity(
            f"Event type with id {event_type.id} is not a team event type. Scheduling configuration is only available "
            "for team event types."
        )
    return scheduling_config_view(call.tx, event_type)


def list_event_type_crm_sync_errors(call: Call) -> Paged:
    """A page of an app's errors, newest first; dismissed ones only if they are asked for."""
    event_type, query = require_run_by_caller(call), call.query
    found = [
        each
        for each in call.tx[CRM_SYNC_ERRORS].find(event_type_id=event_type.id)[::-1]
        if each.app_slug == query["appSlug"] and (query["includeDismissed"] or each.dismissed_at is None)
    ]
    page = page_after(found, query, lambda each: str(each.id))
    return Paged([crm_sync_error_view(each) for each in page.items], page.place)

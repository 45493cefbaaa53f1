"""How hosts of team event types are selected, and failed synchronisations with CRMs, in replies.

Source: Cal.com API v2, event types: scheduling-config, crm-sync-errors (2026-06-12).
"""

from __future__ import annotations

from mock_server.event_types.hosts import PRIORITY_NAMES, hosts_view
from mock_server.event_types.model import HOSTS, CrmSyncError, EventType
from mock_server.runtime.dates import iso
from mock_server.state.transaction import Transaction


def scheduling_config_view(tx: Transaction, event_type: EventType) -> dict[str, object]:
    """How a team event type selects its hosts. Weights, groups and leads cannot be set through the API."""
    return {
        "eventTypeId": event_type.id,
        "schedulingType": event_type.scheduling_type,
        "hosts": _hosts_view(tx, event_type),
        "assignAllTeamMembers": event_type.assign_all_team_members,
        "hostGroups": [],
        "rescheduleWithSameRoundRobinHost": event_type.reschedule_with_same_round_robin_host,
        "allowRRHostChoiceOnReschedule": event_type.allow_rr_host_choice_on_reschedule,
        "isRRWeightsEnabled": False,
        "maxLeadThreshold": None,
        "includeNoShowInRRCalculation": False,
        "crmRecordOwnerFallbackWindowHours": None,
        "crmRecordOwnerFallbackWindowSkipWeekends": False,
    }


def crm_sync_error_view(error: CrmSyncError) -> dict[str, object]:
    """A failed synchronisation of a booking with a CRM."""
    view: dict[str, object] = {
        "id": str(error.id),
        "credentialId": error.credential_id,
        "eventTypeId": error.event_type_id,
        "appSlug": error.app_slug,
        "timestamp": iso(error.failed_at),
        "errorCode": error.error_code,
        "errorMessage": error.error_message,
        "droppedFields": list(error.dropped_fields),
        "eventCreated": error.event_created,
        "dismissedAt": None if error.dismissed_at is None else iso(error.dismissed_at),
    }
    optional = {"rawMessage": error.raw_message, "bookingUid": error.booking_uid}
    return view | {name: value for name, value in optional.items() if value is not None}


def _hosts_view(tx: Transaction, event_type: EventType) -> list[dict[str, object]]:
    rows = {each.user_id: each for each in tx[HOSTS].find(event_type_id=event_type.id)}
    views: list[dict[str, object]] = []
    for view in hosts_view(tx, event_type):
        row = rows.get(view["userId"])  # pyright: ignore[reportArgumentType]
        views.append(
            {
                **view,
                "mandatory": row is not None and row.is_fixed,
                "priority": None if row is None or row.priority is None else PRIORITY_NAMES[row.priority],
                "weight": None if row is None else row.weight,
                "groupId": None,
            }
        )
    return views

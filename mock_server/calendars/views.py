"""Calendars in replies."""

from __future__ import annotations

from mock_server.calendars.busy import BusyTime
from mock_server.calendars.connections import NO_PRIMARY, Calendar, Connection
from mock_server.calendars.integrations import APPLE
from mock_server.calendars.model import (
    Credential,
    DelegationCredential,
    DestinationCalendar,
    SelectedCalendar,
    WorkspacePlatform,
)
from mock_server.runtime.dates import iso


def destination_calendar_view(row: DestinationCalendar, integration: str, external_id: str) -> dict[str, object]:
    """A destination calendar that was just set."""
    return {
        "userId": row.user_id,
        "integration": integration,
        "externalId": external_id,
        "credentialId": row.credential_id,
    }


def connection_view(connection: Connection, selected: set[str]) -> dict[str, object]:
    """A connection with its calendars; `selected` are the external ids of selected calendars."""
    view: dict[str, object] = {
        "integration": connection.integration.metadata,
        "credentialId": connection.credential_id,
    }
    if connection.error != NO_PRIMARY:
        view["delegationCredentialId"] = connection.delegation_credential_id
    if connection.error is not None:
        return {**view, "error": {"message": connection.error}}
    calendars = [_calendar_view(calendar, connection, selected) for calendar in connection.calendars]
    return {**view, "primary": calendars[0], "calendars": calendars}


def _calendar_view(calendar: Calendar, connection: Connection, selected: set[str]) -> dict[str, object]:
    view: dict[str, object] = {"externalId": calendar.external_id}
    if calendar.integration is None:
        view["integrationName"] = connection.integration.type
    else:
        view["integration"] = calendar.integration
    view |= {"name": calendar.name, "primary": calendar.primary or None, "readOnly": calendar.read_only}
    if calendar.email is not None:
        view["email"] = calendar.email
    return {
        **view,
        "isSelected": calendar.external_id in selected,
        "credentialId": connection.credential_id,
        "delegationCredentialId": connection.delegation_credential_id,
    }


def current_destination_view(
    row: DestinationCalendar | None, connections: list[Connection], *, is_settled: bool
) -> dict[str, object]:
    """The destination calendar beside the connections: the row with details of the calendar from its service.

    The details are missing in the request that created or repaired the row (`is_settled` is false). Without a row, an
    empty object.
    """
    if row is None:
        return {}
    view: dict[str, object] = {
        "id": row.id,
        "integration": row.integration,
        "externalId": row.external_id,
        "primaryEmail": row.primary_email,
        "userId": row.user_id,
        "eventTypeId": row.event_type_id,
        "credentialId": row.credential_id,
        "delegationCredentialId": row.delegation_credential_id,
        "domainWideDelegationCredentialId": None,
    }
    return view | _calendar_details(row, connections) if is_settled else view


def _calendar_details(row: DestinationCalendar, connections: list[Connection]) -> dict[str, object]:
    for connection in connections:
        for calendar in connection.calendars:
            if calendar.external_id == row.external_id:
                primary = connection.primary
                view: dict[str, object] = {
                    "primaryEmail": primary.email if primary else None,
                    "name": calendar.name,
                    "primary": calendar.primary,
                    "readOnly": calendar.read_only,
                    "integrationTitle": connection.integration.title,
                }
                if calendar.email is not None:
                    view["email"] = calendar.email
                if calendar.integration == APPLE:
                    del view["readOnly"]
                return view
    return {}


def credential_view(credential: Credential) -> dict[str, object]:
    """A connection to a calendar service or another app, without its secrets."""
    return {
        "id": credential.id,
        "type": credential.type,
        "userId": credential.user_id,
        "teamId": credential.team_id,
        "appId": credential.app_id,
        "invalid": credential.invalid,
    }


def selected_calendar_view(row: SelectedCalendar) -> dict[str, object]:
    """A calendar that is checked for conflicts."""
    return {
        "userId": row.user_id,
        "integration": row.integration,
        "externalId": row.external_id,
        "credentialId": row.credential_id,
    }


def busy_time_view(time: BusyTime, *, has_valid_zone: bool) -> dict[str, object]:
    """A busy time. Without a valid time zone in the request, the live API leaves the times out."""
    view: dict[str, object] = {
        "start": iso(time.start) if has_valid_zone else None,
        "end": iso(time.end) if has_valid_zone else None,
        "source": time.source,
    }
    if time.event_id is None and time.title is not None:  # Only feeds show titles.
        view["title"] = time.title
    return view


def delegation_credential_view(row: DelegationCredential, platform: WorkspacePlatform) -> dict[str, object]:
    """A delegation credential, without its service account."""
    return {
        "id": row.id,
        "enabled": row.enabled,
        "domain": row.domain,
        "organizationId": row.organization_id,
        "workspacePlatform": {"name": platform.name, "slug": platform.slug},
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
    }

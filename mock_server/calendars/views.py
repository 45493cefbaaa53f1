"""Calendars as replies show them."""

from __future__ import annotations

from typing import Any

from mock_server.calendars.busy import BusyTime
from mock_server.calendars.connections import NO_PRIMARY, Calendar, Connection
from mock_server.calendars.model import (
    Credential,
    DelegationCredential,
    DestinationCalendar,
    SelectedCalendar,
    WorkspacePlatform,
)
from mock_server.runtime.dates import iso


def destination_calendar_view(row: DestinationCalendar, integration: str, external_id: str) -> dict[str, Any]:
    """The reply of setting a destination calendar."""
    return {
        "userId": row.user_id,
        "integration": integration,
        "externalId": external_id,
        "credentialId": row.credential_id,
    }


def connection_view(connection: Connection, selected: set[str]) -> dict[str, Any]:
    """A connection with its calendars; `selected` are the external ids that are checked for conflicts."""
    view: dict[str, Any] = {
        "integration": connection.integration.shown,
        "credentialId": connection.credential_id,
    }
    if connection.error != NO_PRIMARY:
        view["delegationCredentialId"] = connection.delegation_credential_id
    if connection.error is not None:
        return {**view, "error": {"message": connection.error}}
    calendars = [_calendar_view(calendar, connection, selected) for calendar in connection.calendars]
    return {**view, "primary": calendars[0], "calendars": calendars}


def _calendar_view(calendar: Calendar, connection: Connection, selected: set[str]) -> dict[str, Any]:
    view: dict[str, Any] = {"externalId": calendar.external_id}
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


def shown_destination_view(
    row: DestinationCalendar | None, connections: list[Connection], *, settled: bool
) -> dict[str, Any]:
    """The destination calendar beside the connections: the row, overlaid by what its service tells of the calendar.

    The overlay is missing on the request that created or repaired the row. Without a row it is an empty object.
    """
    if row is None:
        return {}
    view: dict[str, Any] = {
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
    return view | _overlay(row, connections) if settled else view


def _overlay(row: DestinationCalendar, connections: list[Connection]) -> dict[str, Any]:
    for connection in connections:
        for calendar in connection.calendars:
            if calendar.external_id == row.external_id:
                primary = connection.primary
                view = {
                    "primaryEmail": primary.email if primary else None,
                    "name": calendar.name,
                    "primary": calendar.primary,
                    "readOnly": calendar.read_only,
                    "integrationTitle": connection.integration.shown["title"],
                }
                if calendar.email is not None:
                    view["email"] = calendar.email
                if calendar.integration == "apple_calendar":
                    del view["readOnly"]
                return view
    return {}


def credential_view(credential: Credential) -> dict[str, Any]:
    """A connection to a calendar service or another app, without its secrets."""
    return {
        "id": credential.id,
        "type": credential.type,
        "userId": credential.user_id,
        "teamId": credential.team_id,
        "appId": credential.app_id,
        "invalid": credential.invalid,
    }


def selected_calendar_view(row: SelectedCalendar) -> dict[str, Any]:
    """A calendar that is checked for conflicts."""
    return {
        "userId": row.user_id,
        "integration": row.integration,
        "externalId": row.external_id,
        "credentialId": row.credential_id,
    }


def busy_time_view(time: BusyTime, *, named_zone: bool) -> dict[str, Any]:
    """A busy time. Without a time zone that is one, the live API loses the times."""
    view: dict[str, Any] = {
        "start": iso(time.start) if named_zone else None,
        "end": iso(time.end) if named_zone else None,
        "source": time.source,
    }
    if time.event_id is None and time.title is not None:  # Only feeds tell titles.
        view["title"] = time.title
    return view


def delegation_credential_view(row: DelegationCredential, platform: WorkspacePlatform) -> dict[str, Any]:
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

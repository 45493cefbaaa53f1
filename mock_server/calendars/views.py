"""Calendars in replies."""

from __future__ import annotations

from datetime import datetime

from mock_server.calendars.busy import BusyTime
from mock_server.calendars.connections import NO_PRIMARY, Calendar, Connection
from mock_server.calendars.events import RESPONSES
from mock_server.calendars.integrations import APPLE
from mock_server.calendars.model import (
    MICROSOFT,
    CalendarEvent,
    Credential,
    DelegationCredential,
    DestinationCalendar,
    EventAttendee,
    EventStatus,
    EventTime,
    ResponseStatus,
    SelectedCalendar,
    WorkspacePlatform,
)
from mock_server.calendars.stored_destination import stored_destination
from mock_server.runtime.dates import iso

_RESPONSES: dict[ResponseStatus, str] = {stored: shown for shown, stored in RESPONSES.items()}
_STATUSES: dict[EventStatus, str] = {"confirmed": "accepted", "tentative": "pending", "cancelled": "cancelled"}


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
    row: DestinationCalendar | None, connections: list[Connection], *, is_settled: bool, with_apple_flag: bool
) -> dict[str, object]:
    """The destination calendar beside the connections: the row with details of the calendar from its service.

    The details are missing in the request that created or repaired the row (`is_settled` is false). Without a row, an
    empty object. `with_apple_flag`: Apple's calendars have `readOnly`, too.
    """
    if row is None:
        return {}
    view = stored_destination(row)
    if not is_settled:
        return view
    details = _calendar_details(row, connections)
    if row.integration == APPLE and not with_apple_flag:
        details.pop("readOnly", None)
    return view | details


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
    """A delegation credential, without its service account; one of Microsoft with the state of its secret."""
    view: dict[str, object] = {
        "id": row.id,
        "enabled": row.enabled,
        "domain": row.domain,
        "organizationId": row.organization_id,
        "workspacePlatform": {"name": platform.name, "slug": platform.slug},
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
    }
    return view | _secret_view(row) if platform.slug == MICROSOFT else view


def found_delegation_credential_view(row: DelegationCredential, platform: WorkspacePlatform) -> dict[str, object]:
    """The same with the id of the service account."""
    return {
        **delegation_credential_view(row, platform),
        "serviceAccountClientId": row.service_account_key.get("client_id"),
    }


def _secret_view(row: DelegationCredential) -> dict[str, object]:
    return {
        "optOutAutoSecretRotation": row.opt_out_auto_secret_rotation,
        "secretRotationBlocked": row.secret_rotation_blocked,
        "secret": {"expiresAt": _moment(row.secret_expires_at)},
        "pendingSecret": {
            "createdAt": _moment(row.pending_secret_created_at),
            "expiresAt": _moment(row.pending_secret_expires_at),
        },
        "secretRotationErrorCode": row.secret_rotation_error_code,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def calendar_event_view(event: CalendarEvent) -> dict[str, object]:
    """The event of a booking in Google Calendar. Without a host among the attendees, its owner is the host."""
    owner: dict[str, object] = {"email": event.owner_email, "self": True}
    hosts = [_event_host_view(each) for each in event.attendees if each.is_host]
    view: dict[str, object] = {
        "id": event.id,
        "title": event.title,
        "description": event.description,
        "start": _event_time_view(event.start),
        "end": _event_time_view(event.end),
        "locations": [] if event.location is None else [_event_location_view(event.location)],
        "status": _STATUSES[event.status],
        "calendarEventOwner": owner,
        "hosts": hosts or [{"email": event.owner_email, "responseStatus": None}],
        "source": "google",
    }
    if event.attendees:
        view["attendees"] = [_event_attendee_view(each) for each in event.attendees]
    return view


def _event_time_view(time: EventTime) -> dict[str, object]:
    return {"time": time.text, "timeZone": time.time_zone}


def _event_location_view(location: str) -> dict[str, object]:
    """Every location is shown as a video meeting, as by the live API; one at a web address has a label."""
    scheme, separator, label = location.partition("://")
    view: dict[str, object] = {"type": "video", "url": location}
    return view | {"label": label} if separator and scheme.startswith("http") else view


def _event_attendee_view(attendee: EventAttendee) -> dict[str, object]:
    optional = {
        "name": attendee.name,
        "self": attendee.is_self,
        "optional": attendee.is_optional,
        "host": attendee.is_host,
    }
    view: dict[str, object] = {"email": attendee.email, "responseStatus": _RESPONSES[attendee.response_status]}
    return view | {name: value for name, value in optional.items() if value is not None}


def _event_host_view(attendee: EventAttendee) -> dict[str, object]:
    name: dict[str, object] = {} if attendee.name is None else {"name": attendee.name}
    return {"email": attendee.email, **name, "responseStatus": _RESPONSES[attendee.response_status]}

"""Reads the connected calendars and their busy times.

Source: Cal.com API v2, calendars.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dateutil.relativedelta import relativedelta

from mock_server.calendars.busy import connection_fails, times_of_connection
from mock_server.calendars.connections import connected_user, connections_of, reconcile_destination
from mock_server.calendars.delegation_errors import emit_delegation_errors
from mock_server.calendars.model import CREDENTIALS, SELECTED_CALENDARS, Credential
from mock_server.calendars.views import busy_time_view, connection_view, current_destination_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, ProviderFailed, Unauthorized
from mock_server.runtime.time_zones import is_time_zone

BUSY_TIMES_FAILED = "Unable to fetch connected calendars events. Please try again later."
EARLIER = timedelta(hours=11)
LATER = timedelta(hours=14)
FIRST_MOMENT, LAST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def list_calendars(call: Call) -> dict[str, object]:
    """The caller's connections and destination calendar. Reconciles the destination first."""
    user = connected_user(call.tx, call.caller.user_id)
    connections = connections_of(call.tx, user)
    emit_delegation_errors(call.tx, user, connections)
    destination, is_settled = reconcile_destination(call.tx, user, connections)
    selected = {selection.external_id for selection in call.tx[SELECTED_CALENDARS].find(user_id=user.id)}
    return {
        "connectedCalendars": [connection_view(connection, selected) for connection in connections],
        "destinationCalendar": current_destination_view(
            destination,
            connections,
            is_settled=is_settled,
            with_apple_flag=call.has("apple-destination-read-only"),
        ),
    }


def list_busy_times(call: Call) -> list[dict[str, object]]:
    """The busy times of the given calendars. Each connection is queried for all given calendars of its service."""
    requested = call.query["calendarsToLoad"]
    credentials = {each["credentialId"]: _own_credential(call, each["credentialId"]) for each in requested}
    has_valid_zone = is_time_zone(_viewer_zone(call))
    low, high = _window(call, call.query["dateFrom"], call.query["dateTo"])
    busy: list[dict[str, object]] = []
    for credential in credentials.values():
        if call.has("busy-times-end-with-last-day") and connection_fails(call.tx, credential):
            raise ProviderFailed(BUSY_TIMES_FAILED)
        external_ids = dict.fromkeys(
            each["externalId"] for each in requested if credentials[each["credentialId"]].type == credential.type
        )
        times = times_of_connection(call.tx, credential, external_ids, low, high)
        busy += [busy_time_view(time, has_valid_zone=has_valid_zone) for time in times]
    return busy


def _own_credential(call: Call, credential_id: int) -> Credential:
    credential = call.tx[CREDENTIALS].get(credential_id)
    if credential is None or credential.user_id != call.caller.user_id:
        raise Unauthorized("These credentials do not belong to you")
    return credential


def _viewer_zone(call: Call) -> str:
    """The viewer's time zone; `loggedInUsersTz` is its deprecated name. Raises BadRequest without either."""
    zone = call.query.get("timeZone") or call.query.get("loggedInUsersTz")
    if zone is None:
        raise BadRequest("Either timeZone or loggedInUsersTz must be provided")
    return zone


def _window(call: Call, date_from: str, date_to: str) -> tuple[datetime, datetime]:
    """The requested range, widened for all time zones; in older editions also to the end of the last month."""
    last = _moment(date_to)
    if not call.has("busy-times-end-with-last-day"):
        last = last.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + relativedelta(months=1)
    return _moment(date_from) - EARLIER, last + LATER


def _moment(text: str) -> datetime:
    """A date or date-time as an instant, limited to the years that calendars cover."""
    moment = datetime.fromisoformat(text.upper())
    if FIRST_MOMENT.year <= moment.year < LAST_MOMENT.year:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return FIRST_MOMENT if moment.year < FIRST_MOMENT.year else LAST_MOMENT

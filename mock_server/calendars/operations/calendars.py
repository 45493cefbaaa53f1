"""Reading the connected calendars and their busy times.

Source: Cal.com API v2, calendars.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from mock_server.calendars.busy import times_of_connection
from mock_server.calendars.connections import connected_user, connections_of, reconcile_destination
from mock_server.calendars.model import CREDENTIALS, SELECTED_CALENDARS, Credential
from mock_server.calendars.views import busy_time_view, connection_view, shown_destination_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Unauthorized
from mock_server.runtime.time_zones import is_time_zone

EARLIER = timedelta(hours=11)
LATER = timedelta(hours=14)
FIRST_MOMENT, LAST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def list_calendars(call: Call) -> Any:
    """The caller's connections and destination calendar. Settles the destination first."""
    user = connected_user(call.tx, call.caller.user_id)
    connections = connections_of(call.tx, user)
    destination, settled = reconcile_destination(call.tx, user, connections)
    selected = {each.external_id for each in call.tx[SELECTED_CALENDARS].find(user_id=user.id)}
    return {
        "connectedCalendars": [connection_view(each, selected) for each in connections],
        "destinationCalendar": shown_destination_view(destination, connections, settled=settled),
    }


def list_busy_times(call: Call) -> Any:
    """When the named calendars are busy. Each connection is asked for all named calendars of its service."""
    wanted = call.query["calendarsToLoad"]
    credentials = {each["credentialId"]: _own_credential(call, each["credentialId"]) for each in wanted}
    named_zone = is_time_zone(call.query["loggedInUsersTz"])
    low, high = _window(call.query["dateFrom"], call.query["dateTo"])
    busy: list[Any] = []
    for credential in credentials.values():
        external_ids = dict.fromkeys(
            each["externalId"] for each in wanted if credentials[each["credentialId"]].type == credential.type
        )
        times = times_of_connection(call.tx, credential, external_ids, low, high)
        busy += [busy_time_view(each, named_zone=named_zone) for each in times]
    return busy


def _own_credential(call: Call, credential_id: int) -> Credential:
    credential = call.tx[CREDENTIALS].get(credential_id)
    if credential is None or credential.user_id != call.caller.user_id:
        raise Unauthorized("These credentials do not belong to you")
    return credential


def _window(date_from: str, date_to: str) -> tuple[datetime, datetime]:
    """What is asked for, widened as the live API does: to the end of the last month, and for all time zones."""
    month = _moment(date_to).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return _moment(date_from) - EARLIER, month + relativedelta(months=1) + LATER


def _moment(text: str) -> datetime:
    """A moment of the years in which calendars hold events; what lies outside of them counts as their bound."""
    moment = datetime.fromisoformat(text.upper())
    if FIRST_MOMENT.year <= moment.year < LAST_MOMENT.year:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return FIRST_MOMENT if moment.year < FIRST_MOMENT.year else LAST_MOMENT

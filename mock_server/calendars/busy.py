"""Busy times of a user's selected calendars, or of the calendars of one connection.

Also writes bookings to the account behind a destination calendar, and removes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from mock_server.calendars.accounts import open_mailbox
from mock_server.calendars.connections import delegated_type, delegations_of
from mock_server.calendars.feeds import FeedUnreadable, feed_at
from mock_server.calendars.integrations import INTEGRATIONS
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    ACCOUNTS,
    BUSY_EVENTS,
    CREDENTIALS,
    DELEGATION_CREDENTIALS,
    DESTINATION_CALENDARS,
    SELECTED_CALENDARS,
    SHORT_EVENT_LIMIT,
    Account,
    AccountCalendar,
    BusyEvent,
    Credential,
    DestinationCalendar,
    SelectedCalendar,
)
from mock_server.calendars.recurrence import occurrence_starts, zone_or_utc
from mock_server.identity.model import User
from mock_server.state.transaction import Transaction


class BusyTime(msgspec.Struct, frozen=True):
    """A time at which a calendar is busy, in UTC. `event_id` is the id of the BusyEvent; events of feeds have none.

    `source` is the app of the connection, e.g. ``google-calendar``.
    """

    start: datetime
    end: datetime
    source: str | None = None
    title: str | None = None
    event_id: int | None = None


def busy_times_of(tx: Transaction, user: User, low: datetime, high: datetime) -> list[BusyTime]:
    """Busy times of a user's selected calendars between `low` and `high`, unordered.

    Connections that are invalid or whose service fails have no busy times.
    """
    selections = tx[SELECTED_CALENDARS].find(user_id=user.id)
    return [time for selection in selections for time in _times_of_selection(tx, user, selection, low, high)]


def has_failing_calendar(tx: Transaction, user: User) -> bool:
    """Whether the service of one of the user's selected calendars fails. Invalid connections do not count."""
    return any(_selection_fails(tx, user, selection) for selection in tx[SELECTED_CALENDARS].find(user_id=user.id))


def connection_fails(tx: Transaction, credential: Credential) -> bool:
    """Whether the service of a connection fails. Invalid connections do not count."""
    account = None if credential.invalid else tx[ACCOUNTS].get(credential.account_id)
    return account is not None and account.failure is not None


def times_of_connection(
    tx: Transaction, credential: Credential, external_ids: Iterable[str], low: datetime, high: datetime
) -> Iterator[BusyTime]:
    """Busy times of these calendars of a connection between `low` and `high`. Unknown ids have none."""
    if credential.invalid or credential.type not in INTEGRATIONS:
        return
    for external_id in external_ids:
        if INTEGRATIONS[credential.type].is_feed:
            yield from _times_of_feed(tx, credential, external_id, low, high)
        else:
            calendar = _calendar_of(tx, credential.account_id, external_id)
            if calendar is not None:
                yield from _times_of_calendar(tx, calendar, credential.app_id, low, high)


def destination_of(tx: Transaction, user_id: int, event_type_id: int | None = None) -> DestinationCalendar | None:
    """The calendar that bookings are written to: the event type's own destination calendar, else the user's."""
    own = tx[DESTINATION_CALENDARS].first(event_type_id=event_type_id) if event_type_id is not None else None
    return own or tx[DESTINATION_CALENDARS].first(user_id=user_id)


def write_booking_event(
    tx: Transaction, destination: DestinationCalendar, organizer: User, *, start: datetime, end: datetime, title: str
) -> BusyEvent | None:
    """Writes a booking of `organizer` to the account behind a destination calendar. None if that is not writable.

    Keep the event's id: it removes the booking again, and distinguishes its own busy time from others.
    """
    calendar = _destination_account_calendar(tx, destination, organizer)
    if calendar is None or calendar.read_only:
        return None
    return tx[BUSY_EVENTS].create(calendar_id=calendar.id, start=start, end=end, title=title)


def credential_behind(tx: Transaction, event: BusyEvent, user: User) -> Credential | None:
    """The user's credential for the account that a booking was written to; None where a delegation opened it."""
    calendar = tx[ACCOUNT_CALENDARS].require(event.calendar_id)
    own = (
        credential
        for credential in tx[CREDENTIALS].find(user_id=user.id)
        if credential.account_id == calendar.account_id
    )
    return next(own, None)


def remove_booking_event(tx: Transaction, event_id: int | None) -> None:
    """Removes a booking from the account that it was written to. Idempotent."""
    event = tx[BUSY_EVENTS].get(event_id)
    if event is not None:
        tx[BUSY_EVENTS].delete(event.id)


def _times_of_selection(
    tx: Transaction, user: User, selection: SelectedCalendar, low: datetime, high: datetime
) -> Iterator[BusyTime]:
    credential = tx[CREDENTIALS].get(selection.credential_id)
    if credential is not None:
        yield from times_of_connection(tx, credential, [selection.external_id], low, high)
        return
    account = _delegated_account(tx, user, selection)
    calendar = _calendar_of(tx, account.id, selection.external_id) if account else None
    if calendar is not None:
        yield from _times_of_calendar(tx, calendar, INTEGRATIONS[selection.integration].slug, low, high)


def _selection_fails(tx: Transaction, user: User, selection: SelectedCalendar) -> bool:
    credential = tx[CREDENTIALS].get(selection.credential_id)
    if credential is not None:
        return connection_fails(tx, credential)
    account = _delegated_account(tx, user, selection)
    return account is not None and account.failure is not None


def _delegated_account(tx: Transaction, user: User, selection: SelectedCalendar) -> Account | None:
    """The user's account that the delegation credential of a selection gives access to, if it is enabled."""
    if all(delegation.id != selection.delegation_credential_id for delegation in delegations_of(tx, user)):
        return None
    return tx[ACCOUNTS].first(integration=selection.integration, name=user.email)


def _calendar_of(tx: Transaction, account_id: int | None, external_id: str) -> AccountCalendar | None:
    account = tx[ACCOUNTS].get(account_id)
    if account is None or account.failure is not None:
        return None
    return tx[ACCOUNT_CALENDARS].first(account_id=account.id, external_id=external_id)


def _times_of_calendar(
    tx: Transaction, calendar: AccountCalendar, source: str | None, low: datetime, high: datetime
) -> Iterator[BusyTime]:
    events = tx[BUSY_EVENTS]
    for event in (
        *events.between((low - SHORT_EVENT_LIMIT,), (high,), calendar_id=calendar.id, extent="short"),
        *events.find(calendar_id=calendar.id, extent="long"),
    ):
        if event.start < high and event.end > low and not event.is_free:
            yield BusyTime(event.start, event.end, source, event.title, event.id)
    for event in events.find(calendar_id=calendar.id, extent="repeated"):
        length, zone = event.end - event.start, zone_or_utc(event.time_zone)
        for start in occurrence_starts(event.start, event.recurrence or "", zone, low - length, high):
            if start + length > low:
                yield BusyTime(start, start + length, source, event.title, event.id)


def _times_of_feed(
    tx: Transaction, credential: Credential, url: str, low: datetime, high: datetime
) -> Iterator[BusyTime]:
    if url not in [feed["url"] for feed in (credential.key or {}).get("feeds", [])]:
        return
    try:
        content = feed_at(tx, url)
    except FeedUnreadable:
        return
    for event in content.events:
        for start, end in event.times(low, high):
            yield BusyTime(start, end, credential.app_id, event.title)


def _destination_account_calendar(
    tx: Transaction, destination: DestinationCalendar, organizer: User
) -> AccountCalendar | None:
    """The account's calendar that a destination refers to. Its credential may be stale, so others are tried too."""
    delegation = tx[DELEGATION_CREDENTIALS].get(destination.delegation_credential_id)
    if (
        delegation is not None
        and delegation in delegations_of(tx, organizer)
        and delegated_type(tx, delegation) == destination.integration
    ):
        name = organizer.name or organizer.email
        account = open_mailbox(tx, destination.integration, organizer.email, name)
        calendar = _calendar_of(tx, account.id, destination.external_id)
        if calendar is not None:
            return calendar
    stored = tx[CREDENTIALS].get(destination.credential_id)
    own = tx[CREDENTIALS].find(user_id=organizer.id, type=destination.integration)
    for credential in [*([stored] if stored else []), *own]:
        if credential.type == destination.integration and not credential.invalid:
            calendar = _calendar_of(tx, credential.account_id, destination.external_id)
            if calendar is not None:
                return calendar
    return None

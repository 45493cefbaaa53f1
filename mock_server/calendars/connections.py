"""What a user has connected, and the life of the user's destination calendar that follows from it.

Source: Cal.com API v2, connected calendars and destination calendar.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mock_server.calendars.integrations import BY_WORKSPACE_PLATFORM, INTEGRATIONS, Integration
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    ACCOUNTS,
    CREDENTIALS,
    DELEGATED_CREDENTIAL_ID,
    DELEGATION_CREDENTIALS,
    DESTINATION_CALENDARS,
    WORKSPACE_PLATFORMS,
    Account,
    AccountCalendar,
    Credential,
    DelegationCredential,
    DestinationCalendar,
)
from mock_server.identity.model import USERS, User
from mock_server.runtime.errors import BadRequest, NotFound, Unauthorized
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS

NO_CALENDARS = "Could not get connected calendars"
REVOKED = "Access token expired or revoked"
NO_PRIMARY = "No primary calendar found"


class Calendar(msgspec.Struct, frozen=True):
    """A calendar as a connection lists it. Calendars of feeds have no integration and no email."""

    external_id: str
    name: str | None
    primary: bool
    read_only: bool
    email: str | None
    integration: str | None


class Connection(msgspec.Struct, frozen=True):
    """One connection with its calendars, the primary one first; or with the service's error and none."""

    integration: Integration
    credential_id: int
    delegation_credential_id: str | None
    calendars: tuple[Calendar, ...]
    error: str | None = None

    @property
    def primary(self) -> Calendar | None:
        """The primary calendar, else the first."""
        return self.calendars[0] if self.calendars else None


def connected_user(tx: Transaction, user_id: int) -> User:
    """The user whose connections are asked for. Raises NotFound."""
    user = tx[USERS].get(user_id)
    if user is None:
        raise NotFound("User not found")
    return user


def connections_of(tx: Transaction, user: User) -> list[Connection]:
    """All connections of a user, by the name of the service's directory; delegated ones before the user's own."""
    delegated = list(_delegated(tx, user))
    slugs = {each.integration.slug for each in delegated}
    own = [_connection(tx, each) for each in tx[CREDENTIALS].find(user_id=user.id) if each.type in INTEGRATIONS]
    kept = [each for each in own if not (each.integration.slug in slugs and _is_of(each, user))]
    return sorted([*delegated, *kept], key=lambda each: each.integration.directory)


def check_connection(
    tx: Transaction, user_id: int, type_: str, not_found: str, invalid: str, not_connected: str
) -> None:
    """Says whether the user's first connection of an integration works; the last three are what is said if not.

    Reading the connections settles the destination. Raises BadRequest without valid credentials, and Unauthorized
    where the calendars are not listed.
    """
    credential = tx[CREDENTIALS].first(user_id=user_id, type=type_)
    if credential is None:
        raise BadRequest(not_found)
    if credential.invalid:
        raise BadRequest(invalid)
    user = connected_user(tx, user_id)
    connections = connections_of(tx, user)
    reconcile_destination(tx, user, connections)
    connection = next((each for each in connections if each.integration.type == type_), None)
    if connection is None:
        raise Unauthorized(not_connected)
    if connection.error is not None:
        raise Unauthorized(connection.error)


def reconcile_destination(
    tx: Transaction, user: User, connections: list[Connection]
) -> tuple[DestinationCalendar | None, bool]:
    """Creates, repairs or removes the user's destination so that it fits the connections.

    Gives the row, and whether it was there and right before. Repairing leaves the credential columns as they were.
    """
    row = tx[DESTINATION_CALENDARS].first(user_id=user.id)
    if not connections:
        if row is not None:
            tx[DESTINATION_CALENDARS].delete(row.id)
        return None, False
    if row is None:
        return _default_destination(tx, user, connections[0]), False
    if any(
        calendar.external_id == row.external_id and calendar.integration == row.integration
        for connection in connections
        for calendar in connection.calendars
    ):
        return row, True
    first = connections[0].primary
    return tx[DESTINATION_CALENDARS].update(row.id, **_place(first)), False


def find_calendar(
    connections: list[Connection], integration: str, external_id: str, delegation_credential_id: str | None = None
) -> tuple[Connection, Calendar] | None:
    """The writable calendar of these ids; or, with a delegation credential, its calendar, writable or not."""
    for connection in connections:
        for calendar in connection.calendars:
            if calendar.external_id != external_id or calendar.integration != integration:
                continue
            if delegation_credential_id is None:
                if not calendar.read_only:
                    return connection, calendar
            elif connection.delegation_credential_id == delegation_credential_id:
                return connection, calendar
    return None


def primary_email(connections: list[Connection], credential_id: int) -> str | None:
    """The address of the first primary calendar of a connection."""
    for connection in connections:
        for calendar in connection.calendars:
            if calendar.primary and connection.credential_id == credential_id:
                return calendar.email
    return None


def delegations_of(tx: Transaction, user: User) -> Iterator[DelegationCredential]:
    """Enabled delegation credentials of the user's organizations for the domain of the user's address."""
    domain = user.email.rpartition("@")[2]
    for delegation in tx[DELEGATION_CREDENTIALS].find(domain=domain):
        if delegation.enabled and tx[MEMBERSHIPS].first(user_id=user.id, team_id=delegation.organization_id):
            yield delegation


def delegated_type(tx: Transaction, delegation: DelegationCredential) -> str | None:
    """The integration that a delegation credential opens; None for platforms without calendars."""
    return BY_WORKSPACE_PLATFORM.get(tx[WORKSPACE_PLATFORMS].require(delegation.workspace_platform_id).slug)


def _delegated(tx: Transaction, user: User) -> Iterator[Connection]:
    for delegation in delegations_of(tx, user):
        type_ = delegated_type(tx, delegation)
        if type_ is None:
            continue
        account = tx[ACCOUNTS].first(integration=type_, name=user.email)
        calendars, error = _listed(tx, type_, account) if account else ((_mailbox(user, type_),), None)
        yield Connection(INTEGRATIONS[type_], DELEGATED_CREDENTIAL_ID, delegation.id, calendars, error)


def _mailbox(user: User, type_: str) -> Calendar:
    """Who has no simulated account at the workspace has a mailbox there all the same."""
    return Calendar(
        user.email, user.name or user.email, primary=True, read_only=False, email=user.email, integration=type_
    )


def _connection(tx: Transaction, credential: Credential) -> Connection:
    integration = INTEGRATIONS[credential.type]
    if credential.invalid:
        return Connection(integration, credential.id, None, (), REVOKED)
    if integration.is_feed:
        return Connection(integration, credential.id, None, _feeds(credential))
    account = tx[ACCOUNTS].get(credential.account_id)
    calendars, error = _listed(tx, credential.type, account) if account else ((), NO_CALENDARS)
    return Connection(integration, credential.id, None, calendars, error)


def _listed(tx: Transaction, type_: str, account: Account) -> tuple[tuple[Calendar, ...], str | None]:
    """The calendars that a service lists, or its error."""
    if account.failure is not None:
        return (), account.failure
    listed = [_calendar(each, type_) for each in tx[ACCOUNT_CALENDARS].find(account_id=account.id)]
    return tuple(sorted(listed, key=lambda calendar: not calendar.primary)), None if listed else NO_PRIMARY


def _calendar(row: AccountCalendar, type_: str) -> Calendar:
    # Apple's accounts never flag a primary calendar.
    primary = row.primary and type_ != "apple_calendar"
    return Calendar(row.external_id, row.name, primary, row.read_only, row.email, type_)


def _feeds(credential: Credential) -> tuple[Calendar, ...]:
    feeds = (credential.key or {}).get("feeds", [])
    return tuple(Calendar(feed["url"], feed["name"], False, True, None, None) for feed in feeds)


def _is_of(connection: Connection, user: User) -> bool:
    return connection.primary is not None and connection.primary.email == user.email


def _default_destination(tx: Transaction, user: User, first: Connection) -> DestinationCalendar:
    owner: dict[str, int | str | None] = {}
    if first.primary is not None:
        if first.credential_id == DELEGATED_CREDENTIAL_ID:
            owner["delegation_credential_id"] = first.delegation_credential_id
        else:
            owner["credential_id"] = first.credential_id
    return tx[DESTINATION_CALENDARS].create(user_id=user.id, **_place(first.primary), **owner)


def _place(calendar: Calendar | None) -> dict[str, str | None]:
    """Where a destination row points: nowhere, for the calendars of a connection that failed."""
    if calendar is None:
        return {"integration": "", "external_id": "", "primary_email": None}
    return {
        "integration": calendar.integration or "",
        "external_id": calendar.external_id,
        "primary_email": calendar.email,
    }

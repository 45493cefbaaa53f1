"""A user's connections to calendar services, and the destination calendar that depends on them.

Source: Cal.com API v2, connected calendars and destination calendar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

import msgspec

from mock_server.calendars.integrations import (
    APPLE,
    BY_PROVIDER,
    GOOGLE,
    ICS_FEED,
    INTEGRATIONS,
    OFFICE365,
    Integration,
)
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    ACCOUNTS,
    CREDENTIALS,
    DELEGATED_CREDENTIAL_ID,
    DELEGATION_CREDENTIALS,
    DESTINATION_CALENDARS,
    WORKSPACE_PLATFORMS,
    Account,
    Credential,
    DelegationCredential,
    DestinationCalendar,
)
from mock_server.identity.addresses import domain_of
from mock_server.identity.model import USERS, User
from mock_server.runtime.errors import BadRequest, NotFound, Unauthorized
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS

CREDENTIALS_NOT_FOUND = "Calendar credentials not found"
NO_CALENDARS = "Could not get connected calendars"
REVOKED = "Access token expired or revoked"
NO_PRIMARY = "No primary calendar found"


class CheckMessages(NamedTuple):
    """The answers of the check of a connection without credentials, and with invalid ones."""

    not_found: str
    invalid: str


CHECK_MESSAGES = {
    APPLE: CheckMessages(
        "Credentials for apple calendar not found.",
        "Invalid apple calendar credentials.",
    ),
    GOOGLE: CheckMessages(
        "Credentials for google_calendar not found.",
        "Invalid google OAuth credentials.",
    ),
    ICS_FEED: CheckMessages(
        "Credentials for Ics Feed calendar not found.",
        "Invalid Ics Feed credentials.",
    ),
    OFFICE365: CheckMessages(
        "Credentials for office_365_calendar not found.",
        "Invalid office 365 calendar credentials.",
    ),
}


class Calendar(msgspec.Struct, frozen=True, gc=False):
    """A calendar as a connection lists it. Feeds have no integration and no email."""

    external_id: str
    name: str | None
    primary: bool
    read_only: bool
    email: str | None
    integration: str | None


class Connection(msgspec.Struct, frozen=True):
    """A connection with its calendars, the primary one first, or with the service's error and no calendars."""

    integration: Integration
    credential_id: int
    delegation_credential_id: str | None
    calendars: tuple[Calendar, ...]
    error: str | None = None

    @property
    def primary(self) -> Calendar | None:
        """The primary calendar, else the first."""
        return self.calendars[0] if self.calendars else None


_is_primary = attrgetter("primary")


def connected_user(tx: Transaction, user_id: int) -> User:
    """The user with that id. Raises NotFound."""
    user = tx[USERS].get(user_id)
    if user is None:
        raise NotFound("User not found")
    return user


def own_credential(tx: Transaction, user_id: int, credential_id: int) -> Credential:
    """The user's credential with that id. Raises NotFound."""
    credential = tx[CREDENTIALS].get(credential_id)
    if credential is None or credential.user_id != user_id:
        raise NotFound(CREDENTIALS_NOT_FOUND)
    return credential


def connections_of(tx: Transaction, user: User) -> list[Connection]:
    """All connections of a user, sorted by the service's `dirName`; delegated ones before the user's own."""
    delegated = list(_delegated(tx, user))
    slugs = {connection.integration.slug for connection in delegated}
    own = [
        _connection(tx, credential)
        for credential in tx[CREDENTIALS].find(user_id=user.id)
        if credential.type in INTEGRATIONS
    ]
    kept = [
        connection
        for connection in own
        if not (connection.integration.slug in slugs and _is_own_mailbox(connection, user))
    ]
    return sorted([*delegated, *kept], key=lambda connection: connection.integration.dir_name)


def check_connection(tx: Transaction, user_id: int, type_: str) -> None:
    """Checks that the user's first connection of an integration works. Reconciles the destination calendar.

    Raises BadRequest without valid credentials, and Unauthorized where the service does not list the calendars.
    """
    messages = CHECK_MESSAGES[type_]
    credential = tx[CREDENTIALS].first(user_id=user_id, type=type_)
    if credential is None:
        raise BadRequest(messages.not_found)
    if credential.invalid:
        raise BadRequest(messages.invalid)
    user = connected_user(tx, user_id)
    connections = connections_of(tx, user)
    reconcile_destination(tx, user, connections)
    # A user with a credential has such a connection: only one of a delegation takes its place.
    connection = next(connection for connection in connections if connection.integration.type == type_)
    if connection.error is not None:
        raise Unauthorized(connection.error)


def reconcile_destination(
    tx: Transaction, user: User, connections: list[Connection]
) -> tuple[DestinationCalendar | None, bool]:
    """Creates, repairs or removes the user's destination calendar so that it matches the connections.

    Returns the row, and whether it was valid already. A repair keeps the credential columns.
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
    return tx[DESTINATION_CALENDARS].update(row.id, **_destination_fields(first), updated_at=tx.now), False


def save_destination(tx: Transaction, fields: Mapping[str, str | int | None], **owner: int) -> DestinationCalendar:
    """Creates or updates the destination calendar of an owner (`user_id=` or `event_type_id=`)."""
    row = tx[DESTINATION_CALENDARS].first(**owner)
    if row is None:
        return tx[DESTINATION_CALENDARS].create(**owner, **fields, created_at=tx.now, updated_at=tx.now)
    return tx[DESTINATION_CALENDARS].update(row.id, **fields, updated_at=tx.now)


def find_calendar(
    connections: list[Connection], integration: str, external_id: str, delegation_credential_id: str | None = None
) -> tuple[Connection, Calendar] | None:
    """The writable calendar with these ids; or that of a delegation credential, even if it is read-only."""
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
    """The e-mail address of a connection's first primary calendar."""
    for connection in connections:
        for calendar in connection.calendars:
            if calendar.primary and connection.credential_id == credential_id:
                return calendar.email
    return None


def delegations_of(tx: Transaction, user: User) -> Iterator[DelegationCredential]:
    """The enabled delegation credentials of the user's organizations for the domain of the user's e-mail address."""
    domain = domain_of(user.email)
    for delegation in tx[DELEGATION_CREDENTIALS].find(domain=domain):
        if delegation.enabled and tx[MEMBERSHIPS].first(user_id=user.id, team_id=delegation.organization_id):
            yield delegation


def delegated_type(tx: Transaction, delegation: DelegationCredential) -> str | None:
    """The integration that a delegation credential gives access to; None for platforms without calendars."""
    return BY_PROVIDER.get(tx[WORKSPACE_PLATFORMS].require(delegation.workspace_platform_id).slug)


def _delegated(tx: Transaction, user: User) -> Iterator[Connection]:
    for delegation in delegations_of(tx, user):
        type_ = delegated_type(tx, delegation)
        if type_ is None:
            continue
        account = tx[ACCOUNTS].first(integration=type_, name=user.email)
        calendars, error = _listed(tx, type_, account) if account else ((_mailbox(user, type_),), None)
        yield Connection(INTEGRATIONS[type_], DELEGATED_CREDENTIAL_ID, delegation.id, calendars, error)


def _mailbox(user: User, type_: str) -> Calendar:
    """The mailbox of a user who has no simulated account at the workspace yet."""
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
    has_primary = type_ != APPLE  # Apple never marks a calendar as primary.
    listed = [
        Calendar(row.external_id, row.name, has_primary and row.primary, row.read_only, row.email, type_)
        for row in tx[ACCOUNT_CALENDARS].find(account_id=account.id)
    ]
    listed.sort(key=_is_primary, reverse=True)
    return tuple(listed), None if listed else NO_PRIMARY


def _feeds(credential: Credential) -> tuple[Calendar, ...]:
    feeds = (credential.key or {}).get("feeds", [])
    return tuple(Calendar(feed["url"], feed["name"], False, True, None, None) for feed in feeds)


def _is_own_mailbox(connection: Connection, user: User) -> bool:
    return connection.primary is not None and connection.primary.email == user.email


def _default_destination(tx: Transaction, user: User, first: Connection) -> DestinationCalendar:
    owner: dict[str, int | str | None] = {}
    if first.primary is not None:
        if first.credential_id == DELEGATED_CREDENTIAL_ID:
            owner["delegation_credential_id"] = first.delegation_credential_id
        else:
            owner["credential_id"] = first.credential_id
    fields = {**_destination_fields(first.primary), **owner}
    return tx[DESTINATION_CALENDARS].create(user_id=user.id, **fields, created_at=tx.now, updated_at=tx.now)


def _destination_fields(calendar: Calendar | None) -> dict[str, str | None]:
    """The columns of a destination for a calendar; empty for a connection that lists none."""
    if calendar is None:
        return {"integration": "", "external_id": "", "primary_email": None}
    return {
        "integration": calendar.integration or "",
        "external_id": calendar.external_id,
        "primary_email": calendar.email,
    }

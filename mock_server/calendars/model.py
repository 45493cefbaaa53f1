"""Connections to calendar services, what is chosen among their calendars, and the simulated accounts behind them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

LONG = timedelta(days=1)
"""What lasts longer is found by other means than what lasts a day at most."""

Extent = Literal["short", "long", "repeated"]

DELEGATED_CREDENTIAL_ID = -1
"""The credential id that calendars of a delegation credential show."""


class Credential(Entity):
    """One connection of a user or a team to an app. `account_id` is the simulated account that it opens."""

    id: int
    type: str
    app_id: str | None = None
    key: dict[str, Any] | None = None
    user_id: int | None = None
    team_id: int | None = None
    account_id: int | None = None
    invalid: bool = False


class SelectedCalendar(Entity):
    """A calendar that is checked for conflicts. This API only knows those of users, not of event types."""

    id: str
    user_id: int
    integration: str
    external_id: str
    credential_id: int | None = None
    delegation_credential_id: str | None = None


class DestinationCalendar(Entity):
    """Where bookings are written: of a user, or of an event type."""

    id: int
    integration: str
    external_id: str
    primary_email: str | None = None
    user_id: int | None = None
    event_type_id: int | None = None
    credential_id: int | None = None
    delegation_credential_id: str | None = None


class WorkspacePlatform(Entity):
    """A workspace product whose accounts an organization can open for all its people."""

    id: int
    slug: str
    name: str
    description: str = ""
    enabled: bool = True


class DelegationCredential(Entity):
    """An organization's access to all accounts of its workspace's domain."""

    id: str
    workspace_platform_id: int
    organization_id: int
    domain: str
    service_account_key: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    enabled: bool = False


class Account(Entity):
    """A simulated account at a calendar service. `failure` is what the service answers instead of calendars."""

    id: int
    integration: str
    name: str
    failure: str | None = None


class AccountCalendar(Entity):
    """A calendar of a simulated account."""

    id: int
    account_id: int
    external_id: str
    name: str
    primary: bool = False
    read_only: bool = False
    email: str | None = None


class BusyEvent(Entity):
    """A time at which a simulated calendar is busy: once, or repeated by an iCalendar rule in a time zone."""

    id: int
    calendar_id: int
    start: datetime
    end: datetime
    title: str | None = None
    recurrence: str | None = None
    time_zone: str = "UTC"

    @property
    def extent(self) -> Extent:
        """How the times at which the event makes busy are found."""
        if self.recurrence is not None:
            return "repeated"
        return "short" if self.end - self.start <= LONG else "long"


class CatalogueEvent(msgspec.Struct, frozen=True):
    """A busy time of a calendar in the catalogue; the fields are those of a BusyEvent."""

    start: datetime
    end: datetime
    title: str | None = None
    recurrence: str | None = None
    time_zone: str = "UTC"


class CatalogueCalendar(msgspec.Struct, frozen=True):
    """A calendar of a new account. In `external_id`, `{account}` stands for the account's name, `{digits}` and
    `{token}` for digits and letters that no other account has."""

    external_id: str
    name: str
    primary: bool = False
    read_only: bool = False
    busy: tuple[CatalogueEvent, ...] = ()


class CatalogueAccount(Entity):
    """What an account that is connected for the first time has at a calendar service."""

    integration: str
    calendars: tuple[CatalogueCalendar, ...]


class Feed(Entity):
    """An ICS feed: served at ``/_sandbox/feeds/<name>.ics``, and found at `url` too if that is set."""

    name: str
    text: str
    url: str | None = None


CREDENTIALS = Collection(
    "credentials",
    Credential,
    indexes=(Index(("user_id", "type")), Index(("team_id", "type"))),
    references=(
        Reference("user_id", "users"),
        Reference("team_id", "teams"),
        Reference("account_id", "accounts", "set null"),
    ),
)
SELECTED_CALENDARS = Collection(
    "selected_calendars",
    SelectedCalendar,
    unique=(("user_id", "integration", "external_id"),),
    indexes=(Index(("user_id", "external_id")),),
    references=(
        Reference("user_id", "users"),
        Reference("credential_id", "credentials"),
        Reference("delegation_credential_id", "delegation_credentials"),
    ),
)
DESTINATION_CALENDARS = Collection(
    "destination_calendars",
    DestinationCalendar,
    unique=(("user_id",), ("event_type_id",)),
    references=(
        Reference("user_id", "users"),
        Reference("event_type_id", "event_types"),
        Reference("credential_id", "credentials"),
        Reference("delegation_credential_id", "delegation_credentials"),
    ),
)
WORKSPACE_PLATFORMS = Collection("workspace_platforms", WorkspacePlatform, unique=(("slug",),))
DELEGATION_CREDENTIALS = Collection(
    "delegation_credentials",
    DelegationCredential,
    unique=(("organization_id", "domain"),),
    indexes=(Index(("domain",)),),
    references=(
        Reference("organization_id", "teams"),
        Reference("workspace_platform_id", "workspace_platforms", "restrict"),
    ),
)
ACCOUNTS = Collection("accounts", Account, unique=(("integration", "name"),), indexes=(Index(("integration",)),))
CATALOGUE = Collection("account_catalogue", CatalogueAccount, key="integration")
FEEDS = Collection("feeds", Feed, key="name", unique=(("url",),))
ACCOUNT_CALENDARS = Collection(
    "account_calendars",
    AccountCalendar,
    unique=(("account_id", "external_id"),),
    references=(Reference("account_id", "accounts"),),
)
BUSY_EVENTS = Collection(
    "busy_events",
    BusyEvent,
    indexes=(Index(("calendar_id", "extent"), order_by=("start",)),),
    references=(Reference("calendar_id", "account_calendars"),),
)

COLLECTIONS = (
    CREDENTIALS,
    SELECTED_CALENDARS,
    DESTINATION_CALENDARS,
    WORKSPACE_PLATFORMS,
    DELEGATION_CREDENTIALS,
    ACCOUNTS,
    ACCOUNT_CALENDARS,
    BUSY_EVENTS,
    CATALOGUE,
    FEEDS,
)

"""Connections to calendar services, selected and destination calendars, and the simulated accounts behind them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from mock_server.calendars.recurrence import check_rule
from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

SHORT_EVENT_LIMIT = timedelta(days=1)
"""Up to this length, events are found through a range of an index; all longer ones of a calendar are scanned."""

Extent = Literal["short", "long", "repeated"]
ResponseStatus = Literal["accepted", "tentative", "declined", "needsAction"]
EventStatus = Literal["confirmed", "tentative", "cancelled"]

DELEGATED_CREDENTIAL_ID = -1
"""The credential id of calendars that come from a delegation credential."""


class Credential(Entity):
    """A connection of a user or a team to an app. `account_id` is the simulated account behind it."""

    id: int
    type: str
    app_id: str | None = None
    key: dict[str, Any] | None = None
    user_id: int | None = None
    team_id: int | None = None
    account_id: int | None = None
    invalid: bool = False


class SelectedCalendar(Entity):
    """A calendar that is checked for conflicts. In this API, only users have them, not event types."""

    id: str
    user_id: int
    integration: str
    external_id: str
    credential_id: int | None = None
    delegation_credential_id: str | None = None


class DestinationCalendar(Entity):
    """The calendar that bookings of a user or of an event type are written to."""

    id: int
    integration: str
    external_id: str
    primary_email: str | None = None
    user_id: int | None = None
    event_type_id: int | None = None
    credential_id: int | None = None
    delegation_credential_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class WorkspacePlatform(Entity):
    """A workspace product, such as Google Workspace, that delegation credentials are for."""

    id: int
    slug: str
    name: str
    description: str = ""
    enabled: bool = True


RotationFailure = Literal[
    "missing_permission",
    "tenant_lifetime_policy",
    "transient",
    "unknown",
    "pending_secret_mint_failed",
    "pending_secret_promotion_failed",
]
"""Why the secret of a Microsoft application was not replaced."""

MICROSOFT = "office365"
"""The short name of Microsoft's workspace platform."""


class DelegationCredential(Entity):
    """An organization's access to all accounts of its workspace domain.

    The secret of a Microsoft application expires, and is replaced before it does, unless the organization has opted
    out. `rotation_failure`: the error that the workspace returns to each attempt; `secret_rotation_blocked`: that has
    failed for good. Only world files set the pending secret.
    """

    id: str
    workspace_platform_id: int
    organization_id: int
    domain: str
    service_account_key: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    enabled: bool = False
    opt_out_auto_secret_rotation: bool = False
    secret_expires_at: datetime | None = None
    secret_rotation_blocked: bool = False
    secret_rotation_error_code: RotationFailure | None = None
    pending_secret_created_at: datetime | None = None
    pending_secret_expires_at: datetime | None = None
    rotation_failure: RotationFailure | None = None


class Account(Entity):
    """A simulated account at a calendar service. `failure` is the error that the service returns."""

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
    """A time at which a simulated calendar is busy: once, or repeated by an iCalendar rule in a time zone.

    With `is_free` the event is in the calendar, but does not block its time: it was cancelled there.
    """

    id: int
    calendar_id: int
    start: datetime
    end: datetime
    title: str | None = None
    recurrence: str | None = None
    time_zone: str = "UTC"
    is_free: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for an invalid recurrence."""
        if self.recurrence is not None:
            check_rule(self.recurrence)

    @property
    def extent(self) -> Extent:
        """The index partition that the event is found in."""
        if self.recurrence is not None:
            return "repeated"
        return "short" if self.end - self.start <= SHORT_EVENT_LIMIT else "long"


class EventAttendee(msgspec.Struct, frozen=True, kw_only=True):
    """An attendee of a calendar event. The flags are None where the calendar service does not set them."""

    email: str
    name: str | None = None
    response_status: ResponseStatus = "needsAction"
    is_self: bool | None = None
    is_optional: bool | None = None
    is_host: bool | None = None


class EventTime(msgspec.Struct, frozen=True):
    """A start or an end in the form of the calendar service: an ISO 8601 text with its offset, and a time zone."""

    text: str
    time_zone: str


class CalendarEvent(Entity):
    """What a calendar service shows of a booking that was written to it; the id is the service's own.

    `busy_event_id` is the time that the event takes. `is_moved` is true once its time was changed in the calendar
    instead of by the booking.
    """

    id: str
    busy_event_id: int
    title: str
    start: EventTime
    end: EventTime
    owner_email: str
    description: str | None = None
    location: str | None = None
    attendees: tuple[EventAttendee, ...] = ()
    status: EventStatus = "confirmed"
    is_moved: bool = False


class CatalogueEvent(msgspec.Struct, frozen=True):
    """A busy event of a catalogue calendar, with the fields of a BusyEvent."""

    start: datetime
    end: datetime
    title: str | None = None
    recurrence: str | None = None
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        """Raises ValueError for an invalid recurrence."""
        if self.recurrence is not None:
            check_rule(self.recurrence)


class CatalogueCalendar(msgspec.Struct, frozen=True):
    """A calendar of a new account.

    In `external_id`, `{account}` is replaced by the account's name, `{digits}` and `{token}` by digits and letters that
    are unique to the account.
    """

    external_id: str
    name: str
    primary: bool = False
    read_only: bool = False
    busy: tuple[CatalogueEvent, ...] = ()


class CatalogueAccount(Entity):
    """The initial content of new accounts at a calendar service."""

    integration: str
    calendars: tuple[CatalogueCalendar, ...]


class Feed(Entity):
    """An ICS feed, served at ``/_sandbox/feeds/<name>.ics``. If `url` is set, it stands in for that address."""

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
    indexes=(Index(("domain",)), Index(("organization_id",), ("created_at",))),
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
CALENDAR_EVENTS = Collection(
    "calendar_events",
    CalendarEvent,
    unique=(("busy_event_id",),),
    references=(Reference("busy_event_id", "busy_events"),),
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
    CALENDAR_EVENTS,
    CATALOGUE,
    FEEDS,
)

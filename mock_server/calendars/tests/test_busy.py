"""Busy times of a user's calendars, and bookings that are written to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.areas import schema
from mock_server.calendars.accounts import open_account
from mock_server.calendars.busy import (
    busy_times_of,
    destination_of,
    has_failing_calendar,
    remove_booking_event,
    write_booking_event,
)
from mock_server.calendars.connections import connections_of, reconcile_destination
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    ACCOUNTS,
    BUSY_EVENTS,
    CATALOGUE,
    CREDENTIALS,
    DELEGATION_CREDENTIALS,
    DESTINATION_CALENDARS,
    SELECTED_CALENDARS,
    CatalogueAccount,
    CatalogueCalendar,
    CatalogueEvent,
    DelegationCredential,
    DestinationCalendar,
    SelectedCalendar,
)
from mock_server.calendars.operations.calendars import BUSY_TIMES_FAILED, list_busy_times
from mock_server.identity.model import USERS, User
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.changes import edition_named, read_changes
from mock_server.runtime.errors import ProviderFailed
from mock_server.state.edition import NEWEST, OLDEST
from mock_server.state.transaction import Transaction
from mock_server.worlds.loader import load_world

MONDAY = datetime(2025, 6, 2, tzinfo=UTC)
SUNDAY = MONDAY + timedelta(days=6)
GOOGLE, APPLE = 1, 3
SIDE_PROJECTS, READ_ONLY = 2, 3
OWNER = 1


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(load_world(schema()), MONDAY)


@pytest.fixture
def solo(tx: Transaction) -> User:
    """The user with connected calendars; lunch is on Wednesday from 11:00 to 12:00 UTC in summer."""
    return tx[USERS].require(4)


def busy(tx: Transaction, user: User) -> list[str]:
    return sorted(f"{each.start:%a %H:%M}" for each in busy_times_of(tx, user, MONDAY, SUNDAY))


def event(tx: Transaction, calendar_id: int, start: datetime, **length: float) -> None:
    tx[BUSY_EVENTS].create(calendar_id=calendar_id, start=start, end=start + timedelta(**length))


def destination(tx: Transaction, user: User) -> DestinationCalendar:
    reconcile_destination(tx, user, connections_of(tx, user))
    found = destination_of(tx, user.id)
    assert found is not None
    return found


def test_only_selected_calendars_are_busy(tx: Transaction, solo: User) -> None:
    event(tx, SIDE_PROJECTS, MONDAY, hours=1)
    assert busy(tx, solo) == ["Wed 11:00"]
    tx[SELECTED_CALENDARS].insert(
        SelectedCalendar(
            id="two",
            user_id=solo.id,
            integration="google_calendar",
            external_id=tx[ACCOUNT_CALENDARS].require(SIDE_PROJECTS).external_id,
            credential_id=GOOGLE,
        )
    )
    assert busy(tx, solo) == ["Mon 00:00", "Wed 11:00"]


def test_events_that_overlap_the_range_count(tx: Transaction, solo: User) -> None:
    event(tx, 1, MONDAY - timedelta(days=10), days=11)
    event(tx, 1, MONDAY - timedelta(hours=1), hours=2)
    event(tx, 1, MONDAY - timedelta(hours=2), hours=2)
    event(tx, 1, SUNDAY, hours=1)
    assert busy(tx, solo) == ["Fri 00:00", "Sun 23:00", "Wed 11:00"]


def test_a_failing_connection_has_no_busy_times(tx: Transaction, solo: User) -> None:
    tx[CREDENTIALS].update(GOOGLE, invalid=True)
    assert busy(tx, solo) == []
    tx[CREDENTIALS].update(GOOGLE, invalid=False)
    tx[ACCOUNTS].update(1, failure="The service is down")
    assert busy(tx, solo) == []


def test_a_booking_makes_its_destination_calendar_busy_until_it_is_removed(tx: Transaction, solo: User) -> None:
    tx[DESTINATION_CALENDARS].create(
        user_id=solo.id, integration="google_calendar", external_id="solo@example.com", credential_id=APPLE
    )
    hour = {"start": MONDAY, "end": MONDAY + timedelta(hours=1)}
    written = write_booking_event(tx, destination(tx, solo), solo, **hour, title="Call")
    assert written is not None
    [own] = [each for each in busy_times_of(tx, solo, MONDAY, SUNDAY) if each.event_id == written.id]
    assert (own.start, own.source) == (MONDAY, "google-calendar")

    remove_booking_event(tx, written.id)
    assert busy(tx, solo) == ["Wed 11:00"]
    remove_booking_event(tx, written.id)
    remove_booking_event(tx, None)


def test_bookings_are_not_written_to_read_only_or_unknown_calendars(tx: Transaction, solo: User) -> None:
    hour = {"start": MONDAY, "end": MONDAY + timedelta(hours=1)}
    for external_id in (tx[ACCOUNT_CALENDARS].require(READ_ONLY).external_id, "unknown"):
        target = DestinationCalendar(id=9, integration="google_calendar", external_id=external_id, credential_id=GOOGLE)
        assert write_booking_event(tx, target, solo, **hour, title="Call") is None


@pytest.fixture
def delegated(tx: Transaction) -> User:
    """The owner, whose mailbox is selected through a delegation credential."""
    tx[DELEGATION_CREDENTIALS].insert(
        DelegationCredential(
            id="delegation",
            workspace_platform_id=1,
            organization_id=1,
            domain="acme.example",
            service_account_key={},
            created_at=MONDAY,
            updated_at=MONDAY,
            enabled=True,
        )
    )
    owner = tx[USERS].require(OWNER)
    tx[SELECTED_CALENDARS].insert(
        SelectedCalendar(
            id="mailbox",
            user_id=OWNER,
            integration="google_calendar",
            external_id=owner.email,
            delegation_credential_id="delegation",
        )
    )
    return owner


def write_call(tx: Transaction, user: User) -> None:
    hour = {"start": MONDAY, "end": MONDAY + timedelta(hours=1)}
    assert write_booking_event(tx, destination(tx, user), user, **hour, title="Call") is not None


def test_bookings_are_written_to_a_delegated_mailbox(tx: Transaction, delegated: User) -> None:
    before = connections_of(tx, delegated)
    write_call(tx, delegated)
    assert busy(tx, delegated) == ["Mon 00:00"]
    assert connections_of(tx, delegated) == before

    tx[DELEGATION_CREDENTIALS].update("delegation", enabled=False)
    assert busy(tx, delegated) == []


def test_a_delegated_mailbox_can_fail(tx: Transaction, delegated: User) -> None:
    write_call(tx, delegated)
    assert not has_failing_calendar(tx, delegated)
    account = tx[ACCOUNTS].first(integration="google_calendar", name=delegated.email)
    assert account is not None
    tx[ACCOUNTS].update(account.id, failure="unavailable")
    assert has_failing_calendar(tx, delegated)
    assert busy(tx, delegated) == []

    tx[DELEGATION_CREDENTIALS].update("delegation", enabled=False)
    assert not has_failing_calendar(tx, delegated), "the mailbox is not read"


def busy_times_of_failing_service(edition: str, *, invalid: bool = False) -> list[dict[str, object]]:
    tx = Transaction(load_world(schema(edition_named(edition, read_changes()))), MONDAY)
    credential = tx[CREDENTIALS].update(GOOGLE, invalid=invalid)
    tx[ACCOUNTS].update(credential.account_id, failure="unavailable")
    call = Call(tx, {}, {}, "http://sandbox.example")
    call.caller = Caller("api-key", 4)
    call.query = {
        "calendarsToLoad": [{"credentialId": GOOGLE, "externalId": "solo@example.com"}],
        "loggedInUsersTz": "UTC",
        "dateFrom": "2025-06-02",
        "dateTo": "2025-06-08",
    }
    return list_busy_times(call)


def test_busy_times_of_a_failing_service_are_refused_since_2026_03() -> None:
    assert busy_times_of_failing_service(OLDEST) == []
    with pytest.raises(ProviderFailed, match=BUSY_TIMES_FAILED):
        busy_times_of_failing_service(NEWEST)
    assert busy_times_of_failing_service(NEWEST, invalid=True) == [], "the service is not asked"


def test_an_event_types_own_destination_takes_precedence_over_the_users(tx: Transaction, solo: User) -> None:
    users = destination(tx, solo)
    event_type_id = 1
    assert destination_of(tx, solo.id, event_type_id) == users
    own = tx[DESTINATION_CALENDARS].create(
        event_type_id=event_type_id, integration="apple_calendar", external_id="x", credential_id=APPLE
    )
    assert destination_of(tx, solo.id, event_type_id) == own


@pytest.mark.parametrize("integration", ["google_calendar", "office365_calendar", "apple_calendar"])
def test_different_accounts_share_no_calendar(tx: Transaction, integration: str) -> None:
    first, second = (open_account(tx, integration, name) for name in ("ann@example.com", "bob@example.com"))
    ids = [
        [each.external_id for each in tx[ACCOUNT_CALENDARS].find(account_id=account.id)] for account in (first, second)
    ]
    assert ids[0]
    assert not set(ids[0]) & set(ids[1])
    assert open_account(tx, integration, "ann@example.com") == first


def test_a_new_account_has_the_content_of_the_catalogue(tx: Transaction) -> None:
    noon = MONDAY + timedelta(hours=12)
    lunch = CatalogueEvent(start=noon, end=noon + timedelta(hours=1), recurrence="FREQ=DAILY")
    calendar = CatalogueCalendar(external_id="{account}/only", name="Of {account}", read_only=True, busy=(lunch,))
    tx[CATALOGUE].delete("apple_calendar")
    tx[CATALOGUE].insert(CatalogueAccount(integration="apple_calendar", calendars=(calendar,)))
    account = open_account(tx, "apple_calendar", "ann@icloud.example")
    [created] = tx[ACCOUNT_CALENDARS].find(account_id=account.id)
    assert (created.external_id, created.name, created.read_only) == (
        "ann@icloud.example/only",
        "Of ann@icloud.example",
        True,
    )
    assert [each.recurrence for each in tx[BUSY_EVENTS].find(calendar_id=created.id, extent="repeated")] == [
        "FREQ=DAILY"
    ]

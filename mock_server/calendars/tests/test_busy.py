"""Busy times of a user's calendars, and bookings that are written to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.calendars.accounts import open_account, open_mailbox, primary_calendar
from mock_server.calendars.busy import (
    BusyTime,
    busy_times_of,
    credential_behind,
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
    FEEDS,
    SELECTED_CALENDARS,
    BusyEvent,
    CatalogueAccount,
    CatalogueCalendar,
    CatalogueEvent,
    DelegationCredential,
    DestinationCalendar,
    Feed,
    SelectedCalendar,
)
from mock_server.calendars.operations.calendars import BUSY_TIMES_FAILED, list_busy_times
from mock_server.identity.model import USERS, User
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.errors import ProviderFailed
from mock_server.state.edition import NEWEST, OLDEST
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world

MONDAY = datetime(2025, 6, 2, tzinfo=UTC)
SUNDAY = MONDAY + timedelta(days=6)
GOOGLE, APPLE = 1, 3
SIDE_PROJECTS, READ_ONLY = 2, 3
OWNER = 1


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), MONDAY)


@pytest.fixture
def solo(tx: Transaction) -> User:
    """The user with connected calendars; lunch is on Wednesday from 11:00 to 12:00 UTC in summer."""
    return tx[USERS].require(4)


def busy(tx: Transaction, user: User) -> list[str]:
    return sorted(f"{each.start:%a %H:%M}" for each in busy_times_of(tx, user, MONDAY, SUNDAY))


def event(tx: Transaction, calendar_id: int, start: datetime, **length: float) -> None:
    tx[BUSY_EVENTS].create(calendar_id=calendar_id, start=start, end=start + timedelta(**length))


def details(times: list[BusyTime]) -> list[tuple[str, str, str | None, str | None, bool]]:
    """Start, end, source and title of busy times, and whether they name an event, in the order of their starts."""
    return [
        (f"{each.start:%d %H:%M}", f"{each.end:%d %H:%M}", each.source, each.title, each.event_id is not None)
        for each in sorted(times, key=lambda each: each.start)
    ]


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
    event(tx, 1, SUNDAY, days=2)
    assert busy(tx, solo) == ["Fri 00:00", "Sun 23:00", "Wed 11:00"]


def test_busy_times_say_which_event_of_which_service_they_come_from(tx: Transaction, solo: User) -> None:
    noon = MONDAY + timedelta(hours=12)
    once = tx[BUSY_EVENTS].create(calendar_id=1, start=noon, end=noon + timedelta(minutes=30), title="Dentist")
    found = busy_times_of(tx, solo, MONDAY, SUNDAY)
    assert details(found) == [
        ("02 12:00", "02 12:30", "google-calendar", "Dentist", True),
        ("04 11:00", "04 12:00", "google-calendar", "Lunch", True),
    ]
    lunch = tx[BUSY_EVENTS].find(calendar_id=1, extent="repeated")
    assert {each.event_id for each in found} == {once.id, *(each.id for each in lunch)}


@pytest.mark.parametrize(
    ("low", "high", "is_busy"),
    [("10:00", "11:00", False), ("10:00", "11:01", True), ("11:59", "13:00", True), ("12:00", "13:00", False)],
)
def test_events_and_occurrences_that_only_touch_the_range_do_not_count(
    tx: Transaction, solo: User, low: str, high: str, is_busy: bool
) -> None:
    for day in (3, 4):  # Lunch is repeated on Wednesdays.
        if day == 3:
            event(tx, 1, datetime(2025, 6, day, 11, tzinfo=UTC), hours=1)
        bounds = [datetime.fromisoformat(f"2025-06-{day:02}T{clock}+00:00") for clock in (low, high)]
        assert bool(busy_times_of(tx, solo, *bounds)) == is_busy


def test_events_that_were_cancelled_in_the_calendar_are_free(tx: Transaction, solo: User) -> None:
    event(tx, 1, MONDAY, hours=1)
    [cancelled] = [each for each in tx[BUSY_EVENTS].find(calendar_id=1) if each.start == MONDAY]
    tx[BUSY_EVENTS].update(cancelled.id, is_free=True)
    assert busy(tx, solo) == ["Wed 11:00"]


def test_the_recurrence_of_an_event_may_end() -> None:
    CatalogueEvent(start=MONDAY, end=SUNDAY, recurrence="FREQ=DAILY;UNTIL=20300101T000000Z")


@pytest.mark.parametrize("kind", [BusyEvent, CatalogueEvent])
@pytest.mark.parametrize("rule", ["", "FREQ=SOMETIMES", "FREQ=DAILY;INTERVAL=0"])
def test_events_with_an_invalid_recurrence_are_refused(kind: type[BusyEvent | CatalogueEvent], rule: str) -> None:
    fields = {"start": MONDAY, "end": SUNDAY, "recurrence": rule}
    with pytest.raises(ValueError, match=r"."):
        kind(**fields, **({"id": 1, "calendar_id": 1} if kind is BusyEvent else {}))


FEED_URL = "https://feeds.example.com/shifts.ics"
SHIFTS = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n"
    "BEGIN:VEVENT\nUID:1\nSUMMARY:Shift\nDTSTART:20250603T080000Z\nDTEND:20250603T090000Z\n"
    "RRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n"
)


def select_feed(tx: Transaction, user: User, url: str) -> None:
    feeds = {"feeds": [{"url": FEED_URL}]}
    credential = tx[CREDENTIALS].create(type="ics-feed_calendar", app_id="ics-feed", user_id=user.id, key=feeds)
    tx[SELECTED_CALENDARS].insert(
        SelectedCalendar(
            id="feed", user_id=user.id, integration="ics-feed_calendar", external_id=url, credential_id=credential.id
        )
    )


def test_events_of_a_connected_feed_are_busy(tx: Transaction) -> None:
    owner = tx[USERS].require(OWNER)
    select_feed(tx, owner, FEED_URL)
    assert busy_times_of(tx, owner, MONDAY, SUNDAY) == []
    tx[FEEDS].insert(Feed(name="mine", text=SHIFTS, url=FEED_URL))
    assert details(busy_times_of(tx, owner, MONDAY, SUNDAY)) == [("03 08:00", "03 09:00", "ics-feed", "Shift", False)]
    assert details(busy_times_of(tx, owner, SUNDAY, SUNDAY + timedelta(days=7))) == [
        ("10 08:00", "10 09:00", "ics-feed", "Shift", False)
    ]
    tx[FEEDS].update("mine", text="not a calendar")
    assert busy_times_of(tx, owner, MONDAY, SUNDAY) == []


def test_a_feed_that_the_connection_does_not_name_is_not_read(tx: Transaction) -> None:
    owner, other = tx[USERS].require(OWNER), "https://feeds.example.com/others.ics"
    select_feed(tx, owner, other)
    tx[FEEDS].insert(Feed(name="others", text=SHIFTS, url=other))
    assert busy_times_of(tx, owner, MONDAY, SUNDAY) == []
    [credential] = tx[CREDENTIALS].find(user_id=OWNER, type="ics-feed_calendar")
    for key in ({}, None):
        tx[CREDENTIALS].update(credential.id, key=key)
        assert busy_times_of(tx, owner, MONDAY, SUNDAY) == []


def test_a_selected_calendar_fails_if_its_service_does(tx: Transaction, solo: User) -> None:
    assert not has_failing_calendar(tx, solo)
    tx[ACCOUNTS].update(tx[CREDENTIALS].require(GOOGLE).account_id, failure="unavailable")
    assert has_failing_calendar(tx, solo)
    tx[CREDENTIALS].update(GOOGLE, invalid=True)
    assert not has_failing_calendar(tx, solo), "the service is not asked"


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
    assert (own.start, own.source, own.title) == (MONDAY, "google-calendar", "Call")
    opened_by = credential_behind(tx, written, solo)
    assert opened_by is not None
    assert opened_by.id == GOOGLE
    assert credential_behind(tx, written, tx[USERS].require(OWNER)) is None

    remove_booking_event(tx, written.id)
    assert busy(tx, solo) == ["Wed 11:00"]
    remove_booking_event(tx, written.id)
    remove_booking_event(tx, None)


def test_bookings_are_not_written_to_read_only_or_unknown_calendars(tx: Transaction, solo: User) -> None:
    hour = {"start": MONDAY, "end": MONDAY + timedelta(hours=1)}
    for external_id in (tx[ACCOUNT_CALENDARS].require(READ_ONLY).external_id, "unknown"):
        target = DestinationCalendar(id=9, integration="google_calendar", external_id=external_id, credential_id=GOOGLE)
        assert write_booking_event(tx, target, solo, **hour, title="Call") is None


def test_bookings_are_not_written_through_invalid_connections_or_other_services(tx: Transaction, solo: User) -> None:
    hour = {"start": MONDAY, "end": MONDAY + timedelta(hours=1)}
    google = DestinationCalendar(
        id=9, integration="google_calendar", external_id="solo@example.com", credential_id=GOOGLE
    )
    apple = DestinationCalendar(
        id=9, integration="apple_calendar", external_id="solo@example.com", credential_id=GOOGLE
    )
    assert write_booking_event(tx, apple, solo, **hour, title="Call") is None
    tx[CREDENTIALS].update(GOOGLE, invalid=True)
    assert write_booking_event(tx, google, solo, **hour, title="Call") is None


def test_a_destination_may_refer_to_the_credential_of_another_user(tx: Transaction, solo: User) -> None:
    hour = {"start": MONDAY, "end": MONDAY + timedelta(hours=1)}
    target = DestinationCalendar(
        id=9, integration="google_calendar", external_id="solo@example.com", credential_id=GOOGLE
    )
    owner = tx[USERS].require(OWNER)
    assert write_booking_event(tx, target, owner, **hour, title="Call") is not None
    without = DestinationCalendar(id=9, integration="google_calendar", external_id="solo@example.com")
    assert write_booking_event(tx, without, owner, **hour, title="Call") is None
    assert write_booking_event(tx, without, solo, **hour, title="Call") is not None


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
    assert details(busy_times_of(tx, delegated, MONDAY, SUNDAY)) == [
        ("02 00:00", "02 01:00", "google-calendar", "Call", True)
    ]
    assert connections_of(tx, delegated) == before

    tx[DELEGATION_CREDENTIALS].update("delegation", enabled=False)
    assert busy(tx, delegated) == []


def test_bookings_are_not_written_through_a_disabled_delegation(tx: Transaction, delegated: User) -> None:
    target = destination(tx, delegated)
    assert target.delegation_credential_id == "delegation"
    tx[DELEGATION_CREDENTIALS].update("delegation", enabled=False)
    hour = {"start": MONDAY, "end": MONDAY + timedelta(hours=1)}
    assert write_booking_event(tx, target, delegated, **hour, title="Call") is None


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
    tx = Transaction(default_world(edition), MONDAY)
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


def test_a_user_does_not_have_the_destination_of_another_user(tx: Transaction, solo: User) -> None:
    destination(tx, solo)
    assert destination_of(tx, OWNER) is None


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


def test_the_address_of_a_google_calendar_is_its_id_and_others_have_their_accounts(tx: Transaction) -> None:
    google, microsoft = (
        open_account(tx, integration, "ann@example.com") for integration in ("google_calendar", "office365_calendar")
    )
    for calendar in tx[ACCOUNT_CALENDARS].find(account_id=google.id):
        assert calendar.email == calendar.external_id
    assert {each.email for each in tx[ACCOUNT_CALENDARS].find(account_id=microsoft.id)} == {"ann@example.com"}


def test_an_account_has_no_calendars_without_a_catalogue(tx: Transaction) -> None:
    tx[CATALOGUE].delete("apple_calendar")
    account = open_account(tx, "apple_calendar", "ann@icloud.example")
    assert tx[ACCOUNT_CALENDARS].find(account_id=account.id) == []
    assert primary_calendar(tx, account) is None


def test_ids_in_the_catalogue_may_have_digits_and_letters_that_only_depend_on_the_account(tx: Transaction) -> None:
    calendar = CatalogueCalendar(external_id="{digits}", name="{token}")
    tx[CATALOGUE].update("apple_calendar", calendars=(calendar,))
    account = open_account(tx, "apple_calendar", "ann@icloud.example")
    [created] = tx[ACCOUNT_CALENDARS].find(account_id=account.id)
    assert (created.external_id, created.name) == ("86725296448", "b7a5e09de46b145ec2a8")


def test_a_mailbox_has_its_own_calendar_once(tx: Transaction) -> None:
    mailbox = open_mailbox(tx, "google_calendar", "ann@acme.example", "Ann")
    assert open_mailbox(tx, "google_calendar", "ann@acme.example", "Anna") == mailbox
    [only] = tx[ACCOUNT_CALENDARS].find(account_id=mailbox.id)
    assert only == primary_calendar(tx, mailbox)
    assert (only.external_id, only.name, only.primary, only.email) == (
        "ann@acme.example",
        "Ann",
        True,
        "ann@acme.example",
    )

"""The destination calendar of an event type: which calendars it may be, and what is stored."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.tests.builders import ACME, OWNER, SOLO, add_event_type, begin
from mock_server.calendars.integrations import GOOGLE, OFFICE365
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    CREDENTIALS,
    DELEGATION_CREDENTIALS,
    DESTINATION_CALENDARS,
    DelegationCredential,
)
from mock_server.event_types.destinations import (
    NO_PRIMARY_CALENDAR,
    READ_ONLY_CALENDAR,
    UNKNOWN_CALENDAR,
    check_destination,
    own_destination_of,
    set_destination,
)
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return begin()


def calendar(external_id: str, integration: str = GOOGLE) -> dict[str, str]:
    return {"integration": integration, "externalId": external_id}


OWN, HOLIDAYS = calendar("solo@example.com"), calendar("en.uk#holiday@group.v.calendar.google.com")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, None),
        ({"destinationCalendar": OWN}, None),
        ({"destinationCalendar": OWN, "useDestinationCalendarEmail": True}, None),
        ({"destinationCalendar": calendar("unknown")}, UNKNOWN_CALENDAR),
        ({"destinationCalendar": calendar("solo@example.com", OFFICE365)}, UNKNOWN_CALENDAR),
        ({"destinationCalendar": {}}, UNKNOWN_CALENDAR),
        ({"destinationCalendar": HOLIDAYS}, READ_ONLY_CALENDAR),
    ],
)
def test_a_destination_is_a_writable_calendar_of_the_user(
    tx: Transaction, body: dict[str, Any], refusal: str | None
) -> None:
    user = tx[USERS].require(SOLO)
    if refusal is None:
        check_destination(tx, user, body)
        return
    with pytest.raises(BadRequest) as refused:
        check_destination(tx, user, body)
    assert refused.value.message == refusal


def test_the_address_of_the_destination_needs_a_primary_calendar(tx: Transaction) -> None:
    for primary in (1, 4):
        tx[ACCOUNT_CALENDARS].update(primary, primary=False)
    user, home = tx[USERS].require(SOLO), "https://caldav.icloud.com/26962146906/calendars/home/"
    check_destination(tx, user, {"destinationCalendar": calendar(home, "apple_calendar")})
    for more in ({}, {"destinationCalendar": calendar(home, "apple_calendar")}):
        with pytest.raises(BadRequest) as refused:
            check_destination(tx, user, {"useDestinationCalendarEmail": True, **more})
        assert refused.value.message == NO_PRIMARY_CALENDAR
    check_destination(tx, user, {"useDestinationCalendarEmail": False})


def test_a_destination_is_stored_with_its_connection(tx: Transaction) -> None:
    event_type, other = add_event_type(tx), add_event_type(tx)
    side = calendar("side-projects@group.calendar.google.com")
    set_destination(tx, tx[USERS].require(SOLO), event_type, side)
    stored = own_destination_of(tx, event_type)
    assert stored is not None
    assert (stored.integration, stored.external_id) == (GOOGLE, side["externalId"])
    assert (stored.credential_id, stored.delegation_credential_id) == (1, None)
    assert stored.primary_email == "solo@example.com"
    assert stored.user_id is None
    assert own_destination_of(tx, other) is None
    assert tx[DESTINATION_CALENDARS].first(user_id=SOLO) is None


def test_a_destination_in_a_delegated_mailbox_names_the_delegation_alone(tx: Transaction) -> None:
    tx[DELEGATION_CREDENTIALS].insert(
        DelegationCredential(
            id="delegation",
            workspace_platform_id=1,
            organization_id=ACME,
            domain="acme.example",
            service_account_key={},
            created_at=tx.now,
            updated_at=tx.now,
            enabled=True,
        )
    )
    event_type = add_event_type(tx, user_id=OWNER)
    set_destination(tx, tx[USERS].require(OWNER), event_type, calendar("owner@acme.example"))
    stored = own_destination_of(tx, event_type)
    assert stored is not None
    assert (stored.credential_id, stored.delegation_credential_id) == (None, "delegation")
    assert stored.primary_email == "owner@acme.example"


def test_of_several_connections_that_list_a_calendar_a_writable_one_counts(tx: Transaction) -> None:
    account = tx[CREDENTIALS].require(2).account_id
    tx[CREDENTIALS].update(2, type=GOOGLE)
    tx[ACCOUNT_CALENDARS].create(account_id=account, external_id=HOLIDAYS["externalId"], name="Copy")
    event_type = add_event_type(tx)
    user = tx[USERS].require(SOLO)
    check_destination(tx, user, {"destinationCalendar": HOLIDAYS})
    set_destination(tx, user, event_type, HOLIDAYS)
    stored = own_destination_of(tx, event_type)
    assert stored is not None
    assert stored.credential_id == 2

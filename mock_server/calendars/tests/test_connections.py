"""Reconciling the destination calendar with the connections, and connections that fail."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.areas import schema
from mock_server.calendars.connections import NO_PRIMARY, connections_of, reconcile_destination
from mock_server.calendars.model import ACCOUNT_CALENDARS, ACCOUNTS, CREDENTIALS, DESTINATION_CALENDARS
from mock_server.calendars.views import connection_view
from mock_server.identity.model import USERS, User
from mock_server.state.transaction import Transaction
from mock_server.worlds.loader import load_world

APPLE, OFFICE = 3, 2


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(load_world(schema()), datetime(2025, 6, 2, tzinfo=UTC))


@pytest.fixture
def solo(tx: Transaction) -> User:
    """The user with connected calendars."""
    return tx[USERS].require(4)


def test_connections_are_sorted_by_the_services_directory_names(tx: Transaction, solo: User) -> None:
    types = [each.integration.type for each in connections_of(tx, solo)]
    assert types == ["apple_calendar", "google_calendar", "office365_calendar"]


def test_a_destination_that_no_longer_exists_is_repaired_but_keeps_its_credential(tx: Transaction, solo: User) -> None:
    tx[DESTINATION_CALENDARS].create(
        user_id=solo.id, integration="office365_calendar", external_id="gone", credential_id=OFFICE
    )
    row, was_valid = reconcile_destination(tx, solo, connections_of(tx, solo))
    assert row is not None
    assert (row.integration, row.credential_id, was_valid) == ("apple_calendar", OFFICE, False)
    assert reconcile_destination(tx, solo, connections_of(tx, solo)) == (row, True)


def test_a_destination_in_a_calendar_of_another_service_is_repaired(tx: Transaction, solo: User) -> None:
    [google] = [each for each in connections_of(tx, solo) if each.integration.type == "google_calendar"]
    known = google.calendars[0].external_id
    tx[DESTINATION_CALENDARS].create(user_id=solo.id, integration="office365_calendar", external_id=known)
    row, was_valid = reconcile_destination(tx, solo, connections_of(tx, solo))
    assert row is not None
    assert (row.integration, was_valid) == ("apple_calendar", False)


def test_the_default_destination_is_in_the_first_connection_even_if_that_fails(tx: Transaction, solo: User) -> None:
    tx[CREDENTIALS].update(APPLE, invalid=True)
    row, _ = reconcile_destination(tx, solo, connections_of(tx, solo))
    assert row is not None
    assert (row.integration, row.external_id, row.credential_id) == ("", "", None)


def test_without_connections_there_is_no_destination(tx: Transaction, solo: User) -> None:
    reconcile_destination(tx, solo, connections_of(tx, solo))
    for credential in tx[CREDENTIALS].find(user_id=solo.id):
        tx[CREDENTIALS].delete(credential.id)
    assert reconcile_destination(tx, solo, connections_of(tx, solo)) == (None, False)
    assert tx[DESTINATION_CALENDARS].first(user_id=solo.id) is None


def test_a_connection_without_calendars_shows_the_error(tx: Transaction, solo: User) -> None:
    tx[ACCOUNTS].update(2, failure="Too many requests")
    for calendar in tx[ACCOUNT_CALENDARS].find(account_id=3):
        tx[ACCOUNT_CALENDARS].delete(calendar.id)
    empty, _, failing = (connection_view(each, set()) for each in connections_of(tx, solo))
    assert empty["error"] == {"message": NO_PRIMARY}
    assert "delegationCredentialId" not in empty
    assert failing["error"] == {"message": "Too many requests"}
    assert failing["delegationCredentialId"] is None
    assert "calendars" not in failing

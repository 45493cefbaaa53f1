"""Reconciling the destination calendar with the connections, and connections that fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.calendars.connections import (
    NO_PRIMARY,
    REVOKED,
    Calendar,
    Connection,
    check_connection,
    connected_user,
    connections_of,
    find_calendar,
    own_credential,
    primary_email,
    reconcile_destination,
    save_destination,
)
from mock_server.calendars.integrations import GOOGLE, ICS_FEED, INTEGRATIONS, OFFICE365
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    ACCOUNTS,
    CREDENTIALS,
    DELEGATED_CREDENTIAL_ID,
    DELEGATION_CREDENTIALS,
    DESTINATION_CALENDARS,
    WORKSPACE_PLATFORMS,
    DelegationCredential,
)
from mock_server.calendars.views import connection_view
from mock_server.identity.model import USERS, User
from mock_server.runtime.errors import BadRequest, HttpError, NotFound, Unauthorized
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import add_membership
from mock_server.teams.model import TEAMS, Team
from mock_server.worlds.tests.loaded_world import default_world

GOOGLE_CREDENTIAL, OFFICE, APPLE = 1, 2, 3
OWNER, OTHER = 1, 3
MAILBOX = "owner@acme.example"


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), datetime(2025, 6, 2, tzinfo=UTC))


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


def test_a_destination_without_a_credential_ends_with_the_last_connection(tx: Transaction, owner: User) -> None:
    tx[DESTINATION_CALENDARS].create(user_id=OWNER, integration=GOOGLE, external_id="a")
    assert reconcile_destination(tx, owner, []) == (None, False)
    assert tx[DESTINATION_CALENDARS].first(user_id=OWNER) is None


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


# -- what connections list ------------------------------------------------------------------------------------------


def connection_with(tx: Transaction, user: User, type_: str) -> Connection:
    [found] = [connection for connection in connections_of(tx, user) if connection.integration.type == type_]
    return found


def test_a_connection_lists_the_calendars_of_its_account_and_the_primary_one_first(tx: Transaction, solo: User) -> None:
    primary = tx[ACCOUNT_CALENDARS].delete(1)
    tx[ACCOUNT_CALENDARS].insert(primary.changed(id=99))
    side = "side-projects@group.calendar.google.com"
    holidays = "en.uk#holiday@group.v.calendar.google.com"
    assert connection_with(tx, solo, GOOGLE) == Connection(
        INTEGRATIONS[GOOGLE],
        GOOGLE_CREDENTIAL,
        None,
        (
            Calendar("solo@example.com", "Solo", True, False, "solo@example.com", GOOGLE),
            Calendar(side, "Side projects", False, False, side, GOOGLE),
            Calendar(holidays, "Holidays in the UK", False, True, holidays, GOOGLE),
        ),
    )


def test_apple_marks_no_calendar_as_primary(tx: Transaction, solo: User) -> None:
    assert tx[ACCOUNT_CALENDARS].require(7).primary
    assert [calendar.primary for calendar in connection_with(tx, solo, "apple_calendar").calendars] == [False] * 3


def test_a_connection_with_a_revoked_token_lists_nothing(tx: Transaction, solo: User) -> None:
    tx[CREDENTIALS].update(OFFICE, invalid=True)
    assert connection_with(tx, solo, OFFICE365) == Connection(INTEGRATIONS[OFFICE365], OFFICE, None, (), REVOKED)


def test_a_connection_without_an_account_fails(tx: Transaction, solo: User) -> None:
    tx[CREDENTIALS].update(OFFICE, account_id=None)
    assert connection_with(tx, solo, OFFICE365).error == "Could not get connected calendars"


def test_feeds_are_read_only_calendars_without_integration(tx: Transaction, solo: User) -> None:
    feed = {"url": "https://example.com/a.ics", "name": "A"}
    credential = tx[CREDENTIALS].create(type=ICS_FEED, user_id=solo.id, key={"feeds": [feed]})
    listed = (Calendar("https://example.com/a.ics", "A", False, True, None, None),)
    assert connection_with(tx, solo, ICS_FEED) == Connection(INTEGRATIONS[ICS_FEED], credential.id, None, listed)


@pytest.mark.parametrize("key", [None, {}])
def test_a_feed_connection_may_be_empty(tx: Transaction, solo: User, key: dict[str, Any] | None) -> None:
    tx[CREDENTIALS].create(type=ICS_FEED, user_id=solo.id, key=key)
    assert connection_with(tx, solo, ICS_FEED).calendars == ()


# -- delegation -----------------------------------------------------------------------------------------------------


def delegate(tx: Transaction, **fields: Any) -> None:
    """Gives access to the mailboxes of a domain; by default, of Acme's in Google Workspace."""
    defaults: dict[str, Any] = {"id": "delegation", "workspace_platform_id": 1, "organization_id": 1}
    more: dict[str, Any] = {"domain": "acme.example", "service_account_key": {}, "enabled": True}
    tx[DELEGATION_CREDENTIALS].insert(
        DelegationCredential(created_at=tx.now, updated_at=tx.now, **{**defaults, **more, **fields})
    )


def delegated_connection(*calendars: Calendar, error: str | None = None) -> Connection:
    return Connection(INTEGRATIONS[GOOGLE], DELEGATED_CREDENTIAL_ID, "delegation", calendars, error)


@pytest.fixture
def owner(tx: Transaction) -> User:
    """The owner of Acme, who has no connections of their own."""
    return tx[USERS].require(OWNER)


@pytest.fixture
def other_organization(tx: Transaction) -> Team:
    """An organization that the owner of Acme does not belong to."""
    organization = tx[TEAMS].create(name="Globex", is_organization=True, created_at=tx.now)
    add_membership(tx, 4, organization.id, role="OWNER", accepted=True)
    return organization


def test_a_delegation_opens_the_mailbox_of_a_member(tx: Transaction, owner: User) -> None:
    delegate(tx)
    mailbox = Calendar(MAILBOX, owner.name, True, False, MAILBOX, GOOGLE)
    assert connections_of(tx, owner) == [delegated_connection(mailbox)]


def test_a_mailbox_without_a_name_is_called_by_its_address(tx: Transaction, owner: User) -> None:
    delegate(tx)
    [connection] = connections_of(tx, owner.changed(name=None))
    assert connection.calendars[0].name == MAILBOX


@pytest.mark.parametrize(
    "fields", [{"enabled": False}, {"domain": "example.com"}, {"organization_id": OTHER}, {"workspace_platform_id": 3}]
)
def test_a_delegation_that_does_not_apply_opens_nothing(
    tx: Transaction, owner: User, other_organization: Team, fields: dict[str, Any]
) -> None:
    assert other_organization.id == OTHER
    tx[WORKSPACE_PLATFORMS].create(slug="elsewhere", name="Elsewhere")
    delegate(tx, **fields)
    assert connections_of(tx, owner) == []


def test_a_platform_without_calendars_does_not_hide_the_next_delegation(
    tx: Transaction, owner: User, other_organization: Team
) -> None:
    add_membership(tx, OWNER, other_organization.id, role="MEMBER", accepted=True)
    tx[WORKSPACE_PLATFORMS].create(slug="elsewhere", name="Elsewhere")
    delegate(tx, id="a", workspace_platform_id=3)
    delegate(tx, organization_id=other_organization.id)
    assert [connection.delegation_credential_id for connection in connections_of(tx, owner)] == ["delegation"]


def test_a_delegation_lists_the_calendars_of_an_account_at_the_workspace(tx: Transaction, owner: User) -> None:
    delegate(tx)
    tx[ACCOUNTS].create(integration=OFFICE365, name=MAILBOX)
    tx[ACCOUNTS].create(integration=GOOGLE, name="other@acme.example")
    account = tx[ACCOUNTS].create(integration=GOOGLE, name=MAILBOX)
    tx[ACCOUNT_CALENDARS].create(account_id=account.id, external_id="team", name="Team", email=MAILBOX)
    assert connections_of(tx, owner) == [delegated_connection(Calendar("team", "Team", False, False, MAILBOX, GOOGLE))]
    tx[ACCOUNTS].update(account.id, failure="Quota exceeded")
    assert connections_of(tx, owner) == [delegated_connection(error="Quota exceeded")]


def test_a_connection_of_ones_own_to_the_delegated_mailbox_is_left_out(tx: Transaction, owner: User) -> None:
    own = {}
    for type_, address in ((GOOGLE, MAILBOX), (GOOGLE, "private@example.com"), (OFFICE365, MAILBOX)):
        account = tx[ACCOUNTS].create(integration=type_, name=address)
        tx[ACCOUNT_CALENDARS].create(account_id=account.id, external_id=address, name="A", primary=True, email=address)
        own[type_, address] = tx[CREDENTIALS].create(type=type_, user_id=OWNER, account_id=account.id).id
    failing = tx[CREDENTIALS].create(type=GOOGLE, user_id=OWNER, invalid=True).id
    tx[CREDENTIALS].create(type="stripe_payment", user_id=OWNER)
    kept = [own[GOOGLE, "private@example.com"], failing, own[OFFICE365, MAILBOX]]
    assert [connection.credential_id for connection in connections_of(tx, owner)] == [own[GOOGLE, MAILBOX], *kept]
    delegate(tx)
    assert [connection.credential_id for connection in connections_of(tx, owner)] == [DELEGATED_CREDENTIAL_ID, *kept]


# -- destination calendars ------------------------------------------------------------------------------------------


def test_the_default_destination_is_the_first_calendar_of_the_first_connection(tx: Transaction, solo: User) -> None:
    row, was_valid = reconcile_destination(tx, solo, connections_of(tx, solo))
    assert row == tx[DESTINATION_CALENDARS].first(user_id=solo.id)
    assert row is not None and not was_valid
    home = "https://caldav.icloud.com/26962146906/calendars/home/"
    assert (row.integration, row.external_id, row.primary_email) == ("apple_calendar", home, "solo@icloud.example")
    assert (row.credential_id, row.delegation_credential_id) == (APPLE, None)


def test_a_default_destination_in_a_delegated_mailbox_names_the_delegation(tx: Transaction, owner: User) -> None:
    delegate(tx)
    row, _ = reconcile_destination(tx, owner, connections_of(tx, owner))
    assert row is not None
    assert (row.external_id, row.credential_id, row.delegation_credential_id) == (MAILBOX, None, "delegation")


def test_a_default_destination_in_a_feed_has_no_integration(tx: Transaction, owner: User) -> None:
    feed = {"url": "https://example.com/a.ics", "name": "A"}
    tx[CREDENTIALS].create(type=ICS_FEED, user_id=OWNER, key={"feeds": [feed]})
    row, _ = reconcile_destination(tx, owner, connections_of(tx, owner))
    assert row is not None
    assert (row.integration, row.external_id, row.primary_email) == ("", "https://example.com/a.ics", None)


def test_an_owner_has_one_destination(tx: Transaction, solo: User) -> None:
    first = save_destination(tx, {"integration": GOOGLE, "external_id": "a"}, user_id=solo.id)
    of_event_type = save_destination(tx, {"integration": GOOGLE, "external_id": "b"}, event_type_id=1)
    changed = save_destination(tx, {"external_id": "c", "credential_id": GOOGLE_CREDENTIAL}, user_id=solo.id)
    assert changed == first.changed(external_id="c", credential_id=GOOGLE_CREDENTIAL)
    assert tx[DESTINATION_CALENDARS].first(user_id=solo.id) == changed
    assert tx[DESTINATION_CALENDARS].first(event_type_id=1) == of_event_type


@pytest.mark.parametrize(
    ("integration", "external_id", "delegation", "is_found"),
    [
        (GOOGLE, "solo@example.com", None, True),
        (OFFICE365, "solo@example.com", None, False),
        (GOOGLE, "nobody@example.com", None, False),
        (GOOGLE, "en.uk#holiday@group.v.calendar.google.com", None, False),
        (GOOGLE, "solo@example.com", "delegation", False),
        (OFFICE365, "AQMkADAwATM0MDAAMS1-family", None, True),
    ],
)
def test_a_writable_calendar_is_found_by_integration_and_id(
    tx: Transaction, solo: User, integration: str, external_id: str, delegation: str | None, is_found: bool
) -> None:
    found = find_calendar(connections_of(tx, solo), integration, external_id, delegation)
    assert (found is not None) == is_found
    if found is not None:
        connection, calendar = found
        assert (connection.integration.type, calendar.external_id) == (integration, external_id)


def test_a_delegated_calendar_is_found_even_if_it_is_read_only() -> None:
    read_only = Calendar("team", "Team", False, True, MAILBOX, GOOGLE)
    connections = [delegated_connection(read_only)]
    assert find_calendar(connections, GOOGLE, "team", "delegation") == (connections[0], read_only)
    assert find_calendar(connections, GOOGLE, "team", "another") is None
    assert find_calendar(connections, GOOGLE, "team") is None


def test_the_primary_address_is_that_of_the_credentials_primary_calendar(tx: Transaction, solo: User) -> None:
    connections = connections_of(tx, solo)
    found = [primary_email(connections, credential_id) for credential_id in (GOOGLE_CREDENTIAL, OFFICE, APPLE, 99)]
    assert found == ["solo@example.com", "solo@outlook.example", None, None]


# -- checks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "type_", "refusal"),
    [
        ({"user_id": OWNER}, GOOGLE, BadRequest("Credentials for google_calendar not found.")),
        ({"invalid": True}, GOOGLE, BadRequest("Invalid google OAuth credentials.")),
        ({"account_id": None}, GOOGLE, Unauthorized("Could not get connected calendars")),
        ({}, ICS_FEED, BadRequest("Credentials for Ics Feed calendar not found.")),
    ],
)
def test_a_connection_that_does_not_work_fails_its_check(
    tx: Transaction, solo: User, changes: dict[str, Any], type_: str, refusal: HttpError
) -> None:
    tx[CREDENTIALS].update(GOOGLE_CREDENTIAL, **changes)
    with pytest.raises(type(refusal)) as found:
        check_connection(tx, solo.id, type_)
    assert found.value.content() == refusal.content()


def test_a_check_chooses_the_destination_calendar(tx: Transaction, solo: User) -> None:
    check_connection(tx, solo.id, GOOGLE)
    row = tx[DESTINATION_CALENDARS].first(user_id=solo.id)
    assert row is not None
    assert row.credential_id == APPLE


def test_credentials_and_users_that_are_not_the_callers_are_not_found(tx: Transaction, solo: User) -> None:
    assert own_credential(tx, solo.id, OFFICE).id == OFFICE
    assert connected_user(tx, solo.id) == solo
    for user_id, credential_id in ((OWNER, OFFICE), (solo.id, 99)):
        with pytest.raises(NotFound, match=r"^Calendar credentials not found$"):
            own_credential(tx, user_id, credential_id)
    with pytest.raises(NotFound, match=r"^User not found$"):
        connected_user(tx, 99)

"""Simulated accounts at calendar services: which one a user opens, and what a new one has.

A new account is made after the world's catalogue. A world file can also hold an account ready: the one that has the
user's e-mail address, or the Apple user name, as its name is the one that is opened.
"""

from __future__ import annotations

import hashlib

import msgspec

from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    ACCOUNTS,
    BUSY_EVENTS,
    CATALOGUE,
    Account,
    AccountCalendar,
    CatalogueCalendar,
)
from mock_server.state.transaction import Transaction


def open_account(tx: Transaction, integration: str, name: str) -> Account:
    """The account of that name at a service; a new one, with what the catalogue says, where there is none."""
    account = tx[ACCOUNTS].first(integration=integration, name=name)
    if account is not None:
        return account
    account = tx[ACCOUNTS].create(integration=integration, name=name)
    catalogued = tx[CATALOGUE].get(integration)
    for each in catalogued.calendars if catalogued else ():
        _add_calendar(tx, account, each)
    return account


def open_mailbox(tx: Transaction, integration: str, address: str, name: str) -> Account:
    """The account of a mailbox that a delegation credential opens; a new one has the mailbox's own calendar only."""
    account = tx[ACCOUNTS].first(integration=integration, name=address)
    if account is None:
        account = tx[ACCOUNTS].create(integration=integration, name=address)
        _add_calendar(tx, account, CatalogueCalendar(external_id=address, name=name, primary=True))
    return account


def primary_calendar(tx: Transaction, account: Account) -> AccountCalendar | None:
    """The calendar that the service calls the account's primary one."""
    return next((each for each in tx[ACCOUNT_CALENDARS].find(account_id=account.id) if each.primary), None)


def _add_calendar(tx: Transaction, account: Account, catalogued: CatalogueCalendar) -> None:
    external_id = _filled_in(catalogued.external_id, account)
    calendar = tx[ACCOUNT_CALENDARS].create(
        account_id=account.id,
        external_id=external_id,
        name=_filled_in(catalogued.name, account),
        primary=catalogued.primary,
        read_only=catalogued.read_only,
        # Google knows each of its calendars by an address.
        email=external_id if account.integration == "google_calendar" else account.name,
    )
    for event in catalogued.busy:
        tx[BUSY_EVENTS].create(calendar_id=calendar.id, **msgspec.structs.asdict(event))


def _filled_in(pattern: str, account: Account) -> str:
    digest = hashlib.blake2b(f"{account.integration} {account.name}".encode(), digest_size=10).hexdigest()
    return (
        pattern.replace("{account}", account.name)
        .replace("{digits}", str(int(digest, 16))[:11])
        .replace("{token}", digest)
    )

"""Simulated accounts at calendar services.

A user connects to the account whose name is the user's e-mail address (or Apple user name). Accounts can be defined in
the world file; others are created from the world's catalogue.
"""

from __future__ import annotations

import hashlib

import msgspec

from mock_server.calendars.integrations import GOOGLE
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
    """The account of that name at a service; created from the catalogue if there is none."""
    account = tx[ACCOUNTS].first(integration=integration, name=name)
    if account is not None:
        return account
    account = tx[ACCOUNTS].create(integration=integration, name=name)
    template = tx[CATALOGUE].get(integration)
    for calendar in template.calendars if template else ():
        _add_calendar(tx, account, calendar)
    return account


def open_mailbox(tx: Transaction, integration: str, address: str, name: str) -> Account:
    """The account of a mailbox that a delegation credential opens; a new one has only the mailbox's own calendar."""
    account = tx[ACCOUNTS].first(integration=integration, name=address)
    if account is None:
        account = tx[ACCOUNTS].create(integration=integration, name=address)
        _add_calendar(tx, account, CatalogueCalendar(external_id=address, name=name, primary=True))
    return account


def primary_calendar(tx: Transaction, account: Account) -> AccountCalendar | None:
    """The account's primary calendar, if it has one."""
    return next((calendar for calendar in tx[ACCOUNT_CALENDARS].find(account_id=account.id) if calendar.primary), None)


def _add_calendar(tx: Transaction, account: Account, template: CatalogueCalendar) -> None:
    external_id = _filled_in(template.external_id, account)
    calendar = tx[ACCOUNT_CALENDARS].create(
        account_id=account.id,
        external_id=external_id,
        name=_filled_in(template.name, account),
        primary=template.primary,
        read_only=template.read_only,
        # Google calendars have e-mail addresses as ids.
        email=external_id if account.integration == GOOGLE else account.name,
    )
    for event in template.busy:
        tx[BUSY_EVENTS].create(calendar_id=calendar.id, **msgspec.structs.asdict(event))


def _filled_in(pattern: str, account: Account) -> str:
    digest = hashlib.blake2b(f"{account.integration} {account.name}".encode(), digest_size=10).hexdigest()
    return (
        pattern.replace("{account}", account.name)
        .replace("{digits}", str(int(digest, 16))[:11])
        .replace("{token}", digest)
    )

"""Finds and charges the balance of credits that a user draws on.

Source: Cal.com API v2, credits.
"""

from __future__ import annotations

from mock_server.credits.model import CREDIT_BALANCES, CREDIT_CHARGES, CreditBalance, Use
from mock_server.identity.model import USERS
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS


def balance_of(tx: Transaction, user_id: int) -> CreditBalance | None:
    """The balance of the user's organization, else of the first team of the user's that has one, else the user's."""
    organization_id = main_organization_id(tx, tx[USERS].require(user_id))
    teams = [each.team_id for each in tx[MEMBERSHIPS].find(user_id=user_id) if each.accepted]
    for team_id in (organization_id, *teams):
        found = None if team_id is None else tx[CREDIT_BALANCES].first(team_id=team_id)
        if found is not None:
            return found
    return tx[CREDIT_BALANCES].first(user_id=user_id)


def monthly_remaining(tx: Transaction, balance: CreditBalance) -> int:
    """What is left of this month's credits."""
    used = balance.monthly_used if balance.used_in == _month(tx) else 0
    return max(balance.monthly - used, 0)


def charge(tx: Transaction, user_id: int, amount: int, use: Use, external_ref: str | None) -> CreditBalance | None:
    """Takes credits from the user's balance, those of the month first. Returns the balance.

    With an `external_ref` that the balance was charged for already, nothing is taken. Raises BadRequest if there are
    too few credits.
    """
    balance = balance_of(tx, user_id)
    if balance is not None and external_ref is not None:
        if tx[CREDIT_CHARGES].first(balance_id=balance.id, external_ref=external_ref) is not None:
            return balance
        tx[CREDIT_CHARGES].create(balance_id=balance.id, external_ref=external_ref, credits=amount, use=use)
    monthly = 0 if balance is None else monthly_remaining(tx, balance)
    additional = 0 if balance is None else balance.additional
    if balance is None or amount > monthly + additional:
        raise BadRequest(f"Not enough credits: {amount} are needed, and {monthly + additional} are available.")
    of_month = min(amount, monthly)
    used = balance.monthly - monthly + of_month
    return tx[CREDIT_BALANCES].update(
        balance.id, monthly_used=used, used_in=_month(tx), additional=additional - (amount - of_month)
    )


def _month(tx: Transaction) -> str:
    return f"{tx.now:%Y-%m}"

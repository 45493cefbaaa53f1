"""Invariants of credits, which hold in every world."""

from __future__ import annotations

from mock_server.credits.model import CREDIT_BALANCES
from mock_server.state.transaction import Transaction


def balances_have_one_owner(tx: Transaction) -> list[str]:
    """A balance belongs to a user or to a team."""
    return [
        f"credit balance {each.id} belongs to user {each.user_id} and team {each.team_id}"
        for each in tx.table(CREDIT_BALANCES).rows.values()
        if (each.user_id is None) == (each.team_id is None)
    ]


def balances_are_not_overdrawn(tx: Transaction) -> list[str]:
    """No more credits were used than there were."""
    return [
        f"credit balance {each.id} has {each.additional} additional credits, and {each.monthly_used} of "
        f"{each.monthly} monthly ones are used"
        for each in tx.table(CREDIT_BALANCES).rows.values()
        if each.additional < 0 or not 0 <= each.monthly_used <= each.monthly
    ]


CHECKS = (balances_have_one_owner, balances_are_not_overdrawn)

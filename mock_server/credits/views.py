"""Credits in replies."""

from __future__ import annotations

from typing import Any

from mock_server.credits.balances import monthly_remaining
from mock_server.credits.model import CreditBalance
from mock_server.state.transaction import Transaction


def credits_view(tx: Transaction, balance: CreditBalance | None) -> dict[str, Any]:
    """What is left of a balance; nothing where there is none."""
    monthly = 0 if balance is None else monthly_remaining(tx, balance)
    additional = 0 if balance is None else balance.additional
    return {
        "hasCredits": monthly + additional > 0,
        "balance": {"monthlyRemaining": monthly, "additional": additional},
    }

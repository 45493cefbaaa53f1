"""Entities of credits: balances, and charges that can be repeated."""

from __future__ import annotations

from typing import Literal

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity

Use = Literal["SMS", "CAL_AI_PHONE_CALL", "AI_AGENT"]


class CreditBalance(Entity):
    """The credits of a user, or of a team or organization.

    `monthly` are given anew each month, and `monthly_used` of them were used in the month `used_in`, such as "2026-09".
    """

    id: int
    user_id: int | None = None
    team_id: int | None = None
    monthly: int = 0
    additional: int = 0
    monthly_used: int = 0
    used_in: str = ""


class CreditCharge(Entity):
    """A charge with a reference, under which it is not made again."""

    id: int
    balance_id: int
    external_ref: str
    credits: int
    use: Use


CREDIT_BALANCES = Collection(
    "credit_balances",
    CreditBalance,
    unique=(("user_id",), ("team_id",)),
    references=(Reference("user_id", "users"), Reference("team_id", "teams")),
)
CREDIT_CHARGES = Collection(
    "credit_charges",
    CreditCharge,
    unique=(("balance_id", "external_ref"),),
    references=(Reference("balance_id", "credit_balances"),),
)

COLLECTIONS = (CREDIT_BALANCES, CREDIT_CHARGES)

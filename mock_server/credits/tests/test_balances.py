"""Whose credits a user draws on, and what the doctor finds wrong with balances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_server.bookings.tests.builders import ACME, MEMBER, SALES, SOLO, begin
from mock_server.credits.balances import balance_of
from mock_server.credits.invariants import CHECKS
from mock_server.credits.model import CREDIT_BALANCES
from mock_server.state.transaction import Transaction

OF_ACME, OF_SOLO = 1, 2


def drawn_on(tx: Transaction, user_id: int) -> int | None:
    balance = balance_of(tx, user_id)
    return None if balance is None else balance.id


def test_the_organization_comes_before_the_team_and_the_team_before_the_user() -> None:
    tx = begin(edition="2026-09")
    of_team = tx[CREDIT_BALANCES].create(team_id=SALES, additional=5)
    own = tx[CREDIT_BALANCES].create(user_id=MEMBER, additional=5)
    assert drawn_on(tx, SOLO) == OF_SOLO
    for balance_id in (OF_ACME, of_team.id, own.id):
        assert drawn_on(tx, MEMBER) == balance_id
        tx[CREDIT_BALANCES].delete(balance_id)
    assert drawn_on(tx, MEMBER) is None


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda tx: tx[CREDIT_BALANCES].create(additional=5), "belongs to user None and team None"),
        (lambda tx: tx[CREDIT_BALANCES].update(OF_ACME, user_id=MEMBER), f"belongs to user {MEMBER} and team {ACME}"),
        (lambda tx: tx[CREDIT_BALANCES].update(OF_SOLO, additional=-1), "has -1 additional credits"),
        (lambda tx: tx[CREDIT_BALANCES].update(OF_ACME, monthly_used=1001), "1001 of 1000 monthly ones are used"),
    ],
)
def test_the_doctor_finds_balances_that_cannot_be(spoil: Callable[[Transaction], Any], text: str) -> None:
    tx = begin(edition="2026-09")
    assert [each for check in CHECKS for each in check(tx)] == []
    spoil(tx)
    [found] = [each for check in CHECKS for each in check(tx)]
    assert text in found

"""The invariants of third-party clients detect invalid worlds and accept valid ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.identity.invariants import CHECKS
from mock_server.identity.model import AUTHORIZATION_CODES, OAUTH2_CLIENTS
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world


@pytest.fixture
def tx() -> Transaction:
    """The default world of the edition."""
    return Transaction(default_world("2026-03"), datetime(2026, 5, 1, tzinfo=UTC))


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def test_the_default_world_is_valid(tx: Transaction) -> None:
    assert len(tx.table(OAUTH2_CLIENTS).rows) == 2
    assert complaints(tx) == []


def test_a_secret_of_a_public_client_and_a_confidential_one_without(tx: Transaction) -> None:
    tx[OAUTH2_CLIENTS].update("oauth2-sandbox-client", hashed_secret=None)
    tx[OAUTH2_CLIENTS].update("sandbox-mobile-app", hashed_secret="0" * 64)
    assert sorted(complaints(tx)) == [
        "OAuth2 client oauth2-sandbox-client is CONFIDENTIAL, but has no secret",
        "OAuth2 client sandbox-mobile-app is PUBLIC, but has a secret",
    ]


def test_an_unknown_scope_and_one_beyond_the_client(tx: Transaction) -> None:
    tx[OAUTH2_CLIENTS].update("sandbox-mobile-app", scopes=("PROFILE_READ", "SING"))
    code = tx[AUTHORIZATION_CODES].create(
        code="cal_code_1", client_id="sandbox-mobile-app", user_id=4, expires_at=tx.now + timedelta(minutes=1),
        scopes=("PROFILE_READ", "READ_BOOKING", "BOOKING_WRITE"),
    )  # fmt: skip
    assert complaints(tx) == [
        "OAuth2 client sandbox-mobile-app has the unknown scope SING",
        f"authorization code {code.id} has the scope BOOKING_WRITE, its client has not",
    ]
    tx[OAUTH2_CLIENTS].delete("sandbox-mobile-app")
    assert complaints(tx) == []

"""Hints about credentials that exist, but do not authenticate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.identity.authentication import authenticate
from mock_server.identity.hints import CredentialHints
from mock_server.identity.third_party_tokens import Grant, token_pair
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Unauthorized
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import Worlds
from mock_server.teams.model import MEMBERSHIPS
from mock_server.worlds.tests.loaded_world import default_world, schema_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
CLIENT = {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "sandbox-client-secret"}


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return Worlds(schema_of("2026-03"), lambda: default_world("2026-03"))


@pytest.fixture
def tx(worlds: Worlds) -> Transaction:
    return Transaction(worlds.default.root, NOW)


def hint(worlds: Worlds, tx: Transaction, headers: dict[str, Any]) -> str:
    """The hint about credentials, which have to be refused."""
    call = Call(tx, {}, headers, "http://127.0.0.1")
    with pytest.raises(Unauthorized):
        authenticate(call)
    return CredentialHints(worlds, []).about_rejected(call)


def test_a_client_of_an_organization_without_an_owner(worlds: Worlds, tx: Transaction) -> None:
    for membership in list(tx[MEMBERSHIPS].find(team_id=1)):
        tx[MEMBERSHIPS].update(membership.id, role="MEMBER")
    expected = "The OAuth client sandbox-client acts as the owner of its organization, which has none."
    assert hint(worlds, tx, CLIENT) == expected


def test_a_third_party_token_of_a_user_who_is_gone(worlds: Worlds, tx: Transaction) -> None:
    token, _ = token_pair(tx, Grant("oauth2-sandbox-client", 99, None, ()))
    headers = {"authorization": f"Bearer {token}"}
    assert hint(worlds, tx, headers) == "The user of the token, or the owner of its team, no longer exists."


def test_an_expired_third_party_token(worlds: Worlds, tx: Transaction) -> None:
    token, _ = token_pair(Transaction(tx.base, NOW.replace(year=2025)), Grant("oauth2-sandbox-client", 4, None, ()))
    headers = {"authorization": f"Bearer {token}"}
    assert hint(worlds, tx, headers).startswith("The world has no such access token, or it has expired.")

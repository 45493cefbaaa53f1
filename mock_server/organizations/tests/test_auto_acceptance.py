"""Which members an organization accepts at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.organizations.auto_acceptance import is_accepted_at_once
from mock_server.organizations.model import ORGANIZATION_SETTINGS
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world

ACME, MEMBER, SOLO = 1, 3, 4


@pytest.mark.parametrize(
    ("edition", "user_id", "settings", "expected"),
    [
        ("2026-03", MEMBER, {}, True),
        ("2026-03", SOLO, {}, False),
        ("2026-03", MEMBER, {"is_organization_verified": False}, False),
        ("2026-03", MEMBER, {"org_auto_accept_email": None}, False),
        ("2026-03", MEMBER, {"org_auto_accept_email": "example"}, False),
        ("2025-04", MEMBER, {}, False),
    ],
)
def test_verified_organizations_accept_users_of_exactly_their_domain(
    edition: str, user_id: int, settings: dict[str, Any], expected: bool
) -> None:
    world = default_world(edition)
    tx = Transaction(world, datetime(2026, 5, 1, tzinfo=UTC))
    tx[ORGANIZATION_SETTINGS].update(1, **settings)
    assert is_accepted_at_once(tx, user_id, ACME) is expected

"""The default world, like the live service, publishes no allow-lists."""

from __future__ import annotations

import pytest

from contract_tests.clients import Client, error

pytestmark = pytest.mark.since("2026-09")


@pytest.mark.parametrize("path", ["/v2/allowlists", "/v2/allowlists/webhooks"])
def test_no_allow_lists_are_published(anonymous: Client, path: str) -> None:
    assert error(anonymous.get(path), 404)["message"] == "No IP allowlists are published."

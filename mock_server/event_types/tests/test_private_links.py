"""The bound on private links, without HTTP."""

from __future__ import annotations

import pytest

from mock_server.bookings.tests.builders import add_team_event_type, begin
from mock_server.event_types import private_links
from mock_server.event_types.private_links import create_link, delete_link
from mock_server.runtime.errors import BadRequest


def test_an_event_type_has_a_bounded_number_of_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_links, "MAX_LINKS", 2)
    tx = begin(edition="2026-03")
    full, other = add_team_event_type(tx, {}), add_team_event_type(tx, {})
    first, _ = (create_link(tx, full, {"maxUsageCount": 1}) for _ in range(2))
    with pytest.raises(BadRequest, match="at most 2 private links"):
        create_link(tx, full, {"maxUsageCount": 1})
    create_link(tx, other, {"maxUsageCount": 1})
    delete_link(tx, full, first.link)
    create_link(tx, full, {"maxUsageCount": 1})

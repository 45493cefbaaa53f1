"""Default apps, and event types whose app is disconnected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.apps.conferencing import (
    VIDEO_APPS,
    move_to_cal_video,
    with_default,
    without_default,
)
from mock_server.event_types.locations import default_app
from mock_server.event_types.model import EVENT_TYPES, EventType, Location
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world

HERE = Location(type="address", address="Here", public=True)


def at(*integrations: str) -> list[Location]:
    return [Location(type="integration", integration=each) for each in integrations]


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), datetime(2025, 6, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([HERE, *at("zoom")], [HERE, *at("cal-video")]),
        ([*at("zoom"), HERE, *at("zoom")], [*at("cal-video"), HERE]),
        ([*at("zoom"), HERE, *at("cal-video")], [HERE, *at("cal-video")]),
        ([HERE, *at("google-meet")], [HERE, *at("google-meet")]),
    ],
    ids=["replaced", "two replaced by one", "not listed twice", "other apps are kept"],
)
def test_locations_of_an_app_become_cal_video(tx: Transaction, before: list[Location], after: list[Location]) -> None:
    event_type: EventType = tx[EVENT_TYPES].create(
        title="Call", slug="moved-call", length=30, user_id=1, locations=tuple(before)
    )
    move_to_cal_video(tx, [event_type], VIDEO_APPS["zoom"])
    assert list(tx[EVENT_TYPES].require(event_type.id).locations) == after


def test_other_metadata_is_kept() -> None:
    metadata = with_default({"own": 1}, "zoom")
    assert default_app(metadata) == {"appSlug": "zoom"}
    assert without_default(metadata, VIDEO_APPS["msteams"]) == metadata
    assert without_default(metadata, VIDEO_APPS["zoom"]) == {"own": 1}


@pytest.mark.parametrize("metadata", [None, {}, {"own": 1}])
def test_removing_a_missing_default_changes_nothing(metadata: dict[str, Any] | None) -> None:
    assert default_app(metadata) is None
    assert without_default(metadata, VIDEO_APPS["zoom"]) == metadata

"""Private links: their bound, their expiry, and the event type they belong to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.bookings.tests.builders import add_team_event_type, begin
from mock_server.event_types import private_links
from mock_server.event_types.model import EventType, PrivateLink
from mock_server.event_types.private_links import (
    create_link,
    delete_link,
    deleted_private_link_view,
    is_expired,
    links_of,
    private_link_view,
    update_link,
    use_link,
)
from mock_server.runtime.dates import iso
from mock_server.runtime.errors import BadRequest, BareError, NotFound
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    """A world of the edition that has private links."""
    return begin(edition="2026-03")


@pytest.fixture
def event_type(tx: Transaction) -> EventType:
    """An event type without links."""
    return add_team_event_type(tx, {})


def test_an_event_type_has_a_bounded_number_of_links(
    monkeypatch: pytest.MonkeyPatch, tx: Transaction, event_type: EventType
) -> None:
    monkeypatch.setattr(private_links, "MAX_LINKS", 2)
    other = add_team_event_type(tx, {})
    first, second = (create_link(tx, event_type, {"maxUsageCount": 1}) for _ in range(2))
    with pytest.raises(BadRequest) as refused:
        create_link(tx, event_type, {"maxUsageCount": 1})
    assert refused.value.message == "An event type has at most 2 private links. Delete one first."
    create_link(tx, other, {"maxUsageCount": 1})
    assert delete_link(tx, event_type, first.link) == first
    third = create_link(tx, event_type, {"maxUsageCount": 1})
    assert links_of(tx, event_type) == [second, third]
    assert len({first.link, second.link, third.link}) == 3


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Either expiresAt or maxUsageCount must be provided"),
        ({"expiresAt": None}, "Either expiresAt or maxUsageCount must be provided"),
        (
            {"expiresAt": "2031-01-01T00:00:00Z", "maxUsageCount": 3},
            "Provide only one of expiresAt or maxUsageCount",
        ),
    ],
)
def test_a_link_has_one_limit(tx: Transaction, event_type: EventType, body: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        create_link(tx, event_type, body)
    assert refused.value.message == message


def test_a_link_shows_its_own_limit(tx: Transaction, event_type: EventType) -> None:
    counted = create_link(tx, event_type, {"maxUsageCount": 2.0})
    use_link(tx, event_type, counted.link)
    view = private_link_view(tx, links_of(tx, event_type)[0])
    assert view == {
        "linkId": counted.link,
        "eventTypeId": event_type.id,
        "isExpired": False,
        "bookingUrl": f"https://app.cal.com/d/{counted.link}",
        "maxUsageCount": 2,
        "usageCount": 1,
    }
    timed = create_link(tx, event_type, {"expiresAt": iso(tx.now)})
    view = private_link_view(tx, timed)
    assert (view["expiresAt"], view["isExpired"]) == (iso(tx.now), False)
    assert "usageCount" not in view
    assert deleted_private_link_view(timed) == {
        "linkId": timed.link,
        "message": "Private link deleted successfully",
    }


NOW = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "expired"),
    [
        ({"max_usage_count": 2, "usage_count": 1}, False),
        ({"max_usage_count": 2, "usage_count": 2}, True),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW - timedelta(seconds=1)}, True),
        ({"expires_at": NOW + timedelta(days=1), "max_usage_count": 1, "usage_count": 5}, False),
    ],
)
def test_a_link_expires_after_its_time_or_its_last_booking(fields: dict[str, Any], expired: bool) -> None:
    assert is_expired(PrivateLink(id=1, link="a", event_type_id=1, **fields), NOW) == expired


def test_bookings_use_up_a_link(tx: Transaction, event_type: EventType) -> None:
    link = create_link(tx, event_type, {"maxUsageCount": 2}).link
    for _ in range(2):
        use_link(tx, event_type, link)
    past = create_link(tx, event_type, {"expiresAt": iso(tx.now - timedelta(days=1))}).link
    for expired in (link, past):
        with pytest.raises(BareError) as refused:
            use_link(tx, event_type, expired)
        assert (refused.value.status, refused.value.message) == (400, "private_link_expired")


def test_a_change_without_a_time_limits_the_number_of_bookings(tx: Transaction, event_type: EventType) -> None:
    created = create_link(tx, event_type, {"maxUsageCount": 3})
    timed = update_link(tx, event_type, created.link, {"expiresAt": "2031-01-01T01:00:00+01:00"})
    assert timed == created.changed(expires_at=NOW)
    assert update_link(tx, event_type, created.link, {}) == created
    changed = update_link(tx, event_type, created.link, {"maxUsageCount": 4.0})
    assert changed == created.changed(max_usage_count=4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031-01-01t00:00:00z", NOW),
        ("0001-01-01T00:00:00+14:00", datetime.min.replace(tzinfo=UTC)),
        ("9999-12-31T23:00:00-12:00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_time_of_expiry_is_kept_within_what_can_be_stored(
    tx: Transaction, event_type: EventType, text: str, expected: datetime
) -> None:
    stored = create_link(tx, event_type, {"expiresAt": text}).expires_at
    assert stored is not None
    assert stored == expected and stored.tzinfo is UTC


def test_a_link_is_found_by_its_own_event_type_only(tx: Transaction, event_type: EventType) -> None:
    other = add_team_event_type(tx, {})
    link = create_link(tx, other, {"maxUsageCount": 1}).link
    for unknown in (link, "unknown"):
        with pytest.raises(NotFound, match=r"^Updated link not found$"):
            update_link(tx, event_type, unknown, {})
        with pytest.raises(NotFound, match=r"^Deleted link not found$"):
            delete_link(tx, event_type, unknown)
        with pytest.raises(NotFound) as refused:
            use_link(tx, event_type, unknown)
        assert refused.value.message == f"Event type with id {event_type.id} has no private link {unknown}."

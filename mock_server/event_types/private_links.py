"""Private links of event types: reading requests, views, and using them up.

Source: Cal.com API v2, private links (2026-03).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mock_server.event_types.booking_page import booker_url_of
from mock_server.event_types.model import PRIVATE_LINKS, EventType, PrivateLink
from mock_server.runtime.dates import iso
from mock_server.runtime.errors import BadRequest, BareError, NotFound
from mock_server.runtime.web_app import WEB_APP
from mock_server.state.transaction import Transaction

UNLIMITED = -1
"""As `maxUsageCount` of a change, removes the limit on the number of bookings."""

MAX_LINKS = 1_000
"""The most links of one event type, which are listed without pages."""

EXPIRED = "private_link_expired"

ON_BOOKING_PAGES = "2024-09-04"


def create_link(tx: Transaction, event_type: EventType, body: dict[str, Any]) -> PrivateLink:
    """Creates a link that expires at a time, after a number of bookings, or at what comes first. Raises BadRequest."""
    expires_at, count = body.get("expiresAt"), body.get("maxUsageCount")
    if not tx.has("private-links-with-both-limits"):
        _check_one_limit(expires_at, count)
    if tx[PRIVATE_LINKS].count(event_type_id=event_type.id) >= MAX_LINKS:
        raise BadRequest(f"An event type has at most {MAX_LINKS} private links. Delete one first.")
    limit: dict[str, int | None] = {} if count is None else {"max_usage_count": int(count)}
    if expires_at is not None and tx.has("private-links-with-both-limits"):
        limit.setdefault("max_usage_count", None)
    return tx[PRIVATE_LINKS].create(
        link=tx.identifiers.short_uid(), event_type_id=event_type.id, expires_at=_moment(expires_at), **limit
    )


def links_of(tx: Transaction, event_type: EventType) -> list[PrivateLink]:
    """The links of an event type, oldest first."""
    return tx[PRIVATE_LINKS].find(event_type_id=event_type.id)


def update_link(tx: Transaction, event_type: EventType, link: str, body: dict[str, Any]) -> PrivateLink:
    """Changes the given limits of a link; -1 removes that of the bookings. Raises NotFound, and BadRequest.

    Before 2026-09, a link without `expiresAt` in the request was limited by its number of bookings.
    """
    stored = _find(tx, event_type, link)
    if stored is None:
        raise NotFound("Updated link not found")
    count = body.get("maxUsageCount")
    if tx.has("private-links-with-both-limits"):
        return tx[PRIVATE_LINKS].update(stored.id, **_changed_limits(body))
    return tx[PRIVATE_LINKS].update(
        stored.id,
        expires_at=_moment(body.get("expiresAt")),
        max_usage_count=stored.max_usage_count if count is None else int(count),
    )


def delete_link(tx: Transaction, event_type: EventType, link: str) -> PrivateLink:
    """Deletes a link. Raises NotFound."""
    stored = _find(tx, event_type, link)
    if stored is None:
        raise NotFound("Deleted link not found")
    return tx[PRIVATE_LINKS].delete(stored.id)


def use_link(tx: Transaction, event_type: EventType, link: str) -> None:
    """Counts a booking through a link. Raises NotFound for an unknown link, and BareError for one that has expired."""
    stored = _find(tx, event_type, link)
    if stored is None:
        raise NotFound(f"Event type with id {event_type.id} has no private link {link}.")
    if _is_expired(tx, stored):
        raise BareError(400, EXPIRED)
    tx[PRIVATE_LINKS].update(stored.id, usage_count=stored.usage_count + 1)


def _is_expired(tx: Transaction, link: PrivateLink) -> bool:
    """Whether a link can no longer be used. Before 2026-09, only the time counted where there was one."""
    if link.expires_at is not None:
        if link.expires_at < tx.now:
            return True
        if not tx.has("private-links-with-both-limits"):
            return False
    return link.max_usage_count is not None and link.usage_count >= link.max_usage_count


def private_link_view(
    tx: Transaction, event_type: EventType, link: PrivateLink, version: str | None
) -> dict[str, object]:
    """A link, with its time of expiry or else with its number of bookings. The version determines its address."""
    view: dict[str, object] = {
        "linkId": link.link,
        "eventTypeId": link.event_type_id,
        "isExpired": _is_expired(tx, link),
        "bookingUrl": _booking_url(tx, event_type, link, version),
    }
    if link.expires_at is not None:
        return {**view, "expiresAt": iso(link.expires_at)}
    return {**view, "maxUsageCount": link.max_usage_count, "usageCount": link.usage_count}


def deleted_private_link_view(link: PrivateLink) -> dict[str, object]:
    """A deleted link."""
    return {"linkId": link.link, "message": "Private link deleted successfully"}


def _check_one_limit(expires_at: str | None, count: float | None) -> None:
    if expires_at is None and count is None:
        raise BadRequest("Either expiresAt or maxUsageCount must be provided")
    if expires_at is not None and count is not None:
        raise BadRequest("Provide only one of expiresAt or maxUsageCount")


def _changed_limits(body: dict[str, Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if body.get("expiresAt") is not None:
        limits["expires_at"] = _moment(body["expiresAt"])
    count = body.get("maxUsageCount")
    if count is not None:
        limits["max_usage_count"] = None if count == UNLIMITED else int(count)
    return limits


def _booking_url(tx: Transaction, event_type: EventType, link: PrivateLink, version: str | None) -> str:
    """The address on the booking pages since version 2024-09-04, else that on the web application."""
    if version != ON_BOOKING_PAGES or not tx.has("private-links-on-booking-pages"):
        return f"{WEB_APP}/d/{link.link}"
    return f"{booker_url_of(tx, event_type)}/d/{link.link}/{event_type.slug}"


def _find(tx: Transaction, event_type: EventType, link: str) -> PrivateLink | None:
    stored = tx[PRIVATE_LINKS].first(link=link)
    return stored if stored is not None and stored.event_type_id == event_type.id else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text.upper())
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # In UTC, the year would be 0 or 10000.
        return (datetime.min if moment.year == datetime.min.year else datetime.max).replace(tzinfo=UTC)

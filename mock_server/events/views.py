"""Events in replies."""

from __future__ import annotations

from typing import Any

from mock_server.events.model import Event, EventLocation
from mock_server.runtime.dates import iso


def event_view(event: Event) -> dict[str, Any]:
    """An event."""
    return {
        "uuid": event.uuid,
        "slug": event.slug,
        "title": event.title,
        "description": event.description,
        "startTime": iso(event.start),
        "endTime": iso(event.end),
        "timeZone": event.time_zone,
        "visibility": event.visibility,
        "hidden": event.hidden,
        "publishedAt": None if event.published_at is None else iso(event.published_at),
        "cancelledAt": None if event.cancelled_at is None else iso(event.cancelled_at),
        "locations": [_location_view(each) for each in event.locations],
        "coverImageUrl": event.cover_image_url,
        "requiresApproval": event.requires_approval,
        "waitlistEnabled": event.waitlist_enabled,
        "confirmedCount": event.confirmed_count,
    }


def _location_view(location: EventLocation) -> dict[str, Any]:
    fields = {
        "type": location.type,
        "address": location.address,
        "link": location.link,
        "integration": location.integration,
        "credentialId": location.credential_id,
    }
    return {name: value for name, value in fields.items() if value is not None}

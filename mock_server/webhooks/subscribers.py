"""Finds the webhooks that receive an event.

Source: Cal.com API v2, webhooks: who receives.
"""

from __future__ import annotations

from typing import Any

from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import Audience
from mock_server.webhooks.model import WEBHOOKS, Webhook


def subscribers(tx: Transaction, trigger: str, audience: Audience) -> list[Webhook]:
    """The active webhooks of the audience that subscribe to `trigger`, oldest first, without duplicates."""
    found = {
        webhook.id: webhook
        for owner in _owners(audience)
        for webhook in tx[WEBHOOKS].find(**owner)
        if webhook.active and trigger in webhook.triggers
    }
    return sorted(found.values(), key=lambda each: (each.created_at, each.id))


def _owners(audience: Audience) -> list[dict[str, Any]]:
    owners: list[dict[str, Any]] = [{"platform": True}]
    if audience.user_id is not None:
        owners.append({"user_id": audience.user_id})
    owners += [{"event_type_id": each} for each in audience.event_type_ids]
    owners += [{"team_id": each} for each in audience.team_ids]
    owners += [{"platform_oauth_client_id": each} for each in audience.client_ids]
    return owners

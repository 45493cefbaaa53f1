"""Webhooks in replies."""

from __future__ import annotations

from mock_server.runtime.dates import iso
from mock_server.webhooks.model import Webhook


def webhook_view(webhook: Webhook) -> dict[str, object]:
    """A webhook with its owner."""
    owner = {name: value for name, value in _owners(webhook).items() if value is not None}
    return _settings(webhook) | owner


def webhook_details_view(webhook: Webhook) -> dict[str, object]:
    """A webhook with all stored fields."""
    return {
        **_settings(webhook),
        **_owners(webhook),
        "createdAt": iso(webhook.created_at),
        "appId": webhook.app_id,
        "platform": webhook.platform,
    }


def _settings(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.id,
        "payloadTemplate": webhook.payload_template,
        "triggers": list(webhook.triggers),
        "subscriberUrl": webhook.subscriber_url,
        "active": webhook.active,
        "secret": webhook.secret,
        "time": webhook.time,
        "timeUnit": webhook.time_unit,
        "version": webhook.version,
    }


def _owners(webhook: Webhook) -> dict[str, object]:
    return {
        "userId": webhook.user_id,
        "teamId": webhook.team_id,
        "eventTypeId": webhook.event_type_id,
        "oAuthClientId": webhook.platform_oauth_client_id,
    }

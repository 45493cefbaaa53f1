"""Webhooks as replies show them."""

from __future__ import annotations

from typing import Any

from mock_server.runtime.dates import iso
from mock_server.webhooks.model import Webhook


def webhook_view(webhook: Webhook) -> dict[str, Any]:
    """A webhook with the one owner that it has."""
    owner = {name: value for name, value in _owners(webhook).items() if value is not None}
    return _settings(webhook) | owner


def webhook_details_view(webhook: Webhook) -> dict[str, Any]:
    """A webhook with all that is stored of it, as only one operation shows it."""
    return {
        **_settings(webhook),
        **_owners(webhook),
        "createdAt": iso(webhook.created_at),
        "appId": webhook.app_id,
        "platform": webhook.platform,
        "time": webhook.time,
        "timeUnit": webhook.time_unit,
    }


def _settings(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "payloadTemplate": webhook.payload_template,
        "triggers": list(webhook.triggers),
        "subscriberUrl": webhook.subscriber_url,
        "active": webhook.active,
        "secret": webhook.secret,
    }


def _owners(webhook: Webhook) -> dict[str, Any]:
    return {
        "userId": webhook.user_id,
        "teamId": webhook.team_id,
        "eventTypeId": webhook.event_type_id,
        "oAuthClientId": webhook.platform_oauth_client_id,
    }

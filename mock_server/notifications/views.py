"""Subscriptions to notifications in replies."""

from __future__ import annotations

from typing import Any

from mock_server.notifications.model import ChatLinkIntent, NotificationSubscription
from mock_server.runtime.dates import iso


def app_push_view(subscription: NotificationSubscription) -> dict[str, Any]:
    """The subscription of a device."""
    return {
        "id": subscription.id,
        "userId": subscription.user_id,
        "type": subscription.type,
        "platform": subscription.platform,
        "identifier": subscription.identifier,
        "deviceId": subscription.device_id,
        "createdAt": iso(subscription.created_at),
        "updatedAt": iso(subscription.updated_at),
    }


def link_intent_view(intent: ChatLinkIntent) -> dict[str, str]:
    """A token with which a chat is linked."""
    return {"token": intent.token, "expiresAt": iso(intent.expires_at)}

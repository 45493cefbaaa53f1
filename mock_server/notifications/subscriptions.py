"""Subscribes devices and chats to notifications, and removes them.

Source: Cal.com API v2, notifications.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mock_server.notifications.model import (
    CHAT_LINK_INTENTS,
    NOTIFICATION_SUBSCRIPTIONS,
    ChatApp,
    ChatLinkIntent,
    NotificationSubscription,
    SubscriptionType,
)
from mock_server.runtime.errors import NotFound
from mock_server.state.transaction import Transaction

LINK_LIFETIME = timedelta(minutes=10)
NO_INTENT = "There is no such token for this app, or it has expired."


def subscribe(
    tx: Transaction, user_id: int, kind: SubscriptionType, identifier: str, workspace: str = "", **fields: Any
) -> NotificationSubscription:
    """Subscribes a device or chat. One that is subscribed already is updated, and passes to this user."""
    known = _find(tx, kind, identifier, workspace)
    if known is not None:
        return tx[NOTIFICATION_SUBSCRIPTIONS].update(known.id, user_id=user_id, updated_at=tx.now, **fields)
    return tx[NOTIFICATION_SUBSCRIPTIONS].create(
        user_id=user_id,
        type=kind,
        identifier=identifier,
        workspace=workspace,
        created_at=tx.now,
        updated_at=tx.now,
        **fields,
    )


def unsubscribe(tx: Transaction, user_id: int, kind: SubscriptionType, identifier: str, workspace: str = "") -> None:
    """Removes a subscription of the user, if there is one."""
    known = _find(tx, kind, identifier, workspace)
    if known is not None and known.user_id == user_id:
        tx[NOTIFICATION_SUBSCRIPTIONS].delete(known.id)


def start_linking(tx: Transaction, user_id: int, app: ChatApp) -> ChatLinkIntent:
    """Gives the user a new token for a chat app, in place of the present one."""
    present = tx[CHAT_LINK_INTENTS].first(user_id=user_id, app=app)
    if present is not None:
        tx[CHAT_LINK_INTENTS].delete(present.token)
    intent = ChatLinkIntent(token=tx.identifiers.hex(32), user_id=user_id, app=app, expires_at=tx.now + LINK_LIFETIME)
    tx[CHAT_LINK_INTENTS].insert(intent)
    return intent


def finish_linking(tx: Transaction, token: str, identifier: str, workspace: str = "") -> NotificationSubscription:
    """Subscribes the chat from which the token was sent. Raises NotFound for an unknown or expired token."""
    intent = tx[CHAT_LINK_INTENTS].get(token)
    if intent is None or intent.expires_at <= tx.now:
        raise NotFound(NO_INTENT)
    tx[CHAT_LINK_INTENTS].delete(token)
    return subscribe(tx, intent.user_id, intent.app, identifier, workspace)


def _find(tx: Transaction, kind: SubscriptionType, identifier: str, workspace: str) -> NotificationSubscription | None:
    return tx[NOTIFICATION_SUBSCRIPTIONS].first(type=kind, workspace=workspace, identifier=identifier)

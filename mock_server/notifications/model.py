"""Entities of notifications: subscriptions of devices and chats, and tokens with which chats are linked."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity

ChatApp = Literal["SLACK", "TELEGRAM"]
SubscriptionType = Literal["APP_PUSH", "SLACK", "TELEGRAM"]


class NotificationSubscription(Entity):
    """A device or a chat in which a user is notified.

    `identifier` is the push token of the device, or the id of the chat's user; `workspace` is the Slack team.
    """

    id: int
    user_id: int
    type: SubscriptionType
    identifier: str
    created_at: datetime
    updated_at: datetime
    workspace: str = ""
    platform: Literal["IOS", "ANDROID"] | None = None
    device_id: str | None = None


class ChatLinkIntent(Entity):
    """A token with which a user links a chat until it expires. Each user has one for each app, the newest."""

    token: str
    user_id: int
    app: ChatApp
    expires_at: datetime


NOTIFICATION_SUBSCRIPTIONS = Collection(
    "notification_subscriptions",
    NotificationSubscription,
    unique=(("type", "workspace", "identifier"),),
    references=(Reference("user_id", "users"),),
)
CHAT_LINK_INTENTS = Collection(
    "chat_link_intents",
    ChatLinkIntent,
    key="token",
    unique=(("user_id", "app"),),
    references=(Reference("user_id", "users"),),
)

COLLECTIONS = (NOTIFICATION_SUBSCRIPTIONS, CHAT_LINK_INTENTS)

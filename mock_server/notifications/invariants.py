"""Invariants of notifications, which hold in every world."""

from __future__ import annotations

from mock_server.notifications.model import NOTIFICATION_SUBSCRIPTIONS
from mock_server.state.transaction import Transaction


def devices_have_a_platform(tx: Transaction) -> list[str]:
    """Devices have a platform, and chats have none."""
    return [
        f"subscription {each.id} of type {each.type} has the platform {each.platform}"
        for each in tx.table(NOTIFICATION_SUBSCRIPTIONS).rows.values()
        if (each.type == "APP_PUSH") != (each.platform is not None)
    ]


CHECKS = (devices_have_a_platform,)

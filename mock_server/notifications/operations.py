"""Operations on the devices and chats in which the caller is notified.

Source: Cal.com API v2, notifications.
"""

from __future__ import annotations

from typing import Any

from mock_server.notifications.subscriptions import start_linking, subscribe, unsubscribe
from mock_server.notifications.views import app_push_view, link_intent_view
from mock_server.runtime.call import Call
from mock_server.runtime.reply import Unwrapped


def register_app_push_subscription(call: Call) -> dict[str, Any]:
    """Subscribes a device with the mobile app."""
    body, user_id = call.body, call.caller.user_id
    fields = {"platform": body["platform"], "device_id": body["deviceId"]}
    return app_push_view(subscribe(call.tx, user_id, "APP_PUSH", body["token"], **fields))


def remove_app_push_subscription(call: Call) -> Unwrapped:
    """Removes a device."""
    unsubscribe(call.tx, call.caller.user_id, "APP_PUSH", call.body["token"])
    return _removed("App push subscription removed successfully")


def create_slack_link_intent(call: Call) -> dict[str, Any]:
    """Starts to link a chat in Slack."""
    return link_intent_view(start_linking(call.tx, call.caller.user_id, "SLACK"))


def create_telegram_link_intent(call: Call) -> dict[str, Any]:
    """Starts to link a chat in Telegram."""
    return link_intent_view(start_linking(call.tx, call.caller.user_id, "TELEGRAM"))


def remove_slack_subscription(call: Call) -> Unwrapped:
    """Removes a chat in Slack."""
    unsubscribe(call.tx, call.caller.user_id, "SLACK", call.body["identifier"], call.body["teamId"])
    return _removed("Slack subscription removed successfully")


def remove_telegram_subscription(call: Call) -> Unwrapped:
    """Removes a chat in Telegram."""
    unsubscribe(call.tx, call.caller.user_id, "TELEGRAM", call.body["identifier"])
    return _removed("Telegram subscription removed successfully")


def _removed(text: str) -> Unwrapped:
    return Unwrapped({"status": "success", "message": text})

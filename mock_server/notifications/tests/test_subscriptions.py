"""Subscriptions of chats and devices, and what the doctor finds wrong with them."""

from __future__ import annotations

import pytest

from mock_server.bookings.tests.builders import MEMBER, SOLO, begin
from mock_server.notifications.invariants import CHECKS
from mock_server.notifications.model import CHAT_LINK_INTENTS, NOTIFICATION_SUBSCRIPTIONS
from mock_server.notifications.subscriptions import finish_linking, start_linking, subscribe, unsubscribe
from mock_server.runtime.errors import NotFound


def test_a_chat_is_known_by_its_workspace_too() -> None:
    tx = begin(edition="2026-09")
    chats = [
        finish_linking(tx, start_linking(tx, user_id, "SLACK").token, "U1", workspace)
        for user_id, workspace in ((SOLO, "T1"), (SOLO, "T2"), (MEMBER, "T2"))
    ]
    assert chats[0].id != chats[1].id == chats[2].id
    unsubscribe(tx, SOLO, "SLACK", "U1", "T2")
    assert tx[NOTIFICATION_SUBSCRIPTIONS].count() == 2, "it passed to another user"
    unsubscribe(tx, MEMBER, "SLACK", "U1", "T2")
    assert tx[NOTIFICATION_SUBSCRIPTIONS].count() == 1


def test_a_user_has_one_token_for_each_app_which_serves_once() -> None:
    tx = begin(edition="2026-09")
    old, new = (start_linking(tx, SOLO, "TELEGRAM").token for _ in range(2))
    start_linking(tx, SOLO, "SLACK")
    assert tx[CHAT_LINK_INTENTS].count() == 2
    finish_linking(tx, new, "17")
    for token in (old, new):
        with pytest.raises(NotFound):
            finish_linking(tx, token, "17")


def test_the_doctor_finds_devices_without_a_platform() -> None:
    tx = begin(edition="2026-09")
    subscribe(tx, SOLO, "TELEGRAM", "17")
    assert [each for check in CHECKS for each in check(tx)] == []
    subscribe(tx, SOLO, "APP_PUSH", "token")
    assert len([each for check in CHECKS for each in check(tx)]) == 1

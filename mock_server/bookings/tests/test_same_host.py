"""Whether a rescheduled round robin booking keeps its host, where the event type leaves the choice."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    NOW,
    SALES,
    add_member,
    add_team_event_type,
    at,
    begin,
    book,
    later,
    text,
)
from mock_server.teams.memberships import membership_of


@pytest.mark.parametrize(
    ("settings", "asked", "keeps"),
    [
        ({"allow_rr_host_choice_on_reschedule": True}, True, True),
        ({"allow_rr_host_choice_on_reschedule": True}, False, False),
        ({"allow_rr_host_choice_on_reschedule": True, "reschedule_with_same_round_robin_host": True}, False, False),
        ({"reschedule_with_same_round_robin_host": True}, False, True),
        ({}, True, False),
    ],
)
def test_the_request_chooses_where_the_event_type_allows_it(settings: dict[str, Any], asked: bool, keeps: bool) -> None:
    tx = begin(edition="2026-09")
    for user_id in (ADMIN, MEMBER):
        if membership_of(tx, user_id, SALES) is None:
            add_member(tx, user_id, SALES, "MEMBER")
    demo = add_team_event_type(tx, {ADMIN: {"is_fixed": False}, MEMBER: {"is_fixed": False}}, **settings)
    made = book(tx, demo, at(10))
    tx = later(tx, NOW)
    body: Any = {"start": text(at(14)), "rescheduleWithSameHost": asked}
    moved = reschedule(tx, made.uid, body).booking
    assert (moved.user_id == made.user_id) == keeps

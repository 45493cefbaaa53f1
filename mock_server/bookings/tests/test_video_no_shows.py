"""Hosts and guests who miss a Cal Video meeting are reported to webhooks with a delay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mock_server.bookings.cancellation import cancel
from mock_server.bookings.model import (
    ATTENDEES,
    BOOKINGS,
    Booking,
    ConferencingSession,
    MeetingVideo,
    SessionParticipant,
)
from mock_server.bookings.tests.builders import (
    MEMBER,
    NOW,
    OWNER,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
)
from mock_server.bookings.video import record_meeting, store_video
from mock_server.bookings.video_no_shows import GUESTS_MISSED, HOSTS_MISSED, KIND, report_no_shows
from mock_server.state.jobs import JOBS, Job
from mock_server.state.transaction import Transaction
from mock_server.webhooks.model import WEBHOOKS

SAM, ANN = ("4", "Sam Solo"), (None, "Ann Lee")


@pytest.fixture
def tx() -> Transaction:
    """Solo has a webhook with a delay of five minutes."""
    tx = begin(edition="2026-03")
    add_webhook(tx, "hook", user_id=SOLO, time=5, time_unit="MINUTE")
    return tx


def add_webhook(tx: Transaction, name: str, **fields: object) -> None:
    triggers, url = (HOSTS_MISSED, GUESTS_MISSED), f"https://{name}.example"
    tx[WEBHOOKS].insert(WEBHOOKS.entity(id=name, subscriber_url=url, triggers=triggers, created_at=NOW, **fields))


def jobs(tx: Transaction) -> list[Job]:
    return [each for each in tx[JOBS].page(0, 100) if each.kind == KIND]


def meet(tx: Transaction, booking: Booking, *participants: tuple[str | None, str], minute: int = 0) -> None:
    """The participants join at a minute of the meeting."""
    start = int(booking.start.timestamp())
    joined = tuple(
        SessionParticipant(user_id=number, user_name=name, join_time=start + 60 * minute, duration=600)
        for number, name in participants
    )
    session = ConferencingSession(
        id="s", room="r", start_time=start, duration=900, ongoing=True, max_participants=2, participants=joined
    )
    store_video(tx, MeetingVideo(booking_id=booking.id, sessions=(session,)))


def reported(tx: Transaction) -> list[str]:
    """The triggers of what the jobs report."""
    tx.outbox.clear()
    for job in jobs(tx):
        tx[JOBS].delete(job.id)
        report_no_shows(tx, job)
    return [each.name for each in tx.outbox]


def test_only_webhooks_with_a_delay_look_at_meetings(tx: Transaction) -> None:
    add_webhook(tx, "other", user_id=SOLO)
    booking = book(tx, add_event_type(tx), at(10))
    assert [(each.due - booking.start, each.details["webhookId"]) for each in jobs(tx)] == [
        (timedelta(minutes=5), "hook")
    ] * 2
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, None)
    assert jobs(tx) == []


def test_who_joined_in_time_is_not_reported(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    meet(tx, booking, SAM, ANN, minute=5)
    assert reported(tx) == []


def test_who_joined_late_is_reported_and_marked(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    meet(tx, booking, SAM, ANN, minute=6)
    assert reported(tx) == [HOSTS_MISSED]
    assert tx[BOOKINGS].require(booking.id).no_show_host
    assert [each.no_show for each in tx[ATTENDEES].find(booking_id=booking.id)] == [False]


def test_only_the_guest_is_missing(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    meet(tx, booking, SAM)
    assert reported(tx) == [GUESTS_MISSED]
    assert [each.no_show for each in tx[ATTENDEES].find(booking_id=booking.id)] == [True]


def test_without_sessions_the_end_of_the_meeting_decides(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    assert reported(tx) == []
    assert {each.due for each in jobs(tx)} == {booking.end}
    record_meeting(tx, booking.id)
    assert reported(tx) == []
    assert jobs(tx) == []


def test_a_recording_keeps_the_sessions_that_were_set(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    meet(tx, booking, SAM)
    record_meeting(tx, booking.id)
    assert reported(tx) == [GUESTS_MISSED]


def test_each_missing_host_of_a_team_is_reported(tx: Transaction) -> None:
    event_type = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, scheduling_type="collective")
    add_webhook(tx, "event", event_type_id=event_type.id, time=1, time_unit="HOUR")
    booking = book(tx, event_type, at(10))
    meet(tx, booking, ANN)
    assert reported(tx) == [HOSTS_MISSED] * 2
    hosts = [each.payload["event"].payload["hostEmail"] for each in tx.outbox]
    assert sorted(hosts) == ["member@acme.example", "owner@acme.example"]
    marked = [each.email for each in tx[ATTENDEES].find(booking_id=booking.id) if each.no_show]
    assert (booking.user_id, marked) == (OWNER, ["member@acme.example"])
    assert tx[BOOKINGS].require(booking.id).no_show_host

"""Hosts and guests who miss a Cal Video meeting are reported to webhooks with a delay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

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
    SALES,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    write_to_google,
)
from mock_server.bookings.video import record_meeting, store_video
from mock_server.bookings.video_no_shows import (
    GUESTS_MISSED,
    HOSTS_MISSED,
    KIND,
    guests_missed,
    hosts_missed,
    report_no_shows,
)
from mock_server.event_types.model import CalVideoSettings
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


def report(tx: Transaction) -> dict[str, Any]:
    """The payload of the only report."""
    [_] = reported(tx)
    [event] = tx.outbox
    return dict(event.payload["event"].payload)


@pytest.mark.parametrize("is_about_hosts", [True, False])
def test_a_report_shows_the_booking_those_who_joined_and_the_webhook(is_about_hosts: bool) -> None:
    tx = begin(edition="2026-03")
    trigger = HOSTS_MISSED if is_about_hosts else GUESTS_MISSED
    hook = {"app_id": "app", "payload_template": "{}", "user_id": SOLO, "time": 5, "time_unit": "MINUTE"}
    tx[WEBHOOKS].insert(
        WEBHOOKS.entity(id="hook", subscriber_url="https://hook.example", triggers=(trigger,), created_at=NOW, **hook)
    )
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(10))
    tx[BOOKINGS].update(booking.id, rescheduled_by="ann@example.com")
    meet(tx, booking, ANN if is_about_hosts else SAM)
    payload = report(tx)
    [participant] = payload.pop("participants")
    assert len(participant.pop("participant_id")) == 36
    start = int(booking.start.timestamp())
    common = {"join_time": start, "duration": 600}
    sam = {"user_id": "4", "user_name": "Sam Solo", **common, "email": "solo@example.com", "isLoggedIn": True}
    assert participant == ({"user_id": None, "user_name": "Ann Lee", **common} if is_about_hosts else sam)
    [attendee] = payload.pop("attendees")
    assert (attendee["email"], attendee["noShow"]) == ("ann@example.com", not is_about_hosts)
    about = "Host with email solo@example.com" if is_about_hosts else "Guest"
    if is_about_hosts:
        assert (payload.pop("hostEmail"), payload.pop("noShowHost")) == ("solo@example.com", True)
    else:
        assert payload.pop("guests") == [attendee]
    assert payload == {
        "title": booking.title,
        "bookingId": booking.id,
        "bookingUid": booking.uid,
        "startTime": "2030-01-07T10:00:00.000Z",
        "endTime": "2030-01-07T11:00:00.000Z",
        "eventType": {"id": event_type.id, "teamId": None, "parentId": None, "calVideoSettings": None},
        "webhook": {
            "id": "hook",
            "subscriberUrl": "https://hook.example",
            "appId": "app",
            "time": 5,
            "timeUnit": "MINUTE",
            "eventTriggers": [trigger],
            "payloadTemplate": "{}",
            "version": tx[WEBHOOKS].require("hook").version,
        },
        "message": f"{about} didn't join the call or didn't join before 2030-01-07 10:05:00 +00:00",
        "rescheduledBy": "ann@example.com",
    }
    event = tx.outbox[0].payload["event"]
    assert (event.webhook_id, event.subscriber_url) == ("hook", "https://hook.example")


def test_a_report_of_a_team_s_booking_without_event_type_has_no_owner() -> None:
    tx = begin(edition="2026-03")
    event_type = add_team_event_type(tx, {OWNER: {}})
    add_webhook(tx, "event", event_type_id=event_type.id, time=5, time_unit="MINUTE")
    booking = book(tx, event_type, at(10))
    meet(tx, booking, ANN)
    assert report(tx)["eventType"] == {
        "id": event_type.id,
        "teamId": SALES,
        "parentId": None,
        "calVideoSettings": None,
    }
    other = book(tx, event_type, at(12))
    tx[BOOKINGS].update(other.id, event_type_id=None)
    meet(tx, other, ANN)
    payload = report(tx)
    assert payload["eventType"] == {"id": None, "teamId": None, "parentId": None, "calVideoSettings": None}
    assert "rescheduledBy" not in payload


def test_reports_end_with_the_webhook_its_delay_and_the_booking(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    meet(tx, booking, ANN)
    first, *_ = jobs(tx)
    for change in (
        lambda: tx[BOOKINGS].update(booking.id, status="cancelled"),
        lambda: (tx[BOOKINGS].update(booking.id, status="accepted"), tx[WEBHOOKS].update("hook", time=None)),
        lambda: tx[WEBHOOKS].delete("hook"),
    ):
        change()
        tx.outbox.clear()
        report_no_shows(tx, first)
        assert tx.outbox == []


def test_only_cal_video_meetings_are_watched(tx: Transaction) -> None:
    write_to_google(tx)
    book(tx, add_event_type(tx), at(10), location="Main Street 1")
    assert jobs(tx) == []


def test_reports_count_in_the_chain_of_deliveries_that_caused_the_booking(tx: Transaction) -> None:
    tx.rounds = 3
    booking = book(tx, add_event_type(tx), at(10))
    tx.rounds = 0
    meet(tx, booking, ANN)
    report(tx)
    assert tx.outbox[0].payload["event"].rounds == 3
    [waiting] = [each for each in jobs_after_a_meeting_without_sessions() if each.details["trigger"] == HOSTS_MISSED]
    assert waiting.about == f"booking:{waiting.details['bookingId']}"


def jobs_after_a_meeting_without_sessions() -> list[Job]:
    tx = begin(edition="2026-03")
    add_webhook(tx, "hook", user_id=SOLO, time=5, time_unit="MINUTE")
    book(tx, add_event_type(tx), at(10))
    reported(tx)
    return jobs(tx)


@pytest.mark.parametrize(
    ("joined", "minute", "hosts", "guests"),
    [
        ((SAM, ANN), 5, False, False),
        ((SAM, ANN), 6, True, False),
        ((SAM,), 0, False, True),
        ((ANN,), 0, True, False),
        ((("5", "Sam Solo"), (None, "ann@example.com")), 0, False, False),
        ((("4", "Sammy"), ANN), 0, False, False),
        (((None, "solo@example.com"), (None, "Ann Lee")), 0, False, False),
        ((("40", "Sam"), (None, "Ann")), 0, True, True),
        (((None, ""),), 0, True, True),
        ((), 0, True, False),
    ],
)
def test_missing_participants_are_identified_by_id_name_or_address(
    tx: Transaction, joined: tuple[tuple[str | None, str], ...], minute: int, hosts: bool, guests: bool
) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    limit = at(10, 5)
    assert (hosts_missed(tx, booking, limit), guests_missed(tx, booking, limit)) == (False, False)
    meet(tx, booking, *joined, minute=minute)
    assert (hosts_missed(tx, booking, limit), guests_missed(tx, booking, limit)) == (hosts, guests)


@pytest.mark.parametrize(
    ("host", "is_missing"),
    [(("4", "Sammy"), False), ((None, "Sam Solo"), False), ((None, "solo@example.com"), False), (("5", "Sammy"), True)],
)
def test_a_host_who_joined_is_known_by_id_name_or_address(
    tx: Transaction, host: tuple[str | None, str], is_missing: bool
) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    meet(tx, booking, host, ANN)
    assert reported(tx) == ([HOSTS_MISSED] if is_missing else [])


def test_at_the_end_without_sessions_nothing_follows(tx: Transaction) -> None:
    book(tx, add_event_type(tx), at(10))
    reported(tx)
    assert len(jobs(tx)) == 2
    assert reported(tx) == []
    assert jobs(tx) == []


def test_a_report_has_the_event_type_s_parent_and_settings(tx: Transaction) -> None:
    managed = add_team_event_type(tx, {}, scheduling_type="managed")
    settings = CalVideoSettings(created_at=NOW, updated_at=NOW, disable_recording_for_guests=True)
    child = add_event_type(tx, parent_id=managed.id, cal_video_settings=settings)
    meet(tx, book(tx, child, at(10)), ANN)
    shown = report(tx)["eventType"]
    assert shown["parentId"] == managed.id
    assert shown["calVideoSettings"]["disableRecordingForGuests"] is True


def test_people_marked_as_absent_have_missed_the_meeting(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10), guests=["bob@example.com"])
    ann, bob = tx[ATTENDEES].find(booking_id=booking.id)
    assert hosts_missed(tx, tx[BOOKINGS].update(booking.id, no_show_host=True), at(10))
    tx[ATTENDEES].update(ann.id, no_show=True)
    assert not guests_missed(tx, booking, at(10))
    tx[ATTENDEES].update(bob.id, no_show=True)
    assert guests_missed(tx, booking, at(10))

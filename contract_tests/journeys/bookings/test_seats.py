"""Event types with seats: several attendees book the same time independently."""

from __future__ import annotations

import pytest

from contract_tests.clients import BOOKINGS, Client
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, attendee


@pytest.fixture
def yoga(host: Host) -> int:
    seats = {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}
    return host.offer(title="Yoga", seats=seats)


def seats_left(host: Host, event_type: int) -> int:
    """On the Monday at ten o'clock."""
    found = host.slots(event_type)
    return next(each["seatsRemaining"] for each in found if each["start"][11:16] == "10:00")


@pytest.mark.until("2026-03", "booking-refusals-enveloped")
def test_seats_are_taken_and_released(host: Host, yoga: int, anonymous: Client) -> None:
    ann = host.book(yoga, "10:00", attendee=attendee("Ann"), metadata={"mat": "own"})
    assert seats_left(host, yoga) == 1
    bob = host.book(yoga, "10:00", attendee=attendee("Bob"))
    assert ann["uid"] == bob["uid"]
    assert seats_left(host, yoga) == 0, "a full class is still listed"

    seated = host.read(ann["uid"])["attendees"]
    assert [(each["name"], each["seatUid"]) for each in seated] == [("Ann", ann["seatUid"]), ("Bob", bob["seatUid"])]
    assert [each["metadata"] for each in seated] == [{"mat": "own"}, {}]

    for who, message in ((attendee(), "booking_seats_full_error"), (seated[0], "already_signed_up")):
        booker = {name: who[name] for name in ("name", "email", "timeZone")}
        refusal = host.ask(yoga, "10:00", attendee=booker)
        assert refusal.status_code == 409
        assert message in refusal.json()["message"]

    left = host.act(bob["uid"], "cancel", anonymous, seatUid=bob["seatUid"])
    assert (left["status"], [each["name"] for each in left["attendees"]]) == ("accepted", ["Ann"])
    assert seats_left(host, yoga) == 1
    empty = host.act(ann["uid"], "cancel", anonymous, seatUid=ann["seatUid"])
    assert (empty["status"], empty["attendees"]) == ("cancelled", [])


def test_a_seated_booking_blocks_other_event_types(host: Host, yoga: int) -> None:
    host.book(yoga, "10:00")
    talk = host.offer()
    assert "10:00" not in host.clocks(talk)
    assert host.ask(talk, "10:00").status_code == 400


def test_moving_one_seat_leaves_the_others(host: Host, yoga: int, anonymous: Client) -> None:
    ann, bob = host.book(yoga, "10:00"), host.book(yoga, "10:00")
    moved = host.act(ann["uid"], "reschedule", anonymous, 201, start=host.at("12:00"), seatUid=ann["seatUid"])
    assert (moved["uid"] != ann["uid"], moved["start"]) == (True, host.at("12:00"))
    assert [each["seatUid"] for each in host.read(bob["uid"])["attendees"]] == [bob["seatUid"]]

    joined = host.act(bob["uid"], "reschedule", anonymous, 201, start=host.at("12:00"), seatUid=bob["seatUid"])
    assert (joined["uid"], joined["seatUid"]) == (moved["uid"], bob["seatUid"])
    assert host.read(bob["uid"])["status"] == "cancelled", "no attendee is left"


@pytest.mark.until("2026-03", "admins-manage-seats")
def test_only_the_host_moves_or_cancels_all_seats(host: Host, yoga: int, anonymous: Client) -> None:
    made = host.book(yoga, "10:00")
    host.book(yoga, "10:00")
    path = f"{BOOKING_PATH}/{made['uid']}"
    assert anonymous.post(f"{path}/reschedule", json={"start": host.at("13:00")}, v=BOOKINGS).status_code == 401
    assert anonymous.post(f"{path}/cancel", json={}, v=BOOKINGS).status_code == 401
    body = {"start": host.at("13:00"), "rescheduledBy": host.email}
    moved = host.act(made["uid"], "reschedule", anonymous, 201, **body)
    assert (moved["uid"], moved["start"], len(moved["attendees"])) == (made["uid"], host.at("13:00"), 2)
    assert host.act(made["uid"], "cancel", cancellationReason="ill")["attendees"] == []

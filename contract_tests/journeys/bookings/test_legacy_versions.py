"""Bookings of the older version, which are those of today in another form."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, Client, data, error
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, attendee
from contract_tests.nonexistent import NO_TEXT

OLD = "2024-04-15"


def body(host: Host, event_type: int, clock: str, days: int = 0, **fields: Any) -> dict[str, Any]:
    booker = attendee()
    return {
        "start": host.at(clock, days),
        "eventTypeId": event_type,
        "timeZone": booker["timeZone"],
        "language": "en",
        "metadata": {"origin": "older"},
        "responses": {"name": booker["name"], "email": booker["email"]},
        **fields,
    }


def book(host: Host, event_type: int, clock: str, **fields: Any) -> dict[str, Any]:
    sent = body(host, event_type, clock, **fields)
    return data(host.anonymous.post(BOOKING_PATH, json=sent, v=OLD), 201)


def test_both_versions_see_the_same_booking(host: Host) -> None:
    event_type = host.offer()
    made = book(host, event_type, "10:00", noFieldOfThisName="x")
    assert (made["startTime"], made["endTime"], made["status"]) == (host.at("10:00"), host.at("11:00"), "ACCEPTED")
    assert made["metadata"]["origin"] == "older"
    assert [each["email"] for each in made["attendees"]] == [made["responses"]["email"]]
    assert host.read(made["uid"])["start"] == host.at("10:00")
    for path in (f"{BOOKING_PATH}/{made['uid']}", f"{BOOKING_PATH}/{made['uid']}/reschedule"):
        shown = data(host.anonymous.get(path, v=OLD))
        assert (shown["id"], shown["eventType"]["id"]) == (made["id"], event_type)


def test_any_text_is_a_language(host: Host) -> None:
    made = book(host, host.offer(), "10:00", language="old tongue")
    assert [each["language"] for each in host.read(made["uid"])["attendees"]] == ["old tongue"]


def test_each_booking_is_read_for_its_new_time(host: Host) -> None:
    event_type = host.offer()
    uids = [book(host, event_type, clock)["uid"] for clock in ("10:00", "14:00")]
    for uid in uids:
        assert data(host.anonymous.get(f"{BOOKING_PATH}/{uid}/reschedule", v=OLD))["uid"] == uid


def test_booking_again_with_a_uid_gives_the_booking_a_new_time(host: Host) -> None:
    event_type = host.offer()
    made = book(host, event_type, "10:00")
    moved = book(host, event_type, "14:00", rescheduleUid=made["uid"])
    assert (moved["fromReschedule"], moved["startTime"]) == (made["uid"], host.at("14:00"))
    assert data(host.anonymous.get(f"{BOOKING_PATH}/{made['uid']}", v=OLD))["status"] == "CANCELLED"
    assert "10:00" in host.clocks(event_type)


def test_bookings_and_series_of_another_event_type_are_left_alone(host: Host) -> None:
    weekly = {"interval": 1, "occurrences": 4, "frequency": "weekly"}
    event_type, recurring = host.offer(), host.offer(recurrence=weekly)
    series = [body(host, recurring, "10:00")]
    [made] = data(host.anonymous.post(f"{BOOKING_PATH}/recurring", json=series, v=OLD), 201)
    moved = body(host, event_type, "14:00", rescheduleUid=made["uid"])
    assert made["uid"] in error(host.anonymous.post(BOOKING_PATH, json=moved, v=OLD), 404)["message"]
    joined = body(host, event_type, "14:00", recurringEventId=made["recurringEventId"])
    assert "another event type" in error(host.anonymous.post(BOOKING_PATH, json=joined, v=OLD), 400)["message"]
    assert host.read(made["uid"])["status"] == "accepted"
    book(host, recurring, "12:00", recurringEventId=made["recurringEventId"])


def test_an_end_has_to_fit_the_event_type(host: Host) -> None:
    sent = body(host, host.offer(), "10:00", end=host.at("10:30"))
    assert "lengthInMinutes" in error(host.anonymous.post(BOOKING_PATH, json=sent, v=OLD), 400)["message"]
    sent["end"] = host.at("11:00")
    data(host.anonymous.post(BOOKING_PATH, json=sent, v=OLD), 201)


def test_a_series_is_made_of_its_items_or_not_at_all(host: Host) -> None:
    event_type = host.offer(recurrence={"interval": 1, "occurrences": 4, "frequency": "weekly"})
    items = [body(host, event_type, "10:00", days) for days in (0, 8)]
    made = data(host.anonymous.post(f"{BOOKING_PATH}/recurring", json=items, v=OLD), 201)
    assert [each["startTime"] for each in made] == [each["start"] for each in items]
    assert len({each["recurringEventId"] for each in made}) == 1
    taken = [body(host, event_type, "12:00"), items[0]]
    assert host.anonymous.post(f"{BOOKING_PATH}/recurring", json=taken, v=OLD).status_code == 400
    assert "12:00" in host.clocks(event_type)
    refusal = error(host.anonymous.post(f"{BOOKING_PATH}/recurring", json=[{}], v=OLD), 400)
    assert "eventTypeId" in str(refusal["details"])


def test_cancelling_says_who_did_it_and_why(host: Host) -> None:
    path = f"{BOOKING_PATH}/{book(host, host.offer(), '10:00')['uid']}/cancel"
    gone = data(
        host.anonymous.post(path, json={"cancellationReason": "ill", "cancelledBy": "a@example.com"}, v=OLD), 201
    )
    assert (gone["status"], gone["cancellationReason"], gone["cancelledBy"]) == ("CANCELLED", "ill", "a@example.com")
    refusal = error(host.anonymous.post(f"{BOOKING_PATH}/{NO_TEXT}/cancel", json={}, v=OLD), 404)
    assert refusal["message"] == f"Booking with UID={NO_TEXT} does not exist."


def test_all_cancelled_bookings_say_who_did_it(host: Host) -> None:
    event_type = host.offer(recurrence={"interval": 1, "occurrences": 4, "frequency": "weekly"})
    items = [body(host, event_type, "10:00", days) for days in (0, 7)]
    uids = [each["uid"] for each in data(host.anonymous.post(f"{BOOKING_PATH}/recurring", json=items, v=OLD), 201)]
    sent = {"allRemainingBookings": True, "cancelledBy": "a@example.com"}
    data(host.anonymous.post(f"{BOOKING_PATH}/{uids[0]}/cancel", json=sent, v=OLD), 201)
    gone = [data(host.anonymous.get(f"{BOOKING_PATH}/{uid}", v=OLD)) for uid in uids]
    assert [(each["status"], each["cancelledBy"]) for each in gone] == [("CANCELLED", "a@example.com")] * 2


def test_a_booking_that_loses_a_seat_is_not_cancelled(host: Host) -> None:
    event_type = host.offer(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True})
    uid = host.book(event_type, "10:00")["uid"]
    sent = {"seatReferenceUid": host.book(event_type, "10:00")["seatUid"], "cancelledBy": "a@example.com"}
    left = data(host.anonymous.post(f"{BOOKING_PATH}/{uid}/cancel", json=sent, v=OLD), 201)
    assert (left["status"], left["cancelledBy"], len(left["attendees"])) == ("ACCEPTED", None, 1)


def test_an_empty_text_names_no_series(host: Host) -> None:
    assert book(host, host.offer(), "10:00", recurringEventId="")["recurringEventId"] is None


def test_a_list_names_its_next_page(host: Host) -> None:
    event_type = host.offer()
    made = [book(host, event_type, clock)["uid"] for clock in ("10:00", "12:00")]
    first = data(host.api.get(BOOKING_PATH, params={"limit": 1}, v=OLD))
    assert first["nextCursor"] == 1 <= first["totalCount"] - 1
    rest = data(host.api.get(BOOKING_PATH, params={"cursor": 1}, v=OLD))
    listed = [each["uid"] for each in first["bookings"] + rest["bookings"]]
    assert [listed.count(each) for each in made] == [1] * len(made)
    error(host.api.get(BOOKING_PATH, params={"filters[status]": "someday"}, v=OLD), 400)


def test_a_host_who_did_not_come_is_marked(host: Host) -> None:
    uid = book(host, host.offer(), "10:00")["uid"]
    path = f"{BOOKING_PATH}/{uid}/mark-no-show"
    assert data(host.api.post(path, json={"noShowHost": True}, v=OLD), 201)["noShowHost"] is True
    assert host.read(uid)["absentHost"] is True


def test_seats_stay_private(host: Host) -> None:
    event_type = host.offer(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": False, "showAvailabilityCount": True})
    made = book(host, event_type, "10:00")
    assert (made["attendees"], made["seatsReferences"]) == ([], [])


@pytest.mark.until("2026-03", "unbookable-event-types-refused")
def test_an_instant_meeting_needs_a_team(host: Host) -> None:
    sent = body(host, host.offer(), "10:00")
    assert "not of a team" in error(host.anonymous.post(f"{BOOKING_PATH}/instant", json=sent, v=OLD), 400)["message"]


@pytest.mark.parametrize("path", ["mark-no-show", "cancel", "reschedule"])
def test_other_versions_do_not_have_it(anonymous: Client, path: str) -> None:
    method = "GET" if path == "reschedule" else "POST"
    version = "2024-09-04" if path == "cancel" else BOOKINGS
    target = f"{BOOKING_PATH}/{NO_TEXT}/{path}"
    reply = anonymous.request(method, target, json={} if method == "POST" else None, v=version)
    assert error(reply, 404)["message"] == f"Cannot {method} {target}"

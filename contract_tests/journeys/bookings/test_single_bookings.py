"""One booking from beginning to end: book, read, move, cancel."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from icalendar import Calendar

from contract_tests.clients import BOOKINGS, Client, Deployment, data, error
from contract_tests.editions import added_in, in_force
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, as_read, attendee
from contract_tests.nonexistent import NO_NUMBER

HOURS = [f"{hour:02}:00" for hour in range(9, 17)]


def test_book_move_and_cancel(host: Host, anonymous: Client) -> None:
    talk = host.offer()
    assert host.clocks(talk) == HOURS

    booker = attendee(language="it", phoneNumber="+442079460958")
    made = host.book(talk, "10:00", attendee=booker, metadata={"crm": "a-1"})
    assert (made["status"], made["start"], made["duration"]) == ("accepted", host.at("10:00"), 60)
    assert [each["email"] for each in made["hosts"]] == [host.email]
    assert made["attendees"] == [booker | {"absent": False} | added_in("2026-03", displayEmail=booker["email"])]
    assert made["metadata"] == {"crm": "a-1"}
    assert host.read(made["uid"]) == as_read(made), "the uid is enough to read it"
    assert host.clocks(talk) == [each for each in HOURS if each != "10:00"]
    assert error(host.ask(talk, "10:00"), 400)["message"] == (
        "User either already has booking at this time or is not available"
    )

    body = {"start": host.at("14:00"), "reschedulingReason": "late"}
    moved = data(anonymous.post(f"{BOOKING_PATH}/{made['uid']}/reschedule", json=body, v=BOOKINGS), 201)
    assert (moved["rescheduledFromUid"], moved["reschedulingReason"]) == (made["uid"], "late")
    assert (moved["title"], moved["icsUid"], moved["metadata"]) == (made["title"], made["icsUid"], made["metadata"])
    assert host.read(made["uid"])["status"] == "cancelled"
    assert host.clocks(talk) == [each for each in HOURS if each != "14:00"]

    gone = host.act(moved["uid"], "cancel", anonymous, cancellationReason="ill")
    assert (gone["status"], gone["cancellationReason"]) == ("cancelled", "ill")
    assert host.clocks(talk) == HOURS


@pytest.mark.until("2026-03", "reschedules-refused-early")
def test_a_cancelled_booking_cannot_be_rescheduled(host: Host, anonymous: Client) -> None:
    uid = host.book(host.offer(), "10:00")["uid"]
    host.act(uid, "cancel", anonymous)
    reply = anonymous.post(f"{BOOKING_PATH}/{uid}/reschedule", json={"start": host.at("14:00")}, v=BOOKINGS)
    assert (reply.status_code, reply.json()) == (
        400,
        {"statusCode": 400, "message": "cancelled_bookings_cannot_be_rescheduled"},
    )
    assert host.act(uid, "cancel", anonymous, cancellationReason="indeed")["cancellationReason"] == "indeed"


def test_a_host_has_to_give_a_cancellation_reason(host: Host, deployment: Deployment) -> None:
    if deployment.newcomer is not None:
        pytest.skip("a managed host needs no reason")
    uid = host.book(host.offer(), "10:00")["uid"]
    refusal = host.api.post(f"{BOOKING_PATH}/{uid}/cancel", json={}, v=BOOKINGS)
    assert refusal.status_code == 400
    assert refusal.json()["message"] == "Cancellation reason is required when you are the host"
    assert host.act(uid, "cancel", cancellationReason="ill")["status"] == "cancelled"


@pytest.mark.sandbox_only("the live service cancels the booking and refuses all the same")
def test_cancelling_later_occurrences_of_a_single_booking_is_rejected(host: Host, anonymous: Client) -> None:
    uid = host.book(host.offer(), "10:00")["uid"]
    body = {"cancelSubsequentBookings": True}
    refusal = error(anonymous.post(f"{BOOKING_PATH}/{uid}/cancel", json=body, v=BOOKINGS), 400)
    assert refusal["message"] == f"Booking with bookingUid={uid} is not part of a recurring booking."
    assert host.read(uid)["status"] == "accepted"


@pytest.mark.until("2026-03", "answers-checked")
def test_guests_responses_and_length(host: Host) -> None:
    question = {"type": "text", "slug": "color", "label": "Colour", "required": True, "placeholder": ""}
    talk = host.offer(lengthInMinutes=30, lengthInMinutesOptions=[30, 90], bookingFields=[question])
    refusal = error(host.ask(talk, "10:00"), 400)
    assert "{color}error_required_field" in refusal["message"]
    guest = attendee()["email"]
    answers = {"color": "blue", "notes": "I bring the plans."}
    made = host.book(talk, "10:00", lengthInMinutes=90, guests=[guest], bookingFieldsResponses=answers)
    assert (made["duration"], made["description"], made["guests"]) == (90, "I bring the plans.", [guest])
    assert made["bookingFieldsResponses"]["color"] == "blue"
    assert [each["email"] for each in made["attendees"]][1:] == [guest]
    assert set(host.clocks(talk)) & {"10:00", "10:30", "11:00"} == set()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lengthInMinutes": 45}, "does not have multiple possible lengths"),
        ({"location": {"type": "phone"}}, "location types: integration"),
        ({"instant": False}, "instant"),
        ({"nickname": "Annie"}, "property nickname should not exist"),
        ({"metadata": {"number": 5}}, "metadata.number - Expected string, received number"),
        ({"guests": ["nobody"]}, "{guests}email_validation_error"),
        pytest.param(
            {"attendee": {"name": "Ann", "timeZone": "Europe/Rome"}},
            "{email}error_required_field",
            marks=pytest.mark.until("2026-03", "contact-required"),
        ),
    ],
)
def test_invalid_booking_requests(host: Host, fields: dict[str, Any], message: str) -> None:
    assert message in error(host.ask(host.offer(), "10:00", **fields), 400)["message"]


def test_unknown_event_types_and_bookings(host: Host, anonymous: Client) -> None:
    error(host.ask(NO_NUMBER, "10:00"), 404)
    for path in ("", "/calendar-links"):
        error(host.api.get(f"{BOOKING_PATH}/nothing{path}", v=BOOKINGS), 404)
    for action in ("cancel", "confirm", "decline", "reassign"):
        error(host.api.post(f"{BOOKING_PATH}/nothing/{action}", json={}, v=BOOKINGS), 404)
    error(anonymous.post(f"{BOOKING_PATH}/nothing/reschedule", json={"start": host.at("10:00")}, v=BOOKINGS), 404)


@pytest.mark.until("2026-03", "booking-refusals-enveloped")
def test_limits_and_notice(host: Host) -> None:
    limited = host.offer(bookingLimitsCount={"day": 1})
    host.book(limited, "10:00")
    refusal = host.ask(limited, "14:00")
    assert (refusal.status_code, refusal.json()["message"]) == (401, "booking_limit_reached")
    slow = host.offer(minimumBookingNotice=60 * 24 * 60)
    refusal = host.ask(slow, "10:00")
    assert (refusal.status_code, refusal.json()["message"]) == (400, "booking_time_out_of_bounds_error")


def test_calendar_links(host: Host) -> None:
    talk = host.offer(description="Bring shoes")
    made = host.book(talk, "10:00")
    links = {
        each["id"]: each["link"]
        for each in data(host.api.get(f"{BOOKING_PATH}/{made['uid']}/calendar-links", v=BOOKINGS))
    }
    assert list(links) == ["googleCalendar", "microsoftOffice", "microsoftOutlook", "ics"]
    stamp = made["start"].replace("-", "").replace(":", "")[:15] + "Z"
    assert f"dates={stamp}/" in links["googleCalendar"]
    calendar: Any = Calendar.from_ical(unquote(links["ics"].removeprefix("data:text/calendar,")))
    [event] = calendar.walk("VEVENT")
    assert (event["SUMMARY"], event["DESCRIPTION"], event["LOCATION"]) == (
        made["title"],
        "Bring shoes",
        made["location"],
    )
    assert event.decoded("DTSTART").isoformat() == made["start"].replace(".000Z", "+00:00")
    assert event.decoded("DURATION").total_seconds() == 3600


def test_lists(host: Host, anonymous: Client) -> None:
    talk = host.offer()
    booker = attendee()
    early, late = host.book(talk, "09:00"), host.book(talk, "15:00", attendee=booker)
    host.act(early["uid"], "cancel", anonymous)
    assert host.listed(eventTypeId=talk) == [early["uid"], late["uid"]]
    assert host.listed(eventTypeId=talk, sortStart="desc", take=1) == [late["uid"]]
    assert host.listed(eventTypeId=talk, skip=1) == [late["uid"]]
    assert host.listed(eventTypeId=talk, status="upcoming") == [late["uid"]]
    assert host.listed(eventTypeId=talk, status="cancelled") == [early["uid"]]
    assert host.listed(eventTypeId=talk, status="past") == []
    assert host.listed(attendeeEmail=booker["email"]) == [late["uid"]]
    assert host.listed(eventTypeId=talk, afterStart=host.at("10:00")) == [late["uid"]]
    assert host.listed(eventTypeId=talk, beforeEnd=host.at("10:00")) == [early["uid"]]
    for query in ({"take": 251}, {"status": "soon"}, {"sortEnd": "up"}, {"eventTypeId": 987_654_321}):
        error(host.api.get(BOOKING_PATH, params=query, v=BOOKINGS), 400)


@pytest.mark.until("2026-03", "absences-after-start")
@pytest.mark.sandbox_only("moves the clock")
def test_no_shows(host: Host, deployment: Deployment) -> None:
    booker = attendee()
    uid = host.book(host.offer(), "10:00", attendee=booker)["uid"]
    absent: dict[str, Any] = {"attendees": [{"email": booker["email"], "absent": True}]}
    refusal = host.api.post(f"{BOOKING_PATH}/{uid}/mark-absent", json=absent, v=BOOKINGS)
    assert (refusal.status_code, refusal.json()["message"]) == (400, "Failed to update no-show status")
    deployment.advance(days=14)
    assert host.act(uid, "mark-absent", **absent)["attendees"][0]["absent"] is True
    assert host.act(uid, "mark-absent", host=True)["absentHost"] is True
    assert host.listed(attendeeEmail=booker["email"], status="past") == [uid]


def test_the_rescheduling_reason_belongs_to_one_move(host: Host) -> None:
    first = host.book(host.offer(), "10:00")
    second = host.act(first["uid"], "reschedule", status=201, start=host.at("11:00"), reschedulingReason="late")
    field = "rescheduleReason" if in_force("reschedule-reason-in-its-field") else "rescheduledReason"
    assert (second["reschedulingReason"], second["bookingFieldsResponses"][field]) == ("late", "late")
    third = host.act(second["uid"], "reschedule", status=201, start=host.at("12:00"))
    assert "reschedulingReason" not in third
    assert third["bookingFieldsResponses"] == first["bookingFieldsResponses"]
    assert "reschedulingReason" not in host.read(third["uid"])


def _file(host: Host, booking: dict[str, Any]) -> list[str]:
    """The lines of the ICS file in a booking's links, without the UID, which is random in each reply."""
    links = data(host.api.get(f"{BOOKING_PATH}/{booking['uid']}/calendar-links", v=BOOKINGS))
    text = unquote(links[3]["link"].removeprefix("data:text/calendar,")).replace("\r\n ", "")
    return [line for line in text.split("\r\n") if not line.startswith(("UID:", "DTSTAMP:"))]


def test_the_ics_file_of_the_calendar_links(host: Host) -> None:
    made = host.book(host.offer(title="Tea (and cake)"), "10:00")
    assert _file(host, made) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "PRODID:adamgibbons/ics",
        "METHOD:PUBLISH",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
        f"SUMMARY:{made['title']}",
        f"DTSTART:{made['start'][:19].replace('-', '').replace(':', '')}Z",
        f"LOCATION:{made['location']}",
        "DURATION:PT60M",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_calendar_links_have_video_calls_but_no_addresses(host: Host) -> None:
    somewhere = [{"type": "address", "address": "123 Example Street, London", "public": True}]
    on_the_web = [{"type": "link", "link": "https://meet.example.com/ann", "public": True}]
    at_an_address = _file(host, host.book(host.offer(locations=somewhere), "10:00"))
    assert not [line for line in at_an_address if line.startswith("LOCATION")]
    assert "LOCATION:https://meet.example.com/ann" in _file(host, host.book(host.offer(locations=on_the_web), "11:00"))

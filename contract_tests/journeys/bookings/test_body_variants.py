"""Bodies of several variants: one field chooses the variant, and only its rules are reported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, Client, error
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host

WEEKLY = {"interval": 1, "occurrences": 4, "frequency": "weekly"}
FORMS = [
    "%Y%m%dT%H%M%SZ",
    "%G-W%V-%uT%H:%M:%SZ",
    "%GW%V%uT%H%M%SZ",
    "%Y-%jT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H",
]


def wrong(name: str, *rules: str) -> str:
    return f"{name} property is wrong,{', '.join(f'{name} {rule}' for rule in rules)} "


def unknown(name: str) -> str:
    return f"{name} property is wrong,property {name} should not exist "


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"recurrenceCount": "3"},
            wrong("recurrenceCount", "must not be less than 1", "must be an integer number"),
        ),
        ({"recurrenceCount": 0}, wrong("recurrenceCount", "must not be less than 1")),
        ({"recurrenceCount": 2, "instant": "x"}, unknown("instant")),
        ({"instant": "x"}, unknown("instant")),
        ({"instant": False}, unknown("instant")),
        ({"instant": True, "recurrenceCount": 2}, unknown("recurrenceCount")),
        ({"instant": True, "recurrenceCount": "x"}, unknown("recurrenceCount")),
    ],
)
def test_a_booking_is_instant_or_recurring_or_plain(host: Host, fields: dict[str, Any], message: str) -> None:
    series = host.offer(recurrence=WEEKLY)
    assert error(host.ask(series, "10:00", **fields), 400)["message"] == message


@pytest.mark.parametrize(
    ("action", "body", "message"),
    [
        pytest.param(
            "cancel",
            {"seatUid": "x", "cancellationReason": "ill"},
            unknown("cancellationReason"),
            marks=pytest.mark.until("2026-03", "seats-kept-when-cancelled"),
        ),
        (
            "cancel",
            {"seatUid": "x", "cancelSubsequentBookings": 5},
            unknown("cancelSubsequentBookings"),
        ),
        ("cancel", {"seatUid": 5}, wrong("seatUid", "must be a string")),
        ("cancel", {"seatUid": None}, wrong("seatUid", "must be a string")),
        (
            "cancel",
            {"cancellationReason": 5},
            wrong("cancellationReason", "must be a string"),
        ),
        ("reschedule", {"seatUid": "x", "reschedulingReason": "late"}, unknown("reschedulingReason")),
        ("reschedule", {"seatUid": 5}, wrong("seatUid", "must be a string")),
        (
            "reschedule",
            {"reschedulingReason": 5},
            wrong("reschedulingReason", "must be a string"),
        ),
    ],
)
def test_a_body_with_a_seat_uid_is_validated_as_a_seat_request(
    host: Host, anonymous: Client, action: str, body: dict[str, Any], message: str
) -> None:
    uid = host.book(host.offer(), "10:00")["uid"]
    start = {"start": host.at("14:00")} if action == "reschedule" else {}
    reply = anonymous.post(f"{BOOKING_PATH}/{uid}/{action}", json=start | body, v=BOOKINGS)
    assert error(reply, 400)["message"] == message
    assert host.read(uid)["status"] == "accepted"


@pytest.mark.parametrize("form", FORMS)
def test_a_start_in_every_iso_8601_format(host: Host, anonymous: Client, form: str) -> None:
    talk = host.offer()
    first, second = (datetime.fromisoformat(host.at(clock)).strftime(form) for clock in ("10:00", "14:00"))
    made = host.book(talk, "09:00", start=first)
    assert made["start"] == host.at("10:00")
    assert host.act(made["uid"], "reschedule", anonymous, 201, start=second)["start"] == host.at("14:00")


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%SZ"])
def test_a_start_with_a_space_is_rejected(host: Host, anonymous: Client, form: str) -> None:
    talk = host.offer()
    blank = datetime.fromisoformat(host.at("14:00")).strftime(form)
    message = "start - Expected string, received null, end - Expected string, received null, "
    assert error(host.ask(talk, "10:00", start=blank), 400)["message"] == message
    uid = host.book(talk, "10:00")["uid"]
    reply = anonymous.post(f"{BOOKING_PATH}/{uid}/reschedule", json={"start": blank}, v=BOOKINGS)
    assert error(reply, 400)["message"] == message


def test_an_invalid_date_is_reported_with_all_other_errors(host: Host) -> None:
    refusal = error(host.ask(host.offer(), "10:00", start="tomorrow", lengthInMinutes=0), 400)["message"]
    assert refusal.startswith("start property is wrong,start must be a valid ISO 8601 date string , lengthInMinutes ")

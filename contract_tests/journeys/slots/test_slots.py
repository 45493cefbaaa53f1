"""Searching for slots: the forms of the query, and the settings that shape the slots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contract_tests.clients import SCHEDULES, SLOTS, Client, data, error, unique
from contract_tests.editions import is_since
from contract_tests.journeys.slots.conftest import WHOLE_DAY, Offer
from contract_tests.nonexistent import NO_NUMBER


def test_slots_are_grouped_by_day_in_utc_or_in_the_requested_time_zone(offer: Offer) -> None:
    day = offer.monday.isoformat()
    assert offer.search() == {day: [{"start": offer.at(clock)} for clock in WHOLE_DAY]}
    [first, *_] = offer.search(timeZone="Europe/Rome", format="range")[day]
    assert first["start"].startswith(f"{day}T09:00:00.000+0")
    assert first["end"].startswith(f"{day}T10:00:00.000+0")


def test_username_and_slug_give_the_same_slots_as_the_id(offer: Offer, solo: Client, anonymous: Client) -> None:
    name = data(solo.get("/v2/me"))["username"]
    query = {"eventTypeSlug": offer.slug, "username": name, "start": f"{offer.monday}", "end": f"{offer.monday}"}
    assert data(anonymous.get("/v2/slots", params=query, v=SLOTS)) == offer.search()


def test_the_whole_slot_lies_between_start_and_end(offer: Offer) -> None:
    assert offer.clocks(start=offer.at("10:30"), end=offer.at("13:30")) == ["11:00", "12:00"]
    saturday = (offer.monday + timedelta(days=5)).isoformat()
    assert offer.search(start=saturday, end=saturday) == {}


def test_interval_offset_and_another_duration_shape_the_slots(offer: Offer) -> None:
    assert offer.clocks(duration=240) == ["09:00", "13:00"]
    offer.change(slotInterval=120)
    assert offer.clocks() == ["09:00", "11:00", "13:00", "15:00"]
    offer.change(offsetStart=15)
    assert offer.clocks() == ["09:15", "11:30", "13:45", "16:00"]


def test_an_override_replaces_the_hours_of_its_date(offer: Offer, solo: Client) -> None:
    made = data(solo.get("/v2/schedules", v=SCHEDULES))[-1]["id"]
    override = {"date": offer.monday.isoformat(), "startTime": "18:00", "endTime": "20:00"}
    data(solo.patch(f"/v2/schedules/{made}", json={"overrides": [override]}, v=SCHEDULES))
    assert offer.clocks() == ["18:00", "19:00"]


def test_notice_and_booking_window_hide_slots(offer: Offer) -> None:
    assert offer.clocks() == WHOLE_DAY
    offer.change(bookingWindow={"type": "calendarDays", "value": 2, "rolling": False})
    assert offer.clocks() == []
    offer.change(bookingWindow={"disabled": True}, minimumBookingNotice=60 * 24 * 40)
    assert offer.clocks() == []


def test_only_the_first_slot_of_a_day(offer: Offer) -> None:
    offer.change(onlyShowFirstAvailableSlot=True)
    assert offer.clocks() == ["09:00"]


def test_seats_are_shown_with_every_slot(offer: Offer) -> None:
    offer.change(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": False, "showAvailabilityCount": True})
    [first, *_] = offer.search()[offer.monday.isoformat()]
    assert first == {"start": offer.at("09:00"), "seatsBooked": 0, "seatsRemaining": 3, "seatsTotal": 3}


@pytest.mark.sandbox_only("a calendar of the default world is busy on Wednesdays from 12 to 13 in London")
def test_a_busy_calendar_removes_slots(offer: Offer) -> None:
    wednesday = (offer.monday + timedelta(days=2)).isoformat()
    london = offer.search(start=wednesday, end=wednesday, timeZone="Europe/London")[wednesday]
    assert "12:00" not in [slot["start"][11:16] for slot in london]
    assert {"11:00", "13:00"} <= {slot["start"][11:16] for slot in london}


@pytest.mark.sandbox_only("the organization of the default world")
def test_a_dynamic_group_has_the_slots_that_suit_all_known_users(offer: Offer, anonymous: Client) -> None:
    query = {"organizationSlug": "acme", "start": f"{offer.monday}", "end": f"{offer.monday}"}

    def group(names: str, **more: Any) -> dict[str, Any]:
        return data(anonymous.get("/v2/slots", params={"usernames": names, **query, **more}, v=SLOTS))

    together = group("owner,admin")
    assert together == group("owner, admin, nobody")
    assert len(together[f"{offer.monday}"]) == 16
    assert group("nobody,neither") == {}
    assert group("owner,admin", format="range")[f"{offer.monday}"][0]["end"] == together[f"{offer.monday}"][0]["start"]
    assert group("owner,admin", organizationSlug=unique("none")) == {}


MALFORMED_START = "start property is wrong,start must be a valid ISO 8601 date string "


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"username": "solo"}, "username property is wrong,property username should not exist "),
        ({"format": "list"}, "format property is wrong,slotFormat must be either 'range' or 'time' "),
        ({"start": "soon"}, MALFORMED_START),
        ({"start": "2031-02-30"}, MALFORMED_START if is_since("2026-03") else "Invalid start date"),
    ],
)
def test_an_invalid_query_is_rejected_with_a_single_message(
    offer: Offer, anonymous: Client, change: dict[str, str], complaint: str
) -> None:
    query = {"eventTypeId": offer.id, "start": "2031-06-02", "end": "2031-06-03", **change}
    assert error(anonymous.get("/v2/slots", params=query, v=SLOTS), 400)["message"] == complaint


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"eventTypeId": NO_NUMBER}, "Event Type not found"),
        ({"eventTypeSlug": "x", "username": "no-such-user"}, "User with username no-such-user not found"),
        (
            {"eventTypeSlug": "x", "username": "x", "organizationSlug": "no-such-organization"},
            "slots-input.service.ts: Organization with slug no-such-organization not found",
        ),
    ],
)
def test_what_does_not_exist_is_not_found(anonymous: Client, form: dict[str, Any], message: str) -> None:
    reply = anonymous.get("/v2/slots", params={**form, "start": "2031-06-02", "end": "2031-06-03"}, v=SLOTS)
    assert error(reply, 404)["message"] == message


@pytest.mark.sandbox_only("the live service does not answer at all")
def test_a_search_over_more_than_a_year_is_refused(offer: Offer, anonymous: Client) -> None:
    query = {"eventTypeId": offer.id, "start": "2031-01-01", "end": "9999-12-31"}
    error(anonymous.get("/v2/slots", params=query, v=SLOTS), 400)

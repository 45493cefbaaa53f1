"""Reserving a slot for some minutes."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import SLOTS, Client, Deployment, data, error
from contract_tests.journeys.slots.conftest import WHOLE_DAY, Offer
from contract_tests.nonexistent import NO_NUMBER, NO_TEXT

PATH = "/v2/slots/reservations"


def reserve(client: Client, offer: Offer, clock: str, **fields: Any) -> dict[str, Any]:
    body = {"eventTypeId": offer.id, "slotStart": offer.at(clock), **fields}
    return data(client.post(PATH, json=body, v=SLOTS), 201)


def test_a_reserved_slot_is_hidden_until_it_is_released(offer: Offer, anonymous: Client) -> None:
    made = reserve(anonymous, offer, "10:00")
    assert (made["slotStart"], made["slotEnd"]) == (offer.at("10:00"), offer.at("11:00"))
    assert (made["slotDuration"], made["reservationDuration"]) == (60, 5)
    assert offer.clocks() == [clock for clock in WHOLE_DAY if clock != "10:00"]

    one = f"{PATH}/{made['reservationUid']}"
    seen = data(anonymous.get(one, v=SLOTS))
    assert seen == {name: value for name, value in made.items() if name != "reservationDuration"}

    assert data(anonymous.delete(one, v=SLOTS)) is None
    assert offer.clocks() == WHOLE_DAY
    assert data(anonymous.get(one, v=SLOTS)) is None
    assert data(anonymous.delete(one, v=SLOTS)) is None, "releasing it again changes nothing"


def test_the_uid_is_enough_to_move_a_reservation(offer: Offer, anonymous: Client) -> None:
    uid = reserve(anonymous, offer, "10:00")["reservationUid"]
    body = {"eventTypeId": offer.id, "slotStart": offer.at("13:00"), "reservationDuration": 30}
    moved = data(anonymous.patch(f"{PATH}/{uid}", json=body, v=SLOTS))
    assert (moved["reservationUid"], moved["slotStart"], moved["reservationDuration"]) == (uid, offer.at("13:00"), 30)
    assert offer.clocks() == [clock for clock in WHOLE_DAY if clock != "13:00"]
    refusal = error(anonymous.patch(f"{PATH}/{NO_TEXT}", json=body, v=SLOTS), 404)
    assert refusal["message"].startswith("Slot with uid=")
    anonymous.delete(f"{PATH}/{uid}", v=SLOTS)


@pytest.mark.sandbox_only("moves the clock")
def test_a_reservation_expires_and_is_deleted_by_the_next_search(
    offer: Offer, anonymous: Client, deployment: Deployment
) -> None:
    one = f"{PATH}/{reserve(anonymous, offer, '10:00')['reservationUid']}"
    deployment.advance(minutes=6)
    assert data(anonymous.get(one, v=SLOTS)) is not None
    assert offer.clocks() == WHOLE_DAY
    assert data(anonymous.get(one, v=SLOTS)) is None


def test_only_the_owner_and_team_admins_choose_the_reservation_duration(
    offer: Offer, anonymous: Client, solo: Client
) -> None:
    assert reserve(solo, offer, "10:00", reservationDuration=90)["reservationDuration"] == 90
    body = {"eventTypeId": offer.id, "slotStart": offer.at("11:00"), "reservationDuration": 10}
    error(anonymous.post(PATH, json=body, v=SLOTS), 401)
    assert reserve(anonymous, offer, "12:00", reservationDuration=0)["reservationDuration"] == 0


@pytest.mark.sandbox_only("on a deployment the two belong to one organization")
def test_other_users_do_not_choose_the_reservation_duration(offer: Offer, member: Client) -> None:
    body = {"eventTypeId": offer.id, "slotStart": offer.at("11:00"), "reservationDuration": 10}
    assert "does not have memberships in common" in error(member.post(PATH, json=body, v=SLOTS), 403)["message"]
    assert reserve(member, offer, "11:00")["reservationDuration"] == 5


def test_a_slot_duration_has_to_be_one_of_the_event_types_lengths(offer: Offer, anonymous: Client) -> None:
    body = {"eventTypeId": offer.id, "slotStart": offer.at("10:00"), "slotDuration": 60}
    assert "not a variable length" in error(anonymous.post(PATH, json=body, v=SLOTS), 400)["message"]
    offer.change(lengthInMinutes=30, lengthInMinutesOptions=[30, 90])
    assert error(anonymous.post(PATH, json=body, v=SLOTS), 400)["message"].endswith("event type are: 30, 90")
    made = reserve(anonymous, offer, "10:00", slotDuration=90)
    assert made["slotEnd"] == offer.at("11:30")
    assert not {"10:00", "10:30", "11:00"} & set(offer.clocks())


@pytest.mark.until("2026-03", "reservations-exclude-each-other")
def test_reserved_seats_are_counted_and_hide_nothing(offer: Offer, anonymous: Client) -> None:
    offer.change(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": False, "showAvailabilityCount": True})
    reserve(anonymous, offer, "09:00")
    reserve(anonymous, offer, "09:00")
    [first, second, *_] = offer.search()[offer.monday.isoformat()]
    assert (first["seatsBooked"], first["seatsRemaining"]) == (2, 1)
    assert "bookingUid" in first
    assert (second["seatsBooked"], "bookingUid" in second) == (0, False)


def test_an_unknown_event_type_is_not_found(anonymous: Client) -> None:
    body = {"eventTypeId": NO_NUMBER, "slotStart": "2050-09-05T09:00:00Z"}
    assert (
        error(anonymous.post(PATH, json=body, v=SLOTS), 404)["message"] == f"Event Type with ID={NO_NUMBER} not found"
    )

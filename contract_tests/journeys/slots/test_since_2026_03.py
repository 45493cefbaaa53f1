"""What changed in slots and reservations in 2026-03: team slugs, rescheduling, alignment, exclusive reservations."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, SLOTS, Client, data, error, own_id, unique
from contract_tests.journeys.slots.conftest import WHOLE_DAY, Offer

pytestmark = pytest.mark.since("2026-03")

RESERVATIONS = "/v2/slots/reservations"
BOOKED = "Can't reserve a slot if the event is already booked."
RESERVED = "This time slot is already reserved by another user. Please choose a different time."


def book(offer: Offer, clock: str) -> str:
    """Books the slot at this time in Rome. Returns the uid."""
    attendee = {"name": "Ann", "email": f"{unique('ann')}@example.com", "timeZone": "UTC"}
    body = {"eventTypeId": offer.id, "start": offer.at(clock), "attendee": attendee}
    return data(offer.anonymous.post("/v2/bookings", json=body, v=BOOKINGS), 201)["uid"]


def slot(offer: Offer, clock: str, **fields: Any) -> dict[str, Any]:
    """The body of a reservation."""
    return {"eventTypeId": offer.id, "slotStart": offer.at(clock), **fields}


def test_the_time_of_a_booking_to_reschedule_is_free(offer: Offer) -> None:
    uid = book(offer, "10:00")
    assert offer.clocks() == [clock for clock in WHOLE_DAY if clock != "10:00"]
    assert offer.clocks(bookingUidToReschedule=uid) == WHOLE_DAY


@pytest.mark.sandbox_only("an organization of a known slug")
def test_an_event_type_of_a_team_is_found_by_slugs(owner: Client, offer: Offer, anonymous: Client) -> None:
    team = data(owner.post("/v2/organizations/1/teams", json={"name": "Sales", "slug": unique("sales")}), 201)
    hosts = [{"userId": 1}]
    body = {"title": "Call", "slug": unique("call"), "lengthInMinutes": 30, "schedulingType": "roundRobin"}
    path = f"/v2/organizations/1/teams/{team['id']}/event-types"
    made = data(owner.post(path, json={**body, "hosts": hosts}, v="2024-06-14"), 201)
    days = {"start": f"{offer.monday}", "end": f"{offer.monday}"}
    slugs = {"teamSlug": team["slug"], "eventTypeSlug": made["slug"], "organizationSlug": "acme", **days}
    by_slugs = data(anonymous.get("/v2/slots", params=slugs, v=SLOTS))
    assert by_slugs and by_slugs == data(
        anonymous.get("/v2/slots", params={"eventTypeId": made["id"], **days}, v=SLOTS)
    )
    unknown = {**slugs, "teamSlug": "no-such-team"}
    assert error(anonymous.get("/v2/slots", params=unknown, v=SLOTS), 404)["message"] == (
        "Team with slug no-such-team not found"
    )
    half = {"teamSlug": team["slug"], **days}
    assert "usernames must be an array" in error(anonymous.get("/v2/slots", params=half, v=SLOTS), 400)["message"]


def test_slots_align_in_the_zone_of_the_query(offer: Offer) -> None:
    [times] = offer.search(timeZone="Asia/Kolkata").values()
    assert {each["start"][14:16] for each in times} == {"00"}
    assert {each["start"][14:16] for day in offer.search().values() for each in day} == {"00"}


@pytest.mark.parametrize("clock", ["10:00", "10:30", "09:30"])
def test_a_reserved_time_cannot_be_reserved_again_not_even_by_itself(
    offer: Offer, anonymous: Client, clock: str
) -> None:
    made = data(anonymous.post(RESERVATIONS, json=slot(offer, "10:00"), v=SLOTS), 201)
    one = f"{RESERVATIONS}/{made['reservationUid']}"
    assert error(anonymous.post(RESERVATIONS, json=slot(offer, clock), v=SLOTS), 422)["message"] == RESERVED
    assert error(anonymous.patch(one, json=slot(offer, clock), v=SLOTS), 422)["message"] == RESERVED
    moved = data(anonymous.patch(one, json=slot(offer, "11:00"), v=SLOTS))
    assert moved["slotStart"] == offer.at("11:00")
    data(anonymous.post(RESERVATIONS, json=slot(offer, "10:00"), v=SLOTS), 201)


def test_only_live_bookings_stand_in_the_way_of_a_reservation(offer: Offer, solo: Client, anonymous: Client) -> None:
    uid = book(offer, "10:00")
    assert error(anonymous.post(RESERVATIONS, json=slot(offer, "10:30"), v=SLOTS), 422)["message"] == BOOKED
    reason = {"cancellationReason": "ill"}
    data(solo.post(f"/v2/bookings/{uid}/cancel", json=reason, v=BOOKINGS))
    data(anonymous.post(RESERVATIONS, json=slot(offer, "10:30"), v=SLOTS), 201)


def test_hosts_who_take_turns_can_be_reserved_once_each(
    owner: Client, founder: Client, organization: str, admin: Client, member: Client, offer: Offer, anonymous: Client
) -> None:
    team = data(founder.post(f"{organization}/teams", json={"name": unique("Sales")}), 201)["id"]
    path, first, second = f"{organization}/teams/{team}", own_id(admin), own_id(member)
    for user_id in (first, second):
        membership = {"userId": user_id, "role": "MEMBER", "accepted": True}
        data(founder.post(f"{path}/memberships", json=membership), 201)
    body = {"title": "Call", "slug": unique("call"), "lengthInMinutes": 60, "schedulingType": "roundRobin"}

    def made(*hosts: dict[str, Any]) -> dict[str, Any]:
        created = owner.post(
            f"{path}/event-types", json={**body, "slug": unique("call"), "hosts": list(hosts)}, v="2024-06-14"
        )
        return {"eventTypeId": data(created, 201)["id"], "slotStart": offer.at("10:00")}

    turns = made({"userId": first}, {"userId": second})
    for _ in range(2):
        data(anonymous.post(RESERVATIONS, json=turns, v=SLOTS), 201)
    refusal = error(anonymous.post(RESERVATIONS, json=turns, v=SLOTS), 422)["message"]
    assert refusal.startswith("Can't reserve the slot because the round robin event type has no available hosts left")
    fixed = made({"userId": first, "mandatory": True}, {"userId": second})
    data(anonymous.post(RESERVATIONS, json=fixed, v=SLOTS), 201)
    assert error(anonymous.post(RESERVATIONS, json=fixed, v=SLOTS), 422)["message"] == refusal

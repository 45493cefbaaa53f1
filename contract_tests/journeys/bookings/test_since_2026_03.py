"""What changed in bookings in 2026-03: lists with pages, answers, seats, and who may do what, and when."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, Client, Deployment, data, error, unique
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, attendee, host_with
from contract_tests.managed_users import ManagedUser
from mock_server.runtime.json_values import is_list

pytestmark = pytest.mark.since("2026-03")

NEWER = "2026-02-25"
SEATS = {"seatsPerTimeSlot": 2, "showAttendeeInfo": False, "showAvailabilityCount": True}
ASKS = {"type": "always", "blockUnconfirmedBookingsInBooker": False}
WEEKLY = {"interval": 1, "occurrences": 3, "frequency": "weekly"}


@pytest.fixture
def worker(managed_user: ManagedUser, anonymous: Client) -> Host:
    """A managed user, whom the owner and the admin of the organization administer."""
    return host_with(managed_user.api, anonymous)


def refused(reply: Any, status: int, message: str) -> None:
    assert error(reply, status)["message"] == message


def send(client: Client, uid: str, action: str, v: str = BOOKINGS, **body: Any) -> Any:
    return client.post(f"{BOOKING_PATH}/{uid}/{action}", json=body, v=v)


def test_lists_have_pages(host: Host) -> None:
    talk = host.offer()
    booked = [host.book(talk, clock) for clock in ("09:00", "11:00", "13:00")]
    uids = [each["uid"] for each in booked]

    def listed(**query: Any) -> tuple[list[str], dict[str, Any]]:
        reply = host.api.get(BOOKING_PATH, params={"eventTypeId": talk, **query}, v=BOOKINGS)
        return [each["uid"] for each in data(reply)], reply.json()["pagination"]

    found, place = listed(take=2)
    assert found == uids[:2]
    assert place == {
        "returnedItems": 2,
        "totalItems": 3,
        "itemsPerPage": 2,
        "remainingItems": 1,
        "currentPage": 1,
        "totalPages": 2,
        "hasNextPage": True,
        "hasPreviousPage": False,
    }
    found, place = listed(skip=2, take=2)
    assert (found, place["currentPage"], place["hasNextPage"]) == (uids[2:], 2, False)
    found, place = listed(bookingUid=uids[1])
    assert (found, place["totalItems"]) == ([uids[1]], 1)
    found, place = listed(bookingUid="nothing")
    assert (found, place["totalItems"], place["currentPage"], place["totalPages"]) == ([], 0, 0, 0)
    found, place = listed(attendeeEmail=booked[2]["attendees"][0]["email"])
    assert (found, place["totalItems"]) == (uids[2:], 1)
    found, place = listed(afterCreatedAt="2100-01-01T00:00:00.000Z")
    assert (found, place["returnedItems"], place["totalItems"]) == ([], 0, 3), "counted before this filter"
    found, place = listed(status="upcoming,cancelled", take=1)
    assert (found, place["totalItems"]) == (uids[:1], 3)


@pytest.mark.sandbox_only("a host who is no managed user")
def test_a_booking_points_to_the_one_that_replaced_it(host: Host, anonymous: Client) -> None:
    booker = attendee()
    made = host.book(host.offer(), "10:00", attendee=booker)
    assert (made["cancellationReason"], made["cancelledByEmail"], made["rescheduledByEmail"]) == ("", "", None)
    assert made["bookingFieldsResponses"]["displayEmail"] == booker["email"]
    body = {"start": host.at("14:00"), "rescheduledBy": booker["email"]}
    moved = host.act(made["uid"], "reschedule", anonymous, 201, **body)
    old = host.read(made["uid"])
    assert (old["status"], old["rescheduledToUid"], old["rescheduledByEmail"]) == (
        "cancelled",
        moved["uid"],
        booker["email"],
    )
    assert (moved["rescheduledByEmail"], "rescheduledToUid" in moved) == (booker["email"], False)
    refused(
        send(anonymous, made["uid"], "reschedule", start=host.at("12:00")),
        400,
        f"Can't reschedule booking with uid={made['uid']} because it has been cancelled and rescheduled already to "
        f"booking with uid={moved['uid']}. You probably want to reschedule {moved['uid']} instead by passing it within "
        "the request URL.",
    )
    assert error(send(anonymous, moved["uid"], "reschedule", start=host.at("12:00"), rescheduledBy="Ann"), 400)


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_an_event_type_may_require_that_bookers_verify_their_address(host: Host, deployment: Deployment) -> None:
    talk, booker = host.offer(requiresBookerEmailVerification=True), attendee()

    def answer(**code: Any) -> Any:
        reply = host.ask(talk, "10:00", attendee=booker, **code)
        return reply.status_code, reply.json()

    assert answer() == (400, {"statusCode": 400, "message": "email_verification_required"})
    requested = host.api.post(
        "/v2/verified-resources/emails/verification-code/request", json={"email": booker["email"]}
    )
    assert requested.json() == {"status": "success"}
    sent = deployment.control("GET", "outbox", params={"to": booker["email"]}).json()["data"]
    code = sent[0]["code"]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert answer(emailVerificationCode=wrong) == (400, {"statusCode": 400, "message": "invalid_verification_code"})
    made = host.book(talk, "10:00", attendee=booker, emailVerificationCode=code)

    unverified = send(host.anonymous, made["uid"], "reschedule", start=host.at("12:00"))
    assert (unverified.status_code, unverified.json()["message"]) == (400, "email_verification_required")
    later = {"start": host.at("12:00"), "emailVerificationCode": code}
    moved = host.act(made["uid"], "reschedule", host.anonymous, 201, **later)
    assert host.act(moved["uid"], "reschedule", host.api, 201, start=host.at("14:00"))["start"] == host.at("14:00")


@pytest.mark.sandbox_only("moves the clock")
def test_what_is_over_cannot_be_cancelled(host: Host, anonymous: Client, deployment: Deployment) -> None:
    talk = host.offer()
    gone, over = host.book(talk, "10:00")["uid"], host.book(talk, "12:00")["uid"]
    host.act(gone, "cancel", anonymous)
    refused(
        send(anonymous, gone, "cancel"),
        400,
        f"Can't cancel booking with uid={gone} because it has been cancelled already. Please provide uid of a booking "
        "that is not cancelled.",
    )
    refused(
        send(anonymous, gone, "reschedule", start=host.at("12:00")),
        400,
        f"Can't reschedule booking with uid={gone} because it has been cancelled. Please provide uid of a booking that "
        "is not cancelled.",
    )
    blank = send(host.api, over, "cancel", cancellationReason="  ")
    assert (blank.status_code, blank.json()["message"]) == (
        400,
        "Cancellation reason is required when you are the host",
    )
    deployment.advance(days=14)
    refusal = send(anonymous, over, "cancel")
    assert (refusal.status_code, refusal.json()) == (
        400,
        {"statusCode": 400, "message": "Cannot cancel a booking that has already ended"},
    )


def test_a_series_is_cancelled_once(host: Host, anonymous: Client) -> None:
    made = host.book(host.offer(recurrence=WEEKLY), "10:00")
    series = made[0]["recurringBookingUid"]
    host.act(made[1]["uid"], "cancel", anonymous)
    assert [each["status"] for each in host.act(series, "cancel", anonymous)] == ["cancelled"] * 3
    assert "because it has been cancelled already" in error(send(anonymous, series, "cancel"), 400)["message"]


def test_only_the_first_occurrence_of_a_series_is_checked(host: Host) -> None:
    lesson, talk = host.offer(recurrence=WEEKLY), host.offer(lengthInMinutes=30)
    host.book(talk, "10:30", days=7)
    assert len(host.book(lesson, "10:00")) == 3, "a later one may overlap"
    same = host.offer()
    host.book(same, "14:00", days=14)
    refusal = host.ask(lesson, "14:00")
    assert (refusal.status_code, refusal.json()) == (409, {"statusCode": 409, "message": "booking_conflict_error"})
    assert "14:00" in host.clocks(lesson), "nothing was stored"


def test_answers_are_checked_by_type(host: Host) -> None:
    def question(slug: str, kind: str, **more: Any) -> dict[str, Any]:
        return {"type": kind, "slug": slug, "label": slug, "required": False, "placeholder": "", **more}

    options = {"options": ["S", "L"]}
    fields = [
        question("why", "text", required=True),
        question("count", "number"),
        question("sure", "boolean"),
        question("size", "select", **options),
        question("sizes", "multiselect", **options),
    ]
    for each in (fields[2], fields[4]):
        del each["placeholder"]
    talk = host.offer(bookingFields=fields)

    def complaint(**answers: Any) -> str:
        return error(host.ask(talk, "10:00", bookingFieldsResponses={"why": "x", **answers}), 400)["message"]

    assert error(host.ask(talk, "10:00"), 400)["message"].startswith("Missing required booking field response: why")
    assert complaint(why=None) == "responses - {why}error_required_field, "
    assert complaint(count="3") == (
        "Invalid type for booking field 'count'. Expected type number (compatible with field type 'number'), but "
        "received string."
    )
    assert complaint(sure="yes").endswith(
        "Expected type boolean (compatible with field type 'boolean'), but received string."
    )
    assert complaint(size=["S"]).endswith(
        "Expected type string or number (compatible with field type 'select'), but received object."
    )
    assert complaint(size="M") == "Invalid option 'M' for booking field 'size'. Allowed options are: S, L."
    assert complaint(sizes=["S", "M"]) == (
        "One or more invalid options for booking field 'sizes'. Allowed options are: S, L."
    )
    answers = {"why": "x", "count": 3, "sure": True, "size": "S", "sizes": ["L"]}
    kept = host.book(talk, "10:00", bookingFieldsResponses=answers)["bookingFieldsResponses"]
    assert answers.items() <= kept.items()


def test_refusals_say_more(host: Host) -> None:
    contact = {"name": "Ann", "timeZone": "Europe/Rome"}
    refused(
        host.ask(host.offer(), "10:00", attendee=contact),
        400,
        "attendee property is wrong, attendee email or phone property is wrong,Attendee must have at least one contact "
        "method (email or phone number) ",
    )
    body = {"start": host.at("10:00"), "attendee": attendee(), "eventTypeSlug": "talk"}
    refused(
        host.anonymous.post(BOOKING_PATH, json=body, v=BOOKINGS),
        400,
        "eventTypeId or eventTypeSlug + username property is wrong,Either eventTypeId or eventTypeSlug + username or "
        "eventTypeSlug + teamSlug must be provided ",
    )
    slow = host.offer(minimumBookingNotice=60 * 24 * 60)
    assert 'can\'t be booked at the "start" time provided' in error(host.ask(slow, "10:00"), 400)["message"]
    refused(host.ask(host.offer(), "10:00", days=-700), 400, "Attempting to book a meeting in the past.")
    lengths = host.offer(lengthInMinutes=30, lengthInMinutesOptions=[30, 60], recurrence=WEEKLY)
    assert host.book(lengths, "10:00", lengthInMinutes=60)[0]["duration"] == 60
    assert error(host.ask(lengths, "12:00", lengthInMinutes=45), 400)["message"].endswith(
        "possible lengths are: 30, 60"
    )


def test_instant_bookings_need_a_team(host: Host) -> None:
    refused(
        host.ask(host.offer(), "10:00", instant=True),
        400,
        "Instant bookings are only supported for team event types, not individual user event types.",
    )


def test_hidden_attendees_of_seats(worker: Host, owner: Client, solo: Client, anonymous: Client) -> None:
    yoga = worker.offer(seats=SEATS)
    first = worker.book(yoga, "10:00")
    worker.book(yoga, "10:00")
    path = f"{BOOKING_PATH}/{first['uid']}"

    def seen(client: Client, v: str = BOOKINGS) -> int:
        return len(data(client.get(path, v=v))["attendees"])

    assert (first["attendees"], [seen(each) for each in (worker.api, owner, solo, anonymous)]) == ([], [2, 2, 0, 0])
    [listed] = data(worker.api.get(BOOKING_PATH, params={"eventTypeId": yoga}, v=BOOKINGS))
    assert [each["bookingFieldsResponses"]["guests"] for each in listed["attendees"]] == [[], []]
    refused(worker.ask(yoga, "10:00"), 409, "No more seats left at this seated booking.")

    needs_seat = error(send(worker.api, first["uid"], "reschedule", start=worker.at("12:00")), 400)["message"]
    assert needs_seat.startswith(f"Booking with uid={first['uid']} is a seated booking which means you have to provide")
    as_host = send(anonymous, first["uid"], "reschedule", start=worker.at("12:00"), rescheduledBy=worker.email)
    assert error(as_host, 400)["message"] == needs_seat, "the organizer's address moves no seats"
    moved = worker.act(first["uid"], "reschedule", owner, 201, start=worker.at("12:00"))
    assert (moved["uid"], moved["start"]) == (first["uid"], worker.at("12:00"))

    refusal = send(solo, first["uid"], "cancel", cancellationReason="ill")
    assert (refusal.status_code, refusal.json()["message"]) == (
        401,
        "User not a host of this event or an admin of the booking user",
    )
    gone = worker.act(first["uid"], "cancel", owner)
    assert (gone["status"], gone["attendees"], seen(worker.api), seen(worker.api, NEWER)) == ("cancelled", [], 0, 2)


def test_the_last_seat_ends_the_booking(worker: Host, anonymous: Client) -> None:
    yoga = worker.offer(seats=SEATS)
    first, second = worker.book(yoga, "10:00"), worker.book(yoga, "10:00")
    kept = worker.act(first["uid"], "cancel", anonymous, seatUid=first["seatUid"], cancellationReason="ill")
    assert (kept["status"], kept["cancellationReason"]) == ("accepted", "")
    reply = send(worker.api, second["uid"], "cancel", NEWER, seatUid=second["seatUid"])
    assert [each["seatUid"] for each in data(reply)["attendees"]] == [second["seatUid"]]
    for seat in (first, second):
        refused(
            send(anonymous, seat["uid"], "cancel", seatUid=seat["seatUid"]),
            400,
            "Invalid seatUid: this seat does not exist or has already been cancelled.",
        )


def test_who_confirms_and_who_needs_no_confirmation(worker: Host, owner: Client, member: Client, solo: Client) -> None:
    visit = worker.offer(confirmationPolicy=ASKS)
    asked = worker.book(visit, "10:00")["uid"]
    for stranger in (member, solo):
        assert error(send(stranger, asked, "confirm"), 401)["code"] == "TRPCError"
    assert worker.act(asked, "confirm", owner)["status"] == "accepted"
    moved = worker.act(asked, "reschedule", worker.api, 201, start=worker.at("12:00"))
    assert moved["status"] == "accepted", "the host calls"
    again = worker.act(moved["uid"], "reschedule", solo, 201, start=worker.at("14:00"))
    assert again["status"] == "pending"
    assert worker.act(again["uid"], "decline", owner)["status"] == "rejected"
    assert worker.act(again["uid"], "confirm")["status"] == "accepted", "a rejected one can be confirmed"


@pytest.mark.sandbox_only("moves the clock")
def test_absences_are_marked_after_the_start(worker: Host, owner: Client, solo: Client, deployment: Deployment) -> None:
    booker = attendee()
    uid = worker.book(worker.offer(), "10:00", attendee=booker)["uid"]
    absent: dict[str, Any] = {"attendees": [{"email": booker["email"], "absent": True}]}
    early = error(send(worker.api, uid, "mark-absent", host=True), 400)["message"]
    assert early.startswith(
        "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0:"
    )
    assert early.endswith(f"Booking start time in UTC+0: {worker.at('10:00')}")
    refused(send(owner, "nothing", "mark-absent", host=True), 404, "Booking with uid=nothing not found.")
    deployment.advance(days=14)
    assert send(solo, uid, "mark-absent", **absent).status_code == 400
    assert worker.act(uid, "mark-absent", owner, **absent)["attendees"][0]["absent"] is True
    assert worker.act(uid, "mark-absent", owner, host=True)["absentHost"] is True


@pytest.mark.sandbox_only("moves the clock")
def test_absences_are_listed(host: Host, deployment: Deployment) -> None:
    booker = attendee()
    made = host.book(host.offer(), "10:00", attendee=booker)
    uid = made["uid"]
    deployment.advance(days=14)
    assert host.act(uid, "mark-absent", host=True)["updatedAt"] > made["updatedAt"]
    marked = host.act(uid, "mark-absent", attendees=[{"email": booker["email"], "absent": True}])
    assert (marked["absentHost"], marked["attendees"][0]["absent"]) == (True, True)
    query = {"attendeeEmail": booker["email"]}
    assert data(host.api.get(BOOKING_PATH, params=query, v=BOOKINGS)) == [host.read(uid)] == [marked]


@pytest.mark.sandbox_only("the organization of the default world")
def test_team_event_types_are_booked_and_reassigned(owner: Client, admin: Client, member: Client, solo: Client) -> None:
    body = {"name": "Sales", "slug": unique("sales")}
    team = data(owner.post("/v2/organizations/1/teams", json=body), 201)
    path = f"/v2/organizations/1/teams/{team['id']}"
    ids = [data(each.get("/v2/me"))["id"] for each in (owner, admin)]
    data(owner.post(f"{path}/memberships", json={"userId": ids[1], "role": "MEMBER", "accepted": True}), 201)

    def offer(**fields: Any) -> Any:
        made = {
            "title": "Demo",
            "slug": unique("demo"),
            "lengthInMinutes": 30,
            "schedulingType": "roundRobin",
            **fields,
        }
        return data(owner.post(f"{path}/event-types", json=made, v="2024-06-14"), 201)

    demo = offer(hosts=[{"userId": each} for each in ids])
    host = host_with(owner, solo)
    slugs = {"teamSlug": team["slug"], "eventTypeSlug": demo["slug"], "organizationSlug": "acme"}

    def ask(**fields: Any) -> Any:
        given = {"start": host.at("14:00"), "attendee": attendee(), **fields}
        return solo.post(BOOKING_PATH, json=given, v=BOOKINGS)

    for wrong, message in (
        ({"teamSlug": "no-team"}, "Team with slug no-team not found"),
        ({"organizationSlug": "nowhere"}, "slots-input.service.ts: Organization with slug nowhere not found"),
        (
            {"eventTypeSlug": "nothing"},
            f"Event type with slug nothing belonging to team {team['slug']} within organization acme not found.",
        ),
    ):
        refused(ask(**{**slugs, **wrong}), 404, message)
    made = data(ask(**slugs, routing={"responseId": 1, "teamMemberIds": [ids[1]]}), 201)
    assert made["hosts"][0]["id"] == ids[1]

    reassign = f"{BOOKING_PATH}/{made['uid']}/reassign"
    refused(member.post(reassign, v=BOOKINGS), 403, "You do not have permission to reassign this booking")
    handed = data(admin.post(reassign, v=BOOKINGS))["reassignedTo"]
    assert (handed["id"], handed["displayEmail"]) == (ids[0], handed["email"])
    outsider = data(solo.get("/v2/me"))["id"]
    refusal = error(owner.post(f"{reassign}/{outsider}", json={}, v=BOOKINGS), 400)["message"]
    assert refusal.startswith(f"User with id={outsider} is not a valid Round Robin host")
    own = host.book(host.offer(), "10:00")
    refused(
        send(owner, own["uid"], "reassign"),
        400,
        "Can't reassign the booking because no other host is available at that time.",
    )

    data(ask(**slugs), 201)
    refused(ask(**slugs), 400, "One of the hosts either already has booking at this time or is not available")
    empty = offer(hosts=[])
    assert error(ask(eventTypeId=empty["id"]), 422)["message"].startswith(
        "Can't book this team event type because it has no hosts."
    )
    waiting = data(ask(eventTypeId=demo["id"], instant=True), 201)["uid"]
    assert error(send(owner, waiting, "confirm"), 400)["code"] == "TRPCError"
    made = offer(schedulingType="managed", hosts=[{"userId": ids[0]}])
    parent = made[0] if is_list(made) else made
    assert (
        "is the parent managed event type that can't be booked" in error(ask(eventTypeId=parent["id"]), 400)["message"]
    )

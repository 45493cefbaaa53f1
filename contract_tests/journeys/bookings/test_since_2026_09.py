"""What changed in bookings in 2026-09: lists with a cursor, and which operation is served in which version."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from contract_tests.clients import BOOKINGS, Client, Deployment, data, error, unique
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, attendee, host_with

pytestmark = pytest.mark.since("2026-09")

NEWER = "2026-02-25"
CURSORS = "2026-05-01"


def test_a_cursor_leads_through_a_list(host: Host) -> None:
    talk = host.offer()
    uids = [host.book(talk, clock)["uid"] for clock in ("13:00", "09:00", "11:00")]
    by_start = [uids[1], uids[2], uids[0]]

    def listed(**query: Any) -> tuple[list[str], dict[str, Any]]:
        reply = host.api.get(BOOKING_PATH, params={"eventTypeId": talk, **query}, v=CURSORS)
        return [each["uid"] for each in data(reply)], reply.json()["pagination"]

    found, place = listed(status="upcoming", limit=2)
    assert (found, place["hasMore"]) == (by_start[:2], True)
    content = json.loads(base64.b64decode(place["nextCursor"]))
    assert content["v"] == 1
    uuid = UUID(content["sortUuid"])
    start = datetime.fromtimestamp((uuid.int >> 80) / 1000, UTC)
    assert (uuid.version, start.isoformat(timespec="milliseconds")) == (7, host.at("11:00").replace("Z", "+00:00"))
    found, place = listed(status="upcoming", limit=2, cursor=place["nextCursor"])
    assert (found, place) == (by_start[2:], {"nextCursor": None, "hasMore": False})
    assert listed()[0] == by_start[::-1]
    assert listed(status="past") == ([], {"nextCursor": None, "hasMore": False})
    for query in ({"status": "upcoming,past"}, {"limit": 101}, {"limit": 0}, {"cursor": "eA=="}):
        assert error(host.api.get(BOOKING_PATH, params=query, v=CURSORS), 400), query


@pytest.mark.sandbox_only("the organization of the default world")
def test_an_organization_lists_with_a_cursor_or_with_pages(owner: Client) -> None:
    path = "/v2/organizations/1/bookings"
    assert owner.get(path, v=CURSORS).json()["pagination"] == {"nextCursor": None, "hasMore": False}
    for version in (BOOKINGS, NEWER):
        assert owner.get(path, v=version).json()["pagination"]["itemsPerPage"] == 100
    assert owner.get(path).json()["pagination"]["totalItems"] == 0


def test_parts_of_bookings_are_served_in_their_own_version(host: Host) -> None:
    uid = host.book(host.offer(), "10:00")["uid"]
    path = f"{BOOKING_PATH}/{uid}"
    assert len(data(host.api.get(f"{path}/attendees", v=BOOKINGS))) == 1
    assert error(host.api.get(f"{path}/attendees", v=NEWER), 404)["message"] == f"Cannot GET {path}/attendees"
    guests = {"guests": [{"email": "guest@example.com"}]}
    assert error(host.api.post(f"{path}/guests", json=guests, v=NEWER), 404)["message"] == f"Cannot POST {path}/guests"
    location = {"location": {"type": "link", "link": "https://meet.example.com/ann"}}
    assert error(host.api.patch(f"{path}/location", json=location, v=NEWER), 404)
    assert data(host.api.get(path, v=NEWER))["uid"] == uid
    assert error(host.api.get(path, v=CURSORS), 404)


def test_hosts_skip_checks_that_bind_all_others(host: Host, anonymous: Client) -> None:
    limits = {"bookingLimitsCount": {"day": 1}, "minimumBookingNotice": 60 * 24 * 60}
    talk = host.offer(**limits)
    overrides = {"allowConflicts": True, "allowBookingOutOfBounds": True, "skipBookingLimits": True}

    def ask(client: Client, version: str, **fields: Any) -> Any:
        body = {"eventTypeId": talk, "start": host.at("10:00"), "attendee": attendee(), **fields}
        return client.post(BOOKING_PATH, json=body, v=version)

    def problem(reply: Any) -> tuple[int, str]:
        content = reply.json()
        return reply.status_code, content.get("message") or content["error"]["message"]

    out_of_bounds = problem(ask(anonymous, NEWER, **overrides))
    assert out_of_bounds[0] == 400
    assert "outside the event's scheduling window" in out_of_bounds[1]
    assert problem(ask(host.api, BOOKINGS, **overrides)) == out_of_bounds, "ignored in the older version"
    made = data(ask(host.api, NEWER, allowBookingOutOfBounds=True), 201)
    status, text = problem(ask(host.api, NEWER, allowBookingOutOfBounds=True, allowConflicts=True))
    assert (status, text) == (401, "booking_limit_reached")
    limited = ask(host.api, NEWER, allowBookingOutOfBounds=True, skipBookingLimits=True)
    assert problem(limited)[1] == "User either already has booking at this time or is not available"
    twin = data(ask(host.api, NEWER, **overrides), 201)
    assert (twin["start"], twin["status"]) == (made["start"], "accepted")
    free = host.offer()
    assert host.ask(free, "10:00", allowConflicts=True).status_code == 400, "an anonymous caller hosts nothing"
    moved = {"start": host.at("10:00", days=1), **overrides}
    data(host.api.post(f"{BOOKING_PATH}/{made['uid']}/reschedule", json=moved, v=NEWER), 201)
    again = host.api.post(f"{BOOKING_PATH}/{twin['uid']}/reschedule", json=moved, v=BOOKINGS)
    assert problem(again) == out_of_bounds
    data(host.api.post(f"{BOOKING_PATH}/{twin['uid']}/reschedule", json=moved, v=NEWER), 201)


@pytest.mark.sandbox_only("a host who is no managed user")
def test_a_reschedule_keeps_length_and_status_and_shows_its_reason(host: Host) -> None:
    talk = host.offer(lengthInMinutes=30, lengthInMinutesOptions=[30, 60])
    made = host.book(talk, "10:00", lengthInMinutes=60, metadata={"crm": "7"})
    assert made["isPlatformManagedUserBooking"] is False
    moved = host.act(made["uid"], "reschedule", status=201, start=host.at("14:00"), reschedulingReason="late")
    assert (moved["duration"], moved["metadata"], moved["icsUid"]) == (60, {"crm": "7"}, made["icsUid"])
    assert (moved["reschedulingReason"], moved["cancellationReason"]) == ("late", "late")
    assert moved["bookingFieldsResponses"]["rescheduleReason"] == "late"
    assert moved["isPlatformManagedUserBooking"] is False
    old = host.read(made["uid"])
    assert (old["status"], old["cancellationReason"], "reschedulingReason" in old) == ("cancelled", "", False)
    assert "isPlatformManagedUserBooking" not in old

    ask = host.offer(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": False})
    pending = host.book(ask, "12:00")
    assert pending["status"] == "pending"
    again = host.act(pending["uid"], "reschedule", status=201, start=host.at("13:00"))
    assert again["status"] == "pending"
    host.act(again["uid"], "decline")
    refusal = host.api.post(f"{BOOKING_PATH}/{again['uid']}/reschedule", json={"start": host.at("9:00")}, v=NEWER)
    assert "has been rejected" in error(refusal, 400)["message"]


def test_a_new_location_replaces_the_old_one(host: Host) -> None:
    made = host.book(host.offer(), "10:00")
    path = f"{BOOKING_PATH}/{made['uid']}/location"

    def put(**location: str) -> Any:
        return host.api.patch(path, json={"location": location}, v=BOOKINGS)

    link = "https://meet.example.com/room-42"
    changed = data(put(type="link", link=link))
    assert (changed["location"], changed["meetingUrl"]) == (link, link)
    assert changed["bookingFieldsResponses"]["location"] == {"value": "link", "optionValue": link}
    assert data(put(type="address", address="2 Low Street"))["location"] == "2 Low Street"
    video = data(put(type="integration", integration="cal-video"))
    assert video["location"] == f"https://app.cal.com/video/{made['uid']}"
    assert (
        'Video integration "jitsi" is not connected'
        in error(put(type="integration", integration="jitsi"), 400)["message"]
    )
    wrong = error(put(type="integration", integration="carrier-pigeon"), 400)
    assert "integration must be one of the following values" in str(wrong)


@pytest.mark.sandbox_only("moves the clock")
def test_seats_tell_when_they_were_taken(host: Host, deployment: Deployment) -> None:
    seats = {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}
    yoga = host.offer(seats=seats)
    seat = host.book(yoga, "10:00", metadata={"purpose": "yoga"})
    assert seat["attendees"][0]["createdAt"] == seat["createdAt"]
    deployment.advance(minutes=5)
    host.book(yoga, "10:00")
    shown = host.read(seat["uid"])["attendees"]
    assert shown[0]["createdAt"] < shown[1]["createdAt"]
    [listed] = data(host.api.get(BOOKING_PATH, params={"eventTypeId": yoga}, v=BOOKINGS))
    by_seat = data(host.api.get(f"{BOOKING_PATH}/by-seat/{seat['seatUid']}", v=BOOKINGS))
    assert all("createdAt" not in each for reply in (listed, by_seat) for each in reply["attendees"])
    guests = {"guests": [{"email": "guest@example.com"}]}
    refusal = host.api.post(f"{BOOKING_PATH}/{seat['uid']}/guests", json=guests, v=BOOKINGS)
    assert "seated event" in error(refusal, 400)["message"]
    first, last = (each["seatUid"] for each in shown)
    host.act(seat["uid"], "cancel", seatUid=first, cancellationReason="sun")
    gone = host.act(seat["uid"], "cancel", seatUid=last, cancellationReason="rain")
    assert (gone["status"], gone["cancellationReason"]) == ("cancelled", "rain")


def test_ten_guests_are_added_at_a_time(host: Host) -> None:
    uid = host.book(host.offer(), "10:00")["uid"]
    guests = [{"email": f"guest{number}@example.com"} for number in range(11)]
    path = f"{BOOKING_PATH}/{uid}/guests"
    refusal = error(host.api.post(path, json={"guests": guests}, v=BOOKINGS), 400)
    assert "Cannot add more than 10 guests at a time" in str(refusal)
    assert len(data(host.api.post(path, json={"guests": guests[:10]}, v=BOOKINGS))["guests"]) == 10
    again = host.api.post(path, json={"guests": guests[:1]}, v=BOOKINGS)
    assert error(again, 400)["code"] == "bad_request_error"
    assert (again.json()["statusCode"], again.json()["message"]) == (400, "emails_must_be_unique_valid")


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_a_host_asks_for_another_time(host: Host, owner: Client, deployment: Deployment) -> None:
    talk = host.offer()
    made = host.book(talk, "10:00")
    path = f"{BOOKING_PATH}/{made['uid']}/request-reschedule"
    assert error(owner.post(path, json={}, v=NEWER), 403)
    assert error(host.api.post(path, json={}, v=BOOKINGS), 404)["message"] == f"Cannot POST {path}"
    assert error(host.api.post(f"{BOOKING_PATH}/nothing/request-reschedule", json={}, v=NEWER), 404)
    reply = host.api.post(path, json={"rescheduleReason": "I am away"}, v=NEWER)
    assert (reply.status_code, reply.json()) == (200, {"status": "success"})
    found = host.read(made["uid"])
    assert (found["status"], found["cancellationReason"], found["cancelledByEmail"]) == (
        "cancelled",
        "I am away",
        host.email,
    )
    assert "10:00" in host.clocks(talk)
    booker = made["attendees"][0]["email"]
    query = {"to": booker, "kind": "rescheduleRequested"}
    [mail] = deployment.control("GET", "outbox", params=query).json()["data"]
    assert f"/reschedule/{made['uid']}" in mail["text"]
    assert error(host.api.post(path, json={}, v=NEWER), 400)
    moved = host.api.post(f"{BOOKING_PATH}/{made['uid']}/reschedule", json={"start": host.at("12:00")}, v=NEWER)
    assert "has been cancelled" in error(moved, 400)["message"]


@pytest.mark.sandbox_only("reads the sandbox's inboxes and moves its clock")
def test_the_first_host_who_joins_an_instant_meeting_has_it(
    owner: Client, admin: Client, anonymous: Client, deployment: Deployment
) -> None:
    teams = "/v2/organizations/1/teams"
    team = f"{teams}/{data(owner.post(teams, json={'name': unique('Sales')}), 201)['id']}"
    host = {"userId": data(owner.get("/v2/me"))["id"]}
    talk = {"title": "Now", "slug": unique("now"), "lengthInMinutes": 30, "schedulingType": "collective"}
    body = {**talk, "hosts": [host]}
    event_type = data(owner.post(f"{team}/event-types", json=body), 201)["id"]
    inbox = f"{deployment.url}/_sandbox/webhooks/inbox/instant"
    hook = {"subscriberUrl": inbox, "active": True, "triggers": ["INSTANT_MEETING_ACCEPTED"], "version": "2026-07-27"}
    data(owner.post("/v2/organizations/1/webhooks", json=hook), 201)

    def ask() -> dict[str, Any]:
        start = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        sent = {"eventTypeId": event_type, "start": start, "attendee": attendee(), "instant": True}
        return data(anonymous.post(BOOKING_PATH, json=sent, v=NEWER), 201)

    def join(uid: str, user: Client) -> int:
        body = {"userId": data(user.get("/v2/me"))["id"]}
        try:
            return deployment.control("POST", f"bookings/{uid}/join", json=body).status_code
        except httpx.HTTPStatusError as refusal:
            return refusal.response.status_code

    waiting, missed = ask(), ask()
    assert [join(waiting["uid"], each) for each in (admin, owner, owner)] == [409, 200, 409]
    joined = data(owner.get(f"{BOOKING_PATH}/{waiting['uid']}", v=NEWER))
    assert (joined["status"], joined["hosts"][0]["email"]) == ("accepted", "owner@acme.example")
    query = {"count": 1}
    [sent] = deployment.control("GET", "webhooks/inbox/instant", params=query).json()["received"]
    payload = sent["json"]["payload"]
    assert (payload["bookingUid"], payload["organizer"]["email"]) == (waiting["uid"], "owner@acme.example")
    assert [each["email"] for each in payload["attendees"]] == [waiting["attendees"][0]["email"]]
    deployment.advance(minutes=2)
    assert join(missed["uid"], owner) == 409


def test_a_booking_without_a_form_has_an_empty_trace(host: Host, owner: Client) -> None:
    uid = host.book(host.offer(), "10:00")["uid"]
    path = f"{BOOKING_PATH}/{uid}/routing-trace"
    assert data(host.api.get(path, v=BOOKINGS)) == {"steps": [], "groups": [], "formSubmission": None}
    assert error(host.api.get(path, v=NEWER), 404)["message"] == f"Cannot GET {path}"
    assert error(owner.get(path, v=BOOKINGS), 403)


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_a_booker_verifies_the_address(host: Host, anonymous: Client, deployment: Deployment) -> None:
    talk = host.offer(requiresBookerEmailVerification=True)
    booker = attendee()
    verification = f"{BOOKING_PATH}/verification/email"

    def ask(**code: str) -> Any:
        body = {"eventTypeId": talk, "start": host.at("10:00"), "attendee": booker, **code}
        return anonymous.post(BOOKING_PATH, json=body, v=NEWER)

    assert ask().json() == {"statusCode": 400, "message": "email_verification_required"}
    assert data(anonymous.post(f"{verification}/send-code", json={"email": booker["email"]})) == {"sent": True}
    [mail] = deployment.control("GET", "outbox", params={"to": booker["email"]}).json()["data"]
    code = mail["code"]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert ask(emailVerificationCode=wrong).json() == {"statusCode": 400, "message": "invalid_verification_code"}
    sent = {"email": booker["email"], "code": wrong}
    assert (
        error(anonymous.post(f"{verification}/verify-code", json=sent), 400)["message"] == "Invalid verification code"
    )
    assert data(anonymous.post(f"{verification}/verify-code", json=sent | {"code": code})) == {"verified": True}
    assert data(ask(emailVerificationCode=code), 201)["status"] == "accepted"
    checked = anonymous.get(f"{verification}/check", params={"email": booker["email"]})
    assert data(checked) is False
    assert error(anonymous.get(f"{verification}/check"), 400)
    deployment.advance(minutes=31)
    assert error(anonymous.post(f"{verification}/verify-code", json=sent | {"code": code}), 400)


@pytest.fixture
def member_host(member: Client, anonymous: Client) -> Host:
    """`member` of the organization as a host."""
    return host_with(member, anonymous)


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_an_organization_reports_and_blocks_a_booker(
    member_host: Host, host: Host, owner: Client, member: Client, deployment: Deployment
) -> None:
    talk, spammer = member_host.offer(), attendee()
    first, second = (member_host.book(talk, clock, attendee=spammer)["uid"] for clock in ("10:00", "12:00"))
    kept = member_host.book(talk, "14:00")["uid"]
    elsewhere = host.book(host.offer(), "10:00", attendee=spammer)["uid"]
    path = "/v2/organizations/1/bookings"
    report = {"bookingUid": first, "reason": "SPAM", "reportType": "EMAIL"}
    assert error(member.post(f"{path}/report", json=report), 403)
    assert error(owner.post(f"{path}/report", json=report | {"bookingUid": "nothing"}), 404)["message"] == (
        "Booking not found"
    )
    foreign = error(owner.post(f"{path}/report", json=report | {"bookingUid": elsewhere}), 403)
    assert foreign["message"] == "Booking does not belong to this organization"
    sent = len(deployment.control("GET", "outbox", params={"to": spammer["email"]}).json()["data"])
    assert data(owner.post(f"{path}/report", json=report)) == {
        "success": True,
        "message": "Booking reported and cancelled successfully",
        "bookingUid": first,
        "reportedCount": 2,
        "cancelledCount": 2,
    }
    found = member_host.read(second)
    assert (found["status"], found["cancellationReason"], found["cancelledByEmail"]) == (
        "cancelled",
        "",
        "owner@acme.example",
    )
    assert member_host.read(kept)["status"] == "accepted"
    assert member_host.read(elsewhere)["status"] == "accepted"
    assert len(deployment.control("GET", "outbox", params={"to": spammer["email"]}).json()["data"]) == sent
    assert error(owner.post(f"{path}/report", json=report), 400)["message"] == "This booking has already been reported"
    third = member_host.book(talk, "10:00", attendee=spammer)["uid"]
    blocked = data(owner.post(f"{path}/block", json={"bookingUid": third, "blockType": "EMAIL"}))
    assert (blocked["message"], blocked["blockedValue"], blocked["cancelledCount"]) == (
        "Added to blocklist and 1 booking cancelled",
        spammer["email"],
        1,
    )
    refusal = member_host.ask(talk, "11:00", attendee=spammer)
    assert (refusal.status_code, refusal.json()) == (
        403,
        {"statusCode": 403, "message": "Cannot use this email to create the booking."},
    )
    assert host.ask(host.offer(), "12:00", attendee=spammer).status_code == 201, "not of the organization"
    assert member_host.book(talk, "11:00", guests=[spammer["email"], "fine@example.com"])["guests"] == [
        "fine@example.com"
    ]
    data(owner.post(f"{path}/block", json={"bookingUid": kept, "blockType": "DOMAIN"}))
    assert member_host.ask(talk, "15:00").status_code == 403

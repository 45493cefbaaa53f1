"""The people and the place of a booking after it was made: guests, attendees, location, references."""

from __future__ import annotations

from contract_tests.clients import BOOKINGS
from contract_tests.consistency.bookings import BOOKING, Offer, offer
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.nonexistent import NO_NUMBER

ADDRESS = {"type": "address", "address": "5 Old Lane", "public": True}


def participants(session: Session) -> None:
    """Added guests and attendees and a new location are read back everywhere, and other users are refused."""
    if not any(each.path == f"{BOOKING}/guests" for each in session.description):
        session.leave_out("this edition adds nobody to bookings")
        return
    with offer(session, locations=[ADDRESS]) as offered:
        booking = offered.book(10)
        _guests(offered, booking)
        other = offered.book(11)
        _attendees(offered, booking, other)
        _compare_with_list(offered, booking)
        _location(offered, booking)
        _compare_with_list(offered, booking)
        references = offered.call("GET", booking, "/references")
        kinds = [each["type"] for each in references.data]
        session.check(
            "reads_return_what_was_written", "daily_video" not in kinds, references, "a meeting at an address"
        )
        stranger = session.actors.stranger_to_personal
        for path in ("/attendees", "/references") if stranger else ():
            reply = offered.call("GET", booking, path, stranger)
            session.check("other_users_are_refused", reply.status in (400, 403), reply, "a stranger reads it")
        for each in (booking, other):
            offered.act(each, "/cancel", "cancelled", body={"cancellationReason": "a story is over"})


def _compare_with_list(offered: Offer, booking: Fields) -> None:
    """Checks that the list shows the booking's people and place as they are read."""
    session, shown = offered.session, offered.call("GET", booking).data
    query = {"eventTypeId": offered.event_type["id"]}
    reply = session.succeed("GET", "/v2/bookings", session.actors.personal, query=query, version=BOOKINGS)
    missing: Fields = {}
    listed = next((each for each in reply.data if each["uid"] == booking["uid"]), missing)
    names = ("attendees", "guests", "location")
    wrong = {name: (shown[name], listed.get(name)) for name in names if listed.get(name) != shown[name]}
    session.check("lists_show_what_was_written", not wrong, reply, f"differs: {wrong}")


def _addresses(booking: Fields) -> list[str]:
    return [each["email"] for each in booking["attendees"]]


def _guests(offered: Offer, booking: Fields) -> None:
    session, guest = offered.session, f"{offered.session.unique('guest')}@example.com"
    reply = offered.call("POST", booking, "/guests", body={"guests": [{"email": guest}]})
    session.check("valid_requests_succeed", reply.succeeded, reply, "a valid request is refused")
    session.check("replies_echo_the_request", guest in _addresses(reply.data), reply, "the guest does not attend")
    offered.read(reply.data)
    nobody: tuple[dict[str, object], ...] = (
        {},
        {"guests": []},
        {"guests": [{"email": "nobody"}]},
        {"guests": [{"email": guest.upper()}]},
    )
    for body in nobody:
        refused = offered.call("POST", booking, "/guests", body=body)
        session.check("invalid_bodies_are_refused", refused.status == 400, refused, "nobody to add")
    offered.read(reply.data)


def _attendees(offered: Offer, booking: Fields, other: Fields) -> None:
    session = offered.session
    new = {"name": session.title("Grace"), "email": f"{session.unique('grace')}@example.com", "timeZone": "Asia/Tokyo"}
    added = offered.call("POST", booking, "/attendees", body=new)
    echoed = added.succeeded and added.data | new == added.data
    session.check("replies_echo_the_request", echoed, added, "differs from what was sent")
    listed = offered.call("GET", booking, "/attendees")
    found = [each for each in listed.data if each["id"] == added.data["id"]]
    session.check("lists_show_what_was_written", len(found) == 1, listed, "the new attendee is not listed")
    ids = {"bookingUid": booking["uid"]}
    one = offered.call("GET", booking, "/attendees/{attendeeId}", ids={**ids, "attendeeId": added.data["id"]})
    session.check("reads_return_what_was_written", one.data == found[0], one, "differs from the list")
    missing = offered.call("GET", booking, "/attendees/{attendeeId}", ids={**ids, "attendeeId": NO_NUMBER})
    session.check("unknown_things_are_not_found", missing.status == 404, missing, "an unknown attendee")
    elsewhere = offered.call(
        "GET", booking, "/attendees/{attendeeId}", ids={"bookingUid": other["uid"], "attendeeId": added.data["id"]}
    )
    session.check("unknown_things_are_not_found", elsewhere.status == 404, elsewhere, "an attendee of another booking")
    again = offered.call("POST", booking, "/attendees", body=new)
    session.check("invalid_bodies_are_refused", again.status == 400, again, "attends already")
    shown = offered.call("GET", booking)
    session.check("reads_return_what_was_written", new["email"] in shown.data["guests"], shown, "is no guest")


def _location(offered: Offer, booking: Fields) -> None:
    session, place = offered.session, {"type": "attendeeDefined", "location": "In the park"}
    moved = offered.call("PATCH", booking, "/location", body={"location": place})
    session.check("replies_echo_the_request", moved.data["location"] == place["location"], moved, "another location")
    offered.read(moved.data)
    for wrong in ({"type": "cave"}, {"type": "address", "address": ""}, {"type": "phone", "phone": "1"}):
        refused = offered.call("PATCH", booking, "/location", body={"location": wrong})
        session.check("invalid_bodies_are_refused", refused.status == 400, refused, "no location")
    offered.read(moved.data)

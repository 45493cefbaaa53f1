"""Round trips: later reads and lists return all fields of a write, also after bookings have moved."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from contract_tests.clients import BOOKINGS, SCHEDULES
from contract_tests.consistency.host import ANONYMOUS, BOOKING, Host, attendee, host, managed_user
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.resources import A_TEAM_OF_THE_CLIENT
from contract_tests.consistency.session import Session, differing
from contract_tests.editions import in_force, is_since

FICTIONAL_PHONE = "+442079460958"
"""A number reserved for fiction; the gate holds back requests with other numbers."""
LINK = {"type": "link", "link": "https://example.com/room", "public": True}
ADDRESS = {"type": "address", "address": "1 Main Street", "public": True}
MOVES = frozenset(
    {
        "id", "uid", "start", "end", "createdAt", "updatedAt", "rescheduledFromUid", "reschedulingReason",
        "bookingFieldsResponses", "icsUid", "status", "meetingUrl", "location", "cancellationReason",
        "isPlatformManagedUserBooking",
    }
)  # fmt: skip
"""Fields that may change when a booking moves."""
ONLY_IN_REPLIES_TO_WRITES = frozenset({"seatUid", "isPlatformManagedUserBooking"})
"""Fields of the replies to the creation and the move of a booking that no read shows; the second since 2026-09."""
KEPT = "reads_return_what_was_written"


def full_bookings(session: Session) -> None:
    """A booking with all optional fields: guests, responses, metadata, location, length, language."""
    with host(session) as here:
        event_type = here.offer(
            lengthInMinutesOptions=[30, 60, 90], locations=[LINK, ADDRESS],
            bookingFields=[{"type": "text", "slug": "topic", "label": "Topic", "required": False}],
        )  # fmt: skip
        sent = _everything(session)
        made = here.book(event_type, here.at(10), **sent)
        _compare_with_sent(here, made, sent)
        _same_everywhere(here, made)
        _judge_links(here, made)
        marked = here.mark_host_absent(made)
        if marked is not None:
            session.check(KEPT, marked["absentHost"] is True, here.read(made), "the host was absent")
        _same_everywhere(here, marked or made)
        first = _move(here, made, here.at(13), "Too early")
        second = _move(here, first, here.at(15), None)
        third = _move(here, second, here.at(11, days=1), "Too late")
        ended = here.act(third, "cancel", ANONYMOUS, cancellationReason="Nobody is left")
        session.check(KEPT, ended.get("cancellationReason") == "Nobody is left", here.read(third), "has another reason")
        _same_everywhere(here, ended)
        for old in (made, first, second):
            shown = here.read(old)
            wrong = differing({"status": "cancelled", "start": old["start"], "end": old["end"]}, shown.data)
            session.check(KEPT, not wrong, shown, f"the booking before the move: {wrong}")


def _everything(session: Session) -> Fields:
    return {
        "attendee": attendee(session, "Ann Lee", language="it", phoneNumber=FICTIONAL_PHONE, timeZone="Asia/Tokyo"),
        "guests": [f"{session.unique('guest')}@example.com" for _ in range(2)],
        "metadata": {"first": "one", "second": "two", "third": "drei"},
        "bookingFieldsResponses": {"topic": "The weather", "notes": "Bring an umbrella"},
        "location": {"type": "address"},
        "lengthInMinutes": 90,
    }  # fmt: skip


def _compare_with_sent(here: Host, made: Fields, sent: Fields) -> None:
    who = {name: value for name, value in sent["attendee"].items() if made["attendees"][0].get(name) != value}
    answers = made["bookingFieldsResponses"]
    wrong: Fields = {f"attendee.{name}": value for name, value in who.items()}
    shown: dict[str, tuple[Any, Any]] = {
        "metadata": (made["metadata"], sent["metadata"]),
        "guests": (made.get("guests"), sent["guests"]),
        "attendees": ([each["email"] for each in made["attendees"][1:]], sent["guests"]),
        "duration": (made["duration"], sent["lengthInMinutes"]),
        "end": (made["end"], here.at(11, 30)),
        "description": (made["description"], sent["bookingFieldsResponses"]["notes"]),
        "topic": (answers.get("topic"), "The weather"),
        "location": (made["location"], ADDRESS["address"]),
    }
    wrong |= {name: pair for name, pair in shown.items() if pair[0] != pair[1]}
    reply = here.read(made)
    here.session.check("replies_echo_the_request", not wrong, reply, f"differs from what was sent: {wrong}")


def _judge_links(here: Host, booking: Fields) -> None:
    """Checks that the calendar links have the booking's time."""
    session, ids = here.session, {"bookingUid": booking["uid"]}
    reply = session.succeed("GET", f"{BOOKING}/calendar-links", here.headers, ids=ids, version=BOOKINGS)
    links = {each["id"]: unquote(each["link"]) for each in reply.data}
    start, end = (booking[name].replace(".000Z", "Z") for name in ("start", "end"))
    short = [each.replace("-", "").replace(":", "") for each in (start, end)]
    right = {
        "googleCalendar": f"dates={'/'.join(short)}" in links.get("googleCalendar", ""),
        "microsoftOffice": all(each in links.get("microsoftOffice", "") for each in (start, end)),
        "microsoftOutlook": all(each in links.get("microsoftOutlook", "") for each in (start, end)),
        "ics": f"DTSTART:{short[0]}" in links.get("ics", ""),
    }
    wrong = [name for name, each in right.items() if not each]
    session.check(KEPT, not wrong, reply, f"lead to another time: {wrong}")


def _same_everywhere(here: Host, known: Fields) -> None:
    """Checks that the booking is the same by itself and in lists."""
    session = here.session
    reply = here.read(known)
    wrong = _unlike(known, reply.data)
    session.check(KEPT, not wrong, reply, f"differs: {wrong}")
    listed = here.listed()
    found = next((each for each in listed.data if each["uid"] == known["uid"]), None)
    wrong = _unlike(reply.data, found) if found is not None else {"": "is not listed"}
    session.check("lists_show_what_was_written", not wrong, listed, f"differs: {wrong}")


def _unlike(known: Fields, shown: Fields) -> Fields:
    """Fields that differ or that only one has, except those that only some replies show."""
    known, shown = _as_in_all_replies(known), _as_in_all_replies(shown)
    names = known.keys() | shown.keys()
    return {name: (known.get(name), shown.get(name)) for name in names if known.get(name) != shown.get(name)}


def _as_in_all_replies(item: Fields) -> Fields:
    """An item without the fields of a booking that only some replies show.

    Since 2026-09, the attendees of a seated booking have `createdAt` except in lists.
    """
    shown = {name: value for name, value in item.items() if name not in ONLY_IN_REPLIES_TO_WRITES}
    if "attendees" not in item or not is_since("2026-09"):
        return shown
    attendees = [{name: value for name, value in each.items() if name != "createdAt"} for each in item["attendees"]]
    return shown | {"attendees": attendees}


def _move(here: Host, booking: Fields, start: str, reason: str | None) -> Fields:
    session = here.session
    body = {"start": start, **({"reschedulingReason": reason} if reason else {})}
    moved = here.act(booking, "reschedule", ANONYMOUS, **body)
    reply = here.read(moved)
    shown = reply.data
    changing = {"absentHost"} if in_force("reschedules-keep-length") else {"absentHost", "duration"}
    wrong = {
        name: (booking.get(name), shown.get(name))
        for name in (booking.keys() | shown.keys()) - MOVES
        if name not in changing and booking.get(name) != shown.get(name)
    }
    wrong |= differing({"start": start, "rescheduledFromUid": booking["uid"]}, shown)
    if shown.get("reschedulingReason") != reason:
        wrong["reschedulingReason"] = (reason, shown.get("reschedulingReason"))
    answers, before = dict(shown["bookingFieldsResponses"]), dict(booking["bookingFieldsResponses"])
    field = "rescheduleReason" if in_force("reschedule-reason-in-its-field") else "rescheduledReason"
    if answers.pop(field, None) != reason or before.pop(field, None) == "":
        wrong[field] = (reason, shown["bookingFieldsResponses"])
    if answers != before:
        wrong["bookingFieldsResponses"] = (before, answers)
    session.check(KEPT, not wrong, reply, f"changed when it was moved: {wrong}")
    _same_everywhere(here, moved)
    return shown


def decided_bookings(session: Session) -> None:
    """Confirmed, declined and seated bookings and series keep all fields."""
    with host(session) as here:
        asked = here.offer(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": False})
        for hour, action in ((10, "confirm"), (13, "decline")):
            sent = {"metadata": {"a": "1", "b": "2"}, "guests": [f"{session.unique('guest')}@example.com"]}
            waiting = here.book(asked, here.at(hour), **sent)
            _same_everywhere(here, waiting)
            decided = here.act(waiting, action)
            wrong = differing({name: waiting[name] for name in waiting.keys() - MOVES}, decided)
            session.check(KEPT, not wrong, here.read(decided), f"changed when it was confirmed or declined: {wrong}")
            _same_everywhere(here, decided)
        course = here.offer(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True})
        for turn in range(2):
            metadata = {"turn": f"{turn}", "mat": "own"}
            seated = here.book(course, here.at(15), attendee=attendee(session, f"Ann {turn}"), metadata=metadata)
            mine = next(each for each in seated["attendees"] if each["seatUid"] == seated["seatUid"])
            right = (mine["name"], mine["metadata"]) == (f"Ann {turn}", metadata)
            session.check(KEPT, right, here.read(seated), "the seat differs from the booking")
            _same_everywhere(here, seated)
        weekly = {"interval": 1, "occurrences": 2, "frequency": "weekly"}
        made = here.book(here.offer(recurrence=weekly), here.at(16), metadata={"level": "B1"})
        for each in made:
            session.check(KEPT, each["metadata"] == {"level": "B1"}, here.read(each), "has other metadata")
            _same_everywhere(here, each)


def schedules_of_users(session: Session) -> None:
    """Lists of an organization and of a team show users' schedules with all fields."""
    owner, base = session.actors.organization, "/v2/organizations/{orgId}"
    with managed_user(session, "planner") as user, A_TEAM_OF_THE_CLIENT(session) as team:
        ids = {**team, "userId": user.id}
        body = {"userId": user.id, "accepted": True, "role": "MEMBER"}
        session.succeed("POST", f"{base}/teams/{{teamId}}/memberships", owner, ids=ids, body=body)
        hours = {"days": ["Monday", "Friday"], "startTime": "08:00", "endTime": "11:30"}
        exceptions = [{"date": f"2049-12-{day}", "startTime": "10:00", "endTime": "12:30"} for day in (23, 24)]
        body = {
            "name": session.title("Hours"), "timeZone": "Asia/Tokyo", "isDefault": True, "availability": [hours],
            "overrides": exceptions,
        }  # fmt: skip
        made = session.succeed("POST", "/v2/schedules", user.headers, body=body, version=SCHEDULES).data
        for path in (
            f"{base}/schedules", f"{base}/users/{{userId}}/schedules",
            f"{base}/teams/{{teamId}}/users/{{userId}}/schedules",
        ):  # fmt: skip
            query = {"take": 250} if "take" in session.description_of("GET", path).query_types else {}
            reply = session.succeed("GET", path, owner, ids=ids, query=query)
            found = next((each for each in reply.data if each["id"] == made["id"]), None)
            wrong = _unlike(made, found) if found is not None else {"": "is not listed"}
            session.check("lists_show_what_was_written", not wrong, reply, f"differs: {wrong}")

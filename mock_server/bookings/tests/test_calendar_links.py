"""Links that add a booking to a calendar, and what its event in the destination calendar shows."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

from mock_server.bookings.calendar_events import rewrite, withdraw_event, write_event
from mock_server.bookings.calendar_links import calendar_links
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.references import references_of
from mock_server.bookings.tests.builders import (
    ORGANIZER_EMAIL,
    SOLO,
    add_event_type,
    at,
    begin,
    book,
    write_to_google,
)
from mock_server.calendars.model import BUSY_EVENTS, CALENDAR_EVENTS, CalendarEvent
from mock_server.event_types.model import EventType, Recurrence
from mock_server.identity.model import USERS
from mock_server.state.transaction import Transaction

STAMP = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
WEEKLY = Recurrence(interval=2, occurrences=5, frequency="weekly")


def links(location: str | None, meeting_url: str | None = None, **settings: object) -> dict[str, str]:
    """The links of a booking from ten to half past eleven, by their ids."""
    booking = Booking(
        id=1, uid="abc", title="Talk", start=at(10), end=at(11, 30), status="accepted", created_at=STAMP,
        updated_at=STAMP, location=location, meeting_url=meeting_url,
    )  # fmt: skip
    event_type = EventType(id=1, title="Talk", slug="talk", length=90, **settings)  # pyright: ignore[reportArgumentType]
    found = calendar_links(booking, event_type, "Talk & tea", "uid-1", STAMP)
    labels = ["Google Calendar", "Microsoft Office", "Microsoft Outlook", "ICS"]
    assert [each["label"] for each in found] == labels
    return {each["id"]: each["link"] for each in found}


def test_each_calendar_has_a_link_with_times_title_description_and_place() -> None:
    found = links("https://meet.example/a b", description="50% off, it's (fun)*!", recurrence=WEEKLY)
    place, text = "https%3A%2F%2Fmeet.example%2Fa%20b", "50%25%20off%2C%20it's%20(fun)*!"
    assert found["googleCalendar"] == (
        "https://calendar.google.com/calendar/r/eventedit?dates=20300107T100000Z/20300107T113000Z&text=Talk & tea"
        f"&details={text}&location={place}&recur=RRULE%3AFREQ%3DWEEKLY%3BCOUNT%3D5%3BINTERVAL%3D2"
    )
    office = (
        f"/calendar/0/deeplink/compose?body={text}&enddt=2030-01-07T11:30:00Z&path=%2Fcalendar%2Faction%2Fcompose"
        "&rru=addevent&startdt=2030-01-07T10:00:00Z&subject="
    )
    assert found["microsoftOffice"] == f"https://outlook.office.com{office}Talk & tea&location={place}"
    outlook = office.replace("%2Fcalendar%2Faction%2F", "%252Fcalendar%252Faction%252F")
    assert found["microsoftOutlook"] == f"https://outlook.live.com{outlook}Talk%20%26%20tea&location={place}"


def test_the_file_has_the_same_event() -> None:
    link = links("https://meet.example", description="About us")["ics"]
    assert link.startswith("data:text/calendar,BEGIN%3AVCALENDAR%0D%0A")
    assert unquote(link.removeprefix("data:text/calendar,")).splitlines() == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "PRODID:adamgibbons/ics",
        "METHOD:PUBLISH",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
        "UID:uid-1",
        "SUMMARY:Talk & tea",
        "DTSTAMP:20300102T030405Z",
        "DTSTART:20300107T100000Z",
        "DESCRIPTION:About us",
        "LOCATION:https://meet.example",
        "DURATION:PT90M",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_only_a_web_address_is_a_place() -> None:
    for location, meeting_url, place in (
        ("integrations:daily", "https://video.example/abc", "https://video.example/abc"),
        ("http://room.example", None, "http://room.example"),
        ("Main Street 1", None, None),
        (None, None, None),
    ):
        found = links(location, meeting_url)
        for calendar in ("googleCalendar", "microsoftOffice", "microsoftOutlook"):
            query = parse_qs(urlsplit(found[calendar]).query, keep_blank_values=True)
            assert query.get("location", [None]) == [place]
            assert "recur" not in query
            assert query.get("details", query.get("body")) == [""]
        assert ("LOCATION" in found["ics"], "DESCRIPTION" in found["ics"]) == (place is not None, False)


def event_of(tx: Transaction, booking: Booking) -> CalendarEvent:
    [reference] = references_of(tx, booking, "google_calendar")
    return tx[CALENDAR_EVENTS].require(reference.uid)


def test_the_event_of_a_booking_shows_its_people_and_its_place() -> None:
    tx = begin(edition="2026-09")
    write_to_google(tx)
    tx[USERS].update(SOLO, time_zone="Asia/Tokyo")
    notes = {"notes": "Bring tea"}
    video = add_event_type(tx)
    booking = book(tx, video, at(10), bookingFieldsResponses=notes, guests=["bob@example.com"])
    busy = tx[BUSY_EVENTS].require(booking.busy_event_id)
    assert (busy.start, busy.end, busy.title) == (at(10), at(11), booking.title)
    event = event_of(tx, booking)
    assert len(event.id) == 26 and booking.ical_uid == f"{event.id}@google.com"
    assert (event.title, event.owner_email, event.description) == (booking.title, ORGANIZER_EMAIL, "Bring tea")
    assert event.location == booking.meeting_url is not None
    people = [(each.email, each.name, each.response_status, each.is_self, each.is_host) for each in event.attendees]
    assert people[0] == (ORGANIZER_EMAIL, None, "accepted", True, True)
    assert [each[:2] for each in people[1:]] == [("ann@example.com", "Ann Lee"), ("bob@example.com", None)]
    assert "Asia/Tokyo" in str(event.start) and "Asia/Tokyo" in str(event.end)
    elsewhere = book(tx, video, at(12), location={"type": "integration", "integration": "cal-video"})
    assert event_of(tx, elsewhere).description is None
    tx[BOOKINGS].update(elsewhere.id, location="Main Street 1")
    rewrite(tx, tx[BOOKINGS].require(elsewhere.id))
    assert event_of(tx, elsewhere).location == "Main Street 1"
    tx[BOOKINGS].update(elsewhere.id, location=None)
    rewrite(tx, tx[BOOKINGS].require(elsewhere.id))
    assert event_of(tx, elsewhere).location is None


def test_an_event_is_written_once_for_accepted_bookings_with_an_organizer() -> None:
    tx = begin(edition="2026-09")
    write_to_google(tx)
    booking = book(tx, add_event_type(tx), at(10))
    assert write_event(tx, booking) == booking
    rewrite(tx, tx[BOOKINGS].update(booking.id, user_id=None, description="x"))
    assert event_of(tx, booking).description is None, "it has no organizer"
    tx[BOOKINGS].update(booking.id, user_id=SOLO, description=booking.description)
    withdrawn = withdraw_event(tx, booking)
    assert (withdrawn.busy_event_id, tx[BUSY_EVENTS].get(booking.busy_event_id)) == (None, None)
    for fields in ({"status": "pending"}, {"user_id": None}):
        changed = tx[BOOKINGS].update(booking.id, **{"status": "accepted", "user_id": SOLO, **fields})
        assert write_event(tx, changed) == changed
        rewrite(tx, changed)
    again = write_event(tx, tx[BOOKINGS].update(booking.id, status="accepted", user_id=SOLO))
    assert (again.busy_event_id is not None, again.ical_uid) == (True, booking.ical_uid)
    assert tx[ATTENDEES].count(booking_id=booking.id) == 1

"""Replays recorded scenarios: the outbox holds the mails that the live service sent, in both editions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from icalendar import Calendar

from mock_server.bookings.model import ATTENDEES, BOOKINGS
from mock_server.bookings.tests.builders import (
    MEMBER,
    NOW,
    ORGANIZER_EMAIL,
    OWNER,
    add_event_type,
    add_team_event_type,
    at,
    text,
)
from mock_server.event_types.model import BookingField, EventType, Location, Recurrence, Seats
from mock_server.identity.model import OAUTH_CLIENTS
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.state.edition import EDITIONS
from mock_server.state.transaction import Transaction

RECORDED: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("recorded_mails.yaml").read_text(encoding="utf-8")
)
ITALIAN_DAYS = {7: "lunedì, gennaio 7, 2030"}
WEEKLY = Recurrence(interval=1, occurrences=6, frequency="weekly")
OWNER_KEY, SOLO_KEY = "cal_sandbox_owner", "cal_sandbox_solo"
CLIENT = "sandbox-client"


class Story:
    """One world, in which scenarios follow each other."""

    def __init__(self, running: RunningSandbox, url: str) -> None:
        self.client = httpx.Client(base_url=url, headers={"cal-api-version": "2024-08-13"}, timeout=10)
        self.world = running.sandbox.worlds.get(url.rpartition("/")[2])
        self.send("PUT", "/_sandbox/clock", {"now": text(NOW), "frozen": True})

    def change(self, act: Callable[[Transaction], Any]) -> Any:
        """Changes the state directly."""
        tx = self.world.begin()
        result = act(tx)
        self.world.commit(tx)
        return result

    def send(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        """The JSON of a reply that has to be a success."""
        headers |= {} if key is None else {"authorization": f"Bearer {key}"}
        reply = self.client.request(method, path, json=body, headers=headers)
        assert reply.is_success, reply.text
        return reply.json()

    def act(self, uid: str, action: str, key: str | None = None, **body: Any) -> Any:
        """The data of an action on a booking."""
        return self.send("POST", f"/v2/bookings/{uid}/{action}", body, key)["data"]

    def book(self, event_type: EventType, start: datetime, email: str, name: str = "Ada Booker", **fields: Any) -> Any:
        """The data of a new booking."""
        attendee = {"name": name, "email": email, "timeZone": "Europe/Rome", **fields.pop("attendee", {})}
        body = {"eventTypeId": event_type.id, "start": text(start), "attendee": attendee, **fields}
        return self.send("POST", "/v2/bookings", body)["data"]

    def event_type(self, title: str, length: int = 30, **fields: Any) -> EventType:
        """An event type of the solo user."""
        return self.change(lambda tx: add_event_type(tx, title=title, length=length, **fields))

    def check(self, scenario: str, booking: dict[str, Any], ics_uid: str | None = None) -> None:
        """Compares the outbox with the recorded mails of the scenario, and empties it."""
        mails = self.send("GET", "/_sandbox/outbox")["data"]
        assert {each["channel"] for each in mails} == {"email"}
        assert {each["about"]["bookingUid"] for each in mails} == {booking["uid"]}
        ics_uid = ics_uid or self.send("GET", f"/v2/bookings/{booking['uid']}")["data"]["icsUid"]
        found = sorted(map(facts, mails), key=str)
        expected = sorted((self._filled(each, booking) for each in RECORDED[scenario]), key=str)
        assert found == expected
        for each in mails:
            assert booking["start"][:10] not in each["text"], "times are local, and written out"
            for event in events(each):
                assert str(event["uid"]) == ics_uid
                assert event["dtstart"].dt.date() == moment(booking["start"]).date()
        self.send("DELETE", "/_sandbox/outbox")

    def _filled(self, mail: dict[str, Any], booking: dict[str, Any]) -> dict[str, Any]:
        day = moment(booking["start"])
        values = {
            "{day}": f"{day:%A, %B} {day.day}, {day.year}",
            "{giorno}": ITALIAN_DAYS.get(day.day, ""),
            "{meeting}": f"https://app.cal.com/video/{booking['uid']}",
        }
        return replaced(mail, values)


def moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


def replaced(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: replaced(each, values) for name, each in value.items()}
    for placeholder, each in values.items() if isinstance(value, str) else ():
        value = value.replace(placeholder, each)
    return value


def events(mail: dict[str, Any]) -> list[Any]:
    """The events of the attachments, each of which holds exactly one."""
    calendars = [Calendar.from_ical(each["content"]) for each in mail["attachments"]]
    assert all(each["method"] == "REQUEST" and not each.errors for each in calendars)
    found = [each.walk("VEVENT") for each in calendars]
    assert all(len(each) == 1 and not each[0].errors for each in found)
    return [each for [each] in found]


def facts(mail: dict[str, Any]) -> dict[str, Any]:
    """What the recordings have of a mail."""
    found = {"to": mail["to"], "subject": mail["subject"]}
    if not mail["attachments"]:
        return found
    file, same_file = mail["attachments"]
    assert (file["name"], same_file["name"]) == (None, "event.ics")
    assert file["contentType"] == 'text/calendar; charset="utf-8"; method="REQUEST"'
    assert same_file["contentType"] == 'application/ics; name="event.ics"'
    assert file["content"] == same_file["content"]
    [event, _] = events(mail)
    attendees = event["attendee"] if isinstance(event["attendee"], list) else [event["attendee"]]
    invitation = {
        "time": f"{event['dtstart'].dt:%H:%M} - {event['dtend'].dt:%H:%M}",
        "status": str(event["status"]),
        "sequence": int(event.get("sequence", 0)),
        "summary": str(event["summary"]),
        "location": str(event["location"]),
        "organizer": event["organizer"].removeprefix("mailto:"),
        "attendees": {each.removeprefix("mailto:"): each.params["CN"] for each in attendees},
    }
    if "rrule" in event:
        invitation["recurrence"] = event["rrule"].to_ical().decode()
    return {**found, "invitation": invitation}


@pytest.fixture(scope="module", params=EDITIONS)
def running(request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    """A sandbox of each edition."""
    with running_sandbox(Settings(strict=True, edition=request.param)) as running:
        yield running


@pytest.fixture
def story(running: RunningSandbox) -> Iterator[Story]:
    with running.world() as url:
        story = Story(running, url)
        yield story
        story.client.close()


def test_a_booking_is_rescheduled_and_cancelled(story: Story) -> None:
    event_type = story.event_type("30 min meeting")
    attendee = {"language": "it", "phoneNumber": "+393331234567"}
    booking = story.book(event_type, at(10), "ada@example.com", attendee=attendee)
    story.check("plain: booked", booking)
    booking = story.act(booking["uid"], "reschedule", start=text(at(14)))
    story.check("rescheduled by the booker", booking)
    booking = story.act(booking["uid"], "reschedule", start=text(at(15)), rescheduledBy=ORGANIZER_EMAIL)
    story.check("rescheduled by the host", booking)
    story.act(booking["uid"], "cancel", cancellationReason="ill")
    story.check("cancelled by the booker", booking)


def test_guests_receive_all_mails(story: Story) -> None:
    event_type = story.event_type("30 min meeting")
    guests = ["guest1@example.com", "guest2@example.com"]
    booking = story.book(event_type, at(11), "ada2@example.com", guests=guests)
    story.check("plain with guests: booked", booking)
    number = booking["id"]
    third = {"name": "Guest Three", "email": "guest3@example.com", "time_zone": "Europe/Oslo", "locale": "en"}
    story.change(lambda tx: tx[ATTENDEES].create(booking_id=number, start=at(11), **third))
    story.change(lambda tx: tx[BOOKINGS].update(number, location="2 Low Street, London", meeting_url=None))
    story.act(booking["uid"], "cancel", SOLO_KEY, cancellationReason="I am away")
    story.check("cancelled by the host", booking)


@pytest.mark.parametrize("running", ["2026-03"], indirect=True)
def test_guests_are_added(story: Story) -> None:
    event_type = story.event_type("30 min meeting")
    guests = ["guest1@example.com", "guest2@example.com"]
    booking = story.book(event_type, at(11), "ada2@example.com", guests=guests)
    story.send("DELETE", "/_sandbox/outbox")
    third = {"name": "Guest Three", "email": "guest3@example.com", "timeZone": "Europe/Oslo", "language": "en"}
    story.act(booking["uid"], "guests", SOLO_KEY, guests=[third])
    story.check("guests added", booking)


def test_answers_are_in_the_text(story: Story) -> None:
    place = Location(type="address", address="1 High Street, London", public=True)
    company = BookingField(type="text", slug="company", label="Company", required=False)
    event_type = story.event_type("On site", locations=(place,), booking_fields=(company,))
    answers = {"company": "Acme"}
    booking = story.book(event_type, at(10), "ada3@example.com", bookingFieldsResponses=answers)
    mails = story.send("GET", "/_sandbox/outbox")["data"]
    assert all("Company:\nAcme" in each["text"] and "1 High Street, London" in each["text"] for each in mails)
    story.check("address location and own field: booked", booking)


def test_seats_have_mails_of_their_own(story: Story) -> None:
    event_type = story.event_type("Workshop", 90, seats=Seats(per_time_slot=3))
    first = story.book(event_type, at(9), "seat1@example.com", "Seat One")
    story.check("seats: first seat booked", first)
    second = story.book(event_type, at(9), "seat2@example.com", "Seat Two")
    story.check("seats: second seat booked", second)
    third = story.book(event_type, at(9), "seat3@example.com", "Seat Three")
    story.check("seats: third seat booked", third)
    moved = story.act(first["uid"], "reschedule", start=text(at(9, days=1)), seatUid=second["seatUid"])
    story.check("seats: one seat rescheduled", moved, ics_uid=first["icsUid"])
    story.act(first["uid"], "cancel", seatUid=first["seatUid"])
    story.check("seats: one seat cancelled", first)
    story.act(first["uid"], "cancel", SOLO_KEY, cancellationReason="room closed")
    story.check("seats: whole booking cancelled by the host", first)


def test_a_series_has_mails_about_its_first_booking(story: Story) -> None:
    event_type = story.event_type("Weekly coaching", 45, recurrence=WEEKLY)
    first, second, _ = story.book(event_type, at(10), "rec@example.com", recurrenceCount=3)
    story.check("recurring: series of 3 booked", first)
    moved = story.act(first["uid"], "reschedule", start=text(at(13)))
    story.check("recurring: one rescheduled", moved)
    story.act(second["uid"], "cancel", cancellationReason="x")
    story.check("recurring: one cancelled", second)
    first, *_ = story.book(event_type, at(15, days=7), "rec2@example.com", recurrenceCount=3)
    story.send("DELETE", "/_sandbox/outbox")
    story.act(first["recurringBookingUid"], "cancel", SOLO_KEY, cancellationReason="all of it")
    story.check("recurring: series cancelled", first)


def test_a_series_of_the_older_version_has_mails_about_its_first_booking(story: Story) -> None:
    event_type = story.event_type("Weekly sync", recurrence=WEEKLY)
    responses = {"name": "Ada Booker", "email": "ada@example.com"}
    shared = {"eventTypeId": event_type.id, "timeZone": "Europe/Rome", "language": "en", "metadata": {}}
    items = [{**shared, "start": text(at(10, days=days)), "responses": responses} for days in (0, 7)]
    first, _ = story.send("POST", "/v2/bookings/recurring", items, **{"cal-api-version": "2024-04-15"})["data"]
    mails = story.send("GET", "/_sandbox/outbox")["data"]
    assert len(mails) == 2
    assert {each["about"]["bookingUid"] for each in mails} == {first["uid"]}


def test_requests_are_confirmed_declined_repeated_and_cancelled(story: Story) -> None:
    event_type = story.event_type("Ask first", requires_confirmation=True)
    booking = story.book(event_type, at(10), "req1@example.com")
    story.check("requested", booking)
    story.act(booking["uid"], "confirm", SOLO_KEY)
    story.check("requested, then confirmed", booking)
    again = story.act(booking["uid"], "reschedule", start=text(at(14)))
    story.check("confirmed one rescheduled by the booker: asks again", again)
    declined = story.book(event_type, at(11), "req2@example.com")
    cancelled = story.book(event_type, at(12), "req3@example.com")
    story.send("DELETE", "/_sandbox/outbox")
    story.act(declined["uid"], "decline", SOLO_KEY, reason="Too busy")
    assert "Too busy" in story.send("GET", "/_sandbox/outbox")["data"][0]["text"]
    story.check("requested, then declined", declined)
    story.act(cancelled["uid"], "cancel", cancellationReason="never mind")
    story.check("requested, then cancelled by the booker", cancelled)


def test_a_series_is_requested_and_confirmed_at_once(story: Story) -> None:
    twice = Recurrence(interval=1, occurrences=2, frequency="weekly")
    event_type = story.event_type("Weekly on request", requires_confirmation=True, recurrence=twice)
    first, _ = story.book(event_type, at(15), "rreq@example.com")
    story.check("recurring with confirmation: requested", first)
    story.act(first["uid"], "confirm", SOLO_KEY)
    story.check("recurring with confirmation: confirmed", first)


def test_a_reassignment_is_announced(story: Story) -> None:
    event_type = story.change(
        lambda tx: add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, title="Sales intro", length=30)
    )
    booking = story.book(event_type, at(10), "rr@example.com")
    story.check("round robin: booked", booking)
    story.act(booking["uid"], "reassign", OWNER_KEY)
    story.check("round robin: reassigned", booking)
    story.act(booking["uid"], "cancel", cancellationReason="x")
    story.check("round robin: cancelled", booking)


def test_a_reschedule_may_change_the_organizer(story: Story) -> None:
    event_type = story.change(
        lambda tx: add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, title="Sales intro", length=30)
    )
    booking = story.book(event_type, at(10), "wf@example.com")
    story.check("round robin: booked again", booking)
    moved = story.act(booking["uid"], "reschedule", start=text(at(12)))
    story.check("round robin: rescheduled to another host", moved)
    story.act(moved["uid"], "cancel", cancellationReason="x")
    story.check("round robin: cancelled after the reschedule", moved)


def test_all_hosts_of_a_collective_event_receive_mails(story: Story) -> None:
    event_type = story.change(
        lambda tx: add_team_event_type(
            tx, {OWNER: {}, MEMBER: {}}, title="Both of us", length=30, scheduling_type="collective"
        )
    )
    booking = story.book(event_type, at(12), "col@example.com")
    story.check("collective: booked", booking)
    moved = story.act(booking["uid"], "reschedule", start=text(at(14)))
    story.check("collective: rescheduled", moved)


@pytest.mark.parametrize("enabled", [True, False])
def test_an_oauth_client_switches_mails_on_and_off(story: Story, *, enabled: bool) -> None:
    pages = {name: f"https://client.example.com/{name}" for name in ("booked", "cancelled", "moved")}
    story.change(
        lambda tx: tx[OAUTH_CLIENTS].update(
            CLIENT,
            are_emails_enabled=enabled,
            booking_redirect_uri=pages["booked"],
            booking_cancel_redirect_uri=pages["cancelled"],
            booking_reschedule_redirect_uri=pages["moved"],
        )
    )
    body = {"email": "maya@example.com", "name": "Maya Managed", "timeZone": "Europe/Rome"}
    secret = {"x-cal-secret-key": "sandbox-client-secret"}
    user = story.send("POST", f"/v2/oauth-clients/{CLIENT}/users", body, **secret)["data"]["user"]
    event_type = story.event_type("Consultation", 60, user_id=user["id"])
    booking = story.book(event_type, at(15), "mm2@example.com")
    if not enabled:
        story.act(booking["uid"], "cancel", cancellationReason="x")
        assert story.send("GET", "/_sandbox/outbox")["data"] == []
        return
    mails = story.send("GET", "/_sandbox/outbox")["data"]
    for name, parameter in (("booked", "changes"), ("cancelled", "cancel"), ("moved", "reschedule")):
        link = f"{pages[name]}/{booking['uid']}?slug={event_type.slug}&username={user['username']}&{parameter}=true"
        assert all(link in each["text"] for each in mails)
    story.check("managed user, client e-mails on: booked", booking)
    story.act(booking["uid"], "cancel", cancellationReason="x")
    story.check("managed user, client e-mails on: cancelled", booking)


def test_all_recordings_are_replayed() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert {scenario for scenario in RECORDED if f'story.check("{scenario}"' not in source} == set()

"""A request for a booking, read and checked as far as that goes without looking at anybody's time.

Source: Cal.com API v2, bookings: order of checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from mock_server.bookings.answers import Answers, check_own_fields, checked_answers
from mock_server.bookings.event_type_lookup import client_of, event_type_of, length_of, occurrences_of
from mock_server.bookings.locations import place_of
from mock_server.bookings.request_fields import (
    Booker,
    phone_address,
    read_booker,
    read_guests,
    read_metadata,
    read_start,
    stored_address,
)
from mock_server.bookings.timing import end_of
from mock_server.event_types.booking_fields import ATTENDEE_PHONE, form_of, hides_guests
from mock_server.event_types.hosts import EventHost, hosts_of
from mock_server.event_types.model import EventType
from mock_server.state.transaction import Transaction


class Wanted(msgspec.Struct, frozen=True):
    """What is to be booked. `length` in minutes; `occurrences` is 1 but for a series."""

    event_type: EventType
    hosts: tuple[EventHost, ...]
    start: datetime
    length: int
    occurrences: int
    booker: Booker
    email: str
    guests: tuple[str, ...]
    answers: Answers
    location: str
    metadata: dict[str, str]
    is_instant: bool = False

    @property
    def end(self) -> datetime:
        """When it ends."""
        return end_of(self.start, self.length)

    @property
    def notes(self) -> str:
        """What the booker wrote."""
        return self.answers.get("notes") or ""


def read_wanted(tx: Transaction, body: dict[str, Any]) -> Wanted:
    """Raises BadRequest, NotFound and QueryInvalid in the order of the live service's checks."""
    booker, guests = read_booker(body["attendee"]), read_guests(body.get("guests"))
    event_type = event_type_of(tx, body)
    responses = body.get("bookingFieldsResponses")
    if responses is not None:
        check_own_fields(event_type, responses)
    length = length_of(event_type, body.get("lengthInMinutes"))
    hosts = tuple(hosts_of(tx, event_type))
    place = place_of(event_type, hosts[0].user if hosts else None, body.get("location"), body.get("meetingUrl"))
    occurrences = occurrences_of(event_type, body.get("recurrenceCount"))
    start = read_start(body["start"])
    client_id = client_of(tx, event_type)
    answers: Answers = {"name": booker.name} | (responses or {})
    email = stored_address(tx, booker.email, client_id) if booker.email else None
    if email is not None:
        answers["email"] = email
    if booker.phone_number is not None:
        answers[ATTENDEE_PHONE] = booker.phone_number
    if "guests" in body:
        answers["guests"] = guests and [stored_address(tx, each, client_id) for each in guests]
    if place.answer is not None:
        answers["location"] = place.answer
    answers = checked_answers(event_type, answers)
    if email is None:
        answers["email"] = email = phone_address(booker.phone_number or "")
    kept = _kept_guests(event_type, hosts, answers)
    if "guests" in answers:
        answers["guests"] = list(kept)
    metadata = read_metadata(body.get("metadata"))
    return Wanted(
        event_type,
        hosts,
        start,
        length,
        occurrences,
        booker,
        email,
        kept,
        answers,
        place.location,
        metadata,
        body.get("instant") is True,
    )


def _kept_guests(event_type: EventType, hosts: Sequence[EventHost], answers: Answers) -> tuple[str, ...]:
    """Guests are dropped where the form hides them; hosts of a team event type are no guests."""
    if hides_guests(form_of(event_type.booking_fields)):
        return ()
    team = () if event_type.team_id is None else {each.user.email for each in hosts}
    return tuple(each for each in answers.get("guests") or () if each not in team)

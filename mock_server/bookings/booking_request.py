"""Reads and checks a booking request, except for availability.

Source: Cal.com API v2, bookings: order of checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from mock_server.bookings.answers import Answers, check_custom_fields, validated_answers
from mock_server.bookings.bodies import BookingBody
from mock_server.bookings.event_type_lookup import (
    find_event_type,
    oauth_client_of,
    requested_length,
    requested_occurrences,
)
from mock_server.bookings.locations import resolve_location
from mock_server.bookings.request_fields import (
    Booker,
    placeholder_email,
    read_booker,
    read_guests,
    read_metadata,
    read_start,
    stored_email,
)
from mock_server.bookings.timing import end_time
from mock_server.event_types.booking_fields import ATTENDEE_PHONE, form_of, hides_guests
from mock_server.event_types.hosts import EventHost, hosts_of
from mock_server.event_types.model import EventType
from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import check_attendee_phone


class BookingRequest(msgspec.Struct, frozen=True):
    """The booking to create. `length` is in minutes; `occurrences` is 1 unless the event type is recurring.

    A request in an older form `is_single`: it creates one booking even of a recurring event type, in `series` if given.
    """

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
    is_single: bool = False
    series: str | None = None

    @property
    def end(self) -> datetime:
        """The end of the (first) booking."""
        return end_time(self.start, self.length)

    @property
    def notes(self) -> str:
        """The booker's additional notes."""
        return self.answers.get("notes") or ""


def read_booking_request(tx: Transaction, body: BookingBody) -> BookingRequest:
    """Raises BadRequest, NotFound and QueryInvalid in the order of the live service's checks."""
    booker, guests = read_booker(body["attendee"]), read_guests(body.get("guests"))
    event_type = find_event_type(tx, body)
    responses = body.get("bookingFieldsResponses")
    check_attendee_phone(tx, event_type, booker.phone_number, responses)
    if responses is not None:
        check_custom_fields(event_type, responses)
    length = requested_length(event_type, body.get("lengthInMinutes"))
    hosts = tuple(hosts_of(tx, event_type))
    organizer = hosts[0].user if hosts else None
    location = resolve_location(event_type, organizer, body.get("location"), body.get("meetingUrl"))
    occurrences = requested_occurrences(event_type, body.get("recurrenceCount"))
    start = read_start(body["start"])
    client_id = oauth_client_of(tx, event_type)
    answers: Answers = {"name": booker.name} | (responses or {})
    email = stored_email(tx, booker.email, client_id) if booker.email else None
    if email is not None:
        answers["email"] = email
    if booker.phone_number is not None:
        answers[ATTENDEE_PHONE] = booker.phone_number
    if "guests" in body:
        answers["guests"] = guests and [stored_email(tx, each, client_id) for each in guests]
    if location.answer is not None:
        answers["location"] = location.answer
    answers = validated_answers(event_type, answers)
    if email is None:
        answers["email"] = email = placeholder_email(booker.phone_number or "")
    invited = _invited_guests(event_type, hosts, answers)
    if "guests" in answers:
        answers["guests"] = list(invited)
    metadata = read_metadata(body.get("metadata"))
    return BookingRequest(
        event_type,
        hosts,
        start,
        length,
        occurrences,
        booker,
        email,
        invited,
        answers,
        location.stored,
        metadata,
        body.get("instant") is True,
    )


def _invited_guests(event_type: EventType, hosts: Sequence[EventHost], answers: Answers) -> tuple[str, ...]:
    """Drops all guests if the form hides the field, and the hosts of a team event type."""
    if hides_guests(form_of(event_type.booking_fields)):
        return ()
    host_emails = () if event_type.team_id is None else {each.user.email for each in hosts}
    return tuple(each for each in answers.get("guests") or () if each not in host_emails)

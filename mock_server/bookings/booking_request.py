"""Reads and checks a booking request, except for availability.

Source: Cal.com API v2, bookings: order of checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from mock_server.bookings.answers import Answers, check_custom_answers, check_custom_fields, validated_answers
from mock_server.bookings.blocklist import is_blocked, organizations_of
from mock_server.bookings.bodies import BookingBody
from mock_server.bookings.bookability import check_bookable
from mock_server.bookings.booker_limits import check_may_book
from mock_server.bookings.event_type_lookup import (
    find_event_type,
    oauth_client_of,
    requested_length,
    requested_occurrences,
)
from mock_server.bookings.host_assignment import routed_hosts
from mock_server.bookings.locations import resolve_location
from mock_server.bookings.overrides import NO_OVERRIDES, Overrides, read_overrides
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
    form_response_id: int | None = None
    is_single: bool = False
    series: str | None = None
    private_link: str | None = None
    overrides: Overrides = NO_OVERRIDES
    caller_id: int | None = None
    verification_code: str | None = None

    @property
    def end(self) -> datetime:
        """The end of the (first) booking."""
        return end_time(self.start, self.length)

    @property
    def notes(self) -> str:
        """The booker's additional notes."""
        return self.answers.get("notes") or ""


def read_booking_request(
    tx: Transaction,
    body: BookingBody,
    caller_id: int | None = None,
    version: str = "",
    *,
    is_older_form: bool = False,
) -> BookingRequest:
    """The request of a caller, None if anonymous, in a header version.

    Raises BadRequest, NotFound, Unauthorized, Forbidden and QueryInvalid in the order of the live service's checks.
    """
    booker, guests = read_booker(tx, body["attendee"]), read_guests(body.get("guests"))
    event_type = find_event_type(tx, body)
    check_may_book(tx, event_type, caller_id)
    hosts = tuple(hosts_of(tx, event_type))
    is_instant = body.get("instant") is True
    if tx.has("unbookable-event-types-refused"):
        check_bookable(event_type, hosts, is_instant=is_instant)
    check_attendee_phone(tx, event_type, booker.phone_number, body.get("bookingFieldsResponses"))
    responses = _read_responses(tx, event_type, body, is_older_form=is_older_form)
    length = requested_length(tx, event_type, body.get("lengthInMinutes"))
    organizer = hosts[0].user if hosts else None
    location = resolve_location(event_type, organizer, body.get("location"), body.get("meetingUrl"))
    occurrences = requested_occurrences(event_type, body.get("recurrenceCount"))
    start = read_start(body["start"])
    client_id = oauth_client_of(tx, event_type)
    answers: Answers = {"name": booker.name} | responses
    email = stored_email(tx, booker.email, client_id) if booker.email else None
    if email is not None:
        answers["email"] = email
    if booker.phone_number is not None:
        answers[ATTENDEE_PHONE] = booker.phone_number
    if "guests" in body:
        answers["guests"] = guests and [stored_email(tx, each, client_id) for each in guests]
    if location.answer is not None:
        answers["location"] = location.answer
    answers = validated_answers(event_type, answers, takes_numbers=tx.has("answers-checked"))
    if email is None:
        answers["email"] = email = placeholder_email(booker.phone_number or "")
    invited = _invited_guests(tx, event_type, hosts, answers)
    if "guests" in answers:
        answers["guests"] = list(invited)
    metadata = read_metadata(body.get("metadata"))
    routing = body.get("routing")
    return BookingRequest(
        event_type,
        routed_hosts(hosts, _chosen_hosts(event_type, body)),
        start,
        length,
        occurrences,
        booker,
        email,
        invited,
        answers,
        location.stored,
        metadata,
        is_instant,
        routing.get("responseId") if routing else None,
        overrides=read_overrides(tx, event_type, body, caller_id, version),
        caller_id=caller_id,
        verification_code=body.get("emailVerificationCode"),
    )


def _chosen_hosts(event_type: EventType, body: BookingBody) -> list[int]:
    """The ids of the hosts to choose from: the requested subset, if the event type allows it, else the routed hosts."""
    routing = body.get("routing")
    subset = body.get("rrHostSubsetIds") if event_type.rr_host_subset_enabled else None
    return subset or (routing["teamMemberIds"] if routing else [])


def _read_responses(tx: Transaction, event_type: EventType, body: BookingBody, *, is_older_form: bool) -> Answers:
    """The answers to the event type's own fields. Null is an empty text. Raises BadRequest."""
    responses = body.get("bookingFieldsResponses")
    if is_older_form or not tx.has("answers-checked"):
        if responses is not None:
            check_custom_fields(event_type, responses)
        return responses or {}
    responses = {slug: "" if answer is None else answer for slug, answer in (responses or {}).items()}
    check_custom_answers(event_type, responses)
    return responses


def _invited_guests(
    tx: Transaction, event_type: EventType, hosts: Sequence[EventHost], answers: Answers
) -> tuple[str, ...]:
    """Drops all guests if the form hides the field, and else the hosts of a team event type and blocked addresses."""
    if hides_guests(form_of(event_type.booking_fields)):
        return ()
    host_emails = () if event_type.team_id is None else {each.user.email for each in hosts}
    guests = [each for each in answers.get("guests") or () if each not in host_emails]
    organizations = organizations_of(tx, event_type) if guests else ()
    return tuple(each for each in guests if not is_blocked(tx, organizations, each))

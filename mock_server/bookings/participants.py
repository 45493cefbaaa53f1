"""Adds guests and attendees to existing bookings.

Source: Cal.com API v2, bookings: guests, attendees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from mock_server.bookings.blocklist import is_blocked, organizations_of
from mock_server.bookings.calendar_events import rewrite
from mock_server.bookings.event_type_lookup import oauth_client_of
from mock_server.bookings.hints import ALL_ATTEND, GUESTS_HIDDEN
from mock_server.bookings.mails import mail_attendee_added, mail_guests_added
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Attendee, Booking
from mock_server.bookings.request_fields import DEFAULT_LANGUAGE, stored_email
from mock_server.event_types.booking_fields import form_of, hides_guests
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.addresses import untagged_address
from mock_server.identity.model import USERS, User
from mock_server.runtime.errors import BadRequest, QueryInvalid, TranslatedError, shared_library_error
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of

MOST_ATTENDEES = 30
SEATED = "Cannot add attendees to a seated event, where each attendee takes a seat. Book a seat instead."


class NewParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """A person to add to a booking, with the organizer's time zone and language where none are given."""

    email: str
    name: str = ""
    time_zone: str | None = None
    language: str | None = None
    phone_number: str | None = None


def add_guests_to(tx: Transaction, booking: Booking, caller_id: int, guests: Sequence[NewParticipant]) -> Booking:
    """Adds the guests who do not attend yet. Raises the refusal, also if all of them attend."""
    _check_room(tx, booking, len(guests))
    organizer, event_type = _check_may_add(tx, booking, caller_id)
    before = tx[ATTENDEES].find(booking_id=booking.id)
    added = [_add(tx, booking, organizer, each) for each in _new_ones(tx, booking, organizer, event_type, guests)]
    changed = _with_guest_answers(tx, booking, added)
    mail_guests_added(tx, changed, before, added)
    return changed


def add_attendee_to(tx: Transaction, booking: Booking, caller_id: int, attendee: NewParticipant) -> Attendee:
    """Adds an attendee, who also counts as a guest. Raises the refusal, also if the attendee attends already."""
    organizer, event_type = _check_may_add(tx, booking, caller_id)
    _check_room(tx, booking, 1)
    [new] = _new_ones(tx, booking, organizer, event_type, [attendee])
    language = new.language or organizer.locale or DEFAULT_LANGUAGE
    added = _add(tx, booking, organizer, msgspec.structs.replace(new, language=language))
    mail_attendee_added(tx, _with_guest_answers(tx, booking, [added]), added)
    return added


def _check_room(tx: Transaction, booking: Booking, count: int) -> None:
    present = tx[ATTENDEES].count(booking_id=booking.id)
    if present + count > MOST_ATTENDEES:
        raise BadRequest(
            f"Cannot add {count} guests. This booking already has {present} attendees. Maximum total guests allowed is "
            f"{MOST_ATTENDEES}. You can add up to {max(MOST_ATTENDEES - present, 0)} more guests."
        )


def _check_may_add(tx: Transaction, booking: Booking, caller_id: int) -> tuple[User, EventType]:
    """The organizer and the event type. Allowed to organizer, attendees, and admins and owners of the team."""
    organizer, event_type = tx[USERS].get(booking.user_id), tx[EVENT_TYPES].get(booking.event_type_id)
    if organizer is None:
        raise shared_library_error("NOT_FOUND")
    caller = tx[USERS].require(caller_id)
    is_participant = caller.id == organizer.id or any(
        each.email == caller.email for each in tx[ATTENDEES].find(booking_id=booking.id)
    )
    team_id = event_type.team_id if event_type else None
    if not is_participant and not (team_id and has_rank(membership_of(tx, caller_id, team_id), "ADMIN")):
        raise shared_library_error("FORBIDDEN")
    if event_type is None:
        raise QueryInvalid([("", "Required")])
    if hides_guests(form_of(event_type.booking_fields)):
        raise shared_library_error("BAD_REQUEST", hint=GUESTS_HIDDEN)
    if event_type.seats is not None and tx.has("no-guests-where-seats-are"):
        raise BadRequest(SEATED)
    return organizer, event_type


def _new_ones(
    tx: Transaction, booking: Booking, organizer: User, event_type: EventType, people: Iterable[NewParticipant]
) -> list[NewParticipant]:
    """The people who do not attend yet, without duplicates. Addresses are compared in lower case and without a tag."""
    attending = tx[ATTENDEES].find(booking_id=booking.id)
    present = {untagged_address(each.email) for each in (*attending, organizer)}
    client_id, organizations = oauth_client_of(tx, event_type), organizations_of(tx, event_type)
    found: list[NewParticipant] = []
    for each in people:
        address = untagged_address(each.email)
        if address not in present and not is_blocked(tx, organizations, each.email):
            present.add(address)
            found.append(msgspec.structs.replace(each, email=stored_email(tx, each.email, client_id)))
    if not found and tx.has("present-attendees-refused-in-words"):
        raise TranslatedError(400, "emails_must_be_unique_valid", "Emails must be unique and valid")
    if not found:
        raise shared_library_error("BAD_REQUEST", hint=ALL_ATTEND)
    return found


def _add(tx: Transaction, booking: Booking, organizer: User, new: NewParticipant) -> Attendee:
    return tx[ATTENDEES].create(
        booking_id=booking.id,
        name=new.name,
        email=new.email,
        time_zone=new.time_zone or organizer.time_zone,
        locale=new.language or organizer.locale,
        phone_number=new.phone_number,
        start=booking.start,
    )


def _with_guest_answers(tx: Transaction, booking: Booking, added: Iterable[Attendee]) -> Booking:
    """The booking with the new addresses among its answers, if it has any, written to the calendar again."""
    responses = booking.responses
    if responses is not None:
        guests = [*(responses.get("guests") or ()), *(each.email for each in added)]
        responses = {**responses, "guests": guests}
    changed = tx[BOOKINGS].update(booking.id, responses=responses, updated_at=tx.now)
    rewrite(tx, changed)
    return changed

"""Reschedules bookings: unseated ones, single seats, and seated bookings as a whole.

Source: Cal.com API v2, bookings: reschedule, seats.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from mock_server.bookings.answers import RESCHEDULE_REASON, RESCHEDULED_REASON, Answers, validated_answers
from mock_server.bookings.attendees import add_host
from mock_server.bookings.bodies import RescheduleBody
from mock_server.bookings.booker_limits import check_may_reschedule, hosts_to_keep, may_revive
from mock_server.bookings.booking_webhooks import emit_rescheduled
from mock_server.bookings.calendar_events import ical_uid, remove_event, rewrite, withdraw_event, write_event
from mock_server.bookings.creation import CreatedBooking, initial_status
from mock_server.bookings.email_verification import check_booker
from mock_server.bookings.event_type_lookup import oauth_client_of
from mock_server.bookings.hints import has_seat, seats_taken
from mock_server.bookings.host_assignment import AssignedHosts, assign_hosts
from mock_server.bookings.lifecycle import check_may_be_rescheduled, status_after
from mock_server.bookings.locations import meeting_url_of
from mock_server.bookings.lookup import NOT_FOUND, NOT_IN_DATABASE, require_booking
from mock_server.bookings.mails import mail_rescheduled
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Attendee, Booking, Status
from mock_server.bookings.overrides import NO_OVERRIDES, Overrides, hosts_event_type, read_overrides
from mock_server.bookings.request_fields import read_start, stored_email
from mock_server.bookings.seats import ALREADY_SIGNED_UP, TOO_FEW_SEATS, booking_at, move_seat, seat_to_move
from mock_server.bookings.timing import check_limits, check_start, end_time
from mock_server.bookings.titles import title_of
from mock_server.event_types.event_type_access import leads_organization_of
from mock_server.event_types.hosts import EventHost, hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.addresses import has_client_id, managed_address
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, BareError, NotFound
from mock_server.state.transaction import Transaction

NOT_THE_ORGANIZER = "HTTP Error 401"
SEAT_UID_REQUIRED = (
    "Booking with uid={} is a seated booking which means you have to provide seatUid in the request body to specify "
    "which seat specifically you want to reschedule. First, fetch the booking using "
    "https://cal.com/docs/api-reference/v2/bookings/get-a-booking and then within the attendees array you will find "
    "the seatUid of the booking you want to reschedule. Second, provide the seatUid in the request body to specify "
    "which seat specifically you want to reschedule using the reschedule endpoint "
    "https://cal.com/docs/api-reference/v2/bookings/reschedule-a-booking#option-2"
)


class RescheduleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A booking and its new start.

    `by_organizer`: `rescheduledBy` is the organizer's e-mail address, or the caller owns or hosts the event type.
    `rescheduled_by` is the address to store.
    """

    booking: Booking
    event_type: EventType
    hosts: tuple[EventHost, ...]
    start: datetime
    by_organizer: bool
    reason: str | None = None
    rescheduled_by: str | None = None
    caller_id: int | None = None
    overrides: Overrides = NO_OVERRIDES
    length: int

    @property
    def end(self) -> datetime:
        """The new end."""
        return end_time(self.start, self.length)


def reschedule(
    tx: Transaction, uid: str, body: RescheduleBody, caller_id: int | None = None, version: str = ""
) -> CreatedBooking:
    """Reschedules the booking, or the seat that the body names, in a header version. Raises the refusal."""
    request = _read(tx, uid, body, caller_id, version)
    if tx.has("reschedules-refused-early"):
        if not may_revive(request.event_type, request.booking):
            check_may_be_rescheduled(tx, request.booking)
        if request.event_type.seats is not None and "seatUid" not in body:
            _check_may_move_all_seats(tx, request)
    check_may_reschedule(tx, request.event_type, request.booking, by_organizer=request.by_organizer)
    _check_code(tx, request, body)
    checked_type = request.overrides.applied_to(request.event_type)
    check_start(tx, checked_type, request.start, _booker_zone(tx, request.booking))
    if "seatUid" in body:
        created = _move_one_seat(tx, request, body["seatUid"])
    elif request.event_type.seats is not None:
        created = _move_all_seats(tx, request)
    else:
        if not may_revive(request.event_type, request.booking):
            status_after(request.booking, "reschedule")
        created = CreatedBooking(_replace(tx, request))
    emit_rescheduled(tx, request.booking, created.booking, created.seat_uid)
    mail_rescheduled(tx, request.booking, created.booking, created.seat_uid)
    return created


def _check_code(tx: Transaction, request: RescheduleRequest, body: RescheduleBody) -> None:
    """Others than the organizer and the hosts have to verify the booker's address, where the event type asks for it."""
    attendee = _booker(tx, request.booking, body.get("seatUid"))
    if attendee is not None and not request.by_organizer and tx.has("booker-emails-verified"):
        code = body.get("emailVerificationCode")
        check_booker(tx, request.event_type, attendee.email, code, request.caller_id)


def _booker(tx: Transaction, booking: Booking, seat_uid: str | None) -> Attendee | None:
    """The attendee of the seat, or the first one."""
    seat = tx[BOOKING_SEATS].first(reference_uid=seat_uid) if seat_uid else None
    return tx[ATTENDEES].first(booking_id=booking.id) if seat is None else tx[ATTENDEES].get(seat.attendee_id)


def _read(tx: Transaction, uid: str, body: RescheduleBody, caller_id: int | None, version: str) -> RescheduleRequest:
    booking = require_booking(tx, uid, NOT_IN_DATABASE if tx.has("reschedules-refused-early") else NOT_FOUND)
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        raise NotFound(f"Booking with uid={uid} is missing event type")
    return RescheduleRequest(
        booking=booking,
        event_type=event_type,
        hosts=hosts_to_keep(
            tx, event_type, booking, tuple(hosts_of(tx, event_type)), body.get("rescheduleWithSameHost")
        ),
        start=read_start(body["start"]),
        length=booking.minutes if tx.has("reschedules-keep-length") else event_type.length,
        by_organizer=_is_organizer(tx, booking, event_type, body.get("rescheduledBy"))
        or _is_host(tx, event_type, caller_id),
        reason=body.get("reschedulingReason"),
        rescheduled_by=_address_to_store(tx, event_type, body.get("rescheduledBy")),
        caller_id=caller_id,
        overrides=read_overrides(tx, event_type, body, caller_id, version),
    )


def _is_host(tx: Transaction, event_type: EventType, caller_id: int | None) -> bool:
    """Whether the caller owns or hosts the event type, which counts from edition 2026-03 on."""
    if caller_id is None or not tx.has("hosts-reschedule-without-confirmation"):
        return False
    return hosts_event_type(tx, event_type, caller_id)


def _address_to_store(tx: Transaction, event_type: EventType, email: object) -> str | None:
    """Who reschedules. For event types of an OAuth client the address gets the client's id."""
    if not isinstance(email, str) or not tx.has("reschedules-shown"):
        return None
    client_id = oauth_client_of(tx, event_type)
    return email if client_id is None or has_client_id(email, client_id) else managed_address(email, client_id)


def _is_organizer(tx: Transaction, booking: Booking, event_type: EventType, email: object) -> bool:
    organizer = tx[USERS].get(booking.user_id)
    if organizer is None or not isinstance(email, str):
        return False
    return organizer.email in (email, stored_email(tx, email, oauth_client_of(tx, event_type)))


def _booker_zone(tx: Transaction, booking: Booking) -> str:
    attendee = tx[ATTENDEES].first(booking_id=booking.id)
    return attendee.time_zone if attendee else "UTC"


def _replace(tx: Transaction, request: RescheduleRequest) -> Booking:
    """Cancels the original booking and creates the new one, in this order so that they do not conflict."""
    old, event_type = request.booking, request.event_type
    answers = _answers(tx, request)
    withdraw_event(tx, old)
    by = request.rescheduled_by
    tx[BOOKINGS].update(old.id, status="cancelled", rescheduled=True, rescheduled_by=by, updated_at=tx.now)
    check_limits(tx, request.overrides.applied_to(event_type), [(request.start, request.end)])
    hosts = _assign_hosts(tx, request)
    uid = tx.identifiers.short_uid()
    status = _new_status(tx, request)
    new = tx[BOOKINGS].create(
        **_carried_over(old) | {"title": _new_title(tx, request, hosts)},
        **_location_fields(old, uid, is_accepted=status == "accepted"),
        uid=uid,
        start=request.start,
        end=request.end,
        status=status,
        created_at=tx.now,
        updated_at=tx.now,
        user_id=hosts.organizer.id,
        responses=answers,
        cancellation_reason=request.reason if tx.has("reschedule-reason-in-its-field") else None,
        ical_sequence=old.ical_sequence + 1,
        from_reschedule=old.uid,
        rescheduled_by=by,
    )
    _copy_attendees(tx, request, new, hosts)
    return write_event(tx, new, old)


def _answers(tx: Transaction, request: RescheduleRequest) -> Answers:
    """The answers of the old booking, with only the reason of this reschedule."""
    key = RESCHEDULE_REASON if tx.has("reschedule-reason-in-its-field") else RESCHEDULED_REASON
    answers = {slug: answer for slug, answer in (request.booking.responses or {}).items() if slug != key}
    if request.reason is not None:
        answers[key] = request.reason
    takes_numbers = tx.has("answers-checked")
    return validated_answers(request.event_type, answers, rescheduling=True, takes_numbers=takes_numbers)


def _new_status(tx: Transaction, request: RescheduleRequest) -> Status:
    if request.booking.status == "pending" and tx.has("pending-bookings-stay-pending"):
        return "pending"
    return "accepted" if request.by_organizer else initial_status(tx, request.event_type, request.start)


def _new_title(tx: Transaction, request: RescheduleRequest, hosts: AssignedHosts) -> str:
    """The old title while the organizer stays the same."""
    old = request.booking
    booker = tx[ATTENDEES].first(booking_id=old.id)
    if booker is None or hosts.organizer.id == old.user_id:
        return old.title
    return _title(tx, request, hosts, booker)


def _title(tx: Transaction, request: RescheduleRequest, hosts: AssignedHosts, attendee: Attendee) -> str:
    location = request.booking.location or ""
    return title_of(tx, request.event_type, hosts.organizer, attendee.name, location, several_hosts=bool(hosts.others))


def _assign_hosts(tx: Transaction, request: RescheduleRequest) -> AssignedHosts:
    times = [(request.start, request.end)]
    return assign_hosts(tx, request.event_type, request.hosts, times, request.overrides)


def _carried_over(old: Booking) -> dict[str, Any]:
    """The fields that a new booking copies from the one it replaces."""
    return {
        name: getattr(old, name)
        for name in ("title", "event_type_id", "description", "metadata", "recurring_event_id", "ical_uid")
    }


def _location_fields(old: Booking, uid: str, *, is_accepted: bool) -> dict[str, str | None]:
    return {
        "location": old.location,
        "meeting_url": meeting_url_of(old.location or "", uid) if is_accepted else None,
    }


def _copy_attendees(tx: Transaction, request: RescheduleRequest, new: Booking, hosts: AssignedHosts) -> None:
    """Copies the attendees except for the former hosts, and adds the new hosts."""
    host_emails = {each.user.email for each in request.hosts}
    for each in tx[ATTENDEES].find(booking_id=request.booking.id):
        if each.email not in host_emails:
            tx[ATTENDEES].create(
                booking_id=new.id,
                start=new.start,
                name=each.name,
                email=each.email,
                time_zone=each.time_zone,
                locale=each.locale,
                phone_number=each.phone_number,
            )
    for host in hosts.others:
        add_host(tx, new, host)


def _move_one_seat(tx: Transaction, request: RescheduleRequest, seat_uid: str) -> CreatedBooking:
    old, event_type = request.booking, request.event_type
    seat = seat_to_move(tx, old, seat_uid)
    if request.start == old.start:
        raise BareError(409, ALREADY_SIGNED_UP, hint=has_seat(old))
    target = booking_at(tx, event_type.id, request.start)
    if target is not None:
        moved = move_seat(tx, seat, target, new_uid=False)
    else:
        target = _new_seated_booking(tx, request, tx[ATTENDEES].require(seat.attendee_id))
        moved = move_seat(tx, seat, target, new_uid=True)
    rewrite(tx, target)
    if not tx[BOOKING_SEATS].count(booking_id=old.id):
        _end(tx, old)
    else:
        rewrite(tx, old)
    return CreatedBooking(target, moved.reference_uid)


def _new_seated_booking(tx: Transaction, request: RescheduleRequest, attendee: Attendee) -> Booking:
    """The booking that a seat is moved to, named after its attendee."""
    hosts = _assign_hosts(tx, request)
    uid = tx.identifiers.short_uid()
    return write_event(
        tx,
        tx[BOOKINGS].create(
            **_carried_over(request.booking)
            | {"title": _title(tx, request, hosts, attendee), "ical_uid": ical_uid(tx.identifiers.short_uid())},
            **_location_fields(request.booking, uid, is_accepted=True),
            uid=uid,
            start=request.start,
            end=request.end,
            status="accepted",
            created_at=tx.now,
            updated_at=tx.now,
            user_id=hosts.organizer.id,
            rescheduled_by=request.rescheduled_by,
        ),
    )


def _move_all_seats(tx: Transaction, request: RescheduleRequest) -> CreatedBooking:
    """Moves the booking with all seats, or merges it into an existing booking."""
    old, event_type = request.booking, request.event_type
    if not request.by_organizer and not tx.has("reschedules-refused-early"):
        raise BareError(401, NOT_THE_ORGANIZER)
    status_after(old, "reschedule")
    target = booking_at(tx, event_type.id, request.start)
    if target is not None and target.id != old.id:
        return CreatedBooking(_merge(tx, old, target, event_type), "")
    withdraw_event(tx, old)
    # Cancelled for now, so that the booking does not conflict with its own new time.
    tx[BOOKINGS].update(old.id, status="cancelled")
    _assign_hosts(tx, request)
    for attendee in tx[ATTENDEES].find(booking_id=old.id):
        tx[ATTENDEES].update(attendee.id, start=request.start)
    moved = tx[BOOKINGS].update(
        old.id,
        start=request.start,
        end=request.end,
        status="accepted",
        ical_sequence=old.ical_sequence + 1,
        updated_at=tx.now,
    )
    return CreatedBooking(write_event(tx, moved), "")


def _check_may_move_all_seats(tx: Transaction, request: RescheduleRequest) -> None:
    """Only admins and owners of the organizer's organization may. Raises BadRequest."""
    caller_id = request.caller_id
    if caller_id is None or not leads_organization_of(tx, caller_id, request.booking.user_id):
        raise BadRequest(SEAT_UID_REQUIRED.format(request.booking.uid))


def _merge(tx: Transaction, old: Booking, target: Booking, event_type: EventType) -> Booking:
    seats = tx[BOOKING_SEATS].find(booking_id=old.id)
    taken = tx[BOOKING_SEATS].count(booking_id=target.id)
    if event_type.seats is not None and taken + len(seats) > event_type.seats.per_time_slot:
        raise BareError(409, TOO_FEW_SEATS, hint=seats_taken(target, taken))
    for seat in seats:
        move_seat(tx, seat, target, new_uid=False)
    rewrite(tx, target)
    _end(tx, old)
    return target


def _end(tx: Transaction, booking: Booking) -> None:
    remove_event(tx, booking)
    tx[BOOKINGS].update(booking.id, status="cancelled", updated_at=tx.now)

"""Posts the mails about bookings to the outbox: who receives which mail on which event.

Attendees without an e-mail address receive a text instead. Nothing is sent about bookings of an OAuth client whose
e-mails are switched off.

Source: Cal.com API v2, bookings: recorded mails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from mock_server.bookings import webhook_payloads as parts
from mock_server.bookings.answers import Answers
from mock_server.bookings.event_type_lookup import oauth_client_of
from mock_server.bookings.mail_content import ENGLISH, Mail, MailFacts, Person, Template, TitleParts
from mock_server.bookings.model import Attendee, Booking
from mock_server.bookings.request_fields import DEFAULT_LANGUAGE, PHONE_ADDRESS_DOMAIN
from mock_server.bookings.titles import NAMELESS, title_host
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.addresses import plain_address
from mock_server.identity.model import OAUTH_CLIENTS, USERS, OAuthClient, User
from mock_server.runtime.outbox import Kind, Message, post
from mock_server.state.transaction import Transaction

_KINDS: dict[Template, Kind] = {
    "organizerRequest": "bookingRequested",
    "attendeeRequest": "bookingRequested",
    "organizerScheduled": "bookingConfirmed",
    "attendeeScheduled": "bookingConfirmed",
    "organizerSeatBooked": "seatBooked",
    "organizerRescheduled": "bookingRescheduled",
    "attendeeRescheduled": "bookingRescheduled",
    "organizerCancelled": "bookingCancelled",
    "attendeeCancelled": "bookingCancelled",
    "organizerSeatCancelled": "seatCancelled",
    "attendeeSeatCancelled": "seatCancelled",
    "attendeeDeclined": "bookingRejected",
    "organizerReassigned": "bookingReassigned",
    "attendeeUpdated": "bookingUpdated",
    "organizerGuestsAdded": "guestsAdded",
    "attendeeGuestsAdded": "guestsAdded",
    "organizerRescheduleRequested": "rescheduleRequested",
    "attendeeRescheduleRequested": "rescheduleRequested",
}


def mail_created(tx: Transaction, booking: Booking, seat_uid: str | None = None, *, is_new: bool = True) -> None:
    """A booking was made or requested; not `is_new`: only a seat was added. Of a series, the first booking."""
    facts = _facts(tx, booking, seat_uid=seat_uid, with_apps=is_new)
    if facts is None:
        return
    if booking.status == "pending":
        _post(tx, _request_mails(facts))
        return
    to_hosts = _to_hosts(facts, "organizerScheduled" if is_new else "organizerSeatBooked")
    _post(tx, [*to_hosts, *_to_attendees(facts, "attendeeScheduled", _seated(tx, seat_uid, facts))])


def mail_confirmed(tx: Transaction, booking: Booking, changed: Sequence[Booking]) -> None:
    """A request was confirmed. `changed` are the bookings that this concerns."""
    facts = _facts(tx, booking, is_series=len(changed) > 1)
    if facts is not None:
        _post(tx, [*_to_hosts(facts, "organizerScheduled"), *_to_attendees(facts, "attendeeScheduled")])


def mail_rejected(tx: Transaction, booking: Booking) -> None:
    """A request was declined. The organizer receives nothing."""
    facts = _facts(tx, booking)
    if facts is not None:
        _post(tx, _to_attendees(facts, "attendeeDeclined"))


def mail_rescheduled(tx: Transaction, old: Booking, new: Booking, seat_uid: str | None = None) -> None:
    """A booking, or one seat of it, was rescheduled. A former organizer learns that the booking was reassigned.

    A calendar moves the entry that it has, so that the invitation keeps the iCalendar UID of the old booking.
    """
    sequence = max(new.ical_sequence, old.ical_sequence + 1)
    facts = _facts(tx, new, seat_uid=seat_uid, with_apps=True, ical_uid=old.ical_uid, ical_sequence=sequence)
    if facts is None:
        return
    if new.status == "pending":
        _post(tx, _request_mails(facts))
    elif old.user_id == new.user_id:
        facts = msgspec.structs.replace(facts, attendees=_seated(tx, seat_uid, facts))
        _post(tx, [*_to_hosts(facts, "organizerRescheduled"), *_to_attendees(facts, "attendeeRescheduled")])
    else:
        others = _to_members(facts, "organizerRescheduled", facts.team_members)
        to_hosts = [Mail(facts, "organizerScheduled", facts.organizer), *others]
        _post(tx, [*to_hosts, *_to_attendees(facts, "attendeeRescheduled")])
        _mail_former_organizer(tx, old, facts)


def mail_cancelled(
    tx: Transaction, booking: Booking, attendees: Sequence[Attendee], *, is_whole_series: bool = False
) -> None:
    """A booking or series was cancelled. `attendees` are those before the cancellation."""
    facts = _facts(tx, booking, attendees=attendees, is_series=is_whole_series, ical_sequence=booking.ical_sequence + 1)
    if facts is not None:
        _post(tx, [*_to_hosts(facts, "organizerCancelled"), *_to_attendees(facts, "attendeeCancelled")])


def mail_seat_cancelled(
    tx: Transaction, booking: Booking, attendee: Attendee, seat_uid: str, reason: str | None
) -> None:
    """A seat was cancelled. The other attendees receive nothing."""
    facts = _facts(tx, booking, attendees=[attendee], seat_uid=seat_uid)
    if facts is not None:
        facts = msgspec.structs.replace(facts, cancellation_reason=reason)
        _post(tx, [*_to_hosts(facts, "organizerSeatCancelled"), *_to_attendees(facts, "attendeeSeatCancelled")])


def mail_organizer_replaced(tx: Transaction, old: Booking, new: Booking) -> None:
    """A booking was reassigned to another organizer."""
    facts = _facts(tx, new)
    if facts is not None and old.user_id != new.user_id:
        _post(tx, [Mail(facts, "organizerScheduled", facts.organizer), *_to_attendees(facts, "attendeeUpdated")])
        _mail_former_organizer(tx, old, facts)


def mail_host_replaced(tx: Transaction, booking: Booking, former: Iterable[Attendee], added: Attendee) -> None:
    """A booking was reassigned from `former` hosts to another one, and keeps its organizer."""
    facts = _facts(tx, booking)
    if facts is not None:
        facts = msgspec.structs.replace(facts, reassigned_to=f"{added.name} - {added.email}")
        _post(
            tx, [*_to_members(facts, "organizerScheduled", [added]), *_to_members(facts, "organizerReassigned", former)]
        )


def mail_reschedule_requested(tx: Transaction, booking: Booking) -> None:
    """A booking was cancelled, and its attendees are asked to choose a new time."""
    facts = _facts(tx, booking, ical_sequence=booking.ical_sequence + 1)
    if facts is not None:
        to_attendees = _to_attendees(facts, "attendeeRescheduleRequested")
        _post(tx, [Mail(facts, "organizerRescheduleRequested", facts.organizer), *to_attendees])


def mail_location_changed(tx: Transaction, booking: Booking) -> None:
    """A booking takes place elsewhere. The organizer receives nothing."""
    facts = _facts(tx, booking)
    if facts is not None:
        _post(tx, _to_attendees(facts, "attendeeUpdated"))


def mail_guests_added(tx: Transaction, booking: Booking, before: Sequence[Attendee], added: Sequence[Attendee]) -> None:
    """Mails about added guests, to the hosts and the attendees `before`, and invitations to the guests."""
    facts = _facts(tx, booking)
    if facts is None:
        return
    known, new = {each.id for each in before}, {each.id for each in added}
    others = [each for each in facts.attendees if each.id in known]
    guests = [each for each in facts.attendees if each.id in new]
    to_others = [*_to_hosts(facts, "organizerGuestsAdded"), *_to_attendees(facts, "attendeeGuestsAdded", others)]
    _post(tx, [*to_others, *_to_attendees(facts, "attendeeScheduled", guests)])


def mail_attendee_added(tx: Transaction, booking: Booking, added: Attendee) -> None:
    """The invitation of an added attendee. The others get no mail."""
    facts = _facts(tx, booking)
    if facts is not None:
        new = [each for each in facts.attendees if each.id == added.id]
        _post(tx, _to_attendees(facts, "attendeeScheduled", new))


def _mail_former_organizer(tx: Transaction, old: Booking, new: MailFacts) -> None:
    """The mail to the organizer whom another one has replaced."""
    former = tx[USERS].get(old.user_id)
    if former is None:
        return
    organizer = _organizer(former)
    facts = msgspec.structs.replace(
        new,
        booking=msgspec.structs.replace(new.booking, start=old.start, end=old.end),
        title=old.title,
        organizer=organizer,
        reassigned_to=f"{new.organizer.name} - {new.organizer.email}",
    )
    _post(tx, [Mail(facts, "organizerReassigned", organizer)])


def _facts(
    tx: Transaction,
    booking: Booking,
    *,
    attendees: Sequence[Attendee] | None = None,
    seat_uid: str | None = None,
    with_apps: bool = False,
    is_series: bool = False,
    ical_uid: str | None = None,
    ical_sequence: int | None = None,
) -> MailFacts | None:
    """The facts that mails are made of; None if there are no mails, for want of an organizer or by a setting."""
    organizer = tx[USERS].get(booking.user_id)
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    client = None if event_type is None else tx[OAUTH_CLIENTS].get(oauth_client_of(tx, event_type))
    if organizer is None or (client is not None and not client.are_emails_enabled):
        return None
    everyone = parts.attendees_of(tx, booking) if attendees is None else attendees
    if client is not None:
        everyone = [each.changed(email=plain_address(each.email, client.id)) for each in everyone]
    guests, members = parts.guests_and_hosts(tx, event_type, everyone)
    seat = parts.find_seat(tx, seat_uid)
    booker = parts.attendees_of(tx, booking, seat)[0] if seat else next(iter(guests), None)
    title_parts = _title_parts(tx, event_type, organizer, booker.name if booker else "", several_hosts=bool(members))
    seats = event_type.seats if event_type else None
    return MailFacts(
        booking=booking,
        title=title_parts.title(ENGLISH) if seat_uid and title_parts else booking.title,
        title_parts=title_parts,
        organizer=_organizer(organizer, client),
        attendees=tuple(guests),
        team_members=tuple(members),
        created=tx.now,
        ical_uid=ical_uid or booking.ical_uid or booking.uid,
        ical_sequence=booking.ical_sequence if ical_sequence is None else ical_sequence,
        seat_uid=seat_uid,
        hides_organizer=event_type is not None and event_type.hide_organizer_email,
        emails=event_type.email_settings if event_type else None,
        has_24_hours=organizer.time_format == parts.TWENTY_FOUR_HOURS,
        hides_attendees=seats is not None and not seats.show_attendees,
        answers=_custom_answers(event_type, parts.answers_of(booking, seat)),
        has_apps=with_apps,
        calendar=parts.calendar_integration(tx, booking) if with_apps else None,
        recurrence=event_type.recurrence if event_type and is_series else None,
        client_links=None if client is None else _client_links(client, booking, event_type, organizer),
        cancellation_reason=booking.cancellation_reason,
        rejection_reason=booking.rejection_reason,
    )


def message_facts(tx: Transaction, booking: Booking, attendees: Sequence[Attendee] | None = None) -> MailFacts | None:
    """The facts for messages that other areas send about a booking. `attendees` replace those of the booking."""
    sequence = booking.ical_sequence + (booking.status == "cancelled")
    return _facts(tx, booking, attendees=attendees, ical_sequence=sequence)


def _title_parts(
    tx: Transaction, event_type: EventType | None, organizer: User, attendee: str, *, several_hosts: bool
) -> TitleParts | None:
    if event_type is None or event_type.custom_name:
        return None
    return TitleParts(event_type.title, title_host(tx, event_type, organizer, several_hosts=several_hosts), attendee)


def _custom_answers(event_type: EventType | None, answers: Answers) -> tuple[tuple[str, object], ...]:
    custom = {slug: answer for slug, answer in answers.items() if slug not in parts.DEFAULT_SLUGS}
    if not custom:
        return ()
    fields = (event_type.booking_fields if event_type else None) or ()
    labels = {field.slug: field.label for field in fields}
    return tuple((labels.get(slug) or slug, answer) for slug, answer in custom.items())


def _client_links(client: OAuthClient, booking: Booking, event_type: EventType | None, organizer: User) -> str:
    """The pages of the OAuth client where the booking can be seen and changed."""
    slug = event_type.slug if event_type else ""
    query = f"/{booking.uid}?slug={slug}&username={organizer.username or ''}"
    links = (
        ("Check Here", client.booking_redirect_uri, "&changes=true"),
        ("Cancel", client.booking_cancel_redirect_uri, "&cancel=true&allRemainingBookings=false"),
        ("Reschedule", client.booking_reschedule_redirect_uri, "&reschedule=true"),
    )
    return " or ".join(f"{label}: {uri}{query}{rest}" for label, uri, rest in links if uri)


def _seated(tx: Transaction, seat_uid: str | None, facts: MailFacts) -> tuple[Attendee, ...]:
    """The attendee of the seat if the mails are about one, else all attendees."""
    seat = parts.find_seat(tx, seat_uid)
    if seat is None:
        return facts.attendees
    return tuple(each for each in facts.attendees if each.id == seat.attendee_id)


def _organizer(user: User, client: OAuthClient | None = None) -> Person:
    email = user.email if client is None else plain_address(user.email, client.id)
    return Person(user.name or NAMELESS, email, user.time_zone, user.locale or DEFAULT_LANGUAGE)


def _person(attendee: Attendee) -> Person:
    language = attendee.locale or DEFAULT_LANGUAGE
    return Person(attendee.name, attendee.email, attendee.time_zone, language, attendee.phone_number)


def _request_mails(facts: MailFacts) -> list[Mail]:
    """Hosts are asked, and the booker learns that they are; guests receive nothing yet."""
    return [*_to_hosts(facts, "organizerRequest"), *_to_attendees(facts, "attendeeRequest", facts.attendees[:1])]


def _to_hosts(facts: MailFacts, template: Template) -> list[Mail]:
    return [Mail(facts, template, facts.organizer), *_to_members(facts, template, facts.team_members)]


def _to_members(facts: MailFacts, template: Template, members: Iterable[Attendee]) -> list[Mail]:
    """Mails to hosts other than the organizer, whose local time they show."""
    zone = facts.organizer.time_zone
    return [Mail(facts, template, msgspec.structs.replace(_person(each), time_zone=zone)) for each in members]


def _to_attendees(facts: MailFacts, template: Template, attendees: Iterable[Attendee] | None = None) -> list[Mail]:
    """Mails to `attendees`, or to all."""
    return [Mail(facts, template, _person(each)) for each in (facts.attendees if attendees is None else attendees)]


def _post(tx: Transaction, mails: Sequence[Mail]) -> None:
    """Posts the mails that the event type's email settings do not disable."""
    mails = [mail for mail in mails if not _is_disabled(mail)]
    if mails:
        size = len(msgspec.msgpack.encode(mails[0].facts)) // len(mails)
        post(tx, [message for mail in mails if (message := _message(mail, size)) is not None])


def _is_disabled(mail: Mail) -> bool:
    settings = mail.facts.emails
    if settings is None:
        return False
    return settings.attendees_disabled if mail.template.startswith("attendee") else settings.hosts_disabled


def _message(mail: Mail, size: int) -> Message | None:
    """The mail as a message: a text if the recipient has only a telephone number."""
    facts, recipient, kind = mail.facts, mail.recipient, _KINDS[mail.template]
    about = {"bookingUid": facts.booking.uid, "eventTypeId": facts.booking.event_type_id, "seatUid": facts.seat_uid}
    if not recipient.email.endswith(f"@{PHONE_ADDRESS_DOMAIN}"):
        return Message(to=recipient.email, kind=kind, content=mail.content, about=about, size=size)
    if recipient.phone_number is None:
        return None
    number = recipient.phone_number
    return Message(to=number, channel="sms", kind=kind, content=mail.text_message, about=about, size=size)

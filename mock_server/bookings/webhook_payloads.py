"""The parts that payloads about bookings are made of: people, answers, places, calendars and apps.

Source: Cal.com API v2, webhooks: payload fields.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from mock_server.bookings.locations import CAL_VIDEO_PLACE, is_link
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, Attendee, Booking, BookingSeat
from mock_server.calendars.busy import destination_of
from mock_server.calendars.integrations import INTEGRATIONS
from mock_server.calendars.model import CREDENTIALS, DestinationCalendar
from mock_server.event_types.booking_fields import ATTENDEE_PHONE, DEFAULT_FIELDS, booking_field_view, form_of
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import BookingField, EventType
from mock_server.identity.model import OAUTH_CLIENTS, USERS
from mock_server.runtime.dates import iso
from mock_server.runtime.instants import MINUTE, milliseconds, zone_named
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS

BOOKER_URL = "https://cal.com"
DEFAULT_LANGUAGE = "en"
NAMELESS = "Nameless"
TWENTY_FOUR_HOURS = 24
SCHEDULING = {"collective": "COLLECTIVE", "roundRobin": "ROUND_ROBIN", "managed": "MANAGED"}
FREQUENCIES = {"yearly": 0, "monthly": 1, "weekly": 2}

_LABELS = {
    "name": "your_name",
    "email": "email_address",
    "title": "what_is_this_meeting_about",
    "notes": "additional_notes",
    "guests": "additional_guests",
    "rescheduleReason": "reason_for_reschedule",
    ATTENDEE_PHONE: "phone_number",
}
_OWN_TEXTS = {field.slug for field in DEFAULT_FIELDS} | {ATTENDEE_PHONE}
_PHONE_OF_TEAMS = BookingField(type="phone", slug=ATTENDEE_PHONE, required=False, hidden=True, is_default=True)
_NOBODY: dict[str, Any] = {
    "name": NAMELESS,
    "email": "",
    "username": None,
    "timeZone": "UTC",
    "language": {"locale": DEFAULT_LANGUAGE},
    "timeFormat": "h:mma",
    "utcOffset": 0,
}
_CONFERENCE_REQUEST = str(uuid.uuid5(uuid.NAMESPACE_URL, BOOKER_URL))

Part = dict[str, Any]


def seconds(moment: datetime) -> str:
    """UTC without milliseconds, as new and moved bookings have it."""
    return iso(moment)[:19] + "Z"


def offset_seconds(moment: datetime) -> str:
    """UTC as an offset, as cancelled bookings have it."""
    return iso(moment)[:19] + "+00:00"


def utc_offset(time_zone: str, moment: datetime) -> int:
    """Minutes east of UTC."""
    return zone_named(time_zone).offset_at(milliseconds(moment)) // MINUTE


def language(locale: str | None) -> Part:
    """A person's language."""
    return {"locale": locale or DEFAULT_LANGUAGE}


def organizer_part(tx: Transaction, booking: Booking, *, with_id: bool = True) -> Part:
    """Who hosts; nobody yet where a meeting was confirmed before a host joined."""
    user = tx[USERS].get(booking.user_id)
    if user is None:
        return _NOBODY
    part: Part = {"id": user.id} if with_id else {}
    return part | {
        "name": user.name or NAMELESS,
        "email": user.email,
        "username": user.username,
        "timeZone": user.time_zone,
        "language": language(user.locale),
        "timeFormat": "HH:mm" if user.time_format == TWENTY_FOUR_HOURS else "h:mma",
        "utcOffset": utc_offset(user.time_zone, booking.start),
    }


def booked_attendee(attendee: Attendee, start: datetime) -> Part:
    """Who takes part in a new or moved booking."""
    phone = {} if attendee.phone_number is None else {"phoneNumber": attendee.phone_number}
    return {
        "email": attendee.email,
        "name": attendee.name,
        **phone,
        "firstName": "",
        "lastName": "",
        "timeZone": attendee.time_zone,
        "language": language(attendee.locale),
        "utcOffset": utc_offset(attendee.time_zone, start),
    }


def attendee_part(attendee: Attendee, start: datetime) -> Part:
    """Who takes part in a booking that was confirmed, rejected or cancelled."""
    return {
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.time_zone,
        "phoneNumber": attendee.phone_number,
        "language": language(attendee.locale),
        "utcOffset": utc_offset(attendee.time_zone, start),
    }


def attendee_row(attendee: Attendee) -> Part:
    """An attendee as it is stored."""
    return {
        "id": attendee.id,
        "email": attendee.email,
        "name": attendee.name,
        "timeZone": attendee.time_zone,
        "phoneNumber": attendee.phone_number,
        "locale": attendee.locale,
        "bookingId": attendee.booking_id,
        "noShow": attendee.no_show,
    }


def guests_and_hosts(
    tx: Transaction, event_type: EventType | None, attendees: Sequence[Attendee]
) -> tuple[list[Attendee], list[Attendee]]:
    """Who attends, and who of them hosts a team event. The first is the booker in any case."""
    if event_type is None or event_type.team_id is None:
        return list(attendees), []
    addresses = {each.user.email for each in hosts_of(tx, event_type)}
    hosts = [each for each in attendees[1:] if each.email in addresses]
    return [each for each in attendees if each not in hosts], hosts


def member_part(tx: Transaction, attendee: Attendee, start: datetime) -> Part:
    """A further host of a team event."""
    user = tx[USERS].first(email=attendee.email)
    return {"id": user.id} | booked_attendee(attendee, start) if user else booked_attendee(attendee, start)


def team_part(tx: Transaction, event_type: EventType | None, members: Iterable[Part]) -> Part:
    """The team of a team event, under `team`."""
    team = tx[TEAMS].get(event_type.team_id) if event_type else None
    return {} if team is None else {"team": {"members": list(members), "name": team.name, "id": team.id}}


def answers_of(booking: Booking, seat: BookingSeat | None = None) -> Part:
    """What was answered in the form: for the seat, or the booking without seats."""
    if seat is not None:
        return seat.responses
    return booking.responses or {}


def responses_part(event_type: EventType | None, answers: Part) -> Part:
    """All questions of the form with their answers, and the event type's own ones once more by themselves."""
    if event_type is None:
        told = {slug: {"label": slug, "value": value, "isHidden": False} for slug, value in answers.items()}
        return {"responses": told, "userFieldsResponses": {}}
    told = {field.slug: _answer(field, answers) for field in _form(event_type)}
    own = {slug: answer for slug, answer in told.items() if slug not in _OWN_TEXTS}
    return {"responses": told, "userFieldsResponses": own}


def _form(event_type: EventType) -> tuple[BookingField, ...]:
    """The form. That of a team's event type can ask for a phone number, even though it does not show that."""
    form = form_of(event_type.booking_fields)
    if event_type.team_id is None or any(field.slug == ATTENDEE_PHONE for field in form):
        return form
    return (_PHONE_OF_TEAMS, *form)


def _answer(field: BookingField, answers: Part) -> Part:
    value = {"value": answers[field.slug]} if field.slug in answers else {}
    return {"label": field.label or _LABELS.get(field.slug, field.slug), **value, "isHidden": field.hidden}


def place_answer(booking: Booking) -> Part:
    """The answer that a booking counts as having where nobody was asked for the place."""
    return {"location": {"value": booking.location or "", "optionValue": ""}}


def video_link(booking: Booking) -> Part:
    """The link to join by, under `videoCallUrl`, where there is one."""
    link = booking.meeting_url or (booking.location if booking.location and is_link(booking.location) else None)
    return {} if link is None else {"videoCallUrl": link}


def conference_part(booking: Booking) -> Part:
    """The video room that was made for a booking."""
    if booking.location != CAL_VIDEO_PLACE or booking.meeting_url is None:
        return {}
    room = uuid.uuid5(uuid.NAMESPACE_URL, booking.meeting_url).hex
    url = f"https://video.cal.example/{room[:20]}"
    return {
        "videoCallData": {"type": "daily_video", "id": room[:20], "password": room[20:], "url": url},
        "conferenceData": {"createRequest": {"requestId": _CONFERENCE_REQUEST}},
    }


def calendars_of(tx: Transaction, booking: Booking, others: Iterable[Attendee]) -> list[Part]:
    """The destination calendars of a booking; for a collective event also those of the other hosts."""
    found: list[DestinationCalendar] = []
    if booking.user_id is not None:
        own = destination_of(tx, booking.user_id, booking.event_type_id)
        found += [own] if own else []
    for each in others:
        user = tx[USERS].first(email=each.email)
        theirs = destination_of(tx, user.id) if user else None
        found += [theirs] if theirs else []
    return [_calendar(each) for each in found]


def _calendar(row: DestinationCalendar) -> Part:
    return {
        "id": row.id,
        "integration": row.integration,
        "externalId": row.external_id,
        "primaryEmail": row.primary_email,
        "userId": row.user_id,
        "eventTypeId": row.event_type_id,
        "credentialId": row.credential_id,
        "delegationCredentialId": row.delegation_credential_id,
    }


def apps_status(tx: Transaction, booking: Booking) -> Part:
    """How the apps did that a booking goes through: the video, then the calendar."""
    items: list[Part] = []
    if conference_part(booking):
        items.append(_app("daily-video", "daily_video"))
    integration = calendar_in_use(tx, booking)
    if integration is not None:
        items.append(_app(INTEGRATIONS[integration].slug, integration) | {"warnings": []})
    return {"appsStatus": items} if items else {}


def calendar_in_use(tx: Transaction, booking: Booking) -> str | None:
    """The service that hears of a booking: that of the destination, else of the latest connection."""
    if booking.user_id is None:
        return None
    destination = destination_of(tx, booking.user_id, booking.event_type_id)
    if destination is not None:
        return destination.integration if booking.busy_event_id is not None else None
    connected = [
        each.type
        for each in tx[CREDENTIALS].find(user_id=booking.user_id)
        if each.type in INTEGRATIONS and not INTEGRATIONS[each.type].is_feed and not each.invalid
    ]
    return connected[-1] if connected else None


def _app(name: str, kind: str) -> Part:
    return {"appName": name, "type": kind, "success": 1, "failures": 0, "errors": []}


def platform_part(tx: Transaction, client_id: str | None, *, with_emails: bool = False) -> Part:
    """Where the OAuth client wants people to go."""
    client = tx[OAUTH_CLIENTS].get(client_id)
    if client is None:
        return {}
    part: Part = {
        "platformClientId": client.id,
        "platformRescheduleUrl": client.booking_reschedule_redirect_uri,
        "platformCancelUrl": client.booking_cancel_redirect_uri,
        "platformBookingUrl": client.booking_redirect_uri,
    }
    return part | ({"arePlatformEmailsEnabled": client.are_emails_enabled} if with_emails else {})


def recurrence_part(event_type: EventType | None, booking: Booking, *, with_count: bool = False) -> Part:
    """The rhythm of a series, under `recurringEvent`."""
    recurrence = event_type.recurrence if event_type else None
    if recurrence is None or booking.recurring_event_id is None:
        return {}
    part: Part = {"freq": FREQUENCIES[recurrence.frequency], "interval": recurrence.interval}
    return {"recurringEvent": part | ({"count": recurrence.occurrences} if with_count else {})}


def attendees_of(tx: Transaction, booking: Booking, seat: BookingSeat | None = None) -> list[Attendee]:
    """Who attends a booking, or has the seat."""
    if seat is not None:
        return [tx[ATTENDEES].require(seat.attendee_id)]
    return tx[ATTENDEES].find(booking_id=booking.id)


def seat_named(tx: Transaction, seat_uid: str | None) -> BookingSeat | None:
    """The seat of that uid."""
    return tx[BOOKING_SEATS].first(reference_uid=seat_uid) if seat_uid else None


def event_type_part(tx: Transaction, event_type: EventType | None) -> Part | None:
    """The event type of a booking that was confirmed."""
    if event_type is None:
        return None
    return {
        "slug": event_type.slug,
        "bookingFields": [booking_field_view(field) for field in form_of(event_type.booking_fields)],
        "schedulingType": SCHEDULING.get(event_type.scheduling_type or ""),
        "owner": None if event_type.user_id is None else {"hideBranding": False},
        "hosts": [{"user": {"email": each.user.email}} for each in hosts_of(tx, event_type)],
    }

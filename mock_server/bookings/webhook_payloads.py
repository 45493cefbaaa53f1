"""The parts of webhook payloads about bookings: hosts, attendees, answers, locations, calendars and apps.

Source: Cal.com API v2, webhooks: payload fields.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NotRequired, TypedDict

from mock_server.bookings.answers import Answers
from mock_server.bookings.locations import CAL_VIDEO_LOCATION, is_link
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, Attendee, Booking, BookingSeat
from mock_server.bookings.references import CAL_VIDEO_TYPE, VIDEO_HOST, references_of, room_password, video_room
from mock_server.bookings.request_fields import DEFAULT_LANGUAGE
from mock_server.bookings.titles import NAMELESS
from mock_server.calendars.busy import destination_of
from mock_server.calendars.integrations import INTEGRATIONS
from mock_server.calendars.model import CREDENTIALS, DestinationCalendar
from mock_server.calendars.stored_destination import destination_payload
from mock_server.event_types.booking_fields import (
    ATTENDEE_PHONE,
    DEFAULT_FIELDS,
    HIDDEN_PHONE,
    booking_field_view,
    form_of,
    shown_form,
)
from mock_server.event_types.booking_page import BOOKER_URL
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import BookingField, EventType
from mock_server.event_types.recurrence import FREQUENCY_NUMBERS
from mock_server.identity.model import OAUTH_CLIENTS, USERS
from mock_server.identity.profiles import main_organization_id, profile_in
from mock_server.runtime.dates import iso
from mock_server.runtime.instants import MINUTE, milliseconds, zone_named
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS
from mock_server.webhooks import payloads

TWENTY_FOUR_HOURS = 24
SCHEDULING = {"collective": "COLLECTIVE", "roundRobin": "ROUND_ROBIN", "managed": "MANAGED"}

_LABELS = {
    "name": "your_name",
    "email": "email_address",
    "title": "what_is_this_meeting_about",
    "notes": "additional_notes",
    "guests": "additional_guests",
    "rescheduleReason": "reason_for_reschedule",
    ATTENDEE_PHONE: "phone_number",
}
DEFAULT_SLUGS = {field.slug for field in DEFAULT_FIELDS} | {ATTENDEE_PHONE}
_NO_ORGANIZER: payloads.Organizer = {
    "name": NAMELESS,
    "email": "",
    "username": None,
    "timeZone": "UTC",
    "language": {"locale": DEFAULT_LANGUAGE},
    "timeFormat": "h:mma",
    "utcOffset": 0,
}
CONFERENCE = {"createRequest": {"requestId": str(uuid.uuid5(uuid.NAMESPACE_URL, BOOKER_URL))}}
"""The request for a meeting's room."""


class PhonePart(TypedDict):
    """The phone number, where there is one."""

    phoneNumber: NotRequired[str]


class DescriptionPart(TypedDict):
    """The description, where there is one."""

    description: NotRequired[str | None]


class SeatPart(TypedDict):
    """The seat that the event is about, if any."""

    attendeeSeatId: NotRequired[str]


class AppsPart(TypedDict):
    """The results of the apps, if a booking was accepted right away."""

    appsStatus: NotRequired[list[payloads.AppStatus]]


class SeatSettings(TypedDict):
    """The seat settings of the event type."""

    seatsPerTimeSlot: int | None
    seatsShowAttendees: bool
    seatsShowAvailabilityCount: bool


def seconds(moment: datetime) -> str:
    """UTC without milliseconds, as payloads about new and rescheduled bookings have it."""
    return iso(moment)[:19] + "Z"


def offset_seconds(moment: datetime) -> str:
    """UTC written as an offset, as payloads about cancelled bookings have it."""
    return iso(moment)[:19] + "+00:00"


def utc_offset(time_zone: str, moment: datetime) -> int:
    """The offset of the time zone at `moment`, in minutes east of UTC."""
    return zone_named(time_zone).offset_at(milliseconds(moment)) // MINUTE


def language_of(locale: str | None) -> payloads.Language:
    """The language with this locale, else the default one."""
    return {"locale": locale or DEFAULT_LANGUAGE}


def is_extended(tx: Transaction) -> bool:
    """Whether payloads have the fields of 2026-03."""
    return tx.has("extended-booking-payloads")


def organizer_payload(tx: Transaction, booking: Booking, *, with_id: bool = True) -> payloads.Organizer:
    """The organizer, or a placeholder if an instant meeting was confirmed before a host joined.

    Without `with_id`, the id is there only in editions with extended payloads.
    """
    user = tx[USERS].get(booking.user_id)
    if user is None:
        return _NO_ORGANIZER
    organizer: payloads.Organizer = {
        "name": user.name or NAMELESS,
        "email": user.email,
        "username": user.username,
        "timeZone": user.time_zone,
        "language": language_of(user.locale),
        "timeFormat": "HH:mm" if user.time_format == TWENTY_FOUR_HOURS else "h:mma",
        "utcOffset": utc_offset(user.time_zone, booking.start),
    }
    if not is_extended(tx):
        return {"id": user.id, **organizer} if with_id else organizer
    profile = profile_in(tx, user.id, main_organization_id(tx, user))
    if profile is not None:
        organizer["usernameInOrg"] = profile.username
    return {"id": user.id, **organizer}


def privacy_part(tx: Transaction, event_type: EventType | None) -> payloads.PrivacyPart:
    """What the event type hides of its host."""
    if not is_extended(tx):
        return {}
    hides = event_type is not None and event_type.hide_organizer_email
    return {"hideOrganizerEmail": hides, "customReplyToEmail": None}


def page_part(tx: Transaction, booking: Booking, event_type: EventType) -> payloads.PagePart:
    """What the booking page allows, and the private link that led to it."""
    if not is_extended(tx):
        return {}
    return {
        "disableRescheduling": event_type.rescheduling_disabled,
        "disableCancelling": event_type.cancelling_disabled,
        "hashedLink": booking.private_link,
    }


def organization_part(tx: Transaction, booking: Booking, event_type: EventType | None) -> payloads.OrganizationPart:
    """The organization of the event type's team, else the organizer's; null if there is none."""
    if not is_extended(tx):
        return {}
    team = tx[TEAMS].get(event_type.team_id) if event_type else None
    if team is not None:
        return {"organizationId": team.parent_id}
    organizer = tx[USERS].get(booking.user_id)
    return {"organizationId": main_organization_id(tx, organizer) if organizer else None}


def notes_part(tx: Transaction, booking: Booking, event_type: EventType | None) -> payloads.NotesPart:
    """The booker's notes beside the settings of calendar entries."""
    if not is_extended(tx):
        return {}
    return {
        "additionalNotes": booking.description,
        "hideCalendarNotes": event_type is not None and event_type.hide_calendar_notes,
        "hideCalendarEventDetails": event_type is not None and event_type.hide_calendar_event_details,
    }


def attendee_details(attendee: Attendee) -> payloads.AttendeeDetails:
    """The fields of attendees and further hosts of a new or rescheduled booking."""
    phone: PhonePart = {} if attendee.phone_number is None else {"phoneNumber": attendee.phone_number}
    return {
        "email": attendee.email,
        "name": attendee.name,
        **phone,
        "firstName": "",
        "lastName": "",
        "timeZone": attendee.time_zone,
        "language": language_of(attendee.locale),
    }


def new_booking_attendee(attendee: Attendee, start: datetime) -> payloads.NewBookingAttendee:
    """An attendee of a new or rescheduled booking."""
    return {**attendee_details(attendee), "utcOffset": utc_offset(attendee.time_zone, start)}


def attendee_payload(attendee: Attendee, start: datetime) -> payloads.Attendee:
    """An attendee of a confirmed, rejected or cancelled booking."""
    return {
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.time_zone,
        "phoneNumber": attendee.phone_number,
        "language": language_of(attendee.locale),
        "utcOffset": utc_offset(attendee.time_zone, start),
    }


def stored_attendee(attendee: Attendee) -> payloads.StoredAttendee:
    """An attendee as the live service's database stores it."""
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


def cancelled_seat_holder(attendee: Attendee, start: datetime) -> payloads.Attendee:
    """The attendee of a cancelled seat."""
    return {
        **stored_attendee(attendee),
        "language": language_of(attendee.locale),
        "utcOffset": utc_offset(attendee.time_zone, start),
    }


def guests_and_hosts(
    tx: Transaction, event_type: EventType | None, attendees: Sequence[Attendee]
) -> tuple[list[Attendee], list[Attendee]]:
    """The attendees, and those who are hosts of a team event type. The first one is always the booker."""
    if event_type is None or event_type.team_id is None:
        return list(attendees), []
    addresses = {each.user.email for each in hosts_of(tx, event_type)}
    hosts = [each for each in attendees[1:] if each.email in addresses]
    return [each for each in attendees if each not in hosts], hosts


def team_member(tx: Transaction, attendee: Attendee, start: datetime) -> payloads.TeamMember:
    """A host of a team event type who is not the organizer."""
    user = tx[USERS].first(email=attendee.email)
    member: payloads.TeamMember = {**attendee_details(attendee)}
    if not is_extended(tx):
        member["utcOffset"] = utc_offset(attendee.time_zone, start)
    return {"id": user.id, **member} if user else member


def team_part(
    tx: Transaction, event_type: EventType | None, members: Iterable[payloads.TeamMember]
) -> payloads.TeamPart:
    """The team of a team event type, under the key `team`."""
    team = tx[TEAMS].get(event_type.team_id) if event_type else None
    return {} if team is None else {"team": {"members": list(members), "name": team.name, "id": team.id}}


def answers_of(booking: Booking, seat: BookingSeat | None = None) -> Answers:
    """The answers to the booking fields: those of the seat, else those of the booking."""
    return (booking.responses or {}) if seat is None else seat.responses


def answers_on_record(tx: Transaction, booking: Booking, before: Sequence[Attendee] = ()) -> Answers:
    """The answers of a booking, or what its attendees imply where only its seats have answers.

    `before` are attendees who have just given up their seats.
    """
    if booking.responses is not None or not is_extended(tx):
        return booking.responses or {}
    attendees = {each.id: each for each in (*before, *tx[ATTENDEES].find(booking_id=booking.id))}
    first, *others = [attendees[number] for number in sorted(attendees)] or [None]
    if first is None:
        return {}
    return {
        "name": first.name,
        "email": first.email,
        "guests": [each.email for each in others if each is not None],
        "notes": booking.description or "",
        "location": {"value": booking.location or "", "optionValue": booking.location or ""},
    }


def form_responses(
    tx: Transaction, event_type: EventType | None, answers: Answers, *, phone_after_email: bool = False
) -> payloads.FormResponses:
    """All booking fields with their answers, and the custom fields again separately."""
    if event_type is None:
        return _bare_responses(answers, {"isHidden": False})
    return _form_part(_form(tx, event_type, phone_after_email=phone_after_email), answers)


def stored_form_responses(tx: Transaction, event_type: EventType | None, answers: Answers) -> payloads.FormResponses:
    """As `form_responses`, by the form as it is stored; of one that was never set, only the fields with answers."""
    if not is_extended(tx):
        return form_responses(tx, event_type, answers)
    if event_type is None or event_type.booking_fields is None:
        return _bare_responses(answers, {})
    return _form_part(event_type.booking_fields, answers)


def _bare_responses(answers: Answers, flags: payloads.AnswerFlags) -> payloads.FormResponses:
    responses: dict[str, payloads.Answer] = {
        slug: {"label": slug, "value": value, **flags} for slug, value in answers.items()
    }
    return {"responses": responses, "userFieldsResponses": _custom(responses) if not flags else {}}


def _form_part(form: tuple[BookingField, ...], answers: Answers) -> payloads.FormResponses:
    responses = {field.slug: _response(field, answers) for field in form}
    return {"responses": responses, "userFieldsResponses": _custom(responses)}


def _custom(responses: dict[str, payloads.Answer]) -> dict[str, payloads.Answer]:
    return {slug: response for slug, response in responses.items() if slug not in DEFAULT_SLUGS}


def _form(tx: Transaction, event_type: EventType, *, phone_after_email: bool) -> tuple[BookingField, ...]:
    """The booking fields. There is always one for the phone number, hidden and first if not configured.

    Before 2026-03 only team event types had it.
    """
    form = shown_form(event_type.booking_fields) if is_extended(tx) else form_of(event_type.booking_fields)
    has_phone = any(field.slug == ATTENDEE_PHONE for field in form)
    if has_phone or (event_type.team_id is None and not is_extended(tx)):
        return form
    slugs = [field.slug for field in form]
    place = slugs.index("email") + 1 if phone_after_email and "email" in slugs else 0
    return (*form[:place], HIDDEN_PHONE, *form[place:])


def _response(field: BookingField, answers: Answers) -> payloads.Answer:
    label = field.label or _LABELS.get(field.slug, field.slug)
    if field.slug not in answers:
        return {"label": label, "isHidden": field.hidden}
    return {"label": label, "value": answers[field.slug], "isHidden": field.hidden}


def location_answer(booking: Booking) -> Answers:
    """The answer to the location field for bookings whose request had no location."""
    return {"location": {"value": booking.location or "", "optionValue": ""}}


def video_call_url(booking: Booking) -> dict[str, str]:
    """The meeting link, if there is one, under the key `videoCallUrl`."""
    link = booking.meeting_url or (booking.location if booking.location and is_link(booking.location) else None)
    return {} if link is None else {"videoCallUrl": link}


def conference_part(tx: Transaction, booking: Booking) -> payloads.Conference:
    """The Cal Video room of a booking."""
    if booking.location != CAL_VIDEO_LOCATION or booking.meeting_url is None:
        return {}
    meetings = references_of(tx, booking, CAL_VIDEO_TYPE)
    room = meetings[-1].uid if meetings else video_room(booking.meeting_url)
    return {
        "videoCallData": {
            "type": CAL_VIDEO_TYPE,
            "id": room,
            "password": room_password(booking.meeting_url),
            "url": f"{VIDEO_HOST}/{room}",
        },
        "conferenceData": CONFERENCE,
    }


def destination_calendars(
    tx: Transaction, booking: Booking, others: Iterable[Attendee]
) -> list[payloads.DestinationCalendar]:
    """The destination calendars of the organizer and of the `others`, who are the other hosts of a collective event."""
    found: list[DestinationCalendar] = []
    if booking.user_id is not None:
        own = destination_of(tx, booking.user_id, booking.event_type_id)
        found += [own] if own else []
    for each in others:
        user = tx[USERS].first(email=each.email)
        other = destination_of(tx, user.id) if user else None
        found += [other] if other else []
    return [destination_payload(each) for each in found]


def apps_part(tx: Transaction, booking: Booking) -> AppsPart:
    """The results of the conferencing app and of the calendar app, in this order."""
    items: list[payloads.AppStatus] = []
    if conference_part(tx, booking):
        items.append(_app("Cal Video" if is_extended(tx) else "daily-video", CAL_VIDEO_TYPE))
    integration = calendar_integration(tx, booking)
    if integration is not None:
        service = INTEGRATIONS[integration]
        items.append({**_app(service.title if is_extended(tx) else service.slug, integration), "warnings": []})
    return {"appsStatus": items} if items else {}


def calendar_integration(tx: Transaction, booking: Booking) -> str | None:
    """The calendar service that receives the booking: of the destination calendar, else of the latest connection."""
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


def _app(name: str, kind: str) -> payloads.AppStatus:
    return {"appName": name, "type": kind, "success": 1, "failures": 0, "errors": []}


def platform_links(tx: Transaction, client_id: str | None, *, with_emails: bool = False) -> payloads.PlatformLinks:
    """The redirect URLs of the OAuth client."""
    client = tx[OAUTH_CLIENTS].get(client_id)
    if client is None:
        return {}
    links: payloads.PlatformLinks = {
        "platformClientId": client.id,
        "platformRescheduleUrl": client.booking_reschedule_redirect_uri,
        "platformCancelUrl": client.booking_cancel_redirect_uri,
        "platformBookingUrl": client.booking_redirect_uri,
    }
    if with_emails:
        links["arePlatformEmailsEnabled"] = client.are_emails_enabled
    return links


def recurrence_part(
    event_type: EventType | None, booking: Booking, *, with_count: bool = False
) -> payloads.RecurrencePart:
    """The recurrence of a series, under the key `recurringEvent`."""
    recurrence = event_type.recurrence if event_type else None
    if recurrence is None or booking.recurring_event_id is None:
        return {}
    event: payloads.RecurringEvent = {"freq": FREQUENCY_NUMBERS[recurrence.frequency], "interval": recurrence.interval}
    if with_count:
        event["count"] = recurrence.occurrences
    return {"recurringEvent": event}


def description_part(tx: Transaction, booking: Booking) -> DescriptionPart:
    """The description, which is the booker's notes, under the key `description`."""
    if is_extended(tx):
        return {"description": booking.description}
    return {"description": booking.description} if booking.description else {}


def seat_settings(event_type: EventType) -> SeatSettings:
    """The seat settings, with those of an event type without seats as defaults."""
    seats = event_type.seats
    return {
        "seatsPerTimeSlot": seats.per_time_slot if seats else None,
        "seatsShowAttendees": seats.show_attendees if seats else True,
        "seatsShowAvailabilityCount": seats.show_availability_count if seats else True,
    }


def attendees_of(tx: Transaction, booking: Booking, seat: BookingSeat | None = None) -> list[Attendee]:
    """The attendee of the seat, else all attendees of the booking."""
    if seat is not None:
        return [tx[ATTENDEES].require(seat.attendee_id)]
    return tx[ATTENDEES].find(booking_id=booking.id)


def find_seat(tx: Transaction, seat_uid: str | None) -> BookingSeat | None:
    """The seat with this uid, if any."""
    return tx[BOOKING_SEATS].first(reference_uid=seat_uid) if seat_uid else None


def event_type_payload(tx: Transaction, event_type: EventType | None) -> dict[str, object] | None:
    """The event type of a confirmed booking."""
    if event_type is None:
        return None
    return {
        "slug": event_type.slug,
        "bookingFields": [booking_field_view(field) for field in form_of(event_type.booking_fields)],
        "schedulingType": SCHEDULING.get(event_type.scheduling_type or ""),
        "owner": None if event_type.user_id is None else {"hideBranding": False},
        "hosts": [{"user": {"email": each.user.email}} for each in hosts_of(tx, event_type)],
    }

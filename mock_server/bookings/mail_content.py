"""Subjects, texts and attachments of mails about bookings, rendered when the outbox is read.

The live service sends each mail as plain text and as HTML; `text` has the layout of the plain text, with the facts of
both. Mails are in English, some also in Italian, whose wording is known.

Source: Cal.com API v2, bookings: recorded mails.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from mock_server.bookings.invitations import UNNAMED, Invitation, Participant, invitation_file
from mock_server.bookings.locations import CAL_VIDEO_LOCATION
from mock_server.bookings.model import Attendee, Booking
from mock_server.bookings.organizer_privacy import HIDDEN_ADDRESS
from mock_server.bookings.request_fields import DEFAULT_LANGUAGE
from mock_server.calendars.integrations import INTEGRATIONS
from mock_server.event_types.booking_page import BOOKER_URL
from mock_server.event_types.model import EmailSettings, Recurrence
from mock_server.runtime.json_values import is_list
from mock_server.runtime.outbox import Attachment, Content
from mock_server.runtime.time_zones import time_zone
from mock_server.schedules.hours import WEEKDAYS
from mock_server.state.work import spend

CAL_VIDEO = "Cal Video"
RENDER_COST = 100
"""The cost of rendering one participant of a mail, in units of work."""

_APP_NAMES = {
    CAL_VIDEO_LOCATION: CAL_VIDEO,
    "integrations:google:meet": "Google Meet",
    "integrations:office365_video": "MS Teams",
    "integrations:zoom": "Zoom Video",
}

Template = Literal[
    "organizerRequest",
    "attendeeRequest",
    "organizerScheduled",
    "attendeeScheduled",
    "organizerSeatBooked",
    "organizerRescheduled",
    "attendeeRescheduled",
    "organizerCancelled",
    "attendeeCancelled",
    "organizerSeatCancelled",
    "attendeeSeatCancelled",
    "attendeeDeclined",
    "organizerReassigned",
    "attendeeUpdated",
    "organizerGuestsAdded",
    "attendeeGuestsAdded",
    "organizerRescheduleRequested",
    "attendeeRescheduleRequested",
]


class Wording(msgspec.Struct, frozen=True):
    """The subject and the first two lines of a mail."""

    subject: str
    heading: str
    lead: str


class Language(msgspec.Struct, frozen=True):
    """The words of a language. A template without wording here is rendered in English. `days` begin with Sunday."""

    wordings: dict[Template, Wording]
    recurring_headings: dict[Template, str]
    labels: dict[str, str]
    title: str
    days: tuple[str, ...]
    months: tuple[str, ...]
    subject_day: str = "{weekday}, {month} {day}, {year}"
    text_day: str = "{weekday}, {month} {day}, {year}"

    def weekday(self, moment: datetime) -> str:
        """The name of the day of the week."""
        return self.days[moment.isoweekday() % 7]

    def month(self, moment: datetime) -> str:
        """The name of the month."""
        return self.months[moment.month - 1]


_SENT = "We sent an email to everyone with this information."

ENGLISH = Language(
    wordings={
        "organizerRequest": Wording(
            "Awaiting Approval: {title}",
            "An event is waiting for your approval",
            "Someone has requested to schedule an event on your calendar.",
        ),
        "attendeeRequest": Wording(
            "Booking Submitted: {title} at {when}",
            "Your booking has been submitted",
            "{organizer} still needs to confirm or reject the booking.",
        ),
        "organizerScheduled": Wording("{title}", "A new event has been scheduled.", _SENT),
        "attendeeScheduled": Wording("{title}", "Your event has been scheduled", _SENT),
        "organizerSeatBooked": Wording("New Attendee: {title}", "Someone has added themselves to an event", _SENT),
        "organizerRescheduled": Wording(
            "Your {title} has been rescheduled to {when}.", "Updated - Your event has been rescheduled", _SENT
        ),
        "attendeeRescheduled": Wording(
            "Your {title} has been rescheduled to {when}.", "Updated - Your event has been rescheduled", _SENT
        ),
        "organizerCancelled": Wording("Canceled: {title} at {when}", "Your scheduled event was canceled", _SENT),
        "attendeeCancelled": Wording("Canceled: {title} at {when}", "Your scheduled event was canceled", _SENT),
        "organizerSeatCancelled": Wording(
            "Canceled: {title} at {when}", "An attendee is no longer attending your event", _SENT
        ),
        "attendeeSeatCancelled": Wording(
            "No longer attending {title} at {when}", "You are no longer attending this event", _SENT
        ),
        "attendeeDeclined": Wording("Declined: {title} at {when}", "Your event request has been declined", _SENT),
        "organizerReassigned": Wording("Reassigned: {title} at {when}", "Your scheduled event was reassigned", _SENT),
        "attendeeUpdated": Wording("Your {title} has been updated.", "Event has been updated", _SENT),
        "organizerGuestsAdded": Wording(
            "Guests Added: {event} with {attendee} at {when}", "Added - New guests added to your event", _SENT
        ),
        "attendeeGuestsAdded": Wording(
            "Guests Added: {event} with {organizer} at {when}", "Added - New guests added to your event", _SENT
        ),
        "organizerRescheduleRequested": Wording(
            "Request for reschedule sent: {event} with {attendee} on {when}",
            "You have requested {attendee} to reschedule",
            "You have canceled the booking and {attendee} should pick a new booking time with you.",
        ),
        "attendeeRescheduleRequested": Wording(
            "Action Required Reschedule: Please book a new time for {event} with {organizer}",
            "Request to reschedule your booking",
            "{organizer} has canceled the booking and requested you to pick another time.",
        ),
    },
    recurring_headings={
        "organizerScheduled": "A new recurring event has been scheduled.",
        "attendeeScheduled": "Your recurring event has been scheduled",
    },
    labels={
        "cancellation_reason": "Reason for cancellation (optional)",
        "rejection_reason": "Reason for rejecting",
        "reassigned_to": "Reassigned to",
        "what": "What",
        "when": "When",
        "invitee_time_zone": "Invitee Time Zone",
        "organizer_time_zone": "Organizer timezone",
        "who": "Who",
        "organizer": "Organizer",
        "team_member": "Team member",
        "guest": "Guest",
        "where": "Where",
        "notes": "Additional notes",
        "apps": "Apps Status",
        "manage": "Need to reschedule or cancel?",
        "choose": "Book a new time:",
        "decide": "Confirm or reject the request",
    },
    title="{event} between {host} and {attendee}",
    days=WEEKDAYS,
    months=(
        *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
        *("November", "December"),
    ),
)
_SENT_IN_ITALIAN = "Tu e tutti gli altri partecipanti siete stati invitati via email con queste informazioni."
ITALIAN = Language(
    wordings={
        "attendeeScheduled": Wording("{title}", "Il tuo evento è stato programmato", _SENT_IN_ITALIAN),
        "attendeeRescheduled": Wording(
            "Il tuo {title} è stato riprogrammato per il {when}.",
            "Aggiornato: il tuo evento è stato riprogrammato",
            _SENT_IN_ITALIAN,
        ),
        "attendeeCancelled": Wording(
            "Cancellato: {title} il {when}", "Il tuo evento programmato è stato cancellato", _SENT_IN_ITALIAN
        ),
    },
    recurring_headings={},
    labels=ENGLISH.labels
    | {
        "cancellation_reason": "Motivo dell'annullamento (facoltativo)",
        "what": "Cosa",
        "when": "Quando",
        "invitee_time_zone": "Fuso Orario dell' invitato",
        "who": "Chi",
        "organizer": "Organizzatore",
        "guest": "Ospite",
        "where": "Dove",
        "notes": "Note aggiuntive",
        "manage": "È necessario riprogrammare o annullare?",
    },
    title="{event} tra {host} e {attendee}",
    days=("domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"),
    months=(
        *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre"),
        *("novembre", "dicembre"),
    ),
    text_day="{weekday}, {day} {month} {year}",
)
LANGUAGES = {DEFAULT_LANGUAGE: ENGLISH, "it": ITALIAN}

_WITH_INVITATION: dict[Template, Literal["CONFIRMED", "CANCELLED"]] = {
    "organizerScheduled": "CONFIRMED",
    "attendeeScheduled": "CONFIRMED",
    "organizerSeatBooked": "CONFIRMED",
    "organizerRescheduled": "CONFIRMED",
    "attendeeRescheduled": "CONFIRMED",
    "attendeeUpdated": "CONFIRMED",
    "organizerGuestsAdded": "CONFIRMED",
    "attendeeGuestsAdded": "CONFIRMED",
    "organizerCancelled": "CANCELLED",
    "attendeeCancelled": "CANCELLED",
    "organizerReassigned": "CANCELLED",
    "organizerRescheduleRequested": "CANCELLED",
    "attendeeRescheduleRequested": "CANCELLED",
}
"""The templates that attach an invitation, and the status of the event in it."""


class Person(msgspec.Struct, frozen=True):
    """An organizer or recipient."""

    name: str
    email: str
    time_zone: str
    language: str = DEFAULT_LANGUAGE
    phone_number: str | None = None


class TitleParts(msgspec.Struct, frozen=True):
    """What a title without a custom name is made of."""

    event: str
    host: str
    attendee: str

    def title(self, language: Language) -> str:
        """The title in a language."""
        return language.title.format(event=self.event, host=self.host, attendee=self.attendee)


class MailFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the mails about one event in the life of a booking are made of.

    `title_parts` is None if the title is a custom name. `answers` are those to custom fields, by label. `recurrence` is
    set if the mails are about a whole series. `client_links` are the pages of the OAuth client, if there is one. Mails
    that name the apps involved have `has_apps`, and the calendar service that received the booking, if any.
    """

    booking: Booking
    title: str
    title_parts: TitleParts | None
    organizer: Person
    attendees: tuple[Attendee, ...]
    team_members: tuple[Attendee, ...]
    created: datetime
    ical_uid: str
    ical_sequence: int
    hides_organizer: bool = False
    emails: EmailSettings | None = None
    has_24_hours: bool = False
    hides_attendees: bool = False
    answers: tuple[tuple[str, object], ...] = ()
    has_apps: bool = False
    calendar: str | None = None
    recurrence: Recurrence | None = None
    seat_uid: str | None = None
    client_links: str | None = None
    cancellation_reason: str | None = None
    rejection_reason: str | None = None
    reassigned_to: str | None = None


class Mail(msgspec.Struct, frozen=True):
    """One mail: a template with the facts of the event."""

    facts: MailFacts
    template: Template
    recipient: Person

    def content(self) -> Content:
        """The rendered mail."""
        spend(RENDER_COST * (1 + len(self.facts.attendees)))
        language = self._language()
        wording = language.wordings[self.template]
        title, when = self._title(language), self._when(language)
        parts = self.facts.title_parts
        filled = {
            "title": title,
            "when": when,
            "organizer": self.facts.organizer.name,
            "event": title if parts is None else parts.event,
            "attendee": self.facts.attendees[0].name if self.facts.attendees else "",
        }
        return Content(
            subject=" ".join(wording.subject.format(**filled).splitlines()),
            text="\n\n".join(self._text(language, title, wording.lead.format(**filled))),
            attachments=self._attachments(title),
        )

    def text_message(self) -> Content:
        """The text that attendees receive who have a telephone number and no e-mail address."""
        language = self._language()
        title, heading = self._title(language), self._heading(language).rstrip(".")
        return Content(text=f"{heading}: {title}, {self._when(language)}. {booking_link(self.facts.booking.uid)}")

    def _language(self) -> Language:
        language = LANGUAGES.get(self.recipient.language, ENGLISH)
        return language if self.template in language.wordings else ENGLISH

    def _heading(self, language: Language) -> str:
        attendee = self.facts.attendees[0].name if self.facts.attendees else ""
        heading = language.wordings[self.template].heading.format(attendee=attendee)
        if self.facts.recurrence is not None:
            return language.recurring_headings.get(self.template, heading)
        return heading

    def _title(self, language: Language) -> str:
        facts = self.facts
        if self.template == "attendeeCancelled" and facts.title_parts is not None:
            return TitleParts(facts.title, facts.organizer.name, self.recipient.name).title(language)
        if self.template == "attendeeScheduled" and facts.title_parts is not None:
            return facts.title_parts.title(language)
        return facts.title

    def _when(self, language: Language) -> str:
        return f"{self._hours()}, {self._day(language, language.subject_day)}"

    def _hours(self) -> str:
        booking = self.facts.booking
        return f"{self._time(booking.start)} - {self._time(booking.end)}"

    def _time(self, moment: datetime) -> str:
        local = moment.astimezone(time_zone(self.recipient.time_zone))
        if self.facts.has_24_hours:
            return f"{local:%H:%M}"
        return f"{local.hour % 12 or 12}:{local.minute:02}{'am' if local.hour < 12 else 'pm'}"

    def _day(self, language: Language, layout: str) -> str:
        local = self.facts.booking.start.astimezone(time_zone(self.recipient.time_zone))
        return layout.format(
            weekday=language.weekday(local), month=language.month(local), day=local.day, year=local.year
        )

    def _text(self, language: Language, title: str, lead: str) -> Iterator[str]:
        facts, labels = self.facts, language.labels
        yield f"{self._heading(language)}\n{lead}"
        for label, value in (
            ("cancellation_reason", facts.cancellation_reason),
            ("rejection_reason", facts.rejection_reason if self.template == "attendeeDeclined" else None),
            ("reassigned_to", facts.reassigned_to if self.template == "organizerReassigned" else None),
        ):
            if value:
                yield f"{labels[label]}:\n{value}"
        what, *others = self._details(language, title)
        yield what
        day, hours = self._day(language, language.text_day), self._hours()
        yield f"{labels['when']}:\n{day} | {hours} ({self.recipient.time_zone})"
        yield from others
        apps = self._apps()
        if apps:
            yield f"{labels['apps']}\n" + "\n".join(f"- {app} ✅" for app in apps)
        yield from self._manage_links(language)
        if self.template == "organizerRequest":
            yield f"{labels['decide']}\nhttps://app.cal.com/bookings/upcoming"

    def _details(self, language: Language, title: str) -> Iterator[str]:
        """What mail and invitation have in common."""
        facts, labels, booking = self.facts, language.labels, self.facts.booking
        yield f"{labels['what']}:\n{title}"
        if facts.hides_attendees:
            yield f"{labels['organizer_time_zone']}:\n{facts.organizer.time_zone}"
        elif facts.attendees:
            yield f"{labels['invitee_time_zone']}:\n{facts.attendees[0].time_zone}"
        yield f"{labels['who']}:\n" + "\n".join(self._people(labels))
        location = self._location(location_name(booking.location))
        if location:
            yield f"{labels['where']}:\n{location}"
        if booking.description:
            yield f"{labels['notes']}:\n{booking.description}"
        for label, answer in facts.answers:
            yield f"{label}:\n{answer_text(answer)}"

    def _apps(self) -> list[str]:
        """The apps that took part: for conferencing and for the calendar, in this order. Only hosts see them."""
        facts, booking = self.facts, self.facts.booking
        if not facts.has_apps or booking.status != "accepted" or not self.template.startswith("organizer"):
            return []
        video = [CAL_VIDEO] if booking.location == CAL_VIDEO_LOCATION and booking.meeting_url else []
        return video if facts.calendar is None else [*video, INTEGRATIONS[facts.calendar].title]

    def _manage_links(self, language: Language) -> Iterator[str]:
        facts = self.facts
        if self.template == "attendeeRescheduleRequested":
            yield f"{language.labels['choose']} {reschedule_link(facts.booking.uid)}"
            return
        links = f"{booking_link(facts.booking.uid)}?changes=true" if facts.client_links is None else facts.client_links
        if links and not facts.hides_attendees:
            yield f"{language.labels['manage']} {links}"

    def _people(self, labels: dict[str, str]) -> Iterator[str]:
        facts = self.facts
        organizer = f"{facts.organizer.name} - {labels['organizer']}"
        yield organizer if self._hides_organizer() else f"{organizer}\n{facts.organizer.email}"
        if not facts.hides_attendees:
            for each in facts.attendees:
                phone = f" - {each.phone_number}" if each.phone_number else ""
                yield f"{each.name or labels['guest']}{phone}\n{each.email}"
        for each in facts.team_members:
            yield f"{each.name} - {labels['team_member']}\n{each.email}"

    def _location(self, otherwise: str) -> str:
        """The meeting link while the booking has one, else `otherwise`."""
        is_over = _WITH_INVITATION.get(self.template) == "CANCELLED" and self.template != "organizerReassigned"
        return self.facts.booking.meeting_url or otherwise if not is_over else otherwise

    def _attachments(self, title: str) -> tuple[Attachment, ...]:
        """The invitation, once as an alternative form of the text and once as a file."""
        status = _WITH_INVITATION.get(self.template)
        if status is None:
            return ()
        facts, booking = self.facts, self.facts.booking
        details = list(self._details(ENGLISH, title))
        if facts.cancellation_reason:
            details.insert(0, f"{ENGLISH.labels['cancellation_reason']}:\n{facts.cancellation_reason}")
        details += self._manage_links(ENGLISH)
        file = invitation_file(
            Invitation(
                uid=facts.ical_uid,
                sequence=facts.ical_sequence,
                status=status,
                summary=title,
                description="\n\n".join(details),
                location=self._location(booking.location or ""),
                created=facts.created,
                start=booking.start,
                end=booking.end,
                organizer=self._inviting(),
                attendees=tuple(Participant(each.name or UNNAMED, each.email) for each in self._invited()),
                recurrence=facts.recurrence,
            )
        )
        return (
            Attachment(None, 'text/calendar; charset="utf-8"; method="REQUEST"', file),
            Attachment("event.ics", 'application/ics; name="event.ics"', file),
        )

    def _hides_organizer(self) -> bool:
        """Whether the organizer's address is kept from the recipient, an attendee."""
        return self.facts.hides_organizer and self.template.startswith("attendee")

    def _inviting(self) -> Participant:
        """The organizer in the invitation."""
        organizer = self.facts.organizer
        return Participant(organizer.name, HIDDEN_ADDRESS if self._hides_organizer() else organizer.email)

    def _invited(self) -> Iterator[Attendee | Person]:
        """The attendees in the invitation. An attendee who may not see the others is alone."""
        if self.facts.hides_attendees and self.template.startswith("attendee"):
            yield self.recipient
        else:
            yield from self.facts.attendees
        yield from self.facts.team_members


def booking_link(uid: str) -> str:
    """The address of the booking's page."""
    return f"{BOOKER_URL}/booking/{uid}"


def reschedule_link(uid: str) -> str:
    """The address of the page where the booking can be rescheduled."""
    return f"{BOOKER_URL}/reschedule/{uid}"


def location_name(location: str | None) -> str:
    """The name of the app that a location stands for, else the location itself."""
    return _APP_NAMES.get(location or "", location or "")


def answer_text(answer: object) -> str:
    """The answer to a booking field as text."""
    if isinstance(answer, bool):
        return "Yes" if answer else "No"
    if is_list(answer):
        return ", ".join(map(str, answer))
    return str(answer)

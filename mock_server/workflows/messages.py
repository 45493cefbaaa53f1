"""The messages of workflows: who receives them, and what they say.

Source: Cal.com API v2, workflows: recorded mails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import msgspec

from mock_server.bookings.answers import REMINDER_PHONE
from mock_server.bookings.mail_content import (
    Mail,
    MailFacts,
    Person,
    answer_text,
    booking_link,
    location_name,
    reschedule_link,
)
from mock_server.bookings.mails import message_facts
from mock_server.bookings.model import Attendee, Booking
from mock_server.bookings.request_fields import DEFAULT_LANGUAGE, PHONE_ADDRESS_DOMAIN
from mock_server.routing_forms.fields import fields_of
from mock_server.routing_forms.model import RoutingForm, RoutingFormResponse
from mock_server.runtime.json_values import is_object
from mock_server.runtime.outbox import Attachment, Channel, Content, Message, post
from mock_server.runtime.time_zones import time_zone
from mock_server.state.transaction import Transaction
from mock_server.state.work import spend
from mock_server.teams.model import TEAMS
from mock_server.workflows.model import WORKFLOW_STEPS, Workflow, WorkflowStep
from mock_server.workflows.variables import DATE, TIME_12, TIME_24, Times, fill, format_date, variable_name

RENDER_COST, TEXT_COST = 50, 50
"""The cost of rendering a message, in units of work, and the characters of a step's text for one unit more."""

BRANDING = "_\n\nScheduling by Cal.com"
CALENDAR_FILE = 'text/calendar; charset="UTF-8"; method="REQUEST"; name="event.ics"'


class BookingMessage(msgspec.Struct, frozen=True):
    """One message about a booking."""

    step: WorkflowStep
    facts: MailFacts
    answers: Mapping[str, str]
    recipient: Person
    has_branding: bool

    def content(self) -> Content:
        """The rendered message."""
        spend(RENDER_COST + len(self.step.text) // TEXT_COST)
        zone = time_zone(self.recipient.time_zone)
        booking = self.facts.booking
        times = Times(booking.start.astimezone(zone), booking.end.astimezone(zone), self.recipient.language)
        values = {**self.answers, **{name: value_of(self, times) for name, value_of in BOOKING_VARIABLES.items()}}
        return _content(self.step, values, times, self._attachments(), has_branding=self.has_branding)

    @property
    def attendee_name(self) -> str:
        """The name of the first attendee."""
        return self.facts.attendees[0].name if self.facts.attendees else ""

    @property
    def attendee_email(self) -> str:
        """The e-mail address of the first attendee."""
        return self.facts.attendees[0].email if self.facts.attendees else ""

    def time_of_day(self, moment: datetime) -> str:
        """A time on the clock that the organizer prefers."""
        return format_date(moment, TIME_24 if self.facts.has_24_hours else TIME_12)

    @property
    def quoted_recipient(self) -> str:
        """The recipient's e-mail address in the query of a link."""
        return quote(self.recipient.email, safe="")

    def _attachments(self) -> tuple[Attachment, ...]:
        """The invitation that the ordinary mail about the booking has."""
        if not self.step.includes_event:
            return ()
        template = "attendeeCancelled" if self.facts.booking.status == "cancelled" else "attendeeScheduled"
        ordinary = Mail(self.facts, template, self.recipient).content()
        return tuple(
            Attachment("event.ics", CALENDAR_FILE, invitation.content) for invitation in ordinary.attachments[:1]
        )


BOOKING_VARIABLES: dict[str, Callable[[BookingMessage, Times], str]] = {
    "EVENT_NAME": lambda message, _: message.facts.title,
    "ATTENDEE": lambda message, _: message.attendee_name,
    "ATTENDEE_NAME": lambda message, _: message.attendee_name,
    "ATTENDEE_FIRST_NAME": lambda message, _: _first_name(message.attendee_name),
    "ATTENDEE_LAST_NAME": lambda message, _: _last_name(message.attendee_name),
    "ATTENDEE_EMAIL": lambda message, _: message.attendee_email,
    "ORGANIZER": lambda message, _: message.facts.organizer.name,
    "ORGANIZER_NAME": lambda message, _: message.facts.organizer.name,
    "ORGANIZER_FIRST_NAME": lambda message, _: _first_name(message.facts.organizer.name),
    "EVENT_DATE": lambda _, times: format_date(times.start, DATE, times.language),
    "EVENT_TIME": lambda message, times: message.time_of_day(times.start),
    "EVENT_START_TIME": lambda message, times: message.time_of_day(times.start),
    "START_TIME": lambda message, times: message.time_of_day(times.start),
    "EVENT_END_TIME": lambda message, times: message.time_of_day(times.end),
    "END_TIME": lambda message, times: message.time_of_day(times.end),
    "TIMEZONE": lambda message, _: message.recipient.time_zone,
    "LOCATION": lambda message, _: location_name(message.facts.booking.location),
    "MEETING_URL": lambda message, _: message.facts.booking.meeting_url or "",
    "ADDITIONAL_NOTES": lambda message, _: message.facts.booking.description or "",
    "CANCEL_URL": lambda message, _: (
        f"{booking_link(message.facts.booking.uid)}?cancel=true&cancelledBy={message.quoted_recipient}"
    ),
    "RESCHEDULE_URL": lambda message, _: (
        f"{reschedule_link(message.facts.booking.uid)}?rescheduledBy={message.quoted_recipient}"
    ),
    "CANCELLATION_REASON": lambda message, _: message.facts.cancellation_reason or "",
}
"""The variables of a booking. In messages about routing forms they are empty."""


class FormMessage(msgspec.Struct, frozen=True):
    """One message about the answers to a routing form."""

    step: WorkflowStep
    answers: Mapping[str, str]
    has_branding: bool

    def content(self) -> Content:
        """The rendered message."""
        spend(RENDER_COST + len(self.step.text) // TEXT_COST)
        return _content(
            self.step,
            {**dict.fromkeys(BOOKING_VARIABLES, ""), **self.answers},
            None,
            (),
            has_branding=self.has_branding,
        )


def post_about_booking(
    tx: Transaction, workflow: Workflow, booking: Booking, attendees: Sequence[Attendee] | None = None
) -> None:
    """Posts all messages of a workflow about a booking. `attendees` replace those that the booking has now.

    Nothing is sent about bookings of an OAuth client whose e-mails are switched off.
    """
    facts = message_facts(tx, booking, attendees)
    if facts is None:
        return
    has_branding = _has_branding(tx, workflow)
    answers = _booking_answers(facts)
    about = {"bookingUid": booking.uid, "eventTypeId": booking.event_type_id, "workflowId": workflow.id}
    steps = tx[WORKFLOW_STEPS].find(workflow_id=workflow.id)
    found = [(step, to, person) for step in steps for to, person in _recipients(step, facts)]
    # All messages share the facts, each of which counts for its part.
    size = len(msgspec.msgpack.encode((facts, answers))) // max(len(found), 1)
    messages = [
        _message(step, to, BookingMessage(step, facts, answers, person, has_branding), about, size)
        for step, to, person in found
    ]
    post(tx, messages)


def post_about_answers(tx: Transaction, workflow: Workflow, form: RoutingForm, response: RoutingFormResponse) -> None:
    """Posts all messages of a workflow about the answers to a routing form."""
    has_branding = _has_branding(tx, workflow)
    answers = {variable_name(name): answer_text(value) for name, value in _form_answers(response)}
    about = {"routingFormId": form.id, "responseId": response.id, "workflowId": workflow.id}
    messages: list[Message] = []
    for step in tx[WORKFLOW_STEPS].find(workflow_id=workflow.id):
        to = step.send_to or _answer_of_type(form, response, "email" if step.action == "email_attendee" else "phone")
        if to:
            message = FormMessage(step, answers, has_branding)
            messages.append(_message(step, to, message, about, len(msgspec.msgpack.encode(answers))))
    post(tx, messages)


def _message(
    step: WorkflowStep,
    to: str,
    message: BookingMessage | FormMessage,
    about: Mapping[str, str | int | None],
    size: int,
) -> Message:
    return Message(
        to=to,
        channel=_channel(step),
        kind="workflow",
        content=message.content,
        about={**about, "stepId": step.id},
        size=size + len(step.text) + len(step.subject),
    )


def _channel(step: WorkflowStep) -> Channel:
    if step.action.startswith("sms"):
        return "sms"
    return "whatsapp" if step.action.startswith("whatsapp") else "email"


def _recipients(step: WorkflowStep, facts: MailFacts) -> Iterator[tuple[str, Person]]:
    """The addresses or numbers of a step, each with the person in whose time zone the message is written."""
    attendee = facts.attendees[0] if facts.attendees else None
    match step.action:
        case "email_host":
            for email in (facts.organizer.email, *(member.email for member in facts.team_members)):
                yield email, msgspec.structs.replace(facts.organizer, email=email)
        case "email_attendee" if attendee is not None:
            person = _person(attendee)
            for addressee in facts.attendees:
                if not addressee.email.endswith(f"@{PHONE_ADDRESS_DOMAIN}"):
                    yield addressee.email, msgspec.structs.replace(person, email=addressee.email)
        case "sms_attendee" | "whatsapp_attendee" if attendee is not None:
            number = attendee.phone_number or (facts.booking.responses or {}).get(REMINDER_PHONE)
            if isinstance(number, str) and number:
                yield number, _person(attendee)
        case "email_address" | "sms_number" | "whatsapp_number" if step.send_to is not None:
            yield step.send_to, msgspec.structs.replace(facts.organizer, email=step.send_to)
        case _:
            return


def _person(attendee: Attendee) -> Person:
    return Person(attendee.name, attendee.email, attendee.time_zone, attendee.locale or DEFAULT_LANGUAGE)


def _content(
    step: WorkflowStep,
    values: Mapping[str, str],
    times: Times | None,
    attachments: tuple[Attachment, ...],
    *,
    has_branding: bool,
) -> Content:
    if _channel(step) != "email":
        return Content(text=fill(step.text, values, times))
    subject = " ".join(fill(step.subject, values, times).splitlines())
    text = fill(_text_of_html(step.text), values, times)
    return Content(subject=subject, text=f"{text}\n\n{BRANDING}" if has_branding else text, attachments=attachments)


def _booking_answers(facts: MailFacts) -> dict[str, str]:
    answers = {**(facts.booking.responses or {}), **dict(facts.answers)}
    return {variable_name(name): answer_text(answer) for name, answer in answers.items() if not is_object(answer)}


def _form_answers(response: RoutingFormResponse) -> Iterator[tuple[str, Any]]:
    for answer in response.response.values():
        if is_object(answer):
            yield str(answer.get("identifier") or answer.get("label")), answer.get("value")


def _answer_of_type(form: RoutingForm, response: RoutingFormResponse, kind: str) -> str | None:
    """The answer to the form's first field of a type."""
    for field in fields_of(form):
        answer = response.response.get(field.id) if field.type == kind else None
        if is_object(answer) and isinstance(answer.get("value"), str):
            return answer["value"]
    return None


def _has_branding(tx: Transaction, workflow: Workflow) -> bool:
    team = tx[TEAMS].require(workflow.team_id)
    organization = tx[TEAMS].get(team.parent_id)
    return not (team.hide_branding or (organization is not None and organization.hide_branding))


def _first_name(name: str) -> str:
    return name.split(" ")[0]


def _last_name(name: str) -> str:
    return name.split(" ")[-1] if " " in name else ""


class _Text(HTMLParser):
    """Collects the text of HTML, with a line for each block."""

    BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
    HIDDEN = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._hidden += tag in self.HIDDEN
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(self._hidden - (tag in self.HIDDEN), 0)
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _text_of_html(html: str) -> str:
    """The text of HTML without its tags and blank lines."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = ("".join(parser.parts)).splitlines()
    return "\n".join(stripped for line in lines if (stripped := " ".join(line.split())))

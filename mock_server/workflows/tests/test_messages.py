"""The messages of workflows: what they say, as recorded from the live service, and to whom they go."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.bookings.tests.builders import OWNER, SALES, add_team_event_type, at, begin, book
from mock_server.event_types.booking_fields import DEFAULT_FIELDS
from mock_server.event_types.model import BookingField
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, ROUTING_FORMS
from mock_server.runtime.outbox import POSTED, Content, Message
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS
from mock_server.workflows.messages import post_about_answers, post_about_booking
from mock_server.workflows.model import WORKFLOW_STEPS, WORKFLOWS, Workflow
from mock_server.workflows.variables import Times, fill, format_date, variable_name

FORM = "cm8yw3nt0003kc9f6teamform"
SUBJECT = "Reminder: {EVENT_NAME} on {EVENT_DATE}"
HTML = (
    "<p>Hi {ATTENDEE}, see you at {START_TIME_h:mma} with {ORGANIZER}. {LOCATION} {MEETING_URL} {CANCEL_URL} "
    "{RESCHEDULE_URL}</p>"
)


@pytest.fixture
def tx() -> Transaction:
    return begin(edition="2026-03")


def workflow(tx: Transaction, *actions: str, kind: str = "event-type", text: str = HTML, **fields: Any) -> Workflow:
    found = tx[WORKFLOWS].create(team_id=SALES, kind=kind, name="w", trigger="newEvent")
    for number, action in enumerate(actions):
        step: dict[str, Any] = {"number": number, "action": action, "sender": "Acme", "subject": SUBJECT, "text": text}
        tx[WORKFLOW_STEPS].create(workflow_id=found.id, **step | fields)
    return found


def a_booking(tx: Transaction, **fields: Any) -> Booking:
    """Ann Lee, in Rome, meets the owner, in London, in Cal Video."""
    settings = fields.pop("settings", {})
    event_type = add_team_event_type(tx, {OWNER: {}}, title="Sales intro", **settings)
    return book(tx, event_type, at(10), **fields)


def posted(tx: Transaction) -> list[tuple[Message, Content]]:
    messages = [
        each
        for event in tx.outbox
        if event.name == POSTED
        for each in event.payload["messages"]
        if each.kind == "workflow"
    ]
    return [(each, each.content if isinstance(each.content, Content) else each.content()) for each in messages]


def test_hosts_and_attendees_read_their_own_time_and_links(tx: Transaction) -> None:
    booking = a_booking(tx)
    steps = workflow(tx, "email_host", "email_attendee", "email_address", send_to="sales@acme.example")
    post_about_booking(tx, steps, booking)
    subject = "Reminder: Sales intro between Olivia Owner and Ann Lee on Monday, January 7, 2030"
    video, page = f"https://app.cal.com/video/{booking.uid}", "https://cal.com"
    for (message, content), (to, hour, encoded) in zip(
        posted(tx),
        (
            ("owner@acme.example", "10:00am", "owner%40acme.example"),
            ("ann@example.com", "11:00am", "ann%40example.com"),
            ("sales@acme.example", "10:00am", "sales%40acme.example"),
        ),
        strict=True,
    ):
        assert (message.to, message.channel, content.subject) == (to, "email", subject)
        assert content.text == (
            f"Hi Ann Lee, see you at {hour} with Olivia Owner. Cal Video {video} "
            f"{page}/booking/{booking.uid}?cancel=true&cancelledBy={encoded} "
            f"{page}/reschedule/{booking.uid}?rescheduledBy={encoded}\n\n_\n\nScheduling by Cal.com"
        )


def test_the_booking_is_attached_where_a_step_asks_for_it(tx: Transaction) -> None:
    booking = a_booking(tx)
    post_about_booking(tx, workflow(tx, "email_attendee", includes_event=True), booking)
    post_about_booking(tx, workflow(tx, "email_attendee"), booking)
    (_, with_file), (_, without) = posted(tx)
    [file] = with_file.attachments
    assert (file.name, file.content_type) == (
        "event.ics",
        'text/calendar; charset="UTF-8"; method="REQUEST"; name="event.ics"',
    )
    assert f"UID:{booking.uid}@Cal.com" in file.content
    assert without.attachments == ()


def test_texts_go_to_the_number_of_the_attendee_or_of_the_step(tx: Transaction) -> None:
    booking = a_booking(tx, attendee={"phoneNumber": "+393331234567"})
    steps = workflow(tx, "sms_attendee", "whatsapp_attendee", text="Hi {ATTENDEE}, {EVENT_TIME}")
    post_about_booking(tx, steps, booking)
    post_about_booking(tx, workflow(tx, "sms_number", text="At {EVENT_TIME}", send_to="+14155552673"), booking)
    assert [(message.channel, message.to, content.subject, content.text) for message, content in posted(tx)] == [
        ("sms", "+393331234567", None, "Hi Ann Lee, 11:00am"),
        ("whatsapp", "+393331234567", None, "Hi Ann Lee, 11:00am"),
        ("sms", "+14155552673", None, "At 10:00am"),
    ]


def test_an_attendee_without_a_number_gets_no_text(tx: Transaction) -> None:
    post_about_booking(tx, workflow(tx, "sms_attendee"), a_booking(tx))
    assert posted(tx) == []


def test_answers_to_booking_fields_are_variables(tx: Transaction) -> None:
    field = BookingField(type="text", slug="company-size", required=False, label="Company size?")
    booking = a_booking(
        tx, settings={"booking_fields": (*DEFAULT_FIELDS, field)}, bookingFieldsResponses={"company-size": "12"}
    )
    post_about_booking(tx, workflow(tx, "email_attendee", text="{COMPANY_SIZE} {COMPANYSIZE} {UNKNOWN}"), booking)
    [(_, content)] = posted(tx)
    assert content.text.startswith("12 12 {UNKNOWN}")


def test_a_name_cannot_smuggle_in_html_or_variables(tx: Transaction) -> None:
    booking = a_booking(tx, attendee={"name": "<b>{ORGANIZER}</b>"})
    post_about_booking(tx, workflow(tx, "email_attendee", text="<p>Hi {ATTENDEE}</p>"), booking)
    [(_, content)] = posted(tx)
    assert content.text.startswith("Hi <b>{ORGANIZER}</b>")


def test_teams_without_branding_sign_nothing(tx: Transaction) -> None:
    tx[TEAMS].update(SALES, hide_branding=True)
    post_about_booking(tx, workflow(tx, "email_attendee", text="Bye"), a_booking(tx))
    assert posted(tx)[0][1].text == "Bye"


def test_in_messages_about_answers_the_variables_of_bookings_are_empty(tx: Transaction) -> None:
    deleted = {"id": "f0", "type": "email", "label": "Old address", "deleted": True}
    tx[ROUTING_FORMS].update(FORM, fields=["?", deleted, {"id": "f1", "type": "email", "label": "Your address"}])
    response = tx[ROUTING_FORM_RESPONSES].create(
        form_id=FORM,
        form_filler_id="filler",
        created_at=tx.now,
        response={
            "f0": {"label": "Old address", "value": "old@example.com"},
            "f1": {"label": "Your address", "value": "ada@example.com"},
        },
    )
    form = tx[ROUTING_FORMS].require(FORM)
    text = "<p>Hi {ATTENDEE}, see you at {START_TIME_h:mma} with {ORGANIZER}. {YOUR_ADDRESS}</p>"
    post_about_answers(tx, workflow(tx, "email_attendee", kind="routing-form", text=text), form, response)
    [(message, content)] = posted(tx)
    assert (message.to, content.subject) == ("ada@example.com", "Reminder:  on ")
    assert content.text == "Hi , see you at  with . ada@example.com\n\n_\n\nScheduling by Cal.com"


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("h:mma", "2:05pm"),
        ("HH:mm", "14:05"),
        ("dddd, MMMM D, YYYY", "Saturday, July 9, 2033"),
        ("ddd DD/MM/YY hh:mm A", "Sat 09/07/33 02:05 PM"),
        ("[at] H", "at 14"),
        ("Z", "+00:00"),
    ],
)
def test_dates_have_the_layout_that_the_variable_names(layout: str, text: str) -> None:
    moment = datetime(2033, 7, 9, 14, 5, tzinfo=UTC)
    assert format_date(moment, layout) == text
    assert fill(f"{{EVENT_TIME_{layout}}}", {}, Times(moment, moment, "en")) == text


def test_names_of_days_are_in_the_language_of_the_recipient() -> None:
    assert format_date(datetime(2030, 1, 7, tzinfo=UTC), "dddd D MMMM", "it") == "lunedì 7 gennaio"


def test_the_name_of_a_variable_comes_from_the_label() -> None:
    assert variable_name("What's your company size?") == "WHATS_YOUR_COMPANY_SIZE"


def test_attendees_who_were_absent_are_left_out_where_a_step_says_so(tx: Transaction) -> None:
    booking = a_booking(tx)
    attendee = tx[ATTENDEES].first(booking_id=booking.id)
    assert attendee is not None
    tx[ATTENDEES].update(attendee.id, no_show=True)
    post_about_booking(tx, workflow(tx, "email_attendee", skips_absent_attendees=True), booking)
    assert posted(tx) == []
    post_about_booking(tx, workflow(tx, "email_attendee"), booking)
    assert [message.to for message, _ in posted(tx)] == [attendee.email]

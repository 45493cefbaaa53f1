"""The booking fields of an event type as a resource: personal, of a team, and of an organization's team."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, EVENT_TYPES_2026, SLOTS, Client, data, error, unique
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-09")

FIRST = ["name", "email", "attendeePhoneNumber", "location"]
LAST = ["title", "notes", "guests", "rescheduleReason"]
NOTE = {"field": "custom", "slug": "team-note", "label": "Note", "type": "shortText", "required": False}
EVERY_TYPE = {
    "email": {"requireEmails": ["example.com"]},
    "phone": {},
    "address": {"placeholder": "High Street"},
    "shortText": {},
    "number": {},
    "longText": {"minLength": 5, "maxLength": 10},
    "select": {"options": ["S", "L"]},
    "multiSelect": {"options": ["S", "L"]},
    "multiEmail": {},
    "checkboxGroup": {"options": ["S", "L"]},
    "checkbox": {},
    "radioGroup": {"options": ["S", "L"]},
    "url": {},
}


class Form:
    """The booking form of an event type, at a path."""

    def __init__(self, client: Client, path: str, event_type: int) -> None:
        self.client, self.path, self.event_type = client, f"{path}/{event_type}/booking-fields", event_type

    def send(self, method: str, *fields: Any) -> Any:
        return self.client.request(method, self.path, json={"bookingFields": list(fields)}, v=EVENT_TYPES_2026)

    def read(self) -> list[dict[str, Any]]:
        return data(self.client.get(self.path, v=EVENT_TYPES_2026))["bookingFields"]

    def slugs(self) -> list[str]:
        return [each["slug"] for each in self.read()]

    def delete(self, slug: str) -> Any:
        return self.client.delete(f"{self.path}/{slug}", v=EVENT_TYPES_2026)


@pytest.fixture
def form(solo: Client) -> Form:
    return personal(solo)


def personal(client: Client) -> Form:
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30}
    made = data(client.post("/v2/event-types", json=body, v=EVENT_TYPES_2026), 201)
    return Form(client, "/v2/event-types", made["id"])


def of_team(client: Client, teams: str) -> Form:
    team = data(client.post(teams, json={"name": unique("team")}), 201)
    path = f"{teams}/{team['id']}/event-types"
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30, "schedulingType": "collective"}
    return Form(client, path, data(client.post(path, json=body, v=EVENT_TYPES_2026), 201)["id"])


def message(reply: Any, status: int = 400) -> str:
    return error(reply, status)["message"]


@pytest.mark.parametrize("owner_of", ["a user", "a team", "an organization's team"])
def test_a_form_is_extended_changed_replaced_and_cut(
    solo: Client, owner: Client, organization: str, owner_of: str
) -> None:
    """In the order and with the settings of the live service."""
    form = {
        "a user": lambda: personal(solo),
        "a team": lambda: of_team(solo, "/v2/teams"),
        "an organization's team": lambda: of_team(owner, f"{organization}/teams"),
    }[owner_of]()
    assert form.slugs() == [*FIRST, *LAST]
    added = data(form.send("POST", NOTE), 201)["bookingFields"]
    note = {**NOTE, "hidden": False, "disableOnPrefill": False}
    assert added == [*added[:-1], note] == form.read()
    required = {**note, "slug": "goal", "required": True}
    assert data(form.send("POST", required), 201)["bookingFields"] == [*added, required] == form.read()
    assert data(form.delete("goal"))["bookingFields"] == added

    changed = data(form.send("PATCH", {"slug": "team-note", "label": "A note"}, {"slug": "notes", "required": True}))
    assert changed["bookingFields"][-1] == {**note, "label": "A note"}
    assert next(each for each in form.read() if each["slug"] == "notes")["required"] is True

    replaced = data(form.send("PUT", {"field": "email", "required": True, "hidden": False}, NOTE))["bookingFields"]
    assert [each["slug"] for each in replaced] == [
        "name",
        "attendeePhoneNumber",
        "location",
        "email",
        "team-note",
        *LAST,
    ]
    assert next(each for each in replaced if each["slug"] == "notes")["required"] is False

    left = data(form.delete("team-note"))["bookingFields"]
    assert left == [each for each in replaced if each["slug"] != "team-note"] == form.read()
    assert message(form.delete("team-note"), 404) == "Booking field with slug 'team-note' not found."


def test_fields_of_all_types_are_shown_as_they_were_sent(form: Form) -> None:
    sent = [
        {"field": "custom", "slug": f"a-{kind.lower()}", "label": kind, "type": kind, "required": True, **more}
        for kind, more in EVERY_TYPE.items()
    ]
    shown = data(form.send("POST", *sent), 201)["bookingFields"][8:]
    assert shown == [{**each, "hidden": False, "disableOnPrefill": False} for each in sent]
    split = {"field": "name", "variant": "splitName", "firstNameLabel": "First", "lastNameRequired": True}
    first = data(form.send("PUT", split))["bookingFields"][3]
    assert first == {**split, "slug": "name", "disableOnPrefill": False}
    back = data(form.send("PATCH", {"slug": "name", "variant": "fullName", "label": "Your name"}))["bookingFields"][3]
    assert (back["variant"], back["label"]) == ("fullName", "Your name")


@pytest.mark.parametrize(
    ("method", "fields", "text"),
    [
        ("PUT", [], "Bad Request Exception"),
        ("PUT", [{"field": "motto"}], "Bad Request Exception"),
        ("PUT", [{**NOTE, "slug": "Team--Note"}], "Bad Request Exception"),
        ("PUT", [{**NOTE, "type": "motto"}], "Bad Request Exception"),
        ("PUT", [{**NOTE, "type": "select"}], "Bad Request Exception"),
        ("PUT", [{"field": "email", "hidden": True}], "visible and required email"),
        ("PUT", [{"field": "notes"}, {"field": "notes"}], "'notes' exists more than once"),
        ("PUT", [{**NOTE, "slug": "notes"}], "cannot have the slug 'notes' of a default field"),
        ("PUT", [{**NOTE, "type": "longText", "minLength": 9, "maxLength": 1}], "cannot exceed its maxLength"),
        ("POST", [NOTE, NOTE], "'team-note' exists more than once"),
        ("POST", [{"field": "notes"}], "Only custom booking fields can be added"),
        ("PATCH", [{"slug": "smsReminderNumber", "label": "Number"}], "managed by a workflow"),
        ("PATCH", [{"slug": "email", "required": False}], "visible and required email"),
        ("PATCH", [{"label": "No slug"}], "Bad Request Exception"),
    ],
)
def test_a_form_that_cannot_be_filled_in_is_refused(form: Form, method: str, fields: list[Any], text: str) -> None:
    before = form.read()
    assert text in message(form.send(method, *fields))
    assert form.read() == before


def test_a_choice_needs_options_and_default_fields_stay(form: Form) -> None:
    data(form.send("POST", NOTE), 201)
    assert "needs options" in message(form.send("PATCH", {"slug": "team-note", "type": "select"}))
    data(form.send("PATCH", {"slug": "team-note", "type": "select", "options": ["S"]}))
    assert "'team-note' exists more than once" in message(form.send("POST", NOTE))
    assert "Hide it instead" in message(form.delete("guests"))
    assert "managed by a workflow" in message(form.delete("aiAgentCallPhoneNumber"))
    assert message(form.send("PATCH", {"slug": "motto"}), 404) == "Booking field with slug 'motto' not found."


def test_only_the_owner_changes_a_form(form: Form, member: Client) -> None:
    foreign = Form(member, "/v2/event-types", form.event_type)
    for reply in (
        foreign.client.get(foreign.path, v=EVENT_TYPES_2026),
        foreign.send("PUT", {"field": "notes"}),
        foreign.send("POST", NOTE),
        foreign.send("PATCH", {"slug": "notes"}),
        foreign.delete("team-note"),
        Form(member, "/v2/event-types", NO_NUMBER).send("POST", NOTE),
    ):
        assert message(reply, 404).endswith("not found")


def test_versions_read_what_the_other_wrote(solo: Client, form: Form) -> None:
    item = f"/v2/event-types/{form.event_type}"
    phone_only = [
        {"field": "email", "hidden": True, "required": False},
        {"field": "attendeePhoneNumber", "required": True, "hidden": False},
    ]
    data(form.send("PUT", *phone_only, NOTE, {**NOTE, "slug": "work-address", "type": "email"}))
    older = {each["slug"]: each for each in data(solo.get(item, v=EVENT_TYPES))["bookingFields"]}
    assert (older["team-note"]["type"], older["team-note"]["label"]) == ("text", "Note")
    assert (older["email"]["required"], older["attendeePhoneNumber"]["required"]) == (False, True)
    assert older["unknown"]["type"] == "unknown"

    fields = [
        {"type": "email", "required": True},
        {"type": "textarea", "slug": "Goal_1", "label": "Goal", "required": True},
    ]
    data(solo.patch(item, json={"bookingFields": fields}, v=EVENT_TYPES))
    shown = {each["slug"]: each for each in form.read()}
    assert list(shown) == ["attendeePhoneNumber", "name", "email", "location", "Goal_1", *LAST]
    assert (shown["Goal_1"]["type"], shown["email"]["required"]) == ("longText", True)
    data(form.delete("Goal_1"))

    data(solo.patch(item, json={"bookingFields": [{"field": "guests", "hidden": True}]}, v=EVENT_TYPES_2026))
    assert data(solo.get(item, v=EVENT_TYPES))["disableGuests"] is True
    data(solo.patch(item, json={"title": "Long talk"}, v=EVENT_TYPES_2026))
    assert next(each for each in form.read() if each["slug"] == "guests")["hidden"] is True


def test_answers_are_checked_against_the_form(solo: Client, form: Form) -> None:
    goal = {**NOTE, "slug": "goal", "type": "longText", "minLength": 5, "maxLength": 8}
    email = {"field": "email", "excludeEmails": ["@spam.example", "eve@example.com"]}
    data(form.send("PUT", email, {**goal, "required": True}))
    window = {"eventTypeId": form.event_type, "start": "2050-05-02", "end": "2050-05-04"}
    slots = data(solo.get("/v2/slots", params=window, v=SLOTS))
    start = next(iter(slots.values()))[0]["start"]

    def book(address: str, **answers: str) -> Any:
        attendee = {"name": "Ann", "email": address, "timeZone": "Europe/Rome"}
        body = {"eventTypeId": form.event_type, "start": start, "attendee": attendee, "bookingFieldsResponses": answers}
        return solo.post("/v2/bookings", json=body, v=BOOKINGS)

    assert "Missing required booking field response: goal" in message(book("ann@example.com"))
    assert "{goal}Min. 5 characters required" in message(book("ann@example.com", goal="Talk"))
    assert "{goal}Max. 8 characters allowed" in message(book("ann@example.com", goal="Long talks"))
    for address in ("ann@spam.example", "Eve@example.com"):
        assert "{email}exclude_emails_match_found" in message(book(address, goal="Talking"))
    assert data(book("ann@example.com", goal="Talking"), 201)["bookingFieldsResponses"]["goal"] == "Talking"

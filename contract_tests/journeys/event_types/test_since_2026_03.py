"""Event types since March 2026: what updates keep, lists, readers, and settings of the form and the page."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, data, error, own_id, unique
from contract_tests.managed_users import ManagedUser, ManagedUsers

pytestmark = pytest.mark.since("2026-03")

CAL_VIDEO = {"type": "integration", "integration": "cal-video"}
ROOM = {"type": "link", "link": "https://meet.example.com/room", "public": True}


@pytest.fixture
def person(managed_users: ManagedUsers) -> ManagedUser:
    return managed_users.new(timeZone="Europe/Rome")


def new_team(owner: Client, organization: str) -> str:
    """The path of a new team of the organization."""
    teams = f"{organization}/teams"
    return f"{teams}/{data(owner.post(teams, json={'name': unique('team')}), 201)['id']}"


def body(**fields: Any) -> dict[str, Any]:
    return {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30, **fields}


def create(client: Client, **fields: Any) -> dict[str, Any]:
    return data(client.post("/v2/event-types", json=body(**fields), v=EVENT_TYPES), 201)


def read(client: Client, event_type: dict[str, Any]) -> Any:
    return client.get(f"/v2/event-types/{event_type['id']}", v=EVENT_TYPES)


def change(client: Client, event_type: dict[str, Any], **fields: Any) -> Any:
    return client.patch(f"/v2/event-types/{event_type['id']}", json=fields, v=EVENT_TYPES)


EVERYTHING: dict[str, Any] = {
    "lengthInMinutesOptions": [30, 60],
    "bookerLayouts": {"defaultLayout": "week", "enabledLayouts": ["week", "month"]},
    "confirmationPolicy": {
        "type": "time",
        "noticeThreshold": {"unit": "hours", "count": 3},
        "blockUnconfirmedBookingsInBooker": True,
    },
    "disableGuests": True,
    "hidden": True,
    "bookingRequiresAuthentication": True,
    "hideOrganizerEmail": True,
    "bookerActiveBookingsLimit": {"maximumActiveBookings": 2, "offerReschedule": True},
    "disableCancelling": {"disabled": True},
    "disableRescheduling": {"disabled": False, "minutesBefore": 60},
    "interfaceLanguage": "de",
    "allowReschedulingPastBookings": True,
    "allowReschedulingCancelledBookings": True,
    "showOptimizedSlots": True,
}


def test_an_update_keeps_everything_that_it_leaves_out(person: ManagedUser) -> None:
    created = create(person.api, **EVERYTHING, calVideoSettings={"disableRecordingForGuests": True})
    assert {name: created[name] for name in EVERYTHING} == EVERYTHING
    assert created["calVideoSettings"]["sendTranscriptionEmails"] is True
    assert data(change(person.api, created, title="New", slug="")) == {**created, "title": "New"}
    off = {
        "bookerActiveBookingsLimit": {"disabled": True},
        "disableCancelling": {"disabled": False},
        "disableRescheduling": {"disabled": False},
        "confirmationPolicy": {"disabled": True},
        "interfaceLanguage": None,
    }
    changed = data(change(person.api, created, **off))
    assert {name: changed[name] for name in off} == off
    assert data(change(person.api, created, locations=[ROOM]))["calVideoSettings"] is None


def test_users_list_their_own_event_types_in_the_order_that_they_ask_for(person: ManagedUser) -> None:
    made = [create(person.api, hidden=number == 1)["id"] for number in range(3)]

    def own(**query: str) -> list[int]:
        found = data(person.api.get("/v2/event-types", params=query, v=EVENT_TYPES))
        assert {each["ownerId"] for each in found} == {person.id}
        return [each["id"] for each in found if each["id"] in made]

    assert own() == own(sortCreatedAt="asc") == made
    assert own(sortCreatedAt="desc") == made[::-1]
    error(person.api.get("/v2/event-types", params={"sortCreatedAt": "up"}, v=EVENT_TYPES), 400)


def test_hosts_and_admins_read_an_event_type_and_only_its_owner_changes_it(
    owner: Client, founder: Client, organization: str, admin: Client, member: Client, solo: Client, person: ManagedUser
) -> None:
    own = create(person.api)
    for client in (owner, admin):
        assert data(read(client, own))["ownerId"] == person.id
        error(change(client, own, title="Mine"), 404)
    for client in (member, solo):
        error(read(client, own), 404)

    team, mia = new_team(founder, organization), own_id(member)
    data(founder.post(f"{team}/memberships", json={"userId": mia, "accepted": True, "role": "MEMBER"}), 201)
    hosted = body(schedulingType="roundRobin", hosts=[{"userId": mia}])
    shared = data(owner.post(f"{team}/event-types", json=hosted), 201)
    for client in (owner, admin, member):
        assert data(read(client, shared)) == shared
    error(read(solo, shared), 404)
    error(change(owner, shared, title="Mine"), 404)


def test_a_team_event_type_changes_its_scheduling_type_with_its_hosts(
    admin: Client, owner: Client, founder: Client, organization: str, member: Client
) -> None:
    team, mia = new_team(founder, organization), data(member.get("/v2/me"))
    hosts = [{"userId": mia["id"]}]
    data(founder.post(f"{team}/memberships", json={"userId": mia["id"], "accepted": True, "role": "MEMBER"}), 201)
    settings = {
        "emailSettings": {"disableEmailsToAttendees": True, "disableEmailsToHosts": False},
        "rescheduleWithSameRoundRobinHost": True,
        "rrHostSubsetEnabled": True,
    }
    made = data(admin.post(f"{team}/event-types", json=body(schedulingType="managed", hosts=hosts)), 201)
    path = f"{team}/event-types/{made[0]['id']}"
    assert len(made) == 2
    refused = owner.patch(path, json={"schedulingType": "roundRobin"})
    assert error(refused, 400)["message"].startswith("Hosts required when switching schedulingType.")
    error(owner.patch(path, json={"schedulingType": "managed"}), 400)
    switched = data(owner.patch(path, json={"schedulingType": "roundRobin", "hosts": hosts, **settings}))
    assert {name: switched[name] for name in settings} == settings
    assert [each["username"] for each in switched["hosts"]] == [mia["username"]]
    assert (switched["schedulingType"], switched["metadata"].get("managedEventConfig")) == ("roundRobin", None)
    assert data(owner.get(path)) == switched


@pytest.mark.sandbox_only("solo's calendars are part of the default world")
def test_the_default_conferencing_app_is_the_default_location(solo: Client) -> None:
    meet = {"type": "integration", "integration": "google-meet"}
    data(solo.post("/v2/conferencing/google-meet/connect"))
    try:
        solo.post("/v2/conferencing/google-meet/default")
        assert create(solo)["locations"] == [meet]
        assert create(solo, locations=[CAL_VIDEO])["locations"] == [CAL_VIDEO]
    finally:
        solo.post("/v2/conferencing/daily-video/default")
        solo.delete("/v2/conferencing/google-meet/disconnect")
    assert create(solo)["locations"] == [CAL_VIDEO]
    for integration, app in (("office365-video", "msteams"), ("jitsi", "jitsi"), ("zoom", "zoom")):
        location = {"type": "integration", "integration": integration}
        refused = solo.post("/v2/event-types", json=body(locations=[location]), v=EVENT_TYPES)
        assert error(refused, 400)["message"] == f"{app} not connected."


@pytest.mark.sandbox_only("solo's name is that of the default world")
def test_the_address_of_the_booking_page_is_that_of_the_owner(
    solo: Client, member: Client, person: ManagedUser
) -> None:
    for client, start in ((solo, "https://cal.com/solo/"), (member, "https://acme.cal.com/member/")):
        made = create(client)
        assert made["bookingUrl"] == f"{start}{made['slug']}"
        assert data(read(client, made))["bookingUrl"] == made["bookingUrl"]
    assert create(person.api)["bookingUrl"] == ""


def test_recurrence_excludes_seats_and_limits_of_active_bookings(person: ManagedUser) -> None:
    series = {"interval": 1, "occurrences": 4, "frequency": "weekly"}
    limit = {"maximumActiveBookings": 2}
    seats = {"seatsPerTimeSlot": 4, "showAttendeeInfo": True, "showAvailabilityCount": False}

    def refusal(**fields: Any) -> str:
        return error(person.api.post("/v2/event-types", json=body(**fields), v=EVENT_TYPES), 400)["message"]

    assert refusal(recurrence=series, bookerActiveBookingsLimit=limit).startswith("Can't have `recurrence` and")
    assert refusal(recurrence=series, seats=seats).startswith("Recurring Events and Offer Seats cannot be active")
    made = create(person.api, recurrence=series)
    for fields in ({"seats": seats}, {"bookerActiveBookingsLimit": limit}):
        refused = error(change(person.api, made, **fields), 400)
        assert refused["message"].startswith("Recurring Events and ")
    assert data(read(person.api, made)) == made


def test_disabled_guests_are_hidden_in_the_form(person: ManagedUser) -> None:
    text = {"type": "text", "slug": "company", "label": "Company", "required": False}
    email = {"type": "email", "required": True}
    made = create(person.api, bookingFields=[email, text])

    def form(event_type: dict[str, Any]) -> dict[str, Any]:
        return {each["slug"]: each for each in event_type["bookingFields"]}

    assert "company" in form(made) and made["disableGuests"] is False
    hidden = data(change(person.api, made, disableGuests=True))
    assert form(hidden)["guests"]["hidden"] is True
    assert "company" not in form(hidden)
    asked = [{"type": "splitName", "lastNameRequired": True}, email, text]
    again = data(change(person.api, made, bookingFields=[*asked, {"slug": "location", "label": "Where?"}]))
    assert again["disableGuests"] is True
    assert form(again)["splitName"]["lastNameRequired"] is True and form(again)["location"]["label"] == "Where?"


def test_default_fields_are_changed_by_their_slugs(person: ManagedUser) -> None:
    made = create(person.api)
    changes = [
        {"slug": "rescheduleReason", "required": True},
        {"type": "text", "slug": "location", "label": "Where?", "required": True},
    ]
    for sent, name, value in zip(changes, ("required", "label"), (True, "Where?"), strict=True):
        fields = {each["slug"]: each for each in data(change(person.api, made, bookingFields=[sent]))["bookingFields"]}
        assert fields[sent["slug"]]["isDefault"] is True
        assert fields[sent["slug"]][name] == value

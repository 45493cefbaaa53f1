"""Workflows of organizations' teams: created, changed and deleted over HTTP, and run on the world's clock."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, Client, Deployment, data, error, own_id, unique
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-03")

START = "2050-03-07T10:00:00.000Z"
EMAIL = {"subject": "{EVENT_NAME}", "html": "<p>Hi {ATTENDEE}, see you at {START_TIME_HH:mm}</p>"}


@pytest.fixture
def team(founder: Client, organization: str) -> str:
    """The path of a new team of the organization."""
    team_id = data(founder.post(f"{organization}/teams", json={"name": unique("team")}), 201)["id"]
    return f"{organization}/teams/{team_id}"


def step(action: str = "email_attendee", number: int = 1, **fields: Any) -> dict[str, Any]:
    message = EMAIL if action.startswith("email") else {"subject": "-", "text": "See you at {START_TIME_HH:mm}"}
    return {"action": action, "stepNumber": number, "sender": "Acme", "message": message, **fields}


def flow(trigger: dict[str, Any] | str, *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A workflow that is active on all event types of its team."""
    return {
        "name": unique("workflow"),
        "activation": {"isActiveOnAllEventTypes": True},
        "trigger": {"type": trigger} if isinstance(trigger, str) else trigger,
        "steps": list(steps) or [step()],
        **fields,
    }


def before(value: int, unit: str = "hour") -> dict[str, Any]:
    return {"type": "beforeEvent", "offset": {"value": value, "unit": unit}}


def event_type(owner: Client, team: str, **fields: Any) -> int:
    body = {
        "title": "Team call",
        "slug": unique("team-call"),
        "lengthInMinutes": 60,
        "schedulingType": "collective",
        "hosts": [{"userId": own_id(owner)}],
        **fields,
    }
    return data(owner.post(f"{team}/event-types", json=body), 201)["id"]


def ask_to_book(owner: Client, event_type_id: int, start: str = START, **attendee: Any) -> Any:
    person = {"name": "Ada", "email": f"{unique('ada')}@example.com", "timeZone": "Europe/Rome", **attendee}
    return owner.post(
        "/v2/bookings", v=BOOKINGS, json={"start": start, "eventTypeId": event_type_id, "attendee": person}
    )


def messages(deployment: Deployment, to: str) -> list[dict[str, Any]]:
    """What workflows sent to an address or number, oldest first."""
    found = deployment.control("GET", "outbox", params={"to": to, "kind": "workflow"}).json()["data"]
    return list(reversed(found))


def test_a_workflow_from_creation_to_deletion(owner: Client, team: str) -> None:
    url, listed = f"{team}/workflows", event_type(owner, team, hosts=[])
    active = {"isActiveOnAllEventTypes": False, "activeOnEventTypeIds": [listed, NO_NUMBER]}
    body = flow(before(2, "day"), step(number=2), step("sms_attendee", 1, phoneRequired=True), activation=active)
    made = data(owner.post(url, json=body), 201)
    assert made["activation"]["activeOnEventTypeIds"] == [listed], "unknown event types are ignored"
    assert [(each["action"], each["template"], each["recipient"]) for each in made["steps"]] == [
        ("sms_attendee", "reminder", "attendee"),
        ("email_attendee", "reminder", "attendee"),
    ]
    assert made["steps"][0]["message"]["text"] == "See you at {START_TIME_HH:mm}"
    item = f"{url}/{made['id']}"
    assert data(owner.get(item)) == made
    assert data(owner.get(url)) == [made]
    assert data(owner.get(f"{url}/routing-form")) == []

    renamed = data(owner.patch(item, json={"name": "Renamed"}))
    assert renamed == {**made, "name": "Renamed"}, "what a PATCH leaves out stays, the offset as well"
    kept = {**step(number=1), "id": made["steps"][1]["id"]}
    changed = data(
        owner.patch(item, json={"steps": [kept, step("email_host", 2, id=-1)], "trigger": {"type": "newEvent"}})
    )
    assert [(each["id"] == kept["id"], each["action"]) for each in changed["steps"]] == [
        (True, "email_attendee"),
        (False, "email_host"),
    ]
    assert changed["trigger"] == {"type": "newEvent"}

    assert owner.delete(item).json() == {"status": "success"}
    text = f"IsWorkflowInTeam - event-type workflow ({made['id']}) not found."
    assert error(owner.get(item), 404)["message"] == text


@pytest.mark.parametrize(
    "trigger",
    ["bookingRejected", "bookingRequested", "bookingPaymentInitiated", "bookingPaid", "bookingNoShowUpdated"],
)
def test_triggers_that_the_live_service_loses_are_kept(owner: Client, team: str, trigger: str) -> None:
    made = data(owner.post(f"{team}/workflows", json=flow(trigger)), 201)
    assert made["trigger"] == {"type": trigger}
    item = f"{team}/workflows/{made['id']}"
    assert data(owner.patch(item, json={"trigger": before(3)}))["trigger"] == before(3)
    assert data(owner.patch(item, json={"trigger": {"type": trigger}}))["trigger"] == {"type": trigger}


def test_an_offset_is_24_hours_unless_another_is_given(owner: Client, team: str) -> None:
    day = {"type": "beforeEvent", "offset": {"value": 24, "unit": "hour"}}
    without = {name: value for name, value in flow("newEvent").items() if name != "trigger"}
    assert data(owner.post(f"{team}/workflows", json=without), 201)["trigger"] == day
    made = data(owner.post(f"{team}/workflows", json=flow("beforeEvent")), 201)
    assert made["trigger"] == day
    changed = data(owner.patch(f"{team}/workflows/{made['id']}", json={"trigger": {"type": "afterEvent"}}))
    assert changed["trigger"] == {**day, "type": "afterEvent"}


def test_the_offset_for_missing_hosts_is_kept(owner: Client, team: str) -> None:
    trigger = {"type": "afterHostsCalVideoNoShow", "offset": {"value": 5, "unit": "minute"}}
    assert data(owner.post(f"{team}/workflows", json=flow(trigger)), 201)["trigger"] == trigger


def test_a_refused_workflow_leaves_nothing_behind(owner: Client, solo: Client, team: str) -> None:
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30}
    of_solo = data(solo.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
    foreign = {"isActiveOnAllEventTypes": False, "activeOnEventTypeIds": [of_solo]}
    error(owner.post(f"{team}/workflows", json=flow("newEvent", activation=foreign)), 401)
    unverified = flow("newEvent", step("email_address", verifiedEmailId=NO_NUMBER))
    refusal = error(owner.post(f"{team}/workflows", json=unverified), 400)
    assert refusal["message"] == "Invalid Verified Email Id."
    unverified = flow("newEvent", step("sms_number", verifiedPhoneId=NO_NUMBER))
    refusal = error(owner.post(f"{team}/workflows", json=unverified), 400)
    assert refusal["message"] == "Invalid Verified Phone Id."
    refusal = error(owner.post(f"{team}/workflows", json=flow("newEvent", step("cal_ai_phone_call"))), 400)
    assert refusal["code"] == "BadRequestException"
    assert data(owner.get(f"{team}/workflows")) == []


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_a_booking_is_announced_reminded_of_and_followed_up(owner: Client, team: str, deployment: Deployment) -> None:
    talk = event_type(owner, team)
    after = {"type": "afterEvent", "offset": {"value": 30, "unit": "minute"}}
    for body in (flow("newEvent"), flow(before(24)), flow(after), flow("rescheduleEvent"), flow("eventCancelled")):
        data(owner.post(f"{team}/workflows", json=body), 201)
    booking = data(ask_to_book(owner, talk), 201)
    to = booking["attendees"][0]["email"]

    def at() -> list[str]:
        return [each["at"] for each in messages(deployment, to)]

    [announced] = messages(deployment, to)
    assert announced["subject"] == booking["title"]
    assert announced["text"].startswith("Hi Ada, see you at 11:00")
    body = {"start": "2050-03-08T10:00:00.000Z"}
    moved = data(owner.post(f"/v2/bookings/{booking['uid']}/reschedule", v=BOOKINGS, json=body), 201)
    assert len(at()) == 2
    deployment.control("PUT", "clock", json={"now": "2050-03-08T12:00:00.000Z", "frozen": True})
    assert at()[2:] == ["2050-03-07T10:00:00.000Z", "2050-03-08T11:30:00.000Z"]
    deployment.control("PUT", "clock", json={})

    other = data(ask_to_book(owner, talk, "2050-03-09T10:00:00.000Z"), 201)
    reason = {"cancellationReason": "ill"}
    data(owner.post(f"/v2/bookings/{other['uid']}/cancel", v=BOOKINGS, json=reason))
    deployment.control("PUT", "clock", json={"now": "2050-03-09T12:00:00.000Z", "frozen": True})
    sent = messages(deployment, other["attendees"][0]["email"])
    assert [each["about"]["bookingUid"] for each in sent] == [other["uid"]] * 2, "no reminder of a cancelled booking"
    assert moved["uid"] != booking["uid"]


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_a_step_that_needs_a_number_makes_bookings_need_one(owner: Client, team: str, deployment: Deployment) -> None:
    talk = event_type(owner, team)
    active = {"activeOnEventTypeIds": [talk]}
    body = flow("newEvent", step("sms_attendee", phoneRequired=True), activation=active)
    made = data(owner.post(f"{team}/workflows", json=body), 201)
    refusal = error(ask_to_book(owner, talk), 400)["message"]
    assert refusal.startswith("Missing attendee phone number - it is required by the event type.")
    number = "+393331234567"
    data(ask_to_book(owner, talk, phoneNumber=number), 201)
    assert [(each["channel"], each["text"]) for each in messages(deployment, number)] == [("sms", "See you at 11:00")]
    owner.delete(f"{team}/workflows/{made['id']}")
    data(ask_to_book(owner, talk, "2050-03-08T10:00:00.000Z"), 201)


@pytest.mark.sandbox_only("forms cannot be made through the API; these are the default world's")
def test_form_workflows_have_operations_of_their_own(owner: Client) -> None:
    url = "/v2/organizations/1/teams/2/workflows/routing-form"
    form = "cm8yw3nt0003kc9f6teamform"
    trigger = {"type": "formSubmittedNoEvent", "offset": {"value": 10, "unit": "minute"}}
    body = flow(trigger, step(), activation={"isActiveOnAllRoutingForms": False, "activeOnRoutingFormIds": [form]})
    made = data(owner.post(url, json=body), 201)
    item = f"/v2/organizations/1/teams/2/workflows/{made['id']}/routing-form"
    assert data(owner.get(item)) == made
    assert made in data(owner.get(url))
    error(owner.get(f"/v2/organizations/1/teams/2/workflows/{made['id']}"), 404)
    assert data(owner.patch(item, json={"trigger": {"type": "formSubmitted"}}))["trigger"] == {"type": "formSubmitted"}
    refusal = error(owner.post(url, json=flow("newEvent")), 400)
    [trouble] = refusal["details"]["errors"][0]["children"]
    assert trouble["constraints"]["isIn"].endswith("formSubmitted, formSubmittedNoEvent")
    without = {name: value for name, value in body.items() if name != "trigger"}
    assert error(owner.post(url, json=without), 400)["message"] == "Could not create Workflow in team 2"
    unknown = {"activation": {"activeOnRoutingFormIds": ["no-form"]}}
    error(owner.patch(item, json=unknown), 401)
    assert owner.delete(item).json() == {"status": "success"}
    error(owner.get(item), 404)


def test_workflows_are_for_admins(founder: Client, member: Client, team: str) -> None:
    assert error(member.get(f"{team}/workflows"), 403)["message"].startswith(
        "RolesGuard - User is not part of the team"
    )
    mia = own_id(member)
    data(founder.post(f"{team}/memberships", json={"userId": mia, "accepted": True, "role": "MEMBER"}), 201)
    text = error(member.post(f"{team}/workflows", json=flow("newEvent")), 403)["message"]
    assert text.startswith(f"RolesGuard - user with id={mia} does not have the minimum required role=TEAM_ADMIN")

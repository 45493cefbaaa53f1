"""Workflows of users: created, changed and deleted over HTTP, and run about bookings of their own event types."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, Client, Deployment, data, error, unique
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-09")

WORKFLOWS = "/v2/workflows"
NOT_ALLOWED = (
    "You do not have permission to apply this workflow update — check that the referenced resources (e.g. event types) "
    "belong to you."
)


def step(action: str = "email_attendee", **fields: Any) -> dict[str, Any]:
    message = {"subject": "{EVENT_NAME}", "html": "<p>Hi {ATTENDEE}</p>"}
    return {"action": action, "stepNumber": 1, "sender": "Mia", "message": message, **fields}


def flow(*event_types: int, on_all: bool = False, **fields: Any) -> dict[str, Any]:
    """A workflow that thanks for bookings."""
    activation = {"isActiveOnAllEventTypes": on_all, "activeOnEventTypeIds": list(event_types)}
    body = {"name": "Thanks", "activation": activation, "trigger": {"type": "newEvent"}, "steps": [step()]}
    return {**body, **fields}


def event_type(client: Client) -> int:
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30}
    return data(client.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]


def greetings(client: Client, deployment: Deployment, event_type_id: int, day: int) -> list[str]:
    """Books an event type on a day of March 2050; returns the first words of the messages to the attendee."""
    email = f"{unique('ada')}@example.com"
    attendee = {"name": "Ada", "email": email, "timeZone": "Europe/Rome"}
    body = {"start": f"2050-03-{day:02}T10:00:00Z", "eventTypeId": event_type_id, "attendee": attendee}
    data(client.post("/v2/bookings", v=BOOKINGS, json=body), 201)
    found = deployment.control("GET", "outbox", params={"to": email, "kind": "workflow"}).json()["data"]
    return [each["subject"].partition(" ")[0] for each in found]


def test_a_workflow_from_creation_to_deletion(member: Client) -> None:
    made = data(
        member.post(WORKFLOWS, json=flow(trigger={"type": "beforeEvent", "offset": {"value": 1, "unit": "hour"}})), 201
    )
    [shown] = made["steps"]
    defaults = {
        "skipNoShowAttendees": False,
        "autoTranslateEnabled": False,
        "sourceLocale": "en",
        "email": "",
        "phone": "",
    }
    assert shown | defaults == shown
    item = f"{WORKFLOWS}/{made['id']}"
    assert data(member.get(item)) == made
    assert data(member.get(WORKFLOWS)) == [made]
    translated = {**step("email_host", autoTranslateEnabled=True, sourceLocale="it"), "id": shown["id"]}
    changed = data(member.patch(item, json={"name": "Later", "steps": [translated]}))
    assert (changed["name"], changed["steps"][0]["sourceLocale"], changed["trigger"]) == (
        "Later",
        "it",
        made["trigger"],
    )
    assert member.delete(item).json() == {"status": "success"}
    assert data(member.get(WORKFLOWS)) == []


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_workflows_run_about_bookings_of_their_owner_s_event_types(
    member: Client, owner: Client, deployment: Deployment
) -> None:
    one, other, foreign = event_type(member), event_type(member), event_type(owner)
    made = data(member.post(WORKFLOWS, json=flow(one)), 201)
    assert made["activation"]["activeOnEventTypeIds"] == [one]
    assert [greetings(member, deployment, each, day) for each, day in ((one, 7), (other, 8))] == [["Talk"], []]
    data(member.patch(f"{WORKFLOWS}/{made['id']}", json={"activation": {"isActiveOnAllEventTypes": True}}))
    assert [greetings(member, deployment, each, day) for each, day in ((other, 9), (foreign, 9))] == [["Talk"], []]
    member.delete(f"{WORKFLOWS}/{made['id']}")
    assert greetings(member, deployment, one, 10) == []


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_reminders_are_sent_before_bookings_that_were_there_already(member: Client, deployment: Deployment) -> None:
    talk = event_type(member)
    assert greetings(member, deployment, talk, 7) == []
    before = {"type": "beforeEvent", "offset": {"value": 2, "unit": "hour"}}
    data(member.post(WORKFLOWS, json=flow(on_all=True, trigger=before, steps=[step("email_host")])), 201)
    deployment.control("PUT", "clock", json={"now": "2050-03-07T09:00:00.000Z", "frozen": True})
    query = {"to": "member@acme.example", "kind": "workflow"}
    [sent] = deployment.control("GET", "outbox", params=query).json()["data"]
    assert sent["at"] == "2050-03-07T08:00:00.000Z"


@pytest.mark.sandbox_only("a user outside of the organization")
def test_refusals(member: Client, owner: Client, solo: Client) -> None:
    foreign = flow(event_type(owner))
    made = data(member.post(WORKFLOWS, json=flow()), 201)
    for reply in (
        solo.post(WORKFLOWS, json=flow()),
        member.post(WORKFLOWS, json=foreign),
        member.post(WORKFLOWS, json=flow(101)),
        member.patch(f"{WORKFLOWS}/{made['id']}", json={"activation": foreign["activation"]}),
    ):
        assert error(reply, 403)["message"] == NOT_ALLOWED
    unverified = flow(steps=[step("email_address", verifiedEmailId=NO_NUMBER)])
    assert error(member.post(WORKFLOWS, json=unverified), 400)["message"] == "Invalid Verified Email Id."
    for client, workflow in ((owner, made["id"]), (member, NO_NUMBER)):
        for reply in (
            client.get(f"{WORKFLOWS}/{workflow}"),
            client.patch(f"{WORKFLOWS}/{workflow}", json={"name": "Mine"}),
            client.delete(f"{WORKFLOWS}/{workflow}"),
        ):
            assert error(reply, 404)["message"] == f"event-type workflow ({workflow}) not found."
    assert data(solo.get(WORKFLOWS)) == []
    assert data(owner.get("/v2/organizations/1/teams/2/workflows")) == []

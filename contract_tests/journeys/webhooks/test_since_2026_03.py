"""Webhooks since 2026-03: of a team's event types, versions, new triggers, refused URLs, templates for forms."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, Client, Deployment, data, error, own_id, unique
from contract_tests.editions import is_since
from contract_tests.nonexistent import NO_NUMBER, NO_TEXT

pytestmark = pytest.mark.since("2026-03")

VERSION = "2021-10-20"
NOT_ALLOWED = "Webhook URL is not allowed: "


def subscription(**fields: Any) -> dict[str, Any]:
    url = f"https://hooks.example.com/{unique('hook')}"
    return {"subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "active": True, **fields}


class TeamEvent:
    """A round-robin event type of a team of solo's. Its hosts are the other members, or solo without any."""

    def __init__(self, solo: Client, *members: int) -> None:
        self.team = data(solo.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
        for each in members:
            membership = {"userId": each, "accepted": True, "role": "MEMBER"}
            data(solo.post(f"/v2/teams/{self.team}/memberships", json=membership), 201)
        body = {
            "title": "Team event",
            "slug": unique("team-event"),
            "lengthInMinutes": 30,
            "hosts": [{"userId": each} for each in members or [own_id(solo)]],
            "schedulingType": "roundRobin",
        }
        self.id = data(solo.post(f"/v2/teams/{self.team}/event-types", json=body), 201)["id"]
        self.url = f"/v2/teams/{self.team}/event-types/{self.id}/webhooks"


@pytest.fixture
def event(solo: Client) -> TeamEvent:
    return TeamEvent(solo)


class Inbox:
    """An inbox of the sandbox."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment, self.name = deployment, unique("inbox")
        self.url = f"{deployment.url}/_sandbox/webhooks/inbox/{self.name}"

    def first(self) -> dict[str, Any]:
        """The first delivery, as soon as there is one."""
        reply = self.deployment.control("GET", f"webhooks/inbox/{self.name}", params={"count": 1})
        return reply.json()["received"][0]


@pytest.fixture
def inbox(deployment: Deployment) -> Inbox:
    return Inbox(deployment)


def test_a_teams_event_type_has_webhooks(solo: Client, event: TeamEvent) -> None:
    body = subscription(version=VERSION)
    made = data(solo.post(event.url, json=body), 201)
    assert made["eventTypeId"] == event.id
    assert made.get("version") == (VERSION if is_since("2026-09") else None)
    item = f"{event.url}/{made['id']}"
    assert data(solo.get(item)) == made
    assert data(solo.get(event.url)) == [made]
    refusal = error(solo.post(event.url, json=body), 409)
    assert refusal["message"] == "Webhook with this subscriber url already exists for this event type"
    assert data(solo.patch(item, json={"active": False}))["active"] is False
    assert data(solo.get(item))["active"] is False
    assert data(solo.delete(item))["id"] == made["id"]
    data(solo.post(event.url, json=subscription()), 201)
    data(solo.post(event.url, json=subscription()), 201)
    assert data(solo.delete(event.url)) == "2 webhooks deleted"
    assert data(solo.get(event.url)) == []


@pytest.mark.usefixtures("share_a_team")
def test_webhooks_of_a_teams_event_type_are_for_its_admins(solo: Client, member: Client, owner: Client) -> None:
    mia = own_id(member)
    event = TeamEvent(solo, mia)
    guard = "IsTeamEventTypeWebhookGuard - "

    def refusal(client: Client, url: str, status: int) -> str:
        return error(client.get(url), status)["message"]

    assert refusal(member, event.url, 403) == f"{guard}User ({mia}) is not an admin/owner of team ({event.team})"
    assert refusal(owner, event.url, 403) == f"RolesGuard - User is not a member of the team with id={event.team}."
    low = error(member.post(event.url, json=subscription()), 403)["message"]
    assert low.startswith(f"RolesGuard - user with id={mia} does not have the minimum required role=TEAM_ADMIN")
    other = f"/v2/teams/{event.team}/event-types/{NO_NUMBER}/webhooks"
    assert refusal(solo, other, 404) == f"{guard}Event type ({NO_NUMBER}) not found for team ({event.team})"
    assert refusal(solo, f"{event.url}/{NO_TEXT}", 404).endswith(f"Webhook ({NO_TEXT}) not found")
    of_user = data(solo.post("/v2/webhooks", json=subscription()), 201)["id"]
    assert refusal(solo, f"{event.url}/{of_user}", 400) == f"{guard}Webhook ({of_user}) no event type"
    elsewhere = data(solo.post(TeamEvent(solo).url, json=subscription()), 201)["id"]
    assert refusal(solo, f"{event.url}/{elsewhere}", 403) == f"{guard}Webhook mismatch with event type"


@pytest.mark.sandbox_only("reads the sandbox's inboxes and list of deliveries")
def test_a_delivery_about_a_teams_booking_names_the_version(solo: Client, member: Client, inbox: Inbox) -> None:
    event = TeamEvent(solo, own_id(member))
    data(solo.post(event.url, json=subscription(subscriberUrl=inbox.url)), 201)
    person = {"name": "Ada", "email": "ada@example.com", "timeZone": "UTC"}
    body = {"start": "2050-03-07T10:00:00.000Z", "eventTypeId": event.id, "attendee": person}
    booking = data(solo.post("/v2/bookings", v=BOOKINGS, json=body), 201)
    got = inbox.first()
    assert got["headers"]["x-cal-webhook-version"] == VERSION
    payload = got["json"]["payload"]
    assert payload["uid"] == booking["uid"]
    assert (payload["hashedLink"], payload["hideOrganizerEmail"], payload["organizer"]["usernameInOrg"]) == (
        None,
        False,
        "member",
    )


def test_only_the_known_version_is_accepted(solo: Client) -> None:
    refusal = error(solo.post("/v2/webhooks", json=subscription(version="2099-01-01")), 400)
    assert [each["property"] for each in refusal["details"]["errors"]] == ["version"]
    made = data(solo.post("/v2/webhooks", json=subscription()), 201)
    assert data(solo.get(f"/v2/webhooks/{made['id']}"))["version"] == VERSION


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("data:text/plain;base64,aGk=", "Non-image data URL"),
        ("no url", "Invalid URL format"),
        ("https://", "Invalid URL format"),
        ("http://169.254.169.254/latest", "Blocked hostname"),
        ("https://METADATA.google.internal/", "Blocked hostname"),
        ("ftp://example.com/hook", "Only HTTP and HTTPS protocols are allowed"),
        ("javascript:alert(1)", "Only HTTP and HTTPS protocols are allowed"),
    ],
)
def test_a_url_that_is_not_allowed_is_refused(solo: Client, url: str, reason: str) -> None:
    refusal = error(solo.post("/v2/webhooks", json=subscription(subscriberUrl=url)), 400)
    assert refusal["message"] == NOT_ALLOWED + reason
    made = data(solo.post("/v2/webhooks", json=subscription()), 201)
    refusal = error(solo.patch(f"/v2/webhooks/{made['id']}", json={"subscriberUrl": url}), 400)
    assert refusal["message"] == NOT_ALLOWED + reason


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/hook", "http://10.0.0.1/hook", "data:image/png;base64,aGk="])
def test_http_private_addresses_and_images_are_allowed(solo: Client, url: str) -> None:
    data(solo.post("/v2/webhooks", json=subscription(subscriberUrl=url)), 201)


def test_the_url_is_checked_before_the_triggers_and_these_before_conflicts(solo: Client) -> None:
    taken = data(solo.post("/v2/webhooks", json=subscription()), 201)["subscriberUrl"]
    triggers = ["DELEGATION_CREDENTIAL_ERROR"]
    refused = error(solo.post("/v2/webhooks", json=subscription(subscriberUrl="no url", triggers=triggers)), 400)
    assert refused["message"].startswith(NOT_ALLOWED)
    refused = error(solo.post("/v2/webhooks", json=subscription(subscriberUrl=taken, triggers=triggers)), 400)
    assert refused["message"] == "DELEGATION_CREDENTIAL_ERROR trigger is only available for organization webhooks"


@pytest.mark.sandbox_only("upstream, webhooks of clients need a web session")
def test_organizations_and_clients_may_ask_for_errors_of_delegated_credentials(owner: Client, platform: Client) -> None:
    body = subscription(triggers=["DELEGATION_CREDENTIAL_ERROR"])
    data(owner.post("/v2/organizations/1/webhooks", json=body), 201)
    data(platform.post("/v2/oauth-clients/sandbox-client/webhooks", json=body), 201)


@pytest.mark.parametrize(
    "trigger", ["ROUTING_FORM_FALLBACK_HIT", "WRONG_ASSIGNMENT_REPORT", "DELEGATION_CREDENTIAL_ERROR"]
)
@pytest.mark.sandbox_only("reads the sandbox's inboxes and list of deliveries")
def test_new_triggers_have_samples(owner: Client, deployment: Deployment, inbox: Inbox, trigger: str) -> None:
    body = subscription(subscriberUrl=inbox.url, triggers=[trigger])
    data(owner.post("/v2/organizations/1/webhooks", json=body), 201)
    deployment.control("POST", "webhooks/trigger", json={"trigger": trigger})
    assert inbox.first()["json"]["triggerEvent"] == trigger


@pytest.mark.sandbox_only("reads the sandbox's inboxes and list of deliveries")
def test_templates_of_form_events_read_the_whole_body(owner: Client, deployment: Deployment, inbox: Inbox) -> None:
    template = '{"who": "{{participant}}", "form": "{{payload.formName}}", "size": "{{Company-size}}"}'
    body = subscription(subscriberUrl=inbox.url, triggers=["FORM_SUBMITTED"], payloadTemplate=template)
    data(owner.post("/v2/organizations/1/webhooks", json=body), 201)
    responses = {"participant": {"value": "Ada", "response": "Ada"}, "Company size": {"value": "12", "response": "12"}}
    payload = {"formId": "f", "formName": "Sales", "teamId": 1, "responses": responses}
    deployment.control("POST", "webhooks/trigger", json={"trigger": "FORM_SUBMITTED", "payload": payload})
    assert inbox.first()["json"] == {"who": "Ada", "form": "Sales", "size": "12"}


@pytest.mark.sandbox_only("reads the sandbox's inboxes and list of deliveries")
@pytest.mark.until("2026-09", "one-booking-payload")
def test_a_cancellation_under_the_older_version_names_the_given_address(solo: Client, inbox: Inbox) -> None:
    body = {"title": "Hooked", "slug": unique("hooked"), "lengthInMinutes": 30}
    talk = data(solo.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
    data(solo.post("/v2/webhooks", json=subscription(subscriberUrl=inbox.url, triggers=["BOOKING_CANCELLED"])), 201)
    person = {"name": "Ada", "email": "ada@example.com", "timeZone": "UTC"}
    booking = {"start": "2050-03-07T10:00:00.000Z", "eventTypeId": talk, "attendee": person}
    uid = data(solo.post("/v2/bookings", v=BOOKINGS, json=booking), 201)["uid"]
    reason = {"cancellationReason": "ill", "cancelledBy": "ada@example.com"}
    data(solo.post(f"/v2/bookings/{uid}/cancel", v="2024-04-15", json=reason), 201)
    assert inbox.first()["json"]["payload"]["cancelledBy"] == "ada@example.com"

"""Submitting answers to routing forms, and slots without submitting, since 2026-03."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, SLOTS, Client, Deployment, data, error
from contract_tests.coming_days import coming_monday
from contract_tests.editions import in_force

pytestmark = [
    pytest.mark.since("2026-03"),
    pytest.mark.sandbox_only("forms cannot be made through the API; these are the default world's"),
]

ORGANIZATION_FORM = "/v2/organizations/1/routing-forms/cm8yw3nt0005kc9f6orgroute/responses"
PERSONAL_FORM = "/v2/organizations/1/routing-forms/cm8yw3nt0009kc9f6ownroute/responses"
TEAM_FORM = "/v2/organizations/1/teams/2/routing-forms/cm8yw3nt0007kc9f6teamroute/responses"
SLOTS_OF_FORM = "/v2/routing-forms/cm8yw3nt0007kc9f6teamroute/calculate-slots"
NO_ROUTE = "Route to which the form response should be redirected not found."
MONDAY = coming_monday()
DAYS = {"start": f"{MONDAY}", "end": f"{MONDAY}"}


def answers(topic: str = "Sales", **more: Any) -> dict[str, Any]:
    """Answers to the forms of the default world."""
    return {"participant": "Ada", "topic": topic, **more}


def submit(client: Client, url: str, body: dict[str, Any], **query: Any) -> dict[str, Any]:
    """Where the answers lead."""
    return data(client.post(url, json=body, params={**DAYS, **query}), 201)


@pytest.mark.parametrize("url", [ORGANIZATION_FORM, TEAM_FORM])
def test_answers_lead_to_messages_and_to_addresses(owner: Client, url: str) -> None:
    assert submit(owner, url, answers("Support")) == {"routingCustomMessage": "Thanks"}
    address = submit(owner, url, answers("Web", campaign=["a", "b"]))["routingExternalRedirectUrl"]
    assert address.startswith("https://example.com/web?participant=Ada&topic=Web&campaign=a%2Cb&form=")
    assert address.endswith("&cal.action=externalRedirectUrl")


def test_a_response_is_linked_to_the_booking_that_follows(owner: Client, anonymous: Client) -> None:
    found = submit(owner, TEAM_FORM, answers("topic-sales"))
    offered = data(anonymous.get("/v2/slots", params={**DAYS, "eventTypeId": found["eventTypeId"]}, v=SLOTS))
    assert found["slots"] == offered and len(offered[f"{MONDAY}"]) == 16
    assert (found["routing"]["teamMemberIds"], found["routing"]["skipContactOwner"]) == ([], False)
    [stored] = data(owner.get(TEAM_FORM))
    assert stored["id"] == found["routing"]["responseId"]
    assert stored["response"] == {
        "participant-field": {"label": "participant", "value": "Ada"},
        "topic-field": {"label": "Topic", "value": "topic-sales"},
    }
    body = {
        "eventTypeId": found["eventTypeId"],
        "start": offered[f"{MONDAY}"][0]["start"],
        "attendee": {"name": "Ada", "email": "ada@example.com", "timeZone": "UTC"},
        "routing": found["routing"],
    }
    booking = data(anonymous.post("/v2/bookings", json=body, v=BOOKINGS), 201)
    assert data(owner.get(TEAM_FORM, params={"routedToBookingUid": booking["uid"]})) == [
        {**stored, "routedToBookingUid": booking["uid"]}
    ]


def check_list(client: Client, url: str, *timestamps: str) -> None:
    """Each filter by time, each order, and pages, on a list of several entries."""
    whole = data(client.get(url))
    assert len(whole) >= 2
    for name in timestamps:
        key = f"{name[0].lower()}{name[1:]}"
        for stamp in {each[key] for each in whole}:
            later = data(client.get(url, params={f"after{name}": stamp}))
            assert later == [each for each in whole if each[key] >= stamp]
            earlier = data(client.get(url, params={f"before{name}": stamp}))
            assert earlier == [each for each in whole if each[key] <= stamp]
        for direction in ("asc", "desc"):
            found = [each[key] for each in data(client.get(url, params={f"sort{name}": direction}))]
            assert found == sorted((each[key] for each in whole), reverse=direction == "desc")
    for take, skip in ((1, 0), (1, 1), (2, 1)):
        assert data(client.get(url, params={"take": take, "skip": skip})) == whole[skip : skip + take]


@pytest.mark.parametrize("url", [TEAM_FORM, TEAM_FORM.replace("teams/2/", "")])
def test_lists_of_responses_are_filtered_sorted_and_paged(owner: Client, deployment: Deployment, url: str) -> None:
    for topic in ("Support", "Web", "Support"):
        submit(owner, TEAM_FORM, answers(topic))
        deployment.advance(minutes=1)
    check_list(owner, url, "CreatedAt")


def test_the_responses_of_an_organization_are_found_by_their_last_change(owner: Client, deployment: Deployment) -> None:
    url = TEAM_FORM.replace("teams/2/", "")
    for topic in ("Support", "Web", "Support"):
        submit(owner, TEAM_FORM, answers(topic))
        deployment.advance(minutes=1)
    first, second, third = (each["id"] for each in data(owner.get(url, params={"sortCreatedAt": "asc"})))
    data(owner.patch(f"{url}/{first}", json={"response": {"a": {"label": "A", "value": "b"}}}))

    def found(**query: str) -> list[int]:
        return [each["id"] for each in data(owner.get(url, params={"sortUpdatedAt": "asc", **query}))]

    assert found() == [second, third, first]
    assert found(sortUpdatedAt="desc") == [first, third, second]
    last = next(each["createdAt"] for each in data(owner.get(url)) if each["id"] == third)
    assert found(afterUpdatedAt=last) == [third, first]
    assert found(beforeUpdatedAt=last) == [second, third]


def test_lists_of_forms_are_filtered_sorted_and_paged(owner: Client) -> None:
    forms = "/v2/organizations/1/routing-forms"
    check_list(owner, forms, "CreatedAt", "UpdatedAt")
    of_team = data(owner.get(forms, params={"teamIds": 2}))
    assert of_team == [each for each in data(owner.get(forms)) if each["teamId"] == 2]
    check_list(owner, "/v2/organizations/1/teams/2/routing-forms", "CreatedAt", "UpdatedAt")


def test_a_queued_response_is_in_no_list(owner: Client) -> None:
    found = submit(owner, TEAM_FORM, answers(), queueResponse="TRUE")
    assert found["routing"].keys() == {"queuedResponseId", "teamMemberIds", "skipContactOwner"}
    assert data(owner.get(TEAM_FORM)) == []


def test_a_personal_form_leads_to_an_event_type_of_its_owner(member: Client, solo: Client) -> None:
    body = {"title": "Own call", "slug": "own-call", "lengthInMinutes": 30}
    own = data(member.post("/v2/event-types", json=body, v="2024-06-14"), 201)
    assert submit(member, PERSONAL_FORM, answers())["eventTypeId"] == own["id"]
    refusal = error(solo.post(PERSONAL_FORM, json=answers(), params=DAYS), 403)["message"]
    assert (
        refusal == "Routing Form with id=cm8yw3nt0009kc9f6ownroute is not a user Routing Form owned by user with id=4."
    )
    error(member.post(ORGANIZATION_FORM, json=answers(), params=DAYS), 403)


@pytest.mark.parametrize("url", [TEAM_FORM, TEAM_FORM.replace("teams/2/", "")])
def test_answers_without_credentials_are_refused_and_not_stored(owner: Client, anonymous: Client, url: str) -> None:
    error(anonymous.post(url, json=answers(), params=DAYS), 401)
    assert data(owner.get(TEAM_FORM)) == []


def test_incomplete_answers_are_refused_and_not_stored(owner: Client) -> None:
    refusal = error(owner.post(TEAM_FORM, json={}, params=DAYS), 400)["message"]
    assert refusal == "Missing required fields participant, Topic"
    backwards = {"start": "2050-09-06", "end": "2050-09-05"}
    refusal = error(owner.post(TEAM_FORM, json=answers(), params=backwards), 400)["message"]
    assert refusal == "End date cannot be before start date."
    unknown = TEAM_FORM.replace("teams/2/", "").replace("teamroute", "unknown")
    assert error(owner.post(unknown, json=answers(), params=DAYS), 404)["message"] == "Routing form not found."
    assert data(owner.get(TEAM_FORM)) == []


def test_slots_are_calculated_without_a_submission(owner: Client, anonymous: Client) -> None:
    found = data(anonymous.post(SLOTS_OF_FORM, json=answers(), params={**DAYS, "format": "range"}))
    assert found.keys() == {"eventTypeId", "slots"}
    assert found["slots"][f"{MONDAY}"][0].keys() == {"start", "end"}
    assert data(owner.get(TEAM_FORM)) == []

    def refused(body: dict[str, Any], url: str = SLOTS_OF_FORM) -> str:
        return error(anonymous.post(url, json=body, params=DAYS), 404)["message"]

    assert refused(answers("Support")) == NO_ROUTE
    if in_force("answers-required"):
        error(anonymous.post(SLOTS_OF_FORM, json={}, params=DAYS), 400)
    else:
        assert refused({}) == NO_ROUTE
    assert refused(answers(), SLOTS_OF_FORM.replace("teamroute", "unknown")) == NO_ROUTE
    assert refused(answers("Web")) == "Routed to a non cal.com event type URL."
    personal = SLOTS_OF_FORM.replace("cm8yw3nt0007kc9f6teamroute", "cm8yw3nt0009kc9f6ownroute")
    assert refused(answers(), personal) == "Team ID not found in the routed URL."
    impossible = {"start": "2050-02-30", "end": "2050-03-01"}
    error(anonymous.post(SLOTS_OF_FORM, json=answers(), params=impossible), 400)


def test_submissions_reach_webhooks_and_are_followed_up(owner: Client, deployment: Deployment) -> None:
    inbox = "webhooks/inbox/forms"
    body = {
        "active": True,
        "subscriberUrl": f"{deployment.url}/_sandbox/{inbox}",
        "triggers": ["FORM_SUBMITTED", "FORM_SUBMITTED_NO_EVENT"],
    }
    data(owner.post("/v2/organizations/1/webhooks", json=body), 201)
    submit(owner, TEAM_FORM, answers("Web"))
    submit(owner, TEAM_FORM, answers("Web"), queueResponse="true")
    deployment.advance(minutes=16)
    found = deployment.control("GET", inbox, params={"count": 2}).json()["received"]
    submitted, followed_up = (each["json"] for each in found)
    assert submitted["triggerEvent"] == "FORM_SUBMITTED"
    assert submitted["payload"] == {
        "formId": "cm8yw3nt0007kc9f6teamroute",
        "formName": "Team routing",
        "teamId": 2,
        "responses": {
            "participant": {"value": "Ada", "response": "Ada"},
            "topic": {"value": ["Web"], "response": [{"label": "Web", "id": "topic-web"}]},
        },
    }
    [stored] = data(owner.get(TEAM_FORM))
    assert followed_up["triggerEvent"] == "FORM_SUBMITTED_NO_EVENT"
    assert followed_up["payload"] == {
        **submitted["payload"],
        "redirect": {"type": "externalRedirectUrl", "value": "https://example.com/web"},
        "responseId": stored["id"],
    }

"""Insights are computed from the bookings and the form responses of the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, SLOTS, Client, Deployment, data, error
from contract_tests.coming_days import coming_monday
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, attendee, host_with

pytestmark = pytest.mark.since("2026-09")

TEAM_FORM = "/v2/organizations/1/teams/2/routing-forms/cm8yw3nt0007kc9f6teamroute/responses"
RANGE_REQUIRED = "columnFilters must include a date range filter with id startTime or createdAt"


@pytest.fixture
def solo_host(solo: Client, anonymous: Client) -> Host:
    """`solo` as a host, whose bookings stay."""
    return host_with(solo, anonymous)


def dates(column: str, first: str, last: str) -> dict[str, Any]:
    return {"id": column, "value": {"type": "dr", "data": {"startDate": first, "endDate": last, "preset": "custom"}}}


def about(client: Client, what: str, *filters: dict[str, Any], **more: Any) -> Any:
    body = {"scope": "user", "timeZone": "Europe/Rome", "columnFilters": list(filters), **more}
    return client.post(f"/v2/insights/bookings/{what}", json=body)


@pytest.mark.sandbox_only("the organization of the default world")
def test_bookings_are_counted_by_outcome(solo_host: Host, anonymous: Client, deployment: Deployment) -> None:
    host, solo = solo_host, solo_host.api
    long, short = host.offer(), host.offer(lengthInMinutes=30)
    held = host.book(long, "10:00")["uid"]
    host.act(host.book(long, "12:00")["uid"], "cancel", cancellationReason="ill")
    moved = host.book(short, "14:00")["uid"]
    host.act(moved, "reschedule", anonymous, 201, start=host.at("15:00", days=7))
    week = dates("startTime", f"{host.monday}", f"{host.monday + timedelta(days=6)}")

    figures = data(about(solo, "kpi-stats", week))
    assert {name: each["count"] for name, each in figures.items() if name not in ("empty", "previousRange")} == {
        "created": 3, "scheduled": 1, "completed": 0, "rescheduled": 1, "cancelled": 1, "no_show": 0,
        "no_show_guest": 0, "rating": 0, "csat": 0,
    }  # fmt: skip
    assert figures["empty"] is False
    assert figures["previousRange"] == {
        "startDate": f"{host.monday - timedelta(days=6)}",
        "endDate": f"{host.monday}",
    }
    later = dates("startTime", f"{host.monday + timedelta(days=6)}", f"{host.monday + timedelta(days=12)}")
    created = data(about(solo, "kpi-stats", later))["created"]
    assert created == {"count": 1, "deltaPrevious": -66.67}
    only_short = {"id": "eventTypeId", "value": {"type": "ss", "data": short}}
    assert data(about(solo, "kpi-stats", week, only_short))["created"]["count"] == 1
    ended = {"id": "status", "value": {"type": "ms", "data": ["cancelled"]}}
    assert data(about(solo, "kpi-stats", week, ended))["created"]["count"] == 2
    nobody = {"id": "attendeeEmail", "value": {"type": "t", "data": {"operator": "contains", "operand": "nobody"}}}
    assert data(about(solo, "kpi-stats", week, nobody))["empty"] is True

    days = data(about(solo, "event-trends", week))
    assert len(days) == 7
    assert (days[0]["Created"], days[0]["Cancelled"], days[1]["Created"]) == (3, 1, 0)
    lengths = data(about(solo, "average-duration", week))
    assert [each["Average"] for each in lengths[:2]] == [50, 0]
    members = data(about(solo, "members", week))
    assert [(each["user"]["email"], each["count"]) for each in members["mostBookings"]] == [(host.email, 3)]
    assert members["mostNoShow"] == []

    deployment.advance(days=14)
    host.act(held, "mark-absent", host=True)
    figures = data(about(solo, "kpi-stats", week))
    assert [figures[name]["count"] for name in ("scheduled", "completed", "no_show")] == [0, 1, 1]


@pytest.mark.sandbox_only("the organization of the default world")
def test_insights_need_a_range_and_rights(solo: Client, owner: Client, admin: Client, member: Client) -> None:
    week = dates("createdAt", "2050-03-01", "2050-03-07")
    assert error(about(solo, "kpi-stats"), 400)["message"] == RANGE_REQUIRED
    assert error(about(solo, "event-trends", {"id": "userId", "value": {"type": "ss", "data": 4}}), 400)
    assert error(about(solo, "members", dates("createdAt", "2050-03-07", "2050-03-01")), 400)
    assert error(about(solo, "average-duration", dates("createdAt", "2050-02-30", "2050-03-01")), 400)
    for client in (solo, member):
        assert error(about(client, "kpi-stats", week, scope="org"), 403)
        assert error(about(client, "kpi-stats", week, scope="team", selectedTeamId=2), 403)
    assert data(about(member, "kpi-stats", week))["empty"] is True
    for client in (owner, admin):
        assert data(about(client, "kpi-stats", week, scope="org"))["empty"] is True
        assert data(about(client, "kpi-stats", week, scope="team", selectedTeamId=2))["empty"] is True
    assert error(about(owner, "kpi-stats", week, scope="team"), 400)


@pytest.mark.sandbox_only("forms cannot be made through the API; these are the default world's")
def test_responses_to_forms_are_counted_with_their_bookings(owner: Client, anonymous: Client) -> None:
    monday = coming_monday()
    window = {"start": f"{monday}", "end": f"{monday}"}

    def submit(topic: str) -> dict[str, Any]:
        return data(owner.post(TEAM_FORM, json={"participant": "Ada", "topic": topic}, params=window), 201)

    submit("Web")
    found = submit("Sales")
    offered = data(anonymous.get("/v2/slots", params={**window, "eventTypeId": found["eventTypeId"]}, v=SLOTS))
    body = {
        "eventTypeId": found["eventTypeId"],
        "start": offered[f"{monday}"][0]["start"],
        "attendee": attendee(),
        "routing": found["routing"],
    }
    booking = data(anonymous.post(BOOKING_PATH, json=body, v=BOOKINGS), 201)
    trace = data(owner.get(f"{BOOKING_PATH}/{booking['uid']}/routing-trace", v=BOOKINGS))
    assert trace["formSubmission"]["form"]["name"] == "Team routing"
    assert {each["label"]: each["displayValue"] for each in trace["formSubmission"]["responses"]} == {
        "participant": "Ada",
        "Topic": "Sales",
    }
    [step] = trace["steps"]
    assert (step["step"], step["data"]["isFallback"]) == ("route_matched", False)
    assert trace["groups"] == [{"round": step["round"], "domain": step["domain"], "steps": [step]}]

    today = datetime.now(UTC).date()
    scope = {"scope": "team", "selectedTeamId": 2}
    query = {**scope, "startDate": f"{today - timedelta(days=2)}", "endDate": f"{today + timedelta(days=2)}"}

    def ask(what: str, **more: Any) -> Any:
        return data(owner.post(f"/v2/insights/routings/{what}", json=query | more))

    assert ask("forms-by-status") == {"total": 2, "totalWithoutBooking": 1, "totalWithBooking": 1}
    page = ask("form-responses", offset=0, limit=1)
    assert (page["total"], page["data"][0]["bookingUid"]) == (2, booking["uid"])
    oldest = ask("form-responses", offset=0, limit=1, sorting=[{"id": "id", "desc": False}])["data"][0]
    assert (oldest["bookingUid"], oldest["bookingAttendees"]) == (None, [])
    web = {"id": "topic-field", "value": {"type": "ss", "data": "topic-web"}}
    assert ask("forms-by-status", columnFilters=[web])["total"] == 1
    assert ask("failed-bookings-by-field") == {
        "Team routing": {"Topic": [{"optionId": "topic-web", "optionLabel": "Web", "count": 1}]}
    }
    routed = ask("routed-to-per-period", period="perDay", limit=10)
    organizer = booking["hosts"][0]
    assert routed["users"]["data"][0]["id"] == organizer["id"]
    assert [(each["userId"], each["total"]) for each in routed["periodStats"]["data"]] == [(organizer["id"], 1)]
    fields = data(owner.post("/v2/insights/routings/form-field-options", json=scope))
    assert "Topic" in [each["label"] for each in fields]
    one = scope | {"routingFormId": "cm8yw3nt0007kc9f6teamroute"}
    headers = data(owner.post("/v2/insights/routings/form-response-headers", json=one))
    assert [each["label"] for each in headers] == ["participant", "Topic"]

"""`world import`, with a sandbox as the deployment: the served import answers like the deployment."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from contract_tests.coming_days import coming_monday
from contract_tests.deployment_reader import DeploymentReader
from mock_server.cli import app
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.sandbox.world_files import schema_of
from mock_server.worlds.importing.people import People
from mock_server.worlds.importing.source import PAGE_SIZE, Source
from mock_server.worlds.importing.world import import_world
from mock_server.worlds.loader import WorldFile, load_world

EDITION = "2026-03"
HTTP = httpx.Client(verify=False)  # Loading certificates takes longer than all requests.
SOLO, OWNER = "cal_sandbox_solo", "cal_sandbox_owner"
SECRET, TOKEN = "hush-hush-hush", "token-in-the-address"
REAL_NAMES = ("Sam Solo", "solo@", "Nora Quist", "nora@", "Olivia", "Mia Member", "owner@", "+4915112345678")
SETTINGS = {
    "title": "Deep dive with Sam Solo", "slug": "deep-dive", "description": "Ask solo@example.com.",
    "lengthInMinutes": 45,
    "lengthInMinutesOptions": [45, 60], "minimumBookingNotice": 30, "slotInterval": 15, "afterEventBuffer": 5,
    "bookingWindow": {"type": "calendarDays", "value": 40, "rolling": True}, "hidden": True,
    "bookingLimitsCount": {"day": 3, "week": 9}, "color": {"lightThemeHex": "#292929", "darkThemeHex": "#fafafa"},
    "confirmationPolicy": {
        "type": "time", "noticeThreshold": {"unit": "minutes", "count": 60}, "blockUnconfirmedBookingsInBooker": False,
    },
    "bookingFields": [
        {"type": "splitName", "firstNameLabel": "First", "lastNameRequired": True},
        {"type": "select", "slug": "topic", "label": "Topic", "required": True, "options": ["a", "b"], "hidden": True},
    ],
    "locations": [{"type": "address", "address": "1 Main Street", "public": True}, {"type": "attendeePhone"}],
    "bookerLayouts": {"defaultLayout": "week", "enabledLayouts": ["week", "month"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Generator[RunningSandbox]:
    """A sandbox, one of whose worlds is the deployment; another holds the import of it."""
    with HTTP, running_sandbox(Settings(strict=True, edition=EDITION)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def deployment(running: RunningSandbox) -> Generator[str]:
    """The URL of a deployment whose user solo has event types, webhooks and bookings."""
    with running.world() as url:
        call = _caller(url, SOLO)
        created = call("POST", "/v2/event-types", "2024-06-14", json=SETTINGS)
        webhook = {"subscriberUrl": f"https://hooks.acme.test/{TOKEN}?key={TOKEN}", "triggers": ["BOOKING_CREATED"]}
        for path in ("/v2/webhooks", f"/v2/event-types/{created['id']}/webhooks"):
            call(
                "POST", path, json={**webhook, "active": True, "secret": SECRET, "payloadTemplate": '{"a": "Sam Solo"}'}
            )
        monday = coming_monday()
        for number, (event_type, hour) in enumerate(((1, 10), (4, 11), (5, 15), (1, 13))):
            attendee = {"name": "Nora Quist", "email": "nora@quist.test", "timeZone": "Europe/Oslo"}
            if number == 0:
                attendee["phoneNumber"] = "+4915112345678"
            start = f"{monday}T{hour}:00:00Z"
            call(
                "POST",
                "/v2/bookings",
                "2024-08-13",
                json={"eventTypeId": event_type, "start": start, "attendee": attendee},
            )
        yield url


def _caller(url: str, key: str) -> Any:
    def call(method: str, path: str, version: str | None = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}", **({"cal-api-version": version} if version else {})}
        reply = HTTP.request(method, f"{url}{path}", headers=headers, **options)
        assert reply.is_success, reply.text
        return reply.json()["data"]

    return call


def _slots(call: Any, event_type: int, monday: date) -> dict[str, Any]:
    """The slots from tomorrow to the Tuesday but those of Wednesdays, when solo's calendar is busy, which is not read.

    In a rolling window, slots from today on are answered. Those of today begin after the notice, to the millisecond.
    """
    today = datetime.now(UTC).date()
    query = {"eventTypeId": event_type, "start": f"{monday}", "end": f"{monday + timedelta(days=1)}"}
    days = call("GET", "/v2/slots", "2024-09-04", params=query)
    dates = {date.fromisoformat(day): slots for day, slots in days.items()}
    return {day: slots for day, slots in dates.items() if day > today and day.isoweekday() != 3}


def _import(url: str, key: str, file: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["world", "import", str(file), "--from", url, "--key", key, *options])


def _serve(running: RunningSandbox, file: Path, name: str) -> str:
    worlds = running.sandbox.worlds
    worlds.create_from(name, worlds.new_state(load_world(worlds.schema, file)))
    return f"{running.url}/w/{name}"


def test_a_served_import_answers_like_the_deployment(running: RunningSandbox, deployment: str, tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    result = _import(deployment, SOLO, file, "--keep-names", "--edition", EDITION)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "users: 1, schedules: 1, event types: 6, teams: 0, webhooks: 2, bookings: 9" in result.stdout
    assert "Not read" not in result.stdout
    text = file.read_text(encoding="utf-8")
    assert not any(secret in text for secret in (SECRET, TOKEN, SOLO + "\n"))
    original, copy = _caller(deployment, SOLO), _caller(_serve(running, file, "kept"), "cal_sandbox_solo")
    for path, version in (("/v2/me", None), ("/v2/schedules", "2024-06-11"), ("/v2/event-types", "2024-06-14")):
        assert copy("GET", path, version) == original("GET", path, version)
    monday = coming_monday()
    for event_type in original("GET", "/v2/event-types", "2024-06-14"):
        path = f"/v2/event-types/{event_type['id']}"
        assert copy("GET", path, "2024-06-14") == original("GET", path, "2024-06-14")
        if event_type["id"] in (2, 3):  # The same rules as for 1.
            continue
        slots, copied = (_slots(each, event_type["id"], monday) for each in (original, copy))
        assert slots
        assert copied == slots
    bookings, copied_bookings = (each("GET", "/v2/bookings", "2024-08-13") for each in (original, copy))
    for booking, copied in zip(bookings, copied_bookings, strict=True):
        assert copied == booking
    kept = [{**each, "secret": None, "subscriberUrl": ""} for each in original("GET", "/v2/webhooks")]
    assert [{**each, "subscriberUrl": ""} for each in copy("GET", "/v2/webhooks")] == kept
    assert copy("GET", "/v2/webhooks")[0]["subscriberUrl"].startswith("https://hooks.acme.test/webhook-")


def test_people_are_replaced_consistently(running: RunningSandbox, deployment: str, tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    assert _import(deployment, SOLO, file, "--edition", EDITION).exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert not any(name in text for name in (*REAL_NAMES, SECRET, TOKEN, "hooks.acme"))
    assert set(re.findall(r"@([\w.-]+\w)", text)) <= {"example.com", "Cal.com", "group.calendar.google.com",
                                                    "group.v.calendar.google.com"}  # fmt: skip
    copy = _caller(_serve(running, file, "replaced"), "cal_sandbox_ada-adler")
    bookings = copy("GET", "/v2/bookings", "2024-08-13")
    assert {each["name"] for booking in bookings for each in booking["attendees"]} == {"Ben Baker"}
    assert {booking["hosts"][0]["email"] for booking in bookings} == {"ada-adler@example.com"}
    assert bookings[0]["title"] == "15 min meeting between Ada Adler and Ben Baker"
    assert bookings[0]["bookingFieldsResponses"]["email"] == "ben-baker@example.com"
    assert bookings[0]["attendees"][0]["phoneNumber"].startswith("+442079460")


def test_an_organization_is_read_with_its_teams(running: RunningSandbox, deployment: str, tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    result = _import(deployment, OWNER, file, "--keep-names", "--edition", EDITION)
    assert result.exit_code == 0, result.output
    assert "users: 3, schedules: 3, event types: 1, teams: 2" in result.stdout
    original, copy = _caller(deployment, OWNER), _caller(_serve(running, file, "organization"), OWNER)
    for path in (
        "/v2/organizations/1/teams",
        "/v2/organizations/1/memberships",
        "/v2/organizations/1/teams/2/event-types",
    ):
        found, expected = copy("GET", path, "2024-06-14"), original("GET", path, "2024-06-14")
        assert [each["id"] for each in found] == [each["id"] for each in expected]
        assert [each.get("hosts") for each in found] == [each.get("hosts") for each in expected]
    result = _import(deployment, "cal_sandbox_member", tmp_path / "member.yaml", "--edition", EDITION)
    assert result.exit_code == 0, result.output
    members = load_world(schema_of(EDITION), tmp_path / "member.yaml").tables["memberships"].rows.values()
    assert (3, 2, "MEMBER") in {(each.user_id, each.team_id, each.role) for each in members}
    path = "/v2/organizations/1/users"
    assert (
        f"Not read: users of your organization: the key's user may not read it (GET {path} answered 403)"
        in result.stdout
    )


def test_only_get_requests_are_sent(deployment: str, tmp_path: Path) -> None:
    HTTP.delete(f"{deployment}/_sandbox/requests")
    _import(deployment, SOLO, tmp_path / "world.yaml", "--edition", EDITION)
    journal = HTTP.get(f"{deployment}/_sandbox/requests", params={"limit": 1000}).json()["requests"]
    assert {each["request"]["method"] for each in journal} == {"GET"}
    assert not any("calendars" in each["request"]["url"] for each in journal)


def test_what_cannot_be_imported_says_why(deployment: str, tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    result = _import(deployment, "cal_wrong", file)
    assert result.exit_code == 2
    assert "The key cannot be used there: the owner of the key: the key is not accepted for it" in result.stderr
    assert "cal_wrong" not in result.stderr
    assert "cannot be read" in _import("http://127.0.0.1:1", SOLO, file).stderr
    assert "is not an address" in _import("example.com", SOLO, file).stderr
    assert not file.exists()


class _Pages:
    """A list of 250 items, or one that has the same page for ever."""

    def __init__(self, *, honours_skip: bool) -> None:
        self.honours_skip = honours_skip
        self.asked = 0

    def get(self, path: str, query: Any, version: str | None) -> tuple[int, Any]:  # noqa: ARG002
        self.asked += 1
        skip = query["skip"] if self.honours_skip else 0
        return 200, {"data": [{"id": number} for number in range(250)][skip : skip + PAGE_SIZE]}


@pytest.mark.parametrize(("honours_skip", "found", "asked"), [(True, 250, 3), (False, PAGE_SIZE, 2)])
def test_lists_are_read_page_by_page(honours_skip: bool, found: int, asked: int) -> None:
    pages = _Pages(honours_skip=honours_skip)
    assert len(Source(pages).all("things", "/v2/things")) == found
    assert pages.asked == asked


def test_a_server_that_is_no_sandbox_is_read_at_a_polite_rate(deployment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contract_tests.deployment_reader.served_edition", lambda *_: None)
    started = time.monotonic()
    with closing(DeploymentReader(deployment, SOLO, EDITION, 600)) as reader:
        assert [reader.get("/v2/me", {}, None)[0] for _ in range(4)] == [200] * 4
        status, _ = reader.get("/v2/calendars", {}, None)  # Listing them may change the destination calendar.
    assert status == 404
    assert time.monotonic() - started >= 0.3


class _Odd:
    """A deployment with a schedule that is not as described, and nothing else but its user."""

    def get(self, path: str, query: Any, version: str | None) -> tuple[int, Any]:  # noqa: ARG002
        shown = {"/v2/me": {"id": 3, "email": "a@acme.test", "username": "a"}, "/v2/schedules": [{"id": 1}, "x"]}
        return (200, {"data": shown[path]}) if path in shown else (404, {})


def test_what_is_not_as_described_is_listed_and_the_rest_is_imported() -> None:
    schema = schema_of(EDITION)
    imported = import_world(schema, _Odd(), "cal_key", keep_names=False)
    assert "schedule 1: it is not shown as described ('ownerId')" in imported.unread
    unread = "your webhooks: it is not there, or not for this key's user (GET /v2/webhooks answered 404)"
    assert unread in imported.unread
    root = WorldFile(schema, imported.text).root
    assert root is not None
    assert root.tables["users"].rows[3].default_schedule_id == 1


def test_a_thousand_people_have_names_of_their_own() -> None:
    people = People(keep_names=False, key="cal_key")
    persons = {people.person(f"p{number}@acme.test", f"Person {number} Real") for number in range(1000)}
    assert len({each.email for each in persons}) == len({each.name for each in persons}) == 1000
    assert people.person("P7@acme.test") == people.person("p7@acme.test")
    assert people.text("Person 7 Real <p7@acme.test>, not Person 77 Realm") == (
        f"{people.person('p7@acme.test').name} <{people.person('p7@acme.test').email}>, not Person 77 Realm"
    )


@pytest.mark.parametrize("keep_names", [True, False])
def test_the_key_is_masked_in_texts(keep_names: bool) -> None:
    assert People(keep_names=keep_names, key="cal_key").value({"template": ["Bearer cal_key"]}) == {
        "template": ["Bearer ***"]
    }

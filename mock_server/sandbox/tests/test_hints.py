"""Every row of the table in sandbox/hints.md: what is asked, the status, and the hint."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import areas
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description
from mock_server.runtime.hints import MAX_LENGTH, WORK_LIMIT
from mock_server.runtime.settings import Settings
from mock_server.state.edition import NEWEST
from mock_server.webhooks.hints import hints_about_hosts
from mock_server.webhooks.hosts import AllowedHosts

PAGE = Path(__file__).parents[1] / "hints.md"
SOURCES = sorted(each for each in Path(__file__).parents[2].rglob("*.py") if "tests" not in each.parts)
NOW = "2026-01-05T08:00:00Z"
"""A Monday in the frozen clock of each world."""
CLIENT = httpx.Client(timeout=60)
MONDAY_TEN = "2026-01-05T10:00:00Z"


class Asker:
    """Sends requests to a fresh world whose clock is frozen at NOW."""

    def __init__(self, running: RunningSandbox, url: str) -> None:
        self.running = running
        self.url = url
        self.control("PUT", "clock", now=NOW, frozen=True)

    def control(self, method: str, call: str, **body: Any) -> Any:
        """A request of the control plane, which has to succeed."""
        reply = CLIENT.request(method, f"{self.url}/_sandbox/{call}", json=body or None)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None

    def __call__(
        self, method: str, path: str, key: str | None = "cal_sandbox_solo", version: str = "", **more: Any
    ) -> httpx.Response:
        headers = more.pop("headers", {})
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        if version:
            headers["cal-api-version"] = version
        return CLIENT.request(method, f"{self.url}{path}", headers=headers, **more)

    def client(self, method: str, path: str, secret: str = "sandbox-client-secret", **more: Any) -> httpx.Response:
        """A request with the credentials of the OAuth client."""
        headers = {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": secret}
        return self(method, path, None, headers=headers, **more)

    def book(self, start: str, event_type: int = 2, email: str = "ann@example.com") -> httpx.Response:
        attendee = {"name": "Ann", "email": email, "timeZone": "Europe/London"}
        body = {"eventTypeId": event_type, "start": start, "attendee": attendee}
        return self("POST", "/v2/bookings", None, "2024-08-13", json=body)

    def change(self, event_type: int = 2, **fields: Any) -> None:
        """Changes an event type of solo."""
        reply = self("PATCH", f"/v2/event-types/{event_type}", version="2024-06-14", json=fields)
        assert reply.is_success, reply.text

    def reserve(self, start: str, event_type: int = 2) -> httpx.Response:
        body = {"eventTypeId": event_type, "slotStart": start}
        return self("POST", "/v2/slots/reservations", None, "2024-09-04", json=body)

    def managed_token(self) -> str:
        """The access token of a new managed user."""
        made = self.client(
            "POST", "/v2/oauth-clients/sandbox-client/users", json={"email": "kim@example.com", "name": "Kim"}
        )
        assert made.status_code == 201, made.text
        return made.json()["data"]["accessToken"]


def _key_of_other_world(ask: Asker) -> httpx.Response:
    with ask.running.world() as other:
        made = Asker(ask.running, other)("POST", "/v2/api-keys/refresh", json={})
        return ask("GET", "/v2/me", made.json()["data"]["apiKey"])


def _key_made_at_run_time(ask: Asker) -> httpx.Response:
    assert ask("POST", "/v2/api-keys/refresh", json={}).is_success
    return ask("GET", "/v2/me", "cal_live_123")


def _expired_token(ask: Asker) -> httpx.Response:
    token = ask.managed_token()
    ask.control("POST", "clock/advance", minutes=61)
    return ask("GET", "/v2/me", token)


def _unpaid_plan(ask: Asker) -> httpx.Response:
    snapshot = ask.control("GET", "snapshot")
    text = httpx.Response(200, json=snapshot).text
    assert '"SCALE"' in text
    CLIENT.put(f"{ask.url}/_sandbox/snapshot", content=text.replace('"SCALE"', '"FREE"')).raise_for_status()
    return ask("GET", "/v2/organizations/1/teams", "cal_sandbox_owner")


def _taken(ask: Asker) -> httpx.Response:
    assert ask.book(MONDAY_TEN).status_code == 201
    return ask.book(MONDAY_TEN, email="bob@example.com")


def _buffer(ask: Asker) -> httpx.Response:
    assert ask.book(MONDAY_TEN).status_code == 201
    return ask.book("2026-01-05T10:30:00Z", event_type=3, email="bob@example.com")


def _within_notice(ask: Asker) -> httpx.Response:
    ask.change(minimumBookingNotice=180)
    return ask.book(MONDAY_TEN)


def _outside_window(ask: Asker) -> httpx.Response:
    ask.change(bookingWindow={"type": "calendarDays", "value": 2, "rolling": False})
    return ask.book("2026-01-12T10:00:00Z")


def _limit(ask: Asker) -> httpx.Response:
    ask.change(bookingLimitsCount={"day": 1})
    assert ask.book(MONDAY_TEN).status_code == 201
    return ask.book("2026-01-05T15:00:00Z", email="bob@example.com")


def _out_of_office(ask: Asker) -> httpx.Response:
    body = {"start": "2026-01-06T00:00:00Z", "end": "2026-01-06T23:59:59Z"}
    assert ask("POST", "/v2/organizations/1/users/3/ooo", "cal_sandbox_owner", json=body).is_success
    event_type = {"title": "Call", "slug": "call", "lengthInMinutes": 30}
    made = ask("POST", "/v2/event-types", "cal_sandbox_member", "2024-06-14", json=event_type)
    return ask.book("2026-01-06T10:00:00Z", event_type=made.json()["data"]["id"])


def _seat_twice(ask: Asker) -> httpx.Response:
    assert ask.book(MONDAY_TEN, event_type=4).status_code == 201
    return ask.book(MONDAY_TEN, event_type=4)


def _full(ask: Asker) -> httpx.Response:
    for number in range(8):
        assert ask.book(MONDAY_TEN, event_type=4, email=f"guest{number}@example.com").status_code == 201
    return ask.book(MONDAY_TEN, event_type=4)


def _reserved(ask: Asker) -> httpx.Response:
    assert ask.reserve(MONDAY_TEN).status_code == 201
    return ask.reserve(MONDAY_TEN)


def _reserve_booked(ask: Asker) -> httpx.Response:
    assert ask.book(MONDAY_TEN).status_code == 201
    return ask.reserve(MONDAY_TEN)


def _callback_of_key(ask: Asker) -> httpx.Response:
    state = '{"accessToken":"cal_sandbox_solo","returnTo":"/done","onErrorReturnTo":"/failed"}'
    return ask("GET", "/v2/conferencing/zoom/oauth/callback", None, params={"state": state, "code": "any"})


def _fault(ask: Asker) -> httpx.Response:
    ask.control("POST", "faults", path="/v2/me", status=503)
    return ask("GET", "/v2/me")


def _rate_limited(ask: Asker) -> httpx.Response:
    replies = [ask("GET", "/v2/me") for _ in range(121)]
    return replies[-1]


ASKED: dict[str, Callable[[Asker], httpx.Response]] = {
    "`GET /v2/me` without credentials": lambda ask: ask("GET", "/v2/me", None),
    "`GET /v2/me` with a key that does not exist": lambda ask: ask("GET", "/v2/me", "cal_live_123"),
    "the same, where solo's key was made at run time": _key_made_at_run_time,
    "`GET /v2/me` with a key of another world": _key_of_other_world,
    "`GET /v2/me` with an expired key": lambda ask: ask("GET", "/v2/me", "cal_sandbox_expired"),
    "`GET /v2/me` with an unknown access token": lambda ask: ask("GET", "/v2/me", "eyJ.unknown.token"),
    "`GET /v2/me` with an expired access token": _expired_token,
    "the OAuth client's id with a wrong secret": lambda ask: ask.client(
        "GET", "/v2/oauth-clients/sandbox-client/users", "wrong"
    ),
    "the id of an OAuth client that does not exist": lambda ask: ask.client("GET", "/v2/oauth-clients/other/users"),
    "an access token from a page of `https://evil.example`": lambda ask: ask(
        "GET", "/v2/me", ask.managed_token(), headers={"Origin": "https://evil.example"}
    ),
    "`GET /v2/organizations/1/teams` as a member": lambda ask: ask(
        "GET", "/v2/organizations/1/teams", "cal_sandbox_member"
    ),
    "the same as owner, in a world whose organization has no plan": _unpaid_plan,
    "`PATCH /v2/me` with a form": lambda ask: ask("PATCH", "/v2/me", data={"name": "Sam"}),
    "`POST /v2/schedules` without `Content-Type`": lambda ask: ask(
        "POST", "/v2/schedules", version="2024-06-11", content=b'{"name": "Work"}'
    ),
    "`POST /v2/schedules` with a misspelt field": lambda ask: ask(
        "POST", "/v2/schedules", version="2024-06-11", json={"name": "Work", "timezone": "UTC", "isDefault": False}
    ),
    "`GET /v2/bokings/1`": lambda ask: ask("GET", "/v2/bokings/1"),
    "`GET /bookings`": lambda ask: ask("GET", "/bookings"),
    "`GET /nothing`": lambda ask: ask("GET", "/nothing"),
    "`PUT /v2/me`": lambda ask: ask("PUT", "/v2/me"),
    "`GET /v2/slots` without `cal-api-version`": lambda ask: ask("GET", "/v2/slots"),
    "`GET /v2/slots` with a version of another path": lambda ask: ask("GET", "/v2/slots", version="2024-08-13"),
    "`POST /v2/bookings` without `cal-api-version`": lambda ask: ask("POST", "/v2/bookings", json={}),
    "`POST /v2/bookings` with an unknown version": lambda ask: ask(
        "POST", "/v2/bookings", version="2024-12-24", json={}
    ),
    "an operation of another edition": lambda ask: ask("GET", "/v2/stripe/check/1"),
    "`POST /v2/webhooks` with a trigger of another edition": lambda ask: ask(
        "POST",
        "/v2/webhooks",
        json={"subscriberUrl": "http://localhost/", "triggers": ["BOOKING_LOCATION_UPDATED"], "active": True},
    ),
    "booking a time that is booked": _taken,
    "booking into the buffer of the event type": _buffer,
    "booking at night": lambda ask: ask.book("2026-01-05T22:00:00Z"),
    "booking at lunch, which is in a calendar": lambda ask: ask.book("2026-01-07T12:00:00Z"),
    "booking on a day out of office": _out_of_office,
    "booking in the past": lambda ask: ask.book("2026-01-02T10:00:00Z"),
    "booking within the minimum notice": _within_notice,
    "booking beyond the booking window": _outside_window,
    "booking more than the limit allows": _limit,
    "booking a second seat with the same address": _seat_twice,
    "booking a seat when all are taken": _full,
    "reserving a reserved slot": _reserved,
    "reserving a booked slot": _reserve_booked,
    "`GET /v2/event-types` without a filter or credentials": lambda ask: ask(
        "GET", "/v2/event-types", None, "2024-06-14"
    ),
    "`GET /v2/event-types?username=sole`": lambda ask: ask(
        "GET", "/v2/event-types", None, "2024-06-14", params={"username": "sole"}
    ),
    "`GET /v2/slots` on a Sunday": lambda ask: ask(
        "GET",
        "/v2/slots",
        None,
        "2024-09-04",
        params={"eventTypeId": "2", "start": "2026-01-11", "end": "2026-01-11"},
    ),
    "creating a webhook to `https://hooks.example.com`": lambda ask: ask(
        "POST",
        "/v2/webhooks",
        json={"subscriberUrl": "https://hooks.example.com/cal", "triggers": ["BOOKING_CREATED"], "active": True},
    ),
    "asking for a consent page with an API key": lambda ask: ask("GET", "/v2/conferencing/zoom/oauth/auth-url"),
    "the callback of such a consent page": _callback_of_key,
    "a wrong code for an e-mail address": lambda ask: ask(
        "POST", "/v2/verified-resources/emails/verification-code/verify", json={"email": "a@b.example", "code": "1"}
    ),
    "a world that does not exist": lambda ask: CLIENT.get(f"{ask.running.url}/w/nowhere/v2/me"),
    "a request that a fault answers": _fault,
    "more requests than the rate limit allows": _rate_limited,
}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    """A sandbox of the edition that the page is about, with rate limits."""
    with running_sandbox(Settings(edition="2026-03", strict=True, rate_limit=True)) as running:
        yield running


def documented() -> dict[str, tuple[str, str]]:
    """Status and hint by what is asked."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {asked: (status, hint) for asked, status, hint in cells}


def test_every_row_is_asked() -> None:
    assert list(documented()) == list(ASKED)


def test_the_bounds_are_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"at most {MAX_LENGTH} characters" in page
    assert f"within {WORK_LIMIT:,} units of work" in page


@pytest.mark.parametrize("asked", ASKED)
def test_the_hint_is_the_documented_one(asked: str, running: RunningSandbox) -> None:
    status, hint = documented()[asked]
    with running.world() as url:
        reply = ASKED[asked](Asker(running, url))
        said = reply.headers.get("sandbox-hint", "")
        exact = re.escape(hint).replace("…", ".+?")
        assert (str(reply.status_code), bool(re.fullmatch(exact, said))) == (status, True), said
        assert "Sandbox-Hint" in reply.headers["access-control-expose-headers"]
        assert said not in reply.text


def worded_hints(source: Path) -> Iterator[str]:
    """The places where a text is written as a hint: as `hint=`, or assigned to a `hint` or `refusal_hint`."""
    text = source.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)) if re.search(r"\b(refusal_)?hint\b", text) else ():
        targets = [target.attr for target in getattr(node, "targets", ()) if isinstance(target, ast.Attribute)]
        is_hint = (isinstance(node, ast.keyword) and node.arg == "hint") or {"hint", "refusal_hint"} & {*targets}
        if is_hint and any(
            isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str))
            for part in (
                node.value,
                *(() if isinstance(node.value, ast.Call | ast.Subscript) else ast.iter_child_nodes(node.value)),
            )
        ):
            yield f"{source.name}:{node.value.lineno}"


@pytest.mark.slow("parses all modules")
def test_hints_are_worded_in_the_modules_for_hints() -> None:
    assert [place for source in SOURCES for place in worded_hints(source)] == []


def test_hints_about_successes_are_for_operations_that_exist() -> None:
    hints = areas.success_hints() | hints_about_hosts(AllowedHosts(), lambda _: False)
    assert hints.keys() <= Description(load_bundle(edition=NEWEST)).operations.keys()


def test_a_reply_without_a_hint_has_no_headers_about_hints(running: RunningSandbox) -> None:
    with running.world() as url:
        reply = Asker(running, url)("GET", "/v2/me")
        assert reply.status_code == 200
        assert not {"sandbox-hint", "access-control-expose-headers"} & reply.headers.keys()


def test_the_journal_masks_the_keys_of_hints(running: RunningSandbox) -> None:
    with running.world() as url:
        ask = Asker(running, url)
        ask("GET", "/v2/me", None)
        [entry] = ask.control("GET", "requests?status=401")["requests"]
        assert "*** (solo@example.com)" in entry["hint"]
        assert "cal_sandbox" not in str(entry)

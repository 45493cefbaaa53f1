"""What the proxy says to exchanges, and what it keeps to itself."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import Any

import pytest
from httpx import Headers

from contract_tests.http import Reply, Request
from contract_tests.proxy.check import Checker, Unchecked
from contract_tests.proxy.exchange import KEPT, ProxiedExchange
from mock_server.runtime.masking import Masker

ME = {
    "id": 4,
    "username": "solo",
    "email": "solo@example.com",
    "timeFormat": 12,
    "defaultScheduleId": 4,
    "weekStart": "Sunday",
    "timeZone": "Europe/London",
    "organizationId": None,
}
AUTHORIZATION = (b"authorization", b"Bearer cal_sandbox_solo")
JSON = (b"content-type", b"application/json; charset=utf-8")
VERSION = (b"cal-api-version", b"2024-06-11")
UNSERVED = (b"cal-api-version", b"2024-09-04")
SCHEDULE = {"name": "Mornings", "timeZone": "Europe/London", "isDefault": False}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


def exchange(
    url: str = "/v2/me",
    *,
    method: str = "GET",
    headers: tuple[tuple[bytes, bytes], ...] = (AUTHORIZATION,),
    sent: Any = None,
    status: int = 200,
    reply: Any = None,
    reply_headers: tuple[tuple[bytes, bytes], ...] = (JSON,),
) -> ProxiedExchange:
    more = [] if sent is None else [JSON]
    request = Request(method, url, Headers([*headers, *more]), b"" if sent is None else body_of(sent))
    content = {"status": "success", "data": ME} if reply is None else reply
    return ProxiedExchange(request, Reply(request, status, Headers(reply_headers), body_of(content)))


def body_of(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def created(**changes: Any) -> ProxiedExchange:
    schedule = {"id": 9, "ownerId": 4, **SCHEDULE, "availability": [], "overrides": []}
    given: dict[str, Any] = {
        "url": "/v2/schedules",
        "method": "POST",
        "headers": (AUTHORIZATION, VERSION),
        "sent": SCHEDULE,
        "status": 201,
        "reply": {"status": "success", "data": schedule},
    }
    return exchange(**{**given, **changes})


REFUSAL = {"status": "error", "timestamp": "2026-01-01T00:00:00.000Z", "path": "/v2/x"}
NOT_FOUND = {
    **REFUSAL,
    "error": {
        "code": "NotFoundException",
        "message": "Nothing there",
        "details": {"message": "Nothing there", "error": "Not RecordedDifference", "statusCode": 404},
    },
}


@pytest.mark.parametrize(
    "fine",
    [
        exchange(),
        exchange("/w/test-1/v2/ME/"),
        exchange(reply={"status": "success", "data": {**ME, "more": "than was promised"}}),
        exchange(
            reply=gzip.compress(json.dumps({"status": "success", "data": ME}).encode()),
            reply_headers=(JSON, (b"content-encoding", b"gzip")),
        ),
        exchange(method="HEAD", reply=b""),
        created(),
        created(url="/v2/schedules/77", method="PATCH", sent={"name": 5}, status=404, reply=NOT_FOUND),
        exchange(
            "/v2/calendars/busy-times?loggedInUsersTz=Europe/Rome&dateFrom=2050-03-01&dateTo=2050-03-02"
            "&calendarsToLoad%5B0%5D%5BcredentialId%5D=1&calendarsToLoad[0][externalId]=a@example.com",
            reply={"status": "success", "data": []},
        ),
        exchange("/v2/gcal/oauth/save?state=x", status=301),
        exchange("/docs"),
        exchange(method="OPTIONS"),
    ],
)
def test_exchanges_that_fit_the_description_have_no_breach(checker: Checker, fine: ProxiedExchange):
    assert checker.check(fine).complaints == []


@pytest.mark.parametrize(
    ("bad", "about", "kind"),
    [
        (exchange("/v2/nowhere"), "request", "undocumented-path"),
        (exchange(method="DELETE"), "request", "undocumented-path"),
        (exchange(status=418), "reply", "undocumented-status"),
        (exchange(reply={"status": "success", "data": {**ME, "id": "4"}}), "reply", "schema"),
        (exchange(reply={"status": "success"}), "reply", "schema"),
        (exchange(reply=b"{"), "reply", "schema"),
        (exchange(reply_headers=((b"content-type", b"text/html"),)), "reply", "content-type"),
        (exchange("/v2/stripe/save?state=x", status=301), "reply", "missing-header"),
        (exchange(headers=()), "request", "no-credentials"),
        (created(headers=(AUTHORIZATION, UNSERVED)), "request", "version"),
        (created(sent={"name": "Mornings"}), "request", "body"),
        (created(sent=b"{"), "request", "body"),
        (created(sent=b""), "request", "body"),
        (exchange("/v2/webhooks?take=many", reply={"status": "success", "data": []}), "request", "query"),
        (exchange("/v2/webhooks?take=251", reply={"status": "success", "data": []}), "request", "query"),
    ],
)
def test_breaches_are_found(checker: Checker, bad: ProxiedExchange, about: str, kind: str):
    complaints = checker.check(bad).complaints
    assert [(each.about, each.kind) for each in complaints] == [(about, kind)]


def test_a_complaint_says_where_and_what(checker: Checker):
    [complaint] = checker.check(exchange(reply={"status": "success", "data": {**ME, "weekStart": 7}})).complaints
    assert complaint.text.startswith("`/data/weekStart`: 7 is not")


def test_complaints_hold_no_credentials(checker: Checker):
    token = "a-token-of-some-kind"
    users = "/v2/oauth-clients/x/users"
    reply = {"status": "success", "data": {"accessToken": [token], "refreshToken": token, "user": {}}}
    asked = exchange(
        users,
        method="POST",
        headers=((b"x-cal-secret-key", b"hush-hush"),),
        status=201,
        reply=reply,
        sent={"email": "hush-hush"},
    )
    texts = " ".join(each.text for each in checker.check(asked).complaints)
    assert texts
    assert token not in texts
    assert "hush-hush" not in texts


def test_reports_hold_no_credentials():
    masker = Masker(["hush-hush"])
    assert masker.text("/x?apiKey=abc&name=hush-hush&code=1") == "/x?apiKey=***&name=***&code=1"
    assert masker.headers([(b"Authorization", b"Bearer abc"), (b"Accept", b"a"), (b"accept", b"b")]) == {
        "authorization": "***",
        "accept": "a, b",
    }
    body = {"user": {"accessToken": "abc", "name": "Ann"}, "url": "http://x?state=accessToken%3Dcal_live_abcdef"}
    shown = json.dumps(masker.body(json.dumps(body).encode()))
    assert "Ann" in shown
    assert "abc" not in shown
    assert masker.body(b"secret=abc&name=Ann") == "secret=***&name=Ann"
    assert masker.body(b"") is None


@pytest.mark.parametrize("encoding", [b"gzip", b"gzip, gzip"])
def test_decompression_bombs_are_not_decompressed(checker: Checker, encoding: bytes):
    packed = b" " * 20 * KEPT
    for _ in encoding.split(b","):
        packed = gzip.compress(packed, mtime=0)
    bomb = exchange(reply=packed, reply_headers=(JSON, (b"content-encoding", encoding)))
    tracemalloc.start()
    try:
        with pytest.raises(Unchecked):
            checker.check(bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * KEPT
    finally:
        tracemalloc.stop()

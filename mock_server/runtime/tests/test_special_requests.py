"""What the live service answers to requests that belong to no operation, and what is around every reply."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import httpx
import pytest
import yaml

from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.tests.wire import CALENDAR, KEY, ask, put_calendar

PUT = "/v2/destination-calendars"
SOLO = {"Authorization": "Bearer cal_sandbox_solo"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

HELMET = {
    "content-security-policy": (
        "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';"
        "img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';"
        "style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=15552000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
    "x-download-options": "noopen",
    "x-frame-options": "SAMEORIGIN",
    "x-permitted-cross-domain-policies": "none",
    "x-xss-protection": "0",
}


def cannot(method: str, target: str) -> dict[str, object]:
    text = f"Cannot {method} {target}"
    return {
        "code": "NotFoundException",
        "message": text,
        "details": {"message": text, "error": "Not Found", "statusCode": 404},
    }


# -- Paths and methods -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["/", "/nothing", "/v2", "/v2/nothing?x=1&y=%20", "/v1/me", "/v2/me/more", "/v2/%zz"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_unknown_path_cannot_be_asked_and_nobody_is_asked_who_they_are(url: str, method: str, target: str) -> None:
    reply = ask(url, method, target, "Authorization: Bearer cal_nobody")
    assert (reply.status, reply.json["error"], reply.json["path"]) == (404, cannot(method, target), target)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "TRACE"])
def test_an_unsupported_method_is_an_unknown_path(url: str, method: str) -> None:
    reply = ask(url, method, PUT, KEY)
    assert (reply.status, reply.json["error"]) == (404, cannot(method, PUT))
    assert "allow" not in reply.headers


@pytest.mark.parametrize(
    ("lines", "hint"),
    [
        ([], "This path needs the header cal-api-version: 2024-09-04; none was sent."),
        (["cal-api-version: 2024-04-15"], "This path needs the header cal-api-version: 2024-09-04; another was sent."),
        (["cal-api-version: nonsense"], "This path needs the header cal-api-version: 2024-09-04; another was sent."),
    ],
)
def test_a_version_without_the_path_is_an_unknown_path_with_a_hint(url: str, lines: list[str], hint: str) -> None:
    reply = ask(url, "GET", "/v2/slots?eventTypeId=1", *lines)
    assert (reply.status, reply.json["error"]) == (404, cannot("GET", "/v2/slots?eventTypeId=1"))
    assert reply.headers["sandbox-hint"] == hint


@pytest.mark.parametrize("version", ["2024-06-11", "2024-06-14"])
def test_a_path_may_exist_in_several_versions(url: str, version: str) -> None:
    assert ask(url, "GET", "/v2/schedules", KEY, f"cal-api-version: {version}").status == 200


@pytest.mark.parametrize("version", [None, "2024-04-15", "2024-09-04", "nonsense"])
def test_other_paths_do_not_care_for_the_version(url: str, version: str | None) -> None:
    lines = [] if version is None else [f"cal-api-version: {version}"]
    assert ask(url, "GET", "/v2/me", KEY, *lines).status == 200


@pytest.mark.parametrize("target", ["/v2/ME", "/V2/Me", "/v2/me/", "/api/v2/me", "/v2/ee/me", "/api/v2/ee/me"])
def test_one_path_has_many_spellings(url: str, target: str) -> None:
    assert ask(url, "GET", target, KEY).json["data"]["id"] == 4


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/api/v2/me?x=1", "/v2/me?x=1"),
        ("/v2/ee/me?x=1", "/v2/me?x=1"),
        ("/api/v2/ee/me", "/v2/me"),
        ("/w/default/v2/me", "/v2/me"),
    ],
)
def test_the_envelope_shows_the_rewritten_path(url: str, target: str, path: str) -> None:
    assert ask(url, "GET", target).json["path"] == path


def test_the_refusal_of_an_unknown_path_names_the_one_that_was_asked_for(url: str) -> None:
    reply = ask(url, "GET", "/api/v2/nothing?x=1")
    assert (reply.message, reply.json["path"]) == ("Cannot GET /api/v2/nothing?x=1", "/v2/nothing?x=1")


@pytest.mark.parametrize("segment", ["%", "%zz", "%E0%A4%A", "%FF"])
def test_malformed_percent_encoding_is_refused(url: str, segment: str) -> None:
    reply = ask(url, "GET", f"/v2/calendars/{segment}/check", KEY)
    assert (reply.status, reply.message) == (400, f"Failed to decode param '{segment}'")
    assert reply.json["error"]["code"] == "BadRequestException"


def test_an_unknown_world_is_not_found_with_a_hint(url: str) -> None:
    reply = ask(url, "GET", "/w/nowhere/v2/me", KEY)
    assert (reply.status, reply.message) == (404, "There is no world 'nowhere'.")
    assert "POST /_sandbox/worlds" in reply.headers["sandbox-hint"]


def test_the_health_of_the_service_needs_no_credentials(url: str) -> None:
    reply = ask(url, "GET", "/health")
    assert (reply.status, reply.body) == (200, b"OK")


# -- Bodies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/vnd.cal+json",
        "application/jsonp",
        "text/json",
        "",
    ],
)
def test_a_body_of_another_type_counts_as_none(url: str, content_type: str) -> None:
    reply = put_calendar(url, CALENDAR, f"Content-Type: {content_type}")
    assert (reply.status, reply.message) == (400, "Bad Request Exception")
    assert [error["target"] for error in reply.json["error"]["details"]["errors"]] == [{}, {}]


def test_a_missing_body_is_an_empty_one(url: str) -> None:
    for body, lines in ((b"", []), (b"", ["Content-Length: 0"]), (b"{}", [])):
        reply = ask(url, "PUT", PUT, KEY, "Content-Type: application/json", *lines, body=body)
        assert reply.status == 400
        assert [error["property"] for error in reply.json["error"]["details"]["errors"]] == [
            "integration",
            "externalId",
        ]


def test_a_body_that_nobody_asked_for_is_read_over(url: str) -> None:
    assert ask(url, "GET", "/v2/me", KEY, body=b'{"id": 5}').json["data"]["id"] == 4
    assert ask(url, "GET", "/v2/me", KEY, body=b"{").status == 400


def test_credentials_come_before_validation(url: str) -> None:
    assert ask(url, "PUT", PUT, body=b"{}").status == 401
    assert ask(url, "PUT", PUT, "Authorization: Bearer cal_nobody", body=b"{}").message == "Invalid API Key"


# -- Headers ---------------------------------------------------------------------------------------------------------

EVERYWHERE = [
    ("GET", "/v2/me", 200),
    ("POST", "/v2/me", 404),
    ("PUT", PUT, 400),
    ("GET", "/v2/nothing", 404),
    ("OPTIONS", "/v2/me", 204),
    ("GET", "/health", 200),
    ("GET", "/openapi.json", 200),
]


@pytest.mark.parametrize(("method", "target", "status"), EVERYWHERE)
def test_every_reply_has_the_security_headers_once(url: str, method: str, target: str, status: int) -> None:
    reply = ask(url, method, target, KEY)
    assert reply.status == status
    names = [name for name, _ in reply.header_list]
    for name, value in HELMET.items():
        assert (reply.headers.get(name), names.count(name)) == (value, 1)
    assert reply.headers["access-control-allow-origin"] == "*"
    assert not {"x-powered-by", "server", "access-control-allow-credentials"} & set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("target", ["/", "/v2/me", "/v2/nothing", "/anything/at/all", "/w/default/v2/me"])
def test_a_preflight_is_answered_on_every_path(url: str, target: str) -> None:
    reply = ask(url, "OPTIONS", target, "Origin: https://app.example", "Access-Control-Request-Method: PUT")
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-allow-methods"] == "GET,PATCH,DELETE,HEAD,POST,PUT,OPTIONS"
    assert reply.headers["access-control-allow-headers"] == (
        "x-cal-client-id,x-cal-secret-key,x-cal-platform-embed,cal-api-version,Accept,Authorization,Content-Type,Origin"
    )
    assert reply.headers["access-control-max-age"] == "86400"
    assert "content-length" not in reply.headers


def test_every_request_has_an_id_of_its_own_whatever_the_client_says(url: str) -> None:
    sent = "X-Request-Id: mine"
    ids = [
        ask(url, *way, sent).headers["x-request-id"]
        for way in (("GET", "/v2/me", KEY), ("GET", "/v2/me"), ("GET", "/v2/nothing"), ("PUT", PUT, KEY))
    ]
    assert len(set(ids)) == len(ids)
    assert all(UUID.fullmatch(each) for each in ids)


def test_replies_are_json_in_utf_8(url: str) -> None:
    for target in ("/v2/me", "/v2/nothing"):
        assert ask(url, "GET", target, KEY).headers["content-type"] == "application/json; charset=utf-8"


def test_the_timestamp_of_a_refusal_is_the_worlds_time(url: str) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    stamp = ask(url, "GET", "/v2/nothing").json["timestamp"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)
    assert before <= datetime.fromisoformat(stamp) <= datetime.now(UTC)


def test_an_unchanged_reply_is_not_sent_again(url: str) -> None:
    first = ask(url, "GET", "/v2/me", KEY)
    tag = first.headers["etag"]
    assert re.fullmatch(r'W/"[0-9a-f]+-[A-Za-z0-9+/]{27}"', tag)
    for condition in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        for method in ("GET", "HEAD"):
            again = ask(url, method, "/v2/me", KEY, f"If-None-Match: {condition}")
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
            assert not {"content-type", "content-length"} & set(again.headers)
    assert ask(url, "GET", "/v2/me", KEY, 'If-None-Match: "other"').status == 200


def test_only_successes_of_reads_are_not_sent_again(url: str) -> None:
    assert ask(url, "GET", "/v2/nothing", "If-None-Match: *").status == 404
    reply = put_calendar(url, CALENDAR)
    assert put_calendar(url, CALENDAR, f"If-None-Match: {reply.headers['etag']}").status == 200


# -- Documents -------------------------------------------------------------------------------------------------------


def test_the_description_is_served_as_json_and_as_yaml(url: str) -> None:
    as_json, as_yaml = (httpx.get(f"{url}/openapi.{form}", timeout=30) for form in ("json", "yaml"))
    assert as_json.headers["content-type"] == "application/json; charset=utf-8"
    assert as_yaml.headers["content-type"] == "application/yaml; charset=utf-8"
    assert as_json.json() == load_bundle()
    assert json.loads(json.dumps(yaml.load(as_yaml.text, yaml.CSafeLoader), default=str)) == as_json.json()
    assert len(as_json.json()["paths"]) > 100


def test_an_unchanged_description_is_not_sent_again(url: str) -> None:
    tag = httpx.get(f"{url}/openapi.json").headers["etag"]
    assert httpx.get(f"{url}/openapi.json", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("prefix", ["", "/w/default"])
def test_the_docs_page_finds_everything_on_this_server(url: str, prefix: str) -> None:
    page = httpx.get(f"{url}{prefix}/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(assets) >= 3
    for asset in assets:
        assert not re.match(r"[a-z]+:|//", asset), "an address elsewhere"
        reply = httpx.get(f"{url}{prefix}/{asset}")
        assert (reply.status_code, len(reply.content) > 100) == (200, True)
        kind = {".css": "css", ".js": "javascript", "": "html"}[PurePosixPath(asset).suffix]
        assert reply.headers["content-type"] == f"text/{kind}; charset=utf-8"
    start = httpx.get(f"{url}{prefix}/docs/start.js").text
    assert re.search(r'url: "openapi\.json"', start)
    assert "validatorUrl: null" in start, "the validator would be asked over the internet"


def test_the_docs_page_may_load_nothing_from_elsewhere(url: str) -> None:
    page = httpx.get(f"{url}/docs")
    [policy] = page.headers.get_list("content-security-policy")
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "https://" not in page.text
    style = httpx.get(f"{url}/docs/swagger-ui.css").text
    assert [found for found in re.findall(r"url\(([^)]*)\)", style) if not found.strip("'\"").startswith("data:")] == []


@pytest.mark.parametrize("path", ["/docs/nothing.js", "/docs/../cli.py", "/docs/%2e%2e/cli.py", "/docs/start.js/x"])
def test_the_docs_folder_holds_nothing_else(url: str, path: str) -> None:
    assert ask(url, "GET", path).status == 404


def test_documents_are_only_read(url: str) -> None:
    for path in ("/docs", "/openapi.json", "/health"):
        assert ask(url, "POST", path).status == 404


# -- Credentials in the order in which they are looked at ------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({}, 401, None),
        ({"x-cal-client-id": "sandbox-client"}, 401, None),
        ({"x-cal-secret-key": "sandbox-client-secret"}, 401, None),
        ({"Authorization": "Bearer cal_nobody"}, 401, "Invalid API Key"),
        ({"Authorization": "Bearer cal_sandbox_expired"}, 401, "Your api key is expired"),
        ({"Authorization": "Bearer nonsense"}, 401, "Invalid Access Token."),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, 401, "Invalid Access Token."),
        ({"Authorization": "bearer cal_sandbox_solo"}, 401, "Invalid Access Token."),
        ({"Authorization": "cal_sandbox_solo"}, 200, None),
        (SOLO | {"x-cal-client-id": "nobody", "x-cal-secret-key": "x"}, 401, "Client with ID nobody not found"),
        (SOLO | {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "x"}, 401, "Invalid client secret"),
        ({"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "sandbox-client-secret"}, 200, None),
        (SOLO | {"x-cal-client-id": "nobody"}, 200, None),
    ],
)
def test_credentials(url: str, headers: dict[str, str], status: int, message: str | None) -> None:
    reply = httpx.get(f"{url}/v2/me", headers=headers)
    assert reply.status_code == status
    if status == 401:
        refusal = reply.json()["error"]
        assert refusal["code"] == "UnauthorizedException"
        assert refusal["message"] == message or refusal["message"].startswith("No authentication method provided. ")
        assert (message is None) == refusal["message"].startswith("No authentication method provided. ")

import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from contract_tests.curl import curl_command
from contract_tests.http import Exchange, Reply, Request, to_headers
from contract_tests.known_secrets import KnownSecrets
from contract_tests.reports import markdown
from contract_tests.reports.causes import causes
from contract_tests.reports.har import HarFile
from contract_tests.reports.junit import write_junit
from contract_tests.reports.page import page
from contract_tests.reports.results import Case, Failure, Part, Results
from contract_tests.reports.summary import Outcome, lines
from contract_tests.reports.titles import why_unreadable
from mock_server.runtime.bundle import load_bundle

CURL = """curl -X GET "$BASE_URL"'/v2/schedules/1?a=<script>'"""


@pytest.fixture
def results() -> Results:
    found = Results.of(load_bundle())
    tally = found.tallies["get_schedule"]
    tally.statuses.update({"200": 3, "418": 1})
    tally.passed["replies_leak_nothing"] = 4
    tally.failed["status_code_conformance"] = 1
    found.add(
        Failure("get_schedule", "status_code_conformance", "Undocumented <b>", "418", "a rule", CURL, known=False)
    )
    found.add(Failure("get_schedule", "not_a_server_error", "Server error", "500", "a rule", CURL, known=True))
    found.tallies["delete_schedule"].left_out = "it was not wanted"
    found.tallies["list_schedules"].statuses["401"] = 2
    story = Part("stories", requests=7)
    story.cases.append(Case("schedules", "stories", 1.5, "get_schedule: it \x00 differs <b>", None))
    story.cases.append(Case("rate limits", "stories", 0.5, None, "the server sends no rate-limit headers"))
    story.cases.append(Case("teams", "stories", 0.5, None, None))
    found.parts.append(story)
    return found


def outcome(results: Results) -> Outcome:
    return Outcome(
        1, "The contract is broken.", "pr", "http://example.com", 61.0, results, Path("reports"), ["junit.xml"]
    )


def test_the_summary_has_the_failures_and_their_replays(results: Results) -> None:
    text = "\n".join(lines(outcome(results)))
    assert "CONTRACT BROKEN" in text
    assert f"2 of {len(results.tallies)} tested, 1 reached" in text
    assert "1. Undocumented <b>\n     once: get_schedule" in text
    assert CURL in text
    assert "1 known failures of the baseline" in text
    assert "Server error" not in text
    assert "Never reached with valid credentials (1):\n    list_schedules: answered 2 x 401" in text
    assert "Left out: it was not wanted (1):\n    delete_schedule" in text


def test_an_operation_that_is_left_out_is_not_listed_as_unreached_after_a_refusal(results: Results) -> None:
    results.tallies["delete_schedule"].statuses["403"] = 1
    text = "\n".join(lines(outcome(results)))
    assert "Never reached with valid credentials (1):\n    list_schedules" in text
    assert "Left out: it was not wanted (1):\n    delete_schedule" in text


def test_the_summary_counts_stories_and_names_the_skipped_ones(results: Results) -> None:
    text = "\n".join(lines(outcome(results)))
    assert "Stories     1 held, 1 failed, 1 left out; 7 requests" in text
    assert "Left out: rate limits: the server sends no rate-limit headers" in text


def test_the_junit_report_has_the_words_and_the_totals_of_the_summary(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    write_junit(path, results)
    suites = {suite.get("name"): suite for suite in Xml.parse(path).getroot()}
    stories, operations = suites["stories"], suites["operations"]
    assert (stories.get("tests"), stories.get("failures"), stories.get("skipped")) == ("3", "1", "1")
    assert [each.tag for case in stories for each in case] == ["failure", "skipped"]
    failed = {case.get("name"): each.get("message") for case in operations for each in case if each.tag == "failure"}
    assert failed == {"get_schedule": "Undocumented <b>"}, "a known failure is none"
    assert operations.get("failures") == "1"
    left_out = {case.get("name"): each.get("message") for case in operations for each in case if each.tag == "skipped"}
    assert left_out["delete_schedule"] == "it was not wanted"
    text = "\n".join(lines(outcome(results)))
    assert all(str(title) in text for title in failed.values())


def test_the_markdown_summary_has_the_causes_their_replays_and_why_operations_were_not_reached(
    results: Results,
) -> None:
    results.add_refusal(results.tallies["list_schedules"], 401, '{"error": {"message": "Invalid | key"}}')
    text = markdown.summary(outcome(results))
    assert text.startswith("## Contract tests: CONTRACT BROKEN")
    assert "### 1. Undocumented \\<b\\>" in text
    assert CURL in text
    assert "`list_schedules`: valid requests were answered 401 Invalid \\| key" in text


def test_the_har_file_has_exchanges_without_credentials(tmp_path: Path) -> None:
    path, token = tmp_path / "requests.har", "Bearer cal_0123456789"
    request = Request("POST", "/v2/teams?a=1", to_headers({"authorization": token}), b'{"name":"A"}')
    json_headers = to_headers({"content-type": "application/json"})
    reply = Reply(request, 201, json_headers, b'{"apiKey":"cal_0123456789"}')
    exchange = Exchange("story: teams", reply, datetime.now(UTC), timedelta(seconds=1))
    har = HarFile(path, KnownSecrets())
    har.add(exchange)
    har.add(exchange)
    har.close()
    text = path.read_text(encoding="utf-8")
    [entry, _] = json.loads(text)["log"]["entries"]
    assert "0123456789" not in text
    assert (entry["comment"], entry["time"], entry["response"]["status"]) == ("story: teams", 1000.0, 201)
    assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}]


def test_repeated_failures_are_counted(results: Results) -> None:
    results.add(replace(results.failures[0], curl="curl"))
    [failure] = results.new_failures()
    assert (failure.count, failure.curl) == (2, "curl")


def add_failure(found: Results, operation: str, title: str, status: int, check: str = "a_check") -> None:
    found.add(Failure(operation, check, title, title, "a rule", f"curl {operation}", known=False, status=status))


def test_one_cause_is_one_finding() -> None:
    """In all operations of a family, whatever the values, and whichever check saw it."""
    found = Results.of(load_bundle())
    add_failure(found, "list_bookings", "`/data/0`: `attendees` is missing", 200)
    add_failure(found, "list_bookings", "`/data/7`: `attendees` is missing", 200, "another_check")
    add_failure(found, "list_organization_bookings", "`/data/3`: `attendees` is missing", 201)
    add_failure(found, "create_booking", "answers 500 to a valid request: Unknown column 17", 500)
    add_failure(found, "cancel_booking", "answers 500 to an invalid `x` in the body: Unknown column 4", 500)
    add_failure(found, "create_booking", "`/data/0`: `hosts` is missing", 200)
    add_failure(found, "list_schedules", "`/data/0`: `attendees` is missing", 200)
    for days in (["Monday"], ["Friday", "Sunday"]):
        add_failure(found, "get_schedule", f"differs from an earlier answer: {{'days': ({days}, 'is missing')}}", 200)
    grouped = [(cause.shown.title, cause.operations, cause.count) for cause in causes(found.failures, found)]
    assert grouped == [
        ("`/data/0`: `attendees` is missing", ["list_bookings", "list_organization_bookings"], 3),
        ("answers 500 to a valid request: Unknown column 17", ["create_booking", "cancel_booking"], 2),
        ("differs from an earlier answer: {'days': (['Monday'], 'is missing')}", ["get_schedule"], 2),
        ("`/data/0`: `hosts` is missing", ["create_booking"], 1),
        ("`/data/0`: `attendees` is missing", ["list_schedules"], 1),
    ]


def test_a_cause_in_many_families_counts_once() -> None:
    """A header that is missing everywhere is not reported a dozen times."""
    found = Results.of(load_bundle())
    for operation in ("list_bookings", "list_schedules", "list_teams", "list_webhooks", "get_me"):
        add_failure(found, operation, "X-Request-Id is None", 200)
    [cause] = causes(found.failures, found)
    assert cause.count == 5


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_has_a_row_for_every_operation_and_is_self_contained(results: Results) -> None:
    text = page(outcome(results))
    reader = Reader()
    reader.feed(text)
    rows = {attributes["id"] for tag, attributes in reader.tags if tag == "tr" and "id" in attributes}
    assert rows == set(results.tallies)
    assert not [tag for tag, attributes in reader.tags if tag in ("link", "img") or "src" in attributes]
    assert "a=<script>" not in text
    assert "Undocumented <b>" not in text
    assert "<span class=strange>418 &times; 1</span>" in text
    assert "answered 2 x 401" in text, "why it was never reached"


def test_the_page_says_what_was_run_and_when(results: Results) -> None:
    run = replace(
        outcome(results), began=datetime(2026, 3, 1, 9, 5, tzinfo=UTC), edition="2025-04", command="make fuzz"
    )
    text = page(run)
    for shown in ("2026-03-01 09:05 UTC", "2025-04", "http://example.com", "<dd>make fuzz</dd>", "schemathesis 4."):
        assert shown in text


def test_the_page_has_one_entry_for_a_cause_of_many_operations() -> None:
    found = Results.of(load_bundle())
    for operation in ("list_bookings", "get_booking", "list_organization_bookings"):
        add_failure(found, operation, "`/data`: `hosts` is missing", 200)
    text = page(outcome(found))
    assert text.count("<details><summary><span class=bad>new</span>") == 1
    assert "3 times, 3 operations" in text


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (("authorization", "Bearer cal_0123"), "authorization: Bearer <CAL_API_KEY>"),
        (("x-cal-secret-key", "the-secret"), "x-cal-secret-key: <CAL_CLIENT_SECRET>"),
        (("authorization", "Bearer eyJa.eyJb.c"), "authorization: Bearer <ACCESS_TOKEN>"),
        (("authorization", "Bearer cal_another_key"), "authorization: Bearer <OTHER_API_KEY>"),
        (("x-cal-secret-key", "eyJa.eyJb.c"), "x-cal-secret-key: <CLIENT_SECRET>"),
        (("cookie", "session=1"), "cookie: <COOKIE>"),
        (("proxy-authorization", "Basic YTpi"), "proxy-authorization: <PROXY_AUTHORIZATION>"),
        (("accept-language", "it"), "accept-language: it"),
        (("x-empty", ""), "x-empty;"),
    ],
)
def test_curl_commands_hold_no_credentials(header: tuple[str, str], shown: str) -> None:
    command = curl_command(Request("GET", "/v2/me", to_headers(dict([header]))), {"cal_0123", "the-secret"})
    assert header[1] not in command or header[1] in shown
    assert words_of(command) == ["-isS", "-X", "GET", "-H", shown, "http://server/v2/me"]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"refreshToken": "eyJa.eyJb.c", "x": "it's"}, {"refreshToken": "<REFRESH_TOKEN>", "x": "it's"}),
        (
            {"secret": 'quo"ted', "url": "http://h/?k=cal_another_key"},
            {"secret": "<SECRET>", "url": "http://h/?k=<OTHER_API_KEY>"},
        ),
        ({"serviceAccountKey": {"private_key": "abc"}}, {"serviceAccountKey": {"private_key": "<PRIVATE_KEY>"}}),
        ({"name": "told-by-a-reply"}, {"name": "<SECRET>"}),
        (
            {"secret": None, "password": 5, "z": "\x00\n$HOME `id`"},
            {"secret": None, "password": 5, "z": "\x00\n$HOME `id`"},
        ),
    ],
)
def test_curl_commands_take_secret_fields_from_the_environment(body: Any, shown: Any) -> None:
    command = curl_command(Request("POST", "/v2/x", body=json.dumps(body).encode()), {"cal_0123"}, {"told-by-a-reply"})
    *_, sent, url = words_of(command)
    assert json.loads(sent) == shown
    assert url == "http://server/v2/x"


@pytest.mark.parametrize("nearly", ["The-Secret-OF-A-CLIENT", "the-secret-of-a-clien", "he-secret-of-a-client"])
def test_curl_commands_do_not_show_what_is_nearly_a_secret(nearly: str) -> None:
    """Stories try texts that differ little from a client's secret."""
    request = Request("GET", "/v2/me", to_headers({"x-cal-secret-key": nearly}))
    assert "x-cal-secret-key: <CLIENT_SECRET>" in words_of(curl_command(request, {"the-secret-of-a-client"}))


def test_curl_commands_hold_no_secrets_in_their_target() -> None:
    target = "/v2/x?state=accessToken%3DeyJa.eyJb.c%26x=1&apiKey=hush&key=cal_0123"
    *_, url = words_of(curl_command(Request("GET", target), {"cal_0123"}))
    assert url == "http://server/v2/x?state=accessToken%3D<ACCESS_TOKEN>%26x=1&apiKey=***&key=<CAL_API_KEY>"


def words_of(command: str) -> list[str]:
    """What the shell makes of a command; each variable holds its name in angle brackets."""
    assert command.startswith("curl ")
    names = set(re.findall(r"\$([A-Z_]+)", command)) - {"HOME"}
    environment = {name: f"<{name}>" for name in names} | {"BASE_URL": "http://server", "PATH": os.environ["PATH"]}
    script = f"for word in {command.removeprefix('curl ')}; do printf '%s\\0' \"$word\"; done"
    result = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=True).stdout
    return result.decode().split("\0")[:-1]


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (lambda data: data["uid"], "it has no `uid`"),
        (lambda data: data["list"][0], "a list in it is too short"),
        (lambda data: data["none"]["uid"], "it has another shape"),
        (lambda data: next(each for each in data["list"]), "nothing in it matches"),
    ],
)
def test_the_reason_why_a_reply_could_not_be_read_is_given_in_words(read: Callable[[Any], Any], why: str) -> None:
    with pytest.raises((LookupError, TypeError, StopIteration)) as failed:
        read({"list": [], "none": None})
    assert why_unreadable(failed.value).startswith(why)

import json
import os
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from contract_tests.fuzzing.replay import command_of
from contract_tests.known_secrets import KnownSecrets
from contract_tests.reports.causes import causes
from contract_tests.reports.exchanges import Exchange, HarFile
from contract_tests.reports.junit import add_to_junit
from contract_tests.reports.page import page
from contract_tests.reports.results import Case, Failure, Part, Results
from contract_tests.reports.summary import Outcome, lines
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


def test_the_summary_tells_what_is_broken_and_how_to_replay_it(results: Results) -> None:
    text = "\n".join(lines(outcome(results)))
    assert "CONTRACT BROKEN" in text
    assert f"2 of {len(results.tallies)} tested, 1 reached" in text
    assert "1. Undocumented <b>\n     once: get_schedule" in text
    assert CURL in text
    assert "1 known failures of the baseline" in text
    assert "Server error" not in text
    assert "Never reached with valid credentials (1):\n    list_schedules" in text
    assert "Left out: it was not wanted (1):\n    delete_schedule" in text


def test_the_summary_counts_stories_and_says_which_were_not_told(results: Results) -> None:
    text = "\n".join(lines(outcome(results)))
    assert "Stories     1 held, 1 failed, 1 left out; 7 requests" in text
    assert "Left out: rate limits: the server sends no rate-limit headers" in text


def test_stories_stand_in_the_junit_report_beside_what_it_had(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text('<testsuites><testsuite name="schemathesis"/></testsuites>')
    add_to_junit(path, results.parts)
    [_, suite] = Xml.parse(path).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    assert [each.tag for case in suite for each in case] == ["failure", "skipped"]


def test_exchanges_stand_in_the_har_without_credentials(tmp_path: Path) -> None:
    path, token = tmp_path / "requests.har", b"Bearer cal_0123456789"
    exchange = Exchange(
        "story: teams", "POST", "/v2/teams?a=1", [(b"authorization", token)], b'{"name":"A"}', 201,
        [(b"content-type", b"application/json")], b'{"apiKey":"cal_0123456789"}', datetime.now(UTC),
        timedelta(seconds=1),
    )  # fmt: skip
    har = HarFile(path, KnownSecrets())
    har.add(exchange)
    har.add(exchange)
    har.close()
    text = path.read_text()
    [entry, _] = json.loads(text)["log"]["entries"]
    assert "0123456789" not in text
    assert (entry["comment"], entry["time"], entry["response"]["status"]) == ("story: teams", 1000.0, 201)
    assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}]


def test_one_failure_of_a_kind_is_counted(results: Results) -> None:
    results.add(replace(results.failures[0], curl="curl"))
    [failure] = results.new_failures()
    assert (failure.count, failure.curl) == (2, "curl")


def told(found: Results, operation: str, title: str, status: int, check: str = "a_check") -> None:
    found.add(Failure(operation, check, title, title, "a rule", f"curl {operation}", known=False, status=status))


def test_one_cause_is_one_finding() -> None:
    """In all operations of a family, whatever the values, and whichever check saw it."""
    found = Results.of(load_bundle())
    told(found, "list_bookings", "`/data/0`: `attendees` is missing", 200)
    told(found, "list_bookings", "`/data/7`: `attendees` is missing", 200, "another_check")
    told(found, "list_organization_bookings", "`/data/3`: `attendees` is missing", 200)
    told(found, "create_booking", "answers 500 to a valid request: Unknown column 17", 500)
    told(found, "cancel_booking", "answers 500 to an invalid `x` in the body: Unknown column 4", 500)
    told(found, "create_booking", "`/data/0`: `hosts` is missing", 200)
    told(found, "list_schedules", "`/data/0`: `attendees` is missing", 200)
    grouped = [(cause.shown.title, cause.operations, cause.count) for cause in causes(found.failures, found)]
    assert grouped == [
        ("`/data/0`: `attendees` is missing", ["list_bookings", "list_organization_bookings"], 3),
        ("answers 500 to a valid request: Unknown column 17", ["create_booking", "cancel_booking"], 2),
        ("`/data/0`: `hosts` is missing", ["create_booking"], 1),
        ("`/data/0`: `attendees` is missing", ["list_schedules"], 1),
    ]


def test_a_cause_in_many_families_is_one_of_the_service() -> None:
    """A header that is missing everywhere is not told by the dozen."""
    found = Results.of(load_bundle())
    for operation in ("list_bookings", "list_schedules", "list_teams", "list_webhooks", "get_me"):
        told(found, operation, "X-Request-Id is None", 200)
    [cause] = causes(found.failures, found)
    assert cause.count == 5


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_has_a_row_for_every_operation_and_needs_nothing_from_outside(results: Results) -> None:
    text = page(outcome(results))
    reader = Reader()
    reader.feed(text)
    rows = {attributes["id"] for tag, attributes in reader.tags if tag == "tr" and "id" in attributes}
    assert rows == set(results.tallies)
    assert not [tag for tag, attributes in reader.tags if tag in ("link", "img") or "src" in attributes]
    assert "a=<script>" not in text
    assert "Undocumented <b>" not in text
    assert "<span class=strange>1</span>" in text


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
def test_commands_that_replay_name_no_credentials(header: tuple[str, str], shown: str) -> None:
    command = command_of("GET", "/v2/me", [header], None, {"cal_0123", "the-secret"})
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
def test_commands_that_replay_take_secret_fields_from_the_environment(body: Any, shown: Any) -> None:
    command = command_of("POST", "/v2/x", [], json.dumps(body).encode(), {"cal_0123"}, {"told-by-a-reply"})
    *_, sent, url = words_of(command)
    assert json.loads(sent) == shown
    assert url == "http://server/v2/x"


def test_a_target_names_no_secrets_either() -> None:
    target = "/v2/x?state=accessToken%3DeyJa.eyJb.c%26x=1&apiKey=hush&key=cal_0123"
    *_, url = words_of(command_of("GET", target, [], None, {"cal_0123"}))
    assert url == "http://server/v2/x?state=accessToken%3D<ACCESS_TOKEN>%26x=1&apiKey=***&key=<CAL_API_KEY>"


def words_of(command: str) -> list[str]:
    """What the shell makes of a command; each variable holds its name in angle brackets."""
    assert command.startswith("curl ")
    names = set(re.findall(r"\$([A-Z_]+)", command)) - {"HOME"}
    environment = {name: f"<{name}>" for name in names} | {"BASE_URL": "http://server", "PATH": os.environ["PATH"]}
    script = f"for word in {command.removeprefix('curl ')}; do printf '%s\\0' \"$word\"; done"
    told = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=True).stdout
    return told.decode().split("\0")[:-1]

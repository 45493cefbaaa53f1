"""The commands for a running sandbox: what they print and refuse, and that --json is the control plane's JSON."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner

from mock_server.cli import app
from mock_server.commands import webhook_listener
from mock_server.commands.following import follow
from mock_server.commands.webhook_listener import Listener
from mock_server.control_client import control_client, json_of
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.webhooks.signature import HEADER, verify

SOLO = {"Authorization": "Bearer cal_sandbox_solo"}
NOBODY = {"integration": "google_calendar", "externalId": "nobody@example.com"}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def world(running: RunningSandbox) -> Iterator[str]:
    with running.world() as url:
        yield url


def run(url: str, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments, env={"CAL_MOCK_URL": url}, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def printed(url: str, *arguments: str, stdin: str | None = None) -> str:
    status, output, errors = run(url, *arguments, stdin=stdin)
    assert (status, errors) == (0, "")
    return output


def document(url: str, *arguments: str) -> Any:
    return json.loads(printed(url, *arguments, "--json"))


def refusal(url: str, *arguments: str, stdin: str | None = None) -> str:
    status, output, errors = run(url, *arguments, stdin=stdin)
    assert (status, output) == (2, "")
    return errors.splitlines()[-1]


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


# -- Worlds, their state and their time ------------------------------------------------------------------------------


def test_the_clock_is_shown_set_frozen_and_advanced(world: str) -> None:
    assert printed(world, "clock", "show").endswith(" UTC, running\n")
    assert printed(world, "clock", "set", "2031-01-01T09:00:00Z", "--freeze") == "2031-01-01 09:00:00 UTC, frozen\n"
    assert printed(world, "clock", "advance", "1h30m") == "2031-01-01 10:30:00 UTC, frozen\n"
    assert document(world, "clock", "advance", "1.5d") == {"now": "2031-01-02T22:30:00.000Z", "frozen": True}
    assert printed(world, "clock", "thaw").endswith(" UTC, running\n")
    assert printed(world, "clock", "freeze").endswith(" UTC, frozen\n")
    assert document(world, "clock", "show") == httpx.get(f"{world}/_sandbox/clock").json()
    assert printed(world, "clock", "real").endswith(" UTC, running\n")
    assert document(world, "clock", "show")["now"] < "2031"
    assert "'soon' is not a duration" in refusal(world, "clock", "advance", "soon")
    assert refusal(world, "clock", "set", "noon") == (
        "cal-mock: `now` takes a time in ISO 8601, such as 2030-01-01T09:00:00Z."
    )


def test_worlds_are_created_branched_listed_and_dropped(running: RunningSandbox, world: str, tmp_path: Path) -> None:
    printed(world, "clock", "set", "2031-01-01T09:00:00Z", "--freeze")
    assert printed(world, "worlds", "branch", "later") == f"World later is at {running.url}/w/later\n"
    assert printed(f"{running.url}/w/later", "clock", "show") == "2031-01-01 09:00:00 UTC, frozen\n"
    assert document(running.url, "worlds", "create", "copy", "--from", "later")["id"] == "copy"
    listed = document(running.url, "worlds", "list")
    assert listed == httpx.get(f"{running.url}/_sandbox/worlds").json()
    table = [cells(line) for line in printed(world, "worlds", "list").splitlines()]
    assert table[0] == ["WORLD", "URL"]
    assert ["default", running.url] in table and ["copy", f"{running.url}/w/copy"] in table

    file = tmp_path / "state.json"
    file.touch(0o644)
    assert f"to {file}." in printed(f"{running.url}/w/later", "snapshot", "export", str(file))
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(printed(f"{running.url}/w/later", "snapshot", "export")) == json.loads(file.read_bytes())
    printed(world, "worlds", "create", "third", "--snapshot", str(file))
    assert printed(f"{running.url}/w/third", "clock", "show") == "2031-01-01 09:00:00 UTC, frozen\n"

    assert "already" in refusal(world, "worlds", "branch", "later")
    assert "exclude each other" in refusal(world, "worlds", "create", "--from", "a", "--snapshot", "b")
    for name in ("later", "copy", "third"):
        assert printed(world, "worlds", "drop", name) == f"World {name} is dropped.\n"
    assert refusal(world, "worlds", "drop", "later") == "cal-mock: There is no world 'later'."
    assert refusal(f"{running.url}/w/later", "clock", "show") == "cal-mock: There is no world 'later'."


def test_a_reset_and_an_import_replace_the_state(world: str, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    printed(world, "snapshot", "export", str(file))
    printed(world, "clock", "set", "2031-01-01T09:00:00Z", "--freeze")
    assert printed(world, "reset").endswith(" is as at its start.\n")
    assert document(world, "clock", "show")["frozen"] is False
    printed(world, "clock", "freeze")
    assert document(world, "snapshot", "import", str(file))["status"] == "ok"
    assert document(world, "clock", "show")["frozen"] is False
    printed(world, "snapshot", "import", stdin=file.read_text(encoding="utf-8"))
    file.write_bytes(b"{")
    assert refusal(world, "snapshot", "import", str(file)).startswith(f"cal-mock: {file} is not JSON: ")
    assert refusal(world, "snapshot", "import", f"{file}.none").endswith(
        ".none cannot be read: No such file or directory."
    )
    assert refusal(world, "snapshot", "import", stdin="{}").startswith("cal-mock: ")
    assert refusal(world, "snapshot", "export", str(tmp_path)).endswith(" cannot be written: Is a directory.")


# -- What happened ---------------------------------------------------------------------------------------------------


def test_requests_are_listed_filtered_and_forgotten(world: str) -> None:
    httpx.get(f"{world}/v2/me", headers=SOLO)
    httpx.put(f"{world}/v2/destination-calendars", headers=SOLO, json=NOBODY)
    first, second = printed(world, "requests").splitlines()
    assert re.search(r" GET +/v2/me +200 +\d+\.\d ms  get_me  user 4 \(api-key\)$", first)
    assert second.endswith("user 4 (api-key)  Could not find calendar nobody@example.com")
    assert printed(world, "requests", "--limit", "1").splitlines() == [second]
    assert printed(world, "requests", "--status", "4xx", "--caller", "4").splitlines() == [second]
    assert printed(world, "requests", "--operation", "get_me").splitlines() == [first]
    assert document(world, "requests") == httpx.get(f"{world}/_sandbox/requests").json()
    assert "cal_sandbox_solo" not in printed(world, "requests", "--json")
    assert refusal(world, "requests", "--status", "bad").startswith("cal-mock: `status` takes a status such as 404")
    assert printed(world, "requests", "--clear") == "All requests are forgotten.\n"
    assert printed(world, "requests") == ""


def test_later_requests_are_followed(world: str) -> None:
    for name in ("first", "second", "third"):
        httpx.get(f"{world}/v2/{name}")
    with control_client(world, None) as sandbox:
        found = follow(sandbox, "/requests", "requests", 1)
        assert [next(found)["request"]["url"] for _ in range(2)] == ["/v2/second", "/v2/third"]
        threading.Timer(0.05, lambda: httpx.get(f"{world}/v2/fourth")).start()
        assert next(found)["request"]["url"] == "/v2/fourth"


@contextmanager
def command(url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "mock_server", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "CAL_MOCK_URL": url},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupted(process: subprocess.Popen[str]) -> str:
    """Ends a command by Ctrl-C, without a traceback; returns what it printed meanwhile."""
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "")
    return rest


def test_requests_and_messages_are_followed_until_ctrl_c(world: str) -> None:
    httpx.get(f"{world}/v2/me", headers=SOLO)
    with command(world, "requests", "--follow", "--json") as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["operation"] == "get_me"
        httpx.get(f"{world}/v2/later")
        assert json.loads(following.stdout.readline())["request"]["url"] == "/v2/later"
        assert interrupted(following) == ""


def book(world: str) -> str:
    printed(world, "clock", "set", "2031-01-06T08:00:00Z", "--freeze")
    reply = httpx.post(
        f"{world}/v2/bookings",
        headers={**SOLO, "cal-api-version": "2024-08-13"},
        json={
            "start": "2031-01-07T10:00:00Z",
            "eventTypeId": 1,
            "attendee": {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/London"},
        },
    )
    return reply.json()["data"]["uid"]


def test_the_outbox_is_listed_and_read(world: str) -> None:
    assert printed(world, "outbox") == "The outbox is empty.\n"
    uid = book(world)
    head, *rows = [cells(line) for line in printed(world, "outbox").splitlines()]
    assert head == ["AT", "CHANNEL", "TO", "KIND", "CODE", "SUBJECT"]
    assert rows[-1][1:4] == ["email", "ann@example.com", "bookingConfirmed"]
    assert rows[-1][0] == "2031-01-06 08:00:00"
    text = printed(world, "outbox", "--to", "ann@example.com", "--booking", uid, "--text")
    assert text.startswith("At: 2031-01-06 08:00:00 UTC\nTo: ann@example.com\nSubject: 15 min meeting")
    assert "Attached: event.ics\n" in text and "Your event has been scheduled" in text
    assert document(world, "outbox", "--channel", "sms")["data"] == []
    assert "`channel` takes one of" in refusal(world, "outbox", "--channel", "pigeon")
    printed(world, "outbox", "--clear")
    assert printed(world, "outbox") == "The outbox is empty.\n"


def test_the_state_is_examined(world: str) -> None:
    assert printed(world, "doctor").endswith(" rows, 0 complaints\n")
    assert document(world, "doctor")["complaints"] == []
    assert run("http://127.0.0.1:1", "doctor", world)[0] == 0, "an argument names the sandbox, too"


# -- Faults, explanations --------------------------------------------------------------------------------------------


def test_faults_are_added_listed_and_removed(world: str) -> None:
    assert printed(world, "faults", "list") == "There are no faults.\n"
    options = ["--operation", "get_me", "--status", "503", "--first", "1", "--message", "Later", "--after"]
    assert printed(world, "faults", "add", *options, "--header", "Retry-After: 7", "--delay", "1-2").startswith(
        "Fault fault-1 is added: operation get_me, first 1, "
    )
    reply = httpx.get(f"{world}/v2/me", headers=SOLO)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")
    [row] = [cells(line) for line in printed(world, "faults", "list").splitlines()][1:]
    assert row[:3] == ["fault-1", "operation get_me", "first 1"]
    assert row[-2:] == ["1", "1"]
    added = document(world, "faults", "add", "--user", "4", "--credentials", "api-key", "--connection", "drop")
    assert added["caller"] == {"userId": 4, "kind": "api-key"}
    assert document(world, "faults", "list") == httpx.get(f"{world}/_sandbox/faults").json()
    assert printed(world, "faults", "remove", "fault-1") == "Fault fault-1 is removed.\n"
    assert refusal(world, "faults", "remove", "fault-1") == "cal-mock: There is no fault fault-1 in this world."
    assert printed(world, "faults", "clear") == "All faults are removed.\n"
    assert refusal(world, "faults", "add", "--operation", "get_mee", "--status", "503").startswith(
        "cal-mock: The fault is invalid: "
    )
    assert "is not NAME:VALUE" in refusal(world, "faults", "add", "--header", "x")
    assert "is not a delay" in refusal(world, "faults", "add", "--delay", "long")


def test_missing_slots_are_explained_by_day(world: str) -> None:
    printed(world, "clock", "set", "2031-01-07T08:00:00Z", "--freeze")  # A Tuesday; Wednesday has a lunch.
    lines = printed(world, "explain", "slots", "--event-type", "1", "--time-zone", "Europe/London").splitlines()
    days = {cells(line)[0]: cells(line) for line in lines[1:] if line[0] != " "}
    assert list(days) == [f"2031-01-{day:02}" for day in range(7, 14)]
    assert days["2031-01-08"][1:5] == ["28", "32", "calendar", "12:00 12:15 12:30 12:45"]
    assert days["2031-01-11"][1:4] == ["0", "0", "schedule"]
    assert "notice" in days["2031-01-07"]
    arguments = ["--username", "solo", "--slug", "thirty-minutes", "--start", "2031-01-08", "--query", "end=2031-01-08"]
    query = {"username": "solo", "eventTypeSlug": "thirty-minutes", "start": "2031-01-08", "end": "2031-01-08"}
    explained = httpx.get(f"{world}/_sandbox/explain/slots", params=query).json()
    assert document(world, "explain", "slots", *arguments) == explained
    assert list(explained["days"]) == ["2031-01-08"]
    assert "Name the event type" in refusal(world, "explain", "slots")
    assert refusal(world, "explain", "slots", "--event-type", "999").startswith("cal-mock: ")
    assert refusal(world, "explain", "slots", "--event-type", "1", "--start", "soon").startswith("cal-mock: ")


# -- Webhooks --------------------------------------------------------------------------------------------------------

Received = tuple[dict[str, str], bytes]


@pytest.fixture
def receiver() -> Iterator[tuple[str, Queue[Received]]]:
    """A server that accepts everything with 202: its URL, and what it received."""
    received: Queue[Received] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", received
        server.shutdown()


def webhooks_of(world: str) -> list[dict[str, Any]]:
    return httpx.get(f"{world}/_sandbox/state/webhooks").json()["rows"]


def test_samples_are_sent_listed_and_replayed(world: str, receiver: tuple[str, Queue[Received]]) -> None:
    url, received = receiver
    assert printed(world, "webhooks", "deliveries") == "Nothing has been delivered.\n"
    assert printed(world, "webhooks", "trigger", "BOOKING_PAID") == "No webhook subscribes to BOOKING_PAID.\n"
    head, row = map(cells, printed(world, "webhooks", "trigger", "BOOKING_PAID", "--to", url).splitlines())
    assert head[2:6] == ["TRIGGER", "STATUS", "REPLY", "URL"]
    assert row[2:6] == ["BOOKING_PAID", "delivered", "202", url]
    sent = document(world, "webhooks", "trigger", "BOOKING_PAID", "--to", url, "--secret", "shh")["deliveries"]
    assert [each["trigger"] for each in sent] == ["BOOKING_PAID"]
    received.get(timeout=10)
    headers, body = received.get(timeout=10)
    assert verify(body=body, signature=headers[HEADER.lower()], secret="shh")
    assert printed(world, "webhooks", "replay", "2") == "Delivery 2 is sent again as delivery 3.\n"
    assert received.get(timeout=10)[1] == body
    listed = printed(world, "webhooks", "deliveries", "--limit", "2").splitlines()
    assert [cells(line)[0] for line in listed] == ["ID", "2", "3"]
    printed(world, "webhooks", "trigger", "BOOKING_PAID", "--to", url, "--payload", "-", stdin='{"a": 1}')
    assert json.loads(received.get(timeout=10)[1])["payload"] == {"a": 1}
    assert refusal(world, "webhooks", "trigger", "NOTHING").startswith("cal-mock: `trigger` takes one of BOOKING_")
    assert refusal(world, "webhooks", "replay", "99") == "cal-mock: There is no delivery 99."


def test_deliveries_are_printed_and_forwarded_with_their_signature(
    world: str, receiver: tuple[str, Queue[Received]]
) -> None:
    url, received = receiver
    arguments = ["webhooks", "listen", "--forward-to", url, "--key", "cal_sandbox_solo", "--secret", "shh"]
    with command(world, *arguments) as listening:
        assert listening.stdout is not None
        assert listening.stdout.readline() == (
            f"Listening to webhooks of 1 key, forwarding to {url}. Ctrl-C ends it.\n"
        )
        uid = book(world)
        headers, body = received.get(timeout=10)
        assert verify(body=body, signature=headers[HEADER.lower()], secret="shh")
        [delivery] = httpx.get(f"{world}/_sandbox/webhooks/deliveries", params={"wait": 5}).json()["deliveries"]
        assert body.decode() == delivery["request"]["body"]
        sent = {name.lower(): value for name, value in delivery["request"]["headers"].items()}
        assert sent.items() <= headers.items()
        assert listening.stdout.readline() == (
            f"2031-01-06 08:00:00 BOOKING_CREATED  {uid} 15 min meeting between Sam Solo and Ann Lee  -> 202\n"
        )
        assert len(webhooks_of(world)) == 1
        assert interrupted(listening) == ""
    assert webhooks_of(world) == []


def test_a_listener_survives_an_absent_receiver_and_a_reset(world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_listener, "WAIT", 0)
    with control_client(world, None) as sandbox:
        listener = Listener(sandbox, ["cal_sandbox_solo", "cal_sandbox_owner"], ["BOOKING_CREATED"], "shh")
        with listener.subscribed(), webhook_listener._forwarder("http://127.0.0.1:1") as http:
            assert {each["user_id"] for each in webhooks_of(world)} == {1, 4}
            found = listener.deliveries()
            book(world)
            received = next(found)
            assert http is not None
            outcome = webhook_listener._forward(http, "http://127.0.0.1:1", received)
            assert outcome["status"] is None
            assert "not forwarded: " in webhook_listener._line(received, outcome)
            threading.Thread(target=lambda: [printed(world, "reset"), wait_for_webhooks(world), book(world)]).start()
            assert next(found)["json"]["triggerEvent"] == "BOOKING_CREATED"
    assert webhooks_of(world) == []


def wait_for_webhooks(world: str) -> None:
    while len(webhooks_of(world)) < 2:
        pass


def test_all_known_keys_are_listened_to_for_all_triggers(world: str) -> None:
    with command(world, "webhooks", "listen", "--json") as listening:
        assert listening.stderr is not None and listening.stdout is not None
        assert re.fullmatch(
            r"Listening to webhooks of 4 keys; they are signed with the secret \w+\. Ctrl-C ends it\.\n",
            listening.stderr.readline(),
        )
        assert sorted(each["user_id"] for each in webhooks_of(world)) == [1, 2, 3, 4]
        assert "BOOKING_CREATED" in webhooks_of(world)[0]["triggers"]
        book(world)
        assert json.loads(listening.stdout.readline())["json"]["triggerEvent"] == "BOOKING_CREATED"
        listening.terminate()
        assert listening.wait(20) == 130
    assert webhooks_of(world) == []


def test_what_cannot_be_listened_to_is_refused(world: str) -> None:
    for target in ("ftp://x", f"{world}/_sandbox/webhooks/inbox/mine"):
        assert refusal(world, "webhooks", "listen", "--forward-to", target).startswith("cal-mock: --forward-to ")
    assert "Invalid API Key" in refusal(world, "webhooks", "listen", "--key", "cal_nothing")
    assert "refused" in refusal(world, "webhooks", "listen", "--trigger", "NOTHING", "--key", "cal_sandbox_solo")
    assert webhooks_of(world) == []
    printed(world, "faults", "add", "--operation", "create_webhook", "--body", "malformed")
    line = refusal(world, "webhooks", "listen", "--key", "cal_sandbox_solo")
    assert line == "cal-mock: The reply to POST /v2/webhooks is not JSON."


# -- Every command ---------------------------------------------------------------------------------------------------


def leaves(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, each in group.commands.items():
        if isinstance(each, click.Group):
            yield from leaves(each, *path, name)
        else:
            yield (*path, name), each


CONNECTED = {path: each for path, each in leaves(app) if {"url", "token", "as_json"} <= {p.name for p in each.params}}
ARGUMENTS = {
    ("clock", "set"): ["2031-01-01"],
    ("clock", "advance"): ["1h"],
    ("worlds", "drop"): ["mine"],
    ("webhooks", "trigger"): ["BOOKING_PAID"],
    ("webhooks", "replay"): ["1"],
    ("faults", "remove"): ["1"],
    ("explain", "slots"): ["--event-type", "1"],
    ("snapshot", "import"): ["-"],
}


@pytest.mark.parametrize("path", CONNECTED, ids=" ".join)
def test_a_command_says_where_no_sandbox_answers(path: tuple[str, ...]) -> None:
    line = refusal("http://127.0.0.1:1", *path, *ARGUMENTS.get(path, []), stdin="{}")
    assert re.fullmatch(
        r"cal-mock: No sandbox answers at http://127\.0\.0\.1:1: .+\. Start one with `cal-mock serve`, "
        r"or say where it is with --url\.",
        line,
    )


def test_the_commands_for_a_sandbox_are_those_of_these_groups() -> None:
    groups = {path[0] for path in CONNECTED}
    assert groups == {
        "env", "reset", "clock", "worlds", "snapshot", "requests", "webhooks", "outbox", "faults", "explain", "doctor",
    }  # fmt: skip


def test_another_server_is_no_sandbox(receiver: tuple[str, Queue[Received]]) -> None:
    url = receiver[0].removesuffix("/hook")
    assert refusal(url, "clock", "show").startswith(f"cal-mock: The server at {url} is not a sandbox")
    for content in (b"<html>", b'"text"', b'{"name": "\xff"}'):
        assert json_of(httpx.Response(200, content=content)) is None


def test_a_token_is_asked_for_and_sent() -> None:
    with running_sandbox_with_token("only-the-admin-knows") as url:
        line = refusal(url, "clock", "show")
        assert line.endswith(" Give it with --token or CAL_MOCK_TOKEN.")
        assert printed(url, "clock", "show", "--token", "only-the-admin-knows").endswith("running\n")
        assert "two words" not in refusal(url, "clock", "show", "--token", "two words")


@contextmanager
def running_sandbox_with_token(token: str) -> Iterator[str]:
    from mock_server.runtime.settings import Settings

    with running_sandbox(Settings(admin_token=token)) as sandbox:
        yield sandbox.url


def test_control_characters_do_not_reach_the_terminal(world: str) -> None:
    escape = {"integration": "google_calendar", "externalId": "\x1b]0;title\x07"}
    httpx.put(f"{world}/v2/destination-calendars", headers=SOLO, json=escape)
    [line] = printed(world, "requests").splitlines()
    assert line.endswith("Could not find calendar \\x1b]0;title\\x07")


def test_shells_get_a_completion() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from mock_server.cli import main; main()"],
        env={**os.environ, "_CAL_MOCK_COMPLETE": "bash_source"},
        capture_output=True,
        check=True,
    )
    assert b"complete -o nosort -F _cal_mock_completion cal-mock" in done.stdout


# -- Environment variables -------------------------------------------------------------------------------------------


def test_env_connects_an_application_with_a_world(world: str) -> None:
    lines = dict(line.split("=", 1) for line in printed(world, "env").splitlines())
    assert lines == {
        "CAL_MOCK_URL": world,
        "CAL_API_URL": f"{world}/v2",
        "CAL_API_KEY": "cal_sandbox_owner",
        "CAL_MOCK_ORG_SLUG": "acme",
    }
    assert document(world, "env", "--json") == lines
    me = httpx.get(f"{lines['CAL_API_URL']}/me", headers={"Authorization": f"Bearer {lines['CAL_API_KEY']}"})
    assert me.status_code == 200


def test_env_waits_for_a_sandbox_that_is_starting(running: RunningSandbox) -> None:
    asked = threading.Event()

    class Starting(BaseHTTPRequestHandler):
        """Closes the first connection without a reply, and answers later requests as the sandbox."""

        def do_GET(self) -> None:
            if not asked.is_set():
                asked.set()
                return
            reply = httpx.get(running.url + self.path)
            self.send_response(reply.status_code)
            self.end_headers()
            self.wfile.write(reply.content)

        def log_message(self, *_: object) -> None:
            """Prints nothing."""

    with HTTPServer(("127.0.0.1", 0), Starting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert "CAL_API_KEY=" in printed(url, "env", "--wait", "20")
        asked.clear()
        assert run(url, "env")[0] == 2
        server.shutdown()

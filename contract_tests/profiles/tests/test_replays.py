"""`replay.sh` makes what a failing request needs, sees the failing reply again, and removes what it made."""

import json
import os
import re
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from contract_tests.profiles.run import Choices, fuzz
from contract_tests.profiles.tests.conftest import collections
from mock_server.running import running_sandbox
from mock_server.server import Sandbox

pytestmark = pytest.mark.filterwarnings("ignore")


class Incomplete:
    """A sandbox of which one item of a kind, read alone, lacks a field."""

    def __init__(self, kind: str, field: str, sandbox: Sandbox) -> None:
        self._app = sandbox.app
        self._item = re.compile(rf"/v2/{kind}/[\w-]+")
        self._field = re.compile(rf'"{field}":("[^"]*"|\w+),'.encode())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] != "GET" or not self._item.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def broken(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept = [each for each in message["headers"] if each[0] != b"content-length"]
                await send({**message, "headers": kept})
            else:
                await send({**message, "body": self._field.sub(b"", message["body"])})

        await self._app(scope, receive, broken)


def replay(reports: Path, url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CAL_")}
    return subprocess.run(
        ["sh", str(reports / "replay.sh"), "1"],
        env={**environment, **variables, "BASE_URL": url},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.mark.parametrize(
    ("credentials", "story", "field"),
    [("client", "schedules", "name"), ("key", "schedules", "name"), ("key", "webhooks", "active")],
)
def test_a_replay_on_a_fresh_server_reproduces_the_failing_reply(
    credentials: str, story: str, field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = partial(Incomplete, story, field)
    if credentials == "key":
        monkeypatch.setenv("CAL_API_KEY", "cal_sandbox_solo")
        monkeypatch.delenv("CAL_CLIENT_ID")
        monkeypatch.delenv("CAL_CLIENT_SECRET")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "ci-page.md"))
    with running_sandbox(wrap=broken) as running:
        run = Choices("staging", running.url, tmp_path, rate=0, seed=1, parts=("stories",), stories=(story,))
        assert fuzz(run) == 1
    assert f"`{field}` is missing" in (tmp_path / "ci-page.md").read_text(encoding="utf-8")
    har = json.loads((tmp_path / "requests.har").read_text(encoding="utf-8"))["log"]["entries"]
    assert har, "the HAR has the failures"
    assert all(entry["request"]["url"].startswith("http://127.0.0.1") for entry in har)
    with running_sandbox(wrap=broken) as fresh:
        before = collections(fresh.url)
        nothing = replay(tmp_path, fresh.url)
        assert re.search("Set CAL_[A-Z_]+, which this replay needs", nothing.stderr)
        output = replay(tmp_path, fresh.url, **{each: value for each, value in os.environ.items() if "CAL_" in each})
        assert collections(fresh.url) == before
    assert "The set-up failed" not in output.stderr
    assert output.stdout.startswith("== 1\nHTTP/1.1 200 OK")
    reply = json.loads(output.stdout.splitlines()[-1])["data"]
    assert reply["id"]
    assert field not in reply

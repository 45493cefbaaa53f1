"""`replay.sh` makes what a failing request needs, sees the failing reply again, and removes what it made."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contract_tests.profiles.run import Choices, fuzz
from contract_tests.profiles.tests.conftest import collections
from mock_server.running import running_sandbox
from mock_server.server import Sandbox

pytestmark = pytest.mark.filterwarnings("ignore")


class NamelessSchedules:
    """A sandbox of which one schedule, read alone, has no name."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._app = sandbox.app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] != "GET" or not re.search(r"/v2/schedules/\d+$", scope["path"]):
            await self._app(scope, receive, send)
            return

        async def broken(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept = [each for each in message["headers"] if each[0] != b"content-length"]
                await send({**message, "headers": kept})
            else:
                await send({**message, "body": re.sub(rb'"name":"[^"]*",', b"", message["body"])})

        await self._app(scope, receive, broken)


@pytest.mark.parametrize("credentials", ["client", "key"])
def test_a_replay_on_a_fresh_server_reproduces_the_failing_reply(
    credentials: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if credentials == "key":
        monkeypatch.setenv("CAL_API_KEY", "cal_sandbox_solo")
        monkeypatch.delenv("CAL_CLIENT_ID")
        monkeypatch.delenv("CAL_CLIENT_SECRET")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "ci-page.md"))
    with running_sandbox(wrap=NamelessSchedules) as running:
        run = Choices("staging", running.url, tmp_path, rate=0, seed=1, parts=("stories",), stories=("schedules",))
        assert fuzz(run) == 1
    assert "`name` is missing" in (tmp_path / "ci-page.md").read_text(encoding="utf-8")
    har = json.loads((tmp_path / "requests.har").read_text(encoding="utf-8"))["log"]["entries"]
    assert har, "the HAR has the failures"
    assert all(entry["request"]["url"].startswith("http://127.0.0.1") for entry in har)
    with running_sandbox(wrap=NamelessSchedules) as fresh:
        before = collections(fresh.url)
        environment = {**os.environ, "BASE_URL": fresh.url}
        output = subprocess.run(
            ["sh", str(tmp_path / "replay.sh"), "1"], env=environment, capture_output=True, encoding="utf-8", timeout=60
        )
        assert collections(fresh.url) == before
    assert "The set-up failed" not in output.stderr
    assert output.stdout.startswith("== 1\nHTTP/1.1 200 OK")
    reply = json.loads(output.stdout.splitlines()[-1])["data"]
    assert reply["timeZone"]
    assert "name" not in reply

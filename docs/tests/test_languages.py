"""The sample project that the page about TypeScript shows compiles, and its tests pass."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.state.edition import DEFAULT_EDITION

LANGUAGES = Path(__file__).parents[1] / "languages"
PAGE = LANGUAGES / "typescript.md"
SECONDS = 300


def test_the_commands_of_the_page_about_typescript_succeed(tmp_path: Path) -> None:
    sample = tmp_path / "typescript"
    shutil.copytree(LANGUAGES / "typescript", sample, ignore=shutil.ignore_patterns("node_modules", "*.d.ts"))
    commands = [line.split("#")[0].strip() for line in PAGE.read_text(encoding="utf-8").splitlines()]
    commands = [each for each in commands if each.startswith("npm ")]
    assert commands[-1] == "npm test"
    with running_sandbox(Settings(edition=DEFAULT_EDITION, strict=True)) as sandbox:
        environment = {**os.environ, "CAL_MOCK_URL": sandbox.url}
        environment.pop("CAL_MOCK_TOKEN", None)
        for command in commands:
            done = subprocess.run(
                command.split(),
                cwd=sample,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert len(sandbox.sandbox.worlds.all()) == 1, "a test did not drop its world"

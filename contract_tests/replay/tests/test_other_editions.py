"""The checks find nothing in the recordings of the other editions either: a process runs `test_replay.py` for each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server.runtime.editions import EDITIONS, chosen_edition

REPLAY = Path(__file__).with_name("test_replay.py")


@pytest.mark.parametrize("edition", [each for each in EDITIONS if each != chosen_edition()])
def test_recorded_replies_of_the_edition_pass_every_check(edition: str) -> None:
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "--tb=short", str(REPLAY)]
    environment = {**os.environ, "CAL_MOCK_EDITION": edition}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]

"""What makes the sandbox fit for a container."""

from __future__ import annotations

import signal
import subprocess
import sys

LOADING = """
import os, sys, types
from mock_server.__main__ import main

def load():
    print("loading", flush=True)
    sys.stdin.read()

sys.modules["mock_server.cli"] = types.SimpleNamespace(main=load)
os.getpid = lambda: 1
main()
"""


def test_sigterm_ends_the_first_process_of_a_container_while_it_is_loading() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LOADING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"loading\n"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (143, b"")

"""Ctrl-C ends a command without a traceback, also while it is still loading."""

from __future__ import annotations

import subprocess
import sys

import pytest

INTERRUPTED_AT = """
import runpy, signal, sys

class Interruption:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interruption)
sys.argv = {argv!r}
runpy.run_module({argv[0]!r}, run_name="__main__", alter_sys=True)
"""

IN_THE_BACKGROUND = """
import signal, subprocess, sys

signal.signal(signal.SIGINT, signal.SIG_IGN)
import contract_tests.suite_process

child = "import signal; signal.raise_signal(signal.SIGINT)"
print(subprocess.run([sys.executable, "-c", child], stderr=subprocess.PIPE).stderr.decode())
"""


@pytest.mark.parametrize(
    ("command", "module", "text"),
    [
        ("contract_tests mutants drops_field", "schemathesis", "Stopped by hand.\n"),
        ("contract_tests mutants drops_field", "contract_tests.mutants.table", "Stopped by hand.\n"),
        ("contract_tests fuzz", "contract_tests.profiles.run", "Stopped by hand.\n"),
        ("mock_server spec", "click", ""),
        ("mock_server spec", "mock_server.runtime.bundle", ""),
    ],
)
def test_while_a_command_is_loading(command: str, module: str, text: str) -> None:
    code = INTERRUPTED_AT.format(module=module, argv=command.split())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", text)


def test_processes_that_the_suite_starts_in_the_background_can_be_interrupted() -> None:
    done = subprocess.run([sys.executable, "-c", IN_THE_BACKGROUND], capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.strip().endswith("KeyboardInterrupt"), done.stderr

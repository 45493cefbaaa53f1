"""What `--quick` leaves out, and what it does about tests that take long."""

from __future__ import annotations

import pytest

from contract_tests import quick_tests

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.slow("in a quick run, the tests in these runs would be watched as well")

TESTS = """
import socket, subprocess, sys, threading
import pytest

@pytest.fixture(scope="module")
def server():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener

def test_in_process():
    assert sum(range(10)) == 45

def test_with_a_server(server):
    assert server.getsockname()

def test_with_the_same_server(server):
    assert server.getsockname()

def test_with_a_process():
    try:
        assert subprocess.run([sys.executable, "-c", ""]).returncode == 0
    except Exception:
        raise AssertionError

@pytest.mark.slow("computes for long")
def test_marked():
    pass
"""


def run(pytester: pytest.Pytester, *options: str, tests: str = TESTS) -> pytest.RunResult:
    """Runs tests with the plugin."""
    pytester.makepyfile(test_some=tests)
    plugins = ("--disable-plugin-autoload", "-p", "no:cacheprovider", "-p", "contract_tests.quick_tests")
    return pytester.runpytest_inprocess(*plugins, "-rs", *options)


def test_tests_that_start_servers_or_processes_or_are_marked_are_skipped(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--quick")
    result.assert_outcomes(passed=1, skipped=4)
    for reason in ("it opens a server socket", "it starts a process", "computes for long"):
        result.stdout.fnmatch_lines([f"SKIPPED * not quick: {reason}"])


def test_a_module_that_is_marked_as_a_whole_is_not_imported(pytester: pytest.Pytester) -> None:
    marked = 'import pytest\n\npytestmark = pytest.mark.slow("computes for long")\n\nraise RuntimeError\n'
    run(pytester, "--quick", tests=marked).assert_outcomes()
    run(pytester, tests=marked).assert_outcomes(errors=1)


def test_a_package_that_is_marked_as_a_whole_is_not_imported(pytester: pytest.Pytester) -> None:
    package = pytester.mkpydir("journeys")
    package.joinpath("__init__.py").write_text(
        'import pytest\n\npytestmark = pytest.mark.slow("calls a server")\n', encoding="utf-8"
    )
    package.joinpath("test_journey.py").write_text("raise RuntimeError\n", encoding="utf-8")
    run(pytester, "--quick").assert_outcomes(passed=1, skipped=4)
    run(pytester).assert_outcomes(errors=1)


def test_the_socket_that_a_test_was_about_to_open_is_closed(pytester: pytest.Pytester) -> None:
    tests = "import socket\n\ndef test_server():\n    socket.socket().bind(('127.0.0.1', 0))\n"
    run(pytester, "--quick", "-W", "error", tests=tests).assert_outcomes(skipped=1)


def test_without_the_option_all_are_run(pytester: pytest.Pytester) -> None:
    run(pytester).assert_outcomes(passed=5)


def test_a_quick_test_that_takes_long_fails(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_tests, "LONGEST", 0.0)
    run(pytester, "--quick", tests="def test_busy():\n    sum(range(100_000))").assert_outcomes(failed=1)


SHARED_SERVER = """
import socket
import pytest

@pytest.fixture(scope="session")
def server():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener

@pytest.fixture(scope="module")
def shared():
    yield
    raise RuntimeError("cannot be cleaned up")

def test_that_finds_out(server):
    pass

def test_in_process(shared):
    pass

def test_that_is_known_to_need_the_server(server):
    pass
"""


def test_what_a_test_leaves_is_cleaned_up_although_the_last_one_of_its_module_is_skipped(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_then="def test_of_another_module():\n    pass")
    result = run(pytester, "--quick", tests=SHARED_SERVER)
    result.assert_outcomes(passed=2, skipped=2, errors=1)
    result.stdout.fnmatch_lines(["*cannot be cleaned up*"])

"""The pytest plugin: options, reports, and what it costs where no test uses it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import platformdirs
import pytest

from mock_server.running import running_sandbox
from mock_server.runtime.editions import EDITION_VARIABLE
from mock_server.runtime.settings import Settings
from mock_server.testing import recent_requests

pytest_plugins = ["pytester"]

PLUGIN = "mock_server.pytest_plugin"
PAGE = Path(__file__).parents[1] / "pytest.md"
WORLD = """
users:
  - {id: 9, email: kim@example.com, username: kim, name: Kim, created_date: 2025-04-01T08:00:00Z}
api_keys:
  - {id: key-kim, user_id: 9, key: cal_sandbox_kim, created_at: 2025-04-01T08:00:00Z}
"""
CACHE = platformdirs.user_cache_path()
SLOW_MODULES = {"asyncio", "httpx", "mock_server.running", "mock_server.server", "mock_server.testing", "msgspec"}


def example(heading: str) -> str:
    """The test below a heading of the page."""
    _, _, text = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")
    return text.partition("```python\n")[2].partition("```")[0]


@pytest.fixture(autouse=True)
def environment(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a client, who gets the default edition; with the cache of bundles, which pytester hides with the home."""
    assert pytester.path.exists()
    monkeypatch.setenv("XDG_CACHE_HOME", str(CACHE))
    monkeypatch.delenv(EDITION_VARIABLE)


@pytest.fixture(scope="module", autouse=True)
def everything_imported() -> None:
    """Imports what a sandbox imports: pytester forgets modules that the inner run was the first to import."""
    with running_sandbox(Settings(edition="2026-03")) as running, running.world() as url:
        recent_requests(url)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Runs pytest in this process, strictly, as a client would whose warnings are errors."""
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers")
    return pytester.runpytest_inprocess(
        "--disable-plugin-autoload", "-p", PLUGIN, "-p", "no:cacheprovider", *arguments
    )  # This process may have imported modules that plugins want to rewrite.


def test_workers_of_xdist_have_a_sandbox_and_report_requests(pytester: pytest.Pytester) -> None:
    failing = 'def test_failing(cal_mock):\n    httpx.get(f"{cal_mock}/v2/schedule")\n    assert False'
    pytester.makepyfile(f"{example('In parallel, with pytest-xdist')}\n\n{failing}")
    result = pytester.runpytest_subprocess("-p", PLUGIN, "-p", "no:schemathesis", "-n", "1")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*- Requests to cal-mock -*", "GET /v2/schedule -> 404 *"])


def test_options_are_chosen_by_marker(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", world=WORLD)
    pytester.makepyfile(
        """
        import httpx
        import pytest

        pytestmark = pytest.mark.cal_mock(edition="2025-04")
        seen = []

        def health(url):
            return httpx.get(f"{url}/_sandbox/health").json()

        def test_module(cal_mock):
            seen.append(cal_mock)
            assert health(cal_mock)["edition"] == "2025-04"

        class TestClass:
            pytestmark = pytest.mark.cal_mock(edition="2026-03")

            def test_class(self, cal_mock):
                assert health(cal_mock)["edition"] == "2026-03"

            @pytest.mark.cal_mock(edition="2025-04")
            def test_method(self, cal_mock):
                assert cal_mock.partition("/w/")[0] == seen[0].partition("/w/")[0]
                assert cal_mock != seen[0]

        @pytest.mark.cal_mock(world="world.yaml")
        def test_world(cal_mock):
            me = httpx.get(f"{cal_mock}/v2/me", headers={"Authorization": "Bearer cal_sandbox_kim"})
            assert me.json()["data"]["username"] == "kim"
        """
    )
    run(pytester).assert_outcomes(passed=4)


def test_an_unknown_option_is_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.cal_mock(editions="2025-04")
        def test_it(cal_mock):
            pass
        """
    )
    run(pytester).stdout.fnmatch_lines("*takes edition=, world=, strict=, rate_limit=, not editions*")


def test_a_failed_test_shows_its_requests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import httpx
        import unittest
        import pytest

        def test_function(cal_mock):
            httpx.put(f"{cal_mock}/v2/me", json={"name": "Sam"})
            httpx.get(f"{cal_mock}/v2/me?apiKey=cal_live_secret", headers={"Authorization": "Bearer cal_live_secret"})
            assert False

        def test_passing(cal_mock):
            httpx.put(f"{cal_mock}/v2/passing")

        class Test(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _sandbox(self, cal_mock):
                self.url = cal_mock

            def test_method(self):
                httpx.get(f"{self.url}/v2/schedule")
                self.fail()
        """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*- Requests to cal-mock -*",
            "PUT /v2/me -> 404  no operation, no credentials",
            "  got    *Cannot PUT /v2/me*",
            "  hint   /v2/me takes GET or PATCH.",
            "GET /v2/me?apiKey=[*][*][*] -> 401  get_me, no credentials",
            "  hint   The world has no such key.*",
            "*- Requests to cal-mock -*",
            "GET /v2/schedule -> 404 *",
            "  hint   *Similar ones: /v2/schedules*",
        ]
    )
    reported = re.findall(r"- Requests to cal-mock -+\n(.*?)\n[_=-]{5}", result.stdout.str(), re.DOTALL)
    assert len(reported) == 2
    assert not any("cal_live_secret" in each for each in reported)
    result.stdout.no_fnmatch_line("*/v2/passing*")


def test_the_package_registers_the_plugin_under_the_name_of_its_module() -> None:
    # Under another name, pytest would refuse a conftest.py that lists the module in `pytest_plugins`.
    registered = {each.name: each.value for each in entry_points(group="pytest11", name=PLUGIN)}
    assert registered == {PLUGIN: "cal_mock:pytest_plugin"}, "make install registers it"


def test_the_plugin_loads_nothing_slow() -> None:
    code = f"import sys, pytest; before = {{*sys.modules}}; import {PLUGIN}; print(*({{*sys.modules}} - before))"
    loaded = subprocess.check_output([sys.executable, "-c", code], encoding="utf-8").split()
    assert {PLUGIN} <= {*loaded} <= {"mock_server", PLUGIN}
    assert not SLOW_MODULES & {*loaded}

"""What a wheel contains: what the server and the contract tests need, without the tests of the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from mock_server import areas
from mock_server.commands.contract import PACKAGES
from mock_server.state.edition import EDITIONS

CHECKOUT = Path(areas.__file__).parent.parent
INSTALLED = Path(".venv", "site-packages")
START = """
class Hider:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ("prance", "openapi_spec_validator", "contract_tests", "schemathesis", "hypothesis", "pytest"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hider)
from mock_server import server
from mock_server.runtime import bundle, bundle_cache
from mock_server.runtime.editions import EDITIONS

assert server.__file__.startswith(sys.argv[1]), server.__file__
bundle_cache.cache_folder = lambda: None
print(*(edition for edition in EDITIONS if bundle.load_bundle(edition=edition)["paths"]))
"""

COLLECT = """
from contract_tests.profiles.journeys import FOLDER, run_pytest

assert str(FOLDER).startswith(sys.argv[1]), FOLDER
raise SystemExit(run_pytest(["--collect-only", str(FOLDER / "schedules")]))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an environment in which the wheel is installed."""
    made = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    [wheel] = made.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(made / "project" / INSTALLED)
    return made / "project"


def run(code: str, project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs code of a program in the project, with the path of what is installed as its argument."""
    installed = str(project / INSTALLED)
    return subprocess.run(
        [sys.executable, "-P", "-c", f"import sys\n{code}", installed],
        cwd=project,
        env={**os.environ, "PYTHONPATH": installed, **variables},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


def test_it_starts_with_the_bundles_of_its_sources(project: Path) -> None:
    done = run(START, project)
    assert done.stdout.split() == [*EDITIONS], done.stderr


def test_it_has_what_is_run_and_no_tests_of_the_checkout(project: Path) -> None:
    installed = project / INSTALLED
    files = {each.relative_to(installed) for each in installed.rglob("*") if each.is_file()}
    pages = CHECKOUT / "mock_server" / "inspector" / "static"
    assert {each.relative_to(CHECKOUT) for each in pages.iterdir()} <= files
    assert {Path("cal_mock/__init__.py"), Path("mock_server/py.typed")} <= files
    left_out = {"tests", "bench", "replay", "mutation", ".ci", "wheel_hook.py"}
    left_out |= {"oldest_edition.py", "quick_tests.py", "suite_process.py"}
    assert [each for each in files if left_out & {*each.parts}] == []
    assert {each.parts[1] for each in files if each.name.startswith("test_")} == {"journeys"}


def test_the_extra_has_the_packages_that_the_commands_ask_for(project: Path) -> None:
    [metadata] = (project / INSTALLED).glob("*.dist-info")
    required = PathDistribution(metadata).requires or []
    extra = {re.split(r"[<>=]", each)[0] for each in required if "extra == 'contract'" in each}
    assert {each.replace("-", "_") for each in extra} == {*PACKAGES}
    assert [each for each in required if "<" not in each and not each.startswith("prance")] == []


def test_journeys_run_apart_from_the_pytest_settings_of_the_project(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\naddopts = '--no-such-option'\n", encoding="utf-8"
    )
    (project / "conftest.py").write_text("raise RuntimeError('This is not for journeys.')\n", encoding="utf-8")
    done = run(COLLECT, project, PYTEST_ADDOPTS="--neither-this-one", PYTEST_PLUGINS="no_such_plugin")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "journeys/schedules/test_schedules.py::test_" in done.stdout

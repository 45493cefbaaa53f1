"""The public names: those of the page, lazily imported and typed; and what explains a clash with a user's modules."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest
from click.testing import CliRunner

import mock_server
from mock_server.cli import app
from mock_server.webhooks import signature

PACKAGE = Path(mock_server.__file__).parent
OPTIONS = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:hypothesispytest")
"""Those of the inner runs of pytest, without plugins that take long to load."""
PAGE = (PACKAGE / "public_api.md").read_text(encoding="utf-8")


def documented(module: str) -> set[str]:
    """The names in the first column of the table below the heading of a module."""
    section = PAGE.split(f"## `{module}`\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)", section, re.MULTILINE))


def test_the_page_has_the_public_names() -> None:
    assert documented("mock_server") == set(mock_server._MODULES) | {"__version__"}
    assert documented("mock_server.webhooks.signature") == {"HEADER", "UNSIGNED", "sign", "verify"}


def test_the_members_on_the_page_exist() -> None:
    for name, text in re.findall(r"^\| `([A-Z]\w+)` \| (.+) \|$", PAGE, re.MULTILINE):
        if name in mock_server._MODULES:
            members = {*dir(getattr(mock_server, name)), "url"}
            assert {each.removesuffix("()") for each in re.findall(r"`(\w+(?:\(\))?)`", text)} <= members, name


def test_type_checkers_see_the_names_that_are_imported_when_they_are_used() -> None:
    source = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        alias.asname: each.module
        for each in ast.walk(source)
        if isinstance(each, ast.ImportFrom)
        for alias in each.names
        if alias.asname == alias.name
    }
    assert seen == mock_server._MODULES
    assert (PACKAGE / "py.typed").exists()


@pytest.mark.parametrize("name", sorted(mock_server._MODULES))
def test_a_public_name_is_documented_and_typed(name: str) -> None:
    public = getattr(mock_server, name)
    assert public.__doc__
    assert name in dir(mock_server)
    members = [public] if inspect.isfunction(public) else [each for each in vars(public).values() if is_method(each)]
    assert members or get_type_hints(public)
    for each in members:
        assert is_typed(each), each


def is_method(value: object) -> bool:
    return inspect.isfunction(value) and (value.__name__ == "__init__" or not value.__name__.startswith("_"))


def is_typed(function: object) -> bool:
    """Whether all parameters but `self` and the result have types."""
    found = inspect.signature(function)  # pyright: ignore[reportArgumentType]
    parameters = [each for name, each in found.parameters.items() if name != "self"]
    types = [*(each.annotation for each in parameters), found.return_annotation]
    return found.empty not in types


def test_signatures_are_typed() -> None:
    assert is_typed(signature.sign)
    assert is_typed(signature.verify)


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    code = "import sys, mock_server; print(*(each for each in sys.modules if each.startswith(('mock_', 'cal_'))))"
    assert subprocess.check_output([sys.executable, "-c", code], encoding="utf-8").split() == ["mock_server"]


# -- Clashes ---------------------------------------------------------------------------------------------------------


def run(folder: Path, *command: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command of a user's project, with `path` before everything else on Python's search path."""
    hidden = {"PYTHONPATH": os.pathsep.join(map(str, [path, PACKAGE.parent]))} if path is not None else {}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **hidden},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("name", ["mock_server.py", "mock_server/__init__.py"])
def test_the_command_and_the_plugin_name_the_module_that_hides_the_package(name: str, tmp_path: Path) -> None:
    module = tmp_path / name
    module.parent.mkdir(exist_ok=True)
    module.touch()
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    expected = f"{module} hides the package mock_server of cal-mock"
    command = run(tmp_path, "-c", "import cal_mock; cal_mock.main()", "serve", path=tmp_path)
    assert (command.returncode, command.stdout) == (2, "")
    assert re.fullmatch(f"cal-mock: {re.escape(expected)}: .+ Rename it, .+\n", command.stderr)
    plugin = run(tmp_path, "-m", "pytest", *OPTIONS, path=tmp_path)
    assert plugin.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {expected}" in plugin.stderr
    assert "Traceback" not in plugin.stderr


@pytest.mark.parametrize("command", ["fuzz", "compare", "proxy --upstream x", "world import x --from x --key x"])
def test_commands_that_need_the_contract_tests_name_the_module_that_hides_them(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "contract_tests.py"
    module.touch()
    monkeypatch.syspath_prepend(tmp_path)
    found = CliRunner().invoke(app, command.split())
    assert found.exit_code == 2
    assert found.stderr.startswith(f"cal-mock: {module} hides the package contract_tests of cal-mock")


def test_tests_that_import_a_mock_server_of_their_own_learn_that_the_package_hides_it(tmp_path: Path) -> None:
    module = tmp_path / "mock_server" / "__init__.py"
    module.parent.mkdir()
    module.write_text("class FakeServer:\n    pass\n", encoding="utf-8")
    module.with_name("fakes.py").touch()
    for number, statement in enumerate(["from mock_server import FakeServer", "import mock_server.fakes"]):
        (tmp_path / f"test_{number}.py").write_text(f"{statement}\n", encoding="utf-8")
    found = run(tmp_path, "-P", "-m", "pytest", *OPTIONS)  # -P: not the current folder, as `pytest`.
    assert found.returncode == pytest.ExitCode.INTERRUPTED
    for name in ("FakeServer", "fakes"):
        assert re.search(f"ImportError: {re.escape(str(module))} cannot be imported, .+ has no '{name}'", found.stdout)


def test_a_folder_without_a_package_in_it_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "mock_server").mkdir()
    found = run(tmp_path, "-c", "import cal_mock; print(cal_mock.clash())", path=tmp_path)
    assert found.stdout == "None\n"


def test_what_does_not_exist_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'FakeServer'"):
        mock_server.FakeServer  # noqa: B018
    assert import_module("cal_mock").pytest_plugin is import_module("mock_server.pytest_plugin")

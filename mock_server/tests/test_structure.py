"""The structure of the code: no import cycles, and the same modules in every area."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

import contract_tests
from mock_server import areas
from mock_server.runtime import request_summary, time_zones

PACKAGE = Path(areas.__file__).parent


def test_there_are_no_import_cycles() -> None:
    graph = grimp.build_graph("mock_server")
    for public in graph.find_modules_directly_imported_by("mock_server"):  # For type checkers only.
        graph.remove_import(importer="mock_server", imported=public)
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        if module in trail:
            raise AssertionError(" -> ".join((*trail[trail.index(module) :], module)))
        if module in done:
            return
        for imported in graph.find_modules_directly_imported_by(module):
            visit(imported, (*trail, module))
        done.add(module)

    for module in graph.modules:
        visit(module, ())


def test_every_area_is_a_package_with_a_docstring() -> None:
    for area in areas.AREAS:
        text = (PACKAGE / area / "__init__.py").read_text(encoding="utf-8")
        assert text.startswith('"""'), area


def test_areas_of_code_and_description_have_the_same_names() -> None:
    described = {path.name for path in (PACKAGE.parent / "openapi").iterdir() if path.is_dir()} - {"shared"}
    assert described == set(areas.AREAS)


# -- Time zones and the time come from one place ---------------------------------------------------------------------

ZONE_MODULES = ("zoneinfo", "backports.zoneinfo", "dateutil.tz", "dateutil.zoneinfo", "pytz", "tzlocal")
TAKE_THE_MACHINE_S_ZONE = {"now": 0, "astimezone": 0, "fromtimestamp": 1}
"""Methods of datetime that do so when they are called with that many arguments."""


@cache
def tree_of(module: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(module.read_text(encoding="utf-8"))


def uses_of_local_time_zones(tree: ast.Module) -> list[int]:
    """The lines that load time zones or read the local one, except imports for type checking."""
    return [node.lineno for node in _run(tree) if _loads_zones(node) or _is_local_time(node)]


def _run(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        yield from _run(node)


def _loads_zones(node: ast.AST) -> bool:
    modules: list[str] = []
    if isinstance(node, ast.Import):
        modules = [each.name for each in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = [node.module or "", *(f"{node.module}.{each.name}" for each in node.names)]
    return any(each == module or each.startswith(f"{module}.") for each in modules for module in ZONE_MODULES)


def _is_local_time(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
        return False
    return TAKE_THE_MACHINE_S_ZONE.get(node.func.attr) == len(node.args)


@pytest.mark.parametrize(
    "line",
    [
        "from zoneinfo import ZoneInfo",
        "import zoneinfo",
        "import zoneinfo as z",
        "from dateutil import tz",
        "from dateutil.tz import gettz",
        "import pytz",
        "datetime.now()",
        "moment.astimezone()",
        "datetime.fromtimestamp(0)",
    ],
)
def test_uses_of_local_time_zones_are_found(line: str) -> None:
    assert uses_of_local_time_zones(ast.parse(f"def function():\n    {line}")) == [2]
    assert uses_of_local_time_zones(ast.parse(f"if TYPE_CHECKING:\n    {line}")) == []


ALLOWED = {
    Path(time_zones.__file__),
    Path(request_summary.__file__),  # The local time of day, on a terminal.
    Path(contract_tests.__file__).parent / "proxy" / "observer.py",  # The local time of day, on a terminal.
}


pytestmark = pytest.mark.slow("parses all modules")

MODULES = [path for package in (areas, contract_tests) for path in Path(package.__file__).parent.rglob("*.py")]


def test_time_zones_are_loaded_in_one_place() -> None:
    found = {path: uses_of_local_time_zones(tree_of(path)) for path in MODULES if path not in ALLOWED}
    assert {path: lines for path, lines in found.items() if lines} == {}
    assert all(uses_of_local_time_zones(tree_of(path)) for path in ALLOWED)


# -- Text is UTF-8 on every system -----------------------------------------------------------------------------------


def text_in_the_machine_s_encoding(tree: ast.Module) -> list[int]:
    """The lines that read or write text without an explicit encoding."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_text(node)]


def _is_text(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {each.arg: each.value for each in call.keywords}
    if "encoding" in given:
        return False
    if name in ("read_text", "write_text", "TextIOWrapper"):
        return True
    if name in ("run", "Popen", "check_output") and isinstance(call.func, ast.Attribute):
        return bool({"text", "universal_newlines"} & given.keys())
    if name != "open":
        return False
    mode = given.get("mode", call.args[-1] if call.args else ast.Constant("r"))
    on_path = isinstance(call.func, ast.Attribute) and not ast.unparse(call.func.value).endswith(("browser", "os"))
    if not (on_path or isinstance(call.func, ast.Name)):
        return False
    return isinstance(mode, ast.Constant) and str(mode.value) in ("r", "w", "a", "x", "r+", "w+", "a+", "x+")


@pytest.mark.parametrize(
    "line", ["path.read_text(", "path.open(", "path.open('a', ", "subprocess.run(command, text=True, "]
)
def test_text_without_an_encoding_is_found(line: str) -> None:
    assert text_in_the_machine_s_encoding(ast.parse(f"{line})")) == [1]
    assert text_in_the_machine_s_encoding(ast.parse(f"{line}encoding='utf-8')")) == []


def test_all_text_files_have_an_explicit_encoding() -> None:
    found = {path: text_in_the_machine_s_encoding(tree_of(path)) for path in MODULES}
    assert {path: lines for path, lines in found.items() if lines} == {}

"""How the code is cut: no circles among modules, and the same anatomy in every area."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

import contract_tests
from mock_server import areas
from mock_server.runtime import time_zones

PACKAGE = Path(areas.__file__).parent


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph("mock_server")
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


def test_every_area_is_a_package_with_a_line_on_what_it_holds() -> None:
    for area in areas.AREAS:
        text = (PACKAGE / area / "__init__.py").read_text()
        assert text.startswith('"""'), area


def test_areas_of_code_and_description_carry_the_same_names() -> None:
    described = {path.name for path in (PACKAGE.parent / "openapi").iterdir() if path.is_dir()} - {"shared"}
    assert described == set(areas.AREAS)


# -- Time zones and the time come from one place ---------------------------------------------------------------------

ZONE_MODULES = ("zoneinfo", "backports.zoneinfo", "dateutil.tz", "dateutil.zoneinfo", "pytz", "tzlocal")
TAKE_THE_MACHINE_S_ZONE = {"now": 0, "astimezone": 0, "fromtimestamp": 1}
"""Methods of datetime that do so when they are called with that many arguments."""


def uses_of_the_machine_s_zones(source: str) -> list[int]:
    """The lines that load time zones, or read the machine's own one. Imports for types alone do not count."""
    return [node.lineno for node in _run(ast.parse(source)) if _loads_zones(node) or _is_local_time(node)]


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
def test_uses_of_the_machine_s_zones_are_found(line: str) -> None:
    assert uses_of_the_machine_s_zones(f"def function():\n    {line}") == [2]
    assert uses_of_the_machine_s_zones(f"if TYPE_CHECKING:\n    {line}") == []


ALLOWED = {
    Path(time_zones.__file__),
    Path(contract_tests.__file__).parent / "proxy" / "report.py",  # The time of day, on the terminal of a person.
}


def test_time_zones_are_loaded_in_one_place() -> None:
    modules = [path for package in (areas, contract_tests) for path in Path(package.__file__).parent.rglob("*.py")]
    found = {path: uses_of_the_machine_s_zones(path.read_text()) for path in modules if path not in ALLOWED}
    assert {path: lines for path, lines in found.items() if lines} == {}
    assert all(uses_of_the_machine_s_zones(path.read_text()) for path in ALLOWED)

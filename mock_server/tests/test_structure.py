"""How the code is cut: no circles among modules, and the same anatomy in every area."""

from __future__ import annotations

from pathlib import Path

import grimp

from mock_server import areas

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

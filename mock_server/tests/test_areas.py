"""Lookup of the functions of operations."""

from __future__ import annotations

from pathlib import Path

import pytest

import mock_server
from mock_server import areas
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description
from mock_server.runtime.tests.small import describe, operation
from mock_server.state.edition import EDITIONS
from mock_server.state.errors import Unusable

FUNCTION = "def {name}(call):\n    return '{module}'\n"


@pytest.fixture
def area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The empty `operations` package of a new area, which is named like its parent folder."""
    folder = tmp_path / f"area_of_{request.node.name}" / "operations"
    folder.mkdir(parents=True)
    for each in (folder.parent, folder):
        (each / "__init__.py").touch()
    monkeypatch.setattr(mock_server, "__path__", [*mock_server.__path__, str(tmp_path)])
    return folder


def write(area: Path, module: str, *functions: str, before: str = "") -> None:
    text = before + "".join(FUNCTION.format(name=name, module=module) for name in functions)
    (area / f"{module}.py").write_text(text, encoding="utf-8")


def test_every_module_of_an_operations_package_is_searched(area: Path) -> None:
    write(area, "notes", "create_note")
    other = f"from mock_server.{area.parent.name}.operations.notes import create_note\n"
    write(area, "replies", "create_reply", before=other)
    write(area, "__init__", "list_notes")
    for name, module in (("create_note", "notes"), ("create_reply", "replies"), ("list_notes", "__init__")):
        handler = areas.find_handler(area.parent.name, name)
        assert handler is not None
        assert handler.__code__.co_filename == str(area / f"{module}.py")
    assert areas.find_handler(area.parent.name, "delete_note") is None


def test_an_operation_with_two_functions_is_refused(area: Path) -> None:
    write(area, "notes", "create_note")
    write(area, "replies", "create_note")
    with pytest.raises(Unusable, match=r"create_note has two functions, in .*\.notes and .*\.replies"):
        areas.find_handler(area.parent.name, "create_note")


def test_every_function_of_an_area_has_an_operation_there() -> None:
    """In some edition. Else its operation answers generated replies. Helpers are private, or in other modules."""
    missing = [areas.functions_without_operation(Description(load_bundle(edition=edition))) for edition in EDITIONS]
    names = [{each.partition(";")[0] for each in found} for found in missing]
    assert set.intersection(*names) == set()


def test_a_function_with_a_mistyped_name_is_found(area: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(area, "notes", "create_note", "delete_notes", "_text_of")
    name = area.parent.name
    described = [operation(each, **{"x-area": name}) for each in ("create_note", "delete_note")]
    description = describe({f"/v2/{number}": {"post": each} for number, each in enumerate(described)})
    monkeypatch.setattr(areas, "AREAS", (name,))
    assert areas.functions_without_operation(description) == [
        f"mock_server.{name}.operations.notes.delete_notes; did you mean delete_note?"
    ]


def test_an_area_may_have_no_operations_yet(area: Path) -> None:
    (area / "__init__.py").unlink()
    area.rmdir()
    assert areas.find_handler(area.parent.name, "create_note") is None

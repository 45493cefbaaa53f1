"""Every operation is covered by a journey; at least, one of its area names the last fixed segment of its path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import httpx
import pytest

from contract_tests.conftest import skip_if_replaced
from contract_tests.editions import served_edition
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.changes import read_changes
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.editions import EDITION_VARIABLE, EDITIONS

JOURNEYS = Path(__file__).parent / "journeys"


@cache
def text_of_journeys(area: str = ".") -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((JOURNEYS / area).rglob("*.py")))


def is_named(path: str, area: str) -> bool:
    segment = [part for part in path.split("/") if part and not part.startswith("{")][-1]
    return re.search(rf"[/\"]{re.escape(segment)}(?![\w-])", text_of_journeys(area)) is not None


def operations() -> Iterable[Operation]:
    """The operations of all editions, in the form of the newest that has them."""
    descriptions = [Description(load_bundle(edition=edition)) for edition in EDITIONS]
    return {operation.id: operation for description in descriptions for operation in description}.values()


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.id)
def test_a_journey_names_its_path(operation: Operation) -> None:
    assert is_named(operation.path, operation.area), (
        f"{operation.id}: no journey calls {operation.path}. Write one in contract_tests/journeys/{operation.area}/."
    )


@pytest.mark.parametrize(("edition", "replaced"), [("2025-04", False), ("2026-03", True)])
def test_a_journey_is_left_out_of_editions_that_replaced_it(
    edition: str, replaced: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, edition)
    request.node.add_marker(pytest.mark.until("2026-03", "guards-name-themselves"))
    with pytest.raises(pytest.skip.Exception) if replaced else nullcontext():
        skip_if_replaced(request.node)


@pytest.mark.since(EDITIONS[-1])
def test_a_journey_about_an_edition_has_a_sandbox_of_it(cal_mock: str) -> None:
    with httpx.Client() as client:
        assert served_edition(cal_mock, client) == EDITIONS[-1]


def test_journeys_name_the_change_that_replaced_them() -> None:
    named = re.findall(r'mark\.until\("([^"]+)", "([^"]+)"\)', text_of_journeys())
    known = {(change.edition, change.name) for change in read_changes()}
    assert set(named) <= known


def test_what_no_journey_calls_is_not_found() -> None:
    assert not is_named("/v2/schedules/{scheduleId}/remarks", "schedules")
    assert not is_named("/v2/schedules/{scheduleId}/notes", "schedules")  # A field in journeys of other areas.

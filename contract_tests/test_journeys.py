"""Every operation is covered by a journey; at least, one names the last fixed segment of its path."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description, Operation

JOURNEYS = Path(__file__).parent / "journeys"


@cache
def text_of_journeys() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(JOURNEYS.rglob("*.py")))


def is_named(path: str) -> bool:
    segment = [each for each in path.split("/") if each and not each.startswith("{")][-1]
    return re.search(rf"[/\"]{re.escape(segment)}(?![\w-])", text_of_journeys()) is not None


@pytest.mark.parametrize("operation", [*Description(load_bundle())], ids=lambda operation: operation.id)
def test_a_journey_names_its_path(operation: Operation) -> None:
    assert is_named(operation.path), (
        f"{operation.id}: no journey calls {operation.path}. Write one in contract_tests/journeys/{operation.area}/."
    )


def test_what_no_journey_calls_is_not_found() -> None:
    assert not is_named("/v2/schedules/{scheduleId}/remarks")

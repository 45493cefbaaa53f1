"""The stories of `contract_tests/consistency` on this sandbox, each in a world of its own."""

from __future__ import annotations

import pytest

from contract_tests.consistency.actors import sandbox_actors
from contract_tests.consistency.run import STORIES, run
from contract_tests.http import DirectChannel
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description

SEED = 20250401


@pytest.fixture(scope="module")
def description() -> Description:
    """The description, read once."""
    return Description(load_bundle())


@pytest.mark.parametrize("story", STORIES)
def test_keeps_its_word(story: str, cal_mock: str, description: Description) -> None:
    """No check of the story fails."""
    report = run(DirectChannel(cal_mock), sandbox_actors(cal_mock), description, seed=SEED, only=[story])
    assert not report.defects
    assert not report.findings, "\n\n".join(f"{each.check}: {each.text}\n{each.curl}" for each in report.findings)

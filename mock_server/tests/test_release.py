"""A commit that is not ready is not released."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import mock_server

CHECKOUT = Path(mock_server.__file__).parent.parent
CHANGELOG = """# Changelog

## [Unreleased]
{unreleased}
## [1.2.0]{date}

- The first.
"""
READY = CHANGELOG.format(unreleased="", date=" - 2026-01-05")


@pytest.mark.parametrize(
    ("version", "tags", "changelog", "changed", "reasons"),
    [
        ("1.2.0", ["v1.2.0", "deployed"], READY, [], []),
        ("1.2.0", ["deployed"], CHANGELOG.format(unreleased="\n- More.\n", date=""), [], []),
        (
            "1.2.0",
            ["v1.3.0"],
            READY,
            [],
            ["The commit has the tag v1.3.0, but mock_server/__init__.py has version 1.2.0."],
        ),
        ("1.3.0", ["v1.3.0"], READY, [], ["CHANGELOG.md has no section [1.3.0]."]),
        ("1.3.0", [], READY, [], ["CHANGELOG.md has no section [1.3.0]."]),
        ("1.2.0", [], READY, [" M a.py", "?? b.py"], ["There are uncommitted changes: a.py, b.py."]),
        (
            "1.2.0",
            ["v1.2.0"],
            CHANGELOG.format(unreleased="\n- More.\n", date=""),
            [],
            [
                "The section [1.2.0] of CHANGELOG.md has no date: ## [1.2.0] - YYYY-MM-DD.",
                "CHANGELOG.md lists changes as unreleased: they belong to [1.2.0].",
            ],
        ),
    ],
)
def test_reasons_to_refuse(
    version: str, tags: list[str], changelog: str, changed: list[str], reasons: list[str]
) -> None:
    refusals = runpy.run_path(str(CHECKOUT / ".ci" / "release.py"))["refusals"]
    assert refusals(version, tags, changelog, changed) == reasons

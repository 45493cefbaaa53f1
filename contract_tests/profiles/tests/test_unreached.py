"""What a deployment does not let a run reach is written down, operation by operation and reason by reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from contract_tests.catalogue import catalogue
from contract_tests.profiles.safety import OwnedIds, Rules
from contract_tests.profiles.unreached import UNREACHED, note_unreached
from contract_tests.reports.results import Results

ROOT = Path(__file__).parents[3]
JOURNEYS = ROOT / "contract_tests" / "journeys"
CATALOGUE = catalogue()


def test_the_readme_lists_what_is_never_reached() -> None:
    rules = Rules(CATALOGUE, OwnedIds(), {"orgId": 1, "clientId": "cm1"}, all_operations=False)
    rules.temporary_user = 40
    left_out = {each.id for each in CATALOGUE if rules.exclusion(each)}
    section = (
        (ROOT / "contract_tests" / "README.md")
        .read_text(encoding="utf-8")
        .partition("## What is not reached on a deployment\n")[2]
        .partition("\n#")[0]
    )
    listed = re.findall(r"`([a-z]+(?:_[a-z]+)+)`", section)
    assert sorted(listed) == sorted(left_out | UNREACHED.keys())


def test_the_reasons_of_journeys_for_the_sandbox_alone_are_listed() -> None:
    rows = [
        line.split(" | ")[0].removeprefix("| ")
        for line in (JOURNEYS / "README.md").read_text(encoding="utf-8").splitlines()
    ]
    listed = [row for row in rows if row and not row.startswith(("#", "|", "Needs a sandbox"))]
    for reason in set(reasons()):
        assert listed.count(reason) == 1, reason
    told = (JOURNEYS / "README.md").read_text(encoding="utf-8")
    assert told.count("\n| ") - 1 == len(set(reasons())), "a reason is listed that no journey gives"


def reasons() -> Iterator[str]:
    """What journeys say why they are for the sandbox alone."""
    for file in JOURNEYS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sandbox_only":
                [reason] = node.args
                assert isinstance(reason, ast.Constant)
                yield str(reason.value)


def test_a_run_says_why_something_was_called_in_vain() -> None:
    results = Results.of(CATALOGUE.bundle)
    results.tallies["check_stripe"].statuses["404"] = 2
    results.tallies["check_team_stripe"].statuses["200"] = 1
    note_unreached(results)
    assert results.notes == [f"never reached: check_stripe: {UNREACHED['check_stripe']}"]

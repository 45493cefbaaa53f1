"""What a deployment does not let a run reach is written down, operation by operation and reason by reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract_tests.catalogue import Catalogue, catalogue_of
from contract_tests.fuzzing.target import Credentials
from contract_tests.profiles.deployment import Access, Deployment
from contract_tests.profiles.safety import OwnedIds, Rules
from contract_tests.profiles.unreached import UNREACHED, note_unreached
from contract_tests.reports.results import Results
from mock_server.runtime.editions import EDITIONS

ROOT = Path(__file__).parents[3]
JOURNEYS = ROOT / "contract_tests" / "journeys"
EDITION_CATALOGUES = [catalogue_of(edition) for edition in EDITIONS]


def test_the_readme_lists_what_is_never_reached() -> None:
    left_out = {name for each in EDITION_CATALOGUES for name in never_sent(each)}
    section = (
        (ROOT / "contract_tests" / "README.md")
        .read_text(encoding="utf-8")
        .partition("## What is not reached on a deployment\n")[2]
        .partition("\n#")[0]
    )
    listed = re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", section)
    assert sorted(listed) == sorted(left_out | UNREACHED.keys())


def never_sent(operations: Catalogue) -> Iterator[str]:
    """The operations that the gate holds back whatever their ids are."""
    rules = Rules(operations, OwnedIds(), {"orgId": 1, "clientId": "cm1"}, all_operations=False)
    rules.temporary_user = 40
    return (each.id for each in operations if rules.exclusion(each))


def test_every_operation_that_is_never_reached_exists_in_some_edition() -> None:
    assert UNREACHED.keys() <= {each.id for operations in EDITION_CATALOGUES for each in operations}


@pytest.mark.slow("parses all journeys")
def test_the_reasons_of_journeys_for_the_sandbox_alone_are_listed() -> None:
    rows = [
        line.split(" | ")[0].removeprefix("| ")
        for line in (JOURNEYS / "README.md").read_text(encoding="utf-8").splitlines()
    ]
    listed = [row for row in rows if row and not row.startswith(("#", "|", "Needs a sandbox"))]
    given = set(reasons())
    for reason in given:
        assert listed.count(reason) == 1, reason
    output = (JOURNEYS / "README.md").read_text(encoding="utf-8")
    assert output.count("\n| ") - 1 == len(given), "a reason is listed that no journey gives"


def reasons() -> Iterator[str]:
    """What journeys say why they are for the sandbox alone."""
    texts = (file.read_text(encoding="utf-8") for file in JOURNEYS.rglob("test_*.py"))
    for tree in (ast.parse(text) for text in texts if "sandbox_only" in text):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sandbox_only":
                [reason] = node.args
                assert isinstance(reason, ast.Constant)
                yield str(reason.value)


DEFAULT_WORLD = re.compile(
    r"/v2/organizations/1\b|/teams/2\b|cal_sandbox_|sandbox-client|acme\.example|['\"]acme['\"]"
    r"|['\"]userId['\"]: [1-5]\b"
)


@pytest.mark.slow("parses all journeys")
def test_journeys_for_deployments_use_nothing_of_the_default_world() -> None:
    found = [
        f"{file.name}: {journey}" for file in JOURNEYS.rglob("test_*.py") for journey in bound_to_default_world(file)
    ]
    assert found == []


def bound_to_default_world(file: Path) -> Iterator[str]:
    """The journeys and fixtures of a module that name something of the default world and may run on a deployment."""
    text = file.read_text(encoding="utf-8")
    if not DEFAULT_WORLD.search(text):
        return
    tree = ast.parse(text)
    constants = {
        target.id: ast.unparse(node.value)
        for node in tree.body if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    if "sandbox_only" in constants.get("pytestmark", ""):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (node.name.startswith("test_") or node.decorator_list):
            marks = " ".join(with_constants(each, constants) for each in node.decorator_list)
            if "sandbox_only" not in marks and DEFAULT_WORLD.search(with_constants(node, constants)):
                yield node.name


def with_constants(node: ast.AST, constants: dict[str, str]) -> str:
    """The source of a node, with the values of the module's constants that it names."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return " ".join([ast.unparse(node), *(constants[name] for name in sorted(names & constants.keys()))])


@pytest.mark.parametrize("operations", EDITION_CATALOGUES, ids=EDITIONS)
def test_a_run_notes_why_an_operation_never_succeeded(operations: Catalogue) -> None:
    results = Results.of(operations.bundle)
    results.tallies["check_stripe"].statuses["404"] = 2
    results.tallies["connect_conferencing_app"].statuses["200"] = 1
    note_unreached(results)
    assert results.notes == [f"never reached: check_stripe: {UNREACHED['check_stripe']}"]


ATTRIBUTE = {"orgId": 1, "attributeId": "of-another-user"}
OPTION = {**ATTRIBUTE, "attributeOptionId": "of-another-user"}
NEEDS_OTHERS = "it needs data that only an excluded operation creates"


def test_writes_are_left_out_if_there_is_only_data_of_others_to_change(tmp_path: Path) -> None:
    access = Access(Credentials(), {"orgId": 1, "clientId": "cm1"})
    bundle = EDITION_CATALOGUES[-1].bundle
    with closing(Deployment("http://127.0.0.1:9", access, bundle, tmp_path, rate=None, everything=False)) as deployment:
        deployment.rules.temporary_user = 40
        deployment.rules.work_within(access.scope)
        for name in ("get_organization_attribute", "update_organization_attribute"):
            deployment.target.ids[name] = dict(ATTRIBUTE)
        deployment.target.ids["update_attribute_option"] = dict(OPTION)
        left_out = deployment.left_out()
        assert "get_organization_attribute" not in left_out
        for name in ("update_organization_attribute", "create_attribute_option", "update_attribute_option"):
            assert left_out[name] == NEEDS_OTHERS

        deployment.gate.owned.add("attributeId", ATTRIBUTE["attributeId"])
        assert "update_organization_attribute" not in deployment.left_out()

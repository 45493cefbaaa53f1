"""Every operation is called by a journey."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description, Operation

JOURNEYS = Path(__file__).parent / "journeys"
METHODS = frozenset({"get", "post", "put", "patch", "delete"})


ANYTHING = "\0"
"""Stands for what a text begins with where that is only known when it runs."""


ANYTHING = "\0"
"""Stands for what a text begins with where that is only known when it runs."""


SENT_IN_PARTS = {
    "decline_booking": "Host.act takes its last segment",
    "list_organization_team_bookings": "its parts are put together before the call",
    "list_organization_user_bookings": "likewise",
}
"""Operations whose calls are put together where this cannot see it, and how."""


@cache
def calls() -> frozenset[tuple[str, str]]:
    """Methods and paths that journeys send, with `x` for what is only known when they run.

    An address that a call takes from elsewhere, whole or as its beginning, counts as each address of the same folder.
    """
    files = [ast.parse(file.read_text(encoding="utf-8")) for file in sorted(JOURNEYS.glob("*.py"))]
    found = set(calls_in(files))
    for area in JOURNEYS.iterdir():
        found |= set(calls_in([ast.parse(file.read_text(encoding="utf-8")) for file in area.glob("*.py")]))
    return frozenset(found)


def calls_in(files: list[ast.Module]) -> Iterator[tuple[str, str]]:
    nodes = [node for tree in files for node in ast.walk(tree)]
    texts = {text_of(node) for node in nodes}
    whole = {text for text in texts if text.startswith("/v2/")}
    whole |= {each for text in texts for each in continued(text, whole)}
    for node in nodes:
        for method, address in sent_by(node) if isinstance(node, ast.Call) else ():
            written = text_of(address)
            found = {written} if written.startswith("/v2/") else continued(written, whole) or whole
            yield from ((method.upper(), each.partition("?")[0]) for each in found)


def continued(text: str, beginnings: set[str]) -> set[str]:
    """The addresses that a text is the end of."""
    end = text.removeprefix(ANYTHING)
    if end == text or not end.startswith("/"):
        return set()
    return {each + end for each in beginnings}


def sent_by(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The method and the address of `client.get(address)`, or of a function that takes the method first."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in METHODS and call.args:
        yield call.func.attr, call.args[0]
    elif len(call.args) > 1 and isinstance(call.args[0], ast.Constant) and str(call.args[0].value).lower() in METHODS:
        yield str(call.args[0].value), call.args[1]


def text_of(node: ast.AST) -> str:
    """The text that an expression gives; empty where it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values:
        first, *others = node.values
        return "".join([text_of(first) or ANYTHING, *(text_of(each) or "x" for each in others)])
    return ""


@cache
def sent(method: str) -> str:
    """All paths that are sent with a method, one a line."""
    return "\n".join(sorted({path for each, path in calls() if each == method}))


def is_called(method: str, path: str) -> bool:
    template = re.sub(r"{\w+}", r"[^/\n]+", path)
    return re.search(f"^{template}$", sent(method), re.MULTILINE) is not None


@pytest.mark.parametrize("operation", [*Description(load_bundle())], ids=lambda operation: operation.id)
def test_a_journey_calls_it(operation: Operation) -> None:
    assert is_called(operation.method, operation.path) is (operation.id not in SENT_IN_PARTS), (
        f"{operation.id}: no journey sends {operation.method} {operation.path}. "
        f"Write one in contract_tests/journeys/{operation.area}/."
    )


def test_what_no_journey_sends_is_not_found() -> None:
    assert not is_called("POST", "/v2/schedules/{scheduleId}/notes")

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


@cache
def calls() -> frozenset[tuple[str, re.Pattern[str]]]:
    """Methods with patterns of paths that journeys send.

    An address that a call takes from elsewhere counts as each address that is written in the same file.
    """
    return frozenset(call for file in JOURNEYS.rglob("*.py") for call in calls_in(ast.parse(file.read_text("utf-8"))))


def calls_in(tree: ast.Module) -> Iterator[tuple[str, re.Pattern[str]]]:
    addresses = {text for node in ast.walk(tree) if "/" in (text := pattern_of(node))}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        first, *others = [*node.args, None]
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and first is not None:
            method, address = node.func.attr, first
        elif isinstance(first, ast.Constant) and str(first.value).lower() in METHODS and others[0] is not None:
            method, address = str(first.value), others[0]
        else:
            continue
        written = pattern_of(address)
        for each in [written] if "/" in written else addresses:
            yield method.upper(), re.compile(each.partition(r"\?")[0])


def pattern_of(node: ast.AST) -> str:
    """A pattern of the texts that an expression may give; empty where it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_of(each) if isinstance(each, ast.Constant) else ".+" for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (pattern_of(node.left) or ".+") + (pattern_of(node.right) or ".+")
    return ""


def is_called(method: str, path: str) -> bool:
    return any(sent == method and pattern.fullmatch(path) for sent, pattern in calls())


@pytest.mark.parametrize("operation", [*Description(load_bundle())], ids=lambda operation: operation.id)
def test_a_journey_calls_it(operation: Operation) -> None:
    assert is_called(operation.method, operation.path), (
        f"{operation.id}: no journey sends {operation.method} {operation.path}. "
        f"Write one in contract_tests/journeys/{operation.area}/."
    )


def test_what_no_journey_sends_is_not_found() -> None:
    assert not is_called("POST", "/v2/schedules/{scheduleId}/notes")
    assert not is_called("PUT", "/v2/me")

"""The conditions of routes, as the query builder stores them."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.routing_forms.conditions import has_rules, matches


def rule(operator: str, *value: Any, field: str = "f") -> dict[str, Any]:
    """A rule about a field."""
    return {"type": "rule", "properties": {"field": field, "operator": operator, "value": list(value)}}


def group(*children: dict[str, Any], conjunction: str = "AND", negated: bool = False) -> dict[str, Any]:
    """A group of rules and groups."""
    properties = {"conjunction": conjunction, "not": negated}
    numbered = {str(place): child for place, child in enumerate(children)}
    return {"type": "group", "properties": properties, "children1": numbered}


@pytest.mark.parametrize(
    ("operator", "value", "answer", "expected"),
    [
        ("equal", ["Ada"], "ada", True),
        ("equal", ["Ada"], "Adam", False),
        ("not_equal", ["Ada"], "Adam", True),
        ("like", ["da"], "ADAM", True),
        ("not_like", ["da"], "Bob", True),
        ("starts_with", ["a"], "Ada", True),
        ("ends_with", ["a"], "Ada", True),
        ("ends_with", ["d"], "Ada", False),
        ("is_empty", [], "", True),
        ("is_not_empty", [], "x", True),
        ("less", [5], 4, True),
        ("less", [5], 5, False),
        ("less_or_equal", [5], 5, True),
        ("greater", ["5"], 10, True),
        ("greater", [5], "many", False),
        ("less", [10**400], 5, False),
        ("greater_or_equal", [5], 4, False),
        ("between", [1, 5], 5, True),
        ("between", [1, 5], 6, False),
        ("not_between", [1, 5], 6, True),
        ("select_equals", ["a-id"], "a-id", True),
        ("select_not_equals", ["a-id"], "b-id", True),
        ("select_any_in", [["a-id", "b-id"]], "b-id", True),
        ("select_any_in", [["a-id", "b-id"]], "", False),
        ("select_not_any_in", [["a-id"]], "b-id", True),
        ("multiselect_some_in", [["a-id"]], ["a-id", "c-id"], True),
        ("multiselect_equals", [["a-id", "b-id"]], ["a-id"], True),
        ("multiselect_equals", [["a-id", "b-id"]], ["a-id", "c-id"], False),
        ("multiselect_equals", [["a-id"]], "", False),
        ("multiselect_not_equals", [["a-id"]], ["c-id"], True),
        ("multiselect_not_some_in", [["a-id"]], ["c-id"], True),
    ],
)
def test_operators(operator: str, value: list[Any], answer: Any, expected: bool) -> None:
    assert matches(group(rule(operator, *value)), {"f": answer}) is expected


def test_an_empty_group_matches() -> None:
    assert matches({"type": "group"}, {}) and matches(group(), {}) and matches(None, {})


YES, NO = rule("equal", "x"), rule("equal", "y")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (group(YES, NO), False),
        (group(YES, NO, conjunction="OR"), True),
        (group(NO, NO, conjunction="OR"), False),
        (group(YES, group(NO, YES, conjunction="OR")), True),
        (group(NO, group(YES, NO), conjunction="OR"), False),
        (group(YES, negated=True), False),
        (group(group(NO, negated=True), YES), True),
    ],
)
def test_groups_join_their_rules(condition: dict[str, Any], expected: bool) -> None:
    assert matches(condition, {"f": "x"}) is expected


def test_rules_that_are_not_filled_in_do_not_count() -> None:
    unfinished = [rule("equal", None), rule("equal", "x", field=""), rule("unknown", "x"), {"type": "rule"}]
    assert matches(group(*unfinished, YES), {"f": "x"})
    assert not has_rules(group(*unfinished, group()))
    assert has_rules(group(group(YES)))


def test_children_may_be_a_list() -> None:
    assert not matches({"type": "group", "children1": [NO]}, {"f": "x"})


def test_a_rule_may_compare_two_answers() -> None:
    other = rule("equal", "g")
    other["properties"]["valueSrc"] = ["field"]
    assert matches(group(other), {"f": "x", "g": "X"})
    assert not matches(group(other), {"f": "x", "g": "y"})

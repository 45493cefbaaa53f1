"""Selecting the parts of a description file that belong to an edition."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.marks import faults, select
from mock_server.state.edition import EDITIONS, NEWEST, OLDEST

FIRST, SECOND = EDITIONS[:2]


def both(node: Any) -> tuple[Any, Any]:
    """`node` as of the first and the second edition, without the selection's internal marks."""
    return _plain(select(node, FIRST)), _plain(select(node, SECOND))


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _plain(each) for name, each in node.items() if name != "x-narrowed"}
    return [_plain(each) for each in node] if isinstance(node, list) else node


def test_unmarked_parts_are_in_all_editions() -> None:
    node = {"get": {"tags": ["Notes"], "deprecated": False, "example": None}}
    assert both(node) == (node, node)


def test_marked_parts_are_added_or_removed_with_an_edition() -> None:
    node = {"new": {"x-since": SECOND, "type": "string"}, "old": {"x-until": SECOND, "type": "string"}}
    assert both(node) == ({"old": {"type": "string"}}, {"new": {"type": "string"}})


def test_a_mark_may_stand_beside_a_reference() -> None:
    node = {"parameters": [{"$ref": "#/a"}, {"$ref": "#/b", "x-since": SECOND}]}
    assert both(node) == ({"parameters": [{"$ref": "#/a"}]}, {"parameters": [{"$ref": "#/a"}, {"$ref": "#/b"}]})


def test_marked_items_that_are_not_objects_are_wrapped() -> None:
    enum = {"enum": ["a", {"value": "b", "x-since": SECOND}, {"value": "c", "x-until": SECOND}]}
    assert both(enum) == ({"enum": ["a", "c"]}, {"enum": ["a", "b"]})
    access = {"x-access": [{"value": {"plan": "SCALE"}, "x-since": SECOND}, "authenticated"]}
    assert both(access) == ({"x-access": ["authenticated"]}, {"x-access": [{"plan": "SCALE"}, "authenticated"]})


def test_an_example_with_a_mark_keeps_its_value() -> None:
    node = {"examples": {"plain": {"value": 1}, "new": {"value": 2, "x-since": SECOND}}}
    assert both(node) == (
        {"examples": {"plain": {"value": 1}}},
        {"examples": {"plain": {"value": 1}, "new": {"value": 2}}},
    )


def test_a_value_may_differ_by_edition() -> None:
    node = {"maximum": {"x-by-edition": {FIRST: 100, SECOND: 250}}, "pattern": {"x-by-edition": {SECOND: "^a"}}}
    assert both(node) == ({"maximum": 100}, {"maximum": 250, "pattern": "^a"})


def test_absent_properties_are_removed_from_required() -> None:
    node = {"required": ["id", "bio"], "properties": {"id": {}, "bio": {"x-since": SECOND}}}
    assert both(node)[0] == {"required": ["id"], "properties": {"id": {}}}
    node = {"required": ["bio"], "properties": {"bio": {"x-since": SECOND}}}
    assert both(node)[0] == {"properties": {}}
    node = {"required": [{"value": "id", "x-until": SECOND}], "properties": {"id": {}}}
    assert both(node)[1] == {"properties": {"id": {}}}


def test_absent_alternatives_are_removed_from_the_discriminator() -> None:
    node = {
        "oneOf": [{"$ref": "#/A"}, {"$ref": "#/B", "x-since": SECOND}],
        "discriminator": {"propertyName": "type", "mapping": {"a": "#/A", "b": "#/B"}},
    }
    assert both(node)[0]["discriminator"] == {"propertyName": "type", "mapping": {"a": "#/A"}}
    assert both(node)[1]["discriminator"]["mapping"] == {"a": "#/A", "b": "#/B"}


def test_no_mark_is_added_to_names() -> None:
    """Otherwise the mark would be taken for a property, status or component of the API."""
    node = {
        "schemas": {"Note": {"properties": {"bio": {"x-since": SECOND}}}},
        "responses": {"409": {"x-since": SECOND}},
    }
    selected = select(node, FIRST)
    assert selected["schemas"]["Note"]["properties"] == selected["responses"] == {}
    assert set(selected["schemas"]) == {"Note"}


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        ({"a": {"x-since": "2026-04"}}, "/a: x-since has the unknown edition 2026-04. The editions are: "),
        ({"a": [{"value": 1, "x-until": "soon"}]}, "/a/0: x-until has the unknown edition soon. "),
        ({"/v2/me": {"x-by-edition": {"2031-01": 1}}}, "/~1v2~1me: x-by-edition has the unknown edition 2031-01."),
        ({"x-by-edition": 5}, ": x-by-edition takes an object of values by the edition since which they apply"),
        ({"x-by-edition": {}, "type": "string"}, ": x-by-edition must stand alone, without type"),
        ({"x-since": NEWEST, "x-until": OLDEST}, "so no edition has it"),
    ],
)
def test_faults_of_marks_are_reported_with_their_place(node: Any, fault: str) -> None:
    [found] = faults(node)
    assert fault in found
    assert not list(faults({"a": {"x-since": SECOND}, "b": {"x-by-edition": {FIRST: 1}}}))

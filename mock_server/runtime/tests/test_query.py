"""Query strings are read as the live API's extended parser reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.runtime.query import LONG_INDEX_LIMIT, PARAMETER_LIMIT, parse_query


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("&&a=1&", {"a": "1"}),
        ("a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[]=1", {"a": ["1"]}),
        ("a[1]=y&a[0]=x", {"a": ["x", "y"]}),
        ("a[5]=x&a[20]=y", {"a": ["x", "y"]}),
        ("a[21]=x", {"a": {"21": "x"}}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        ("a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        ("a[0][b]=1&a[1][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a%5Bb%5D=1", {"a": {"b": "1"}}),
        ("a=x+y%20z%2B", {"a": "x y z+"}),
        ("a=%C3%A9", {"a": "é"}),
        ("a=%FF", {"a": "\ufffd"}),
        ("a=%zz", {"a": "%zz"}),
        ("[a]=1", {"[a]": "1"}),
        ("a[=1", {"a[": "1"}),
        ("a]=1", {"a]": "1"}),
    ],
)
def test_read(query: str, wanted: dict[str, Any]) -> None:
    assert parse_query(query.encode()) == wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("a[5]=x&a[1000]=y", {"a": ["x", "y"]}),
        ("a[1001]=x", {"a": {"1001": "x"}}),
        ("a[b][21]=x&a[b][0]=y", {"a": {"b": ["y", "x"]}}),
    ],
)
def test_longer_lists_may_be_allowed(query: str, wanted: dict[str, Any]) -> None:
    assert parse_query(query.encode(), LONG_INDEX_LIMIT) == wanted


def test_only_the_first_parameters_count() -> None:
    query = "&".join(f"p{number}={number}" for number in range(PARAMETER_LIMIT * 10))
    assert parse_query(query.encode()) == {f"p{number}": str(number) for number in range(PARAMETER_LIMIT)}


def test_an_index_of_thousands_of_digits_is_just_a_name() -> None:
    digits = "1" * 5000
    assert parse_query(f"a[{digits}]=x".encode()) == {"a": {digits: "x"}}


def test_nesting_ends_somewhere() -> None:
    value: Any = parse_query(b"a" + b"[b]" * 50_000 + b"=1")["a"]
    depth = 0
    while isinstance(value, dict):
        depth, [value] = depth + 1, value.values()
    assert depth == 5


@given(st.binary(max_size=60) | st.text("a01[]=&%", max_size=40).map(str.encode))
def test_any_query_can_be_read(query: bytes) -> None:
    assert isinstance(parse_query(query), dict)

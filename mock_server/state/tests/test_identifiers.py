"""Ids look random but are deterministic."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from mock_server.state.identifiers import Identifiers
from mock_server.state.tests.library import AUTHORS, begin, empty, filled

KINDS = {
    "uuid4": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "cuid": r"c[0-9a-z]{24}",
    "short_uid": r"[1-9A-HJ-NP-Za-km-z]{22}",
    "token": r"[A-Za-z0-9_-]{43}",
}


def identifiers(seed: str = "seed") -> Identifiers:
    numbers = count(1)
    return Identifiers(seed, lambda: next(numbers))


@pytest.mark.parametrize("kind", KINDS)
def test_ids_have_their_form_and_are_unique(kind: str) -> None:
    source = identifiers()
    drawn = [getattr(source, kind)() for _ in range(1000)]
    assert len(set(drawn)) == 1000
    assert all(re.fullmatch(KINDS[kind], each) for each in drawn)


@pytest.mark.parametrize("kind", KINDS)
def test_ids_depend_on_the_seed(kind: str) -> None:
    first, again, other = identifiers(), identifiers(), identifiers("another")
    drawn = [getattr(first, kind)() for _ in range(5)]
    assert [getattr(again, kind)() for _ in range(5)] == drawn
    assert not set(drawn) & {getattr(other, kind)() for _ in range(5)}


def test_hex_has_the_requested_length() -> None:
    source = identifiers()
    for length in (1, 2, 31, 32, 64):
        assert re.fullmatch(f"[0-9a-f]{{{length}}}", source.hex(length))


def test_a_uuid_is_of_version_4() -> None:
    assert uuid.UUID(identifiers().uuid4()).version == 4


def test_ids_are_used_up_only_by_a_committed_transaction() -> None:
    root = empty()
    first = begin(root).identifiers.uuid4()
    tx = begin(root)
    assert tx.identifiers.uuid4() == first
    tx[AUTHORS].create(name="Ada")
    assert begin(tx.root()).identifiers.uuid4() != first


def test_worlds_of_different_seeds_draw_different_ids() -> None:
    assert begin(empty("one")).identifiers.token() != begin(empty("two")).identifiers.token()
    assert begin(filled()).identifiers.token() == begin(filled()).identifiers.token()


def test_version_7_ids_of_a_millisecond_ascend_where_that_is_asked() -> None:
    source, moment = identifiers(), datetime(2050, 1, 1, tzinfo=UTC)
    drawn = [source.uuid7(moment)]
    for _ in range(100):
        drawn.append(source.uuid7(moment, drawn[-1]))
    assert drawn == sorted(set(drawn))
    assert {uuid.UUID(each).version for each in drawn} == {7}
    assert source.uuid7(moment - timedelta(milliseconds=1), drawn[-1]) < drawn[0]

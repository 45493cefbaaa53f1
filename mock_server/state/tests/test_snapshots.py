"""Snapshots contain the whole state, and invalid ones are refused with a reason."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from mock_server import areas
from mock_server.state.clock import Clock
from mock_server.state.errors import SnapshotUnusable, UniqueViolation
from mock_server.state.snapshot import restore, take
from mock_server.state.tests.library import AUTHORS, BOOKS, SCHEMA, begin, filled
from mock_server.worlds.loader import load_world


def as_json(root: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(take(root)))


def changed(**collections: list[dict[str, Any]]) -> Any:
    document = deepcopy(as_json(filled()))
    document["collections"] |= collections
    return document


def test_a_restored_snapshot_equals_the_original() -> None:
    tx = begin(filled())
    tx[AUTHORS].update(1, pen_name=tx.identifiers.cuid())
    root = tx.root().with_clock(Clock().advanced(timedelta(days=3)))
    again = restore(SCHEMA, as_json(root))
    assert take(again) == take(root)
    assert (again.drawn, again.seed, again.clock) == (root.drawn, root.seed, root.clock)


def test_a_restored_snapshot_continues_like_the_original() -> None:
    followers = [begin(root) for root in (filled(), restore(SCHEMA, as_json(filled())))]
    for tx in followers:
        tx[BOOKS].create(title=tx.identifiers.token(), year=1, author_id=1)
        with pytest.raises(UniqueViolation):
            tx[AUTHORS].create(name="Ada")
        assert [book.title for book in tx[BOOKS].find(shelf_id="s1")] == ["Engines", "Clocks"]
        assert tx[BOOKS].require(1).printed_at is not None
    assert take(followers[0].root()) == take(followers[1].root())


def test_the_default_world_survives_json_and_messagepack() -> None:
    schema = areas.schema()
    root = load_world(schema)
    assert take(restore(schema, as_json(root))) == take(root)
    packed = msgspec.msgpack.decode(msgspec.msgpack.encode(take(root)))
    assert take(restore(schema, packed)) == take(root)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (None, "This is not a snapshot"),
        ([], "This is not a snapshot"),
        ({}, "missing required field"),
        (as_json(filled()) | {"format": 0}, "another version"),
        (as_json(filled()) | {"schema": "other"}, "another version"),
        (changed(books=[{"id": "one"}]), "Collection books"),
        (changed(books=[{"id": 1}]), "missing required field"),
        (
            changed(books=[{"id": 1, "title": "A", "year": 1, "author_id": 1, "printed_at": "2025-04-15T12:00:00"}]),
            "books: 1 has a printed_at without time zone; write 2025-04-15T12:00:00Z",
        ),
        (changed(authors=[{"id": 1, "name": "Ada"}, {"id": 2, "name": "Ada"}], books=[]), "name = .*exists already"),
        (changed(authors=[{"id": 1, "name": "Ada"}, {"id": 1, "name": "Eve"}], books=[]), "id 1 is there twice"),
        (changed(authors=[]), "Collection books: 1 refers to authors 1, which is not there"),
        (
            as_json(filled()) | {"sequences": {"authors": 2, "books": 2}},
            r"id 3 is in use, so sequences\.books has to be 3 or more, not 2",
        ),
        (as_json(filled()) | {"sequences": {"authors": 2}}, "has to be 3 or more, not 0"),
        (as_json(filled()) | {"sequences": {"authors": 2, "books": -3}}, r"`int` >= 0 - at `\$.sequences"),
        (as_json(filled()) | {"sequences": {"authors": 2, "books": 10**30}}, r"at `\$.sequences"),
        (as_json(filled()) | {"drawn": -1}, r"`int` >= 0 - at `\$.drawn"),
        (as_json(filled()) | {"drawn": 2**60}, r"at `\$.drawn"),
        (as_json(filled()) | {"clock": {"frozen_at": "2025-04-15T12:00:00"}}, "timezone .* at `\\$.clock.frozen_at"),
    ],
)
def test_an_invalid_snapshot_is_refused_with_a_reason(document: Any, complaint: str) -> None:
    with pytest.raises(SnapshotUnusable, match=complaint):
        restore(SCHEMA, document)

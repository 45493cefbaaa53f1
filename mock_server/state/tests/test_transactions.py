"""Transactions are atomic, and deletions apply the on_delete rules of references."""

from __future__ import annotations

import pytest

from mock_server.state.errors import ForeignKeyViolation, RecordNotFound, UniqueViolation
from mock_server.state.log import Committed
from mock_server.state.replay import replayed
from mock_server.state.snapshot import take
from mock_server.state.tests.library import AUTHORS, BOOKS, LOANS, SHELVES, begin, filled
from mock_server.state.transaction import Event


def test_changes_are_invisible_outside_of_the_transaction() -> None:
    root = filled()
    before = take(root)
    tx = begin(root)
    tx[AUTHORS].update(1, name="Augusta")
    tx[BOOKS].delete(1)
    assert take(root) == before
    assert begin(tx.root())[AUTHORS].require(1).name == "Augusta"


def test_a_transaction_sees_its_own_changes() -> None:
    tx = begin(filled())
    book = tx[BOOKS].create(title="New", year=1, author_id=1)
    assert tx[BOOKS].get(book.id) == book
    assert tx[BOOKS].find(author_id=1)[0] == book
    tx[BOOKS].delete(book.id)
    assert tx[BOOKS].get(book.id) is None


def test_a_row_cannot_refer_to_a_missing_row() -> None:
    tx = begin(filled())
    with pytest.raises(ForeignKeyViolation):
        tx[BOOKS].create(title="Orphan", year=1, author_id=99)
    with pytest.raises(ForeignKeyViolation):
        tx[BOOKS].update(1, shelf_id="nowhere")
    assert not tx.changes


def test_a_refused_change_changes_nothing() -> None:
    tx = begin(filled())
    with pytest.raises(UniqueViolation):
        tx[BOOKS].create(title="Notes", year=1, author_id=1)
    assert tx.changes == []
    assert take(tx.root()).collections == take(filled()).collections


def test_an_update_that_changes_nothing_is_no_change() -> None:
    tx = begin(filled())
    tx[AUTHORS].update(1, name="Ada")
    assert tx.changes == []


def test_cascade_deletes_referring_rows() -> None:
    tx = begin(filled())
    gone = tx[AUTHORS].delete(1)
    assert gone.name == "Ada"
    # Ben is deleted with his mentor, and the books with their authors.
    assert tx[AUTHORS].count() == tx[BOOKS].count() == 0
    assert tx[SHELVES].count() == 1


def test_set_null_clears_the_reference() -> None:
    tx = begin(filled())
    tx[SHELVES].delete("s1")
    assert [book.shelf_id for book in tx[BOOKS].find()] == [None, None, None]


def test_restrict_refuses_the_deletion() -> None:
    tx = begin(filled())
    tx[LOANS].create(book_id=1)
    with pytest.raises(ForeignKeyViolation, match="loans 1 still refers to 1"):
        tx[BOOKS].delete(1)
    tx[LOANS].delete(1)
    tx[BOOKS].delete(1)


@pytest.mark.parametrize("book", [3, 1], ids=["Ada -> Ben -> Clocks", "Ada -> Engines, when Ben is gone already"])
def test_a_deletion_that_is_refused_halfway_deletes_nothing(book: int) -> None:
    tx = begin(filled())
    tx[LOANS].create(book_id=book)
    before, changes = take(tx.root()), list(tx.changes)
    with pytest.raises(ForeignKeyViolation):
        tx[AUTHORS].delete(1)
    assert take(tx.root()) == before
    assert tx.changes == changes


def test_rows_that_refer_to_each_other_are_deleted_together() -> None:
    tx = begin(filled())
    tx[AUTHORS].update(1, mentor_id=2)
    tx[AUTHORS].delete(2)
    assert tx[AUTHORS].count() == tx[BOOKS].count() == 0


def test_a_row_that_refers_to_itself_can_be_deleted() -> None:
    tx = begin(filled())
    tx[AUTHORS].update(1, mentor_id=1)
    tx[AUTHORS].delete(1)
    assert tx[AUTHORS].count() == 0


def test_deleting_a_missing_row_is_an_error() -> None:
    tx = begin(filled())
    tx[AUTHORS].delete(1)
    with pytest.raises(RecordNotFound):
        tx[AUTHORS].delete(1)


def test_the_changes_of_a_transaction_can_be_replayed() -> None:
    tx = begin(filled())
    tx[AUTHORS].update(1, mentor_id=2)
    tx[AUTHORS].delete(2)
    tx[AUTHORS].create(name=tx.identifiers.cuid())
    record = Committed("default", tx.changes, tx.sequences, tx.drawn)
    assert take(replayed(filled(), record)) == take(tx.root())


def test_events_wait_in_the_outbox() -> None:
    tx = begin(filled())
    tx.emit(Event("BOOK_LENT", {"id": 1}))
    tx.emit(Event("BOOK_BACK", {"id": 1}))
    assert [event.name for event in tx.outbox] == ["BOOK_LENT", "BOOK_BACK"]


def test_the_cost_of_a_deletion_depends_on_the_referring_rows_only() -> None:
    """No scan: tables that a deletion does not affect stay the same objects."""
    root = filled()
    tx = begin(root)
    tx[LOANS].create(book_id=1)
    tx[LOANS].delete(1)
    after = tx.root()
    assert after.table(BOOKS) is root.table(BOOKS)
    assert after.table(AUTHORS) is root.table(AUTHORS)

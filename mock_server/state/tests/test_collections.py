"""Lookups by index and unique tuple, in order, after any sequence of changes."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state.collection import Collection, Index, Reference, Schema
from mock_server.state.errors import RecordNotFound, UniqueViolation
from mock_server.state.root import Root
from mock_server.state.tests.library import AUTHORS, BOOKS, LOANS, SHELVES, Author, Book, Shelf, begin, empty, filled
from mock_server.state.transaction import Transaction


def titles(books: list[Book]) -> list[str]:
    return [book.title for book in books]


def test_rows_are_found_in_the_order_of_their_index() -> None:
    tx = begin(filled())
    assert titles(tx[BOOKS].find(author_id=1)) == ["Notes", "Engines"]
    assert titles(tx[BOOKS].page(1, 1, author_id=1)) == ["Engines"]
    assert titles(tx[BOOKS].page(0, 10)) == ["Notes", "Engines", "Clocks"]


def test_rows_with_equal_order_are_sorted_by_key() -> None:
    tx = begin(filled())
    tx[BOOKS].create(title="Second of the year", year=1842, author_id=1)
    assert titles(tx[BOOKS].find(author_id=1)) == ["Notes", "Second of the year", "Engines"]


def test_between_includes_the_low_end_and_excludes_the_high_end() -> None:
    tx = begin(filled())
    assert titles(tx[BOOKS].between((1842,), (1843,), author_id=1)) == ["Notes"]
    assert titles(tx[BOOKS].between((1843,), None, author_id=1)) == ["Engines"]
    assert titles(tx[BOOKS].between(None, (1850,))) == ["Notes", "Engines"]


def test_count_agrees_with_find() -> None:
    tx = begin(filled())
    assert tx[BOOKS].count() == 3
    assert tx[BOOKS].count(author_id=1) == len(tx[BOOKS].find(author_id=1)) == 2
    assert tx[BOOKS].count(author_id=99) == 0


def test_references_are_indexed_implicitly() -> None:
    tx = begin(filled())
    assert titles(tx[BOOKS].find(shelf_id="s1")) == ["Engines", "Clocks"]
    assert [author.name for author in tx[AUTHORS].find(mentor_id=1)] == ["Ben"]


def test_a_row_moves_between_indexes_with_its_fields() -> None:
    tx = begin(filled())
    tx[BOOKS].update(2, author_id=2, year=1900)
    assert titles(tx[BOOKS].find(author_id=1)) == ["Engines"]
    assert titles(tx[BOOKS].find(author_id=2)) == ["Clocks", "Notes"]
    tx[BOOKS].update(2, year=1800)
    assert titles(tx[BOOKS].find(author_id=2)) == ["Notes", "Clocks"]


def test_rows_are_found_by_null() -> None:
    tx = begin(filled())
    assert titles(tx[BOOKS].find(author_id=1, shelf_id=None)) == ["Notes"]


def test_rows_are_found_by_a_unique_tuple_whose_values_can_be_reused() -> None:
    tx = begin(filled())
    assert tx[AUTHORS].first(name="Ada") is tx[AUTHORS].get(1)
    assert tx[AUTHORS].find(name="Ada") == [tx[AUTHORS].get(1)]
    tx[AUTHORS].update(1, name="Augusta")
    assert tx[AUTHORS].first(name="Ada") is None
    assert tx[AUTHORS].create(name="Ada").id == 3


def test_no_two_rows_share_a_unique_tuple() -> None:
    tx = begin(filled())
    with pytest.raises(UniqueViolation):
        tx[AUTHORS].create(name="Ada")
    with pytest.raises(UniqueViolation):
        tx[AUTHORS].update(2, name="Ada")
    assert tx[AUTHORS].require(2).name == "Ben"
    with pytest.raises(UniqueViolation):
        tx[BOOKS].create(title="Notes", year=2000, author_id=1)
    tx[BOOKS].create(title="Notes", year=2000, author_id=2)


def test_a_unique_tuple_with_a_null_never_collides() -> None:
    tx = begin(filled())
    tx[AUTHORS].update(1, pen_name="A. A. L.")
    tx[AUTHORS].update(2, pen_name="A. A. L.")
    tx[AUTHORS].update(1, country="GB")
    with pytest.raises(UniqueViolation):
        tx[AUTHORS].update(2, country="GB")


def test_keys_are_unique() -> None:
    tx = begin(filled())
    with pytest.raises(UniqueViolation):
        tx[SHELVES].insert(Shelf(id="s1", room="cellar"))
    assert tx[SHELVES].require("s1").room == "hall"


def test_numbers_are_never_reused() -> None:
    tx = begin(empty())
    first = tx[AUTHORS].create(name="Ada")
    tx[AUTHORS].delete(first.id)
    assert tx[AUTHORS].create(name="Ada").id == first.id + 1


def test_get_returns_none_and_require_raises_for_a_missing_row() -> None:
    tx = begin(empty())
    assert tx[AUTHORS].get(1) is None
    assert tx[AUTHORS].get(None) is None
    for act in (tx[AUTHORS].require, tx[AUTHORS].update, tx[AUTHORS].delete):
        with pytest.raises(RecordNotFound):
            act(1)


@pytest.mark.parametrize("method", ["find", "first", "count"])
def test_only_indexed_fields_can_be_searched(method: str) -> None:
    rows: Any = begin(filled())[BOOKS]
    with pytest.raises(TypeError, match="no index on title"):
        getattr(rows, method)(title="Notes")
    with pytest.raises(TypeError, match="no index on year"):
        rows.page(0, 1, year=1842)


def test_two_indexes_on_the_same_fields_in_the_same_order_are_refused() -> None:
    with pytest.raises(TypeError, match="two indexes"):
        Collection("twice", Shelf, indexes=(Index(("room",), ("id",)), Index(("room",), ("id",))))


def test_rows_are_walked_in_the_requested_order() -> None:
    books = Collection("books", Book, indexes=(Index(("author_id",), ("year",)), Index(("author_id",), ("title",))))
    tx = begin(Root.empty(Schema((books,)), "seed"))
    for title, year in (("Notes", 1843), ("Atlas", 1850), ("Memoirs", 1851)):
        tx[books].create(title=title, year=year, author_id=1)

    def walked(*order: str, low: Any = None, high: Any = None, descending: bool = False) -> list[str]:
        walk = tx[books].walk(order, low, high, descending=descending, author_id=1)
        return titles(list(walk))

    assert titles(tx[books].find(author_id=1)) == ["Notes", "Atlas", "Memoirs"]
    assert walked("title") == ["Atlas", "Memoirs", "Notes"]
    assert walked("title", low=("B",), descending=True) == ["Notes", "Memoirs"]
    assert walked("year", low=(1843,), high=(1851,)) == ["Notes", "Atlas"]
    with pytest.raises(TypeError, match="no index"):
        walked("shelf_id")


def test_a_reference_to_an_unknown_collection_is_refused() -> None:
    with pytest.raises(TypeError, match="unknown collection cellars"):
        Schema((Collection("twice", Shelf, references=(Reference("room", "cellars"),)),))


def test_the_fingerprint_depends_on_the_entities() -> None:
    class Shelf2(Shelf):
        height: int = 0

    plain = Schema((SHELVES,)).fingerprint()
    assert Schema((Collection("shelves", Shelf),)).fingerprint() == plain
    assert Schema((Collection("shelves", Shelf2),)).fingerprint() != plain
    assert Schema((Collection("racks", Shelf),)).fingerprint() != plain


AUTHOR_IDS = st.integers(1, 3)
STEPS = st.one_of(
    st.tuples(st.just("create"), AUTHOR_IDS, st.integers(1800, 1805), st.sampled_from(["s1", "s2", None])),
    st.tuples(st.just("move"), st.integers(1, 30), AUTHOR_IDS, st.integers(1800, 1805)),
    st.tuples(st.just("shelve"), st.integers(1, 30), st.sampled_from(["s1", "s2", None])),
    st.tuples(st.just("delete"), st.integers(1, 30)),
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=30))
def test_every_index_agrees_with_a_search_through_all_rows(steps: list[tuple[Any, ...]]) -> None:
    tx = begin(empty())
    for name in ("s1", "s2"):
        tx[SHELVES].insert(Shelf(id=name))
    for name in ("Ada", "Ben", "Cyd"):
        tx[AUTHORS].create(name=name)
    rows = walk(tx, steps)
    by_year = sorted(rows.values(), key=lambda book: (book.year, book.id))
    assert tx[BOOKS].find() == by_year
    for author in (1, 2, 3):
        assert tx[BOOKS].find(author_id=author) == [book for book in by_year if book.author_id == author]
    for author, shelf in product((1, 2, 3), ("s1", "s2", None)):
        by_key = sorted(rows.values(), key=lambda book: book.id)
        wanted = [book for book in by_key if (book.author_id, book.shelf_id) == (author, shelf)]
        assert tx[BOOKS].find(shelf_id=shelf, author_id=author) == wanted
    for book in rows.values():
        assert tx[BOOKS].first(author_id=book.author_id, title=book.title) == book


def walk(tx: Transaction, steps: list[tuple[Any, ...]]) -> dict[int, Book]:
    """Applies the steps and returns the remaining books."""
    rows: dict[int, Book] = {}
    for number, step in enumerate(steps):
        match step:
            case "create", author, year, shelf:
                book = tx[BOOKS].create(title=f"Volume {number}", year=year, author_id=author, shelf_id=shelf)
                rows[book.id] = book
            case "move", key, author, year if key in rows:
                rows[key] = tx[BOOKS].update(key, author_id=author, year=year, title=f"Moved {number}")
            case "shelve", key, shelf if key in rows:
                rows[key] = tx[BOOKS].update(key, shelf_id=shelf)
            case "delete", key if key in rows:
                tx[BOOKS].delete(key)
                del rows[key]
    return rows


def test_changing_an_entity_leaves_the_original_unchanged() -> None:
    ada = Author(id=1, name="Ada")
    assert ada.changed(name="Augusta") == Author(id=1, name="Augusta")
    assert ada.name == "Ada"
    with pytest.raises(AttributeError):
        ada.name = "Augusta"  # type: ignore[misc]


def test_loans_are_found_by_their_book() -> None:
    tx = begin(filled())
    loan = tx[LOANS].create(book_id=1)
    assert tx[LOANS].find(book_id=1) == [loan]

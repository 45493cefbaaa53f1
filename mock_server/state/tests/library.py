"""A small schema that uses everything a collection can declare, for the tests of the state."""

from __future__ import annotations

from datetime import UTC, datetime

from mock_server.state.clock import Clock
from mock_server.state.collection import Collection, Index, Reference, Schema
from mock_server.state.entity import Entity
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction

NOON = datetime(2025, 4, 15, 12, tzinfo=UTC)


class Author(Entity):
    id: int
    name: str
    pen_name: str | None = None
    country: str | None = None
    mentor_id: int | None = None


class Shelf(Entity):
    id: str
    room: str = "hall"


class Book(Entity):
    id: int
    title: str
    year: int
    author_id: int
    shelf_id: str | None = None
    printed_at: datetime | None = None


class Loan(Entity):
    id: int
    book_id: int


AUTHORS = Collection(
    "authors",
    Author,
    unique=(("name",), ("pen_name", "country")),
    references=(Reference("mentor_id", "authors"),),
)
SHELVES = Collection("shelves", Shelf)
BOOKS = Collection(
    "books",
    Book,
    unique=(("author_id", "title"),),
    indexes=(Index((), ("year",)), Index(("author_id",), ("year",)), Index(("author_id", "shelf_id"))),
    references=(Reference("author_id", "authors"), Reference("shelf_id", "shelves", "set null")),
)
LOANS = Collection("loans", Loan, references=(Reference("book_id", "books", "restrict"),))

SCHEMA = Schema((AUTHORS, SHELVES, BOOKS, LOANS))


def empty(seed: str = "library") -> Root:
    """A state without rows."""
    return Root.empty(SCHEMA, seed)


def filled() -> Root:
    """Ada with two books, one of them on the shelf; Ben, whose mentor is Ada, with one."""
    tx = begin(empty())
    tx[SHELVES].insert(Shelf(id="s1"))
    ada = tx[AUTHORS].create(name="Ada")
    ben = tx[AUTHORS].create(name="Ben", mentor_id=ada.id)
    tx[BOOKS].create(title="Engines", year=1843, author_id=ada.id, shelf_id="s1", printed_at=NOON)
    tx[BOOKS].create(title="Notes", year=1842, author_id=ada.id)
    tx[BOOKS].create(title="Clocks", year=1850, author_id=ben.id, shelf_id="s1")
    return tx.root()


def begin(root: Root) -> Transaction:
    """A transaction at noon."""
    return Transaction(root, Clock(frozen_at=NOON).read(NOON))

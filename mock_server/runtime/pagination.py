"""The `pagination` object beside the `data` of some lists.

Source: Cal.com API v2, bookings, managed organizations.
"""

from __future__ import annotations

from math import ceil
from typing import TypedDict


class Pagination(TypedDict):
    """The position of a page in the whole list. Pages are counted from 1; an empty list is on page 0."""

    totalItems: int
    itemsPerPage: int
    returnedItems: int
    remainingItems: int
    currentPage: int
    totalPages: int
    hasNextPage: bool
    hasPreviousPage: bool


class CursorPagination(TypedDict):
    """The place of the next page in a list with a cursor."""

    nextCursor: str | None
    hasMore: bool


def pagination(total: int, skip: int, take: int) -> Pagination:
    """The object for the page of `take` items after the first `skip` of `total`, derived from these numbers alone."""
    skipped, pages = min(skip, total), ceil(total / take)
    return {
        "totalItems": total,
        "itemsPerPage": take,
        "returnedItems": min(total - skipped, take),
        "remainingItems": max(total - skipped - take, 0),
        "currentPage": min(skipped // take + 1, pages),
        "totalPages": pages,
        "hasNextPage": skipped + take < total,
        "hasPreviousPage": skipped > 0,
    }

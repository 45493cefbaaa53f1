"""The `pagination` object."""

from __future__ import annotations

import pytest

from mock_server.runtime.pagination import pagination


@pytest.mark.parametrize(
    ("total", "skip", "take", "returned", "remaining", "page", "pages", "has_next", "has_previous"),
    [
        (0, 0, 250, 0, 0, 0, 0, False, False),
        (1, 0, 250, 1, 0, 1, 1, False, False),
        (5, 0, 2, 2, 3, 1, 3, True, False),
        (5, 1, 2, 2, 2, 1, 3, True, True),
        (5, 4, 2, 1, 0, 3, 3, False, True),
        (4, 4, 2, 0, 0, 2, 2, False, True),
        (4, 100, 2, 0, 0, 2, 2, False, True),
    ],
)
def test_a_page_knows_where_it_is(
    total: int, skip: int, take: int, returned: int, remaining: int, page: int, pages: int, has_next: bool,
    has_previous: bool,
) -> None:  # fmt: skip
    assert pagination(total, skip, take) == {
        "totalItems": total,
        "itemsPerPage": take,
        "returnedItems": returned,
        "remainingItems": remaining,
        "currentPage": page,
        "totalPages": pages,
        "hasNextPage": has_next,
        "hasPreviousPage": has_previous,
    }

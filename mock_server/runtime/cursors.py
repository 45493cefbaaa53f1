"""Pages of lists whose cursor is the id of the last item of the page before.

Source: Cal.com API v2, event types: history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.hints import NEXT_CURSOR
from mock_server.runtime.pagination import CursorPagination

T = TypeVar("T")

INVALID_CURSOR = "Invalid cursor"


class CursorPage(NamedTuple, Generic[T]):
    """The items of a page, and the place of the next one."""

    items: Sequence[T]
    place: CursorPagination


def page_after(items: Sequence[T], query: Mapping[str, Any], id_of: Callable[[T], str]) -> CursorPage[T]:
    """The page of `limit` items after the one that `cursor` names. Raises BadRequest if none has that id."""
    start = 0
    if "cursor" in query:
        start = 1 + next((place for place, each in enumerate(items) if id_of(each) == query["cursor"]), len(items))
        if start > len(items):
            raise BadRequest(INVALID_CURSOR, hint=NEXT_CURSOR)
    page = items[start : start + query["limit"]]
    has_more = start + len(page) < len(items)
    return CursorPage(page, {"nextCursor": id_of(page[-1]) if has_more else None, "hasMore": has_more})

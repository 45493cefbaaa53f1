"""A rate limit, and how an operation's `x-rate-limit` gives it one of its own."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """At most `hits` in `window_ms`; then a block of `block_ms`."""

    name: str
    hits: int
    window_ms: int = 60_000
    block_ms: int = 60_000


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]+$")]
    limit: Annotated[int, msgspec.Meta(ge=1)]


def read_limit(entry: Any) -> Limit:
    """The limit that `x-rate-limit` names, for 60 seconds. Raises ValueError, which says what is wrong with it."""
    try:
        own = msgspec.convert(entry, _Entry)
    except msgspec.ValidationError as error:
        raise ValueError(
            f"x-rate-limit names a limit and its requests per minute, as {{name: notes_add, limit: 5}}: {error}"
        ) from None
    return Limit(own.name, own.limit)

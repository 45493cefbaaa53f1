"""A rate limit, and the `x-rate-limit` of an operation with its own."""

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
    """The limit in `x-rate-limit`, per 60 seconds. Raises ValueError, which describes the fault."""
    try:
        own = msgspec.convert(entry, _Entry)
    except msgspec.ValidationError as error:
        raise ValueError(
            f"x-rate-limit takes a limit's name and its requests per minute, as {{name: notes_add, limit: 5}}: {error}"
        ) from None
    return Limit(own.name, own.limit)

"""The base class of stored entities."""

from __future__ import annotations

from typing import Any, Self, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Entity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An immutable row. The fields are the columns of the live API's tables, in snake case.

    Rows are part of no cycle, so the garbage collector does not look at them.
    """

    def changed(self, **fields: Any) -> Self:
        """A copy with these fields changed."""
        return msgspec.structs.replace(self, **fields)

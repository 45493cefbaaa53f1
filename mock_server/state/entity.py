"""The base of everything that is stored."""

from __future__ import annotations

from typing import Any, Self, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One stored thing. A change makes a new one; the fields are those of the live API's tables, in snake case."""

    def changed(self, **fields: Any) -> Self:
        """A copy with these fields changed."""
        return msgspec.structs.replace(self, **fields)

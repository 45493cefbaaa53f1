"""The side effects of an operation, declared by its `x-effects`: on its caller, on others, and how lasting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_server.runtime.json_values import is_list, is_object

OWN = "own"
CALLER = "caller"
CREDENTIALS = "credentials"
DESTINATION_CALENDAR = "destination-calendar"
ORGANIZATION = "organization"
REACHES_PEOPLE = "reaches-people"
OUTLIVES_ITS_MAKER = "outlives-its-maker"
IRREVERSIBLE = "irreversible"
EFFECTS = (
    OWN, CALLER, CREDENTIALS, DESTINATION_CALENDAR, ORGANIZATION, REACHES_PEOPLE, OUTLIVES_ITS_MAKER, IRREVERSIBLE,
)  # fmt: skip
"""All names of effects; documented in `openapi/README.md`."""


@dataclass(frozen=True)
class Effect:
    """An entry of `x-effects`. With `fields`, it applies only if the body has one of these."""

    name: str
    fields: tuple[str, ...] = ()

    def happens(self, body: Any) -> bool:
        """Whether a request with this body has the effect. A field causes it by true or an object."""
        if not self.fields:
            return True
        return is_object(body) and any(asks(body.get(name)) for name in self.fields)


def asks(value: Any) -> bool:
    """Whether the value of a field causes its effect. Malformed values are refused and cause none."""
    return value is True or is_object(value)


def read_effects(entries: Any) -> tuple[Effect, ...]:
    """The entries of an operation's `x-effects`. Raises ValueError, which describes the fault."""
    if not is_list(entries) or not entries:
        raise ValueError("x-effects is a list of effects")
    effects = tuple(map(_read, entries))
    unknown = sorted({effect.name for effect in effects} - set(EFFECTS))
    if unknown:
        raise ValueError(f"x-effects names unknown effects: {', '.join(unknown)}. There are: {', '.join(EFFECTS)}")
    return effects


def _read(entry: Any) -> Effect:
    if isinstance(entry, str):
        return Effect(entry)
    if is_object(entry) and len(entry) == 1:
        [(name, fields)] = entry.items()
        if is_list(fields) and fields and all(isinstance(field, str) for field in fields):
            return Effect(name, tuple(map(str, fields)))
    raise ValueError(f"{entry!r} in x-effects is no effect: write `own`, or `{{caller: [isDefault]}}` for some fields")

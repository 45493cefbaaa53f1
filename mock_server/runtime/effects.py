"""The side effects of an operation, declared by its `x-effects`: on its caller, on others, and how lasting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from mock_server.runtime.json_values import is_list, is_object


class Meaning(NamedTuple):
    """What an effect means, and when the contract tests send an operation that has it to a deployment."""

    means: str
    sent: str


OWN = "own"
CALLER = "caller"
CREDENTIALS = "credentials"
DESTINATION_CALENDAR = "destination-calendar"
ORGANIZATION = "organization"
REACHES_PEOPLE = "reaches-people"
OUTLIVES_ITS_MAKER = "outlives-its-maker"
IRREVERSIBLE = "irreversible"
EFFECTS = {
    OWN: Meaning(
        "makes, changes or removes things that the path or the body names",
        "when all ids are of things that the run made",
    ),
    CALLER: Meaning(
        "changes the account, the defaults or the connections of the caller",
        "as a throw-away user",
    ),
    CREDENTIALS: Meaning(
        "revokes the credentials that it is called with",
        "as a throw-away user",
    ),
    DESTINATION_CALENDAR: Meaning(
        "makes the service list the caller's calendars, and so may choose, mend or drop their destination calendar",
        "as a throw-away user, or with `--all-operations`",
    ),
    ORGANIZATION: Meaning(
        "changes what a whole organization sees, or may have to pay for",
        "with `--all-operations`",
    ),
    REACHES_PEOPLE: Meaning(
        "writes to addresses, calls numbers or tells bookings to servers, those of the body or of the booking",
        "when these are reserved for examples and fiction",
    ),
    OUTLIVES_ITS_MAKER: Meaning(
        "what it makes stays when the user who made it is deleted",
        "like `own`; it is removed before that user",
    ),
    IRREVERSIBLE: Meaning(
        "cannot be undone, costs money, or touches what others set up",
        "never",
    ),
}
"""All names of effects with their meanings."""


@dataclass(frozen=True)
class Effect:
    """An entry of `x-effects`. With `fields`, it applies only if the body has one of these, at any depth."""

    name: str
    fields: tuple[str, ...] = ()

    def happens(self, body: Any) -> bool:
        """Whether a request with this body has the effect. A field causes it by true or an object."""
        return not self.fields or self._asked_for(body)

    def _asked_for(self, body: Any) -> bool:
        if is_list(body):
            return any(map(self._asked_for, body))
        if not is_object(body):
            return False
        return any(asks(body.get(name)) for name in self.fields) or any(map(self._asked_for, body.values()))


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

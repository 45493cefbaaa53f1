"""The access rules of an operation, as its `x-access` lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_server.runtime.json_values import is_list, is_object


@dataclass(frozen=True)
class AccessRule:
    """One entry of `x-access`: a rule's name and its argument, if it takes one."""

    name: str
    argument: Any = None

    def __str__(self) -> str:
        """The rule as it is written in the description: ``role: ORG_ADMIN``."""
        if not self.argument:
            return self.name
        shown = f"[{', '.join(self.argument)}]" if is_list(self.argument) else self.argument
        return f"{self.name}: {shown}"


def read_access(entries: Any) -> tuple[AccessRule, ...]:
    """The entries of an operation's `x-access`. Raises ValueError, which describes the fault."""
    if not is_list(entries):
        raise ValueError(f"x-access is a list of rules, such as [authenticated], but it is {entries!r}")
    return tuple(map(_read, entries))


def _read(entry: Any) -> AccessRule:
    if isinstance(entry, str):
        return AccessRule(entry)
    if is_object(entry) and len(entry) == 1:
        [(name, argument)] = entry.items()
        return AccessRule(str(name), argument)
    raise ValueError(
        f"{entry!r} in x-access is no rule: write `authenticated`, or `{{role: ORG_ADMIN}}` with its argument"
    )

"""Applies the access rules of an operation, in the order in which its `x-access` lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.bundle import DescriptionError
from mock_server.runtime.call import Call
from mock_server.runtime.description import AccessRule, Description
from mock_server.runtime.errors import ApiError
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.json_values import is_list

Check = Callable[[Call, Any], None]
"""Passes, or raises the refusal. The argument is the one that `x-access` gives the rule, or None."""


class ArgumentRule(msgspec.Struct, frozen=True):
    """A rule that `x-access` gives an argument: one of `choices`, or with `several` a list of some of them."""

    check: Check
    choices: tuple[str, ...]
    several: bool = False

    def accepts(self, argument: Any) -> bool:
        """Whether the description may give the rule this argument."""
        if not self.several:
            return argument in self.choices
        return is_list(argument) and bool(argument) and all(each in self.choices for each in argument)


Rule = Check | ArgumentRule
"""A rule that takes no argument is a plain function."""


def named(guard: str, check: Check, *, but: tuple[type[ApiError], ...] = ()) -> Check:
    """The same check, whose refusals begin with the name of the API's guard since guards name themselves.

    Refusals that name it already, and those of a class in `but`, stay as they are.
    """

    def checked(call: Call, argument: Any) -> None:
        try:
            check(call, argument)
        except ApiError as refusal:
            is_named = refusal.message.startswith(guard) or isinstance(refusal, but)
            if call.has("guards-name-themselves") and not is_named:
                refusal.message = f"{guard} - {refusal.message}"
            raise

    return checked


class Access:
    """Looks all rules up at start: a description with an unknown rule, or a wrong argument of one, does not start."""

    def __init__(self, app: ASGIApp, *, description: Description, rules: Mapping[str, Rule]) -> None:
        self.app = app
        self._rules: dict[str, tuple[tuple[Check, Any], ...]] = {}
        for operation in description:
            unknown = {each.name for each in operation.access} - set(rules)
            if unknown:
                raise DescriptionError(
                    f"{operation.id}: x-access names unknown rules: {', '.join(sorted(unknown))}. "
                    f"There are: {', '.join(sorted(rules))}."
                )
            self._rules[operation.id] = tuple(
                (_checked(operation.id, each, rules[each.name]), each.argument) for each in operation.access
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        call = exchange.call
        assert call is not None and exchange.operation is not None
        for check, argument in self._rules[exchange.operation.id]:
            check(call, argument)
        await self.app(scope, receive, send)


def _checked(operation_id: str, entry: AccessRule, rule: Rule) -> Check:
    """The function of a rule. Raises DescriptionError for an argument that it does not take."""
    if not isinstance(rule, ArgumentRule):
        if entry.argument is not None:
            raise DescriptionError(
                f"{operation_id}: the rule {entry.name} of x-access takes no argument, but has {entry.argument!r}."
            )
        return rule
    if not rule.accepts(entry.argument):
        kind = "a list of some of" if rule.several else "one of"
        raise DescriptionError(
            f"{operation_id}: the rule {entry.name} of x-access has the argument {entry.argument!r}; "
            f"it takes {kind}: {', '.join(rule.choices)}."
        )
    return rule.check

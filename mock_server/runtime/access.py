"""Applies the access rules of an operation, in the order in which its `x-access` lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.bundle import DescriptionError
from mock_server.runtime.call import Call
from mock_server.runtime.description import Description
from mock_server.runtime.exchange import EXCHANGE, Exchange

Rule = Callable[[Call, Any], None]
"""Passes, or raises the refusal. The argument is the one that `x-access` gives the rule, or None."""


class Access:
    """Looks all rules up at start, so that a description that names an unknown rule does not start."""

    def __init__(self, app: ASGIApp, *, description: Description, rules: Mapping[str, Rule]) -> None:
        self.app = app
        self._rules: dict[str, tuple[tuple[Rule, Any], ...]] = {}
        for operation in description:
            unknown = {each.name for each in operation.access} - set(rules)
            if unknown:
                raise DescriptionError(
                    f"{operation.id}: x-access names unknown rules: {', '.join(sorted(unknown))}. "
                    f"There are: {', '.join(sorted(rules))}."
                )
            self._rules[operation.id] = tuple((rules[each.name], each.argument) for each in operation.access)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        call = exchange.call
        assert call is not None and exchange.operation is not None
        for rule, argument in self._rules[exchange.operation.id]:
            rule(call, argument)
        await self.app(scope, receive, send)

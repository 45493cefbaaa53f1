"""Finds the operation of a request: by path, method and version. connexion's routing, without its linear search.

Source: Cal.com API v2, special requests and version header.
"""

# connexion comes without types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import re
from typing import Any

from connexion.middleware.abstract import ROUTING_CONTEXT, SpecMiddleware
from connexion.operations import AbstractOperation
from connexion.resolver import Resolver
from connexion.spec import Specification
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.description import VERSION_HEADER, Description, Operation
from mock_server.runtime.errors import NotFound
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.router import Router

DEFAULT_VERSION = "2024-04-15"
KNOWN_VERSIONS = frozenset({DEFAULT_VERSION, "2024-06-11", "2024-06-14", "2024-08-13", "2024-09-04"})

_INTEGER = re.compile(r"-?\d{1,15}", re.ASCII)


class Route:
    """An operation of the description with the function that connexion resolved for it."""

    __slots__ = ("handler", "operation", "routing")

    def __init__(self, operation: Operation, resolved: AbstractOperation) -> None:
        self.operation = operation
        self.handler = resolved.function
        self.routing = {"api_base_path": "", "operation_id": resolved.operation_id}


class Routing(SpecMiddleware):
    """Raises NotFound before anything else is looked at, as the live API does."""

    def __init__(self, app: ASGIApp, *, description: Description) -> None:
        self.app = app
        self._description = description
        self._router: Router[Route] = Router()

    def add_api(self, specification: Specification, *, resolver: Resolver, **_: Any) -> None:
        """Registers every operation of `specification`."""
        for operation in self._description:
            resolved: Any = specification.operation_cls.from_spec(
                specification, path=operation.path, method=operation.method.lower(), resolver=resolver
            )
            self._router.add(operation.method, operation.path, Route(operation, resolved))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        method = "GET" if exchange.method == "HEAD" else exchange.method
        found = self._router.find(method, exchange.path)
        if found is None:
            raise _cannot(exchange)
        route, values = found
        operation = route.operation
        if operation.versions is not None:
            _check_version(exchange, operation.versions)
        exchange.operation = operation
        exchange.handler = route.handler
        exchange.path_values = {name: _typed(operation.path_types.get(name), value) for name, value in values.items()}
        scope.setdefault("extensions", {})[ROUTING_CONTEXT] = route.routing
        await self.app(scope, receive, send)


def _check_version(exchange: Exchange, versions: frozenset[str]) -> None:
    given = exchange.headers.get(VERSION_HEADER)
    version = given if given in KNOWN_VERSIONS else DEFAULT_VERSION
    if version not in versions:
        wanted = " or ".join(sorted(versions))
        sent = "none was sent" if given is None else "another was sent"
        raise _cannot(exchange, hint=f"This path needs the header {VERSION_HEADER}: {wanted}; {sent}.")


def _cannot(exchange: Exchange, *, hint: str | None = None) -> NotFound:
    return NotFound(f"Cannot {exchange.method} {exchange.original_url}", hint=hint)


def _typed(kind: str | None, value: str) -> str | int | None:
    """Text for text parameters; for numeric ones the number, or None where the path holds something else."""
    if kind != "integer":
        return value
    return int(value) if _INTEGER.fullmatch(value) else None

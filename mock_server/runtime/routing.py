"""Finds the operation of a request: by path, method and version. In one look-up, whatever number of paths there are.

Source: Cal.com API v2, special requests and version header.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.connexion_app import OperationStage
from mock_server.runtime.description import VERSION_HEADER, Description, Operation
from mock_server.runtime.dispatch import Handler
from mock_server.runtime.errors import NotFound
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.router import Router

DEFAULT_VERSION = "2024-04-15"
"""What a request without the header, or with a value that no operation has, asks for."""

_INTEGER = re.compile(r"-?\d{1,15}", re.ASCII)


class Routing(OperationStage):
    """Raises NotFound before anything else is looked at, as the live API does."""

    def __init__(self, app: ASGIApp, *, description: Description) -> None:
        self.app = app
        self.description = description
        self._known_versions = frozenset(version for each in description for version in each.versions or ())
        self._router: Router[tuple[Operation, Handler | None]] = Router()

    def add_operation(self, operation: Operation, handler: Handler | None) -> None:
        """See OperationStage."""
        self._router.add(operation.method, operation.path, (operation, handler))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        method = "GET" if exchange.method == "HEAD" else exchange.method
        found = self._router.find(method, exchange.path)
        if found is None:
            raise _cannot(exchange)
        (operation, exchange.handler), values = found
        if operation.versions is not None:
            self._check_version(exchange, operation.versions)
        exchange.operation = operation
        exchange.path_values = {name: _typed(operation.path_types.get(name), value) for name, value in values.items()}
        await self.app(scope, receive, send)

    def _check_version(self, exchange: Exchange, versions: frozenset[str]) -> None:
        given = exchange.headers.get(VERSION_HEADER)
        version = given if given in self._known_versions else DEFAULT_VERSION
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

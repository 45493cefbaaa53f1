"""Finds the operation of a request by path, method and version, at a cost independent of the number of operations.

Source: Cal.com API v2, special requests and version header.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.connexion_app import OperationStage
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.dispatch import Handler
from mock_server.runtime.elsewhere import Elsewhere
from mock_server.runtime.errors import NotFound
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.integers import signed_integer_from
from mock_server.runtime.router import Router
from mock_server.runtime.versions import VERSION_HEADER, effective_version

_Bound = tuple[Operation, Handler | None]


class _Route:
    """The operations of one method on one path: one for all versions, or one per version."""

    __slots__ = ("by_version", "for_all")

    def __init__(self) -> None:
        self.for_all: _Bound | None = None
        self.by_version: dict[str, _Bound] = {}

    def add(self, operation: Operation, handler: Handler | None) -> None:
        if operation.versions is None:
            self.for_all = (operation, handler)
        else:
            self.by_version |= dict.fromkeys(operation.versions, (operation, handler))


class Routing(OperationStage):
    """Raises NotFound before any other check, as the live API does."""

    def __init__(self, app: ASGIApp, *, description: Description, elsewhere: Elsewhere) -> None:
        self.app = app
        self.description = description
        self._elsewhere = elsewhere
        self._known_versions = description.known_versions
        self._routes: dict[tuple[str, str], _Route] = {}
        self._router: Router[_Route] = Router()

    def add_operation(self, operation: Operation, handler: Handler | None) -> None:
        """See OperationStage."""
        place = operation.method, operation.path
        if place not in self._routes:
            self._routes[place] = _Route()
            self._router.add(*place, self._routes[place])
        self._routes[place].add(operation, handler)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        method = "GET" if exchange.method == "HEAD" else exchange.method
        found = self._router.find(method, exchange.path)
        if found is None:
            raise _cannot(exchange, hint=self._elsewhere.operation_hint(method, exchange.path))
        route, values = found
        operation, exchange.handler = route.for_all or self._chosen(exchange, route)
        exchange.operation = operation
        exchange.path_values = {name: _typed(operation.path_types.get(name), value) for name, value in values.items()}
        await self.app(scope, receive, send)

    def _chosen(self, exchange: Exchange, route: _Route) -> _Bound:
        """The operation of the requested version. Raises NotFound."""
        given = exchange.headers.get(VERSION_HEADER)
        version = effective_version(given, self._known_versions)
        if version in route.by_version:
            return route.by_version[version]
        wanted = " or ".join(sorted(route.by_version))
        sent = "none was sent" if given is None else "another was sent"
        hint = f"This path needs the header {VERSION_HEADER}: {wanted}; {sent}."
        some = next(iter(route.by_version.values()))[0]
        later = None if given is None else self._elsewhere.version_hint(some.method, some.path, given)
        raise _cannot(exchange, hint=f"{hint} {later}" if later else hint)


def _cannot(exchange: Exchange, *, hint: str | None = None) -> NotFound:
    return NotFound(f"Cannot {exchange.method} {exchange.original_url}", hint=hint)


def _typed(kind: str | None, value: str) -> str | int | None:
    """Text for text parameters; for numeric ones the number, or None if the text is not a number."""
    if kind != "integer":
        return value
    return signed_integer_from(value)

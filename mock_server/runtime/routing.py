"""Finds the operation of a request by path, method and version, at a cost independent of the number of operations.

Source: Cal.com API v2, special requests and version header.
"""

from __future__ import annotations

from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.connexion_app import OperationStage
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.dispatch import Handler
from mock_server.runtime.elsewhere import Elsewhere
from mock_server.runtime.errors import NotFound
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.hints import (
    NO_SIMILAR_PATH,
    Hint,
    other_methods,
    similar_paths,
    together,
    version_defaulted,
    version_needed,
    version_unknown,
)
from mock_server.runtime.integers import signed_integer_from
from mock_server.runtime.router import Router
from mock_server.runtime.versions import DEFAULT_VERSION, VERSION_HEADER, effective_version

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

    def hint_without_version(self) -> str | None:
        """About a request that got the default version because it sent none."""
        own = self.by_version[DEFAULT_VERSION][0]
        others = sorted(version for version, (operation, _) in self.by_version.items() if operation is not own)
        return version_defaulted(VERSION_HEADER, DEFAULT_VERSION, others) if others else None

    def hint_of_unknown_version(self) -> str:
        """About a request that got the default version because the one that it sent is unknown."""
        return version_unknown(VERSION_HEADER, DEFAULT_VERSION, sorted(self.by_version))


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
            raise _cannot(exchange, hint=partial(self._hint, method, exchange.path))
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
            if version != given:
                exchange.refusal_hint = route.hint_without_version if given is None else route.hint_of_unknown_version
            return route.by_version[version]
        hint = version_needed(VERSION_HEADER, sorted(route.by_version), is_sent=given is not None)
        some = next(iter(route.by_version.values()))[0]
        later = None if given is None else self._elsewhere.version_hint(some.method, some.path, given)
        raise _cannot(exchange, hint=together(hint, later))

    def _hint(self, method: str, path: str) -> str:
        """What may have been meant by an unknown method and path."""
        elsewhere = self._elsewhere.operation_hint(method, path)
        if elsewhere is not None:
            return elsewhere
        known = self._router.others_of(path)
        if known is not None:
            return other_methods(*known)
        similar = self._router.similar_to(path)
        return similar_paths(similar) if similar else NO_SIMILAR_PATH


def _cannot(exchange: Exchange, *, hint: Hint | None = None) -> NotFound:
    return NotFound(f"Cannot {exchange.method} {exchange.original_url}", hint=hint)


def _typed(kind: str | None, value: str) -> str | int | None:
    """Text for text parameters; for numeric ones the number, or None if the text is not a number."""
    if kind != "integer":
        return value
    return signed_integer_from(value)

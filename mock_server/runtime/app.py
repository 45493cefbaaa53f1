"""Puts the stages together into one connexion application.

A request passes them from the top of `stages` to the bottom and ends in the dispatcher. connexion supplies the
application, the operations of the specification, the resolver and the lifespan; the stages take the place of its
routing, security, validation and decorators (see the README, "How the code is cut").
"""

# connexion comes without types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

with warnings.catch_warnings():
    # connexion imports what its libraries have deprecated. No user of this one can help that, and tests that treat
    # warnings as errors could not import the pytest plugin.
    warnings.simplefilter("ignore")
    from connexion.apps.abstract import AbstractApp
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.main import API
from connexion.operations import AbstractOperation
from connexion.resolver import Resolution, Resolver
from connexion.spec import OpenAPISpecification
from starlette.types import ASGIApp

from mock_server.runtime.access import Access, Rule
from mock_server.runtime.boundary import Boundary
from mock_server.runtime.budget import Budget
from mock_server.runtime.bundle import Document
from mock_server.runtime.description import Description
from mock_server.runtime.dispatch import Dispatch, Handler
from mock_server.runtime.documents import Documents
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.generated import GeneratedReplies
from mock_server.runtime.journal import KEPT_BYTES_IN_ALL, Journal
from mock_server.runtime.rate_limits import KEPT_IDENTITIES_IN_ALL, Identify, RateLimiting, RateLimits
from mock_server.runtime.request_body import RequestBody
from mock_server.runtime.routing import Routing
from mock_server.runtime.transactions import Transactions
from mock_server.runtime.validation import Validation
from mock_server.runtime.workers import Workers
from mock_server.state.worlds import Worlds

FindHandler = Callable[[str, str], Handler | None]
"""Gives the function of an operation, by area and operationId."""

Background = Callable[[], AsyncIterator[None]]


class Observers:
    """What is kept beside the state of each world: its journal and its rate limit counters."""

    def __init__(self) -> None:
        self._journals: dict[str, Journal] = {}
        self._journals_budget = Budget(KEPT_BYTES_IN_ALL)
        self._rate_limits: dict[str, RateLimits] = {}
        self._rate_limits_budget = Budget(KEPT_IDENTITIES_IN_ALL)
        self._forgetful: list[Callable[[str], None]] = []
        self._droppers: list[Callable[[str], None]] = []

    def on_forget(self, forget: Callable[[str], None]) -> None:
        """Calls `forget` with the name of every world that is reset or dropped from now on."""
        self._forgetful.append(forget)

    def on_drop(self, drop: Callable[[str], None]) -> None:
        """Calls `drop` with the name of every world that is dropped from now on."""
        self._droppers.append(drop)

    def journal(self, world: str) -> Journal:
        """The journal of a world."""
        journal = self._journals.get(world)
        if journal is None:
            journal = self._journals[world] = Journal(self._journals_budget)
        return journal

    def rate_limits(self, world: str) -> RateLimits:
        """The rate limit counters of a world."""
        limits = self._rate_limits.get(world)
        if limits is None:
            limits = self._rate_limits[world] = RateLimits(self._rate_limits_budget)
        return limits

    def forget(self, world: str) -> None:
        """Begins anew for a world that was reset or dropped. Its journal goes only with the world."""
        limits = self._rate_limits.pop(world, None)
        if limits is not None:
            limits.close()
        for forget in self._forgetful:
            forget(world)

    def drop(self, world: str) -> None:
        """Forgets a world that has ended."""
        self.forget(world)
        journal = self._journals.pop(world, None)
        if journal is not None:
            journal.close()
        for drop in self._droppers:
            drop(world)


class BundledSpecification(OpenAPISpecification):
    """The bundle as connexion's specification. prance has validated it; its references stay references."""

    def __init__(self, bundle: Document) -> None:
        self._raw_spec = self._spec = bundle
        self._base_uri = ""

    def clone(self) -> BundledSpecification:
        """Itself: nobody changes it."""
        return self


class FunctionResolver(Resolver):
    """Binds an operation to the function of its name in its area, or to nothing: then replies are generated."""

    def __init__(self, find_handler: FindHandler, description: Description) -> None:
        super().__init__()
        self._find_handler = find_handler
        self._description = description

    def resolve(self, operation: AbstractOperation) -> Resolution:
        """See connexion.Resolver."""
        operation_id: str = operation.operation_id
        return Resolution(
            self._find_handler(self._description.operations[operation_id].area, operation_id), operation_id
        )


class SandboxApp(AbstractApp):
    """An ASGI application."""

    def __init__(
        self,
        *,
        description: Description,
        worlds: Worlds,
        observers: Observers,
        rules: Mapping[str, Rule],
        identify: Identify,
        find_handler: FindHandler,
        control_plane: Callable[[ASGIApp], ASGIApp],
        strict: bool = False,
        rate_limit: bool = False,
        read_timeout: float = 30.0,
        workers: Workers | None = None,
    ) -> None:
        workers = workers or Workers()

        def finished(exchange: Exchange) -> None:
            if exchange.path[:3].lower() == "/v2" and exchange.world.is_there:
                observers.journal(exchange.world.name).add(exchange)

        stages: list[Any] = [
            LifespanMiddleware,
            partial(Boundary, worlds=worlds, workers=workers, finished=finished),
            control_plane,
            partial(Documents, bundle=description.bundle, forwards=description.forwards),
            partial(Routing, description=description),
            partial(RequestBody, read_timeout=read_timeout),
            Transactions,
            partial(RateLimiting, identify=identify, enabled=rate_limit, limits_of=observers.rate_limits),
            partial(Access, description=description, rules=rules),
            partial(Validation, description=description, workers=workers),
        ]
        dispatch: Any = Dispatch(generated=GeneratedReplies(description), strict=strict, workers=workers)
        self._middleware_app = dispatch
        super().__init__("mock_server", middlewares=stages, lifespan=self._lifespan)
        resolver = FunctionResolver(find_handler, description)
        self.middleware.apis.append(API(BundledSpecification(description.bundle), base_path="", resolver=resolver))
        self._worlds = worlds
        self._background: list[Background] = [workers.serve]

    def add_background(self, background: Background) -> None:
        """Runs `background` from start to end of the server: it yields once, in between."""
        self._background.append(background)

    def add_url_rule(self, rule: Any, endpoint: Any = None, view_func: Any = None, **options: Any) -> None:
        """Not for this application: every path comes from the description."""
        raise NotImplementedError("Paths are added to the description, in openapi/.")

    @asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncGenerator[None]:
        running = [background() for background in self._background]
        for each in running:
            await anext(each)
        try:
            yield
        finally:
            for each in reversed(running):
                await anext(each, None)
            self._worlds.close()

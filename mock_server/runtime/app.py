"""Puts the stages together into one application.

A request passes them from the top of `stages` to the bottom and ends in the dispatcher. `runtime/connexion_app.py` says
what connexion does for them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from mock_server.runtime.access import Access, Rule
from mock_server.runtime.boundary import Boundary
from mock_server.runtime.connexion_app import ConnexionApp, FindHandler
from mock_server.runtime.description import Description
from mock_server.runtime.dispatch import Dispatch
from mock_server.runtime.documents import Documents
from mock_server.runtime.elsewhere import Elsewhere
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.generated import GeneratedReplies
from mock_server.runtime.journal import KEPT_BYTES_IN_ALL, Journal
from mock_server.runtime.rate_limits import KEPT_IDENTITIES_IN_ALL, Identify, RateLimiting, RateLimits
from mock_server.runtime.request_body import RequestBody
from mock_server.runtime.routing import Routing
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.transactions import Transactions
from mock_server.runtime.validation import Validation
from mock_server.runtime.workers import Workers
from mock_server.state.worlds import Worlds

Background = Callable[[], AsyncIterator[None]]


class Observers:
    """What is kept beside the state of each world: its journal and its rate limit counters."""

    def __init__(self) -> None:
        self._journals: dict[str, Journal] = {}
        self._journals_limit = SharedLimit(KEPT_BYTES_IN_ALL)
        self._rate_limits: dict[str, RateLimits] = {}
        self._rate_limits_limit = SharedLimit(KEPT_IDENTITIES_IN_ALL)
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
            journal = self._journals[world] = Journal(self._journals_limit)
        return journal

    def rate_limits(self, world: str) -> RateLimits:
        """The rate limit counters of a world."""
        limits = self._rate_limits.get(world)
        if limits is None:
            limits = self._rate_limits[world] = RateLimits(self._rate_limits_limit)
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


class SandboxApp(ConnexionApp):
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
        elsewhere: Elsewhere | None = None,
        strict: bool = False,
        rate_limit: bool = False,
        read_timeout: float = 30.0,
        workers: Workers | None = None,
    ) -> None:
        workers = workers or Workers()
        elsewhere = elsewhere or Elsewhere(worlds.schema.edition.name)

        def finished(exchange: Exchange) -> None:
            if exchange.path[:3].lower() == "/v2" and exchange.world.is_there:
                observers.journal(exchange.world.name).add(exchange)

        stages: list[Any] = [
            partial(Boundary, worlds=worlds, workers=workers, finished=finished),
            control_plane,
            partial(Documents, bundle=description.bundle, forwards=description.forwards),
            partial(Routing, description=description, elsewhere=elsewhere),
            partial(RequestBody, read_timeout=read_timeout, workers=workers),
            Transactions,
            partial(RateLimiting, identify=identify, enabled=rate_limit, limits_of=observers.rate_limits),
            partial(Access, description=description, rules=rules),
            partial(Validation, description=description, elsewhere=elsewhere, workers=workers),
        ]
        super().__init__(
            description=description,
            find_handler=find_handler,
            stages=stages,
            dispatch=Dispatch(generated=GeneratedReplies(description), strict=strict, workers=workers),
            lifespan=self._lifespan,
        )
        self._worlds = worlds
        self._background: list[Background] = [workers.serve]

    def add_background(self, background: Background) -> None:
        """Runs `background` from start to end of the server: it yields once, in between."""
        self._background.append(background)

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

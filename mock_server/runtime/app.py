"""Assembles the stages into one application.

A request passes through `stages` from top to bottom and ends in the dispatcher. `runtime/connexion_app.py` describes
connexion's part.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from mock_server.runtime.access import Access, CredentialHints, Rule, bind_rules
from mock_server.runtime.boundary import Boundary
from mock_server.runtime.connexion_app import ConnexionApp, FindHandler
from mock_server.runtime.description import Description
from mock_server.runtime.dispatch import Dispatch, SuccessHint
from mock_server.runtime.documents import Documents, Page
from mock_server.runtime.elsewhere import Elsewhere
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.fault_injection import FaultInjection, FaultsForCallers
from mock_server.runtime.faults import FaultsOfWorlds
from mock_server.runtime.generated import GeneratedReplies
from mock_server.runtime.journal import Entry, Journals
from mock_server.runtime.masking import Secrets
from mock_server.runtime.rate_limits import CheckKey, Identify, RateLimiting
from mock_server.runtime.request_body import RequestBody
from mock_server.runtime.routing import Routing
from mock_server.runtime.strict_mode import check_of
from mock_server.runtime.transactions import Transactions
from mock_server.runtime.validation import Validation
from mock_server.runtime.workers import Workers
from mock_server.state.worlds import Worlds

Background = Callable[[], AsyncIterator[None]]
Observer = Callable[[Exchange, Entry | None], object]
"""Takes a finished request, and its entry in the journal if it has one."""


class SandboxApp(ConnexionApp):
    """An ASGI application."""

    def __init__(
        self,
        *,
        description: Description,
        worlds: Worlds,
        journals: Journals,
        faults: FaultsOfWorlds,
        rules: Mapping[str, Rule],
        identify: Identify,
        check_key: CheckKey,
        credentials: CredentialHints,
        find_handler: FindHandler,
        control_plane: Callable[[ASGIApp], ASGIApp],
        hints: Mapping[str, SuccessHint] | None = None,
        elsewhere: Elsewhere | None = None,
        changes: Callable[[], str] | None = None,
        pages: Sequence[Page] = (),
        strict: bool = False,
        rate_limit: bool = False,
        read_timeout: float = 30.0,
        workers: Workers | None = None,
    ) -> None:
        workers = workers or Workers()
        check = check_of(Secrets(description)) if strict else None
        self._observers: list[Observer] = []
        elsewhere = elsewhere or Elsewhere(worlds.schema.edition.name)

        def finished(exchange: Exchange) -> None:
            entry = None
            if exchange.path[:3].lower() == "/v2" and exchange.world.exists:
                entry = exchange.entry = exchange.world.companion[journals].add(exchange)
            for observe in self._observers:
                observe(exchange, entry)

        stages: list[Any] = [
            partial(Boundary, worlds=worlds, workers=workers, finished=finished, check=check),
            control_plane,
            partial(Documents, description=description, changes=changes, pages=pages),
            partial(Routing, description=description, elsewhere=elsewhere),
            partial(RequestBody, read_timeout=read_timeout, workers=workers),
            partial(FaultInjection, faults=faults, workers=workers),
            Transactions,
            partial(RateLimiting, identify=identify, check_key=check_key, credentials=credentials, enabled=rate_limit),
            partial(Access, rules=bind_rules(description, rules), credentials=credentials),
            partial(FaultsForCallers, faults=faults),
            partial(Validation, description=description, elsewhere=elsewhere, workers=workers),
        ]
        super().__init__(
            description=description,
            find_handler=find_handler,
            stages=stages,
            dispatch=Dispatch(
                generated=GeneratedReplies(description),
                hints=hints or {},
                check=check,
                workers=workers,
            ),
            lifespan=self._lifespan,
        )
        self._worlds = worlds
        self._background: list[Background] = [workers.serve]

    def add_background(self, background: Background) -> None:
        """Runs `background` as long as the server runs: it starts, yields once, and cleans up when the server stops."""
        self._background.append(background)

    def add_observer(self, observer: Observer) -> None:
        """Calls `observer` for each request, after its reply was sent."""
        self._observers.append(observer)

    @asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncGenerator[None]:
        running = [background() for background in self._background]
        for background in running:
            await anext(background)
        try:
            yield
        finally:
            for background in reversed(running):
                await anext(background, None)
            self._worlds.close()

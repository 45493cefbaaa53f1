"""Makes requests fail on purpose: the two stages that inject the faults of a world."""

from __future__ import annotations

from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.errors import ApiError, HttpError, TokenExpired
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.fault import EXCEPTIONS, Fault
from mock_server.runtime.faults import FaultsOfWorlds, InjectedFault
from mock_server.runtime.hints import fault_injected
from mock_server.runtime.limit import Limit
from mock_server.runtime.rate_limit_counters import limit_headers, retry_after
from mock_server.runtime.rate_limits import throttled
from mock_server.runtime.reply import Header
from mock_server.runtime.workers import Workers

USED_UP = limit_headers(Limit("default", 120), 0, 60)
"""The headers of an injected 429: those of an API key whose requests of this minute are used up."""


class InjectedError(HttpError):
    """The refusal of a fault, in the API's envelope."""

    def __init__(self, status: int, message: str | None) -> None:
        self.status = status
        self.code = EXCEPTIONS[status]
        super().__init__(message or HTTPStatus(status).phrase)


class _FaultForCaller(Exception):
    """The caller of this request gets a fault before the operation. Ends the transaction without a commit."""


class FaultInjection:
    """Injects the faults of the world, outside of the transaction: a lost reply does not undo what was committed."""

    def __init__(self, app: ASGIApp, *, faults: FaultsOfWorlds, workers: Workers) -> None:
        self.app = app
        self._faults = faults
        self._workers = workers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        companion = exchange.world.companion
        faults = companion[self._faults]
        if companion.feed is not None and companion.feed.is_stale:
            await companion.feed.pull()
        if not faults:
            await self.app(scope, receive, send)
            return
        exchange.injected = await faults.chosen_for(exchange)
        try:
            await self._inject(exchange, scope, receive, send)
        except _FaultForCaller:
            await self._inject(exchange, scope, receive, send)

    async def _inject(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        injected: InjectedFault | None = exchange.injected
        if injected is not None and injected.comes_first:
            await self._delay_or_refuse(exchange, injected)
            if injected.fault.connection is not None:
                return
        await self.app(scope, receive, send)
        injected = exchange.injected
        if injected is not None and injected.fault.after:
            await self._delay_or_refuse(exchange, injected)

    async def _delay_or_refuse(self, exchange: Exchange, injected: InjectedFault) -> None:
        """The part of a fault's effect that precedes the reply. Raises ApiError for a fault with a status."""
        await self._workers.sleep(injected.delay())
        fault = injected.fault
        if fault.status is None:
            return
        exchange.extra_headers = _headers(exchange, fault)
        exchange.hint = fault_injected(injected.id)
        raise _refusal(exchange, fault.status, fault.message)


class FaultsForCallers:
    """Chooses among the faults for certain callers, once the caller is known."""

    def __init__(self, app: ASGIApp, *, faults: FaultsOfWorlds) -> None:
        self.app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        faults = exchange.world.companion[self._faults]
        if faults and exchange.injected is None and not exchange.is_past_faults:
            exchange.is_past_faults = True  # A request that is retried after a commit conflict counts once.
            caller = exchange.call.optional_caller if exchange.call else None
            injected = exchange.injected = None if caller is None else await faults.chosen_for(exchange, caller)
            if injected is not None and injected.comes_first:
                raise _FaultForCaller
        await self.app(scope, receive, send)


def _refusal(exchange: Exchange, status: int, message: str | None) -> ApiError:
    refusal: ApiError
    match status:
        case 429:
            refusal = throttled(exchange.world.begin())
        case 498:
            refusal = TokenExpired()
        case _:
            return InjectedError(status, message)
    refusal.message = message or refusal.message
    return refusal


def _headers(exchange: Exchange, fault: Fault) -> tuple[Header, ...]:
    own = tuple((name.lower().encode(), value.encode()) for name, value in fault.headers.items())
    names = {name for name, _ in own}
    usual = USED_UP if fault.status == 429 else ()
    if usual and exchange.operation is not None and exchange.operation.has_retry_after:
        usual += (retry_after(usual),)
    return own + tuple(header for header in usual if header[0] not in names)

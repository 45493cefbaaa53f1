"""Opens a transaction per request, and commits it when the inner stages have produced a reply."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.call import Call
from mock_server.runtime.delivery_mark import rounds_before
from mock_server.runtime.errors import ApiError, Busy
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.state.errors import VersionConflict
from mock_server.state.transaction import Transaction
from mock_server.state.work import LoopLimitReached

ATTEMPTS = 10
READING = ("GET", "HEAD")


class RunAgain(Exception):
    """The request has to run again, in another transaction."""


class Transactions:
    """All or nothing: an error discards the transaction, unless it is a refusal that keeps changes.

    When another commit came first, or an inner stage raises RunAgain, the request runs again. One that is too expensive
    for the event loop runs once more, in a thread. Raises WorldGone if the world was dropped in the meantime.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        exchange.world.check_exists()  # It may have been dropped while the body arrived.
        turn = exchange.world.turn
        if exchange.method in READING or not turn.locked():
            for _ in range(2):  # Twice, as a request that is costly needs a second run, but no turn.
                if await self._is_committed(exchange, scope, receive, send):
                    return
        async with turn:
            for _ in range(ATTEMPTS):
                if await self._is_committed(exchange, scope, receive, send):
                    return
        raise Busy

    async def _is_committed(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> bool:
        """Runs the request once. False if it has to run again."""
        try:
            await self._attempt(exchange, scope, receive, send)
        except LoopLimitReached:
            exchange.is_costly = True
        except (VersionConflict, RunAgain):
            pass
        else:
            return True
        return False

    async def _attempt(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        transaction = exchange.transaction = exchange.world.begin()
        transaction.rounds = rounds_before(exchange.headers)
        transaction.request_id = exchange.request_id
        exchange.call = Call(transaction, exchange.path_values, exchange.headers, exchange.base_url)
        try:
            await self.app(scope, receive, send)
        except ApiError as refusal:
            if refusal.keeps_changes:
                await _commit(exchange, transaction)
            raise
        await _commit(exchange, transaction)


async def _commit(exchange: Exchange, transaction: Transaction) -> None:
    # A read is consistent with the state that it read, so later commits do not matter.
    if transaction.changes or transaction.outbox:
        exchange.commit = await exchange.world.commit_async(transaction)

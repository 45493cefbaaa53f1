"""Opens a transaction per request, and commits it when the inner stages have produced a reply."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.call import Call
from mock_server.runtime.delivery_mark import rounds_before
from mock_server.runtime.errors import ApiError, Busy
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.state.errors import Overtaken, VersionConflict
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
        is_reading = exchange.method in READING
        runs = 0
        for _ in range(ATTEMPTS):
            if runs == 2 or (turn.locked() and not is_reading):
                break
            outcome = await self._outcome(exchange, scope, receive, send, is_reading=is_reading and not runs)
            if outcome is None:
                return
            runs += not isinstance(outcome, Overtaken)
        async with turn:
            for _ in range(ATTEMPTS):
                if await self._outcome(exchange, scope, receive, send) is None:
                    return
        raise Busy

    async def _outcome(
        self, exchange: Exchange, scope: Scope, receive: Receive, send: Send, *, is_reading: bool = False
    ) -> LoopLimitReached | VersionConflict | RunAgain | None:
        """Runs the request once. Returns the reason if it has to run again."""
        try:
            await self._attempt(exchange, scope, receive, send, is_reading=is_reading)
        except LoopLimitReached as reached:
            exchange.is_costly = True
            return reached
        except (VersionConflict, RunAgain) as conflict:
            return conflict
        return None

    async def _attempt(
        self, exchange: Exchange, scope: Scope, receive: Receive, send: Send, *, is_reading: bool
    ) -> None:
        world = exchange.world
        if not is_reading:
            await world.prepare_change()
        transaction = exchange.transaction = world.begin() if is_reading else world.begin_change()
        transaction.rounds = rounds_before(exchange.headers)
        transaction.request_id = exchange.request_id
        exchange.call = Call(transaction, exchange.path_values, exchange.headers, exchange.base_url)
        try:
            await self.app(scope, receive, send)
        except (LoopLimitReached, VersionConflict, RunAgain):
            raise
        except Exception as error:
            if isinstance(error, ApiError) and error.keeps_changes:
                await _commit(exchange, transaction)
            else:
                await world.confirm(transaction)
            raise
        await _commit(exchange, transaction)


async def _commit(exchange: Exchange, transaction: Transaction) -> None:
    if transaction.changes or transaction.outbox:
        exchange.commit = await exchange.world.commit_async(transaction)
    else:  # A read is consistent with the state that it read, so later commits do not matter.
        await exchange.world.confirm(transaction)

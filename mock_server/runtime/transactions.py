"""Gives each request its transaction, and commits it when the stages inside have left a reply."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.call import Call
from mock_server.runtime.delivery_mark import rounds_before
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.state.errors import VersionConflict

ATTEMPTS = 10


class Transactions:
    """All or nothing: an error drops the transaction. When another commit came first, the request runs again."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        for attempt in range(ATTEMPTS):
            transaction = exchange.transaction = exchange.world.begin()
            transaction.rounds = rounds_before(exchange.headers)
            exchange.call = Call(transaction, exchange.path_values, exchange.headers, exchange.base_url)
            await self.app(scope, receive, send)
            try:
                exchange.commit = exchange.world.commit(transaction)
            except VersionConflict:
                if attempt + 1 == ATTEMPTS:
                    raise
            else:
                return

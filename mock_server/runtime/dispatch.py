"""The innermost stage: calls the operation and builds the reply from its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send

from mock_server.runtime.call import Call
from mock_server.runtime.description import Operation
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.generated import GeneratedReplies
from mock_server.runtime.hints import text_of
from mock_server.runtime.reply import Reply, success
from mock_server.runtime.strict_mode import CheckReply
from mock_server.runtime.workers import Workers
from mock_server.state.work import LOOP_LIMIT, Budget, LoopLimitReached, within

Handler = Callable[[Call], Any]
SuccessHint = Callable[[Call, Any], str | None]
"""Returns the hint for a successful call with this result, or None."""


class Dispatch:
    """Operations are plain synchronous functions; without one, the reply is generated.

    A request that has turned out to be expensive runs in a thread. `hints` are those about successful replies, by
    operationId. `check` checks every reply, in strict mode.
    """

    def __init__(
        self,
        *,
        generated: GeneratedReplies,
        hints: Mapping[str, SuccessHint],
        check: CheckReply | None,
        workers: Workers,
    ) -> None:
        self._generated = generated
        self._hints = hints
        self._check = check
        self._workers = workers

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        operation, call = exchange.operation, exchange.call
        assert operation is not None and call is not None
        handler: Handler | None = exchange.handler
        exchange.generated = handler is None
        if exchange.is_costly:
            exchange.reply = await self._workers.run(self._reply, exchange, operation, handler, call)
        else:
            with within(Budget(LOOP_LIMIT, LoopLimitReached)):
                exchange.reply = self._reply(exchange, operation, handler, call)

    def _reply(self, exchange: Exchange, operation: Operation, handler: Handler | None, call: Call) -> Reply:
        if handler is None:
            reply = self._generated.reply(operation, call)
        else:
            result = handler(call)
            if operation.id in self._hints:
                hint = text_of(partial(self._hints[operation.id], call, result))
                exchange.hint = hint or exchange.hint
            reply = success(operation.success_status, result, operation.projections)
        if self._check is not None:
            self._check(operation, reply)
        return reply

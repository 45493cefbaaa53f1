"""Calls of scripts of the store's server. All share one connection, and none waits for the reply to another."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import hiredis
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as NoReply

from mock_server.state.shared.tasks import cancelled

_untyped: Any = hiredis  # Its stubs describe commands of one word only.

Argument = str | bytes | int | float


class _Call(NamedTuple):
    command: tuple[Argument, ...]
    reply: asyncio.Future[Any]


class ScriptCalls:
    """Sends calls in their order; those of one iteration of the event loop together.

    The connections of `client` have no timeout of their own. When the server has owed replies for `patience` seconds
    without sending one, the connection is closed.
    """

    def __init__(self, client: Callable[[], Redis], patience: float) -> None:
        self._client = client
        self._patience = patience
        self._waiting: list[_Call] = []
        self._channel: _Channel | None = None
        self._sending: asyncio.Task[None] | None = None

    async def run(self, script: str, keys: tuple[str, ...], arguments: tuple[Argument, ...]) -> Any:
        """The reply of a script. Raises RedisError, OSError."""
        rest = (len(keys), *keys, *arguments)
        try:
            return await self._reply(("EVALSHA", _hash(script), *rest))
        except NoScriptError:  # The server has been restarted, or has not run it yet.
            return await self._reply(("EVAL", script, *rest))

    async def close(self) -> None:
        """Closes the connection. It is opened again when it is needed."""
        closed = ConnectionLost("The connection was closed.")
        if self._sending is not None:
            await cancelled(self._sending)
        self._refuse_waiting(closed)
        if self._channel is not None:
            await self._channel.close(closed, waits=True)
            self._channel = None

    async def _reply(self, command: tuple[Argument, ...]) -> Any:
        loop = asyncio.get_running_loop()
        call = _Call(command, loop.create_future())
        self._waiting.append(call)
        if self._sending is None:
            self._sending = loop.create_task(self._send())
        return await call.reply

    async def _send(self) -> None:
        try:
            while self._waiting:
                if self._channel is None or not self._channel.is_open:
                    self._channel = await _open_channel(self._client(), self._patience)
                calls, self._waiting = [each for each in self._waiting if not each.reply.done()], []
                await self._channel.send(calls)
        except Exception as error:  # There is no connection.
            self._refuse_waiting(error)
        finally:
            self._sending = None

    def _refuse_waiting(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, []
        _fail((each.reply for each in waiting), error)


class _Channel:
    """An open connection, with the replies that the server owes in the order of their calls."""

    def __init__(self, client: Redis, connection: Any, patience: float) -> None:
        self.is_open = True
        self._client = client
        self._connection = connection
        self._patience = patience
        self._owed: deque[asyncio.Future[Any]] = deque()
        self._loop = asyncio.get_running_loop()
        self._heard_at = 0.0
        self._reading = self._loop.create_task(self._read())
        self._next_check = self._loop.call_later(patience / 2, self._check)

    async def send(self, calls: list[_Call]) -> None:
        """Sends calls. If the connection is lost, their replies are exceptions."""
        if not self._owed:
            self._heard_at = self._loop.time()
        self._owed += [each.reply for each in calls]
        if not self._connection.is_connected:  # It would connect again, and nothing would read the replies.
            await self.close(ConnectionLost("The connection was lost."))
            return
        try:
            packed = [_untyped.pack_command(each.command) for each in calls]
            await self._connection.send_packed_command(packed, check_health=False)
        except Exception as error:
            await self.close(error)

    async def close(self, error: Exception, *, waits: bool = False) -> None:
        """Closes the connection, with `error` as the reply to what has not been answered.

        `waits` until the server has agreed to it, which TLS asks for.
        """
        if not self.is_open:
            return
        self.is_open = False
        self._next_check.cancel()
        owed, self._owed = self._owed, deque()
        _fail(owed, error)
        with suppress(NoReply):
            await self._connection.disconnect(nowait=not waits)
        await self._client.connection_pool.release(self._connection)
        if asyncio.current_task() is not self._reading:
            await cancelled(self._reading)

    async def _read(self) -> None:
        try:
            while True:
                try:
                    reply = await self._connection.read_response()
                except ResponseError as refusal:
                    reply = refusal
                self._heard_at = self._loop.time()
                future = self._owed.popleft()
                if future.done():  # Its caller has given up.
                    continue
                if isinstance(reply, Exception):
                    future.set_exception(reply)
                else:
                    future.set_result(reply)
        except Exception as error:
            await self.close(error)

    def _check(self) -> None:
        """Closes the connection if the server has been silent for too long. Called regularly."""
        if self._owed and self._loop.time() - self._heard_at > self._patience:
            self._loop.create_task(self.close(NoReply("The server does not reply.")))
        else:
            self._next_check = self._loop.call_later(self._patience / 2, self._check)


async def _open_channel(client: Redis, patience: float) -> _Channel:
    return _Channel(client, await client.connection_pool.get_connection(), patience)


def _fail(replies: Iterable[asyncio.Future[Any]], error: Exception) -> None:
    for reply in replies:
        if not reply.done():
            reply.set_exception(error)


@cache
def _hash(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()

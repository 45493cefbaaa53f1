"""The connection to the server of a shared store. Waits a bounded time while the server cannot be used."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import TimeoutError as NoReply

from mock_server.state.errors import LogUnusable, StoreUnavailable
from mock_server.state.shared import scripts
from mock_server.state.shared.keys import Keys
from mock_server.state.shared.options import StoreOptions
from mock_server.state.shared.script_calls import ScriptCalls

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
"""Seconds between attempts to reach the server."""
BLOCKED = 2.0
"""Seconds that a blocking read waits for something new."""
TLS_CLOSING = 0.25
"""Seconds for the server's part in closing TLS connections, before the event loop ends."""

T = TypeVar("T")

FORK = (
    "The store at {address} has another history than the one that this process has served: the server has come back "
    "empty, with older data or with that of another store. Nothing is read from it or written to it. Let the server "
    "load its data again, or restart this process to go on with what the store has now."
)


class Engine:
    """A client of the server. It belongs to the event loop that first uses it.

    `writer` identifies this process in the store; `store_id` is the identity of the store, once it is known.
    """

    def __init__(self, options: StoreOptions) -> None:
        self.options = options
        self.keys = Keys(options.prefix)
        self.writer = uuid4().hex[:16]
        self.store_id = ""
        self._count = 0
        self._client: Redis | None = None
        self._blocking: Redis | None = None
        self._calling: Redis | None = None
        self._calls = ScriptCalls(self._client_for_calls, options.patience)

    @property
    def client(self) -> Redis:
        """The connection pool for commands that the server answers at once."""
        if self._client is None:
            self._client = self._connected(self.options.patience)
        return self._client

    @property
    def blocking(self) -> Redis:
        """The connection pool for commands that wait in the server for up to BLOCKED seconds."""
        if self._blocking is None:
            self._blocking = self._connected(BLOCKED + self.options.patience)
        return self._blocking

    def next_token(self) -> str:
        """A token for an entry of a stream, unique in the store."""
        self._count += 1
        return f"{self.writer}.{self._count}"

    async def script(
        self, text: str, keys: Sequence[str], arguments: Sequence[str | bytes | int | float], *, replicas: int = 0
    ) -> Any:
        """Runs a script that begins by comparing the store's identity, and waits until `replicas` have its effects.

        Raises RedisError, and StoreUnavailable for another store or too few replicas.
        """
        reply = await self.plain_script(text, keys, (self.store_id, *arguments), replicas=replicas)
        if reply[0] in (b"other store", b"other history"):
            raise self.fork()
        return reply

    async def guarded_script(
        self, text: str, keys: Sequence[str], arguments: Sequence[str | bytes | int | float]
    ) -> Any:
        """Runs a script that does not know of the store's identity, which is compared before it begins.

        Raises RedisError, and StoreUnavailable for another store.
        """
        try:
            return await self.plain_script(scripts.GUARD + text, (*keys, self.keys.store), (*arguments, self.store_id))
        except ResponseError as error:
            if str(error).startswith("OTHERSTORE"):
                raise self.fork() from None
            raise

    async def plain_script(
        self, text: str, keys: Sequence[str], arguments: Sequence[str | bytes | int | float], *, replicas: int = 0
    ) -> Any:
        """Runs a script. Raises RedisError."""
        if not replicas:
            return await self._calls.run(text, tuple(keys), tuple(arguments))
        script = self.client.register_script(text)
        async with self.client.pipeline(transaction=False) as pipeline:  # WAIT counts the writes of its connection.
            await script(keys=list(keys), args=list(arguments), client=pipeline)
            untyped: Any = pipeline
            untyped.wait(replicas, int(self.options.patience * 500))
            reply, confirmed = await pipeline.execute()
        if confirmed < replicas:
            raise StoreUnavailable(
                f"The store at {self.options.address} has stored the write, but {confirmed} of {replicas} replicas "
                f"have confirmed it. It counts unless the primary server is lost now."
            )
        return reply

    async def patiently(self, attempt: Callable[[], Awaitable[T]], *, unsure: str = "") -> T:
        """The result of `attempt`, which is repeated while the server cannot be used, for as long as its patience.

        Therefore a repetition must not do anything twice. Raises StoreUnavailable; `unsure` is added to its message
        if an attempt may have succeeded although its reply was lost.
        """
        end, pause, may_have_succeeded = time.monotonic() + self.options.patience, FIRST_PAUSE, False
        while True:
            try:
                async with asyncio.timeout(max(end - time.monotonic(), FIRST_PAUSE)):
                    return await attempt()
            except (RedisError, OSError, TimeoutError) as error:
                may_have_succeeded |= _lost_reply(error)
                if time.monotonic() + pause >= end:
                    raise self.unavailable(error, unsure if may_have_succeeded else "") from None
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def unavailable(self, error: BaseException, unsure: str = "") -> StoreUnavailable:
        """The error for a server that could not be used in time."""
        waited = f"Gave up after {self.options.patience:g} seconds."
        message = " ".join(filter(None, (f"{self.trouble(error)} {waited}", unsure)))
        return StoreUnavailable(message, may_be_stored=bool(unsure))

    def fork(self) -> StoreUnavailable:
        """The error for a store with another history."""
        return StoreUnavailable(FORK.format(address=self.options.address))

    def unusable(self, error: BaseException) -> LogUnusable:
        """The error for a store that cannot be opened."""
        return LogUnusable(self.trouble(error))

    async def close(self) -> None:
        """Closes all connections. They are opened again when they are needed."""
        await self._calls.close()
        for client in (self._client, self._blocking, self._calling):
            if client is not None:
                await client.aclose()
        self._client = self._blocking = self._calling = None
        if self.options.tls:  # Where waiting for the end of a connection was cut short, it is still closing.
            await asyncio.sleep(TLS_CLOSING)

    def _client_for_calls(self) -> Redis:
        if self._calling is None:
            self._calling = self._connected(None)
        return self._calling

    def _connected(self, longest: float | None) -> Redis:
        return Redis(
            **self.options.connection(),
            protocol=2,
            socket_timeout=longest,
            socket_connect_timeout=self.options.patience,
            retry=Retry(NoBackoff(), 0),
        )

    def trouble(self, error: BaseException) -> str:
        """What is wrong, in one sentence."""
        if isinstance(error, StoreUnavailable):
            return str(error)
        store = f"The store at {self.options.address}"
        text = str(error)
        match error:
            case _ if isinstance(error, AuthenticationError | NoPermissionError) or "unauthenticated" in text:
                return f"{store} does not accept the user or the password of its URL, or lacks a permission."
            case ReadOnlyError():
                return f"{store} is a read-only replica; commits need the primary server."
            case OutOfMemoryError():
                return f"{store} has used all the memory that it may use (maxmemory), so it stores nothing new."
            case BusyLoadingError():
                return f"{store} is still loading its data."
            case ResponseError() if text.startswith("MISCONF"):
                return f"{store} cannot save its data, and so stores nothing new."
            case ResponseError():
                return f"{store} refused a command: {text[:200]}."
            case NoReply() | TimeoutError():
                return f"{store} did not reply in time."
            case _ if "CERTIFICATE_VERIFY_FAILED" in text:
                return f"{store} has a certificate that is not trusted here. &ca=FILE in its URL names its authority."
            case _:
                return f"{store} cannot be reached."


def _lost_reply(error: BaseException) -> bool:
    """Whether the command may have reached the server."""
    if isinstance(error, AuthenticationError | BusyLoadingError) or "connecting to" in str(error):
        return False
    return isinstance(error, ConnectionLost | NoReply | OSError | TimeoutError)

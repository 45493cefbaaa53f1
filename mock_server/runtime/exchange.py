"""One request on its way through the stages, and the reply that the last of them leaves."""

from __future__ import annotations

import time
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.call import Call
from mock_server.runtime.description import Operation
from mock_server.runtime.errors import ApiError
from mock_server.runtime.reply import Header, Reply
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World

EXCHANGE = "cal_mock.exchange"


class Exchange:
    """What the stages know of a request. Each fills in what it finds; `reply` is what the client gets."""

    __slots__ = (
        "base_path",
        "body",
        "call",
        "commit",
        "error",
        "extra_headers",
        "generated",
        "handler",
        "headers",
        "hint",
        "is_costly",
        "limited",
        "method",
        "operation",
        "original_url",
        "path",
        "path_values",
        "query_string",
        "raw_body",
        "reply",
        "request_id",
        "started",
        "transaction",
        "url",
        "world",
    )

    def __init__(self, scope: Scope, world: World, request_id: str) -> None:
        self.started = time.perf_counter()
        self.world = world
        self.request_id = request_id
        self.base_path = ""
        self.method: str = scope["method"]
        self.headers: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        # The path as it was sent: decoding it would hide malformed percent-encoding and encoded slashes.
        self.path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        self.query_string: bytes = scope["query_string"]
        self.original_url = self.url = self._with_query(self.path)
        self.operation: Operation | None = None
        self.handler: Any = None
        self.path_values: dict[str, str | int | None] = {}
        self.raw_body = b""
        self.body: Any = None
        self.transaction: Transaction | None = None
        self.call: Call | None = None
        self.limited = False
        self.is_costly = False
        self.extra_headers: tuple[Header, ...] = ()
        self.hint: str | None = None
        self.generated = False
        self.commit: int | None = None
        self.error: ApiError | None = None
        self.reply: Reply | None = None

    def move_to(self, path: str) -> None:
        """Goes on as if `path` had been asked for."""
        self.path = path
        self.url = self._with_query(path)

    @property
    def base_url(self) -> str:
        """How the client reaches this world, e.g. ``http://127.0.0.1:8080`` or ``http://127.0.0.1:8080/w/mine``."""
        return f"http://{self.headers.get('host', '127.0.0.1')}{self.base_path}"

    def _with_query(self, path: str) -> str:
        return f"{path}?{self.query_string.decode('latin-1')}" if self.query_string else path


class Stage(Protocol):
    """One step of a request's way: an ASGI middleware that works on the exchange in the scope."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

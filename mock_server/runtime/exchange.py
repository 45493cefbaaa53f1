"""A request on its way through the stages, and its reply."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from starlette.types import Scope

from mock_server.runtime.at_once import AT_ONCE, AtOnce
from mock_server.runtime.call import Call
from mock_server.runtime.description import Operation
from mock_server.runtime.errors import ApiError
from mock_server.runtime.hints import Hint
from mock_server.runtime.refusals import RefusedBy
from mock_server.runtime.reply import Header, Reply
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World

EXCHANGE = "cal_mock.exchange"

SINGLE_HEADERS = frozenset(
    {
        "age",
        "authorization",
        "content-length",
        "content-type",
        "etag",
        "expires",
        "from",
        "host",
        "if-modified-since",
        "if-unmodified-since",
        "last-modified",
        "location",
        "max-forwards",
        "proxy-authorization",
        "referer",
        "retry-after",
        "server",
        "user-agent",
    }
)
"""Headers of which only the first value is used. Source: the HTTP server of Node 20."""


def headers_by_name(headers: Iterable[Header]) -> dict[str, str]:
    """The headers of a request. Values of a repeated header are joined as Node does."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1").strip(" \t")
        if name not in found:
            found[name] = value
        elif name not in SINGLE_HEADERS:
            found[name] += ("; " if name == "cookie" else ", ") + value
    return found


class Exchange:
    """The data of a request shared by the stages, each of which adds its results; `reply` goes to the client."""

    __slots__ = (
        "at_once",
        "base_path",
        "body",
        "call",
        "commit",
        "entry",
        "error",
        "extra_headers",
        "generated",
        "handler",
        "has_whole_body",
        "headers",
        "hint",
        "injected",
        "is_costly",
        "is_past_faults",
        "limited",
        "method",
        "operation",
        "original_url",
        "path",
        "path_values",
        "query_string",
        "raw_body",
        "refusal_hint",
        "refused_by",
        "refusing_rule",
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
        self.headers = headers_by_name(scope["headers"])
        # The raw path: decoding it would hide malformed percent-encoding and encoded slashes.
        self.path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        self.query_string: bytes = scope["query_string"]
        self.original_url = self.url = self._with_query(self.path)
        self.at_once: AtOnce | None = scope.get("extensions", {}).pop(AT_ONCE, None)
        self.operation: Operation | None = None
        self.handler: Any = None
        self.path_values: dict[str, str | int | None] = {}
        self.raw_body = b""
        self.has_whole_body = True
        self.body: Any = None
        self.transaction: Transaction | None = None
        self.call: Call | None = None
        self.limited = False
        self.injected: Any = None
        self.is_past_faults = False
        self.is_costly = False
        self.extra_headers: tuple[Header, ...] = ()
        self.hint: str | None = None
        """Sent with any reply."""
        self.refusal_hint: Hint | None = None
        """Sent with a refusal only."""
        self.generated = False
        self.commit: int | None = None
        self.error: ApiError | None = None
        self.refused_by: RefusedBy | None = None
        self.refusing_rule: str | None = None
        self.reply: Reply | None = None
        self.entry: Any = None
        """Its entry in the journal, once it has one."""

    def move_to(self, path: str) -> None:
        """Continues as if the client had requested `path`."""
        self.path = path
        self.url = self._with_query(path)

    @property
    def base_url(self) -> str:
        """The URL of this world for the client, e.g. ``http://127.0.0.1:8080`` or ``http://127.0.0.1:8080/w/mine``."""
        return f"http://{self.headers.get('host', '127.0.0.1')}{self.base_path}"

    def _with_query(self, path: str) -> str:
        return f"{path}?{self.query_string.decode('latin-1')}" if self.query_string else path

"""A fault-injecting layer in front of a sandbox: it breaks one operation in one way."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from httpx import Headers

from contract_tests import http
from contract_tests.catalogue import api_path, catalogue
from mock_server.runtime.description import Operation
from mock_server.runtime.versions import VERSION_HEADER
from mock_server.server import Sandbox

Changes = Mapping[str, str]
"""Headers that a fault sets."""


@dataclass(frozen=True)
class Request(http.Request):
    """A request that a fault can change. `scope` is that of the ASGI server."""

    scope: Any = field(default=None, repr=False, compare=False)

    @property
    def operation_id(self) -> str:
        """The operationId; empty if the request reaches no operation."""
        return "" if self.operation is None else self.operation.id

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The query's names and values."""
        return tuple(parse_qsl(self.query, keep_blank_values=True))

    def changed(self, **fields: Any) -> Request:
        """The same with other fields."""
        return replace(self, **fields)

    def with_path(self, path: str) -> Request:
        """The same with another path."""
        return self.changed(target=f"{path}?{self.query}" if self.query else path)

    def with_parameters(self, parameters: Iterable[tuple[str, str]]) -> Request:
        """The same with another query."""
        query = urlencode(tuple(parameters))
        return self.changed(target=f"{self.path}?{query}" if query else self.path)

    def without_parameters(self, names: tuple[str, ...]) -> Request:
        """The same without some query parameters."""
        return self.with_parameters((name, value) for name, value in self.parameters if name not in names)

    def with_content(self, content: Any) -> Request:
        """The same with another JSON body."""
        return self.changed(body=json.dumps(content).encode())

    def with_headers(self, headers: Changes, *, without: tuple[str, ...] = ()) -> Request:
        """The same with other headers."""
        return self.changed(headers=_changed(self.headers, headers, without))


@dataclass(frozen=True)
class Reply(http.Reply):
    """A reply that a fault can change."""

    def changed(self, **fields: Any) -> Reply:
        """The same with other fields."""
        return replace(self, **fields)

    def with_headers(self, headers: Changes, *, without: tuple[str, ...] = ()) -> Reply:
        """The same with other headers."""
        return self.changed(headers=_changed(self.headers, headers, without))

    def with_content(self, content: Any) -> Reply:
        """The same with other JSON."""
        body = json.dumps(content, ensure_ascii=False).encode()
        return self.with_headers({}, without=("etag", "content-length")).changed(body=body)

    def with_data(self, data: Any) -> Reply:
        """The same with other `data`."""
        return self.with_content({**self.content, "data": data})

    def with_status(self, status: int) -> Reply:
        """The same with another status."""
        return self.changed(status=status)


def _changed(headers: Headers, changes: Changes, without: tuple[str, ...]) -> Headers:
    kept = [(name, value) for name, value in headers.multi_items() if name not in without and name not in changes]
    return Headers([*kept, *changes.items()])


@dataclass(frozen=True)
class Exchange:
    """A request of a story or journey and the reply of the unbroken sandbox.

    `test` is the story's name or the journey's node id. Without an operation, `operation` is the method.
    """

    test: str
    operation: str
    request: Request
    reply: Reply


class ConnectionDropped(Exception):
    """The mutant does not answer."""


Break = Callable[["Request", "Broken"], Awaitable[Reply]]


class Broken:
    """A broken operation: the sandbox behind it and the mutant's memory.

    `part` is the broken parameter or field, if the fault is limited to one.
    """

    def __init__(self, sandbox: Sandbox, world: Any, mutant: Mutant) -> None:
        """Breaks the mutant's operation in a world."""
        self.operation = mutant.operation
        self.part = mutant.part
        self.random = random.Random(mutant.seed)
        self.memory: dict[str, Any] = {}
        self.fired = 0
        self._sandbox = sandbox
        self._world = world
        self._calls = mutant.calls

    def next_call(self) -> int:
        """Counts a call, in all worlds together; returns its number, from 1 on."""
        return next(self._calls)

    @property
    def state(self) -> Any:
        """The whole state of the sandbox, an immutable value. Assigning a value restores it."""
        return self._world.root

    @state.setter
    def state(self, state: Any) -> None:
        self._world.restore(self._sandbox.worlds.new_state(state))

    def fire(self, reply: Reply) -> Reply:
        """Records that the fault had an effect on this reply or on the state."""
        self.fired += 1
        return reply

    async def send(self, request: Request) -> Reply:
        """Sends a request to the sandbox."""
        return await _send(self._sandbox, request)


@dataclass
class Mutant:
    """The fault that is injected at present, with its memory of each world: journeys have theirs by the same names.

    It sees requests of its `operation` and of those in `also`, or all requests where `also` is None.
    """

    operation: Operation
    how: Break
    seed: str
    part: str = ""
    also: frozenset[str] | None = frozenset()
    worlds: dict[Any, Broken] = field(default_factory=dict[Any, Broken])
    calls: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def fired(self) -> bool:
        """Whether the fault ever had an effect."""
        return any(broken.fired for broken in self.worlds.values())

    def sees(self, operation: str | None) -> bool:
        """Whether it sees requests of this operation."""
        return self.also is None or operation == self.operation.id or operation in self.also


@dataclass
class Proxy:
    """The ASGI application in front of the sandbox. `mutant` is the fault that is injected at present.

    `observer` is called with each exchange with the unbroken sandbox. `test` is the present story or journey.
    """

    sandbox: Sandbox
    mutant: Mutant | None = None
    observer: Callable[[Exchange], None] | None = None
    test: str = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """See ASGI."""
        is_of_api = scope["type"] == "http" and "/_sandbox" not in scope["path"]
        operation = _operation(scope) if is_of_api else None
        breaks = is_of_api and self.mutant is not None and self.mutant.sees(operation.id if operation else None)
        if not breaks and not (is_of_api and self.observer is not None):
            await self.sandbox.app(scope, receive, send)
            return
        request = await _read(scope, receive, operation)
        if self.mutant is None:
            reply = await _send(self.sandbox, request)
            if self.observer is not None:
                self.observer(Exchange(self.test, request.operation_id or request.method, request, reply))
        else:
            try:
                reply = await self.mutant.how(request, self._broken(self.mutant, scope["path"]))
            except ConnectionDropped:
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"99")]})
                await send({"type": "http.response.body", "body": b"{", "more_body": True})
                return
        raw = [(name, value) for name, value in reply.headers.raw if name.lower() != b"content-length"]
        raw.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": reply.body})

    def _broken(self, mutant: Mutant, path: str) -> Broken:
        worlds = self.sandbox.worlds
        world = worlds.get(path.split("/")[2]) if path.startswith("/w/") else worlds.default
        if world not in mutant.worlds:
            mutant.worlds[world] = Broken(self.sandbox, world, mutant)
        return mutant.worlds[world]


def _operation(scope: Any) -> Operation | None:
    """The operation that a request reaches."""
    below = api_path(scope["path"])
    version = Headers(scope["headers"]).get(VERSION_HEADER)
    found = None if below is None else catalogue().match(scope["method"], below, version)
    return None if found is None else found[0]


async def _read(scope: Any, receive: Any, operation: Operation | None) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    return Request(scope["method"], target, Headers(scope["headers"]), body, operation, scope)


async def _send(sandbox: Sandbox, request: Request) -> Reply:
    headers = [(name.lower(), value) for name, value in request.headers.raw if name.lower() != b"content-length"]
    if request.body:
        headers.append((b"content-length", str(len(request.body)).encode()))
    scope: dict[str, Any] = {
        **request.scope,
        "method": request.method,
        "path": unquote(request.path),
        "raw_path": request.path.encode("latin-1"),
        "query_string": request.query.encode("latin-1"),
        "headers": headers,
        "state": {},
    }
    started: dict[str, Any] = {}
    chunks: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await sandbox.app(scope, receive, send)
    return Reply(request, started["status"], Headers(started["headers"]), b"".join(chunks))

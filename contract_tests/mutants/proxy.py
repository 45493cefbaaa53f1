"""A fault-injecting layer in front of a sandbox: it breaks one operation in one way."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from starlette import datastructures

from contract_tests.catalogue import api_path, catalogue
from mock_server.runtime.description import Operation
from mock_server.runtime.json_values import is_object
from mock_server.runtime.versions import VERSION_HEADER
from mock_server.server import Sandbox

Headers = dict[str, str]


@dataclass(frozen=True)
class Request:
    """A request; header names in lower case. `operation` is its operationId, if known."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Headers
    body: bytes
    scope: Any
    operation: str = ""

    @property
    def fields(self) -> Any:
        """The JSON body; None where there is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_fields(self, fields: Any) -> Request:
        """The same with another JSON body."""
        return replace(self, body=json.dumps(fields).encode())

    def with_headers(self, headers: Headers, *, without: tuple[str, ...] = ()) -> Request:
        """The same with other headers."""
        kept = {name: value for name, value in self.headers.items() if name not in without}
        return replace(self, headers={**kept, **headers})

    def without_query(self, names: tuple[str, ...]) -> Request:
        """The same without some query parameters."""
        return replace(self, query=tuple((name, value) for name, value in self.query if name not in names))


@dataclass(frozen=True)
class Reply:
    """A reply; header names in lower case."""

    status: int
    headers: Headers
    body: bytes

    @property
    def content(self) -> Any:
        """The JSON content; None where there is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def data(self) -> Any:
        """The `data` of the envelope."""
        content = self.content
        return content.get("data") if is_object(content) else None

    @property
    def succeeded(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300

    def with_content(self, content: Any) -> Reply:
        """The same with other JSON."""
        return replace(self, body=json.dumps(content, ensure_ascii=False).encode(), headers=_untagged(self.headers))

    def with_data(self, data: Any) -> Reply:
        """The same with other `data`."""
        return self.with_content({**self.content, "data": data})

    def with_status(self, status: int) -> Reply:
        """The same with another status."""
        return replace(self, status=status)


def _untagged(headers: Headers) -> Headers:
    return {name: value for name, value in headers.items() if name not in ("etag", "content-length")}


@dataclass(frozen=True)
class Exchange:
    """A request of a story and the reply of the unbroken sandbox. Without an operation, `operation` is the method."""

    story: str
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

    def __init__(self, sandbox: Sandbox, world: str, operation: Operation, part: str, seed: str) -> None:
        """Breaks the operation in the world `world`."""
        self.operation = operation
        self.part = part
        self.random = random.Random(seed)
        self.memory: dict[str, Any] = {}
        self.fired = 0
        self._sandbox = sandbox
        self._world = sandbox.worlds.get(world)

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
    """The fault that is injected at present, with its memory of each world.

    It sees requests of its `operation` and of those in `also`, or all requests where `also` is None.
    """

    operation: Operation
    how: Break
    seed: str
    part: str = ""
    also: frozenset[str] | None = frozenset()
    worlds: dict[str, Broken] = field(default_factory=dict[str, Broken])

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

    `seen` collects the exchanges, under the name of the `story`.
    """

    sandbox: Sandbox
    mutant: Mutant | None = None
    seen: list[Exchange] | None = None
    story: str = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """See ASGI."""
        is_of_api = scope["type"] == "http" and "/_sandbox" not in scope["path"]
        operation = _operation(scope) if is_of_api else None
        breaks = is_of_api and self.mutant is not None and self.mutant.sees(operation)
        if not breaks and not (is_of_api and self.seen is not None):
            await self.sandbox.app(scope, receive, send)
            return
        request = replace(await _read(scope, receive), operation=operation or "")
        if self.mutant is None:
            reply = await _send(self.sandbox, request)
            if self.seen is not None:
                self.seen.append(Exchange(self.story, operation or request.method, request, reply))
        else:
            try:
                reply = await self.mutant.how(request, self._broken(self.mutant, scope["path"]))
            except ConnectionDropped:
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"99")]})
                await send({"type": "http.response.body", "body": b"{", "more_body": True})
                return
        headers = {name: value for name, value in reply.headers.items() if name != "content-length"}
        raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        raw.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": reply.body})

    def _broken(self, mutant: Mutant, path: str) -> Broken:
        world = path.split("/")[2] if path.startswith("/w/") else "default"
        if world not in mutant.worlds:
            mutant.worlds[world] = Broken(self.sandbox, world, mutant.operation, mutant.part, mutant.seed)
        return mutant.worlds[world]


def _operation(scope: Any) -> str | None:
    """The operation that a request reaches."""
    below = api_path(scope["path"])
    version = datastructures.Headers(scope=scope).get(VERSION_HEADER)
    found = None if below is None else catalogue().match(scope["method"], below, version)
    return None if found is None else found[0].id


async def _read(scope: Any, receive: Any) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    text: str = scope["query_string"].decode()
    query = tuple(parse_qsl(text, keep_blank_values=True))
    return Request(scope["method"], scope["path"], query, headers, body, scope)


async def _send(sandbox: Sandbox, request: Request) -> Reply:
    headers = {**request.headers, "content-length": str(len(request.body))}
    if not request.body:
        del headers["content-length"]
    path = request.path
    scope: dict[str, Any] = {
        **request.scope,
        "method": request.method,
        "path": unquote(path),
        "raw_path": request.scope["raw_path"] if path == request.scope["path"] else path.encode(),
        "query_string": urlencode(request.query).encode() if request.query else b"",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
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
    answered = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in started["headers"]}
    return Reply(started["status"], answered, b"".join(chunks))

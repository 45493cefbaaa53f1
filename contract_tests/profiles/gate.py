"""The one way to a deployment: every request of a run passes here, slow enough, harmless, and written down.

An ASGI application that sends on. Schemathesis believes that it is the server.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from contract_tests.fuzzing.links import each_evaluated, is_of_reply
from contract_tests.fuzzing.target import NOT_SENT
from contract_tests.known_secrets import KnownSecrets
from contract_tests.ledger import Ledger, Thing, guest
from contract_tests.profiles.catalogue import VERSION_HEADER, Catalogue, Operation
from contract_tests.profiles.pace import Pace
from contract_tests.profiles.safety import Belongings, Rules, belongings_in
from mock_server.runtime.masking import described

Headers = list[tuple[bytes, bytes]]

REPLY_LIMIT = 16 * 1024 * 1024
REPLY_DEADLINE = 60.0
REFUSALS_UNTIL_STOP = 3
LOST_REPLIES_UNTIL_STOP = 2
OWNERS = frozenset({"personal", "organization", "client"})
"""Purposes of the credentials that the run was given."""

LISTS_PARTS = {
    "list_attribute_options": ("attributeOptionId", "attributeId"),
    "list_organization_memberships": ("membershipId", "userId"),
}
"""Lists of what comes with something else: the parameter that takes its id, and that of what it came with."""

_VERSION = VERSION_HEADER.encode()
_OF_THE_CONNECTION = frozenset({b"host", b"connection", b"transfer-encoding", b"content-length", b"keep-alive"})
_DECODED = frozenset({b"content-encoding", b"content-length", b"transfer-encoding", b"connection"})


@dataclass(frozen=True)
class Reply:
    """What came back; `body` is decoded. One that `is_lost` stands for a reply that never came."""

    status: int
    headers: Headers
    body: bytes
    is_lost: bool = False

    def header(self, name: str) -> str | None:
        """The value of a header."""
        return next((value.decode("latin-1") for key, value in self.headers if key.decode().lower() == name), None)

    @property
    def is_own(self) -> bool:
        """Whether the gate answered itself."""
        return self.header(NOT_SENT) is not None

    @property
    def content(self) -> Any:
        """The JSON content; None where there is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass
class Gate:
    """Sends on to `base_url`, one request after the other.

    `purposes` says which credentials a header value belongs to: those given, or of a guest, a throw-away user that was
    made through the gate. `stopped` says why nothing is sent any more: the server is gone, or refuses to be asked so
    much.
    """

    base_url: str
    catalogue: Catalogue
    mine: Belongings
    rules: Rules
    ledger: Ledger
    pace: Pace
    known: KnownSecrets = field(default_factory=KnownSecrets)
    purposes: dict[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    stopped: str | None = None
    sent: int = 0
    held_back: int = 0
    _lost: int = 0
    _owners: dict[str, Any] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self.prefix = parts.path.rstrip("/")
        self._client = httpx.Client(timeout=self.timeout, follow_redirects=False)

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def ask(self, path: str, headers: Headers) -> Reply:
        """Reads something."""
        return self.exchange("GET", self.prefix + path, headers, b"")

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            raise NotImplementedError
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        target = scope["raw_path"].partition(b"?")[0] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        reply = self.exchange(scope["method"], target.decode("latin-1"), list(scope["headers"]), body)
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})

    def exchange(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        """Sends one request, unless there is an objection; `target` is path and query as they stand in the URL."""
        with self._lock:
            return self._exchange(method, target, headers, body)

    def objection(self, method: str, path: str, headers: Headers, body: bytes) -> str | None:
        """Why a request is held back; None if it is sent. `path` is that of the description, without the query."""
        version = next((value.decode("latin-1") for name, value in headers if name.lower() == _VERSION), None)
        return self.rules.objection(method, path, body, version=version, as_owner=self._purpose(headers) in OWNERS)

    def headers_of(self, purpose: str) -> dict[str, str]:
        """The newest credentials of a guest; none where they are not known."""
        values = [value for value, known in self.purposes.items() if known == purpose]
        return {"Authorization": values[-1]} if values else {}

    def _exchange(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        path = target.partition("?")[0].removeprefix(self.prefix)
        purpose = self._purpose(headers)
        objection = self.objection(method, path, headers, body)
        if self.stopped is not None:
            return _own(503, self.stopped)
        if objection is not None:
            self.held_back += 1
            return _own(404, objection)
        found = self.catalogue.match(method, path)
        if found is None:
            return self._send(method, target, headers, body)
        return self._keep_book(*found, purpose, method, target, headers, body)

    def _keep_book(
        self,
        operation: Operation,
        ids: dict[str, str],
        purpose: str,
        method: str,
        target: str,
        headers: Headers,
        body: bytes,
    ) -> Reply:
        if operation.id == "delete_managed_user":
            self._clear_up_after(ids["userId"])
        makes = operation in self.catalogue.making
        number = self.ledger.asks(operation.id, operation.path, _json(body)) if makes else 0
        reply = self._send(method, target, headers, body)
        self.known.learn(reply.body)
        if makes and not reply.is_lost:
            self.ledger.made(number, self._made(operation, ids, _json(body), reply, purpose))
        if operation.id in self.catalogue.removing and 200 <= reply.status < 300:
            self.ledger.removed(operation.id, dict(ids))
            self.mine.remove(operation.parameters[-1], ids[operation.parameters[-1]])
        if operation.id in LISTS_PARTS and 200 <= reply.status < 300:
            self._learn_parts(operation, ids, reply.content)
        if "accessToken" in described().by_operation[operation.id] and 200 <= reply.status < 300:
            self._learn_tokens(ids, _json(body), reply.content)
        return reply

    def _learn_parts(self, operation: Operation, ids: dict[str, str], content: Any) -> None:
        """What came with something of ours is ours."""
        parameter, owner = LISTS_PARTS[operation.id]
        data = content.get("data") if isinstance(content, dict) else None
        for part in data if isinstance(data, list) else ():
            of = ids.get(owner, part.get(owner)) if isinstance(part, dict) else None
            if of is not None and (owner, of) in self.mine and "id" in part:
                self.mine.add(parameter, part["id"])

    def _clear_up_after(self, user_id: str) -> None:
        """Removes what a throw-away user would leave behind."""
        for thing in self.ledger.standing():
            if thing.guest == user_id and self.catalogue.outlives_its_maker(thing.maker):
                remover = self.catalogue.operations[thing.remover]
                headers = raw(self.headers_of(thing.purpose))
                self.exchange(remover.method, self.prefix + remover.at(thing.ids), headers, b"")

    def _learn_tokens(self, ids: dict[str, str], sent: Any, content: Any) -> None:
        """Whose the tokens of a reply are: a new user's, that of the path, or of whoever had the refresh token."""
        data = content.get("data") if isinstance(content, dict) else None
        if not isinstance(data, dict) or "accessToken" not in data:
            return
        used = str(sent.get("refreshToken")) if isinstance(sent, dict) else ""
        made = data.get("user")
        user = made.get("id") if isinstance(made, dict) else ids.get("userId") or self._owners.get(used)
        if user is not None:
            self.purposes[f"Bearer {data['accessToken']}"] = guest(user)
            self._owners[str(data.get("refreshToken"))] = user

    def _made(self, operation: Operation, ids: dict[str, str], sent: Any, reply: Reply, purpose: str) -> list[Thing]:
        things: list[Thing] = []
        if not 200 <= reply.status < 300:
            return things
        for link in self.catalogue.removals(operation):
            expressions = link["parameters"]
            for values in each_evaluated(expressions, ids, sent, reply.content):
                things.append(Thing(operation.id, link["operationId"], _as_text(values), purpose))
                for name, value in values.items():
                    if is_of_reply(expressions[name]):
                        self.mine.add(name, value)
        return things

    def _send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        """The reply; one of our own once there is no point in asking any more."""
        for _ in range(REFUSALS_UNTIL_STOP):
            if self.stopped is not None:
                return _own(503, self.stopped)
            self.pace.wait()
            reply = self._once(method, target, headers, body)
            self.pace.learn(reply.status, {name.decode().lower(): value.decode() for name, value in reply.headers})
            if reply.status != 429:
                return reply
        self.stopped = "the server answered 429 again and again: the rate limit is used up"
        return _own(503, self.stopped)

    def _once(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        kept = [(name, value) for name, value in headers if name.lower() not in _OF_THE_CONNECTION]
        self.sent += 1
        try:
            url = httpx.URL(self._origin).copy_with(raw_path=target.encode("latin-1"))
            reply = self._receive(method, url, kept, body)
        except httpx.TimeoutException:
            return replace(_own(504, f"no reply within {self.timeout:.0f} seconds"), headers=[], is_lost=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._lost += 1
            if self._lost >= LOST_REPLIES_UNTIL_STOP:
                self.stopped = f"the server does not answer any more ({error})"
            return replace(_own(503, f"no reply ({error})"), is_lost=True)
        self._lost = 0
        return reply

    def _receive(self, method: str, url: httpx.URL, headers: Headers, body: bytes) -> Reply:
        """The whole reply. One that is too large, or takes too long, is none."""
        deadline, content = time.monotonic() + REPLY_DEADLINE, bytearray()
        with self._client.stream(method, url, headers=headers, content=body or None) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > REPLY_LIMIT:
                    raise httpx.ReadError(f"the reply is larger than {REPLY_LIMIT} bytes")
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout(f"the reply takes longer than {REPLY_DEADLINE:.0f} seconds")
        answered = [(name, value) for name, value in response.headers.raw if name.lower() not in _DECODED]
        return Reply(response.status_code, answered, bytes(content))

    def _purpose(self, headers: Headers) -> str:
        for _, value in headers:
            purpose = self.purposes.get(value.decode("latin-1"))
            if purpose is not None:
                return purpose
        return "nobody"


class GateTransport(httpx.BaseTransport):
    """The way of an httpx client through the gate."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.BaseTransport."""
        target = request.url.raw_path.decode("ascii")
        reply = self._gate.exchange(request.method, target, list(request.headers.raw), request.read())
        if reply.is_lost:
            raise httpx.ReadError(str(reply.content), request=request)
        return httpx.Response(reply.status, headers=reply.headers, stream=httpx.ByteStream(reply.body))


def open_gate(
    url: str,
    catalogue: Catalogue,
    ledger: Ledger,
    scope: dict[str, Any],
    rate: float | None,
    *,
    all_operations: bool = False,
    known: KnownSecrets | None = None,
) -> Gate:
    """The gate to the server at `url`. `scope` has the organization and the client of the credentials."""
    mine = belongings_in(ledger, catalogue)
    rules = Rules(catalogue, mine, scope, all_operations)
    return Gate(url, catalogue, mine, rules, ledger, Pace(rate), known or KnownSecrets())


def raw(headers: dict[str, str]) -> Headers:
    """Headers as they are sent."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _own(status: int, why: str) -> Reply:
    """A reply of the gate's, which no check says anything about."""
    headers = [(b"content-type", b"application/json"), (NOT_SENT.encode(), why.encode("ascii", "replace"))]
    return Reply(status, headers, json.dumps({"statusCode": status, "message": why}).encode())


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _as_text(ids: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in ids.items()}

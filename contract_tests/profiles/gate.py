"""The only way to a deployment: the gate limits the rate, holds back unsafe requests, and records what is created.

It is also an ASGI application, which schemathesis takes for the server.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from httpx import Headers
from starlette.types import Receive, Scope, Send

from contract_tests.catalogue import Catalogue, handed_out, path_parameters
from contract_tests.fuzzing.target import CLIENT_ID, Credentials
from contract_tests.http import NOT_SENT, Reply, Request, request_to, to_headers, whole_body
from contract_tests.known_secrets import KnownSecrets
from contract_tests.ledger import Ledger, Thing, temporary_user
from contract_tests.links import Answered, evaluate_each, reads_reply
from contract_tests.profiles.rate_limiter import RateLimiter
from contract_tests.profiles.safety import OwnedIds, Rules, owned_ids_in
from contract_tests.profiles.tokens import TokenPair, Tokens
from mock_server.runtime.cookies import no_cookies
from mock_server.runtime.description import VERSION_HEADER, Operation
from mock_server.runtime.json_values import is_list, is_object

REFUSALS_UNTIL_STOP = 3
LOST_REPLIES_UNTIL_STOP = 2
RENEWS_TOKENS = "refresh_tokens"
REVOKES_TOKENS = frozenset({"force_refresh_tokens", "delete_managed_user"})
"""Operations after which a user's earlier tokens are invalid."""

OWNERS = frozenset({"personal", "organization", "client"})
"""Purposes of the credentials that the run was given."""

LISTS_PARTS = {
    "list_attribute_options": ("attributeOptionId", "attributeId"),
    "list_organization_memberships": ("membershipId", "userId"),
}
"""Lists of things that were created along with another: the parameters of their id and of the other's id."""

_OF_THE_CONNECTION = frozenset({b"host", b"connection", b"transfer-encoding", b"content-length", b"keep-alive"})
_DECODED = frozenset({b"content-encoding", b"content-length", b"transfer-encoding", b"connection"})


@dataclass(frozen=True)
class GateReply(Reply):
    """A reply through the gate. One that `is_lost` stands in for a reply that never came."""

    is_lost: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the gate answered instead of the server."""
        return NOT_SENT in self.headers


@dataclass
class Gate:
    """Sends requests to `base_url`, one at a time.

    `purposes` gives the purpose of credentials by the value of their header: those of the run, and those of temporary
    users that were created through the gate. Their access tokens are renewed before they expire, unseen by clients:
    they go on sending the old ones. `stopped` says why nothing is sent any more: the server does not answer, or its
    rate limit is used up.
    """

    base_url: str
    catalogue: Catalogue
    owned: OwnedIds
    rules: Rules
    ledger: Ledger
    rate_limiter: RateLimiter
    known: KnownSecrets = field(default_factory=KnownSecrets)
    purposes: dict[str, str] = field(default_factory=dict[str, str])
    tokens: Tokens = field(default_factory=Tokens)
    timeout: float = 30.0
    stopped: str | None = None
    sent: int = 0
    held_back: int = 0
    _lost: int = 0
    _client_credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self.prefix = parts.path.rstrip("/")
        self._client = httpx.Client(timeout=self.timeout, follow_redirects=False, cookies=no_cookies())

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def introduce(self, credentials: Credentials) -> None:
        """Registers the credentials that the run was given."""
        self._client_credentials = credentials.client
        for purpose in ("client", "organization", "personal"):
            headers: Mapping[str, str] = getattr(credentials, purpose)
            for name, value in headers.items():
                if name != CLIENT_ID:
                    self.purposes[value] = purpose

    def get(self, target: str, headers: Mapping[str, str]) -> GateReply:
        """Sends a GET request."""
        return self.send(Request("GET", target, to_headers(headers)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            raise NotImplementedError
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query: bytes = scope["query_string"]
        raw_path: bytes = scope["raw_path"]
        target = (raw_path.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
        reply = self.send(Request(scope["method"], self.below(target), Headers(scope["headers"]), body))
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers.raw})
        await send({"type": "http.response.body", "body": reply.body})

    def send(self, request: Request) -> GateReply:
        """Sends a request unless there is an objection. Its target is below the base URL."""
        with self._lock:
            return self._checked(request)

    def below(self, target: str) -> str:
        """A target without the path of the base URL."""
        return target.removeprefix(self.prefix)

    def objection(self, request: Request) -> str | None:
        """Why a request is held back; None if it may be sent."""
        version = request.headers.get(VERSION_HEADER)
        as_owner = self._purpose(request.headers) in OWNERS
        return self.rules.objection(request.method, request.path, request.body, version=version, as_owner=as_owner)

    def headers_of(self, purpose: str) -> dict[str, str]:
        """The newest credentials of a temporary user; empty if they are unknown."""
        values = [value for value, known in self.purposes.items() if known == purpose]
        return {"Authorization": values[-1]} if values else {}

    def _checked(self, request: Request) -> GateReply:
        objection = self.objection(request)
        if self.stopped is not None:
            return _own(request, 503, self.stopped)
        if objection is not None:
            self.held_back += 1
            return _own(request, 404, objection)
        found = self.catalogue.match(request.method, request.path, request.headers.get(VERSION_HEADER))
        return self._send(request) if found is None else self._recorded(*found, request)

    def _recorded(self, operation: Operation, ids: dict[str, str], request: Request) -> GateReply:
        """Sends a request and records what it creates and removes."""
        if operation.id == "delete_managed_user":
            self._clear_up_after(ids["userId"])
        creates = operation in self.catalogue.creating
        number = self.ledger.asks(operation.id, operation.path, request.content) if creates else 0
        reply = self._send(request)
        self.known.learn(reply.body)
        if creates and not reply.is_lost:
            self.ledger.made(number, self._made(operation, ids, reply))
        remover = self.catalogue.current(operation)
        if remover.id in self.catalogue.removing and reply.succeeded:
            self.ledger.removed(remover.id, dict(ids))
            own = path_parameters(operation)[-1]
            self.owned.remove(own, ids[own])
        if operation.id in REVOKES_TOKENS and reply.succeeded:
            self.tokens.revoke(ids["userId"])
        if operation.id in LISTS_PARTS and reply.succeeded:
            self._learn_parts(operation, ids, reply.data)
        if "accessToken" in handed_out(operation.id) and reply.succeeded:
            self._learn_tokens(ids, request.content, reply)
        return reply

    def _learn_parts(self, operation: Operation, ids: dict[str, str], data: Any) -> None:
        """Records the things in a list that were created along with ours."""
        parameter, owner = LISTS_PARTS[operation.id]
        for part in data if is_list(data) else ():
            of = ids.get(owner, part.get(owner)) if is_object(part) else None
            if of is not None and (owner, of) in self.owned and "id" in part:
                self.owned.add(parameter, part["id"])

    def _clear_up_after(self, user_id: str) -> None:
        """Removes things of a temporary user that would outlive the user."""
        for thing in self.ledger.standing():
            if thing.temporary_user == user_id and self.catalogue.outlives_its_maker(thing.maker):
                remover, headers = self.catalogue.operations[thing.remover], self.headers_of(thing.purpose)
                self.send(request_to(remover.method, remover.path, headers, ids=thing.ids))

    def _learn_tokens(self, ids: dict[str, str], sent: Any, reply: GateReply) -> None:
        """Records whose tokens a reply has: a new user's, those of the path's user, or of the refresh token's."""
        data = reply.data
        if not is_object(data) or "accessToken" not in data:
            return
        used = str(sent.get("refreshToken")) if is_object(sent) else ""
        made = data.get("user")
        user = made.get("id") if is_object(made) else ids.get("userId") or self.tokens.owner(used)
        if user is not None:
            self.purposes[f"Bearer {data['accessToken']}"] = temporary_user(user)
            self.tokens.use(used)
            self.tokens.learn(user, data, _time_of(reply))

    def _made(self, operation: Operation, ids: dict[str, str], reply: GateReply) -> list[Thing]:
        things: list[Thing] = []
        if not reply.succeeded:
            return things
        purpose = self._purpose(reply.request.headers)
        answered = Answered(ids, reply.request.content, reply.content)
        for link in self.catalogue.removals(operation):
            for values in evaluate_each(link.parameters, answered):
                remover = self.catalogue.current(self.catalogue.operations[link.target])
                things.append(Thing(operation.id, remover.id, _as_text(values), purpose))
                for name, value in values.items():
                    if reads_reply(link.parameters[name]):
                        self.owned.add(name, value)
        return things

    def _send(self, request: Request) -> GateReply:
        """Sends a request, with a renewed access token if its own expires. The reply has the request as given."""
        due = self.tokens.due(request)
        if due is not None:
            self._renew(due)
        reply = self._send_repeatedly(self.tokens.current(request))
        expired = self.tokens.refused(request, reply.status)
        if expired is not None and self._renew(expired):
            reply = self._send_repeatedly(self.tokens.current(request))
            self.tokens.refused(request, reply.status)
        return replace(reply, request=request)

    def _renew(self, pair: TokenPair) -> bool:
        """Renews a temporary user's tokens as the OAuth client. Returns whether that succeeded; it is tried once."""
        client = self._client_credentials
        if not client:
            return False
        operation, ids = self.catalogue.operations[RENEWS_TOKENS], {"clientId": client[CLIENT_ID]}
        body = {"refreshToken": pair.refresh}
        reply = self._checked(request_to(operation.method, operation.path, client, ids=ids, body=body))
        self.tokens.use(pair.refresh)
        if reply.succeeded:
            self.tokens.succeed(pair, reply.data)
        return reply.succeeded

    def _send_repeatedly(self, request: Request) -> GateReply:
        """Sends a request, again after a 429. Answers instead of the server once the gate is stopped."""
        for _ in range(REFUSALS_UNTIL_STOP):
            if self.stopped is not None:
                return _own(request, 503, self.stopped)
            self.rate_limiter.wait()
            reply = self._once(request)
            self.rate_limiter.learn(reply.status, reply.headers)
            if reply.status != 429:
                return reply
        self.stopped = "the server kept answering 429: the rate limit is used up"
        return _own(request, 503, self.stopped)

    def _once(self, request: Request) -> GateReply:
        self.sent += 1
        try:
            reply = self._receive(request)
        except httpx.TimeoutException:
            lost = _own(request, 504, f"no reply within {self.timeout:.0f} seconds")
            return replace(lost, headers=Headers(), is_lost=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._lost += 1
            if self._lost >= LOST_REPLIES_UNTIL_STOP:
                self.stopped = f"the server stopped answering ({error})"
            return replace(_own(request, 503, f"no reply ({error})"), is_lost=True)
        self._lost = 0
        return reply

    def _receive(self, request: Request) -> GateReply:
        """Receives the whole reply. Raises httpx.HTTPError if it is too large or too slow."""
        kept = [(name, value) for name, value in request.headers.raw if name.lower() not in _OF_THE_CONNECTION]
        target = (self.prefix + request.target).encode("latin-1")
        url = httpx.URL(self._origin).copy_with(raw_path=target)
        with self._client.stream(request.method, url, headers=kept, content=request.body or None) as response:
            body = whole_body(response)
        headers = Headers([(name, value) for name, value in response.headers.raw if name.lower() not in _DECODED])
        return GateReply(request, response.status_code, headers, body)

    def _purpose(self, headers: Headers) -> str:
        for _, value in headers.raw:
            # Servers may take another spelling of the scheme than ours.
            credential = value.decode("latin-1").strip().rpartition(" ")[2]
            purpose = self.purposes.get(f"Bearer {credential}") or self.purposes.get(credential)
            if purpose is not None:
                return purpose
        return "anonymous"


class GateTransport(httpx.BaseTransport):
    """A transport that sends the requests of an httpx client through the gate."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.BaseTransport."""
        target = self._gate.below(request.url.raw_path.decode("ascii"))
        reply = self._gate.send(Request(request.method, target, request.headers, request.read()))
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
    """A gate to the server at `url`. `scope` has the organization and the client of the credentials."""
    owned = owned_ids_in(ledger, catalogue)
    rules = Rules(catalogue, owned, scope, all_operations)
    return Gate(url, catalogue, owned, rules, ledger, RateLimiter(rate), known or KnownSecrets())


def _own(request: Request, status: int, why: str) -> GateReply:
    """A reply by the gate itself, which no check judges."""
    headers = Headers([(b"content-type", b"application/json"), (NOT_SENT.encode(), why.encode("ascii", "replace"))])
    return GateReply(request, status, headers, json.dumps({"statusCode": status, "message": why}).encode())


def _time_of(reply: Reply) -> float:
    """The time of a reply by the server's clock, or by ours if it does not say; in seconds since 1970."""
    try:
        return parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return time.time()


def _as_text(ids: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in ids.items()}

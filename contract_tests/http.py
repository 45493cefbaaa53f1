"""HTTP as every part of the suite sees it: requests, replies, exchanges, and the channels that carry them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol, TypedDict, Unpack
from urllib.parse import quote, urlencode, urlsplit

import httpx
import urllib3
from httpx import Headers

from mock_server.runtime.description import VERSION_HEADER, Operation
from mock_server.runtime.json_values import is_object

NOT_SENT = "x-not-sent"
"""Header of a reply that stands in for one: the request was held back. No check judges such a reply."""

SERVER_ERROR = 500
"""The lowest status of a server error."""

REPLY_LIMIT = 16 * 1024 * 1024
REPLY_DEADLINE = 60.0
"""Seconds until the whole of a streamed reply has to be there."""

_PARAMETER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Request:
    """A request as it is sent. `target` is the path and the query; `operation` is the one it was made for, if any."""

    method: str
    target: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    operation: Operation | None = field(default=None, repr=False, compare=False)

    @property
    def path(self) -> str:
        """The path, percent-encoded as sent."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query, percent-encoded as sent; empty if there is none."""
        return self.target.partition("?")[2]

    @cached_property
    def content(self) -> Any:
        """The JSON body; None if there is none."""
        return json_of(self.body)


@dataclass(frozen=True)
class Reply:
    """The reply to a request. The body is decoded: no content encoding is left."""

    request: Request
    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def operation(self) -> Operation:
        """The operation that was called. Raises ValueError if the request was made for none."""
        if self.request.operation is None:
            raise ValueError(f"{self.request.method} {self.request.target} was made for no operation")
        return self.request.operation

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def content(self) -> Any:
        """The JSON body; None if there is none."""
        return json_of(self.body)

    @property
    def data(self) -> Any:
        """The `data` of the envelope; None if there is none."""
        return self.content.get("data") if is_object(self.content) else None

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return media_type(self.headers.get("content-type"))

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Exchange:
    """A reply with its request, for the reports.

    `source` names the story, the journey or the operation that sent the request; `server` is the server's address.
    """

    source: str
    reply: Reply
    ended: datetime
    took: timedelta
    server: str = ""

    @property
    def request(self) -> Request:
        """The request."""
        return self.reply.request

    @property
    def url(self) -> str:
        """The full URL of the request; only its target if the server's address is unknown."""
        return self.server + self.request.target


class NoReply(Exception):
    """No whole reply arrived; the text says why."""


class HeldBack(Exception):
    """The request was not sent because it might have touched data that the suite does not own; the text says why."""


class Channel(Protocol):
    """Sends requests to one server."""

    def send(self, request: Request) -> Reply:
        """Sends a request. Raises NoReply and HeldBack."""
        ...

    def close(self) -> None:
        """Closes the connections."""


class DirectChannel:
    """Sends requests to the server at `url`, with nothing in between."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self._prefix = urlsplit(url).path
        self._pool = urllib3.connectionpool.connection_from_url(url, timeout=timeout, retries=False)

    def send(self, request: Request) -> Reply:
        """See Channel."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw}
        try:
            response = self._pool.urlopen(
                request.method, self._prefix + request.target, request.body or None, headers, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise NoReply(type(error).__name__) from error
        return Reply(request, response.status, to_headers(response.headers), response.data)

    def close(self) -> None:
        """See Channel."""
        self._pool.close()


class RequestOptions(TypedDict, total=False):
    """The optional parts of a request to an operation.

    `ids` are the values of path parameters, `body` is sent as JSON, `query` has a list where a parameter is repeated,
    and `version` is the value of `cal-api-version`.
    """

    ids: Mapping[str, Any] | None
    body: Any
    query: Mapping[str, Any] | None
    version: str | None


def request_to(method: str, template: str, headers: Mapping[str, str], **options: Unpack[RequestOptions]) -> Request:
    """A request to a path of the description, such as ``/v2/schedules/{scheduleId}``."""
    sent = dict(headers)
    version, body, query = options.get("version"), options.get("body"), options.get("query")
    if version is not None:
        sent[VERSION_HEADER] = version
    if body is not None:
        sent.setdefault("content-type", "application/json")
    path = fill_path(template, options.get("ids") or {})
    target = f"{path}?{urlencode(_query_texts(query), doseq=True)}" if query else path
    return Request(method, target, to_headers(sent), b"" if body is None else json.dumps(body).encode())


def fill_path(template: str, ids: Mapping[str, Any]) -> str:
    """The path with values in place of its parameters. Raises KeyError if one is missing."""
    return _PARAMETER.sub(lambda found: quote(str(ids[found[1]]), safe=""), template)


def parameters_of(template: str) -> tuple[str, ...]:
    """The names of a path's parameters, in their order."""
    return tuple(_PARAMETER.findall(template))


def to_headers(values: Mapping[str, str]) -> Headers:
    """Headers as they go over the wire; what latin-1 cannot hold is replaced."""
    return Headers([(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in values.items()])


def media_type(content_type: str | None) -> str:
    """A content type without its parameters, in lower case; empty if there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def whole_body(response: httpx.Response) -> bytes:
    """The decoded body of a streamed response. Raises httpx.ReadError if it is too large, ReadTimeout if too slow."""
    deadline, body = time.monotonic() + REPLY_DEADLINE, bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > REPLY_LIMIT:
            raise httpx.ReadError(f"the reply is larger than {REPLY_LIMIT} bytes")
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout(f"the reply takes longer than {REPLY_DEADLINE:.0f} seconds")
    return bytes(body)


def json_of(body: bytes) -> Any:
    """The JSON in a body; None if there is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _query_texts(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}

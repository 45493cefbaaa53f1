"""Replies, and the results of operations from which they are built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from mock_server.runtime.pagination import CursorPagination, Pagination
from mock_server.runtime.projection import Project

_encoder = msgspec.json.Encoder()

JSON = (b"content-type", b"application/json; charset=utf-8")

NO_CONTENT = 204
URL_CHARACTERS = "%:/?#[]@!$&'()*+,;=~"

Header = tuple[bytes, bytes]


class Reply:
    """Status, headers and body. `enveloped` replies carry a request id."""

    __slots__ = ("body", "enveloped", "headers", "status")

    def __init__(
        self, status: int, body: bytes = b"", headers: tuple[Header, ...] = (), *, enveloped: bool = True
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.enveloped = enveloped


def json_reply(status: int, content: Any, headers: tuple[Header, ...] = (), *, enveloped: bool = True) -> Reply:
    """A reply with a JSON body."""
    return Reply(status, _encoder.encode(content), (JSON, *headers), enveloped=enveloped)


class Nothing:
    """The result of an operation whose reply has no `data`."""


class WithCookie:
    """The result of an operation that sets a cookie along with its `data`. The value is percent-encoded."""

    def __init__(self, data: Any, name: str, value: str) -> None:
        self.data = data
        self.header: Header = (b"set-cookie", f"{name}={quote(value, safe='')}; Path=/".encode())


class Paged:
    """The result of an operation whose `data` is a page of a list, with its `pagination`, or what `name` calls it."""

    def __init__(self, data: Any, place: Pagination | CursorPagination, name: str = "pagination") -> None:
        self.data = data
        self.place = place
        self.name = name


class Unwrapped:
    """The result of an operation whose reply has no envelope: the whole body, and its own headers."""

    def __init__(self, content: Any, headers: tuple[Header, ...] = ()) -> None:
        self.content = content
        self.headers = headers


class Redirect:
    """The result of an operation that redirects the client with 301. Invalid URL characters are percent-encoded."""

    def __init__(self, location: str) -> None:
        self.location = quote(location, safe=URL_CHARACTERS, errors="replace")


NOTHING = Nothing()


def redirect_reply(redirect: Redirect) -> Reply:
    """The reply for a redirect."""
    text = f"Moved Permanently. Redirecting to {redirect.location}"
    location = (b"location", redirect.location.encode())
    return Reply(301, text.encode(), ((b"content-type", b"text/plain; charset=utf-8"), location))


def success(status: int, result: Any, projections: Mapping[int, Project]) -> Reply:
    """The reply for an operation's result, projected to the edition if `projections` has one for its status."""
    if isinstance(result, Redirect):
        return redirect_reply(result)
    if status == NO_CONTENT:
        return Reply(status)
    if isinstance(result, Unwrapped):
        return json_reply(status, result.content, result.headers)
    headers: tuple[Header, ...] = ()
    if isinstance(result, WithCookie):
        result, headers = result.data, (result.header,)
    content: dict[str, Any] = {"status": "success"}
    if isinstance(result, Paged):
        content |= {"data": result.data, result.name: result.place}
    elif not isinstance(result, Nothing):
        content["data"] = result
    project = projections.get(status)
    return json_reply(status, content if project is None else project(msgspec.to_builtins(content)), headers)

"""What goes back to the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from mock_server.runtime.pagination import Pagination
from mock_server.runtime.projection import Project

_encoder = msgspec.json.Encoder()

JSON = (b"content-type", b"application/json; charset=utf-8")

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
    """What an operation returns when its reply has no `data`."""


class WithCookie:
    """What an operation returns to set a cookie along with its `data`. The value is percent-encoded."""

    def __init__(self, data: Any, name: str, value: str) -> None:
        self.data = data
        self.header: Header = (b"set-cookie", f"{name}={quote(value, safe='')}; Path=/".encode())


class Paged:
    """What an operation returns whose `data` is a page of a list, with the `pagination` beside it."""

    def __init__(self, data: Any, place: Pagination) -> None:
        self.data = data
        self.place = place


class Unwrapped:
    """What an operation returns whose reply has no envelope: the whole body, and headers of its own."""

    def __init__(self, content: Any, headers: tuple[Header, ...] = ()) -> None:
        self.content = content
        self.headers = headers


class Redirect:
    """What an operation returns to send the client elsewhere, with 301. What no URL may hold is percent-encoded."""

    def __init__(self, location: str) -> None:
        self.location = quote(location, safe=URL_CHARACTERS, errors="replace")


NOTHING = Nothing()


def redirect_reply(redirect: Redirect) -> Reply:
    """A reply that sends the client elsewhere."""
    text = f"Moved Permanently. Redirecting to {redirect.location}"
    location = (b"location", redirect.location.encode())
    return Reply(301, text.encode(), ((b"content-type", b"text/plain; charset=utf-8"), location))


def success(status: int, result: Any, projections: Mapping[int, Project]) -> Reply:
    """The reply for what an operation returned, cut to the shape of its edition where `projections` has one."""
    if isinstance(result, Redirect):
        return redirect_reply(result)
    if isinstance(result, Unwrapped):
        return json_reply(status, result.content, result.headers)
    headers: tuple[Header, ...] = ()
    if isinstance(result, WithCookie):
        result, headers = result.data, (result.header,)
    content: dict[str, Any] = {"status": "success"}
    if isinstance(result, Paged):
        content |= {"data": result.data, "pagination": result.place}
    elif not isinstance(result, Nothing):
        content["data"] = result
    project = projections.get(status)
    return json_reply(status, content if project is None else project(msgspec.to_builtins(content)), headers)

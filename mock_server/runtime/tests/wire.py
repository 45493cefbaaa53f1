"""HTTP as bytes: for requests that no well-behaved client sends."""

from __future__ import annotations

import json
import socket
from http.client import RemoteDisconnected, parse_headers
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit

TIME_LIMIT = 10.0
"""Seconds after which a silent server has failed the test."""

KEY = "Authorization: Bearer cal_sandbox_solo"
CALENDAR = b'{"integration": "google_calendar", "externalId": "solo@example.com"}'


class Reply:
    """One reply, read to its end."""

    def __init__(self, file: BinaryIO, method: str) -> None:
        line = file.readline()
        if not line:
            raise RemoteDisconnected("the server closed the connection without a reply")
        self.status = int(line.split()[1])
        self.header_list = [(name.lower(), value) for name, value in parse_headers(file).items()]
        self.headers = dict(self.header_list)
        has_body = method != "HEAD" and self.status >= 200 and self.status not in (204, 304)
        self.body = file.read(int(self.headers["content-length"])) if has_body else b""

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """The message of a refusal, in an envelope or without."""
        content = self.json
        return content["error"]["message"] if "error" in content else content["message"]


class Connection:
    """One connection to a server at `url`; a path in front of requests is up to the test."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        assert where.hostname is not None
        self._socket = socket.create_connection((where.hostname, where.port or 80), timeout=TIME_LIMIT)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, raw: bytes) -> None:
        """Sends these bytes as they are."""
        self._socket.sendall(raw)

    def finish(self) -> None:
        """Tells the server that nothing more will come."""
        self._socket.shutdown(socket.SHUT_WR)

    def reply(self, method: str = "GET") -> Reply:
        """Reads the next reply. Raises RemoteDisconnected where there is none."""
        return Reply(self._file, method)

    def is_closed(self) -> bool:
        """Waits until the server closes the connection; False where it says something instead."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True


def request(method: str, target: str, *lines: str, body: bytes = b"", length: bool = True) -> bytes:
    """A request with these header lines; a body brings its length and the type JSON, unless `lines` say otherwise."""
    head = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *lines]
    named = {line.partition(":")[0].lower() for line in lines}
    if body and "content-type" not in named:
        head.append("Content-Type: application/json")
    if body and length and not named & {"content-length", "transfer-encoding"}:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def ask(url: str, method: str, target: str, *lines: str, body: bytes = b"") -> Reply:
    """Sends one request on a connection of its own; gives the reply."""
    with Connection(url) as connection:
        connection.send(request(method, target, *lines, body=body))
        return connection.reply(method)


def put_calendar(url: str, body: bytes, *lines: str) -> Reply:
    """The central operation, with this body."""
    return ask(url, "PUT", "/v2/destination-calendars", KEY, *lines, body=body)


def outcome(url: str, raw: bytes) -> int | None:
    """The status that the server answers raw bytes with; None where it just closes the connection."""
    with Connection(url) as connection:
        connection.send(raw)
        try:
            return connection.reply().status
        except (RemoteDisconnected, ConnectionResetError):
            return None

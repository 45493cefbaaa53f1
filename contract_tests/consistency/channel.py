"""How the requests of stories reach their server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import urllib3

from contract_tests.consistency.actors import Headers


@dataclass(frozen=True)
class Sent:
    """A request as it was sent. `target` is path and query."""

    method: str
    target: str
    headers: Headers
    body: bytes | None


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Headers
    text: str


class NoAnswer(Exception):
    """Nothing came back, and why."""


class HeldBack(Exception):
    """The request was not sent, and why: it would have touched what is not ours."""


class Channel(Protocol):
    """Sends requests to one server."""

    def send(self, request: Sent) -> Answer:
        """Sends one. Raises NoAnswer and HeldBack."""
        ...

    def close(self) -> None:
        """Ends the connections."""


class Direct:
    """Straight to `url`."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self._prefix = urlsplit(url).path
        self._pool = urllib3.connectionpool.connection_from_url(url, timeout=timeout, retries=False)

    def send(self, request: Sent) -> Answer:
        """See Channel."""
        try:
            response = self._pool.urlopen(
                request.method, self._prefix + request.target, request.body, request.headers, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, response.data.decode("utf-8", "replace"))

    def close(self) -> None:
        """See Channel."""
        self._pool.close()

"""The server's way to read a whole body and write a whole reply in one call: ASGI's messages cost more than many
operations.
"""

from __future__ import annotations

from typing import Protocol

from starlette.types import Receive, Send

from mock_server.runtime.reply import Header

AT_ONCE = "mock_server.at_once"
"""The ASGI extension of a server that has an AtOnce for the request."""


class AtOnce(Protocol):
    """The connection of one request. A middleware that wraps `receive` or `send` sees every message as usual."""

    def whole_body(self, receive: Receive) -> bytes | None:
        """The body, if all of it has arrived and no middleware wraps `receive`."""
        ...

    def stands_for(self, send: Send) -> bool:
        """Whether no middleware wraps `send`."""
        ...

    def drop(self) -> None:
        """Closes the connection instead of replying."""
        ...

    async def __call__(self, status: int, headers: list[Header], body: bytes) -> None:
        """Sends the reply."""
        ...

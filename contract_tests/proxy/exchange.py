"""What went through the proxy once: a request, and the reply to it."""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT = 4 * 1024 * 1024
"""Of a body, what is kept for the check; longer ones go through whole and unchecked."""

Headers = list[tuple[bytes, bytes]]


class Copy:
    """The beginning of a body that streams by."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.is_whole = True

    def add(self, chunk: bytes) -> None:
        """Keeps the chunk, while there is room."""
        if self.is_whole and len(self.content) + len(chunk) <= KEPT:
            self.content += chunk
        else:
            self.is_whole = False


@dataclass
class Exchange:
    """`path` is as sent, still percent-encoded; `status` is None where the upstream gave no whole reply."""

    method: str
    path: str
    query: str
    request_headers: Headers
    at: float
    request_body: Copy = field(default_factory=Copy)
    status: int | None = None
    reply_headers: Headers = field(default_factory=list)
    reply_body: Copy = field(default_factory=Copy)
    failure: str | None = None
    seconds: float = 0.0

    @property
    def url(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def header(self, name: str) -> str | None:
        """A header of the request."""
        return _first(self.request_headers, name)

    def reply_header(self, name: str) -> str | None:
        """A header of the reply."""
        return _first(self.reply_headers, name)


def _first(headers: Headers, name: str) -> str | None:
    wanted = name.encode()
    return next((value.decode("latin-1") for each, value in headers if each.lower() == wanted), None)

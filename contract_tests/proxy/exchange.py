"""One request that passed through the proxy, and the reply to it."""

from __future__ import annotations

from dataclasses import dataclass

from contract_tests.http import Reply, Request

KEPT = 4 * 1024 * 1024
"""Bytes of a body that are kept for the check; longer bodies pass through whole and unchecked."""


class BodyCopy:
    """The beginning of a body that is streamed through."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.is_whole = True

    def add(self, chunk: bytes) -> None:
        """Keeps the chunk while there is room."""
        if self.is_whole and len(self.content) + len(chunk) <= KEPT:
            self.content += chunk
        else:
            self.is_whole = False


@dataclass(frozen=True)
class ProxiedExchange:
    """What the proxy kept of an exchange. The bodies are as they were sent, perhaps compressed.

    `reply` is None, and `failure` says why, if the upstream gave no whole reply. `at` is seconds since 1970.
    """

    request: Request
    reply: Reply | None
    at: float = 0.0
    seconds: float = 0.0
    failure: str | None = None
    has_whole_request: bool = True
    has_whole_reply: bool = True

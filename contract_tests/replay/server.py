"""An ASGI application that answers a recorded request with its recorded reply, and refuses other credentials."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from contract_tests.replay.recordings import PROOFS, Recording

OPEN_TO_BROWSERS = {"access-control-allow-origin": "*"}
"""On every reply, so the recordings leave it out. Source: Cal.com API v2, response headers."""

Message = dict[str, Any]


class ReplayServer:
    """Replays one recording at a time: see `play`.

    `refusal` is the recorded answer to unknown credentials. Every reply gets the fresh request id that the recordings
    leave out.
    """

    def __init__(self, refusal: Recording) -> None:
        self._refusal = self._current = refusal

    def play(self, recording: Recording) -> None:
        """Answers with this recording from now on."""
        self._current = recording

    def answer(self, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the reply to a request with these headers; names in lower case."""
        recording = self._current
        expected = recording.request_headers
        if any(headers.get(name) != value for name, value in expected.items() if name in PROOFS):
            recording = self._refusal
        own = {} if recording.is_bare else {"x-request-id": str(uuid.uuid4())}
        return recording.status, recording.reply_headers | OPEN_TO_BROWSERS | own, recording.reply_body

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            raise NotImplementedError
        while (await receive()).get("more_body"):
            pass
        sent = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        status, headers, body = self.answer(sent)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

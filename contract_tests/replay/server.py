"""An ASGI application that answers with recorded replies, and refuses other credentials than the recorded ones."""

from __future__ import annotations

import uuid

from httpx import Headers
from starlette.types import Receive, Scope, Send

from contract_tests.http import Reply, Request, to_headers
from contract_tests.replay.recordings import PROOFS, Recording

OPEN_TO_BROWSERS = {"access-control-allow-origin": "*"}
"""On all replies, so the recordings leave it out. Source: Cal.com API v2, response headers."""


class ReplayServer:
    """Replays one recording at a time: see `play`.

    `refusal` is the recorded reply to unknown credentials. Each reply has a fresh request id, which the recordings
    leave out.
    """

    def __init__(self, refusal: Recording) -> None:
        self._refusal = self._current = refusal

    def play(self, recording: Recording) -> None:
        """Answers with this recording from now on."""
        self._current = recording

    def answer(self, request: Request) -> Reply:
        """The reply to a request."""
        recording = self._current
        expected = recording.request_headers
        if any(request.headers.get(name) != value for name, value in expected.items() if name in PROOFS):
            recording = self._refusal
        own = {} if recording.is_bare else {"x-request-id": str(uuid.uuid4())}
        headers = to_headers(recording.reply_headers | OPEN_TO_BROWSERS | own)
        return Reply(request, recording.status, headers, recording.reply_body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            raise NotImplementedError
        while (await receive()).get("more_body"):
            pass
        reply = self.answer(Request(scope["method"], scope["path"], Headers(scope["headers"])))
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers.raw})
        await send({"type": "http.response.body", "body": reply.body})

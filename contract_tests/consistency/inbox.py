"""A webhook receiver that a story reads: an inbox of the sandbox, or a configured one.

Posting to `<address>/<name>` delivers; `GET <address>/<name>?count=2` waits until there are two, and answers
`{"received": [{"json": ..., "body": ..., "headers": ...}]}`, the oldest first.
"""

from __future__ import annotations

import json
from typing import Any

import urllib3

from contract_tests.consistency.findings import StoryEnds
from contract_tests.consistency.session import Session

_http = urllib3.PoolManager(timeout=30, retries=3)


class Inbox:
    """An inbox of its own."""

    def __init__(self, session: Session) -> None:
        """Ends the story if there are no inboxes."""
        if session.actors.inbox is None:
            session.leave_out("there is no inbox for webhooks; CAL_WEBHOOK_INBOX names one")
            raise StoryEnds
        self._session = session
        self.url = f"{session.actors.inbox.rstrip('/')}/{session.unique('inbox')}"

    def received(self, count: int) -> list[dict[str, Any]]:
        """The deliveries, once there are `count`, or after ten seconds."""
        try:
            reply = _http.request("GET", f"{self.url}?count={count}")
            return json.loads(reply.data)["received"]
        except (urllib3.exceptions.HTTPError, ValueError, LookupError) as error:
            self._session.leave_out(f"the inbox for webhooks cannot be read ({error})")
            raise StoryEnds from error


def advance(session: Session, **duration: int) -> None:
    """Advances the clock of a sandbox."""
    _http.request("POST", f"{session.actors.control}/clock/advance", json=duration)

"""Exchanges recorded on the live service, by edition.

`recordings/<edition>.jsonl` has one exchange per line. Names, ids and secrets are replaced; everything else is as the
service sent it. Request ids and the headers that every reply has were not recorded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from contract_tests.http import Request, to_headers
from mock_server.runtime.description import Operation
from mock_server.runtime.json_values import is_object

FOLDER = Path(__file__).parent / "recordings"

CREDENTIALS = {
    "none": {},
    "OAuth client id and secret": {"x-cal-client-id": "recorded-client", "x-cal-secret-key": "recorded-secret"},
    "OAuth client secret alone": {"x-cal-secret-key": "recorded-secret"},
}
"""Headers by the kind of credentials of a request. All other kinds are bearer tokens.

That includes the web session that the service requires for an OAuth client's webhooks, where the description and the
documentation have an API key.
"""

PROOFS = frozenset({"authorization", "x-cal-secret-key"})
"""Headers that authenticate the caller."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One request and the service's reply. `target` is path and query; `reply` the decoded body."""

    operation: str
    target: str
    credentials: str
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    status: int
    reply_headers: dict[str, str]
    reply: Any = msgspec.UNSET

    @property
    def credential_headers(self) -> dict[str, str]:
        """The headers that authenticate the caller."""
        bearer = {"authorization": f"Bearer recorded-{self.credentials.replace(' ', '-')}"}
        return CREDENTIALS.get(self.credentials, bearer)

    @property
    def request_headers(self) -> dict[str, str]:
        """All headers of the request, with credentials of the recorded kind."""
        content = {} if self.body is msgspec.UNSET else {"content-type": "application/json"}
        return self.credential_headers | self.headers | content

    def request(self, operation: Operation) -> Request:
        """The request to its operation, with credentials of the recorded kind."""
        body = b"" if self.body is msgspec.UNSET else json.dumps(self.body).encode()
        return Request(operation.method, self.target, to_headers(self.request_headers), body, operation)

    @property
    def is_bare(self) -> bool:
        """Whether the reply is an error without the envelope."""
        return is_object(self.reply) and "status" not in self.reply

    @property
    def reply_body(self) -> bytes:
        """The reply's body as it is sent."""
        if self.reply is msgspec.UNSET or self.reply == "":
            return b""
        return self.reply.encode() if isinstance(self.reply, str) else json.dumps(self.reply).encode()


def recordings(edition: str) -> list[Recording]:
    """All exchanges of an edition, such as ``2025-04``."""
    lines = (FOLDER / f"{edition}.jsonl").read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Recording) for line in lines]

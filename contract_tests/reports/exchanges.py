"""What a run sent and got, written down for the reports; without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit

from contract_tests.known_secrets import KnownSecrets, private
from mock_server.runtime.masking import Masker, credentials_of

Headers = list[tuple[bytes, bytes]]
HAR_HEAD = '{"log": {"version": "1.2", "creator": {"name": "contract_tests", "version": "1"}, "entries": [\n'
HAR_TAIL = "\n]}}\n"


@dataclass(frozen=True)
class Exchange:
    """A request and its reply. `told_in` names the story, the journey or the operation."""

    told_in: str
    method: str
    url: str
    request_headers: Headers
    request_body: bytes
    status: int
    headers: Headers
    body: bytes
    ended: datetime
    took: timedelta

    def as_har(self, known: Masker) -> dict[str, Any]:
        """An entry of a HAR file, version 1.2, without the secrets that `known` knows and those of the request."""
        masker = known.knowing(credentials_of(self.request_headers))
        milliseconds = self.took.total_seconds() * 1000
        query = parse_qsl(urlsplit(self.url).query, keep_blank_values=True)
        shown_query = [(name, masker.value({name: value})[name]) for name, value in query]
        request = {
            "method": self.method, "url": masker.text(self.url), "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": _named(masker.headers(self.request_headers).items()), "queryString": _named(shown_query),
            "headersSize": -1, "bodySize": len(self.request_body),
        }  # fmt: skip
        if self.request_body:
            request["postData"] = {"mimeType": "application/json", "text": masker.body_text(self.request_body)}
        headers = masker.headers(self.headers)
        content = {"size": len(self.body), "mimeType": headers.get("content-type", "")}
        response = {
            "status": self.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": _named(headers.items()), "redirectURL": headers.get("location", ""), "headersSize": -1,
            "content": {**content, "text": masker.body_text(self.body)}, "bodySize": len(self.body),
        }  # fmt: skip
        return {
            "startedDateTime": (self.ended - self.took).isoformat(), "time": milliseconds, "request": request,
            "response": response, "cache": {}, "timings": {"send": 0, "wait": milliseconds, "receive": 0},
            "comment": self.told_in,
        }  # fmt: skip


class HarFile:
    """A HAR file that grows with a run; it is whole once it is closed. Nothing is written before the first exchange."""

    def __init__(self, path: Path, known: KnownSecrets) -> None:
        self._path = path
        self._known = known
        self._file: IO[str] | None = None

    def add(self, exchange: Exchange) -> None:
        """Writes an exchange down, without secrets."""
        self._known.learn(exchange.body)
        entry = json.dumps(exchange.as_har(self._known.masker))
        if self._file is None:
            self._file = private(self._path, "w")
            self._file.write(HAR_HEAD + entry)
        else:
            self._file.write(f",\n{entry}")

    def close(self) -> None:
        """Ends the file."""
        if self._file is not None:
            self._file.write(HAR_TAIL)
            self._file.close()
            self._file = None


def exchange_of(told_in: str, interaction: Any) -> Exchange | None:
    """What schemathesis sent and got; None where there was no reply."""
    request, response = interaction.request, interaction.response
    if response is None:
        return None
    return Exchange(
        told_in, request.method, request.uri, _raw(request.headers), request.body or b"", response.status_code,
        _raw(response.headers), response.content or b"",
        datetime.fromtimestamp(interaction.timestamp + response.elapsed, UTC), timedelta(seconds=response.elapsed),
    )  # fmt: skip


def _raw(headers: Mapping[str, list[str]]) -> Headers:
    return [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, values in headers.items()
        for value in values
    ]


def _named(pairs: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]

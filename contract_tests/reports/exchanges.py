"""What stories and journeys sent and got, kept for the reports; without credentials."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contract_tests.fuzzing.target import NOT_SENT
from contract_tests.proxy.masking import Masker, credentials_of

Headers = list[tuple[bytes, bytes]]
CREATOR = {"name": "contract_tests", "version": "1"}


@dataclass(frozen=True)
class Exchange:
    """A request and its reply. `told_in` names the story or the journey."""

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

    def as_har(self) -> dict[str, Any]:
        """An entry of a HAR file, version 1.2."""
        masker = Masker(credentials_of(self.request_headers))
        milliseconds = self.took.total_seconds() * 1000
        query = parse_qsl(urlsplit(self.url).query, keep_blank_values=True)
        shown_query = [(name, masker.text(value)) for name, value in query]
        request = {
            "method": self.method, "url": masker.text(self.url), "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": _named(masker.headers(self.request_headers).items()), "queryString": _named(shown_query),
            "headersSize": -1, "bodySize": len(self.request_body),
        }  # fmt: skip
        if self.request_body:
            request["postData"] = {"mimeType": "application/json", "text": masker.text(_text(self.request_body))}
        headers = masker.headers(self.headers)
        content = {"size": len(self.body), "mimeType": headers.get("content-type", "")}
        response = {
            "status": self.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": _named(headers.items()), "redirectURL": headers.get("location", ""), "headersSize": -1,
            "content": {**content, "text": masker.text(_text(self.body))}, "bodySize": len(self.body),
        }  # fmt: skip
        return {
            "startedDateTime": (self.ended - self.took).isoformat(), "time": milliseconds, "request": request,
            "response": response, "cache": {}, "timings": {"send": 0, "wait": milliseconds, "receive": 0},
            "comment": self.told_in,
        }  # fmt: skip


def add_to_har(path: Path, exchanges: list[Exchange]) -> None:
    """Appends to a HAR file, which is made if there is none."""
    if path.exists():
        document = json.loads(path.read_text())
    else:
        document = {"log": {"version": "1.2", "creator": CREATOR, "entries": []}}
    document["log"]["entries"] += [each.as_har() for each in exchanges]
    path.write_text(json.dumps(document))


def leave_out_held_back(path: Path) -> None:
    """Takes requests that were never sent out of a HAR file: no server answered them."""
    if path.exists():
        document = json.loads(path.read_text())
        entries = document["log"]["entries"]
        document["log"]["entries"] = [each for each in entries if not _was_held_back(each)]
        path.write_text(json.dumps(document))


def _was_held_back(entry: dict[str, Any]) -> bool:
    return any(header["name"].lower() == NOT_SENT for header in entry["response"]["headers"])


def _named(pairs: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")

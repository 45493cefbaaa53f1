"""HAR files: the exchanges of a run, without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl

from contract_tests.http import Exchange
from contract_tests.known_secrets import KnownSecrets, open_private
from mock_server.runtime.masking import Masker, credentials_of

HAR_HEAD = '{"log": {"version": "1.2", "creator": {"name": "contract_tests", "version": "1"}, "entries": [\n'
HAR_TAIL = "\n]}}\n"


class HarFile:
    """A HAR file that grows with a run; it is complete once it is closed. Without an exchange there is no file."""

    def __init__(self, path: Path, known: KnownSecrets, base_url: str = "") -> None:
        """`base_url` is the server of exchanges that name none."""
        self._path = path
        self._base_url = base_url
        self._known = known
        self._file: IO[str] | None = None

    def add(self, exchange: Exchange) -> None:
        """Writes an exchange, without secrets."""
        self._known.learn(exchange.reply.body)
        if not exchange.server:
            exchange = replace(exchange, server=self._base_url)
        entry = json.dumps(har_entry(exchange, self._known.masker))
        if self._file is None:
            self._file = open_private(self._path, "w")
            self._file.write(HAR_HEAD + entry)
        else:
            self._file.write(f",\n{entry}")

    def close(self) -> None:
        """Completes the file."""
        if self._file is not None:
            self._file.write(HAR_TAIL)
            self._file.close()
            self._file = None


def har_entry(exchange: Exchange, known: Masker) -> dict[str, Any]:
    """An entry of a HAR file, version 1.2, without the secrets that `known` knows and the request's credentials."""
    sent, reply = exchange.request, exchange.reply
    masker = known.knowing(credentials_of(sent.headers.raw))
    milliseconds = exchange.took.total_seconds() * 1000
    query = parse_qsl(sent.query, keep_blank_values=True)
    shown_query = [(name, masker.value({name: value})[name]) for name, value in query]
    request: dict[str, Any] = {
        "method": sent.method, "url": masker.text(exchange.url), "httpVersion": "HTTP/1.1", "cookies": [],
        "headers": _named(masker.headers(sent.headers.raw).items()), "queryString": _named(shown_query),
        "headersSize": -1, "bodySize": len(sent.body),
    }  # fmt: skip
    if sent.body:
        request["postData"] = {"mimeType": "application/json", "text": masker.body_text(sent.body)}
    headers = masker.headers(reply.headers.raw)
    content = {"size": len(reply.body), "mimeType": headers.get("content-type", "")}
    response = {
        "status": reply.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
        "headers": _named(headers.items()), "redirectURL": headers.get("location", ""), "headersSize": -1,
        "content": {**content, "text": masker.body_text(reply.body)}, "bodySize": len(reply.body),
    }  # fmt: skip
    return {
        "startedDateTime": (exchange.ended - exchange.took).isoformat(), "time": milliseconds, "request": request,
        "response": response, "cache": {}, "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": exchange.source,
    }  # fmt: skip


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]

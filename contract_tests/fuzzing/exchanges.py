"""Schemathesis' requests and responses as exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from httpx import Headers
from schemathesis.engine.recorder import Interaction

from contract_tests.http import Exchange, Reply, Request, to_headers


def exchange_of(source: str, interaction: Interaction, base_url: str) -> Exchange | None:
    """A recorded request to the server at `base_url` and its reply; None if there was no reply."""
    sent, response = interaction.request, interaction.response
    if response is None:
        return None
    request = Request(sent.method, sent.uri.removeprefix(base_url), _headers(sent.headers), sent.body or b"")
    reply = Reply(request, response.status_code, _headers(response.headers), response.content or b"")
    ended = datetime.fromtimestamp(interaction.timestamp + response.elapsed, UTC)
    return Exchange(source, reply, ended, timedelta(seconds=response.elapsed), sent.uri.removesuffix(request.target))


def exchange_with(response: schemathesis.Response, base_url: str) -> Exchange:
    """The exchange that ended in a response of the server at `base_url`."""
    sent, url = response.request, str(response.request.url)
    body: Any = sent.body or b""
    headers = to_headers({name: str(value) for name, value in sent.headers.items()})
    request = Request(
        str(sent.method), url.removeprefix(base_url), headers, body.encode() if isinstance(body, str) else body
    )
    reply = Reply(request, response.status_code, _headers(response.headers), response.content or b"")
    took = timedelta(seconds=response.elapsed)
    return Exchange("set-up", reply, datetime.now(UTC), took, url.removesuffix(request.target))


def _headers(headers: Mapping[str, list[str]]) -> Headers:
    return Headers(
        [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, values in headers.items()
            for value in values
        ]
    )

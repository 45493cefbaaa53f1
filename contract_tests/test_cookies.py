"""A cookie that one caller receives is not sent with another caller's request by anything that forwards both."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from contract_tests.catalogue import catalogue
from contract_tests.comparison.sides import Side
from contract_tests.comparison.tests.servers import served
from contract_tests.fuzzing.target import SANDBOX_CREDENTIALS, bearer
from contract_tests.http import Request, to_headers
from contract_tests.ledger import Ledger
from contract_tests.profiles.gate import open_gate
from contract_tests.proxy.check import Checker
from contract_tests.proxy.command import running_proxy
from contract_tests.proxy.observer import Observer
from mock_server.runtime.editions import chosen_edition

Ask = Callable[[dict[str, str]], object]
"""Sends a request with these headers."""


class CookieServer:
    """Sets a cookie with each reply, and records the headers of requests."""

    def __init__(self) -> None:
        self.seen: list[dict[bytes, bytes]] = []

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.seen.append(dict(scope["headers"]))
        headers = [(b"set-cookie", b"uid=of-the-caller; Path=/"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def through_gate(url: str, folder: Path) -> Generator[Ask]:
    ledger = Ledger(folder / "ledger.jsonl")
    with closing(open_gate(url, catalogue(), ledger, {}, None)) as gate:
        yield lambda headers: gate.get("/v2/me", headers)


@contextmanager
def through_comparison(url: str, _folder: Path) -> Generator[Ask]:
    with closing(Side("left", url, SANDBOX_CREDENTIALS, is_sandbox=True, edition=chosen_edition())) as side:
        yield lambda headers: side.send(Request("GET", "/v2/me", to_headers(headers)))


@contextmanager
def through_proxy(url: str, _folder: Path) -> Generator[Ask]:
    with running_proxy(url, Observer(Checker(), lambda _: None)) as proxy:
        yield lambda headers: httpx.get(f"{proxy}/v2/me", headers=headers)


@pytest.mark.parametrize("through", [through_gate, through_comparison, through_proxy])
def test_a_cookie_of_one_caller_is_not_sent_for_the_next(
    through: Callable[[str, Path], AbstractContextManager[Ask]], tmp_path: Path
) -> None:
    server = CookieServer()
    with served(server) as url, through(url, tmp_path) as ask:
        ask(bearer("first"))
        ask(bearer("second"))
        ask(bearer("third") | {"cookie": "uid=own"})
    assert [headers[b"authorization"] for headers in server.seen] == [
        b"Bearer first",
        b"Bearer second",
        b"Bearer third",
    ]
    assert [headers.get(b"cookie") for headers in server.seen] == [None, None, b"uid=own"]

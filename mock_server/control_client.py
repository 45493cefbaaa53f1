"""The client of a running sandbox's control plane, and its errors."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec

from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.request_summary import error_message
from mock_server.runtime.settings import LOOPBACK_HOSTS
from mock_server.state.errors import Unusable

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 5.0
REPLY_SECONDS = 300.0
"""For long work on a large world, such as a snapshot."""

Parameter = str | float | None
"""The value of a query parameter."""


class NoSandbox(Unusable):
    """No sandbox answers at the address."""


class RefusedBySandbox(Unusable, ValueError):
    """The sandbox refused a call. The message is the sandbox's, which says why."""


class ControlClient:
    """Calls the control plane of the world at a URL."""

    def __init__(self, url: str, token: str | None, http: httpx.Client) -> None:
        self.url = url
        self._headers = {} if token is None else {"Sandbox-Token": token}
        self._http = http

    def check(self) -> None:
        """Raises NoSandbox if another server answers at the URL, RefusedBySandbox if the world does not exist."""
        health = self.get("/health")
        if not is_object(health) or "edition" not in health:
            raise NoSandbox(f"The server at {self.url} is not a sandbox.")

    def get(self, path: str, /, **query: Parameter) -> Any:
        """The document at `path` under `/_sandbox`. Raises NoSandbox, RefusedBySandbox."""
        return self.call("GET", path, query=query)

    def post(self, path: str, body: object = None) -> Any:
        """Posts JSON. Raises NoSandbox, RefusedBySandbox."""
        return self.call("POST", path, body=body)

    def put(self, path: str, body: object) -> Any:
        """Puts JSON. Raises NoSandbox, RefusedBySandbox."""
        return self.call("PUT", path, body=body)

    def delete(self, path: str) -> Any:
        """Deletes. Raises NoSandbox, RefusedBySandbox."""
        return self.call("DELETE", path)

    def snapshot(self) -> bytes:
        """The whole state of the world. Raises NoSandbox, RefusedBySandbox."""
        return self._answered("GET", "/snapshot").content

    def call(self, method: str, path: str, *, query: Mapping[str, Parameter] | None = None, body: object = None) -> Any:
        """The document that a call returns. Parameters that are None are left out.

        Raises NoSandbox, RefusedBySandbox.
        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        document = json_of(self._answered(method, path, given, None if body is None else msgspec.json.encode(body)))
        if document is None:
            raise NoSandbox(f"The server at {self.url} is not a sandbox.")
        return document

    def _answered(
        self, method: str, path: str, query: Mapping[str, Parameter] | None = None, content: bytes | None = None
    ) -> httpx.Response:
        reply = self.send(method, f"/_sandbox{path}", query=query, content=content, headers=self._headers)
        if reply.status_code >= 400:
            raise RefusedBySandbox(self._refusal(reply))
        return reply

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Parameter] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The reply to a request of the API or the control plane. Raises NoSandbox."""
        import httpx

        kind = {} if content is None else {"Content-Type": "application/json"}
        try:
            return self._http.request(
                method, self.url + path, params=query, content=content, headers={**kind, **(headers or {})}
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise NoSandbox(
                f"No sandbox answers at {self.url}: {reason.rstrip('.')}. Start one with `cal-mock serve`, or say "
                "where it is with --url."
            ) from None

    def _refusal(self, reply: httpx.Response) -> str:
        message = error_message(json_of(reply))
        if message is None:
            return f"The server at {self.url} is not a sandbox: it answers {reply.status_code}."
        is_token = reply.status_code == 403 and "Sandbox-Token" in message
        return f"{message} Give it with --token or CAL_MOCK_TOKEN." if is_token else message


@contextmanager
def control_client(url: str, token: str | None = None) -> Generator[ControlClient]:
    """A client for the sandbox, or one of its worlds, at `url`, which is not called yet. Raises NoSandbox."""
    if not url.lower().startswith(("http://", "https://")):
        raise NoSandbox(f"{url!r} is not the address of a sandbox: use http://HOST:PORT or https://HOST.")
    import httpx  # Slow to import, and most commands do not need it.

    timeout = httpx.Timeout(REPLY_SECONDS, connect=CONNECT_SECONDS)
    # A proxy of the environment is for other machines. To load certificates takes longer than most calls.
    with httpx.Client(timeout=timeout, trust_env=not _is_loopback(url), verify=is_https(url)) as http:
        yield ControlClient(re.sub(r"(?<=[^:/])(/_sandbox)?/*$", "", url), token, http)


def json_of(reply: httpx.Response) -> Any:
    """A JSON object or list; None for other replies."""
    try:
        document = msgspec.json.decode(reply.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return document if is_object(document) or is_list(document) else None


def path_part(text: str) -> str:
    """`text` as one segment of a path."""
    return quote(text, safe="")


def is_https(url: str) -> bool:
    """Whether a URL needs certificates."""
    return url.lower().startswith("https:")


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in LOOPBACK_HOSTS
    except ValueError:
        return False

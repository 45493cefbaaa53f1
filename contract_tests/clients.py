"""HTTP clients for journeys: one per credential, with the version header of a call as `v`."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from time import time
from typing import Any

import httpx

BOOKINGS = "2024-08-13"
EVENT_TYPES = "2024-06-14"
SCHEDULES = "2024-06-11"
SLOTS = "2024-09-04"

_serial = count(int(time() * 1000) % 1_000_000_000)


def unique(prefix: str) -> str:
    """A name that no earlier run used."""
    return f"{prefix}-{next(_serial)}"


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: they take longer to read than most tests to run."""
    return httpx.create_ssl_context()


class Client(httpx.Client):
    """Sends with fixed credentials; `v=` names the `cal-api-version` of one call."""

    def request(self, method: str, url: Any, *, v: str | None = None, **options: Any) -> httpx.Response:
        """See httpx.Client.request."""
        headers = dict(options.pop("headers", None) or {})
        if v is not None:
            headers["cal-api-version"] = v
        return super().request(method, url, headers=headers, **options)

    def get(self, url: Any, **options: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", url, **options)

    def post(self, url: Any, **options: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", url, **options)

    def put(self, url: Any, **options: Any) -> httpx.Response:
        """PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: Any, **options: Any) -> httpx.Response:
        """PATCH."""
        return self.request("PATCH", url, **options)

    def delete(self, url: Any, **options: Any) -> httpx.Response:
        """DELETE; `json=` is allowed."""
        return self.request("DELETE", url, **options)


@dataclass
class Deployment:
    """A server with the credentials that there are for it. Journeys skip where theirs are missing."""

    url: str
    is_sandbox: bool
    keys: dict[str, str] = field(default_factory=dict)
    client_id: str | None = None
    client_secret: str | None = None
    _clients: list[Client] = field(default_factory=list)

    def anonymous(self) -> Client:
        """Without credentials."""
        return self._client({})

    def bearer(self, token: str) -> Client:
        """With an API key or an access token."""
        return self._client({"Authorization": f"Bearer {token}"})

    def user(self, name: str) -> Client:
        """As one of the users that there is a key for."""
        return self.bearer(self.keys[name])

    def platform(self) -> Client:
        """With the OAuth client's id and secret."""
        assert self.client_id is not None and self.client_secret is not None
        return self._client({"x-cal-client-id": self.client_id, "x-cal-secret-key": self.client_secret})

    def client_credentials(self, client_id: str, secret: str) -> Client:
        """With the id and secret of another OAuth client."""
        return self._client({"x-cal-client-id": client_id, "x-cal-secret-key": secret})

    def advance(self, **duration: float) -> None:
        """Moves the sandbox's clock forward."""
        httpx.post(f"{self.url}/_sandbox/clock/advance", json=duration).raise_for_status()

    def complaints(self) -> list[str]:
        """What the sandbox's doctor finds wrong with the state."""
        reply = httpx.get(f"{self.url}/_sandbox/doctor", timeout=30)
        return reply.raise_for_status().json()["complaints"]

    def close(self) -> None:
        """Closes all clients."""
        for client in self._clients:
            client.close()

    def _client(self, headers: dict[str, str]) -> Client:
        client = Client(base_url=self.url, headers=headers, timeout=30, verify=_certificates())
        self._clients.append(client)
        return client


def sandbox_deployment(url: str) -> Deployment:
    """A sandbox in its default world."""
    names = ("owner", "admin", "member", "solo")
    return Deployment(
        url, True, {name: f"cal_sandbox_{name}" for name in names}, "sandbox-client", "sandbox-client-secret"
    )


def given_deployment(url: str) -> Deployment:
    """A server with the credentials of the environment: CAL_API_KEY, CAL_CLIENT_ID, CAL_CLIENT_SECRET."""
    key = os.environ.get("CAL_API_KEY")
    return Deployment(
        url.rstrip("/"),
        False,
        {"solo": key} if key else {},
        os.environ.get("CAL_CLIENT_ID"),
        os.environ.get("CAL_CLIENT_SECRET"),
    )


def data(reply: httpx.Response, status: int = 200) -> Any:
    """The `data` of a success."""
    assert reply.status_code == status, (
        f"{reply.request.method} {reply.request.url} -> {reply.status_code}: {reply.text[:500]}"
    )
    content = reply.json()
    assert content["status"] == "success", content
    return content.get("data")


def error(reply: httpx.Response, status: int) -> Any:
    """The `error` of a refusal."""
    assert reply.status_code == status, (
        f"{reply.request.method} {reply.request.url} -> {reply.status_code}: {reply.text[:500]}"
    )
    content = reply.json()
    assert content["status"] == "error", content
    return content["error"]

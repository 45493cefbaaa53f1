"""HTTP clients for journeys: one per credential, with the version header of a call as `v`."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from time import time
from typing import Any

import httpx

BOOKINGS = "2024-08-13"
BOOKINGS_2026 = "2026-02-25"
BOOKING_CURSORS = "2026-05-01"
EVENT_TYPES = "2024-06-14"
EVENT_TYPES_2026 = "2026-06-12"
PRIVATE_LINKS = "2024-09-04"
SCHEDULES = "2024-06-11"
SLOTS = "2024-09-04"
LEGACY = "2024-04-15"

_serial = count(int(time() * 1000) % 1_000_000_000)


def unique(prefix: str) -> str:
    """A name that no earlier run has used."""
    return f"{prefix}-{next(_serial)}"


@cache
def certificates() -> ssl.SSLContext:
    """Cached, because reading them takes longer than most tests."""
    return httpx.create_ssl_context()


class Unavailable(Exception):
    """There are no credentials for a user; the text says why."""


MAY_BE_BUSY = "the key's user may be busy; with an OAuth client's credentials, temporary users are created"
"""Why what needs free days of a user is left out with a key alone."""

TEMPORARY_ROLES = {"solo": "MEMBER", "member": "MEMBER", "admin": "ADMIN"}
"""Users created on demand if there is no key for them, with their role in the organization."""


class Client(httpx.Client):
    """Sends requests with fixed credentials; `v=` sets the `cal-api-version` of one call."""

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
        """DELETE, which may have a `json=` body."""
        return self.request("DELETE", url, **options)


@dataclass
class Deployment:
    """A server and the available credentials. Journeys without theirs are skipped.

    Requests to the API go through `transport`, if it is given, and `witness` is called with every reply. `newcomer`, if
    given, creates a user with a role in the organization for one journey, instead of a user without a key, and returns
    the access token. `organization_id` is the organization of `owner`.
    """

    url: str
    is_sandbox: bool
    keys: dict[str, str] = field(default_factory=dict[str, str])
    client_id: str | None = None
    client_secret: str | None = None
    organization_id: int | None = None
    newcomer: Callable[[str], str] | None = None
    transport: httpx.BaseTransport | None = None
    witness: Callable[[httpx.Response], None] | None = None
    _clients: list[Client] = field(default_factory=list[Client])

    def anonymous(self) -> Client:
        """Without credentials."""
        return self._client({})

    def bearer(self, token: str) -> Client:
        """With an API key or an access token."""
        return self._client({"Authorization": f"Bearer {token}"})

    def has_user(self, name: str) -> bool:
        """Whether there are, or can be created, credentials for a user."""
        can_create = self.newcomer is not None and (name == "solo" or self.organization_id is not None)
        return name in self.keys or (can_create and name in TEMPORARY_ROLES)

    def user(self, name: str) -> Client:
        """With a user's credentials. Raises Unavailable."""
        if name not in self.keys and self.newcomer is not None:
            self.keys[name] = self.newcomer(TEMPORARY_ROLES[name])
        return self.bearer(self.keys[name])

    @property
    def solo_is_alone(self) -> bool:
        """Whether only this journey uses `solo`, so that all hours are free."""
        return self.is_sandbox or self.newcomer is not None

    @property
    def caches_roles(self) -> bool:
        """Whether a role that was taken away, with its team or alone, may have its rights for some minutes more."""
        return not self.is_sandbox

    def platform(self) -> Client:
        """With the id and secret of the configured OAuth client."""
        assert self.client_id is not None and self.client_secret is not None
        return self._client({"x-cal-client-id": self.client_id, "x-cal-secret-key": self.client_secret})

    def client_credentials(self, client_id: str, secret: str) -> Client:
        """With the id and secret of another OAuth client."""
        return self._client({"x-cal-client-id": client_id, "x-cal-secret-key": secret})

    def advance(self, **duration: float) -> None:
        """Moves the sandbox's clock forward."""
        self.control("POST", "clock/advance", json=duration)

    def complaints(self) -> list[str]:
        """The contradictions in the state that the sandbox's doctor reports."""
        return self.control("GET", "doctor").json()["complaints"]

    def control(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request to the sandbox's control plane that has to succeed. Raises RuntimeError on a deployment."""
        if not self.is_sandbox:
            raise RuntimeError("a deployment has no control plane")
        url = f"{self.url}/_sandbox/{path}"
        return httpx.request(method, url, timeout=30, verify=certificates(), **options).raise_for_status()

    def close(self) -> None:
        """Closes all clients."""
        for client in self._clients:
            client.close()

    def _client(self, headers: dict[str, str]) -> Client:
        client = Client(
            base_url=self.url, headers=headers, timeout=30, verify=certificates(), transport=self.transport,
            event_hooks={"response": [self.witness] if self.witness else []},
        )  # fmt: skip
        self._clients.append(client)
        return client


def sandbox_deployment(url: str) -> Deployment:
    """A sandbox with the default world's credentials."""
    names = ("owner", "admin", "member", "solo")
    return Deployment(
        url, True, {name: f"cal_sandbox_{name}" for name in names}, "sandbox-client", "sandbox-client-secret", 1
    )


def data(reply: httpx.Response, status: int = 200) -> Any:
    """Asserts a success and returns its `data`."""
    assert reply.status_code == status, f"expected status {status}\n{reply.text[:500]}"
    content = reply.json()
    assert content["status"] == "success", content
    return content.get("data")


def error(reply: httpx.Response, status: int) -> Any:
    """Asserts a refusal that names the path, if any, and returns its `error`."""
    assert reply.status_code == status, f"expected status {status}\n{reply.text[:500]}"
    content = reply.json()
    assert content["status"] == "error", content
    asked, named = reply.request.url.raw_path.decode(), content.get("path", "")
    # A proxy in front of the server may take away a prefix of the path, or add one.
    assert asked.endswith(named) or named.endswith(asked), f"names another path than {asked}\n{content}"
    return content["error"]


def own_id(client: Client) -> int:
    """The id of the user who makes the requests of `client`."""
    return data(client.get("/v2/me"))["id"]

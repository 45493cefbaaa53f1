"""The server that is fuzzed: its credentials, the ids of things that exist there, and how a request is undone."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from contract_tests.clients import certificates
from contract_tests.http import Exchange

Undo = Callable[[], None]
Protect = Callable[[], Undo]
"""Called before a request that would take the run's own credentials away; gives what brings them back afterwards."""
Keep = Callable[[str, bool], bool]
"""Asked for each case with the operationId and whether its data are good: whether to send it."""

Before = Callable[[str], None]
"""Called before each request with the operationId."""

Steer = Callable[[Any], None]
"""Called with each of schemathesis' cases before it is sent, to change it."""

# An unknown id costs nothing, so what a credential may do is decided by the path alone.
_ORGANIZATION_PATHS = re.compile(r"/v2/(organizations|teams)\b|/v2/stripe/check/")
_OF_THE_ORGANIZATION = frozenset({"/v2/oauth-clients", "/v2/oauth-clients/{clientId}"})
_CLIENT_PATHS = re.compile(r"/v2/oauth-clients\b|/v2/oauth/")

# Operations that revoke the credentials in use. Without a path id of our own they always do.
REVOKING: dict[str, dict[str, str]] = {
    "refresh_api_key": {},
    "delete_oauth_client": {"clientId": "sandbox-client"},
    "delete_team": {"teamId": "1"},
    "delete_organization_membership": {"membershipId": "1"},
    "update_organization_membership": {"membershipId": "1"},
    "delete_organization_user": {"userId": "1"},
    "update_organization_user": {"userId": "1"},
}


CLIENT_ID = "x-cal-client-id"
"""The header of an OAuth client's id, which is no secret."""


def bearer(key: str | None) -> dict[str, str]:
    """The headers of an API key or access token; none without one."""
    return {"Authorization": f"Bearer {key}"} if key else {}


@dataclass(frozen=True)
class Credentials:
    """Headers by purpose: `organization` for an organization's owner, `personal`, and `client` for an OAuth client."""

    personal: dict[str, str] = field(default_factory=dict[str, str])
    organization: dict[str, str] = field(default_factory=dict[str, str])
    client: dict[str, str] = field(default_factory=dict[str, str])

    def headers(self, path: str) -> dict[str, str]:
        """What to send to `path`, a template such as ``/v2/teams/{teamId}``."""
        if path in _OF_THE_ORGANIZATION:
            return self.organization or self.client or self.personal
        if _CLIENT_PATHS.match(path):
            return self.client or self.organization or self.personal
        return (self.organization if _ORGANIZATION_PATHS.match(path) else self.personal) or self.personal

    def secrets(self) -> set[str]:
        """All values that must not be seen anywhere."""
        return {
            value.removeprefix("Bearer ")
            for headers in (self.personal, self.organization, self.client)
            for name, value in headers.items()
            if name != CLIENT_ID
        }


SANDBOX_CREDENTIALS = Credentials(
    personal=bearer("cal_sandbox_solo"),
    organization=bearer("cal_sandbox_owner"),
    client={CLIENT_ID: "sandbox-client", "x-cal-secret-key": "sandbox-client-secret"},
)

SANDBOX_IDS = {"orgId": 1, "clientId": "sandbox-client"}
"""What the credentials belong to: another organization or client only ever refuses them."""


def credentials_from_environment() -> Credentials:
    """CAL_API_KEY for everything, CAL_CLIENT_ID and CAL_CLIENT_SECRET for OAuth clients."""
    key = os.environ.get("CAL_API_KEY")
    client_id, secret = os.environ.get("CAL_CLIENT_ID"), os.environ.get("CAL_CLIENT_SECRET")
    client = {CLIENT_ID: client_id, "x-cal-secret-key": secret} if client_id and secret else {}
    return Credentials(personal=bearer(key), organization=bearer(key), client=client)


class Target:
    """A server under test.

    `ids` gives path parameters by operation, `bodies` fields of bodies, `anywhere` path parameters that are always the
    same; `made` has the exchanges that made what they name.

    `protect` is asked before a request that cuts, `before` before each, `keep` for each case; `steer` changes it.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        protect: Protect | None = None,
        before: Before | None = None,
        keep: Keep | None = None,
        steer: Steer | None = None,
    ) -> None:
        self.credentials = credentials
        self.ids: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, dict[str, Any]] = {}
        self.anywhere: dict[str, Any] = {}
        self.made: list[Exchange] = []
        self.protect = protect
        self.before = before
        self.keep = keep
        self.steer = steer

    def cuts(self, operation_id: str, path_values: dict[str, Any]) -> bool:
        """Whether a request takes the run's own credentials away."""
        own = REVOKING.get(operation_id)
        return own is not None and all(str(path_values.get(name)) == value for name, value in own.items())


def first_then_every(first: int, step: int, offset: int) -> Keep:
    """Keeps the `first` good and bad cases of an operation, and of the rest one in `step`, from the `offset`-th on."""
    seen: Counter[tuple[str, bool]] = Counter()

    def keep(operation_id: str, is_good: bool) -> bool:
        number = seen[operation_id, is_good]
        seen[operation_id, is_good] += 1
        return number < first or (number - first) % step == offset % step

    return keep


class SandboxWorld:
    """A world of its own on a running sandbox, with `start` as what it holds at first."""

    def __init__(self, url: str) -> None:
        self._control = httpx.Client(base_url=f"{url}/_sandbox", timeout=30, verify=certificates())
        made = self._control.post("/worlds", json={})
        made.raise_for_status()
        self.name: str = made.json()["id"]
        self.url = f"{url}/w/{self.name}"

    def protect(self) -> Undo:
        """Takes the state down; what it gives puts it back."""
        place = f"{self.url}/_sandbox/snapshot"
        snapshot = self._control.get(place).content

        def undo() -> None:
            self._control.put(place, content=snapshot).raise_for_status()

        return undo

    def journal(self) -> str:
        """The whole journal as text."""
        return self._control.get(f"{self.url}/_sandbox/requests?limit=1000", timeout=60).text

    def drop(self) -> None:
        """Ends the world."""
        self._control.delete(f"/worlds/{self.name}")
        self._control.close()


def is_sandbox(url: str) -> bool:
    """Whether the server is a sandbox whose control plane is open to us."""
    try:
        return httpx.get(f"{url}/_sandbox/clock", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False

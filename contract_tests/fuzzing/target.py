"""The server that is fuzzed: its credentials, the ids of existing things, and how a request is undone."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from contract_tests import environment
from contract_tests.clients import certificates
from contract_tests.http import Exchange

Undo = Callable[[], None]
Protect = Callable[[], Undo]
"""Called before a request that would revoke the run's own credentials; returns a function that restores them."""
Keep = Callable[[str, bool], bool]
"""Called with the operationId of a case and whether its data is valid; returns whether to send it."""

Before = Callable[[str], None]
"""Called before each request with the operationId."""

Sanitize = Callable[[Any], None]
"""Called with each of schemathesis' cases before it is sent, to make it harmless."""

# Unknown ids are harmless, so the path alone decides which credentials to send.
_ORGANIZATION_PATHS = re.compile(r"/v2/(organizations|teams|me/(team-)?booking-limits)\b|/v2/stripe/check/")
_MEMBERS_PATHS = re.compile(r"/v2/workflows\b")
_OF_THE_ORGANIZATION = frozenset({"/v2/oauth-clients", "/v2/oauth-clients/{clientId}"})
_THIRD_PARTY_PATHS = "/v2/auth/oauth2/"
_CLIENT_PATHS = re.compile(r"/v2/oauth-clients\b|/v2/oauth/")

# Operations that revoke the credentials in use, with the ids for which they do; without ids, they always do.
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
    """Headers of a user (`personal`), of an organization's owner, of an OAuth client, and of an organization's member.

    The member calls what concerns a user alone, but is refused to users without an organization.
    """

    personal: dict[str, str] = field(default_factory=dict[str, str])
    organization: dict[str, str] = field(default_factory=dict[str, str])
    client: dict[str, str] = field(default_factory=dict[str, str])
    member: dict[str, str] = field(default_factory=dict[str, str])

    def headers(self, path: str) -> dict[str, str]:
        """The headers for `path`, such as ``/v2/teams/{teamId}``."""
        if path in _OF_THE_ORGANIZATION:
            return self.organization or self.client or self.personal
        if _CLIENT_PATHS.match(path):
            return self.client or self.organization or self.personal
        if _MEMBERS_PATHS.match(path):
            return self.member or self.personal
        return (self.organization if _ORGANIZATION_PATHS.match(path) else self.personal) or self.personal

    def secrets(self) -> set[str]:
        """All values that must not appear in any report."""
        return {
            value.removeprefix("Bearer ")
            for headers in (self.personal, self.organization, self.client, self.member)
            for name, value in headers.items()
            if name != CLIENT_ID
        }


SANDBOX_CREDENTIALS = Credentials(
    personal=bearer("cal_sandbox_solo"),
    organization=bearer("cal_sandbox_owner"),
    client={CLIENT_ID: "sandbox-client", "x-cal-secret-key": "sandbox-client-secret"},
    member=bearer("cal_sandbox_owner"),
)

SANDBOX_IDS = {"orgId": 1, "clientId": "sandbox-client"}
"""The organization and the client of these credentials; all others refuse them."""


def credentials_from_environment() -> Credentials:
    """Reads CAL_API_KEY, and CAL_CLIENT_ID and CAL_CLIENT_SECRET for the paths of OAuth clients."""
    key = os.environ.get(environment.API_KEY)
    client_id, secret = os.environ.get(environment.CLIENT_ID), os.environ.get(environment.CLIENT_SECRET)
    client = {CLIENT_ID: client_id, "x-cal-secret-key": secret} if client_id and secret else {}
    return Credentials(personal=bearer(key), organization=bearer(key), client=client, member=bearer(key))


class Target:
    """A server under test.

    `ids` holds path parameters by operation, `bodies` fields of bodies by operation, `anywhere` path parameters that
    are the same everywhere, and `made` the exchanges that created what they name.

    `protect` is called before a request that revokes credentials, `before` before each request, `keep` and `sanitize`
    with each case.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        protect: Protect | None = None,
        before: Before | None = None,
        keep: Keep | None = None,
        sanitize: Sanitize | None = None,
    ) -> None:
        self.credentials = credentials
        self.ids: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, dict[str, Any]] = {}
        self.anywhere: dict[str, Any] = {}
        self.made: list[Exchange] = []
        self.protect = protect
        self.before = before
        self.keep = keep
        self.sanitize = sanitize

    def fixed_ids(self, path: str) -> dict[str, Any]:
        """The ids of `anywhere` for a path, such as ``/v2/teams/{teamId}``. Third-party clients are none of them."""
        return {} if path.startswith(_THIRD_PARTY_PATHS) else self.anywhere

    def revokes_credentials(self, operation_id: str, path_values: dict[str, Any]) -> bool:
        """Whether a request revokes the run's own credentials."""
        own = REVOKING.get(operation_id)
        return own is not None and all(str(path_values.get(name)) == value for name, value in own.items())


def first_then_every(first: int, step: int, offset: int) -> Keep:
    """Keeps the `first` valid and invalid cases of an operation, then one in `step`, counted from `offset`."""
    seen: Counter[tuple[str, bool]] = Counter()

    def keep(operation_id: str, is_good: bool) -> bool:
        number = seen[operation_id, is_good]
        seen[operation_id, is_good] += 1
        return number < first or (number - first) % step == offset % step

    return keep


class SandboxWorld:
    """A separate world on a running sandbox."""

    def __init__(self, url: str) -> None:
        self._control = httpx.Client(base_url=f"{url}/_sandbox", timeout=30, verify=certificates())
        made = self._control.post("/worlds", json={})
        made.raise_for_status()
        self.name: str = made.json()["id"]
        self.url = f"{url}/w/{self.name}"

    def protect(self) -> Undo:
        """Saves the state; returns a function that restores it."""
        url = f"{self.url}/_sandbox/snapshot"
        snapshot = self._control.get(url).content

        def undo() -> None:
            self._control.put(url, content=snapshot).raise_for_status()

        return undo

    def journal(self) -> str:
        """The journal as text."""
        return self._control.get(f"{self.url}/_sandbox/requests?limit=1000", timeout=60).text

    def drop(self) -> None:
        """Deletes the world."""
        self._control.delete(f"/worlds/{self.name}")
        self._control.close()


def is_sandbox(url: str) -> bool:
    """Whether the server is a sandbox whose control plane we can use."""
    try:
        return httpx.get(f"{url}/_sandbox/clock", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False

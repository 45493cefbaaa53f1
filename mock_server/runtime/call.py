"""The view of a request that operations and access rules get."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mock_server.runtime.errors import NotNumeric
from mock_server.state.identifiers import Identifiers
from mock_server.state.transaction import Transaction

if TYPE_CHECKING:
    from mock_server.runtime.rate_limit_counters import RateLimits

CredentialKind = Literal["api-key", "access-token", "oauth-client", "third-party-token"]


class Caller(msgspec.Struct, frozen=True):
    """The user who makes the request, and the credential.

    `organization_id` is the request's organization (null for a personal key); `client_id` the OAuth client of the
    token or of the client credentials; `api_key_id` the key; `scopes` what a third-party token is limited to (empty:
    full access).
    """

    kind: CredentialKind
    user_id: int
    organization_id: int | None = None
    client_id: str | None = None
    api_key_id: str | None = None
    scopes: tuple[str, ...] = ()


class Call:
    """A routed request. `body` and `query` are set once they have been validated."""

    __slots__ = ("_caller", "base_url", "body", "headers", "path", "query", "rate_limits", "tx")

    def __init__(
        self, tx: Transaction, path: Mapping[str, str | int | None], headers: Mapping[str, str], base_url: str
    ) -> None:
        self.tx = tx
        self.path = path
        self.headers = headers
        self.base_url = base_url
        self.query: dict[str, Any] = {}
        self.body: dict[str, Any] = {}
        self.rate_limits: RateLimits | None = None
        """The counters of the world, if rate limits apply."""
        self._caller: Caller | None = None

    @property
    def now(self) -> datetime:
        """The world's time."""
        return self.tx.now

    def has(self, change: str) -> bool:
        """Whether a change of behaviour is in force: see Transaction.has."""
        return self.tx.has(change)

    @property
    def identifiers(self) -> Identifiers:
        """The source of ids for new objects."""
        return self.tx.identifiers

    @property
    def caller(self) -> Caller:
        """The caller. Only available to operations with the rule `authenticated`."""
        if self._caller is None:
            raise RuntimeError("This operation asks for its caller, but its x-access does not authenticate.")
        return self._caller

    @caller.setter
    def caller(self, caller: Caller) -> None:
        self._caller = caller

    @property
    def optional_caller(self) -> Caller | None:
        """The caller, or None for an anonymous request."""
        return self._caller

    def path_number(self, name: str) -> int:
        """A numeric path parameter. Raises NotNumeric if its text is not a number."""
        value = self.path.get(name)
        if not isinstance(value, int):
            raise NotNumeric
        return value

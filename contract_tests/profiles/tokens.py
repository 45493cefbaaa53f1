"""Tokens of temporary users, which a run renews before they expire: an access token lives for an hour."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.http import Request
from mock_server.runtime.json_values import is_object

MARGIN = 300.0
"""Seconds before its expiry at which a token is renewed; half of its lifetime if that is shorter."""
EXPIRED = 498
"""Cal.com API v2, managed users: the status with which an expired access token is refused."""


@dataclass(frozen=True)
class TokenPair:
    """A user's access token and refresh token. Times are in seconds since 1970, by the server's clock."""

    user: Any
    access: str
    refresh: str
    expires_at: float
    renew_at: float


class Tokens:
    """The token pairs that the server has handed out, by access token.

    A pair that the run has renewed stands for its successor from then on, wherever a client still sends it. Pairs that
    a client has revoked, or whose refresh token a client has used, are never renewed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ahead = -math.inf
        self._pairs: dict[str, TokenPair] = {}
        self._owners: dict[str, Any] = {}
        self._successors: dict[str, str] = {}

    def learn(self, user: Any, data: dict[str, Any], now: float) -> None:
        """Records a pair that a reply hands out; `now` is the time of the reply by the server's clock."""
        access, refresh = str(data["accessToken"]), str(data.get("refreshToken"))
        expiry = data.get("accessTokenExpiresAt")
        self._owners[refresh] = user
        self._ahead = max(self._ahead, now - self._clock())
        expires_at = expiry / 1000 if isinstance(expiry, int | float) else math.inf
        lifetime = expires_at - self._now
        # An expiry in the past is for a check to find: renewing such a token would never end.
        renew_at = expires_at - min(MARGIN, lifetime / 2) if lifetime > 0 else math.inf
        self._pairs[access] = TokenPair(user, access, refresh, expires_at, renew_at)

    def owner(self, refresh: str) -> Any:
        """The user of a refresh token; None if it is unknown."""
        return self._owners.get(refresh)

    def use(self, refresh: str) -> None:
        """Records that a refresh token is used up. Its access token stays valid until it expires."""
        self._pairs = {name: pair for name, pair in self._pairs.items() if pair.refresh != refresh}

    def revoke(self, user: Any) -> None:
        """Records that a user's tokens are revoked."""
        self._pairs = {name: pair for name, pair in self._pairs.items() if str(pair.user) != str(user)}

    def due(self, request: Request) -> TokenPair | None:
        """The pair of a request's access token, if it is about to expire."""
        pair = self._pair(request)
        return pair if pair is not None and self._now >= pair.renew_at else None

    def refused(self, request: Request, status: int) -> TokenPair | None:
        """The pair of a request that was refused because its access token has expired.

        This shows that the server's clock is ahead of ours, for other tokens as well.
        """
        pair = self._pair(request) if status == EXPIRED else None
        if pair is not None and pair.expires_at < math.inf:
            self._ahead = max(self._ahead, pair.expires_at - self._clock())
        return pair

    def succeed(self, pair: TokenPair, data: Any) -> None:
        """Records the tokens that replace a pair which the run has renewed."""
        if is_object(data) and "accessToken" in data:
            self._successors[pair.access] = str(data["accessToken"])
            self._successors[pair.refresh] = str(data.get("refreshToken"))

    def current(self, request: Request) -> Request:
        """The request with the newest tokens in place of those that the run has renewed."""
        given, headers, body = _access_token(request), request.headers, request.body
        if given in self._successors:
            headers = headers.copy()
            headers["authorization"] = f"Bearer {self._newest(given)}"
        if b"refreshToken" in body and is_object(request.content):
            sent = str(request.content.get("refreshToken"))
            if sent in self._successors:
                body = body.replace(sent.encode(), self._newest(sent).encode())
        return replace(request, headers=headers, body=body)

    @property
    def _now(self) -> float:
        return self._clock() + self._ahead

    def _pair(self, request: Request) -> TokenPair | None:
        return self._pairs.get(self._newest(_access_token(request)))

    def _newest(self, token: str) -> str:
        while token in self._successors:
            token = self._successors[token]
        return token


def _access_token(request: Request) -> str:
    """The access token or API key of a request; empty if it has none."""
    header = request.headers.get("authorization", "")
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else ""

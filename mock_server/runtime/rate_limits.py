"""Refuses requests over the limit of their credential or operation.

Source: Cal.com API v2, throttler guard.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.access import CredentialHints
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BareError, Throttled, Unauthorized
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.hints import RATE_LIMITED
from mock_server.runtime.limit import Limit
from mock_server.runtime.rate_limit_counters import CountInStore, RateLimits, Subject, retry_after
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.shared_rate_limits import SharedRateLimits
from mock_server.runtime.transactions import RunAgain
from mock_server.state.companion import Slot
from mock_server.state.transaction import Transaction

TOO_MANY = "Too many requests. Please try again later."
NAMED_REFUSAL = f"CustomThrottlerGuard - {TOO_MANY}"

KEPT_IDENTITIES_IN_ALL = 100_000

CheckKey = Callable[[Call, Limit | None], None]
"""Raises Unauthorized for an unknown key, unless the operation has its own limit, which is given."""

Identify = Callable[[Call, str, Limit | None], Subject]
"""Determines the subject of a request, given the client's address and the operation's own limit, if any.

Raises Unauthorized for an unknown key, unless the operation has its own limit.
"""


def throttled(tx: Transaction) -> Throttled:
    """The refusal of a request over its limit."""
    return Throttled(NAMED_REFUSAL) if tx.has("guards-name-themselves") else Throttled()


def check_limit(call: Call, limit: Limit, identity: str) -> None:
    """See _count. Called before the operation changes anything: it runs again if the store has to count.

    A request counts once: when it runs again, it has no counters.
    """
    if call.rate_limits is None:
        return
    refused, _ = call.rate_limits.count(Subject(identity, (limit,)), call.now)
    if refused:
        raise BareError(429, TOO_MANY, hint=RATE_LIMITED)


class RateLimiting:
    """Runs before authentication, so that refused credentials count as well. Disabled, it only refuses unknown keys."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        identify: Identify,
        check_key: CheckKey,
        credentials: CredentialHints,
        enabled: bool,
    ) -> None:
        self.app = app
        self._identify = identify
        self._check_key = check_key
        self._credentials = credentials
        self._enabled = enabled
        shared = SharedLimit(KEPT_IDENTITIES_IN_ALL)
        self._limits = Slot[RateLimits](lambda: RateLimits(shared), partial(SharedRateLimits, shared))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        call = exchange.call
        assert call is not None and exchange.operation is not None
        own, subject = exchange.operation.rate_limit, None
        try:
            if self._enabled:
                client = scope.get("client")
                subject = self._identify(call, client[0] if client else "unknown", own)
            else:
                self._check_key(call, own)
        except Unauthorized:
            exchange.refusal_hint = partial(self._credentials.about_rejected, call)
            raise
        if subject is not None and not exchange.limited:
            exchange.limited = True  # A request that is retried after a commit conflict counts once.
            call.rate_limits = exchange.world.companion[self._limits]
            refused, exchange.extra_headers = await call.rate_limits.counted(subject, call.now)
            if refused:
                if exchange.operation.has_retry_after:
                    exchange.extra_headers += (retry_after(exchange.extra_headers),)
                exchange.hint = RATE_LIMITED
                raise throttled(call.tx)
        try:
            await self.app(scope, receive, send)
        except CountInStore as needed:
            await _count(call, needed.subject)
            raise RunAgain from None


async def _count(call: Call, subject: Subject) -> None:
    """Counts against a limit that an operation has beside that of the credential. Raises BareError of 429."""
    assert call.rate_limits is not None
    refused, _ = await call.rate_limits.counted(subject, call.now)
    if refused:
        raise BareError(429, TOO_MANY, hint=RATE_LIMITED)

"""Hints about webhooks whose deliveries will be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mock_server.runtime.call import Call
from mock_server.runtime.dispatch import SuccessHint
from mock_server.webhooks.hosts import AllowedHosts

if TYPE_CHECKING:
    import httpx

_OWNERS = ("", "event_type_", "team_event_type_", "oauth_client_", "organization_")
OPERATIONS = tuple(f"{verb}_{owner}webhook" for verb in ("create", "update") for owner in _OWNERS)


def hints_about_hosts(allowed: AllowedHosts, is_inbox: Callable[[httpx.URL], bool]) -> dict[str, SuccessHint]:
    """The hints by operation. `is_inbox` recognizes the addresses of the sandbox's own inboxes."""

    def hint(call: Call, _: Any) -> str | None:
        url: str = call.body.get("subscriberUrl") or ""
        host = _host(url)
        if host is None or allowed.may_allow(host) or _is_inbox(url, is_inbox):
            return None
        return (
            f"Deliveries will be refused: {host} {allowed.rule()}. Start the sandbox with --webhook-hosts {host}, or "
            "subscribe an inbox, POST /_sandbox/webhooks/inbox/{name}."
        )

    return dict.fromkeys(OPERATIONS, hint)


def _is_inbox(url: str, is_inbox: Callable[[httpx.URL], bool]) -> bool:
    import httpx  # Slow to import.

    try:
        return is_inbox(httpx.URL(url))
    except (httpx.InvalidURL, KeyError):
        return False


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None

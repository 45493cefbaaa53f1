"""Checks the URLs of new subscribers, as a self-hosted installation does.

Source: Cal.com API v2, webhooks: URL validation against server-side request forgery.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest

METADATA_HOSTS = frozenset(
    {"169.254.169.254", "fd00:ec2::254", "100.100.100.200", "metadata.google.internal", "metadata.google", "metadata"}
)
"""The metadata services of cloud providers, which return credentials of the machine that asks."""

PROTOCOLS = frozenset({"http", "https"})
IMAGE = "data:image/"


def check_subscriber_url(call: Call, url: str) -> None:
    """Raises BadRequest, with the reason, where deliveries to `url` are not allowed. Names are not resolved."""
    reason = _refusal(url) if call.has("subscriber-urls-checked") else None
    if reason is not None:
        raise BadRequest(f"Webhook URL is not allowed: {reason}")


def _refusal(url: str) -> str | None:
    if url.lower().startswith("data:"):
        return None if url.lower().startswith(IMAGE) else "Non-image data URL"
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "Invalid URL format"
    if not parts.scheme or (parts.scheme in PROTOCOLS and not host):
        return "Invalid URL format"
    if host in METADATA_HOSTS:
        return "Blocked hostname"
    return None if parts.scheme in PROTOCOLS else "Only HTTP and HTTPS protocols are allowed"

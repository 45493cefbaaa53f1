"""Server addresses given as options."""

from __future__ import annotations

from urllib.parse import urlsplit


class InvalidAddress(ValueError):
    """An option's value is not a server's address; the text says what would be."""


def server_address(option: str, url: str) -> str:
    """`url` without a trailing slash. Raises InvalidAddress."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known, parts = False, urlsplit("")
    if not known or parts.query or parts.fragment:
        raise InvalidAddress(f"{option} {url!r} is no address: write http://HOST:PORT or https://HOST")
    return url.rstrip("/")

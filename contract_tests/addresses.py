"""Addresses of servers, as options give them."""

from __future__ import annotations

from urllib.parse import urlsplit


class InvalidAddress(ValueError):
    """The value of an option is no address of a server; the text says what would be."""


def server_address(option: str, url: str) -> str:
    """`url` without a slash at its end. Raises InvalidAddress."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known, parts = False, urlsplit("")
    if not known or parts.query or parts.fragment:
        raise InvalidAddress(f"{option} {url!r} is no address: write http://HOST:PORT or https://HOST")
    return url.rstrip("/")

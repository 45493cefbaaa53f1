"""What keeps the proxy from working."""

from __future__ import annotations


class CannotProxy(Exception):
    """The proxy could not run; the text is one line and says what to do."""

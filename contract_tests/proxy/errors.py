"""Errors of the proxy."""

from __future__ import annotations


class CannotProxy(Exception):
    """The proxy cannot run; the text is one line and says what to do."""

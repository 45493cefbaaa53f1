"""Errors of a comparison."""

from __future__ import annotations


class CannotCompare(Exception):
    """The comparison cannot run; the text is one line and says what to do."""

"""What ends a comparison before its end."""

from __future__ import annotations


class CannotCompare(Exception):
    """The comparison could not run; the text is one line and says what to do."""

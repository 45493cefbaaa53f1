"""The control plane's refusal."""

from __future__ import annotations


class Refused(Exception):
    """What was asked cannot be done; the text says why and what would be right."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

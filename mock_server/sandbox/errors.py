"""Errors of the control plane."""

from __future__ import annotations


class Refused(Exception):
    """A request to the control plane is refused. The message says why and what would be valid."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

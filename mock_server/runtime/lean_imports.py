"""Leaves out packages that others import where they are installed, and that the sandbox has no use for."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

UNUSED = ("rfc3987_syntax",)
"""A checker of international addresses that jsonschema imports for connexion, which takes longer than all the rest."""


@contextmanager
def lean_imports() -> Generator[None]:
    """Within the block, unused packages seem not to be installed. Only for processes that are the sandbox's own."""
    hidden = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # pyright: ignore[reportArgumentType, reportCallIssue]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]

"""Query parameters of control plane calls that count and wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from mock_server.sandbox.errors import Refused

LONGEST_WAIT = 30.0
LOOK_EVERY = 0.01


def whole_number(query: Mapping[str, str], name: str, default: int) -> int:
    """The number in the query. Raises Refused."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Refused(400, f"`{name}` takes a whole number.")
    return int(text)


def seconds(query: Mapping[str, str], name: str, default: float = 0.0) -> float:
    """The seconds to wait. Raises Refused."""
    try:
        found = float(query.get(name, default))
    except ValueError:
        found = -1.0
    if not 0 <= found <= LONGEST_WAIT:
        raise Refused(400, f"`{name}` takes seconds, at most {LONGEST_WAIT:g}.")
    return found


async def until(condition: Callable[[], bool], longest: float) -> None:
    """Waits until `condition()`, for at most `longest` seconds."""
    end = time.monotonic() + longest
    while not condition() and time.monotonic() < end:
        await asyncio.sleep(LOOK_EVERY)

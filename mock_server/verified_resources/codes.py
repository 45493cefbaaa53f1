"""The codes that verify e-mail addresses and telephone numbers: derived from address and time, and never stored.

Source: Cal.com API v2, verified resources: time-based codes of 15 minutes, of which the current and the last count.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

STEP_SECONDS = 15 * 60
DIGITS = 6

_KEY = b"cal-sandbox"
"""No secret: all that a code opens is a world of this sandbox."""


def current_code(address: str, now: datetime) -> str:
    """The code that is sent to an e-mail address or a telephone number now. It is accepted for 15 to 30 minutes."""
    return _code(address, _step(now))


def is_accepted(code: str, address: str, now: datetime) -> bool:
    """Whether `code` is the current code of the address or the one before."""
    step = _step(now)
    return code in (_code(address, step), _code(address, step - 1))


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _code(address: str, step: int) -> str:
    digest = hmac.digest(_KEY, f"{step} {address}".encode(), hashlib.sha256)
    return f"{int.from_bytes(digest) % 10**DIGITS:0{DIGITS}d}"

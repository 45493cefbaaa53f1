"""Hints about codes that verify addresses."""

from __future__ import annotations

SEE_OUTBOX = "The sandbox's outbox has the codes that were sent: GET /_sandbox/outbox?kind=verificationCode"

"""Formats of the description that schemathesis does not know: how values of them look."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

TIME_ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC")
PHONE_NUMBERS = ("+14155550100", "+442079460958")


def register() -> None:
    """Makes them known."""
    schemathesis.openapi.format("time-zone", st.sampled_from(TIME_ZONES))
    schemathesis.openapi.format("phone", st.sampled_from(PHONE_NUMBERS))

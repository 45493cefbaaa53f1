"""Generators for the description's formats that schemathesis does not know."""

from __future__ import annotations

from datetime import datetime

import schemathesis
from hypothesis import strategies as st

TIME_ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC")
DATE_FORMS = (
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S+02:00",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%Y%m%dT%H%M%SZ",
    "%G-W%V-%u",
    "%Y-%j",
)
PHONE_NUMBERS = ("+14155550100", "+442079460958")


def register() -> None:
    """Registers them with schemathesis."""
    moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31))
    dates = st.builds(datetime.strftime, moments, st.sampled_from(DATE_FORMS))
    schemathesis.openapi.format("iso-8601", dates)
    schemathesis.openapi.format("iso-8601-strict", dates)
    schemathesis.openapi.format("time-zone", st.sampled_from(TIME_ZONES))
    schemathesis.openapi.format("phone", st.sampled_from(PHONE_NUMBERS))

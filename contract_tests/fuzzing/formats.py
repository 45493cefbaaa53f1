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


_MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31))
_DATES = st.builds(datetime.strftime, _MOMENTS, st.sampled_from(DATE_FORMS))

GENERATORS: dict[str, st.SearchStrategy[str]] = {
    "iso-8601": _DATES,
    "iso-8601-strict": _DATES,
    "time-zone": st.sampled_from(TIME_ZONES),
    "phone": st.sampled_from(PHONE_NUMBERS),
}
"""By the name of the format."""


def register() -> None:
    """Registers them with schemathesis."""
    for name, generator in GENERATORS.items():
        schemathesis.openapi.format(name, generator)

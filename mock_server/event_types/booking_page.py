"""Layouts and colours of the booking page, and the name of calendar events.

Source: Cal.com API v2, event types: booker layouts, color, customName.
"""

from __future__ import annotations

import re
from typing import Any

from mock_server.event_types.model import BookerLayouts, Color
from mock_server.runtime.errors import BadRequest, shared_library_error

NAME_VARIABLES = (
    "{Event type title}",
    "{Organiser}",
    "{Scheduler}",
    "{Location}",
    "{Organiser first name}",
    "{Scheduler first name}",
    "{Scheduler last name}",
    "{Event duration}",
    "{LOCATION}",
    "{HOST/ATTENDEE}",
    "{HOST}",
    "{ATTENDEE}",
    "{USER}",
)
"""The variables allowed in `customName`. Slugs of booking fields are not supported."""

_VARIABLE = re.compile(r"\{[^}]+\}")


def read_layouts(layouts: dict[str, Any]) -> BookerLayouts:
    """The layouts of a request."""
    return BookerLayouts(default=layouts["defaultLayout"], enabled=tuple(layouts["enabledLayouts"]))


def check_layouts(layouts: BookerLayouts | None) -> None:
    """Checks that the default layout is enabled. Raises BAD_REQUEST of the shared libraries."""
    if layouts is not None and layouts.default not in layouts.enabled:
        raise shared_library_error("BAD_REQUEST")


def layouts_view(layouts: BookerLayouts) -> dict[str, object]:
    """The layouts, in the order of the request."""
    return {"defaultLayout": layouts.default, "enabledLayouts": list(layouts.enabled)}


def read_color(color: dict[str, Any]) -> Color:
    """The colours of a request."""
    return Color(light_theme=color["lightThemeHex"], dark_theme=color["darkThemeHex"])


def color_view(color: Color) -> dict[str, str]:
    """The colours."""
    return {"lightThemeHex": color.light_theme, "darkThemeHex": color.dark_theme}


def check_custom_name(name: str | None) -> None:
    """Checks that all variables are NAME_VARIABLES. Raises BadRequest with the first that is not."""
    for variable in _VARIABLE.findall(name or ""):
        if variable not in NAME_VARIABLES:
            raise BadRequest(f"Invalid event name variables: {variable}")

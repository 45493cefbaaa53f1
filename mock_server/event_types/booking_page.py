"""How an event type looks: its layouts and colours, and the name of its calendar entries.

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
"""What the name of a calendar entry may hold in braces. Slugs of booking fields are not among them."""

_VARIABLE = re.compile(r"\{[^}]+\}")


def read_layouts(layouts: dict[str, Any]) -> BookerLayouts:
    """The layouts that a request asks for."""
    return BookerLayouts(default=layouts["defaultLayout"], enabled=tuple(layouts["enabledLayouts"]))


def check_layouts(layouts: BookerLayouts | None) -> None:
    """The layout to start with is enabled. Raises the shared libraries' refusal."""
    if layouts is not None and layouts.default not in layouts.enabled:
        raise shared_library_error("BAD_REQUEST")


def layouts_view(layouts: BookerLayouts) -> dict[str, Any]:
    """The layouts, in the order in which they were sent."""
    return {"defaultLayout": layouts.default, "enabledLayouts": list(layouts.enabled)}


def read_color(color: dict[str, Any]) -> Color:
    """The colours that a request asks for."""
    return Color(light_theme=color["lightThemeHex"], dark_theme=color["darkThemeHex"])


def color_view(color: Color) -> dict[str, str]:
    """The colours."""
    return {"lightThemeHex": color.light_theme, "darkThemeHex": color.dark_theme}


def check_custom_name(name: str | None) -> None:
    """Everything in braces is one of NAME_VARIABLES. Raises BadRequest with the first that is not."""
    for variable in _VARIABLE.findall(name or ""):
        if variable not in NAME_VARIABLES:
            raise BadRequest(f"Invalid event name variables: {variable}")

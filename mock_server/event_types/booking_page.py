"""Layouts and colours of the booking page, and the name of calendar events.

Source: Cal.com API v2, event types: booker layouts, color, customName.
"""

from __future__ import annotations

import re
from typing import Any, get_args

from mock_server.event_types.model import BookerLayouts, Color, EventType, Layout
from mock_server.identity.model import PROFILES, User
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.errors import BadRequest, property_error, shared_library_error
from mock_server.runtime.json_values import is_list, is_object
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS, Team

BOOKER_HOST = "cal.com"
BOOKER_URL = f"https://{BOOKER_HOST}"

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

LAYOUTS: tuple[Layout, ...] = get_args(Layout)
DEFAULT_NOT_ENABLED = (
    "If you pass the optional 'bookerLayouts' property, you must provide both 'bookerLayouts.defaultLayout' and "
    "'bookerLayouts.enabledLayouts' and 'bookerLayouts.enabledLayouts' must include 'bookerLayouts.defaultLayout'"
)
NO_LAYOUTS = "enabledLayouts must be an array containing valid layouts - month, week or column"

_VARIABLE = re.compile(r"\{[^}]+\}")


def read_layouts(layouts: dict[str, Any]) -> BookerLayouts:
    """The layouts of a request."""
    return BookerLayouts(default=layouts["defaultLayout"], enabled=tuple(layouts["enabledLayouts"]))


def booking_url(tx: Transaction, event_type: EventType, owner: User) -> str:
    """The address of the page of a personal event type; empty for managed users, who have none.

    Owners in an organization have theirs on its subdomain, under the name of their profile.
    """
    if owner.is_platform_managed:
        return ""
    organization = tx[TEAMS].get(main_organization_id(tx, owner))
    profile = tx[PROFILES].first(user_id=owner.id, organization_id=organization.id) if organization else None
    username = profile.username if profile else owner.username
    return f"{booker_url(organization)}/{username}/{event_type.slug}"


def booker_url(organization: Team | None) -> str:
    """Where booking pages are: those of an organization are on its subdomain."""
    return BOOKER_URL if organization is None else f"https://{organization.slug}.{BOOKER_HOST}"


def layout_problems(layouts: object) -> list[dict[str, Any]]:
    """What is wrong with the layouts of a request, as the failed properties of a validation error."""
    given = layouts if is_object(layouts) else {}
    default, enabled = given.get("defaultLayout"), given.get("enabledLayouts")
    problems: list[dict[str, Any]] = []
    if not is_list(enabled) or default not in enabled:
        problems.append(
            property_error(given, "defaultLayout", {"isDefaultLayoutWithinEnabledLayouts": DEFAULT_NOT_ENABLED})
        )
    if not is_list(enabled) or not enabled or any(each not in LAYOUTS for each in enabled):
        problems.append(property_error(given, "enabledLayouts", {"isValidLayoutArray": NO_LAYOUTS}))
    return problems


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

"""Making and changing teams: what a request may say of a team, and who is in a new one.

Source: Cal.com API v2, teams and organization teams.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAM_BILLING, TEAMS, Team

SHOWN_FIELDS = {
    "name": "name",
    "slug": "slug",
    "logoUrl": "logo_url",
    "calVideoLogo": "cal_video_logo",
    "appLogo": "app_logo",
    "appIconLogo": "app_icon_logo",
    "bio": "bio",
    "hideBranding": "hide_branding",
    "isPrivate": "is_private",
    "hideBookATeamMember": "hide_book_a_team_member",
    "theme": "theme",
    "brandColor": "brand_color",
    "darkBrandColor": "dark_brand_color",
    "bannerUrl": "banner_url",
    "timeFormat": "time_format",
    "timeZone": "time_zone",
    "weekStart": "week_start",
}
"""Fields of a request and a reply, and the fields of a team that hold them."""

_SETTABLE_FIELDS = {
    **SHOWN_FIELDS,
    "metadata": "metadata",
    "bookingLimits": "booking_limits",
    "includeManagedEventsInLimits": "include_managed_events_in_limits",
}


def found_team(tx: Transaction, body: dict[str, Any], founder_id: int, **fields: Any) -> Team:
    """A new team of what `body` says, with its founder as owner. Raises UniqueViolation for a slug in use.

    A system administrator founds teams of organizations without joining them.
    """
    team = tx[TEAMS].create(created_at=tx.now, **_stored(body), **fields)
    if team.parent_id is None or tx[USERS].require(founder_id).role != "ADMIN":
        accepted = body.get("autoAcceptCreator", True)
        tx[MEMBERSHIPS].create(user_id=founder_id, team_id=team.id, role="OWNER", accepted=accepted)
    return team


def found_unpaid_team(tx: Transaction, body: dict[str, Any]) -> Team:
    """A new team that nobody belongs to until it is paid for."""
    return tx[TEAMS].create(created_at=tx.now, pending_payment=True, **_stored(body))


def change_team(tx: Transaction, team_id: int, body: dict[str, Any]) -> Team:
    """The team with what `body` says of it. Raises UniqueViolation for a slug in use."""
    return tx[TEAMS].update(team_id, **_stored(body))


def require_new_name(tx: Transaction, user_id: int, name: str) -> None:
    """Raises BadRequest if the user belongs, accepted or not, to a team or an organization of exactly that name."""
    for membership in tx[MEMBERSHIPS].find(user_id=user_id):
        if tx[TEAMS].require(membership.team_id).name == name:
            raise BadRequest(f"You already have created a team with name={name}", from_object=True)


def charges_for_teams(tx: Transaction) -> bool:
    """Whether new standalone teams of this world have to be paid for."""
    setting = tx[TEAM_BILLING].get(1)
    return setting is not None and setting.enabled


def _stored(body: dict[str, Any]) -> dict[str, Any]:
    return {field: body[key] for key, field in _SETTABLE_FIELDS.items() if key in body}

"""Creates and updates teams: the fields that a request may set, and the first member of a new team.

Source: Cal.com API v2, teams and organization teams.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.addresses import slug_of
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import add_membership
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
"""Fields of requests and replies, and the corresponding fields of a team."""

_SETTABLE_FIELDS = {
    **SHOWN_FIELDS,
    "metadata": "metadata",
    "bookingLimits": "booking_limits",
    "includeManagedEventsInLimits": "include_managed_events_in_limits",
}


def add_team(tx: Transaction, body: dict[str, Any], creator_id: int, **fields: Any) -> Team:
    """Creates a team with its creator as owner. Raises UniqueViolation for a slug in use.

    A system administrator does not become a member of a new team of an organization.
    """
    team = tx[TEAMS].create(created_at=tx.now, **_stored_for_new(tx, body), **fields)
    if team.parent_id is None or tx[USERS].require(creator_id).role != "ADMIN":
        accepted = body.get("autoAcceptCreator", True)
        add_membership(tx, creator_id, team.id, role="OWNER", accepted=accepted)
    return team


def add_unpaid_team(tx: Transaction, body: dict[str, Any]) -> Team:
    """Creates a team without members, as long as it is not paid for."""
    return tx[TEAMS].create(created_at=tx.now, pending_payment=True, **_stored_for_new(tx, body))


def change_team(tx: Transaction, team_id: int, body: dict[str, Any]) -> Team:
    """Updates a team. Raises UniqueViolation for a slug in use."""
    return tx[TEAMS].update(team_id, **_stored(body))


def check_name_is_new(tx: Transaction, user_id: int, name: str) -> None:
    """Raises BadRequest if the user has a membership, accepted or pending, in a team or organization of that name."""
    for membership in tx[MEMBERSHIPS].find(user_id=user_id):
        if tx[TEAMS].require(membership.team_id).name == name:
            raise BadRequest(f"You already have created a team with name={name}", from_object=True)


def requires_payment(tx: Transaction) -> bool:
    """Whether new standalone teams have to be paid for in this world."""
    setting = tx[TEAM_BILLING].get(1)
    return setting is not None and setting.enabled


def _stored_for_new(tx: Transaction, body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a new team, with a slug made of the name where none is given."""
    fields = _stored(body)
    return {**fields, "slug": slug_of(body)} if tx.has("slugs-from-names") else fields


def _stored(body: dict[str, Any]) -> dict[str, Any]:
    return {field: body[key] for key, field in _SETTABLE_FIELDS.items() if key in body}

"""The event types of a user and of the user's teams in groups, as an older operation lists them.

Source: Cal.com API v2, event types (2024-04-15).
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.booking_page import booker_url
from mock_server.event_types.legacy import row_view
from mock_server.event_types.legacy_details import listed_view, team_image
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import User
from mock_server.identity.profiles import main_organization_id
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS, Membership, Team


def groups_view(tx: Transaction, user: User) -> list[dict[str, object]]:
    """The event types of the user, and of each team that the user has joined, in a group each."""
    groups = [_own_group(tx, user)]
    for membership in tx[MEMBERSHIPS].find(user_id=user.id):
        team = tx[TEAMS].require(membership.team_id)
        if membership.accepted and not team.is_organization:
            groups.append(_team_group(tx, team, membership))
    return groups


def profile_of(group: dict[str, Any]) -> dict[str, object]:
    """What the list of profiles says about the owner of a group."""
    return {
        **group["profile"],
        **group["metadata"],
        "teamId": group["teamId"],
        "membershipRole": group["membershipRole"],
    }


def _own_group(tx: Transaction, user: User) -> dict[str, object]:
    return {
        "teamId": None,
        "membershipRole": None,
        "bookerUrl": booker_url(tx[TEAMS].get(main_organization_id(tx, user))),
        "profile": {"slug": user.username, "name": user.name, "image": user.avatar_url},
        "metadata": {"membershipCount": 1, "readOnly": False},
        "eventTypes": _listed(tx, tx[EVENT_TYPES].find(user_id=user.id)),
    }


def _team_group(tx: Transaction, team: Team, membership: Membership) -> dict[str, object]:
    image = team_image(team) if tx.has("older-event-types-in-full") else team.logo_url
    return {
        "teamId": team.id,
        "parentId": team.parent_id,
        "membershipRole": membership.role,
        "bookerUrl": booker_url(tx[TEAMS].get(team.parent_id)),
        "profile": {"slug": f"team/{team.slug}", "name": team.name, "image": image},
        "metadata": {
            "membershipCount": tx[MEMBERSHIPS].count(team_id=team.id),
            "readOnly": membership.role == "MEMBER",
        },
        "eventTypes": _listed(tx, tx[EVENT_TYPES].find(team_id=team.id)),
    }


def _listed(tx: Transaction, event_types: list[EventType]) -> list[dict[str, object]]:
    if not tx.has("older-event-types-in-full"):
        return [row_view(each) for each in event_types]
    return [listed_view(tx, each) for each in event_types]

"""Views of teams and memberships, for `/v2/teams` and for organizations."""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import USERS, User
from mock_server.runtime.web_app import WEB_APP
from mock_server.state.transaction import Transaction
from mock_server.teams.model import Membership, Team, TeamInvite
from mock_server.teams.team_settings import SHOWN_FIELDS


def team_view(team: Team) -> dict[str, Any]:
    """A team or an organization. `metadata` is left out where it was never set."""
    view: dict[str, Any] = {"id": team.id, "parentId": team.parent_id, "isOrganization": team.is_organization}
    view |= {key: getattr(team, field) for key, field in SHOWN_FIELDS.items()}
    if team.metadata is not None:
        view["metadata"] = team.metadata
    return view


def my_team_view(team: Team, membership: Membership | None) -> dict[str, Any]:
    """A team with the role that the caller has in it; without a membership, neither `role` nor `accepted` is there."""
    if membership is None:
        return team_view(team)
    return {**team_view(team), "role": membership.role, "accepted": membership.accepted}


def membership_view(tx: Transaction, membership: Membership) -> dict[str, Any]:
    """A membership with its user."""
    return {
        "id": membership.id,
        "userId": membership.user_id,
        "teamId": membership.team_id,
        "accepted": membership.accepted,
        "role": membership.role,
        "disableImpersonation": membership.disable_impersonation,
        "user": _member_view(tx[USERS].require(membership.user_id)),
    }


def _member_view(user: User) -> dict[str, Any]:
    view: dict[str, Any] = {
        "avatarUrl": user.avatar_url,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "bio": user.bio,
    }
    if user.metadata is not None:
        view["metadata"] = user.metadata
    return view


def invite_view(invite: TeamInvite, link: str) -> dict[str, str]:
    """An invitation. `link` is a path of the web application with a place for the token."""
    return {"token": invite.token, "inviteLink": f"{WEB_APP}{link.format(token=invite.token)}"}


PAYMENT_NEEDED = (
    "Your team will be created once we receive your payment. Please complete the payment using the payment link."
)


def unpaid_team_view(team: Team, payment_link: str) -> dict[str, Any]:
    """A team that is not paid for yet, with the link to pay."""
    return {"message": PAYMENT_NEEDED, "paymentLink": payment_link, "pendingTeam": team_view(team)}
